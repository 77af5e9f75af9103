"""The claims about samples, measured fast, and what they make of pieces that went wrong."""

from __future__ import annotations

import json

import numpy as np
import pytest

from neuropil import datasets
from neuropil.connectome import Volume
from neuropil.contracts import SeedTree, Verdict, Workbench
from neuropil.contracts.pieces import PieceCache
from neuropil.preservation.claims.sampling import SAMPLING_CLAIMS
from neuropil.preservation.claims.sampling_pieces import BreakCase, compare_recovery
from neuropil.preservation.config import PreservationConfig

CLAIMS = {claim.id: claim for claim in SAMPLING_CLAIMS}
EXACT = ("3-nri", "3-erl", "9-audit", "10-table", "10-refusal")


@pytest.fixture
def bench(tmp_path):
    return Workbench(PreservationConfig(), None, SeedTree(0), PieceCache(tmp_path))


@pytest.mark.parametrize("name", EXACT)
def test_exact_claims_are_met(bench, name):
    claim = CLAIMS[name]
    assert claim.metric(claim.measure(bench)).verdict is Verdict.MET


def test_every_claim_is_measured_fast(tmp_path):
    tissue = datasets.load("synthetic-neurites", kind=Volume)
    bench = Workbench(PreservationConfig(), tissue, SeedTree(0), PieceCache(tmp_path), fast=True)
    for claim in SAMPLING_CLAIMS:
        found = claim.measure(bench)
        if claim.id == "10-cube":
            assert found.note == "Needs real data: the bound is of measured fly tissue."
            continue
        assert found.value is not None
        assert np.isfinite(found.value)
        assert found.n > 0
        assert found.data in ("none", "synthetic-skeletons")


def _write_brains(bench, kind, blocks, tiles):
    means = {"blocks": 0.4, "model": 0.35, "tiles": 0.2}
    for part in range(4):
        numbers = {"n": 500, "blocks": blocks, "model": 480, "tiles": tiles, "means": means}
        path = bench.folder / f"sampling-{kind}-{part}-500.json"
        path.write_text(json.dumps(numbers), encoding="utf-8")


@pytest.mark.parametrize(
    ("blocks", "tiles", "covered", "naive"),
    [
        (470, 400, Verdict.MET, Verdict.MET),
        (469, 469, Verdict.MISSED, Verdict.MET),
        (500, 470, Verdict.MET, Verdict.MISSED),
    ],
)
def test_coverage_is_judged_over_all_brains(bench, blocks, tiles, covered, naive):
    _write_brains(bench, "patches", blocks, tiles)
    rows = {name: CLAIMS[name].metric(CLAIMS[name].measure(bench)) for name in CLAIMS if name in
            ("9-coverage", "9-naive", "9-model")}  # fmt: skip
    assert rows["9-coverage"].verdict is covered
    assert rows["9-coverage"].n == 2000
    assert rows["9-coverage"].value == blocks / 500
    assert rows["9-naive"].verdict is naive
    assert rows["9-model"].verdict is Verdict.REPORTED


def test_an_error_in_one_case_misses_the_claim(bench, real_data):
    assert real_data.is_dir()
    model = {"synapses": 3, "rate": 2.0, "exact": 0.5, "independent": 0.7, "trunk": 0.4}
    found = {"n": 120, "errors": {"tips": 0.001, "trunk": -0.021}, "models": [model]}
    (bench.folder / "sampling-recovery-hemibrain-skeletons.json").write_text(json.dumps(found))
    claim = CLAIMS["10-recovered"]
    row = claim.metric(claim.measure(bench))
    assert (row.verdict, row.value) == (Verdict.MISSED, 0.021)
    assert row.note == "Worst of 2 cases: trunk."
    shared = CLAIMS["10-shared"].measure(bench)
    assert shared.value == pytest.approx(0.2)


def test_a_cube_of_fly_tissue_cannot_show_long_runs(tmp_path, real_data):
    assert real_data.is_dir()
    tissue = datasets.load("fib25", kind=Volume)
    bench = Workbench(PreservationConfig(), tissue, SeedTree(0), PieceCache(tmp_path))
    row = CLAIMS["10-cube"].metric(CLAIMS["10-cube"].measure(bench))
    assert row.verdict is Verdict.MET
    assert row.value == pytest.approx(0.187, abs=2e-3)
    assert 'cannot certify "ERL > 1 mm"' in row.note


def test_without_real_neurons_claims_about_them_are_not_run(bench, monkeypatch, tmp_path):
    monkeypatch.setenv("NEUROPIL_DATA", str(tmp_path / "nothing"))
    for name in ("10-erl", "10-tree", "10-recovered", "10-shared"):
        found = CLAIMS[name].measure(bench)
        assert (found.value, found.note) == (
            None, "Needs real data: the bound is of breaks on neurons of the hemibrain."
        )  # fmt: skip


def test_closed_forms_hold_on_grown_neurons():
    case = BreakCase("synthetic-skeletons", (1.0,), draws=4000, connections=6, seed=1)
    found = compare_recovery(case)
    # Standard errors are .5 % and less at these shares.
    assert max(map(abs, found["errors"].values())) < 0.02
    assert all(each["trunk"] < each["exact"] for each in found["models"] if each["synapses"] > 1)
