"""Networks have the published sizes, encode a region once, and stop on inner pairs alone."""

from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import polars as pl
import pytest

from neuropil.contracts import ConfigError, InputError
from neuropil.transcriptome import (
    NetworkPlan,
    RegionPairMLP,
    SpatiomolecularTransformer,
    fit_networks,
    make_splits,
)
from neuropil.transcriptome.models.gene_order import order_genes
from neuropil.transcriptome.models.pair_network import Moments, RegionInputs, count_numbers

KEY = jax.random.key(0)


@pytest.mark.parametrize(
    ("model", "count"),
    [
        (SpatiomolecularTransformer(), 2_162_315),
        (SpatiomolecularTransformer(with_cls=True), 4_686_987),
        (RegionPairMLP(), 7_723_777),
        (RegionPairMLP("both"), 7_726_849),
        (RegionPairMLP("coordinates"), 169_729),
    ],
)
def test_the_published_counts_of_parameters_are_exact(model, count):
    assert count_numbers(eqx.filter_eval_shape(model.build, 7380, KEY)) == count


def inputs(n=7, genes=130):
    rng = np.random.default_rng(0)
    return RegionInputs(
        jnp.asarray(rng.random((n, genes)), jnp.float32),
        jnp.asarray(30 * rng.standard_normal((n, 3)), jnp.float32),
    )


@pytest.mark.parametrize("with_cls", [False, True])
def test_scoring_all_pairs_is_scoring_each_by_itself(with_cls):
    """One encoding a region gives what two encodings a pair give."""
    network = SpatiomolecularTransformer(with_cls).build(130, KEY)
    seen = inputs()
    score = eqx.filter_jit(lambda part: network.score(part, Moments.start()))
    whole = score(seen)
    for one, other in [(0, 1), (2, 6), (5, 3)]:
        pair = score(seen.take(jnp.array([one, other])))
        assert pair[0, 1] == pytest.approx(float(whole[one, other]), abs=1e-5)
    np.testing.assert_array_equal(whole, whole.T)


def test_only_the_transformer_without_coordinates_is_limited():
    plain = SpatiomolecularTransformer().build(130, KEY)
    last = lambda net: net.head.layers[-1].bias  # noqa: E731
    far = eqx.tree_at(last, plain, replace_fn=lambda bias: bias + 9)
    assert jnp.abs(far.score(inputs(), Moments.start())).max() == 1
    other = SpatiomolecularTransformer(with_cls=True).build(130, KEY)
    far = eqx.tree_at(last, other, replace_fn=lambda bias: bias + 9)
    assert jnp.abs(far.score(inputs(), Moments.start())).max() > 1


def test_the_last_token_is_filled_up_and_its_filling_does_not_matter():
    network = SpatiomolecularTransformer(token_size=60).build(130, KEY)
    seen = inputs()
    assert network.encode(seen, None).shape == (7, 3 * 10)
    filled = RegionInputs(jnp.pad(seen.genes, ((0, 0), (0, 50))), seen.coordinates)
    np.testing.assert_array_equal(network.encode(filled, None), network.encode(seen, None))


def test_slopes_change_what_tokens_see():
    published, none = (
        SpatiomolecularTransformer(slopes=slopes).build(130, KEY)
        for slopes in ("published", "none")
    )
    assert published.slopes == (1, 1, 0.5, 0.5)
    assert not np.allclose(published.encode(inputs(), None), none.encode(inputs(), None))


