"""Elicitors and priors: published scores, and a share of entries exchanged."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from neuropil.contracts import ConfigError, InputError
from neuropil.datasets import (
    build_prior,
    elicit_edges,
    generate_views,
    join_priors,
    load_measured_views,
    permute_prior,
    plant_harder_graph,
)
from neuropil.datasets.planted_progression.graphs import upper_triangle


def score(graph, prior):
    """Areas under the curve of all edges, and of the absent ones against non-edges."""
    values = upper_triangle(prior)
    absent = np.isin(np.arange(len(values)), graph.absent)
    asked = absent | ~graph.edges
    return (
        round(float(roc_auc_score(graph.edges, values)), 3),
        round(float(roc_auc_score(absent[asked], values[asked])), 3),
    )


@pytest.mark.usefixtures("real_data")
def test_priors_have_the_published_scores():
    views = load_measured_views()
    graph = plant_harder_graph(views.graphs)
    weak, strong = elicit_edges(graph, "weak"), elicit_edges(graph, "strong")
    assert score(graph, build_prior(weak)) == (0.729, 0.705)
    assert score(graph, join_priors(views, weak)) == (0.818, 0.571)
    assert score(graph, join_priors(views, strong)) == (0.924, 0.808)
    wrong, pairs = permute_prior(join_priors(views, weak))
    assert len(pairs) == 683
    assert score(graph, wrong) == (0.710, 0.529)


def test_answers_follow_their_distributions():
    graph = plant_harder_graph(generate_views().graphs)
    weak, strong = elicit_edges(graph, "weak"), elicit_edges(graph, "strong", seed=3)
    assert weak[graph.edges].mean() == pytest.approx(1 / 2, abs=0.03)
    assert strong[graph.edges].mean() == pytest.approx(2 / 3, abs=0.03)
    assert strong[~graph.edges].mean() == pytest.approx(1 / 3, abs=0.02)
    assert np.array_equal(weak, elicit_edges(graph, "weak"))


def test_a_permuted_prior_keeps_its_values():
    graph = plant_harder_graph(generate_views().graphs)
    prior = build_prior(elicit_edges(graph, "weak"))
    wrong, pairs = permute_prior(prior, share=0.5, seed=1)
    assert len(pairs) == 1139
    kept = np.setdiff1d(np.arange(2278), pairs)
    ratio = upper_triangle(wrong)[kept] / upper_triangle(prior)[kept]
    np.testing.assert_allclose(ratio, ratio[0])
    np.testing.assert_allclose(
        np.sort(upper_triangle(wrong)), ratio[0] * np.sort(upper_triangle(prior))
    )


def test_what_makes_no_prior_is_refused():
    with pytest.raises(InputError) as caught:
        build_prior(np.ones(5))
    assert str(caught.value) == (
        "probabilities: expected the pairs of a number of regions, found 5. "
        "Give the upper triangle row by row."
    )
    with pytest.raises(ConfigError) as caught:
        elicit_edges(plant_harder_graph(generate_views().graphs), "medium")
    assert (
        str(caught.value) == "strength: expected weak or strong, found 'medium'. Write one of them."
    )
