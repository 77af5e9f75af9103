"""One run of the study on a small cohort with holes, a trait and a site."""

import numpy as np
import polars as pl
import pytest

from neuropil import formats
from neuropil.connectome import Cohort
from neuropil.contracts import ConfigError, InputError
from neuropil.datasets import plant_linear_cohort
from neuropil.pipelines import run_study

SETTINGS = {
    "models": "component-ridge,ajive",
    "folds": 3,
    "permutations": 199,
    "traits": "trait,sex",
    "site": "site",
    "group": "family",
}


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    planted = plant_linear_cohort(1, n_subjects=150, n_regions=16)
    edges = {name: np.array(planted.cohort.edges(name)) for name in ("SC", "FC")}
    edges["SC"][4] = 1.0
    edges["FC"][[4, 9]] = np.nan
    trait = planted.cohort.subjects["trait"].to_list()
    joint = planted.truth["joint"][:, 0]
    subjects = pl.DataFrame(
        {
            "id": planted.cohort.ids,
            "trait": [None, *trait[1:]],
            "sex": np.where(joint > 0, "M", "F"),
            "site": ["NYU", "UCLA", "SBL"] * 50,
            "family": [None, *(str(k // 2) for k in range(149))],
        }
    )
    cohort = Cohort.from_arrays(edges, subjects, units={"SC": "weight", "FC": "Fisher z"})
    return formats.write(cohort, tmp_path_factory.mktemp("cohort") / "mine.npz")


@pytest.fixture(scope="module")
def run(path, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        # In this process: others would each begin with importing JAX.
        patch.setenv("LOKY_MAX_CPU_COUNT", "1")
        out = tmp_path_factory.mktemp("run") / "run"
        return run_study("joint-individual", {"cohort": str(path), **SETTINGS}, out=out)


def test_what_quality_control_found_is_a_table_and_a_note(run):
    assert run.table("quality").rows() == [
        ("005", "SC", "all edges are 1", "subject left out"),
        ("005", "FC", "no value", "subject left out"),
        ("010", "FC", "no value", "modality left out"),
    ]
    assert (
        "1 of 150 subjects was left out: '005'; FC of 1 of 150 subjects is not used: '010'. The "
        "table quality says why."
    ) in run.record["notes"]
    done = [step["name"] for step in run.record["provenance"]]
    assert done == ["read_cohort_arrays", "take"]


def test_every_complete_subject_is_in_the_table_by_its_id(run):
    frame = run.table("subjects").filter(pl.col("model") == "ajive", pl.col("target") == "FC")
    expected = {f"{k:03}" for k in range(1, 151)} - {"005", "010"}
    assert set(frame["id"]) == expected
    assert frame.height == 148


def test_families_are_in_one_fold_and_who_has_none_is_said(run):
    frame = run.table("subjects").filter(pl.col("model") == "mean", pl.col("target") == "FC")
    fold = dict(frame.select("id", "fold").iter_rows())
    pairs = [(f"{k:03}", f"{k + 1:03}") for k in range(2, 150, 2) if k not in (4, 10)]
    assert all(fold[one] == fold[other] for one, other in pairs if {one, other} <= set(fold))
    assert "1 of 149 subjects have no 'family': each is a group of its own." in run.record["notes"]


def test_traits_are_scored_for_every_model_and_kind_of_coordinates(run):
    table = run.table("traits")
    places = set(table.select("model", "coordinates").iter_rows())
    kinds = ("joint", "SC", "FC")
    assert places == {(model, kind) for model in ("component-ridge", "ajive") for kind in kinds}
    assert table.height == 12
    assert set(table.select("trait", "quantity").iter_rows()) == {("trait", "r"), ("sex", "AUC")}
    assert table.filter(pl.col("trait") == "trait")["n"].unique().to_list() == [147]
    assert table.filter(pl.col("trait") == "sex")["n"].unique().to_list() == [148]
    assert (
        "1 of 149 subjects are left out of the prediction of 'trait': it or a confound is not "
        "known."
    ) in run.record["notes"]


def test_planted_traits_are_foretold_by_joint_coordinates(run):
    joint = run.metric("r_trait_joint_ajive")
    assert joint.what == ("r of trait from joint coordinates, AJIVE, site taken out")
    assert joint.value > 0.5
    assert joint.low < joint.value < joint.high
    assert (joint.unit, joint.n, joint.null.n, joint.null.p) == ("r", 147, 199, 1 / 200)
    sex = run.metric("AUC_sex_joint_ajive")
    assert sex.what == "AUC of sex (M against F) from joint coordinates, AJIVE, site taken out"
    assert sex.value > 0.85
    assert run.metric("r_trait_FC_ajive").value < 0.25
    assert run.metric("r_trait_FC_ajive").what.startswith("r of trait from coordinates of FC alone")


def test_models_are_scored_as_without_traits(run):
    assert run.metric("pairing").null.p == 1 / 200
    assert run.metric("r_squared_mean_FC").value == pytest.approx(0, abs=1e-12)
    assert run.metric("r_squared_ajive_FC").value > 0.05
    assert run.metric("r_squared_ajive_FC").headline
    assert run.metric("demeaned_r_ajive_SC").n == 148
    assert "demeaned_r_mean_SC" not in {metric.id for metric in run.metrics}


@pytest.mark.parametrize(
    ("changes", "error", "said"),
    [
        ({"traits": "age"}, ConfigError, "there is no column 'age'"),
        ({"confounds": "family"}, ConfigError, "that is not the group itself, found 'family'"),
        (
            {"traits": "", "confounds": "site"},
            ConfigError,
            "expected traits to take 'site' out of, found none",
        ),
        ({"site": "scanner"}, ConfigError, "site: there is no column 'scanner'"),
        ({"site": "family"}, ConfigError, "'family' cannot be dealt to all folds and be kept"),
        ({"models": "ajive,nothing"}, ConfigError, "there is no model 'nothing'"),
        ({"max_missing": 2}, ConfigError, "less than or equal to 1"),
    ],
)
def test_what_cannot_be_done_leaves_no_folder(changes, error, said, path, tmp_path):
    with pytest.raises(error, match=said):
        run_study(
            "joint-individual",
            {"cohort": str(path), **SETTINGS, **changes},
            out=tmp_path / "run",
        )
    assert not (tmp_path / "run").exists()


def test_a_cohort_of_one_subject_leaves_no_folder(tmp_path):
    lone = formats.write(
        Cohort.from_arrays({"SC": [[1.0, 2, 3]], "FC": [[0.1, 0.2, 0.3]]}), tmp_path / "one.npz"
    )
    with pytest.raises(InputError, match="expected at least 10 subjects with both modalities"):
        run_study("joint-individual", {"cohort": str(lone)}, out=tmp_path / "run")
    assert not (tmp_path / "run").exists()
