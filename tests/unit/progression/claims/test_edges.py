"""What the claims about edges make of the pieces, which are written beforehand."""

from __future__ import annotations

import json

import pytest

from neuropil.contracts import DataUnavailableError, SeedTree, Verdict, Workbench
from neuropil.contracts.pieces import PieceCache
from neuropil.progression.claims import edges
from neuropil.progression.claims.edges import EDGE_CLAIMS
from neuropil.progression.config import ProgressionConfig

CLAIMS = {claim.id: claim for claim in EDGE_CLAIMS}
START = {"weights": [], "growth": 0.35, "capacity": [], "initial": []}


@pytest.fixture
def bench(tmp_path, monkeypatch):
    monkeypatch.setattr(edges, "load_measured_views", lambda: None)
    return Workbench(ProgressionConfig(), None, SeedTree(0), PieceCache(tmp_path))


def _write(bench, name, **numbers):
    (bench.folder / f"{name}.json").write_text(json.dumps(numbers), encoding="utf-8")


def _posterior(area, absent=0.75, error=9.3, **more):
    return {
        "prior": [0.82, 0.57],
        "posterior": [area, absent],
        "area": [area - 0.02, area + 0.02],
        "gain": [0.01, 0.07],
        "sse": error,
        "oracle": 9.25,
        "calibration": 0.02,
        "prior_calibration": 0.05,
        "density": 0.21,
        "n": 456,
        **more,
    }


def _write_draws(bench, form, posteriors):
    for (seed, elicitor), numbers in zip(edges._DRAWS, posteriors, strict=True):
        case = f"{seed}-{elicitor}-weak"
        _write(bench, f"edges-penalty-0.002-50-{case}", **START)
        _write(bench, f"edges-{form}-0.2-{case}", **numbers)


@pytest.mark.parametrize(
    ("worst", "verdict"),
    [
        (_posterior(0.871), Verdict.MET),
        (_posterior(0.869), Verdict.MISSED),
        (_posterior(0.90, absent=0.69), Verdict.MISSED),
        (_posterior(0.90, error=9.5), Verdict.MISSED),
    ],
)
def test_the_worst_draw_decides(bench, worst, verdict):
    _write_draws(bench, "ranks", [_posterior(0.9), worst, _posterior(0.88)])
    claim = CLAIMS["B3"]
    found = claim.measure(bench)
    assert found.value == min(worst["posterior"][0], 0.88)
    assert (found.n, found.interval) == (3, "range over draws")
    assert claim.bound.holds(found.value, found.further) is (verdict is Verdict.MET)


def test_the_worst_density_decides_calibration(bench):
    _write_draws(bench, "ranks", [_posterior(0.9)] * 3)
    _write(bench, "edges-ranks-0.1-1-11-weak", **_posterior(0.9, calibration=0.06))
    _write(bench, "edges-ranks-0.3-1-11-weak", **_posterior(0.9, calibration=0.01))
    found = CLAIMS["B4"].measure(bench)
    assert (found.value, found.low, found.high) == (0.06, 0.01, 0.06)
    assert "0.3: 0.010 (prior 0.050, density learnt 0.210)" in found.note
    assert not CLAIMS["B4"].bound.holds(found.value)


def test_a_wrong_prior_is_held_against_a_free_graph_and_true_edges(bench):
    moved = {"edges": 0.24, "wrong": -0.08}
    _write(
        bench,
        "edges-penalty-0.002-150-1-11-weak-permuted",
        **_posterior(0.86, error=9.4, moved=moved),
    )
    _write(bench, "edges-penalty-free-1-11-weak", **_posterior(0.62, error=9.4))
    assert CLAIMS["8-error"].measure(bench).value == 1
    assert CLAIMS["8-permuted"].measure(bench).value == -0.08
    assert CLAIMS["8-gap"].measure(bench).value == pytest.approx(0.32)
    gain = CLAIMS["8-area"].measure(bench)
    assert gain.value == pytest.approx(0.04)
    assert (gain.low, gain.high, gain.interval) == (0.01, 0.07, "bootstrap over pairs")


def test_pairs_that_data_did_not_move_are_counted(bench):
    numbers = {"identifiable": 0.6, "among_others": [0.88, 0.89], "among_moved": [None, None]}
    _write_draws(bench, "ranks", [_posterior(0.9, **numbers)] * 3)
    found = CLAIMS["B4-flag"].measure(bench)
    assert found.value == pytest.approx(0.4)
    assert found.note == (
        "Odds moved by a factor below 1.6; there the area goes from 0.880 to 0.890."
    )


def test_without_measured_views_nothing_is_run(bench, monkeypatch):
    def refuse():
        raise DataUnavailableError("no views", where="here", repair="Bring them.")

    monkeypatch.setattr(edges, "load_measured_views", refuse)
    for claim in EDGE_CLAIMS:
        found = claim.measure(bench)
        assert found.value is None
        assert found.note == "Needs real data: the bound is of a graph mixed from measured views."
