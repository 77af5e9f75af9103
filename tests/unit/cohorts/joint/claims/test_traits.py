import numpy as np
import pytest

from neuropil import datasets
from neuropil.cohorts.joint.claims.traits import TRAIT_CLAIMS, predict_from_structure
from neuropil.cohorts.joint.config import JointIndividualConfig
from neuropil.connectome import Cohort
from neuropil.contracts import PieceCache, SeedTree, Verdict, Workbench


def bench(tmp_path, data, **more):
    config = JointIndividualConfig()
    return Workbench(config, data, SeedTree(0), PieceCache(tmp_path / "pieces"), **more)


def test_the_bounds_are_those_that_were_set_beforehand():
    said = {claim.id: str(claim.bound) for claim in TRAIT_CLAIMS}
    assert said == {"5-sex": ">= 0.74", "5-strength": ">= 0.33"}


@pytest.mark.parametrize("claim", TRAIT_CLAIMS, ids=lambda claim: claim.id)
def test_without_real_data_a_claim_is_not_run_and_says_why(claim, planted, tmp_path, monkeypatch):
    monkeypatch.delenv("NEUROPIL_DATA", raising=False)
    synthetic = bench(tmp_path, planted.cohort, fast=True)
    absent = bench(tmp_path, Cohort.from_arrays({"SC": [[1.0]]}))
    for each in (synthetic, absent):
        found = claim.measure(each)
        assert claim.metric(found).verdict is Verdict.NOT_RUN
        assert found.note == (
            "Needs real data: 136 subjects of the Human Connectome Project with their traits."
        )


@pytest.mark.slow
@pytest.mark.usefixtures("real_data")
def test_what_the_real_subjects_give(tmp_path):
    real = datasets.load("hcp136-binary-sc", kind=Cohort)
    one = bench(tmp_path, real, fast=True)
    sex, strength = (claim.measure(one) for claim in TRAIT_CLAIMS)
    assert (round(sex.value, 2), round(strength.value, 2)) == (0.67, 0.29)
    assert (sex.n, sex.data) == (1, "hcp136-binary-sc")
    assert sex.null.p < 0.01
    assert strength.null.p < 0.01
    assert "n = 136; first division, 95 % over subjects: 0." in sex.note


@pytest.mark.usefixtures("real_data")
def test_a_division_is_that_of_its_seed():
    one, again = (predict_from_structure("Strength_Unadj", 3, permutations=5) for _ in range(2))
    assert one == again
    assert one["n"] == 136
    assert len(one["null"]) == 5
    assert np.isfinite(one["all_edges"])
