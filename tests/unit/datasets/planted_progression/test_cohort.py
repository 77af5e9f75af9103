"""Planted progression: the published draws by their sums, what varies with a setting, refusals."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import spearmanr

from neuropil.contracts import ConfigError, InputError
from neuropil.datasets import (
    ProgressionDesign,
    generate_views,
    interpolate_course,
    load_measured_views,
    plant_progression_cohort,
)


@pytest.fixture(scope="module")
def generated():
    return generate_views()


@pytest.mark.usefixtures("real_data")
@pytest.mark.parametrize(
    ("kind", "weights", "total"),
    [
        ("easy", 25.11194, 4315.830770),
        ("harder", 27.62376, 4542.520199),
        ("multi-pattern", 27.62376, 4863.567503),
    ],
)
def test_the_sums_of_the_recipe(kind, weights, total):
    planted = plant_progression_cohort(kind, views=load_measured_views())
    truth, visits = planted.truth, planted.visits
    assert truth.graph.edges.sum() == 456
    assert truth.graph.matrix.sum() == pytest.approx(weights, abs=5e-6)
    assert visits.n_visits == 383
    counts = np.bincount(visits.subject_rows())
    assert np.bincount(counts).tolist() == [0, 104, 70, 29, 13]
    assert truth.onset.sum() == pytest.approx(2409.591969, abs=1e-6)
    assert visits.gaps().sum() == pytest.approx(335.136857, abs=1e-6)
    assert visits.values.sum() == pytest.approx(total, abs=1e-6)
    assert visits.take(planted.rows("test")).n_visits == 54
    sizes = [int(planted.rows(part).sum()) for part in ("train", "validation", "test")]
    assert sizes == [146, 35, 35]
    if kind == "multi-pattern":
        assert np.bincount(truth.pattern).tolist() == [62, 52, 60, 42]
    assert "do not redistribute" in visits.source.licence


def align(visits, times, course):
    """Find the best of 261 stages of each person; returns stages and squared errors."""
    grid = np.arange(261) / 10
    stages, errors = [], []
    for subject in visits.ids:
        rows = visits.table["subject"].to_numpy() == subject
        gaps, values = visits.gaps()[rows], visits.values[rows]
        rounded = interpolate_course(times, course, (grid[:, None] + np.round(gaps, 1)).ravel())
        apart = rounded.reshape(len(grid), len(gaps), -1) - values
        stage = grid[int(np.argmin((apart**2).sum(axis=(1, 2))))]
        stages.append(stage)
        errors.append(interpolate_course(times, course, stage + gaps) - values)
    return np.array(stages), np.concatenate(errors)


@pytest.mark.usefixtures("real_data")
@pytest.mark.parametrize(
    ("kind", "squared", "correlation", "rank"),
    [("easy", 8.99, 0.751, 0.991), ("harder", 9.23, 0.634, 0.992)],
)
def test_the_oracle_has_the_published_scores(kind, squared, correlation, rank):
    planted = plant_progression_cohort(kind, views=load_measured_views())
    test = planted.rows("test")
    visits = planted.visits.take(test)
    stages, errors = align(visits, planted.truth.times, planted.truth.courses[0])
    predicted = visits.values + errors
    found = [np.corrcoef(p, v)[0, 1] for p, v in zip(predicted, visits.values, strict=True)]
    assert (errors**2).sum() == pytest.approx(squared, abs=0.005)
    assert np.mean(found) == pytest.approx(correlation, abs=0.0005)
    # Over visits and not people, as it was published.
    rows = visits.subject_rows()
    found = spearmanr(stages[rows], planted.truth.onset[test][rows])[0]
    assert found == pytest.approx(rank, abs=0.0005)


def test_values_are_the_course_with_offset_and_noise(generated):
    still = ProgressionDesign(offset=0.0, noise=0.0)
    planted = plant_progression_cohort("multi-pattern", views=generated, design=still)
    truth, visits = planted.truth, planted.visits
    np.testing.assert_allclose(visits.values, np.clip(truth.expected, 0, 1))
    assert truth.courses.shape == (4, 61, 68)
    assert (truth.courses >= 0).all()
    # Spread may lift a region above its own capacity, and none above the largest.
    assert (truth.courses <= truth.capacity.max()).all()
    person = int(np.flatnonzero(truth.pattern == 2)[0])
    at = truth.onset[person] + visits.of_subject(visits.ids[person]).gaps()
    np.testing.assert_allclose(
        visits.of_subject(visits.ids[person]).values,
        interpolate_course(truth.times, truth.courses[2], at),
    )
    precuneus = generated.labels.index("R_precuneus")
    assert truth.initial[2][precuneus] == 0.12
    assert (truth.initial[2] == 0.05).sum() == 6


def test_a_seed_changes_people_and_not_the_graph(generated):
    one = plant_progression_cohort("harder", 1, views=generated)
    again = plant_progression_cohort("harder", 1, views=generated)
    other = plant_progression_cohort("harder", 2, views=generated)
    assert one.visits.equals(again.visits)
    np.testing.assert_array_equal(one.truth.graph.matrix, other.truth.graph.matrix)
    assert one.truth.onset.sum() != other.truth.onset.sum()
    assert one.visits.source.name == (
        "planted progression, harder (seed 1), generated views (seed 0)"
    )
    assert one.visits.source.synthetic
    assert one.visits.source.licence == "generated"


def test_fewer_people_are_split_in_the_same_shares(generated):
    small = plant_progression_cohort(
        "easy", views=generated, design=ProgressionDesign(n_subjects=54)
    )
    assert [int(small.rows(part).sum()) for part in ("train", "validation", "test")] == [36, 9, 9]


def test_generated_views_stand_in_with_a_note(monkeypatch, tmp_path):
    monkeypatch.setenv("NEUROPIL_DATA", str(tmp_path))
    planted = plant_progression_cohort("easy")
    assert planted.visits.source.notes == (
        "Measured connectomes could not be had; generated views were used instead.",
    )
    assert planted.views.origin == "generated views (seed 0)"


def test_what_cannot_be_planted_is_refused(generated):
    with pytest.raises(ConfigError) as caught:
        plant_progression_cohort("hard", views=generated)
    assert str(caught.value) == (
        "kind: expected one of easy, harder, multi-pattern, found 'hard'. Write one of them."
    )
    regions = generated.parcellation.regions
    names = regions["name"].str.replace("entorhinal", "rhinal")
    other = replace(generated.parcellation, regions=regions.with_columns(names))
    with pytest.raises(InputError) as caught:
        plant_progression_cohort("easy", views=replace(generated, parcellation=other))
    assert str(caught.value) == (
        "views: expected the region L_entorhinal, found none of this name. Name the 68 cortical "
        "regions of the Desikan-Killiany atlas, such as L_entorhinal."
    )
