"""Integrating: residuals of a minute of random turning, and of what has to be waited for.

Drift, gain and bias are read off the ring of bumps. Only a bump that is far from it, just after a
cue or in a fast turn, is simulated. No term sees a true heading.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from neuropil.circuits.data import Circuit
from neuropil.circuits.model import Dynamics, TypeParameters
from neuropil.circuits.objectives.ring import Ring, follow_ring
from neuropil.circuits.objectives.terms import (
    mean_residuals,
    nearness,
    relative_residuals,
    shape_terms,
    standing_term,
)
from neuropil.circuits.objectives.turns import Turns, simulate_turns, turning_speeds
from neuropil.circuits.objectives.weights import IntegratingWeights, LossWeights
from neuropil.circuits.protocol.trials import IntegratingTrials

__all__ = ["integrating_terms"]

# Gain that errors are divided by at least, a tenth of the one below which a bump stands still.
_LEAST_GAIN = 0.02
_LOST = 1e6  # largest residual; its square is still a number of single precision
# [s] For how long a bump is left alone, at a time constant of 0.1 s: with the 0.07 s of the default
# dynamics 10 s, as it is measured; and steps of half a second, in which none goes from one place of
# the ring to the next.
_ALONE, _STRIDES = 14.0, 28
_LOOKS = 6  # times at which a minute's error is looked at, every ten seconds; not tuned


def integrating_terms(
    parameters: TypeParameters,
    circuit: Circuit,
    dynamics: Dynamics,
    trials: IntegratingTrials,
    weights: LossWeights,
) -> dict[str, Array]:
    """Follow the ring of bumps, simulate the trials and return the residuals of each objective.

    Parameters
    ----------
    parameters, circuit, dynamics
        The network.
    trials : IntegratingTrials
        Of :func:`~neuropil.circuits.protocol.trials.make_integrating_trials`.
    weights : LossWeights
        Tolerances and weights; those of this stage are ``weights.integrating``.

    Returns
    -------
    dict of str to (n_term,) array
        Residuals; the loss of a term is their sum of squares.
    """
    wanted, ring = weights.integrating, follow_ring(parameters, circuit, dynamics)
    turns = simulate_turns(parameters, circuit, dynamics, trials.simulated)
    # Mean gain of a turn at a constant velocity: a heading is visited for as long as it takes.
    gain = 1 / jnp.mean(1 / jnp.maximum(ring.gain, _LEAST_GAIN))
    limit, tolerance = wanted.lasting
    lasting = jax.nn.relu(jnp.log(ring.lasting / limit)) / tolerance
    left = _leave_alone(ring, turns)
    terms = (
        {
            "minute": mean_residuals(_add_up(ring, gain, trials) / wanted.minute),
            "drift": mean_residuals(ring.drift / gain / wanted.drift),
            "lasting": mean_residuals(lasting),
            "hold": mean_residuals(left * jnp.abs(left) / wanted.hold**2),
        }
        | standing_term(gain, wanted)
        | _fast_turns(turns, gain, trials, wanted)
        | shape_terms(circuit, ring.rates, ring.rates, weights, wanted)
        | nearness(parameters, weights)
    )
    return {name: _bounded(term) for name, term in terms.items()}


def _bounded(term: Array) -> Array:
    """Return residuals that are numbers: without a ring of bumps there is nothing to follow."""
    return jnp.clip(jnp.where(jnp.isnan(term), _LOST, term), -_LOST, _LOST)


def _add_up(ring: Ring, gain: Array, trials: IntegratingTrials) -> Float[Array, "l m"]:
    """Return the error of the heading [deg] at times of each minute, to first order.

    A bump that follows exactly is led along the ring, and what its speed would be wrong by on the
    way is added up. All that is wrong is told by as many numbers as the ring has places.
    """
    places, n_minutes = len(ring.gain), trials.minutes.shape[1]
    start = jnp.arange(n_minutes) * places / n_minutes
    way = jax.lax.stop_gradient(gain) * trials.turned
    wrong = jnp.stack([ring.gain / gain - 1, ring.drift / gain, ring.even / gain])
    return _lead_along(wrong, start + way / 360 * places, trials.minutes)


@jax.custom_jvp
def _lead_along(
    wrong: Float[Array, "3 k"], at: Float[Array, "t m"], velocity: Float[Array, "t m"]
) -> Float[Array, "l m"]:
    """Add up what is wrong at places on the way: per velocity, without it, and per its square."""
    relative, drift, even = _between(wrong, at)
    error = jnp.cumsum(relative * velocity + drift + even * velocity**2, axis=0)
    every = len(at) // _LOOKS
    return error[every - 1 :: every] * (60.0 / len(at))


@_lead_along.defjvp
def _differentiate_lead(primals: tuple[Array, ...], tangents: tuple[Array, ...]) -> Any:  # noqa: ANN401
    """Differentiate by one matrix for all tangents, instead of a walk for each: it is linear."""
    wrong, at, velocity = primals
    places = wrong.shape[1]
    away = jnp.mod(at[..., None] - jnp.arange(places) + places / 2, places) - places / 2
    near = jax.nn.relu(1 - jnp.abs(away)).reshape(_LOOKS, -1, at.shape[1], places)
    powers = jnp.stack([velocity, jnp.ones_like(velocity), velocity**2], axis=-1)
    powers = powers.reshape(_LOOKS, -1, at.shape[1], 3)
    matrix = jnp.cumsum(jnp.einsum("stmp,stmq->smqp", near, powers), axis=0) * (60.0 / len(at))
    return _lead_along(wrong, at, velocity), jnp.einsum("smqp,qp->sm", matrix, tangents[0])


def _between(values: Float[Array, "*a k"], at: Float[Array, "*b"]) -> Float[Array, "*a *b"]:
    """Interpolate what is known at the places of the ring."""
    places, below = values.shape[-1], jnp.floor(at).astype(int)
    before, after = values[..., below % places], values[..., (below + 1) % places]
    return before + (at - below) * (after - before)


def _leave_alone(ring: Ring, turns: Turns) -> Float[Array, "2 h"]:
    """Return how far [deg] bumps are from their cues: when simulated, and after ``_ALONE``.

    The mean over bumps is no error; a bump that has settled goes on along the ring.
    """
    ended, places = turns.ended, len(ring.drift)
    moved = turns.moved[: len(ended)]

    def drift(further: Array, _: None) -> tuple[Array, None]:
        speed = _between(ring.drift, (ended + further) / 360 * places)
        return further + speed * _ALONE / _STRIDES, None

    further = jax.lax.scan(drift, jnp.zeros_like(moved), None, _STRIDES)[0]
    both = jnp.stack([moved, moved + further])
    return both - jnp.mean(both, axis=1, keepdims=True)


def _fast_turns(
    turns: Turns, gain: Array, trials: IntegratingTrials, wanted: IntegratingWeights
) -> dict[str, Array]:
    simulated = trials.simulated
    speed, driven = turning_speeds(turns, simulated)
    error, both = speed / gain - driven, (speed[::2] + speed[1::2]) / gain / 2
    return {
        "speed": relative_residuals(error, driven, wanted.speed),
        "balance": relative_residuals(both, driven[::2], wanted.balance),
    }
