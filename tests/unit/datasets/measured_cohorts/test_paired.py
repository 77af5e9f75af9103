"""The paired cohort: published facts, and equality with arrays that others derived."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.io import savemat

from neuropil import datasets
from neuropil.connectome import Cohort
from neuropil.contracts import IntegrityError, Source
from neuropil.datasets import measure_templates, nonlinear_features, plant_nonlinear_cohort
from neuropil.datasets.measured_cohorts.paired import convert


@pytest.fixture
def cohort(real_data):
    assert real_data.is_dir()
    return datasets.load("hcp100-paired", kind=Cohort)


def test_the_published_facts_hold(cohort):
    assert (cohort.n_subjects, cohort.n_regions, cohort.modalities) == (100, 68, ("SC", "FC"))
    assert cohort.ids[:2] == ("001", "002")
    assert cohort.edges("SC").dtype == np.float32
    assert (cohort.edges("SC") == 0).mean() == pytest.approx(0.70308, abs=1e-5)
    assert cohort.smallest_eigenvalues("FC").min() == pytest.approx(0.0011427, abs=1e-6)
    assert cohort.n_missing("SC") == cohort.n_missing("FC") == 0
    assert cohort.notes[0].startswith("The pairing of SC and FC cannot be shown")


def test_triangles_are_those_that_were_derived_for_the_mirror(cohort, real_data):
    derived = np.load(real_data / "cohorts" / "hcp100_dk68_paired_float32.npz")
    np.testing.assert_array_equal(cohort.edges("SC"), derived["sc"])
    np.testing.assert_array_equal(cohort.edges("FC"), derived["fc"])


def test_a_nonlinear_world_on_it_has_the_published_numbers(cohort):
    planted = plant_nonlinear_cohort(measure_templates(cohort), 0).cohort
    assert planted.edges("SC")[0, :2] == pytest.approx([0.06206, 0.22821], abs=5e-6)
    assert planted.edges("FC")[0, :2] == pytest.approx([0.28915, 0.28043], abs=5e-6)


@pytest.mark.parametrize("seed", [0, 1])
def test_the_true_functions_predict_fc_as_well_as_was_published(cohort, seed):
    planted = plant_nonlinear_cohort(measure_templates(cohort), seed)
    values = np.arctanh(planted.cohort.edges("FC"))
    features = nonlinear_features(planted.truth["joint"])
    design = np.hstack([np.ones((len(features), 1)), features])
    train, test = planted.rows("train"), planted.rows("test")
    weights = np.linalg.lstsq(design[train], values[train], rcond=None)[0]
    of_mean = ((values[test] - values[train].mean(axis=0)) ** 2).mean()
    of_truth = ((values[test] - design[test] @ weights) ** 2).mean()
    assert 0.0714 <= round(of_mean, 4) <= 0.0748
    assert 0.0535 <= round(of_truth, 4) <= 0.0545


def test_another_file_is_refused(tmp_path):
    path = tmp_path / "example_data.mat"
    function = np.full((100, 2278), 0.5)
    savemat(path, {"sc": np.ones((100, 2278)), "fc": function})
    with pytest.raises(IntegrityError) as caught:
        convert({"raw/mapping_SC_FC/example_data.mat": path}, Source("hcp100-paired"))
    assert str(caught.value) == (
        "raw/mapping_SC_FC/example_data.mat: expected the published data, these facts do not hold: "
        "SC from 0 to .918, 70.3 % zeros in SC, FC from -.634 to .993. Fetch the file again; if it "
        "persists, report it."
    )
