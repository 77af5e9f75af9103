"""Turning: residuals that tell what accumulates under random turning from what averages out.

No term sees a true heading. Errors of a turn are divided by the gain, which is free: they are in
degrees of heading.
"""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from neuropil.circuits.data import Circuit
from neuropil.circuits.model import Dynamics, TypeParameters
from neuropil.circuits.objectives.terms import (
    DROPPED,
    EVERY,
    Records,
    compare_heights,
    mean_residuals,
    mean_speeds,
    nearness,
    relative_residuals,
    run_trials,
    shape_terms,
    standing_term,
    still_headings,
    usage,
)
from neuropil.circuits.objectives.weights import LossWeights, TurningWeights
from neuropil.circuits.protocol.trials import Trials

__all__ = ["turning_terms"]

_SECOND = 10  # records over which drift is measured, as the criterion ``drift`` does
# Gain that errors are divided by at least: so small that a bump that stands still costs more than
# one that turns badly. With 0.05 searches ended in bumps that stood still, and in dead networks.
_LEAST_GAIN = 0.003


def turning_terms(
    parameters: TypeParameters,
    circuit: Circuit,
    dynamics: Dynamics,
    trials: Trials,
    weights: LossWeights,
) -> dict[str, Array]:
    """Simulate the trials and return the residuals of each objective.

    What each term sees: ``hold``, ``drift`` and ``net`` see the bump's own displacement without
    input; ``speed``, ``trial``, ``balance`` and ``path`` see how it moves and the input velocity;
    ``walk``, ``even`` and ``bias`` see its displacement and the integral of the velocity at the
    rests of random walks; the others see rates or parameters only.

    Parameters
    ----------
    parameters, circuit, dynamics
        The network.
    trials : Trials
        Of :func:`~neuropil.circuits.protocol.trials.make_turning_trials`.
    weights : LossWeights
        Tolerances and weights; those of this stage are ``weights.turning``.

    Returns
    -------
    dict of str to (n_term,) array
        Residuals; the loss of a term is their sum of squares.
    """
    records, turning = run_trials(parameters, circuit, dynamics, trials), weights.turning
    resting, true = _rests(records, trials)
    gain = jnp.sum(resting * true) / (jnp.sum(true**2) + 1e-9)
    unit = jnp.maximum(gain, _LEAST_GAIN)
    return (
        _accumulation(resting, true, unit, trials, turning)
        | _speeds(records, trials, unit, turning)
        | standing_term(gain, turning)
        | _stillness(records, trials, unit, turning)
        | _shape(records, circuit, trials, weights)
        | nearness(parameters, weights)
    )


def _rests(records: Records, trials: Trials) -> tuple[Array, Array]:
    """Return turn of the bump and integral of the velocity [deg], (2, walks), at the rests."""
    last = records.moved.shape[0] - 1
    at = np.array([last // 2, last])
    return trials.split(records.moved)[2][at], trials.split(trials.turned)[2][at]


def _accumulation(
    resting: Array, true: Array, gain: Array, trials: Trials, turning: TurningWeights
) -> dict[str, Array]:
    # What a walk and its reversal leave is no turn: it depends on the place, or it is a bias, which
    # is what its mean over the ring leaves.
    there, back = jnp.split(resting, 2, axis=1)
    even = (there + back) / (2 * gain)
    bias = even.reshape(len(even), -1, trials.n_starts).mean(axis=2)
    return {
        "walk": mean_residuals((resting / gain - true) / turning.walk),
        "even": mean_residuals(even / turning.even),
        "bias": mean_residuals(bias / turning.bias),
    }


def _speeds(
    records: Records, trials: Trials, gain: Array, turning: TurningWeights
) -> dict[str, Array]:
    moved, each, speed, driven = mean_speeds(records, trials, gain)
    velocity = trials.split(trials.velocity[-1:])[1][0]
    both = (speed[::2] + speed[1::2]) / 2
    # A read-out that is bent along the ring shows on the way, and not in the speed over all of it.
    time = jnp.arange(0, moved.shape[0] - DROPPED, EVERY) * trials.every * trials.step
    way = (moved[DROPPED::EVERY] - moved[DROPPED]) / gain
    return {
        "path": relative_residuals(way - time[:, None] * velocity, velocity, turning.path),
        "speed": relative_residuals(speed - driven, driven, turning.speed),
        "trial": relative_residuals(each - velocity, velocity, turning.trial),
        "balance": relative_residuals(both, driven[::2], turning.balance),
    }


def _stillness(
    records: Records, trials: Trials, gain: Array, turning: TurningWeights
) -> dict[str, Array]:
    still = trials.split(records.moved)[0]
    window = min(_SECOND, still.shape[0] - 1)
    drift = (still[window:] - still[:-window]) / (window * trials.every * trials.step) / gain
    # A bump that turns visits every heading: of all drift only the mean over headings adds up.
    settled = still[-1] - still[min(DROPPED, still.shape[0] - 2)]
    seconds = (still.shape[0] - 1 - DROPPED) * trials.every * trials.step
    return {
        "net": (jnp.mean(settled) / seconds / gain / turning.net)[None],
        "hold": mean_residuals(still_headings(records, trials)[::EVERY] / turning.hold),
        "drift": mean_residuals(drift / turning.drift),
        "convergence": turning.convergence * compare_heights(records, trials),
    }


def _shape(
    records: Records, circuit: Circuit, trials: Trials, weights: LossWeights
) -> dict[str, Array]:
    still = trials.split(records.rates)[0][::_SECOND]
    return shape_terms(circuit, still, records.rates[::EVERY], weights, weights.turning) | {
        "coverage": weights.coverage * usage(records, circuit, trials)
    }
