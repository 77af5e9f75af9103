"""Forming: residuals from which a search anywhere near the raw wiring finds a moving bump.

No term sees a true heading.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from neuropil.circuits.data import Circuit
from neuropil.circuits.model import Dynamics, TypeParameters
from neuropil.circuits.objectives.terms import (
    DROPPED,
    EVERY,
    Records,
    compare_heights,
    keep_within,
    mean_residuals,
    mean_size,
    nearness,
    run_trials,
    still_headings,
    usage,
)
from neuropil.circuits.objectives.weights import LossWeights
from neuropil.circuits.protocol.trials import Trials

__all__ = ["forming_terms", "robust_loss", "velocity_slope"]

_LOGGED = ("hold", "drift", "linear", "walk", "stability", "convergence", "coverage")
# Records between which the rates must not change: 0.6 and 2.6 s. Earlier windows rewarded a slow
# mode, because what is left of it changes most there (docs/decisions/0008-narrow-bumps.md).
_STILL = (6, 26)
# Records between which drift is measured: with 0.4 s of settling this is the second from 0.5 s to
# 1.5 s after the cue that the criterion ``drift`` is about.
_DRIFT = (1, 11)
# Below this speed [deg/s] a trial counts by its speed, above it all count about alike. It is the
# slowest velocity that the exploration drives; it was not tuned.
_SLOW = 20.0
# Residual per missing slope. A bump that stands still costs (7 x 0.22)^2 = 2.4, as much as a loss
# of 10 in a term that ``robust_loss`` takes the logarithm of; a bump that moves fast enough costs
# nothing. The factor is a first choice and was not tuned.
_STANDING_STILL = 7.0
# The flank's weight beside those of strength and activity: 2 before bumps were to be narrow, 3
# since then. One of the settings of docs/decisions/0008-narrow-bumps.md, not varied alone.
_FLANK_WEIGHT = 3
# Where the flank is read [deg]: half of the widest bump that the criterion ``width`` allows.
_FLANK_PLACE = 65.0
# Concentration of the window (von Mises) through which the rates at a place are read: about 17 deg
# of standard deviation, less than the 22.5 deg between two places of the ring. Not tuned.
_WINDOW = 12.0


def velocity_slope(speed: Float[Array, " b"], velocity: Float[Array, " b"]) -> Float[Array, ""]:
    """Return the least-squares slope through zero of bump speed on velocity.

    Slow and fast trials count alike: each is weighted by 1 / (|v| + 20 deg/s).
    """
    weight = 1 / (jnp.abs(velocity) + _SLOW)
    return jnp.sum(weight * speed * velocity) / (jnp.sum(weight * velocity**2) + 1e-9)


def forming_terms(
    parameters: TypeParameters,
    circuit: Circuit,
    dynamics: Dynamics,
    trials: Trials,
    weights: LossWeights,
) -> dict[str, Array]:
    """Simulate the trials and return the residuals of each objective.

    What each term sees: ``linear`` and ``walk`` see the input velocity and the bump's own
    displacement, compared through one free slope; ``hold`` and ``drift`` see the bump's own
    displacement without input, ``hold`` from the direction that the read-out itself gives to the
    first rates, after the mean displacement of all trials is taken off; ``stability`` and
    ``convergence`` see the rates without input; the others see rates or parameters only.

    Returns
    -------
    dict of str to (n_term,) array
        Residuals; the loss of a term is their sum of squares.
    """
    records = run_trials(parameters, circuit, dynamics, trials)
    return (
        _motion(records, trials, weights)
        | _stability(records, trials, weights)
        | _shape(records, circuit, trials, weights)
        | nearness(parameters, weights)
    )


def robust_loss(terms: dict[str, Array]) -> Array:
    """Return the sum of the losses, those that need a bump to mean anything as log(1 + loss).

    Far from a fit a heading error can be any angle; its logarithm leaves the terms that first
    bring about a moving bump in charge.
    """
    losses = {name: jnp.sum(term**2) for name, term in terms.items()}
    logged = [jnp.log1p(losses.pop(name)) for name in _LOGGED]
    return sum([*logged, *losses.values()], jnp.zeros(()))


def _motion(records: Records, trials: Trials, weights: LossWeights) -> dict[str, Array]:
    still, constant, walk = trials.split(records.moved)
    hold = still_headings(records, trials)
    _, velocity, _ = trials.split(trials.velocity[-1:])
    _, _, turned = trials.split(trials.turned)
    velocity = velocity[0]
    seconds = (records.moved.shape[0] - 1 - DROPPED) * trials.every * trials.step
    speed = (constant[-1] - constant[DROPPED]) / seconds
    slope = velocity_slope(speed, velocity)
    absolute, relative = weights.speed_tolerance
    late = slice(DROPPED, None, EVERY)
    before, after = (min(record, still.shape[0] - 1) for record in _DRIFT)
    return {
        "hold": mean_residuals(hold[::EVERY] / weights.hold_tolerance),
        "drift": mean_residuals((still[after] - still[before]) / weights.drift_tolerance),
        "linear": mean_residuals(
            (speed - slope * velocity) / (absolute + relative * jnp.abs(velocity))
        ),
        "walk": mean_residuals((walk - slope * turned)[late] / weights.walk_tolerance),
        "speed": _STANDING_STILL * jax.nn.relu(weights.minimum_slope - slope)[None],
    }


def _stability(records: Records, trials: Trials, weights: LossWeights) -> dict[str, Array]:
    rates = trials.split(records.rates)[0]
    before, after = (min(record, rates.shape[0] - 1) for record in _STILL)
    change = (rates[after] - rates[before]) / np.sqrt(trials.n_hold)
    return {
        "stability": weights.stability * jnp.ravel(change) / mean_size(records, trials),
        "convergence": weights.convergence * compare_heights(records, trials),
    }


def _shape(
    records: Records, circuit: Circuit, trials: Trials, weights: LossWeights
) -> dict[str, Array]:
    rates, vector = records.rates[::EVERY], records.vector[::EVERY]
    read = rates[..., circuit.readout]
    flank = jax.nn.relu(jnp.mean(_flank(circuit, read, vector)) - weights.flank)
    activity = jnp.mean(read, axis=-1)
    return {
        "strength": weights.shape * keep_within(jnp.abs(vector), weights.strength),
        "activity": weights.shape * keep_within(activity, weights.activity),
        "width": _FLANK_WEIGHT * weights.shape * flank[None],
        "coverage": weights.coverage * usage(records, circuit, trials),
    }


def _flank(circuit: Circuit, read: Array, vector: Array) -> Array:
    """Return mean activity 65 deg to either side of the heading, relative to its centre."""
    toward = jnp.conj(vector) / (jnp.abs(vector) + 1e-6)

    def at(offset: float) -> Array:
        distance = jnp.real(toward[..., None] * jnp.exp(1j * (circuit.angles - offset)))
        kernel = jnp.exp(_WINDOW * (distance - 1)) * circuit.readout_weights
        return jnp.sum(kernel * read, axis=-1) / jnp.sum(kernel, axis=-1)

    offset = float(np.deg2rad(_FLANK_PLACE))
    return (at(offset) + at(-offset)) / (2 * at(0.0) + 1e-3)