def test_attention_without_content_follows_the_distance_on_the_genome(problem):
    plan = NetworkPlan(steps=2, chunk=2, regions=8, refit=False)
    model = SpatiomolecularTransformer(token_size=20, plan=plan)
    model.fit(problem.regions, problem.connectivity, np.arange(30))
    [member] = model.members_
    blank = eqx.tree_at(
        lambda net: [block.joint for block in net.blocks],
        member.network,
        replace_fn=lambda layer: jax.tree.map(jnp.zeros_like, layer),
    )
    model.members_ = (member._replace(network=blank),)
    tokens, weights = model.attend(np.arange(30, 40))
    t = -(-problem.regions.genes.height // 20)
    assert len(tokens) == t
    apart = np.abs(np.subtract.outer(np.arange(t), np.arange(t)))
    heads = np.exp(-np.array([1, 1, 0.5, 0.5])[:, None, None] * apart)
    expected = (heads / heads.sum(axis=2, keepdims=True)).mean(axis=0)
    np.testing.assert_allclose(weights, expected, atol=1e-6)


def test_attention_names_tokens_by_their_first_and_last_gene(problem):
    plan = NetworkPlan(steps=2, chunk=2, regions=8, refit=False)
    model = SpatiomolecularTransformer(with_cls=True, gene_order="expression", plan=plan)
    model.fit(problem.regions, problem.connectivity, np.arange(30))
    tokens, weights = model.attend(np.arange(30, 40))
    order = order_genes(problem.regions.genes, problem.regions.expression, "expression")
    symbols = problem.regions.genes["symbol"].to_list()
    assert tokens[0] == "coordinates"
    assert tokens[1] == f"{symbols[order[0]]} to {symbols[order[19]]}"
    np.testing.assert_allclose(weights.sum(axis=1), 1, atol=1e-6)


@pytest.fixture(scope="module")
def splits(problem):
    return make_splits("random", problem.regions, 1)[:2]


@pytest.fixture(scope="module")
def fitted(problem, splits):
    plan = NetworkPlan(steps=120, chunk=20, patience=2, regions=32)
    models = [RegionPairMLP(plan=plan, random_state=split.run) for split in splits]
    fit_networks(models, problem.regions, problem.connectivity, [split.train for split in splits])
    return models


def test_folds_side_by_side_learn_the_planted_rule(problem, splits, fitted):
    for model, split in zip(fitted, splits, strict=True):
        assert model.score(problem.connectivity, split.test) > 0.3
        assert model.history_.shape[1] == 2
        assert 0 < int(model.members_[0].taken) <= 120


@pytest.mark.parametrize("kind", [RegionPairMLP, SpatiomolecularTransformer])
def test_networks_never_read_a_test_connection(kind, problem, splits):
    plan = NetworkPlan(steps=2, chunk=2, regions=8, refit=False)
    poisoned = problem.connectivity.copy()
    poisoned[splits[0].test] = np.nan
    poisoned[:, splits[0].test] = np.nan
    model = kind(plan=plan).fit(problem.regions, poisoned, splits[0].train)
    predicted = model.predict_matrix(splits[0].test)
    assert np.isfinite(predicted).all()
    np.testing.assert_array_equal(predicted, predicted.T)
    pairs = splits[0].test[[[0, 1], [5, 2]]]
    np.testing.assert_array_equal(model.predict(pairs), model.predict(pairs[:, ::-1]))


def test_the_final_fit_stops_where_it_was_best_inside(fitted):
    for model in fitted:
        best = 20 * (1 + int(model.history_[:, 1].argmin()))
        assert [int(member.taken) for member in model.members_] == [best, best]


def test_the_prediction_is_the_mean_of_both_networks(fitted, splits):
    model, test = fitted[0], splits[0].test
    inputs = model.inputs_.take(test)
    first, second = (each.network.score(inputs, each.moments) for each in model.members_)
    assert not np.allclose(first, second, atol=1e-2)
    np.testing.assert_allclose(model.predict_matrix(test), (first + second) / 2, atol=1e-5)


@pytest.fixture
def genes():
    return pl.DataFrame(
        {
            "symbol": list("abcde"),
            "chromosome": ["2", "X", "1", None, "1"],
            "start": [5, 1, 9, None, 3],
        }
    )


def test_genes_come_in_genome_order_and_those_without_a_place_last(genes):
    expression = np.array([[0.1, 0.5, 0.2, 0.9, 0.3]])
    assert order_genes(genes, expression, "genome").tolist() == [4, 2, 0, 1, 3]
    assert order_genes(genes, expression, "expression").tolist() == [3, 1, 4, 2, 0]
    shuffled = order_genes(genes, expression, "random", 1)
    assert sorted(shuffled) == [0, 1, 2, 3, 4]
    assert shuffled.tolist() == order_genes(genes, expression, "random", 1).tolist()


def test_genes_without_positions_have_no_genome_order(genes):
    with pytest.raises(InputError) as caught:
        order_genes(genes.select("symbol"), np.ones((1, 5)), "genome")
    assert str(caught.value) == (
        "table of genes: expected positions of genes, found symbol with none. Add chromosome and "
        "start, or choose the order expression or random."
    )


def test_wrong_tokens_are_refused():
    with pytest.raises(ConfigError) as caught:
        SpatiomolecularTransformer(token_size=-1).build(10, KEY)
    assert str(caught.value) == (
        "SpatiomolecularTransformer: expected a token of 1 gene or more and slopes of published, "
        "later, none, found -1 and 'published'. Choose others."
    )
