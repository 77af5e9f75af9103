"""The estimator of joint and individual coordinates."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest
from sklearn.exceptions import NotFittedError

from neuropil.cohorts import JointIndividualVAE
from neuropil.connectome import Cohort
from neuropil.contracts import ConfigError, InputError, OutputError
from neuropil.datasets import plant_linear_cohort

COHORT = plant_linear_cohort(n_subjects=120, n_regions=20).cohort
PLAN = {"epochs": 3, "batch": 32}


@pytest.fixture(scope="module")
def fitted():
    return JointIndividualVAE(plan=PLAN).fit(COHORT)


def test_coordinates_stand_side_by_side(fitted):
    latents = fitted.encode(COHORT)
    found = fitted.transform(COHORT)
    width = latents.joint.shape[1] + sum(each.shape[1] for each in latents.individual.values())
    assert found.shape == (120, width)
    np.testing.assert_array_equal(found[:, : fitted.n_joint_], latents.joint)


def test_a_score_is_the_variance_that_the_other_modality_explains(fitted):
    expected = []
    for source, target in (("SC", "FC"), ("FC", "SC")):
        measured = COHORT.edges(target)
        error = (fitted.cross_predict(source, target, COHORT) - measured) ** 2
        around = (measured - fitted.training_mean_[target]) ** 2
        expected.append(1 - error.sum() / around.sum())
    assert fitted.score(COHORT) == pytest.approx(np.mean(expected), abs=1e-6)
    assert fitted.score(COHORT) > 0.05


def test_correlations_and_counts_are_predicted_in_their_units():
    rng = np.random.default_rng(0)
    shared = rng.standard_normal((60, 1))
    loads = rng.standard_normal((2, 45))
    counts = np.round(np.exp(1 + 0.5 * shared * loads[0] + 0.1 * rng.standard_normal((60, 45))))
    correlations = np.tanh(0.3 * shared * loads[1] + 0.05 * rng.standard_normal((60, 45)))
    cohort = Cohort.from_arrays(
        {"SC": counts, "FC": correlations}, units={"SC": "streamlines", "FC": "correlation"}
    )
    model = JointIndividualVAE(plan=PLAN).fit(cohort)
    assert model.scales_ == {"SC": "log1p", "FC": "fisher-z"}
    found = model.cross_predict("SC", "FC", cohort)
    assert np.abs(found).max() < 1
    assert np.corrcoef(found.ravel(), correlations.ravel())[0, 1] > 0.9
    assert model.sample(3)["SC"].min() > -1


def test_a_saved_model_gives_the_same_output(fitted, tmp_path):
    fitted.save(tmp_path / "model")
    again = JointIndividualVAE.load(tmp_path / "model")
    np.testing.assert_array_equal(again.transform(COHORT), fitted.transform(COHORT))
    np.testing.assert_array_equal(
        again.cross_predict("SC", "FC", COHORT), fitted.cross_predict("SC", "FC", COHORT)
    )
    assert again.score(COHORT) == fitted.score(COHORT)
    with pytest.raises(OutputError, match="the folder exists"):
        fitted.save(tmp_path / "model")


@pytest.mark.parametrize(
    ("field", "value"), [("joint", 10**9), ("fusion", "magic"), ("edges", [190]), ("width", 16)]
)
def test_a_damaged_record_is_refused(fitted, tmp_path, field, value):
    fitted.save(tmp_path / "model")
    path = tmp_path / "model" / "model.json"
    record = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(record | {field: value}), encoding="utf-8")
    with pytest.raises(InputError):
        JointIndividualVAE.load(tmp_path / "model")


def test_a_subject_may_lack_a_modality():
    edges = {name: COHORT.edges(name).copy() for name in ("SC", "FC")}
    edges["FC"][:30] = np.nan
    part = Cohort(COHORT.subjects, edges)
    model = JointIndividualVAE(plan=PLAN).fit(part)
    assert np.isfinite(model.encode(part).joint).all()
    assert np.isfinite(model.cross_predict("SC", "FC", part)).all()
    assert np.isnan(model.cross_predict("FC", "SC", part)[:30]).all()


def test_what_cannot_be_fitted_is_refused():
    with pytest.raises(InputError) as caught:
        JointIndividualVAE().fit(np.zeros((3, 3)))
    assert str(caught.value) == (
        "JointIndividualVAE: expected a Cohort, found ndarray. "
        "Make one with Cohort.from_arrays({'SC': ..., 'FC': ...}, subjects)."
    )
    with pytest.raises(ConfigError) as refused:
        JointIndividualVAE(group="family").fit(COHORT)
    assert str(refused.value) == "group: there is no column 'family'. The subjects have: id, trait."
    with pytest.raises(ConfigError, match="expected two modalities, found 1"):
        JointIndividualVAE(modalities=("SC",)).fit(COHORT)
    with pytest.raises(NotFittedError, match="call fit"):
        JointIndividualVAE().transform(COHORT)


def test_another_parcellation_is_refused(fitted):
    other = plant_linear_cohort(n_subjects=20, n_regions=10).cohort
    with pytest.raises(InputError, match="expected 190 edges of SC, found 45"):
        fitted.transform(other)


def test_subjects_of_one_group_are_not_divided(monkeypatch):
    subjects = COHORT.subjects.with_columns(family=pl.Series([k // 12 for k in range(120)]))
    cohort = Cohort(subjects, dict(COHORT.connectivity))
    seen = {}

    def record(self, training, validation, seed, listener=None):
        seen["training"], seen["validation"] = training.edges["SC"], validation.edges["SC"]
        return fit(self, training, validation, seed, listener)

    from neuropil.cohorts.joint.models.variational import Variational

    fit = Variational.fit
    monkeypatch.setattr(Variational, "fit", record)
    JointIndividualVAE(plan=PLAN, group="family").fit(cohort)
    rows = {name: {edges.tobytes() for edges in found} for name, found in seen.items()}
    families = {
        name: {k // 12 for k in range(120) if COHORT.edges("SC")[k].tobytes() in each}
        for name, each in rows.items()
    }
    assert families["training"] & families["validation"] == set()
    assert len(families["validation"]) == 1
