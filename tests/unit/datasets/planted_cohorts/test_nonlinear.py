"""Non-linear coupling: published numbers on real templates, and facts of the functions."""

from __future__ import annotations

import numpy as np
import pytest

from neuropil.connectome import Cohort
from neuropil.contracts import InputError
from neuropil.datasets import measure_templates, nonlinear_features, plant_nonlinear_cohort


@pytest.fixture(scope="module")
def templates():
    rng = np.random.default_rng(5)
    series = rng.standard_normal((80, 30, 40)) + rng.standard_normal((80, 1, 40))
    function = np.stack([np.corrcoef(each) for each in series])
    return measure_templates(Cohort.from_arrays({"SC": np.abs(function), "FC": function}))


def test_features_have_mean_0_and_variance_1():
    features = nonlinear_features(np.random.default_rng(0).standard_normal((400_000, 6)))
    np.testing.assert_allclose(features.mean(axis=0), 0, atol=0.01)
    np.testing.assert_allclose(features.var(axis=0), 1, atol=0.02)


def test_a_template_has_axes_of_length_1_and_the_variance_of_the_data(templates):
    axes = templates["FC"].axes
    np.testing.assert_allclose(axes @ axes.T, np.eye(60), atol=1e-10)
    assert (axes[np.arange(60), np.abs(axes).argmax(axis=1)] > 0).all()
    assert templates["FC"].variances.sum() < templates["FC"].total_variance


def test_the_mean_and_the_variance_are_those_of_the_template(templates):
    planted = plant_nonlinear_cohort(templates, n_subjects=4000)
    structure = planted.cohort.edges("SC")
    function = np.arctanh(planted.cohort.edges("FC"))
    for name, values in (("SC", structure), ("FC", function)):
        total = templates[name].total_variance
        assert values.var(axis=0).sum() == pytest.approx(total, rel=0.05)
        np.testing.assert_allclose(values.mean(axis=0), templates[name].mean, atol=0.05)


def test_each_modality_shows_its_functions_along_its_map(templates):
    planted = plant_nonlinear_cohort(templates, seed=1)
    truth, joint = planted.truth, planted.truth["joint"]
    shown = {"SC": joint, "FC": nonlinear_features(joint)}
    values = {"SC": planted.cohort.edges("SC"), "FC": np.arctanh(planted.cohort.edges("FC"))}
    for name, features in shown.items():
        scores = values[name] @ truth[f"joint_map_{name}"]
        correlation = np.corrcoef(scores.T, features.T)[:6, 6:]
        assert (np.diag(correlation) > 0.99).all()
        others = values[name] @ truth[f"individual_map_{name}"]
        assert np.abs(np.corrcoef(others.T, joint.T)[:6, 6:]).max() < 0.15


def test_without_coupling_fc_has_coordinates_of_its_own(templates):
    planted = plant_nonlinear_cohort(templates, seed=1, coupled=False)
    scores = np.arctanh(planted.cohort.edges("FC")) @ planted.truth["joint_map_FC"]
    features = nonlinear_features(planted.truth["joint"])
    assert np.abs(np.corrcoef(scores.T, features.T)[:6, 6:]).max() < 0.15


def test_too_few_subjects_and_missing_values_are_named():
    values = np.full((60, 190), 0.5)
    values[3, 4] = np.nan
    with pytest.raises(InputError) as caught:
        measure_templates(Cohort.from_arrays({"SC": np.ones((60, 190)), "FC": values}))
    assert str(caught.value) == (
        "'SC': expected more than 60 subjects and edges without missing values, found 60 subjects "
        "and 190 edges, 0 values missing. Take a larger cohort, or leave out subjects with missing "
        "values."
    )
