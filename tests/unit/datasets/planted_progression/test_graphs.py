"""Graphs, their scale, and which edges no view shows."""

from __future__ import annotations

import numpy as np
import pytest

from neuropil.datasets import (
    find_strongest,
    generate_views,
    load_measured_views,
    plant_easy_graph,
    plant_harder_graph,
    scale_graph,
)
from neuropil.datasets.planted_progression.graphs import clean_view, upper_triangle

NAMES = ("SC", "FC", "gene_coexpression", "laminar_similarity")


def test_a_scaled_graph_has_a_laplacian_of_largest_eigenvalue_1():
    graph = np.array([[0, 2, 1], [2, 0, 0], [1, 0, 0.0]])
    scaled = scale_graph(graph)
    laplacian = np.diag(scaled.sum(axis=0)) - scaled
    assert np.linalg.eigvalsh(laplacian).max() == pytest.approx(1)
    np.testing.assert_allclose(scale_graph(7 * graph), scaled)


def test_a_cleaned_view_has_no_missing_negative_or_diagonal_value():
    given = np.array([[1, np.nan, 0.5], [0.25, 1, -0.5], [0.5, 0.25, 1]])
    cleaned = clean_view(given)
    assert np.diag(cleaned).tolist() == [0, 0, 0]
    np.testing.assert_allclose(cleaned, cleaned.T)
    np.testing.assert_allclose(cleaned, scale_graph(np.array([[0, 1, 4], [1, 0, 1], [4, 1, 0.0]])))


@pytest.mark.usefixtures("real_data")
def test_the_measured_views_have_the_sums_of_the_recipe():
    views = load_measured_views()
    sums = [float(views.graphs[name].sum()) for name in NAMES]
    assert sums == pytest.approx([30.22933, 46.99588, 45.15859, 50.73146], abs=5e-6)
    assert views.capacity.sum() == pytest.approx(42.89910, abs=6e-6)
    assert views.capacity.min() == pytest.approx(0.37945, abs=5e-6)
    assert views.capacity.max() == 1


@pytest.mark.usefixtures("real_data")
def test_the_measured_views_correlate_as_published():
    graphs = load_measured_views().graphs
    found = np.corrcoef([upper_triangle(graphs[name]) for name in NAMES])[0, 1:]
    # Negative similarities are cut off, so that laminar similarity agrees a little more.
    assert found.tolist() == pytest.approx([0.44, 0.33, 0.21], abs=0.05)


@pytest.mark.usefixtures("real_data")
def test_no_view_holds_more_than_two_thirds_of_the_harder_edges():
    graphs = load_measured_views().graphs
    harder = plant_harder_graph(graphs)
    held = [
        float((find_strongest(graphs[name]) & harder.edges).sum() / harder.edges.sum())
        for name in NAMES
    ]
    assert max(held) == pytest.approx(0.67, abs=0.005)


@pytest.mark.parametrize("seed", [0, 3])
def test_absent_edges_are_edges_that_no_view_shows(seed):
    graphs = generate_views(seed).graphs
    easy, harder = plant_easy_graph(graphs), plant_harder_graph(graphs)
    assert easy.edges.sum() == harder.edges.sum() == 456
    assert len(easy.absent) == 0
    assert len(harder.absent) == 114
    assert harder.edges[harder.absent].all()
    assert not easy.edges[harder.absent].any()
    assert not upper_triangle(graphs["SC"])[harder.absent].any()
    for name in NAMES:
        assert not find_strongest(graphs[name])[harder.absent].any()
