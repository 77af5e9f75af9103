"""The network begins as the mixture: the same categories, and components within them as z."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from neuropil.cohorts.hybrid.models.mixture import fit_tied_mixture
from neuropil.cohorts.hybrid.models.network import Sizes, begin_at_mixture
from neuropil.contracts import SeedTree

TOLD, MORE, K, C = 4, 12, 3, 2


def _plant(n=600, seed=0):
    """Plant three categories in four features, and two directions within them in twelve more."""
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % K
    told = 6 * rng.normal(size=(K, TOLD))[labels] + rng.normal(size=(n, TOLD))
    z = rng.normal(size=(n, C))
    more = 3 * rng.normal(size=(K, MORE))[labels] + z @ (3 * rng.normal(size=(C, MORE)))
    return np.hstack([told, more + 0.3 * rng.normal(size=(n, MORE))]), labels, z


def _begin(features, a):
    mixture = fit_tied_mixture(features[:, :a], K, SeedTree(0))
    sizes = Sizes(features.shape[1], a, K, C, 8)
    network = begin_at_mixture(mixture, features, sizes, jax.random.key(0))
    return mixture, network, network.standardise(jnp.asarray(features, jnp.float32))


@pytest.mark.parametrize("a", [TOLD, TOLD + MORE], ids=["some features", "all features"])
def test_the_posterior_of_categories_is_that_of_the_mixture(a):
    features, _, _ = _plant()
    mixture, network, x = _begin(features, a)
    found = np.asarray(jax.nn.softmax(network.category_logits(x)))
    assert found == pytest.approx(mixture.predict_proba(features[:, :a]), abs=1e-3)


def test_coordinates_are_the_planted_directions_within_categories():
    features, labels, z = _plant()
    _, network, x = _begin(features, TOLD)
    member = jax.nn.softmax(network.category_logits(x))
    found = np.asarray(network.encode(x, member @ network.means)[0])
    design = np.column_stack([found, np.ones(len(z))])
    left = z - design @ np.linalg.lstsq(design, z, rcond=None)[0]
    assert left.var() < 0.02 * z.var()
    between = [found[labels == one].mean(axis=0) for one in range(K)]
    assert np.abs(between).max() < 0.1
    assert found.std(axis=0) == pytest.approx([1.0, 1.0], abs=0.05)


def test_categories_are_not_read_from_the_other_features():
    features, _, _ = _plant()
    _, network, x = _begin(features, TOLD)
    other = x.at[:, TOLD:].set(0.0)
    assert (network.category_logits(other) == network.category_logits(x)).all()
