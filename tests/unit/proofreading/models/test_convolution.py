"""Flat convolutions and gradients by hand equal those of JAX."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from neuropil.proofreading.models.convolution import MULTIPLE, TissueNetwork, convolve

AXES = ("NDHWC", "DHWIO", "NDHWC")


def _solid(block, weight):
    return jax.lax.conv_general_dilated(
        block[None], weight, (1, 1, 1), "SAME", dimension_numbers=AXES
    )[0]


def test_values_and_gradients_equal_those_of_jax():
    rng = np.random.default_rng(0)
    block = jnp.asarray(rng.normal(size=(5, 6, 7, 4)), jnp.float32)
    weight = jnp.asarray(rng.normal(size=(3, 3, 3, 4, 5)), jnp.float32)
    np.testing.assert_allclose(convolve(block, weight), _solid(block, weight), atol=1e-4)
    ours, theirs = (
        jax.grad(lambda b, w, f=f: (f(b, w) ** 3).sum(), (0, 1))(block, weight)
        for f in (convolve, _solid)
    )
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-4 * np.abs(other).max())


def test_each_voxel_gets_its_own_logits():
    network = TissueNetwork(3, jax.random.key(0))
    image = np.random.default_rng(0).normal(size=(MULTIPLE, 2 * MULTIPLE, 3 * MULTIPLE))
    apply = eqx.filter_jit(network)
    found = apply(jnp.asarray(image, jnp.float32))
    assert found.shape == (3, *image.shape)
    # Folding and unfolding keep voxels in place: a change is felt most where it is made.
    changed = image.copy()
    changed[2, 9, 13] += 3
    effect = np.abs(np.asarray(apply(jnp.asarray(changed, jnp.float32)) - found)).sum(axis=0)
    place = np.unravel_index(effect.argmax(), effect.shape)
    assert np.abs(np.array(place) - (2, 9, 13)).max() <= 3
