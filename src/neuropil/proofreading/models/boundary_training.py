"""Training of a boundary network, and its use on one block.

The house's training loop runs several members side by side, which turns convolutions into grouped
ones for which the compiler has no fast program; this one trains one network.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, PRNGKeyArray, PyTree

from neuropil.proofreading.adjacency.marks import CHANNELS, DISTANCES, mark_boundaries
from neuropil.proofreading.models.convolution import TissueNetwork

if TYPE_CHECKING:
    from neuropil.proofreading.models.boundary import BoundaryPlan, Listener

__all__ = ["apply_network", "outline_network", "train_network"]

# Brightness of a cube is multiplied and shifted by up to this much in training, in units of the
# image's standard deviation; a usual value that was not tuned.
_CONTRAST = 0.2
_WARM_UP = 0.05
_CLIP = 1.0


def train_network(
    image: np.ndarray,
    labels: np.ndarray,
    plan: BoundaryPlan,
    rng: np.random.Generator,
    key: PRNGKeyArray,
    listener: Listener | None = None,
) -> TissueNetwork:
    """Train a network on cubes drawn from a block.

    Parameters
    ----------
    image : (nz, ny, nx) array
        Brightness with mean 0 and variance 1.
    labels : (nz, ny, nx) integer array
        True object of each voxel; 0 where it is not known.
    plan : BoundaryPlan
        Length of the training.
    rng : Generator
        Source of the cubes.
    key : PRNG key
        Source of the start.
    listener : callable, optional
        Told the number of a step and its loss.

    Returns
    -------
    TissueNetwork
        The trained network.
    """
    network = TissueNetwork(len(CHANNELS), key)
    schedule = optax.warmup_cosine_decay_schedule(
        0.0, plan.rate, int(_WARM_UP * plan.steps) + 1, plan.steps + 1
    )
    optimiser = optax.chain(optax.clip_by_global_norm(_CLIP), optax.adam(schedule))
    state = optimiser.init(network)
    for step in range(plan.steps):
        cube, wanted = _draw_cube(image, labels, plan.edge, rng)
        seen = jnp.asarray(cube), jnp.asarray(wanted)
        network, state, loss = _step(optimiser, network, state, *seen)
        if listener is not None:
            listener(step, float(loss))
    return network


def _draw_cube(
    image: np.ndarray, labels: np.ndarray, edge: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Cut a cube at a random place, turn it in a random way and give it a random brightness."""
    reach = max(DISTANCES)
    corner = [int(rng.integers(n - edge + 1)) for n in image.shape]
    place = tuple(slice(low, low + edge) for low in corner)
    gain, shift = rng.uniform(-_CONTRAST, _CONTRAST, 2)
    cube = image[place] * (1 + gain) + shift
    # Marks ask about voxels ahead, so that labels are turned and marked after it.
    around = tuple(slice(max(low - reach, 0), low + edge + reach) for low in corner)
    wide = np.zeros((edge + 2 * reach,) * 3, labels.dtype)
    starts = [max(reach - low, 0) for low in corner]
    known = labels[around]
    wide[tuple(slice(a, a + n) for a, n in zip(starts, known.shape, strict=True))] = known
    order, signs = rng.permutation(3), rng.choice([-1, 1], 3)
    turn = tuple(slice(None, None, sign) for sign in signs)
    marks = mark_boundaries(wide.transpose(order)[turn])
    inner = (slice(None), *[slice(reach, reach + edge)] * 3)
    turned = np.ascontiguousarray(cube.transpose(order)[turn], np.float32)
    return turned, np.ascontiguousarray(marks[inner])


@eqx.filter_jit
def _step(
    optimiser: optax.GradientTransformation,
    network: TissueNetwork,
    state: PyTree,
    cube: Array,
    wanted: Array,
) -> tuple[TissueNetwork, PyTree, Array]:
    loss, gradient = eqx.filter_value_and_grad(_loss)(network, cube, wanted)
    updates, state = optimiser.update(gradient, state, network)
    return eqx.apply_updates(network, updates), state, loss


def _loss(network: TissueNetwork, cube: Array, wanted: Array) -> Array:
    logits = network(cube)
    known = wanted < 2
    each = optax.sigmoid_binary_cross_entropy(logits, (wanted == 1).astype(jnp.float32))
    return jnp.sum(jnp.where(known, each, 0.0)) / jnp.maximum(jnp.sum(known), 1)


@eqx.filter_jit
def _probabilities(network: TissueNetwork, cube: Array) -> Array:
    return jnp.round(255 * jax.nn.sigmoid(network(cube))).astype(jnp.uint8)


def apply_network(network: TissueNetwork, cube: np.ndarray) -> np.ndarray:
    """Predict the maps of a block.

    Parameters
    ----------
    network : TissueNetwork
        A trained network.
    cube : (nz, ny, nx) array
        Brightness with mean 0 and variance 1; edges divisible by 8.

    Returns
    -------
    (c, nz, ny, nx) uint8 array
        Probabilities, 255 standing for 1.
    """
    return np.asarray(_probabilities(network, jnp.asarray(cube)))


def outline_network(n_channels: int) -> PyTree:
    """Return the names and shapes of a network's numbers."""
    return eqx.filter_eval_shape(TissueNetwork, n_channels, jax.random.key(0))
