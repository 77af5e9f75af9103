"""Claims about gaps of missing sections in mouse cortex."""

from __future__ import annotations

from typing import Any

from neuropil.contracts import Claim, Finding, Piece, at_least, at_most, fact
from neuropil.proofreading.claims.bench import Bench, Measure
from neuropil.proofreading.claims.gap_pieces import (
    audit_gap_items,
    judge_gap_half,
    repeat_gap_items,
    score_gaps,
)
from neuropil.proofreading.config import CORTEX
from neuropil.proofreading.gaps.folds import SCORER
from neuropil.proofreading.prompting.scores import chance_interval

__all__ = ["GAP_CLAIMS"]

_HALVES = ("lower", "upper")
_BINARY, _CHOICE = "split-error-binary", "split-error-choice"
_OVER_BASES = "bootstrap over bases"
_TO_CHOOSE = "items to choose"
_SAME_IDS = "ids are the same when they are made again"
_APART = "no label is shown in training and in tests"
_OF_CHOICE = "of the items to choose"
_BY_CHANCE = "within the binomial interval of chance in both forms"


def _judge(bench: Bench) -> list[dict[str, Any]]:
    """Train once for each half; every claim reads what came of it."""
    plain = bench.seed.root, bench.fast
    pieces = [Piece(f"gaps-{half}", judge_gap_half, (half, *plain)) for half in _HALVES]
    return bench.do_all("gaps", pieces)


def _score(bench: Bench) -> dict[str, Any]:
    found: dict[str, Any] = bench.do("gap-scores", score_gaps, _judge(bench), bench.seed.root)
    return found


def _data(bench: Bench) -> str:
    return "" if bench.fast else CORTEX


def _count(bench: Bench) -> Finding:
    halves, plain = _judge(bench), (bench.seed.root, bench.fast)
    pieces = [Piece(f"gap-ids-{half}", repeat_gap_items, (half, *plain)) for half in _HALVES]
    again = bench.do_all("gap items once more", pieces)
    items = [item for half in halves for item in half["items"]]
    counts = {task: sum(item["task"] == task for item in items) for task in (_BINARY, _CHOICE)}
    yes = sum(item["task"] == _BINARY and item["answer"] == "1" for item in items)
    asked = sum(half["trained"] for half in halves) + len(items)
    seconds = sum(half["seconds"]["asking"] for half in halves)
    note = (
        f"{yes} of the items to judge are to be joined; {counts[_CHOICE]} items to choose; "
        f"{asked} items with those for training, in {seconds:.0f} s of processor time."
    )
    further = {
        _TO_CHOOSE: float(counts[_CHOICE]),
        _SAME_IDS: float([item["id"] for item in items] == [one for ids in again for one in ids]),
        _APART: float(not any(half["shared"] for half in halves)),
    }
    return Finding(
        float(counts[_BINARY]), counts[_BINARY], further=further, note=note, data=_data(bench)
    )


def _leak(cue: str) -> Measure:
    def find(bench: Bench) -> Finding:
        items = [item for half in _judge(bench) for item in half["items"]]
        found = bench.do("gap-leaks", audit_gap_items, items, bench.seed.root)
        value, low, high, n = found[_BINARY][cue]
        other, n_other = (found[_CHOICE][cue][place] for place in (0, 3))
        note = f"A forest that sees {cue} alone; {other:.3f} of {n_other} items to choose."
        further = {_OF_CHOICE: other}
        return Finding(value, n, low, high, _OVER_BASES, None, further, note, _data(bench))

    return find


def _guess(bench: Bench) -> Finding:
    found = _score(bench)["accuracy"]["random"]
    said, inside = [], True
    # A base has two items to judge, one of either answer, and one to choose.
    for task, each in ((_BINARY, 2), (_CHOICE, 1)):
        value, _, _, bases = found[task]["0"]
        _, low, high = chance_interval(each * bases, 2)
        inside &= low is not None and high is not None and low <= value <= high
        said.append(f"{value:.3f}, chance {low:.3f} to {high:.3f}")
    value, low, high, bases = found[_BINARY]["0"]
    note = f"To judge: {said[0]}; to choose: {said[1]}."
    further = {_BY_CHANCE: float(inside)}
    return Finding(value, bases, low, high, _OVER_BASES, None, further, note, _data(bench))


