import numpy as np
import polars as pl
import pytest

from neuropil.cohorts.joint.config import JointIndividualConfig
from neuropil.cohorts.joint.results import check_cohort, models_of, read_views, say_result
from neuropil.connectome import Cohort
from neuropil.contracts import ConfigError, InputError, Metric, NullSummary, Source

SOURCE = Source("mine")


def make(n=12, **changes):
    rng = np.random.default_rng(0)
    given = {
        "SC": rng.integers(50, size=(n, 6)).astype(float),
        "FC": rng.uniform(-0.9, 0.9, (n, 6)),
    }
    subjects = pl.DataFrame(
        {"id": [f"s{k}" for k in range(n)], "site": ["NYU"] * (n - 2) + ["UCLA"] * 2}
    )
    units = {"SC": "streamlines", "FC": "correlation"}
    return Cohort.from_arrays(given | changes, subjects, units=units, source=SOURCE)


def refused(cohort=None, error=ConfigError, **settings):
    with pytest.raises(error) as caught:
        check_cohort(JointIndividualConfig(**settings), cohort or make())
    return str(caught.value)


def metric(name, what, value, **more):
    return Metric(name, what, value, "1", 10, **more)


def test_a_cohort_of_two_modalities_is_accepted():
    check_cohort(JointIndividualConfig(), make())


def test_views_are_on_the_scales_of_their_units():
    cohort = make()
    views = read_views(cohort, JointIndividualConfig(modalities=("FC", "SC")))
    assert views.modalities == ("FC", "SC")
    np.testing.assert_allclose(views.edges["SC"], np.log1p(cohort.edges("SC")))
    np.testing.assert_allclose(views.edges["FC"], np.arctanh(cohort.edges("FC")))


def test_the_mean_is_among_the_models_once_and_first():
    assert models_of(JointIndividualConfig(models=())) == ("mean",)
    config = JointIndividualConfig(models=("ajive", "mean", "ajive", "curved"))
    assert models_of(config) == ("mean", "ajive", "curved")


@pytest.mark.parametrize(
    ("given", "found"), [("SC,SC", "'SC', 'SC'"), ("SC", "'SC'"), ("", "none")]
)
def test_two_different_modalities_are_asked_for(given, found):
    with pytest.raises(ConfigError) as caught:
        JointIndividualConfig.build({"modalities": given})
    assert f"expected two different modalities, found {found}" in str(caught.value)


def test_an_unknown_model_is_refused_with_the_one_that_is_meant():
    assert refused(models=("ajvie",)) == (
        "models: there is no model 'ajvie'. Did you mean ajive? The models are: mean, "
        "component-ridge, partial-least-squares, canonical, ajive, curved, linear-latent, "
        "attention, concatenation, product, mixture, product-random."
    )


def test_an_unknown_modality_and_column_are_refused_with_those_there_are():
    assert refused(modalities=("SC", "EEG")) == (
        "modalities: there is no modality 'EEG'. Those of mine are: SC, FC."
    )
    assert refused(group="family") == (
        "group: there is no column 'family'. The subjects have: id, site."
    )


def test_groups_that_do_not_make_the_folds_are_refused_before_anything_is_done():
    assert refused(group="site") == (
        "group: expected at least 3 groups of subjects, to train, to choose and to test, found 2. "
        "Choose a column with more groups, or none."
    )
    assert refused(folds=13) == (
        "folds: expected 2 to 12 folds for 12 groups of subjects, found 13. Take fewer folds, or "
        "a column with more groups."
    )


def test_too_few_subjects_with_both_are_refused_and_counted():
    lone = make().edges("FC").copy()
    lone[9:] = np.nan
    assert refused(make(FC=lone), InputError) == (
        "mine: expected at least 10 subjects with both modalities, found 9 (SC: 12, FC: 9 of 12; "
        "FC of 3 of 12 subjects is not used: 's9', 's10', 's11'). Check that the ids of both "
        "modalities are spelled alike, or add subjects."
    )


def test_a_modality_that_nobody_has_is_refused():
    nobody = np.full((12, 6), np.nan)
    assert refused(make(FC=nobody), InputError) == (
        "mine: expected at least 10 subjects with both modalities, found 0 (SC: 12, FC: 0 of 12; "
        "FC of 12 of 12 subjects is not used: 's0', 's1', 's2', 's3', 's4', ...). Check that the "
        "ids of both modalities are spelled alike, or add subjects."
    )


def test_one_subject_is_too_few():
    assert "found 1 (SC: 1, FC: 1 of 1)" in refused(
        Cohort.from_arrays({"SC": [[1.0]], "FC": [[0.1]]}), InputError
    )


@pytest.mark.parametrize("hole", [False, True])
def test_subjects_that_are_all_the_same_are_refused(hole):
    # 0.1 summed twelve times and divided by twelve is not 0.1.
    same = np.tile([0.1, 0.1, 0.3, 0.1, 0.2, 0.7], (12, 1))
    same[:, 0] = np.nan if hole else 0.1
    assert refused(make(SC=same), InputError) == (
        "mine: all subjects have the same SC. Check that each subject's own file was read."
    )


def test_a_single_edge_that_varies_is_enough():
    same = np.tile([0.1, 0.1, 0.3, 0.1, 0.2, 0.7], (12, 1))
    same[3, 2] = 0.2
    check_cohort(JointIndividualConfig(), make(SC=same))


@pytest.mark.parametrize(("p", "shown"), [(0.01, "shows"), (0.2, "does not show")])
def test_a_run_is_said_in_a_line(p, shown):
    null = NullSummary("shuffled", 0.0, -0.1, 0.1, 99, p)
    what = "R^2 of FC from SC against the group's mean, AJIVE"
    metrics = [
        metric("pairing", "likeness", 0.25, null=null),
        metric("r_squared_ajive_FC", what, 0.1, low=0.05, high=0.15, headline=True),
        metric("r_squared_mean_FC", "R^2 of FC", 0.0, low=0.0, high=0.0),
    ]
    assert say_result({one.id: one for one in metrics}) == (
        f"The pairing of both modalities {shown} (Mantel's r 0.250, p = {p:.2g}); R^2 of FC from "
        "SC: 0.100 [0.050, 0.150]"
    )


def test_a_test_of_the_pairing_alone_is_said_alone():
    null = NullSummary("shuffled", 0.0, -0.1, 0.1, 99, 0.5)
    assert say_result({"pairing": metric("pairing", "likeness", 0.0, null=null)}) == (
        "The pairing of both modalities does not show (Mantel's r 0.000, p = 0.5)"
    )
