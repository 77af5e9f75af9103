"""Every array of the planted cohorts against those that were published beside the recipe."""

from __future__ import annotations

import numpy as np
import pytest

from neuropil.datasets import elicit_edges, load_measured_views, plant_progression_cohort

KINDS = {"easy": "easy", "harder": "hard", "multi-pattern": "multi"}


@pytest.fixture
def reference(real_data):
    path = real_data / "progression" / "adni_like_sim" / "reference.npz"
    if not path.is_file():
        pytest.skip("no reference arrays of the simulation in this mirror")
    with np.load(path, allow_pickle=False) as archive:
        return {name: archive[name] for name in archive}


def test_views_and_capacity_are_the_published_ones(reference):
    views = load_measured_views()
    assert views.labels == tuple(reference["labels"])
    np.testing.assert_allclose(
        np.stack(list(views.graphs.values())), reference["views"], atol=1e-15
    )
    np.testing.assert_allclose(views.capacity, reference["capacity"], atol=1e-15)


@pytest.mark.parametrize("kind", KINDS)
def test_visits_truth_and_split_are_the_published_ones(reference, kind):
    planted = plant_progression_cohort(kind, views=load_measured_views())
    truth, end = planted.truth, KINDS[kind]
    graph = reference["W_easy" if kind == "easy" else "W_hard"]
    np.testing.assert_allclose(truth.graph.matrix, graph, atol=1e-15)
    np.testing.assert_allclose(planted.visits.values, reference[f"Y_{end}"], atol=1e-13)
    np.testing.assert_array_equal(planted.visits.subject_rows(), reference["subject"])
    np.testing.assert_array_equal(planted.visits.gaps(), reference["gap"])
    np.testing.assert_array_equal(truth.onset, reference["t0"])
    np.testing.assert_array_equal(truth.initial, reference["c0"][: len(truth.initial)])
    for part, name in (("train", "train"), ("validation", "valid"), ("test", "test")):
        np.testing.assert_array_equal(np.flatnonzero(planted.rows(part)), sorted(reference[name]))
    if kind != "easy":
        np.testing.assert_array_equal(truth.graph.absent, reference["absent_edges"])
    if kind == "multi-pattern":
        np.testing.assert_array_equal(truth.pattern, reference["pattern"])


@pytest.mark.parametrize("strength", ["weak", "strong"])
def test_elicitors_are_the_published_ones(reference, strength):
    graph = plant_progression_cohort("harder", views=load_measured_views()).truth.graph
    np.testing.assert_array_equal(elicit_edges(graph, strength), reference[f"elicitor_{strength}"])
