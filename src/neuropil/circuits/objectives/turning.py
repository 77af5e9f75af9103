"""Turning: residuals that tell what accumulates under random turning from what averages out.

No term sees a true heading. Errors of a turn are divided by the gain, which is free: they are in
degrees of heading.
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
    nearness,
    run_trials,
    still_headings,
    usage,
)
from neuropil.circuits.objectives.weights import LossWeights, TurningWeights
from neuropil.circuits.protocol.trials import Trials

__all__ = ["compute_smooth_width", "turning_terms"]

_SECOND = 10  # records over which drift is measured, as the criterion ``drift`` does
# Gain that errors are divided by at least: so small that a bump that stands still costs more than
# one that turns badly. With 0.05 searches ended in bumps that stood still, and in dead networks.
_LEAST_GAIN = 0.003
_GRID = 5.0  # [deg] between the places at which a width is read: 3 % of the narrowest bump
# Share of the maximum over which a place passes from outside the width to inside. The criterion
# jumps there, which has no derivative; at .03 both agree within 3 deg on planted bumps (a test).
_EDGE = 0.03


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
        | {"standing": turning.standing_still * jax.nn.relu(turning.minimum_gain - gain)[None]}
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
    moved = trials.split(records.moved)[1]
    seconds = (moved.shape[0] - 1 - DROPPED) * trials.every * trials.step
    each = (moved[-1] - moved[DROPPED]) / seconds / gain
    velocity = trials.split(trials.velocity[-1:])[1][0]
    # Velocities come as -v, v, each from the same starts.
    speed = each.reshape(-1, trials.n_starts).mean(axis=1)
    driven = velocity[:: trials.n_starts]

    def relative(error: Array, at: Array, tolerance: tuple[float, float]) -> Array:
        absolute, share = tolerance
        return mean_residuals(error / (absolute + share * jnp.abs(at)))

    both = (speed[::2] + speed[1::2]) / 2
    # A read-out that is bent along the ring shows on the way, and not in the speed over all of it.
    time = jnp.arange(0, moved.shape[0] - DROPPED, EVERY) * trials.every * trials.step
    way = (moved[DROPPED::EVERY] - moved[DROPPED]) / gain
    return {
        "path": relative(way - time[:, None] * velocity, velocity, turning.path),
        "speed": relative(speed - driven, driven, turning.speed),
        "trial": relative(each - velocity, velocity, turning.trial),
        "balance": relative(both, driven[::2], turning.balance),
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
    turning = weights.turning
    limit, tolerance = turning.width
    still = trials.split(records.rates)[0][::_SECOND]
    width = jnp.mean(compute_smooth_width(circuit, still))
    rates = records.rates[::EVERY]
    activity = jnp.mean(rates[..., circuit.readout], axis=-1)
    strength = jnp.abs(records.vector[::EVERY])
    return {
        "strength": turning.shape * keep_within(strength, weights.strength),
        "activity": turning.shape * keep_within(activity, turning.activity),
        "width": jax.nn.relu(width - limit)[None] / tolerance,
        "coverage": weights.coverage * usage(records, circuit, trials),
    }


def compute_smooth_width(circuit: Circuit, rates: Float[Array, "*r n"]) -> Float[Array, "*r"]:
    """Return the full width at half maximum [deg] of the read-out, with a derivative.

    Parameters
    ----------
    circuit : Circuit
        Of n neurons.
    rates : (..., n) array
        States.
    """
    # Neurons of one place have the same angle; the mean over them, between places a line.
    angles = jnp.rad2deg(circuit.angles)
    together = (jnp.abs(angles[:, None] - angles) < 1e-3).astype(jnp.float32)
    grid = jnp.arange(0.0, 360.0, _GRID)
    lines = jax.vmap(lambda one: jnp.interp(grid, angles, one, period=360.0))(jnp.eye(len(angles)))
    profile = rates[..., circuit.readout] @ ((together / together.sum(axis=0)) @ lines)
    height = profile / (jnp.max(profile, axis=-1, keepdims=True) + 1e-6)
    return 360 * jnp.mean(jax.nn.sigmoid((height - 0.5) / _EDGE), axis=-1)
