"""Null models: what they keep, how they are drawn, and that their p-values hold."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse
from scipy.stats import chisquare

from neuropil.connectome import Connectome
from neuropil.contracts import InputError, SeedTree
from neuropil.measures import (
    DegreePreserving,
    ErdosRenyi,
    compute_reciprocity,
    draw_nulls,
    summarise_null,
)

MODELS = [
    DegreePreserving(),
    DegreePreserving(weights="permuted"),
    DegreePreserving(within=tuple("ab" * 15)),
    ErdosRenyi(),
]


def random_graph(rng, n=30, density=0.2):
    matrix = rng.integers(1, 20, (n, n)) * (rng.random((n, n)) < density)
    return sparse.csr_array(matrix.astype(float))


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_every_model_keeps_edges_weights_and_loops(model):
    matrix = random_graph(np.random.default_rng(0))
    for null in draw_nulls(matrix, model, 3):
        assert null.shape == matrix.shape
        assert null.nnz == matrix.nnz
        np.testing.assert_array_equal(null.diagonal(), matrix.diagonal())
        np.testing.assert_array_equal(np.sort(null.data), np.sort(matrix.data))
        assert (null != matrix).nnz > 0


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_a_draw_depends_on_the_seed_and_its_number_alone(model):
    matrix = random_graph(np.random.default_rng(1))
    few = list(draw_nulls(matrix, model, 2, SeedTree(5)))
    many = list(draw_nulls(matrix, model, 4, SeedTree(5)))
    assert [(one != other).nnz for one, other in zip(few, many, strict=False)] == [0, 0]
    assert (many[2] != many[3]).nnz > 0
    assert (next(draw_nulls(matrix, model, 1, SeedTree(6))) != few[0]).nnz > 0


def test_a_connectome_is_drawn_from_by_its_first_weight():
    connectome = Connectome.from_matrix(random_graph(np.random.default_rng(2)))
    null = next(draw_nulls(connectome, n=1))
    assert null.sum() == connectome.adjacency().sum()


@pytest.mark.parametrize("n_edges", [2, 5])
def test_every_place_is_as_likely_in_the_weakest_null(n_edges):
    """Six places of a graph of three neurons; few edges and many are drawn in different ways."""
    places = np.array([(0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1)])
    rows, columns = places[:n_edges].T
    matrix = sparse.csr_array((np.ones(n_edges), (rows, columns)), shape=(3, 3))
    rng = np.random.default_rng(3)
    total = sum(ErdosRenyi().draw(matrix, rng) for _ in range(1200)).toarray()
    counts = total[places[:, 0], places[:, 1]]
    assert counts.sum() == 1200 * n_edges
    assert np.diag(total).sum() == 0
    # Places of one graph exclude each other, so that this test is on the safe side.
    assert chisquare(counts).pvalue > 0.01


def test_names_say_what_is_kept():
    assert DegreePreserving().name == (
        "partners redrawn; in-degree and out-degree of every neuron kept, and its outgoing weights"
    )
    assert DegreePreserving(weights="permuted", within=("a",)).name == (
        "partners redrawn; in-degree and out-degree of every neuron towards each type kept, "
        "weights permuted"
    )
    assert ErdosRenyi().name == "edges anywhere; number of edges and weights kept, degrees not"


def reciprocity_p(matrix, model, seed):
    draws = [
        compute_reciprocity(null).binary for null in draw_nulls(matrix, model, 19, SeedTree(seed))
    ]
    observed = compute_reciprocity(matrix).binary
    return summarise_null("", draws, observed, smaller_is_better=False).p


def test_p_values_hold_their_level_even_when_one_round_forgets_little():
    """A graph from the null is as likely to be any of the twenty; ties make p larger only."""
    rng = np.random.default_rng(4)
    model = DegreePreserving(rounds=1)
    start = random_graph(rng)
    graphs = draw_nulls(start, DegreePreserving(rounds=40), 80, SeedTree(7))
    p = np.array([reciprocity_p(graph, model, seed) for seed, graph in enumerate(graphs)])
    for level in (0.05, 0.2, 0.5):
        spread = np.sqrt(level * (1 - level) / p.size)
        assert (p <= level).mean() < level + 3 * spread


def test_planted_reciprocity_is_found_and_degrees_alone_are_not():
    rng = np.random.default_rng(5)
    matrix = random_graph(rng, 60, 0.05).toarray()
    back = rng.random(matrix.shape) < 0.4
    planted = sparse.csr_array(np.maximum(matrix, matrix.T * back))
    assert reciprocity_p(planted, DegreePreserving(), 0) == 1 / 20
    # Neurons that send and receive much are joined both ways more often; the null knows it.
    popular = np.sort(rng.random(60)) ** 3
    hubs = sparse.csr_array((rng.random((60, 60)) < np.outer(popular, popular)).astype(float))
    assert reciprocity_p(hubs, DegreePreserving(), 0) > 0.05
    assert reciprocity_p(hubs, ErdosRenyi(), 0) == 1 / 20


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        (
            [[0.0, -1.0], [0.0, 0.0]],
            "matrix, row 0, column 1: expected weights of 0 or more, found -1.0 (1 such cells). "
            "Correct it, or use 0 where there is no connection.",
        ),
        (
            [[0.0, 1.0]],
            "matrix: expected a square matrix, found shape (1, 2). "
            "Give one row and one column for each neuron.",
        ),
        (
            [["a", "b"], ["c", "d"]],
            "matrix: expected numbers, found <U1. Convert it first.",
        ),
    ],
)
def test_wrong_matrices_are_named(matrix, message):
    with pytest.raises(InputError) as caught:
        next(draw_nulls(np.array(matrix)))
    assert str(caught.value) == message
