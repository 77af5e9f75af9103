"""The network keeps the grid, and fold and unfold are each other's inverse."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from neuropil.preservation.detector.network import (
    MULTIPLE,
    MembraneNetwork,
    _double,
    _fold,
    _halve,
    _unfold,
)
from neuropil.preservation.detector.training import compute_logits, outline_network


def test_unfolding_undoes_folding() -> None:
    sections = jnp.arange(2 * 4 * 6, dtype=jnp.float32).reshape(2, 4, 6)
    folded = _fold(sections)
    assert folded.shape == (2, 2, 3, 4)
    np.testing.assert_array_equal(folded[0, 0, 0], [0, 1, 6, 7])
    np.testing.assert_array_equal(_unfold(folded), sections)


def test_halving_a_doubled_section_returns_it() -> None:
    sections = jnp.arange(2 * 4 * 6, dtype=jnp.float32).reshape(1, 4, 6, 2)
    np.testing.assert_array_equal(_halve(_double(sections)), sections)


@pytest.mark.parametrize("widths", [(4,), (4, 6), (4, 6, 8)])
def test_logits_are_on_the_grid_of_the_section(widths: tuple[int, ...]) -> None:
    network = outline_network(widths)
    section = jax.ShapeDtypeStruct((2, 3 * MULTIPLE, 2 * MULTIPLE), jnp.float32)
    assert jax.eval_shape(MembraneNetwork.__call__, network, section).shape == (2, 24, 16)


def test_an_untrained_network_is_undecided() -> None:
    section = np.random.default_rng(0).normal(size=(32, 32)).astype(np.float32)
    logits = compute_logits(MembraneNetwork((4, 6, 8), jax.random.key(0)), section)
    assert float(np.abs(logits).max()) < 1


def test_what_lies_far_away_does_not_matter() -> None:
    network = MembraneNetwork((4, 6, 8), jax.random.key(0))
    section = np.random.default_rng(0).normal(size=(128, 32)).astype(np.float32)
    changed = section.copy()
    changed[100:] = 5.0
    here, there = compute_logits(network, section), compute_logits(network, changed)
    np.testing.assert_allclose(here[:40], there[:40], atol=1e-6)
    assert float(np.abs(here - there).max()) > 0.01
