"""Controls: raw wiring with one gain and one bias, and wiring shuffled inside type blocks."""

from __future__ import annotations

from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from neuropil.circuits.data import Circuit
from neuropil.circuits.fit import FitPlan, fit_parameters
from neuropil.circuits.losses import LossWeights, residual_terms, residual_vector
from neuropil.circuits.model import Dynamics, TypeParameters, initial_parameters
from neuropil.circuits.score import shuffled_circuit
from neuropil.circuits.trials import TrialPlan, make_trials
from neuropil.contracts import SeedTree
from neuropil.learning import Listener

__all__ = ["UniformGain", "fit_shuffled", "fit_uniform_gain"]


class UniformGain(NamedTuple):
    """The best of a grid of one gain and one bias for all types.

    Parameters
    ----------
    parameters : TypeParameters
        Equal gains and equal biases.
    loss : (g, b) array
        Loss of each gain and bias on validation trials.
    gains, biases : (g,) and (b,) arrays
        The grid.
    """

    parameters: TypeParameters
    loss: np.ndarray
    gains: np.ndarray
    biases: np.ndarray


def fit_uniform_gain(
    circuit: Circuit,
    dynamics: Dynamics,
    weights: LossWeights,
    seed: SeedTree,
    shape: tuple[int, int] = (25, 7),
) -> UniformGain:
    """Search one gain (0.05 to 5) and one bias (-0.3 to 0.3) for all types: the raw connectome.

    Parameters
    ----------
    circuit, dynamics, weights
        As for the fit; the loss is the fit's own.
    seed : SeedTree
        Source of the trials.
    shape : tuple of int
        Number of gains and of biases.
    """
    gains, biases = np.geomspace(0.05, 5, shape[0]), np.linspace(-0.3, 0.3, shape[1])
    coarse = dynamics.model_copy(update={"step": 0.02})
    key = jax.random.key(seed.child("validation trials").integer())
    trials = make_trials(circuit, TrialPlan(hold=24, starts=2, walks=8), coarse.step, key)
    raw = initial_parameters(circuit.n_types, jax.random.key(0), spread=0.0, scale=1.0)

    def with_gain_and_bias(gain: jax.Array, bias: jax.Array) -> TypeParameters:
        return eqx.tree_at(
            lambda item: (item.log_scale, item.bias), raw, (jnp.log(gain), raw.bias + bias)
        )

    @jax.jit
    def loss(pair: jax.Array) -> jax.Array:
        terms = residual_terms(with_gain_and_bias(*pair), circuit, coarse, trials, weights)
        return jnp.sum(residual_vector(terms) ** 2)

    grid = jnp.asarray([(gain, bias) for gain in gains for bias in biases])
    losses = np.asarray(jax.lax.map(loss, grid, batch_size=8))
    best = grid[int(np.nanargmin(losses))]
    return UniformGain(with_gain_and_bias(*best), losses.reshape(shape), gains, biases)


def fit_shuffled(
    circuit: Circuit,
    dynamics: Dynamics,
    weights: LossWeights,
    plan: FitPlan,
    seeds: list[SeedTree],
    listener: Listener | None = None,
) -> list[tuple[TypeParameters, Circuit]]:
    """Fit block-shuffled copies of the wiring exactly as the wiring itself is fitted.

    Returns
    -------
    list of (TypeParameters, Circuit)
        One fit and its shuffled circuit for each seed.
    """
    shuffled = [shuffled_circuit(circuit, seed.child("shuffle")) for seed in seeds]
    wirings = jnp.stack([item.weights for item in shuffled])
    fitted = fit_parameters(circuit, wirings, dynamics, weights, plan, seeds, listener)
    return [
        (jax.tree.map(lambda leaf, at=index: leaf[at], fitted.parameters), item)
        for index, item in enumerate(shuffled)
    ]
