"""The network begins at its closed-form paths, whatever brings modalities together."""

from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from neuropil.cohorts.joint.models.network import Network, Sizes, empty_start, expand_features

SIZES = Sizes((4, 3), 2, (2, 1), tokens=2, width=8, heads=2, hidden=8)


def _network(fusion: str = "attention", sizes: Sizes = SIZES) -> Network:
    """Joint coordinates are the first two components of the first modality."""
    start = empty_start(sizes)
    both = start.both[0].at[(0, 1), (0, 1)].set(1.0)
    alone = start.alone[0].at[(0, 1), (0, 1)].set(1.0)
    other = start.alone[1].at[(0, 1), (0, 1)].set(0.5)
    onto = start.onto[0].at[(0, 1), (0, 1)].set(1.0)
    basis = start.basis[0].at[(0, 1), (2, 3)].set(1.0)
    start = eqx.tree_at(
        lambda s: (s.both, s.alone, s.onto, s.basis),
        start,
        ((both, start.both[1]), (alone, other), (onto, start.onto[1]), (basis, start.basis[1])),
    )
    return Network(start, sizes, fusion, jax.random.key(0))


SCORES = (jnp.array([1.0, -2.0, 0.5, 3.0]), jnp.array([2.0, 4.0, -1.0]))


@pytest.mark.parametrize("fusion", ["attention", "concatenation"])
def test_an_untrained_network_is_its_start(fusion):
    network = _network(fusion)
    both = network.encode(SCORES, jnp.array([1.0, 1.0]))
    np.testing.assert_allclose(both.joint, [1, -2], atol=1e-6)
    np.testing.assert_allclose(both.individual[0], [0.5, 3], atol=1e-6)
    second = network.encode(SCORES, jnp.array([0.0, 1.0]))
    np.testing.assert_allclose(second.joint, [1, 2], atol=1e-6)
    decoded = network.decode(both.joint, both.individual)
    np.testing.assert_allclose(decoded[0], SCORES[0], atol=1e-6)
    np.testing.assert_allclose(decoded[1], 0, atol=1e-6)


def test_experts_are_combined_by_their_precision():
    network = _network("product")
    found = network.encode(SCORES, jnp.array([1.0, 1.0]))
    # Both begin at a log variance of -4, and the prior is an expert of variance 1 and mean 0.
    precision = np.exp(4.0)
    expected = precision * (np.array([1, -2]) + np.array([1, 2])) / (2 * precision + 1)
    np.testing.assert_allclose(found.joint, expected, rtol=1e-5)
    np.testing.assert_allclose(found.joint_log_variance, -np.log(2 * precision + 1), rtol=1e-5)


def test_a_mixture_has_the_mean_and_variance_of_its_experts():
    found = _network("mixture").encode(SCORES, jnp.array([1.0, 1.0]))
    np.testing.assert_allclose(found.joint, [1, 0], atol=1e-6)
    variance = np.exp(-4) + np.array([0.0, 4.0])
    np.testing.assert_allclose(np.exp(found.joint_log_variance), variance, rtol=1e-5)


@pytest.mark.parametrize("fusion", ["attention", "concatenation", "product", "mixture"])
def test_a_modality_that_is_not_there_is_not_seen(fusion):
    network = _network(fusion)
    there = jnp.array([1.0, 0.0])
    for other in (jnp.zeros(3), jnp.array([9.0, -9.0, 9.0])):
        found = network.encode((SCORES[0], other), there)
        np.testing.assert_array_equal(
            found.joint, network.encode((SCORES[0], jnp.ones(3)), there).joint
        )


def test_without_joint_coordinates_modalities_are_described_apart():
    sizes = Sizes((4, 3), 0, (2, 1), tokens=2, width=8, heads=2, hidden=8)
    network = Network(empty_start(sizes), sizes, "attention", jax.random.key(0))
    found = network.encode(SCORES, jnp.array([1.0, 1.0]))
    assert found.joint.shape == (0,)
    assert [each.shape for each in network.decode(found.joint, found.individual)] == [(4,), (3,)]


def test_features_are_coordinates_squares_and_products():
    np.testing.assert_array_equal(expand_features(jnp.array([2.0, 3.0])), [2, 3, 4, 6, 9])
