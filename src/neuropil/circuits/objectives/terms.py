"""What both stages of a fit are held to alike: residuals of rates and of fitted numbers.

Every term is a vector of residuals whose sum of squares is its loss, so that the same terms serve
Adam (on the sum of their logarithms) and Levenberg-Marquardt (on the vector itself).
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from neuropil.circuits.data import Circuit
from neuropil.circuits.model import Dynamics, TypeParameters, decode, simulate, unwrap_heading
from neuropil.circuits.objectives.weights import BumpWeights, LossWeights
from neuropil.circuits.protocol.trials import Trials

__all__ = [
    "DROPPED",
    "EVERY",
    "Records",
    "compare_heights",
    "compute_smooth_width",
    "driven_velocities",
    "keep_within",
    "mean_residuals",
    "mean_size",
    "mean_speeds",
    "measured_seconds",
    "nearness",
    "read_records",
    "relative_residuals",
    "residual_vector",
    "run_trials",
    "shape_terms",
    "standing_term",
    "still_headings",
    "total_loss",
    "usage",
]

DROPPED = 5
"""Records until a bump has reached its speed: 0.5 s, five time constants."""
EVERY = 5
"""Of how many records one is looked at where all would take too long: 0.5 s apart; not tuned."""
_NEAR = 4  # places of the grid: 20 deg, near the 22.5 between two glomeruli
_GRID = 5.0  # [deg] between the places at which a width is read: 3 % of the narrowest bump
# Share of the maximum over which a place passes from outside the width to inside. The criterion
# jumps there, which has no derivative; at .03 both agree within 3 deg on planted bumps (a test).
_EDGE = 0.03
# The record, 0.6 s after settling, at which two bumps of different heights must be one.
_ALIKE = 6


class Records(NamedTuple):
    """What the objectives see of b trials.

    Parameters
    ----------
    rates : (r, b, n) array
        Rates since settling.
    vector : (r, b) complex array
        Population vector.
    moved : (r, b) array
        Turn of the bump since settling [deg].
    arrived : (b,) array
        Turn from the first rates to settling [deg].
    """

    rates: Array
    vector: Array
    moved: Array
    arrived: Array


def run_trials(
    parameters: TypeParameters, circuit: Circuit, dynamics: Dynamics, trials: Trials
) -> Records:
    """Simulate the trials.

    Parameters
    ----------
    parameters, circuit, dynamics
        The network.
    trials : Trials
        What it is driven with.
    """
    rates = simulate(parameters, circuit, dynamics, trials.start, trials.velocity, trials.every)
    return read_records(circuit, trials, rates)


def read_records(circuit: Circuit, trials: Trials, rates: Float[Array, "t b n"]) -> Records:
    """Read the bumps off simulated rates, one record every ``trials.every`` steps."""
    rates = rates[trials.settle - 1 :]
    vector = decode(circuit, rates)
    first = decode(circuit, trials.start)
    arrived = jnp.rad2deg(jnp.angle(vector[0] * jnp.conj(first) + 1e-12))
    return Records(rates, vector, unwrap_heading(vector), arrived)


def residual_vector(terms: dict[str, Array]) -> Array:
    """Join the residuals of all terms into one vector."""
    return jnp.concatenate([jnp.ravel(term) for term in terms.values()])


def total_loss(terms: dict[str, Array]) -> Array:
    """Return the sum of squares of all residuals."""
    return jnp.sum(residual_vector(terms) ** 2)


def mean_residuals(residuals: Array) -> Array:
    """Return residuals whose sum of squares is the mean square of those given."""
    return jnp.ravel(residuals) / np.sqrt(residuals.size)


def keep_within(values: Array, limits: tuple[float, float]) -> Array:
    """Return by how much values lie outside limits, as mean residuals."""
    low, high = limits
    return mean_residuals(jax.nn.relu(low - values) + jax.nn.relu(values - high))


def relative_residuals(error: Array, at: Array, tolerance: tuple[float, float]) -> Array:
    """Return errors at velocities over a tolerance: absolute, and relative to the velocity."""
    absolute, share = tolerance
    return mean_residuals(error / (absolute + share * jnp.abs(at)))


def mean_speeds(records: Records, trials: Trials, gain: Array) -> tuple[Array, Array, Array, Array]:
    """Return what constant velocities do, in degrees of heading.

    These are the turns of the bump [deg], (r, c), which are not divided by the gain; the speed of
    each trial, (c,), its mean over the starts of a velocity, and the velocity [deg/s].
    """
    moved = trials.split(records.moved)[1]
    each = (moved[-1] - moved[DROPPED]) / measured_seconds(trials) / gain
    # Velocities come as -v, v, each from the same starts.
    speed = each.reshape(-1, trials.n_starts).mean(axis=1)
    return moved, each, speed, driven_velocities(trials)


def measured_seconds(trials: Trials) -> float:
    """Return for how long [s] the speed of a constant velocity is measured."""
    records = trials.velocity.shape[0] // trials.every - trials.settle
    return (records - DROPPED) * trials.every * trials.step


def driven_velocities(trials: Trials) -> Array:
    """Return the constant velocities [deg/s], one for all starts of it."""
    return trials.split(trials.velocity[-1:])[1][0, :: trials.n_starts]


def standing_term(gain: Array, wanted: BumpWeights) -> dict[str, Array]:
    """Return the residual of a bump that hardly turns."""
    return {"standing": wanted.standing_still * jax.nn.relu(wanted.minimum_gain - gain)[None]}


def shape_terms(
    circuit: Circuit, still: Array, rates: Array, weights: LossWeights, wanted: BumpWeights
) -> dict[str, Array]:
    """Return the residuals of the width of bumps without input, and of the height of all."""
    limit, tolerance = wanted.width
    width = jnp.mean(compute_smooth_width(circuit, still))
    activity = jnp.mean(rates[..., circuit.readout], axis=-1)
    strength = jnp.abs(decode(circuit, rates))
    rise, step = wanted.rise
    return {
        "strength": wanted.shape * keep_within(strength, weights.strength),
        "activity": wanted.shape * keep_within(activity, wanted.activity),
        "width": jax.nn.relu(width - limit)[None] / tolerance,
        "single": mean_residuals(jax.nn.relu(compute_second_rise(circuit, still) - rise) / step),
    }


def still_headings(records: Records, trials: Trials) -> Array:
    """Return how far [deg] each bump without input is from its cue, less the mean over bumps."""
    moved = trials.split(records.moved)[0] + records.arrived[: trials.n_hold]
    return moved - jnp.mean(moved, axis=1, keepdims=True)


def compare_heights(records: Records, trials: Trials) -> Array:
    """Return the relative difference of two bumps that began at one place, high and low."""
    rates = trials.split(records.rates)[0]
    at = min(_ALIKE, rates.shape[0] - 1)
    apart = (rates[at, ::2] - rates[at, 1::2]) / np.sqrt(trials.n_hold / 2)
    return jnp.ravel(apart) / mean_size(records, trials)


def mean_size(records: Records, trials: Trials) -> Array:
    """Return the root-mean-square length of the rates of bumps without input, after settling."""
    first = trials.split(records.rates)[0][0]
    return jnp.sqrt(jnp.mean(jnp.sum(first**2, axis=-1)) + 1e-9)


def usage(records: Records, circuit: Circuit, trials: Trials) -> Array:
    """Return the first three Fourier modes of the activity, averaged over bumps without input.

    They see one heading that is used more than the others, two opposite ones, and three. Where to
    stop was not tuned.
    """
    profile = records.rates[::EVERY, : trials.n_hold, circuit.readout] * circuit.readout_weights
    profile = profile / (jnp.sum(profile, axis=-1, keepdims=True) + 1e-6)
    used = jnp.mean(profile, axis=(0, 1)) @ jnp.exp(1j * circuit.angles[:, None] * jnp.arange(1, 4))
    return jnp.concatenate([used.real, used.imag])


def nearness(parameters: TypeParameters, weights: LossWeights) -> dict[str, Array]:
    """Return the terms that keep fitted numbers near the raw wiring.

    Parameters
    ----------
    parameters : TypeParameters
        Fitted numbers.
    weights : LossWeights
        Their weights ``l1`` and ``l2``.
    """
    other = [each for each in (parameters.bias, parameters.raw_tau) if each is not None]
    numbers = jnp.concatenate([jnp.ravel(parameters.deviation), *other])
    # The root of |x|, so that its square is the L1 norm; 1e-4 rounds the corner at zero within
    # 0.01, where the slope of a root would be infinite.
    smooth = (numbers**2 + 1e-4) ** 0.25
    # Of raw gains: those of large gains are the gains themselves, those of small ones logarithms,
    # so that no gain sinks to where it has no derivative left.
    raw = jnp.concatenate([jnp.ravel(parameters.raw_deviation), *other])
    return {"l1": np.sqrt(weights.l1) * smooth, "l2": np.sqrt(weights.l2) * raw}


def compute_smooth_width(circuit: Circuit, rates: Float[Array, "*r n"]) -> Float[Array, "*r"]:
    """Return the full width at half maximum [deg] of the read-out, with a derivative.

    Parameters
    ----------
    circuit : Circuit
        Of n neurons.
    rates : (..., n) array
        States.
    """
    return 360 * jnp.mean(jax.nn.sigmoid((_relative_profile(circuit, rates) - 0.5) / _EDGE), -1)


def compute_second_rise(circuit: Circuit, rates: Float[Array, "*r n"]) -> Float[Array, "*r"]:
    """Return how far the read-out rises again beside its maximum, relative to that.

    A profile with one maximum rises and falls once; what it goes up and down beyond that is the
    height of further maxima above their surroundings.

    Parameters
    ----------
    circuit : Circuit
        Of n neurons.
    rates : (..., n) array
        States.
    """
    profile = _relative_profile(circuit, rates)
    # As maxima are counted: neighbouring places lie in opposite halves of the brain.
    near = sum(jnp.roll(profile, shift, -1) for shift in (-_NEAR, _NEAR))
    smooth = (2 * profile + near) / 4
    ways = jnp.sum(jnp.abs(smooth - jnp.roll(smooth, 1, -1)), axis=-1) / 2
    return ways - (jnp.max(smooth, axis=-1) - jnp.min(smooth, axis=-1))


def _relative_profile(circuit: Circuit, rates: Float[Array, "*r n"]) -> Float[Array, "*r g"]:
    """Return the read-out on a grid around the ring, relative to its maximum."""
    # Neurons of one place have the same angle; the mean over them, between places a line.
    angles = jnp.rad2deg(circuit.angles)
    together = (jnp.abs(angles[:, None] - angles) < 1e-3).astype(jnp.float32)
    grid = jnp.arange(0.0, 360.0, _GRID)
    lines = jax.vmap(lambda one: jnp.interp(grid, angles, one, period=360.0))(jnp.eye(len(angles)))
    profile = rates[..., circuit.readout] @ ((together / together.sum(axis=0)) @ lines)
    return profile / (jnp.max(profile, axis=-1, keepdims=True) + 1e-6)
