"""What both stages of a fit are held to alike: residuals of rates and of fitted numbers.

Every term is a vector of residuals whose sum of squares is its loss, so that the same terms serve
Adam (on the sum of their logarithms) and Levenberg-Marquardt (on the vector itself).
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from neuropil.circuits.data import Circuit
from neuropil.circuits.model import Dynamics, TypeParameters, decode, simulate, unwrap_heading
from neuropil.circuits.objectives.weights import LossWeights
from neuropil.circuits.protocol.trials import Trials

__all__ = [
    "DROPPED",
    "EVERY",
    "Records",
    "compare_heights",
    "keep_within",
    "mean_residuals",
    "mean_size",
    "nearness",
    "residual_vector",
    "run_trials",
    "still_headings",
    "total_loss",
    "usage",
]

DROPPED = 5
"""Records until a bump has reached its speed: 0.5 s, five time constants."""
EVERY = 5
"""Of how many records one is looked at where all would take too long: 0.5 s apart; not tuned."""
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
