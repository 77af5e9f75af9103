"""Claims about later maps: what a finding says of cached pieces, and what decides."""

from __future__ import annotations

import json
from types import SimpleNamespace

import numpy as np
import pytest

from neuropil.contracts import PieceCache, SeedTree, Verdict, Workbench
from neuropil.progression.claims.forecasts import FORECAST_CLAIMS
from neuropil.progression.config import ProgressionConfig

CLAIMS = {claim.id: claim for claim in FORECAST_CLAIMS}
NAMES = [f"study {place}" for place in range(9)]
MICE = {
    "r": 0.86,
    "interval": [0.8, 0.9],
    "gain": [0.01, 0.1],
    "persistence": 0.85,
    "logarithm": 0.77,
    "no graph": 0.84,
    "own": 0.83,
    "sources": {"retrograde": 0.8, "retrograde x Snca": 0.86, "1/distance": 0.7},
    "ceiling": 0.94,
    "n": 113,
}


def make_scores(r, better=9):
    return {
        "names": NAMES,
        "r": [r] * 9,
        "persistence": [0.755] * 9,
        "gain_intervals": [[0.01, 0.1]] * 3 + [[-0.01, 0.1]] * 6,
        "mean": r,
        "interval": [r - 0.05, r + 0.05],
        "gain": [0.02, 0.07],
        "better": better,
        "drawn": (r + np.linspace(-0.01, 0.01, 41)).tolist(),
    }


@pytest.fixture
def bench(tmp_path):
    config = ProgressionConfig(maps={"nulls": 20})
    both = "tracts-and-cell-types"
    pieces = {
        f"forecasts-all-{both}-study": make_scores(0.80),
        f"forecasts-all-{both}-laboratory": make_scores(0.77, 7),
        f"forecasts-without-graph-{both}-study": make_scores(0.805),
        f"forecasts-own-{both}-all-others": make_scores(0.76, 6),
        f"forecasts-null-all-{both}-study-0": [[0.79] * 9] * 20,
        f"forecasts-null-own-{both}-all-others-0": [[0.75] * 9] * 20,
        "forecasts-mice": {"NTG": MICE, "G20": {**MICE, "r": 0.83, "persistence": 0.8}},
    }
    for source in ("tracts", "cell-types", "distance"):
        pieces[f"forecasts-graph-{source}-study"] = make_scores(0.77)
        pieces[f"forecasts-null-graph-{source}-study-0"] = [[0.75] * 9] * 20
    for null in ("labels", "weights"):
        pieces[f"forecasts-mice-{null}-0"] = {"NTG": [0.84] * 20, "G20": [0.85] * 20}
    for name, piece in pieces.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(piece))
    data = SimpleNamespace(source=SimpleNamespace(synthetic=False))
    return Workbench(config, data, SeedTree(0), PieceCache(tmp_path))


def test_a_forecast_stands_beside_persistence_and_its_null(bench):
    found = CLAIMS["B1"].measure(bench)
    assert (found.value, found.n) == (0.80, 9)
    assert (found.low, found.high) == pytest.approx((0.75, 0.85))
    assert found.null.median == 0.79
    assert found.null.p == pytest.approx(1 / 21)
    assert found.further == {"studies better than persistence": 9}
    assert found.note == (
        "Persistence 0.755, gain 0.045 [0.020, 0.070], better in 9 of 9 studies and surely so in "
        "3. Highest of the null 0.790."
    )
    assert CLAIMS["B1"].metric(found).verdict is Verdict.MET


def test_a_null_that_does_as_well_is_said(bench):
    folder = bench.folder
    name = "forecasts-null-all-tracts-and-cell-types-study-0"
    (folder / f"{name}.json").write_text(json.dumps([[0.81] * 9] * 20))
    found = CLAIMS["B1"].measure(bench)
    assert found.null.p == 1
    assert found.note.endswith(
        "Exchanged graphs do as well: what helps is other studies, and not the graph."
    )


def test_leaving_out_a_laboratory_may_miss(bench):
    found = CLAIMS["B1-laboratory"].measure(bench)
    assert CLAIMS["B1-laboratory"].metric(found).verdict is Verdict.MISSED


def test_own_times_must_be_better_in_six_studies(bench):
    found = CLAIMS["B1-own"].measure(bench)
    assert CLAIMS["B1-own"].metric(found).verdict is Verdict.MET
    assert found.note.startswith("Persistence 0.755")


def test_what_the_graph_adds_is_a_difference_of_the_same_draws(bench):
    found = CLAIMS["B1-graph-adds"].measure(bench)
    assert found.value == pytest.approx(-0.005)
    # Both recipes were drawn alike here, so that their difference does not vary.
    assert (found.low, found.high) == pytest.approx((-0.005, -0.005))
    assert CLAIMS["B1-graph-adds"].metric(found).verdict is Verdict.REPORTED


def test_mice_are_held_to_their_bound_and_shown_with_rivals(bench):
    found = {group: CLAIMS[f"B2-{group}"].measure(bench) for group in ("ntg", "g20")}
    verdicts = [CLAIMS[f"B2-{group}"].metric(one).verdict for group, one in found.items()]
    assert verdicts == [Verdict.MET, Verdict.MISSED]
    assert found["ntg"].null.p == pytest.approx(1 / 21)
    assert found["g20"].null.p == 1
    assert found["g20"].note.endswith("That the graph helps here is not established.")
    assert "Without a graph 0.840" in found["ntg"].note
    assert "established" not in found["ntg"].note
    assert "weights put on any pair are worse in 20 of 20" in found["ntg"].note


def test_ten_sets_have_every_column(bench):
    found = CLAIMS["B5"].measure(bench)
    assert found.value == 10
    assert found.further == {"sources of graphs in each set": 3}
    assert CLAIMS["B5"].metric(found).verdict is Verdict.MET
    assert "NTG 0.86 (0.85), G20 0.83 (0.80). Better in 10 of 10 sets." in found.note
    assert CLAIMS["B5-better"].measure(bench).value == 10


def test_a_source_is_shown_for_the_tenth_set_where_it_has_one(bench):
    tracts, types = (CLAIMS[f"B5-{name}"].measure(bench) for name in ("tracts", "cell-types"))
    assert tracts.note.endswith("The tenth set, along retrograde x Snca: NTG 0.860, G20 0.860.")
    assert types.note.endswith("The tenth set has no cell types.")
    assert tracts.null.n == 20


def test_generated_data_are_not_run(bench, tmp_path):
    data = SimpleNamespace(source=SimpleNamespace(synthetic=True))
    fast = Workbench(bench.config, data, SeedTree(0), PieceCache(tmp_path / "none"), fast=True)
    for claim in FORECAST_CLAIMS:
        found = claim.measure(fast)
        assert (found.value, found.n) == (None, 0)
        assert found.note == "Needs real data: the bound is of measured pathology."
