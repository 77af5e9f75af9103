"""Wiring between types: planted pairs stand out, a graph of the null does not."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from scipy import sparse

from neuropil.connectome import Connectome
from neuropil.contracts import ConfigError, InputError
from neuropil.measures import (
    DegreePreserving,
    ErdosRenyi,
    NullTally,
    TypePairs,
    compute_degrees,
    compute_reciprocity,
    compute_undirected_degrees,
    draw_nulls,
    measure_wiring,
    tabulate_types,
)
from neuropil.measures.graphs import type_pairs

LABELS = np.repeat(list("abcd"), 20)


def background(rng):
    """Neurons of unequal degree, joined without regard to type."""
    send, receive = rng.random((2, 80))
    matrix = rng.integers(1, 15, (80, 80)) * (rng.random((80, 80)) < np.outer(send, receive) * 0.5)
    np.fill_diagonal(matrix, 0)
    return matrix


def row_of(types, pre, post):
    return types.row(by_predicate=(pl.col("pre") == pre) & (pl.col("post") == post), named=True)


def test_a_planted_pair_of_types_comes_first():
    rng = np.random.default_rng(0)
    matrix = background(rng)
    matrix[:20, 20:40] += rng.integers(5, 15, (20, 20)) * (rng.random((20, 20)) < 0.4)
    wiring = measure_wiring(matrix, LABELS, n_nulls=99, seed=1)
    first = wiring.types.row(0, named=True)
    assert (first["pre"], first["post"]) == ("a", "b")
    assert first["weight_z"] > 5
    assert first["weight_p"] == 2 / 100
    assert first["weight_q"] < 0.05 * 16  # of 16 pairs, with the smallest p of 99 draws
    assert first["pairs_z"] > 3
    assert first["n_pre"] == first["n_post"] == 20
    assert first["possible"] == 400
    assert first["pairs"] == (matrix[:20, 20:40] > 0).sum()
    assert first["weight"] == matrix[:20, 20:40].sum()
    assert first["density"] == first["pairs"] / 400


def test_in_a_graph_of_the_null_nothing_stands_out():
    graph = next(draw_nulls(background(np.random.default_rng(1)), DegreePreserving(rounds=40), 1))
    wiring = measure_wiring(graph, LABELS, n_nulls=199, seed=2)
    assert wiring.types["weight_q"].min() > 0.05
    assert wiring.types["pairs_q"].min() > 0.05
    assert all(metric.null.p > 0.01 for metric in wiring.metrics if metric.null)


def test_the_closed_form_is_near_the_mean_of_the_nulls():
    wiring = measure_wiring(background(np.random.default_rng(2)), LABELS, n_nulls=99)
    for name in ("pairs", "weight"):
        expected = wiring.types[f"{name}_expected"]
        null = wiring.types[f"{name}_null"]
        assert ((expected - null).abs() / null).max() < 0.2
        assert expected.sum() == pytest.approx(wiring.types[name].sum())


def test_loops_are_left_out_and_said():
    matrix = background(np.random.default_rng(3))
    clean = measure_wiring(matrix, LABELS, n_nulls=19)
    np.fill_diagonal(matrix, [3, 4] + [0] * 78)
    looped = measure_wiring(matrix, LABELS, n_nulls=19)
    assert looped.metrics == clean.metrics
    assert looped.types.equals(clean.types)
    assert looped.notes[0] == (
        "2 neurons with synapses onto themselves (weight 7): these are left out of every measure."
    )


def test_metrics_are_beside_their_nulls():
    matrix = background(np.random.default_rng(4))
    planted = np.maximum(matrix, matrix.T)
    measured = measure_wiring(planted, LABELS, seed=3, directed=True)
    metrics = {metric.id: metric for metric in measured.metrics}
    assert list(metrics) == [
        "neurons",
        "pairs",
        "weight",
        "density",
        "reciprocity",
        "reciprocity_corrected",
        "weighted_reciprocity",
        "weighted_reciprocity_corrected",
        "within_types",
    ]
    assert metrics["pairs"].value == (planted > 0).sum()
    assert metrics["density"].value == (planted > 0).sum() / (80 * 79)
    assert metrics["density"].null is None
    for name in ("reciprocity", "weighted_reciprocity"):
        assert metrics[name].value == 1
        assert metrics[name].null.p == 1 / 101
        assert metrics[f"{name}_corrected"].value == pytest.approx(1)
    assert abs(metrics["weighted_reciprocity_corrected"].null.median) < 0.01
    assert metrics["within_types"].null.p > 0.01


def test_draws_are_given_and_one_seed_gives_one_result():
    matrix = background(np.random.default_rng(5))
    one, other = (measure_wiring(matrix, LABELS, n_nulls=19, seed=4) for _ in range(2))
    assert one.draws.equals(other.draws)
    assert one.types.equals(other.types)
    assert one.draws.columns == ["reciprocity", "weighted_reciprocity", "within_types"]
    assert one.draws.height == 19
    assert not one.draws.equals(measure_wiring(matrix, LABELS, n_nulls=19, seed=5).draws)


def test_another_null_model_and_no_types():
    model = ErdosRenyi()
    wiring = measure_wiring(background(np.random.default_rng(6)), model=model, n_nulls=19)
    assert wiring.types is None
    assert wiring.null == model.name
    assert "within_types" not in wiring.draws.columns


def test_types_of_one_neuron_are_not_compared_with_themselves():
    nodes = pl.DataFrame({"id": [1, 2, 3], "cell_type": ["a", None, "a"]})
    graph = Connectome.from_matrix([[0, 1, 0], [0, 0, 2], [3, 0, 0]], nodes)
    types = measure_wiring(graph, "cell_type", n_nulls=19).types
    pairs = set(types.select("pre", "post").iter_rows())
    assert pairs == {("a", "a"), ("a", "no cell_type"), ("no cell_type", "a")}
    assert row_of(types, "a", "a")["possible"] == 2


def test_of_very_many_pairs_those_with_a_connection_are_tabulated(monkeypatch):
    matrix = background(np.random.default_rng(7)).astype(float)
    matrix[:20, 40:60] = 0
    matrix = sparse.csr_array(matrix)
    whole = TypePairs.of(matrix, LABELS)
    monkeypatch.setattr(type_pairs, "_MOST_TABULATED", 4)
    part = TypePairs.of(matrix, LABELS)
    assert part.cells.size == 15
    assert part.n_possible == whole.n_possible == 16
    kept = np.isin(whole.cells, part.cells)
    for counts in (TypePairs.count, TypePairs.expect):
        all_pairs = counts(whole, matrix).reshape(2, 16)
        np.testing.assert_allclose(counts(part, matrix).reshape(2, 15), all_pairs[:, kept])
    # A pair that is not tabulated may be connected in a null; it is then not counted.
    tally = NullTally(part.count(matrix))
    for null in draw_nulls(matrix, n=2):
        tally.add(part.count(null))
    assert tabulate_types(part, part.expect(matrix), tally.compare()).height == 15
    assert measure_wiring(matrix, LABELS, n_nulls=19).notes[0] == (
        "Of 16 pairs of types the 15 that are connected are tabulated; q counts them all."
    )


def test_a_note_says_what_few_nulls_cannot_show():
    matrix = background(np.random.default_rng(8))
    assert measure_wiring(matrix, LABELS, n_nulls=39).notes == (
        "With 39 nulls no p of a pair of types is below 0.05, so that of 16 pairs a single one "
        "cannot reach q = 0.05; its z tells how far it stands out.",
    )
    assert measure_wiring(matrix, n_nulls=39).notes == ()


@pytest.mark.parametrize(
    ("labels", "n_nulls", "kind", "message"),
    [
        (
            LABELS,
            18,
            ConfigError,
            "nulls: expected at least 19 nulls, found 18. With fewer no p-value can be 0.05.",
        ),
        (
            LABELS[:5],
            19,
            InputError,
            "labels: expected 80 labels, found 5. Give one for each row of the matrix.",
        ),
    ],
)
def test_wrong_questions_are_named(labels, n_nulls, kind, message):
    with pytest.raises(kind) as caught:
        measure_wiring(background(np.random.default_rng(9)), labels, n_nulls=n_nulls)
    assert str(caught.value) == message


def undirected_world(rng, n=60, *, weighted):
    """A random undirected graph and random types."""
    matrix = np.triu(rng.random((n, n)) < 0.15, 1).astype(float)
    if weighted:
        matrix *= rng.lognormal(size=(n, n))
    return matrix + matrix.T, rng.integers(0, 4, n).astype(str).tolist()


@pytest.mark.parametrize("weighted", [False, True])
def test_random_undirected_graphs_give_few_false_alarms(weighted):
    """At most 5 % of p are 0.05 or less; of 60 worlds 7 or more would be seen in 3 % of tests."""
    rng = np.random.default_rng(1)
    alarms, pairs = 0, []
    for seed in range(60):
        matrix, labels = undirected_world(rng, weighted=weighted)
        wiring = measure_wiring(matrix, labels, n_nulls=19, seed=seed)
        alarms += wiring.metrics[-1].null.p <= 0.05
        pairs.append((wiring.types["weight_p"] <= 0.1).mean())
    assert wiring.metrics[-1].id == "within_types"
    assert alarms <= 6
    # Two-sided, with 19 nulls 0.1 is the least p there can be.
    assert np.mean(pairs) <= 0.12


def test_an_undirected_graph_counts_each_edge_once_and_has_no_reciprocity():
    matrix, labels = undirected_world(np.random.default_rng(2), weighted=True)
    wiring = measure_wiring(matrix, labels, n_nulls=19)
    metrics = {metric.id: metric for metric in wiring.metrics}
    assert list(metrics) == ["neurons", "pairs", "weight", "density", "degree", "within_types"]
    once = np.triu(matrix)
    assert metrics["pairs"].value == (once > 0).sum()
    assert metrics["weight"].value == pytest.approx(once.sum())
    assert metrics["density"].value == pytest.approx((once > 0).sum() / (60 * 59 / 2))
    assert metrics["density"].n == 60 * 59 // 2
    assert metrics["degree"].value == pytest.approx((matrix > 0).sum() / 60)
    assert not wiring.directed
    assert wiring.null == "partners redrawn; degree of every neuron kept, weights permuted"
    assert wiring.notes[0] == (
        "Every weight equals that of the other direction, so that the graph was measured as "
        "undirected; state that it is directed (--directed, directed=True) if it is."
    )


def test_the_table_of_an_undirected_graph_has_each_pair_of_types_once():
    matrix, labels = undirected_world(np.random.default_rng(3), weighted=True)
    types = measure_wiring(matrix, labels, n_nulls=19).types
    assert types.height == 4 * 5 // 2
    assert types["pairs"].sum() == (np.triu(matrix) > 0).sum()
    assert types["weight"].sum() == pytest.approx(np.triu(matrix).sum())
    assert types["weight_expected"].sum() == pytest.approx(np.triu(matrix).sum())
    assert types["possible"].sum() == 60 * 59 // 2
    own = np.array(labels) == labels[0]
    row = types.filter(pre=labels[0], post=labels[0]).row(0, named=True)
    assert row["weight"] == pytest.approx(np.triu(matrix[np.ix_(own, own)]).sum())
    assert row["possible"] == own.sum() * (own.sum() - 1) // 2


def test_planted_types_of_an_undirected_graph_are_found():
    rng = np.random.default_rng(4)
    labels = ["a"] * 30 + ["b"] * 30
    same = np.equal.outer(labels, labels)
    matrix = np.triu(rng.random((60, 60)) < np.where(same, 0.3, 0.1), 1).astype(float)
    wiring = measure_wiring(matrix + matrix.T, labels, n_nulls=99)
    assert wiring.metrics[-1].null.p == 0.01
    assert wiring.types.filter(pre="a", post="b")["weight_z"][0] < -4


def test_without_types_nothing_is_tested_in_an_undirected_graph():
    connectome = Connectome.from_matrix(
        undirected_world(np.random.default_rng(5), weighted=False)[0], directed=False
    )
    wiring = measure_wiring(connectome, n_nulls=19)
    assert all(metric.null is None for metric in wiring.metrics)
    assert wiring.draws.is_empty()
    assert wiring.notes == (
        "Without types nothing is tested in an undirected graph: its degrees are kept.",
    )
    with pytest.raises(InputError) as caught:
        compute_reciprocity(connectome)
    assert str(caught.value) == (
        "compute_reciprocity: expected a directed graph, found an undirected one. In an undirected "
        "graph all is returned."
    )
    with pytest.raises(InputError, match="Use compute_undirected_degrees"):
        compute_degrees(connectome)
    degrees = compute_undirected_degrees(connectome)
    np.testing.assert_array_equal(degrees.degree, degrees.strength)
