"""Controls: raw wiring with one gain and one bias, and wiring shuffled inside type blocks."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from neuropil.circuits.data import Circuit
from neuropil.circuits.experiments.fitted import FittedNetwork
from neuropil.circuits.model import Dynamics, TypeParameters, initial_parameters
from neuropil.circuits.network import Network
from neuropil.circuits.objectives.forming import forming_terms
from neuropil.circuits.objectives.terms import residual_vector
from neuropil.circuits.objectives.weights import LossWeights
from neuropil.circuits.protocol.trials import TrialPlan, draw_key, make_trials
from neuropil.circuits.score import shuffled_circuit
from neuropil.circuits.search import FitPlan, fit_parameters, fitting_dynamics
from neuropil.contracts import SeedTree
from neuropil.learning import Listener

__all__ = [
    "UniformGain",
    "fit_shuffled",
    "fit_uniform_gain",
    "fit_upper_bound",
    "refit_additive",
]


class UniformGain(NamedTuple):
    """The best of a grid of one gain and one bias for all types.

    Parameters
    ----------
    network : Network
        Equal gains and equal biases.
    loss : (g, b) array
        Loss of each gain and bias on validation trials.
    gains, biases : (g,) and (b,) arrays
        Gains and biases that were tried.
    """

    network: Network
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
    # With a largest eigenvalue of about 5 the raw wiring becomes unstable at a gain of 0.2: the
    # grid goes from a quarter of it to 25 times as much.
    gains, biases = np.geomspace(0.05, 5, shape[0]), np.linspace(-0.3, 0.3, shape[1])
    coarse = fitting_dynamics(dynamics)
    key = draw_key(seed, "validation trials")
    # Fewer cues than a fit sees: two numbers learn none of them by heart.
    trials = make_trials(circuit, TrialPlan(hold=24, starts=2, walks=8), coarse.step, key)
    raw = initial_parameters(circuit.n_types, jax.random.key(0), spread=0.0, scale=1.0)

    def with_gain_and_bias(gain: jax.Array, bias: jax.Array) -> TypeParameters:
        return eqx.tree_at(
            lambda item: (item.log_scale, item.bias), raw, (jnp.log(gain), raw.bias + bias)
        )

    @jax.jit
    def loss(pair: jax.Array) -> jax.Array:
        terms = forming_terms(with_gain_and_bias(*pair), circuit, coarse, trials, weights)
        return jnp.sum(residual_vector(terms) ** 2)

    grid = jnp.asarray([(gain, bias) for gain in gains for bias in biases])
    # Eight networks at a time: all 175 at once would need the memory of all their states.
    losses = np.asarray(jax.lax.map(loss, grid, batch_size=8))
    best = grid[int(np.nanargmin(losses))]
    network = Network(with_gain_and_bias(*best), circuit, dynamics)
    return UniformGain(network, losses.reshape(shape), gains, biases)


def fit_shuffled(
    circuit: Circuit,
    dynamics: Dynamics,
    weights: LossWeights,
    plan: FitPlan,
    seeds: list[SeedTree],
    listener: Listener | None = None,
) -> list[Network]:
    """Fit block-shuffled copies of the wiring exactly as the wiring itself is fitted.

    Parameters
    ----------
    circuit : Circuit
        The wiring.
    dynamics, weights, plan
        The model, its objectives and the search.
    seeds : list of SeedTree
        One for each copy: source of the shuffle and of the fit.
    listener : Listener, optional
        Progress and checkpoints.

    Returns
    -------
    list of Network
        One for each seed.
    """
    shuffled = [shuffled_circuit(circuit, seed.child("shuffle")) for seed in seeds]
    wirings = jnp.stack([item.weights for item in shuffled])
    fitted = fit_parameters(circuit, wirings, dynamics, weights, plan, seeds, listener)
    return [
        Network(jax.tree.map(lambda leaf, at=index: leaf[at], fitted.parameters), item, dynamics)
        for index, item in enumerate(shuffled)
    ]


def refit_additive(fitted: FittedNetwork) -> Network:
    """Refit a network whose turning velocity is an input to the PEN, not a gain.

    The numbers start where they are and are held to the same objectives.

    Parameters
    ----------
    fitted : FittedNetwork
        With velocity as a gain.
    """
    network = fitted.network
    # c of 0.005 s/deg, as in the fits of before that had this input; not tuned for the refit.
    additive = replace(
        network.circuit, velocity=1.25 * network.circuit.velocity, velocity_mode="additive"
    )
    return fitted.refitted(network.with_circuit(additive))


def fit_upper_bound(fitted: FittedNetwork, grain: Literal["neuron", "synapse"]) -> Network:
    """Refit with far more numbers: what the wiring allows at best.

    Nothing keeps these numbers near the raw wiring.

    Parameters
    ----------
    fitted : FittedNetwork
        With a gain for each pair of cell types.
    grain : {"neuron", "synapse"}
        A gain for each neuron from each presynaptic type, or for each pair of neurons; in both, a
        bias for each neuron.

    Returns
    -------
    Network
        Refitted, its gains by neuron.
    """
    network, circuit = fitted.network, fitted.network.circuit
    each = jnp.arange(circuit.n_neurons)
    senders = each if grain == "synapse" else circuit.type_index
    fine = replace(circuit, receiver_groups=each, sender_groups=senders)
    types = circuit.type_index
    start = eqx.tree_at(
        lambda item: (item.raw_gain, item.bias),
        network.parameters,
        (
            network.parameters.raw_gain[types][:, types if grain == "synapse" else slice(None)],
            network.parameters.bias[types],
        ),
    )
    # The terms that keep numbers near the raw wiring have weights that were chosen for 43 of them,
    # and these are up to 23,257.
    free = fitted.weights.model_copy(update={"l1": 0.0, "l2": 0.0})
    return fitted.descended(Network(start, fine, network.dynamics), free)
