"""Graphs that cannot be computed with, and choices that lack what they need."""

from __future__ import annotations

import numpy as np
import pytest

from neuropil.contracts import ConfigError, InputError
from neuropil.datasets import generate_views
from neuropil.progression.fitting.choice import (
    GraphPenalty,
    choose_graph_kind,
    find_seeds,
    prepare_graph,
)
from neuropil.progression.fitting.graphs import FreeGraph, GivenGraph, PriorGraph, ViewMixture

REGIONS = ["L_CA1", "R_CA1", "L_CA3"]
WEIGHTS = np.array([[0, 2, 1], [2, 0, 4], [1, 4, 0]], float)
PLAIN = GraphPenalty()


def choose(choice, graphs=None, prior=None, penalty=PLAIN):
    return choose_graph_kind(choice, (graphs, prior), REGIONS, penalty)


def test_each_choice_is_a_kind_of_graph():
    assert isinstance(choose("given", {"SC": WEIGHTS}), GivenGraph)
    assert isinstance(choose("free"), FreeGraph)
    mixed = choose("views", {"SC": WEIGHTS, "FC": WEIGHTS.T})
    assert isinstance(mixed, ViewMixture)
    assert mixed.names == ("SC", "FC")
    prior = choose("prior-guided", prior=WEIGHTS, penalty=GraphPenalty(strength=0.3, floor=0.1))
    assert isinstance(prior, PriorGraph)
    assert (prior.strength, prior.floor) == (0.3, 0.1)
    assert choose("free").strength == 0.05
    assert choose("prior-guided", prior=WEIGHTS).strength == 0.02


def test_views_of_a_dataset_are_taken_by_name():
    views = generate_views()
    kind = choose_graph_kind("views", (views, None), views.labels, PLAIN)
    assert kind.names == tuple(views.graphs)


def test_graphs_are_scaled_by_their_largest_eigenvalue():
    scaled = prepare_graph(WEIGHTS, REGIONS, "graph SC")
    laplacian = np.diag(scaled.sum(axis=1)) - scaled
    assert np.linalg.eigvalsh(laplacian)[-1] == pytest.approx(1)
    np.testing.assert_allclose(scaled / scaled.max(), WEIGHTS / 4)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            (0, 1, -2.0),
            "graph SC, row 0, column 1: expected finite weights of 0 or more, found -2 (1 such "
            "weights). Set negative weights to 0, or take their size, and say so.",
        ),
        (
            (0, 1, np.nan),
            "graph SC, row 0, column 1: expected finite weights of 0 or more, found nan (1 such "
            "weights). Use 0 where there is no connection.",
        ),
        (
            (0, 1, 3.0),
            "graph SC: expected the same weight both ways, found 3 from 'L_CA1' to 'R_CA1' and 2 "
            "back. Take the mean of both directions, and say so.",
        ),
    ],
)
def test_a_weight_that_cannot_be_used_is_named(change, message):
    row, column, value = change
    weights = WEIGHTS.copy()
    weights[row, column] = value
    with pytest.raises(InputError) as error:
        prepare_graph(weights, REGIONS, "graph SC")
    assert str(error.value) == message


def test_a_region_without_connections_is_named():
    weights = WEIGHTS.copy()
    weights[1] = weights[:, 1] = 0
    with pytest.raises(InputError) as error:
        prepare_graph(weights, REGIONS, "prior")
    assert str(error.value) == (
        "prior: expected regions that are connected, found 'R_CA1' without any connection (1 such "
        "regions). Leave the region out, or give its weights: nothing could spread to it."
    )


def test_a_graph_of_other_regions():
    with pytest.raises(InputError) as error:
        prepare_graph(WEIGHTS, REGIONS[:2], "graph SC")
    assert str(error.value) == (
        "graph SC: expected 2 regions as in the visits, found 3. Bring the graph to the regions of "
        "the visits, in their order."
    )


@pytest.mark.parametrize(
    ("choice", "graphs", "message"),
    [
        (
            "given",
            None,
            "fit: expected one graph for graph='given', found none. Give graphs={'SC': weights}; "
            "several are mixed with graph='views'.",
        ),
        (
            "given",
            {"SC": WEIGHTS, "FC": WEIGHTS},
            "fit: expected one graph for graph='given', found SC, FC. Give graphs={'SC': weights}; "
            "several are mixed with graph='views'.",
        ),
        (
            "prior-guided",
            {"SC": WEIGHTS},
            "fit: expected a prior for a prior-guided graph, found none. Give prior=, an (n, n) "
            "array of expected weights, or graph='views'.",
        ),
        (
            "fixed",
            {"SC": WEIGHTS},
            "graph: expected given, views, free or prior-guided, found 'fixed'. Choose one of "
            "them.",
        ),
    ],
)
def test_a_choice_that_lacks_what_it_needs(choice, graphs, message):
    with pytest.raises(ConfigError) as error:
        choose(choice, graphs)
    assert str(error.value) == message


def test_seeds_are_found_with_and_without_their_side():
    assert find_seeds(["CA1"], REGIONS).tolist() == [True, True, False]
    assert find_seeds(["L_CA3"], REGIONS).tolist() == [False, False, True]
    assert not find_seeds(None, REGIONS).any()
    with pytest.raises(ConfigError) as error:
        find_seeds(["L_CA4"], REGIONS)
    assert str(error.value) == (
        "seeds: there is no region 'L_CA4'. Did you mean L_CA3? Use the names of the regions of "
        "the visits."
    )
