"""Claims about group maps: what a finding says of cached pieces, and what decides."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from neuropil.contracts import PieceCache, SeedTree, Verdict, Workbench
from neuropil.progression.claims.group_maps import GROUP_MAP_CLAIMS
from neuropil.progression.config import ProgressionConfig

CLAIMS = {claim.id: claim for claim in GROUP_MAP_CLAIMS}
FOLLOWED = {
    "r": [0.559, 0.696, 0.64, 0.634, 0.73],
    "low": [0.5] * 5,
    "high": [0.7] * 5,
    "rate": 9.39,
    "n": 16,
    "rank": 2,
}
MODEL = {"r": 0.752, "interval": [0.6, 0.8], "sse": 1.8, "aicc": -240.0, "spread": None}
PIECES = {
    "mice-retrograde-NTG": FOLLOWED,
    "mice-retrograde-x-Snca-NTG": FOLLOWED,
    "studies-from-seed": {
        "r": [0.54] * 9,
        "retrograde": [0.40] * 7 + [0.538] * 2,
        "distance": 0.08,
        "mean": 0.54,
        "interval": [0.4, 0.6],
        "gain": [0.05, 0.2],
    },
    "human-tau": {
        "n": 68,
        "diffusion": {**MODEL, "seed": "inferiortemporal"},
        "growth": {**MODEL, "aicc": -250.0, "seed": "inferiortemporal"},
        "weighted growth": {**MODEL, "aicc": -270.0, "spread": 0.15, "seed": "inferiortemporal"},
    },
    "mice-null-weights": {"r": 0.644, "drawn": [0.1] * 96 + [0.7] * 4},
    "mice-null-lengths": {"r": 0.644, "drawn": [0.7] * 100},
}


@pytest.fixture
def bench(tmp_path):
    for name, piece in PIECES.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(piece))
    data = SimpleNamespace(source=SimpleNamespace(synthetic=False))
    return Workbench(ProgressionConfig(), data, SeedTree(0), PieceCache(tmp_path))


def judge(name, bench):
    return CLAIMS[name].metric(CLAIMS[name].measure(bench))


def test_each_month_and_the_seed_are_held_to_what_was_published(bench):
    verdicts = {name: judge(name, bench).verdict for name in CLAIMS if name.startswith("1-month")}
    assert verdicts == {
        "1-month-1": Verdict.MET,
        "1-month-3": Verdict.MET,
        "1-month-6": Verdict.MISSED,
    }
    assert judge("1-seed", bench).verdict is Verdict.MET
    assert judge("2-held-out", bench).note == "Without expression 0.730."
    assert judge("2-mean", bench).verdict is Verdict.MISSED


def test_studies_count_as_better_beyond_the_margin(bench):
    found = CLAIMS["3"].measure(bench)
    assert found.further == {"studies better than retrograde by .005": 7}
    assert CLAIMS["3"].metric(found).verdict is Verdict.MET


def test_models_of_one_map_are_told_apart_by_aicc(bench):
    found = judge("4-choice", bench)
    assert (found.value, found.verdict) == (20, Verdict.MET)
    assert found.note.startswith("The next best is growth.")
    note = judge("4-weighted", bench).note
    assert note.startswith("SSE 1.80, seed inferiortemporal, share of spread 0.15.")


def test_nulls_are_counted(bench):
    found = CLAIMS["10-weights"].measure(bench)
    assert found.further == {"null graphs of 100 that are worse": 96}
    metric = CLAIMS["10-weights"].metric(found)
    assert (metric.value, metric.n, metric.verdict) == (0.644, 16, Verdict.MET)
    assert metric.null.p == pytest.approx(5 / 101)
    assert metric.note == (
        "Better than 96 of 100 null graphs, whose share is 90 to 98 of 100; the highest of them "
        "has 0.700."
    )
    rewired = judge("10-lengths", bench)
    assert (rewired.null.p, rewired.verdict) == (1, Verdict.REPORTED)