def _accuracy(task: str) -> Measure:
    def find(bench: Bench) -> Finding:
        accuracy = _score(bench)["accuracy"]
        value, low, high, bases = accuracy[SCORER][task]["0"]
        gaps = ", ".join(
            f"{gap} {one[0]:.3f}" for gap, one in accuracy[SCORER][task].items() if gap != "0"
        )
        rivals = ", ".join(
            f"{judge} {one[task]['0'][0]:.3f}" for judge, one in accuracy.items() if judge != SCORER
        )
        note = f"Mean over gaps, by missing sections: {gaps}. Rivals: {rivals}."
        return Finding(
            value,
            bases,
            low,
            high,
            _OVER_BASES,
            note=f"{note} {_say_times(bench)}",
            data=_data(bench),
        )

    return find


def _say_times(bench: Bench) -> str:
    halves = _judge(bench)
    training = sum(half["seconds"]["training"] for half in halves)
    judging = sum(half["seconds"]["judging"] for half in halves)
    n = sum(len(half["items"]) for half in halves)
    each = 1000 * judging / n
    return (
        f"Processor time: {training:.0f} s to train on both halves, {each:.0f} ms to judge an item."
    )


def _calibration(bench: Bench) -> Finding:
    bases = _score(bench)["accuracy"][SCORER][_BINARY]["0"][3]
    note = "Probabilities are for as many right as wrong candidates, as in these items."
    return Finding(_score(bench)["calibration"], 2 * bases, note=note, data=_data(bench))


_AT_GAPS = "of gaps of 120 to 640 nm in mouse cortex"
# Bounds of the judging and choosing below are what o4-mini and people reach in ConnectomeBench, on
# items of its own.
_MAY_LEAK = at_most(0.55) & at_most(0.55, of=_OF_CHOICE)

# fmt: off
GAP_CLAIMS = (
    Claim("A1-gaps", f"balanced items to judge {_AT_GAPS}", "items",
          at_least(500) & at_least(500, of=_TO_CHOOSE) & fact(_SAME_IDS) & fact(_APART), _count),
    Claim("A5-gap-sizes", f"balanced accuracy of a model that sees only sizes {_AT_GAPS}", "1",
          _MAY_LEAK, _leak("sizes")),
    Claim("A5-gap-places", f"balanced accuracy of a model that sees only the view {_AT_GAPS}", "1",
          _MAY_LEAK, _leak("place and extents")),
    Claim("A5-gap-guess", f"accuracy of guessing {_AT_GAPS}", "1", fact(_BY_CHANCE), _guess),
    Claim("A7-binary", f"accuracy in judging candidates {_AT_GAPS}", "1", at_least(0.786),
          _accuracy(_BINARY), published="0.786 (o4-mini, other items of mouse cortex)"),
    Claim("A7-choice", f"accuracy in choosing of two candidates {_AT_GAPS}", "1", at_least(0.85),
          _accuracy(_CHOICE), published="0.850 (o4-mini, other items of mouse cortex)"),
    Claim("B1-binary", f"accuracy in judging candidates {_AT_GAPS}", "1", at_least(0.9),
          _accuracy(_BINARY), published="0.902 (people, other items of mouse cortex)"),
    Claim("B1-choice", f"accuracy in choosing of two candidates {_AT_GAPS}", "1", at_least(0.92),
          _accuracy(_CHOICE), published="0.920 (people, other items of mouse cortex)"),
    Claim("B5-gaps", f"expected calibration error of candidates {_AT_GAPS}, 15 bins", "1",
          at_most(0.05), _calibration),
)
# fmt: on
"""Claims about gaps, two-fold over the halves of the sections."""
