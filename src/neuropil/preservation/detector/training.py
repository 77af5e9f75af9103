"""Training of a membrane network, and its use on one section.

The house's training loop runs several members side by side, which turns convolutions into grouped
ones for which the compiler has no fast program; this one trains one network.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt
import optax
from jaxtyping import Array, PyTree

from neuropil.contracts import SeedTree
from neuropil.preservation.detector.network import MembraneNetwork
from neuropil.preservation.detector.patches import TrainingSections, draw_batch
from neuropil.preservation.detector.plan import DetectorPlan

__all__ = ["Listener", "compute_logits", "outline_network", "train_network"]

Listener = Callable[[int, float], None]

# Usual values that were not tuned: the share of the steps in which the rate rises, the largest norm
# of a gradient, and the decay of weights.
_WARM_UP, _CLIP, _DECAY = 0.05, 1.0, 1e-4


def train_network(
    sections: Sequence[TrainingSections],
    plan: DetectorPlan,
    seed: SeedTree,
    listener: Listener | None = None,
) -> MembraneNetwork:
    """Train a network on patches drawn from sections.

    Parameters
    ----------
    sections : sequence of TrainingSections
        What it learns from, one or several sources in equal parts.
    plan : DetectorPlan
        Size of the network and length of the training.
    seed : SeedTree
        Source of the start and of the patches.
    listener : callable, optional
        Told the number of a step and its loss.

    Returns
    -------
    MembraneNetwork
        The trained network. Its numbers are those of half precision, in which they are stored, so
        that a network that is read again says the same.
    """
    rng = seed.child("patches").generator()
    network = MembraneNetwork(plan.widths, jax.random.key(seed.child("network").integer()))
    schedule = optax.warmup_cosine_decay_schedule(
        0.0, plan.rate, int(_WARM_UP * plan.steps) + 1, plan.steps + 1
    )
    optimiser = optax.chain(
        optax.clip_by_global_norm(_CLIP), optax.adamw(schedule, weight_decay=_DECAY)
    )
    state = optimiser.init(network)
    for step in range(plan.steps):
        patches, wanted = draw_batch(sections, plan, rng)
        seen = jnp.asarray(patches), jnp.asarray(wanted)
        network, state, loss = _step(optimiser, network, state, *seen)
        if listener is not None:
            listener(step, float(loss))
    return jax.tree.map(lambda leaf: leaf.astype(jnp.float16).astype(jnp.float32), network)


@eqx.filter_jit
def _step(
    optimiser: optax.GradientTransformation,
    network: MembraneNetwork,
    state: PyTree,
    patches: Array,
    wanted: Array,
) -> tuple[MembraneNetwork, PyTree, Array]:
    loss, gradient = eqx.filter_value_and_grad(_loss)(network, patches, wanted)
    updates, state = optimiser.update(gradient, state, network)
    return eqx.apply_updates(network, updates), state, loss


def _loss(network: MembraneNetwork, patches: Array, wanted: Array) -> Array:
    return jnp.mean(optax.sigmoid_binary_cross_entropy(network(patches), wanted))


@eqx.filter_jit
def _read(network: MembraneNetwork, section: Array) -> Array:
    return network(section[None])[0]


def compute_logits(
    network: MembraneNetwork, section: npt.NDArray[np.float32]
) -> npt.NDArray[np.float32]:
    """Return the logit of a membrane at each pixel of a section.

    Parameters
    ----------
    network : MembraneNetwork
        A trained network.
    section : (ny, nx) array
        Standardised brightness; edges divisible by ``MULTIPLE``.
    """
    return np.asarray(_read(network, jnp.asarray(section)))


def outline_network(widths: tuple[int, ...]) -> PyTree:
    """Return the names and shapes of a network's numbers."""
    return eqx.filter_eval_shape(MembraneNetwork, widths, jax.random.key(0))
