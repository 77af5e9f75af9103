"""The objectives: self-supervised and unsupervised residuals, none of which sees a true heading.

Every term is a vector of residuals whose sum of squares is its loss, so that the same terms serve
Adam (on the sum of their logarithms) and Levenberg-Marquardt (on the vector itself).
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float
from pydantic import Field

from neuropil.circuits.data import Circuit
from neuropil.circuits.model import Dynamics, TypeParameters, decode, simulate, unwrap_heading
from neuropil.circuits.protocol.trials import Trials
from neuropil.contracts import Settings

__all__ = ["LossWeights", "residual_terms", "residual_vector", "robust_loss", "velocity_slope"]

_DROPPED_RECORDS = 5  # the bump is given 0.5 s, five time constants, to reach its speed
_LOGGED = ("hold", "drift", "linear", "walk", "stability", "convergence", "coverage")
_EVERY = 5  # hold, walk and shape look at every fifth record, 0.5 s apart, to save time; not tuned
# Records between which the rates must not change: 0.6 and 2.6 s. Earlier windows rewarded a slow
# mode, because what is left of it changes most there (docs/decisions/0008-narrow-bumps.md).
_STILL = (6, 26)
# Records between which drift is measured: with 0.4 s of settling this is the second from 0.5 s to
# 1.5 s after the cue that the criterion ``drift`` is about.
_DRIFT = (1, 11)
# Below this speed [deg/s] a trial counts by its speed, above it all count about alike. It is the
# slowest velocity that the refinement drives; it was not tuned.
_SLOW = 20.0
# Residual per missing slope. A bump that stands still costs (7 x 0.5)^2 = 12, as much as a loss of
# 200,000 in a term that ``robust_loss`` takes the logarithm of, so that standing still never pays;
# a bump that moves fast enough costs nothing. The factor is a first choice and was not tuned.
_STANDING_STILL = 7.0
# The flank's weight beside those of strength and activity: 2 before bumps were to be narrow, 3
# since then. One of the settings of docs/decisions/0008-narrow-bumps.md, not varied alone.
_FLANK_WEIGHT = 3
# Where the flank is read [deg]: half of the widest bump that the criterion ``width`` allows.
_FLANK_PLACE = 65.0
# Concentration of the window (von Mises) through which the rates at a place are read: about 17 deg
# of standard deviation, less than the 22.5 deg between two places of the ring. Not tuned.
_WINDOW = 12.0


class LossWeights(Settings):
    """Tolerances and weights of the objectives.

    Parameters
    ----------
    hold_tolerance, walk_tolerance : float
        Errors that count as one residual [deg].
    drift_tolerance : float
        Same for the drift in the first second after settling [deg/s].
    speed_tolerance : tuple of float
        Same for constant speeds: absolute [deg/s] and relative to the speed.
    stability : float
        Weight of the relative change of the rates in the 2 s that begin 0.6 s after settling. A
        mode that decays within a few time constants is gone by then, one that does not shows.
    convergence : float
        Weight of the relative difference, 0.6 s after settling, between two bumps that started
        at one place with different heights.
    minimum_slope : float
        Bump speed over velocity below which the compass counts as standing still.
    strength : tuple of float
        Range of the population vector's length.
    activity : tuple of float
        Range of the mean read-out rate.
    flank : float
        Largest activity 65 deg from the heading, relative to that at the heading; one half is a
        full width at half maximum of 130 deg.
    shape : float
        Weight of the three ranges above.
    coverage : float
        Weight of the first three Fourier modes of the activity averaged over all starts: every
        heading is to be in use.
    l1, l2 : float
        Weights of |Z| and of Z^2 and bias^2, which keep the fit near the raw connectome.
    """

    # All numbers are of the recipe of docs/decisions/0008-narrow-bumps.md: chosen together, by what
    # fits of the real and of the synthetic wiring reached, none of them varied alone.
    hold_tolerance: float = Field(default=0.8, gt=0)
    walk_tolerance: float = Field(default=4.0, gt=0)
    drift_tolerance: float = Field(default=0.6, gt=0)
    speed_tolerance: tuple[float, float] = (1.5, 0.015)
    stability: float = Field(default=6.0, ge=0)
    convergence: float = Field(default=30.0, ge=0)
    minimum_slope: float = Field(default=0.5, ge=0)
    strength: tuple[float, float] = (0.45, 0.95)
    activity: tuple[float, float] = (0.1, 0.5)
    flank: float = Field(default=0.53, gt=0)  # .57 and .58 leave bumps of 128 to 132 deg (card.md)
    shape: float = Field(default=15.0, ge=0)
    coverage: float = Field(default=5.0, ge=0)
    # Small beside the other terms: L2 weights up to 0.1, 2,500 times as large, cost 1 to 3 deg of
    # error at 10 s when a fit is refitted with them (card.md).
    l1: float = Field(default=4e-6, ge=0)
    l2: float = Field(default=4e-5, ge=0)


class _Records(NamedTuple):
    rates: Array  # (r, b, n)
    vector: Array  # (r, b)
    moved: Array  # (r, b) [deg] since settling
    arrived: Array  # (b,) [deg] from the first rates to settling


def velocity_slope(speed: Float[Array, " b"], velocity: Float[Array, " b"]) -> Float[Array, ""]:
    """Return the least-squares slope through zero of bump speed on velocity.

    Slow and fast trials count alike: each is weighted by 1 / (|v| + 20 deg/s).
    """
    weight = 1 / (jnp.abs(velocity) + _SLOW)
    return jnp.sum(weight * speed * velocity) / (jnp.sum(weight * velocity**2) + 1e-9)


def residual_terms(
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
    rates = simulate(parameters, circuit, dynamics, trials.start, trials.velocity, trials.every)
    rates = rates[trials.settle - 1 :]
    vector = decode(circuit, rates)
    first = decode(circuit, trials.start)
    arrived = jnp.rad2deg(jnp.angle(vector[0] * jnp.conj(first) + 1e-12))
    records = _Records(rates, vector, unwrap_heading(vector), arrived)
    return (
        _motion(records, trials, weights)
        | _stability(records, trials, weights)
        | _shape(records, circuit, trials, weights)
        | _nearness(parameters, weights)
    )


def residual_vector(terms: dict[str, Array]) -> Array:
    """Join the residuals of all terms into one vector."""
    return jnp.concatenate([jnp.ravel(term) for term in terms.values()])


def robust_loss(terms: dict[str, Array]) -> Array:
    """Return the sum of the losses, those that need a bump to mean anything as log(1 + loss).

    Far from a fit a heading error can be any angle; its logarithm leaves the terms that first
    bring about a moving bump in charge.
    """
    losses = {name: jnp.sum(term**2) for name, term in terms.items()}
    logged = [jnp.log1p(losses.pop(name)) for name in _LOGGED]
    return sum([*logged, *losses.values()], jnp.zeros(()))


def _mean(residuals: Array) -> Array:
    return jnp.ravel(residuals) / np.sqrt(residuals.size)


def _motion(records: _Records, trials: Trials, weights: LossWeights) -> dict[str, Array]:
    still, constant, walk = trials.split(records.moved)
    hold = still + records.arrived[: trials.n_hold]
    hold = hold - jnp.mean(hold, axis=1, keepdims=True)
    _, velocity, _ = trials.split(trials.velocity[-1:])
    _, _, turned = trials.split(trials.turned)
    velocity = velocity[0]
    seconds = (records.moved.shape[0] - 1 - _DROPPED_RECORDS) * trials.every * trials.step
    speed = (constant[-1] - constant[_DROPPED_RECORDS]) / seconds
    slope = velocity_slope(speed, velocity)
    absolute, relative = weights.speed_tolerance
    late = slice(_DROPPED_RECORDS, None, _EVERY)
    before, after = (min(record, still.shape[0] - 1) for record in _DRIFT)
    return {
        "hold": _mean(hold[::_EVERY] / weights.hold_tolerance),
        "drift": _mean((still[after] - still[before]) / weights.drift_tolerance),
        "linear": _mean((speed - slope * velocity) / (absolute + relative * jnp.abs(velocity))),
        "walk": _mean((walk - slope * turned)[late] / weights.walk_tolerance),
        "speed": _STANDING_STILL * jax.nn.relu(weights.minimum_slope - slope)[None],
    }


def _stability(records: _Records, trials: Trials, weights: LossWeights) -> dict[str, Array]:
    rates = trials.split(records.rates)[0]
    size = jnp.sqrt(jnp.mean(jnp.sum(rates[0] ** 2, axis=-1)) + 1e-9)
    before, after = (min(record, rates.shape[0] - 1) for record in _STILL)
    change = (rates[after] - rates[before]) / np.sqrt(trials.n_hold)
    apart = (rates[before, ::2] - rates[before, 1::2]) / np.sqrt(trials.n_hold / 2)
    return {
        "stability": weights.stability * jnp.ravel(change) / size,
        "convergence": weights.convergence * jnp.ravel(apart) / size,
    }


def _outside(values: Array, limits: tuple[float, float]) -> Array:
    low, high = limits
    return _mean(jax.nn.relu(low - values) + jax.nn.relu(values - high))


def _shape(
    records: _Records, circuit: Circuit, trials: Trials, weights: LossWeights
) -> dict[str, Array]:
    rates, vector = records.rates[::_EVERY], records.vector[::_EVERY]
    read = rates[..., circuit.readout]
    activity = jnp.mean(read, axis=-1)
    profile = read * circuit.readout_weights
    profile = profile / (jnp.sum(profile, axis=-1, keepdims=True) + 1e-6)
    # Modes 1 to 3 see one heading that is used more than the others, two opposite ones, and three.
    # Where to stop was not tuned.
    used = jnp.mean(profile[:, : trials.n_hold], axis=(0, 1)) @ jnp.exp(
        1j * circuit.angles[:, None] * jnp.arange(1, 4)
    )
    flank = jax.nn.relu(jnp.mean(_flank(circuit, read, vector)) - weights.flank)
    return {
        "strength": weights.shape * _outside(jnp.abs(vector), weights.strength),
        "activity": weights.shape * _outside(activity, weights.activity),
        "width": _FLANK_WEIGHT * weights.shape * flank[None],
        "coverage": weights.coverage * jnp.concatenate([used.real, used.imag]),
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


def _nearness(parameters: TypeParameters, weights: LossWeights) -> dict[str, Array]:
    tuned = [jnp.ravel(parameters.deviation), parameters.bias]
    if parameters.raw_tau is not None:
        tuned.append(parameters.raw_tau)
    fitted = jnp.concatenate(tuned)
    # The root of |x|, so that its square is the L1 norm; 1e-4 rounds the corner at zero within
    # 0.01, where the slope of a root would be infinite.
    smooth = (fitted**2 + 1e-4) ** 0.25
    return {"l1": np.sqrt(weights.l1) * smooth, "l2": np.sqrt(weights.l2) * fitted}
