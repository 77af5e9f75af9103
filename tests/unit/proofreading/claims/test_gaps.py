"""The claims about gaps say what the pieces of work found."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from neuropil.contracts import SeedTree, Verdict
from neuropil.proofreading.claims.gaps import GAP_CLAIMS

BINARY, CHOICE = "split-error-binary", "split-error-choice"
CLAIMS = {claim.id: claim for claim in GAP_CLAIMS}


def make_half(first: int, *, shared: int = 0) -> dict[str, Any]:
    items = [
        {"id": f"{task} {first + k} {answer}", "task": task, "answer": answer}
        for k in range(300)
        for task, answer in ((BINARY, "1"), (BINARY, "-1"), (CHOICE, "2"))
    ]
    seconds = {"asking": 20.0, "training": 60.0, "judging": 45.0}
    return {"items": items, "trained": 100, "shared": shared, "seconds": seconds}


def make_scores(guess: float) -> dict[str, Any]:
    def rows(mean: float) -> dict[str, list[float]]:
        return {"3": [mean + 0.05, 0.0, 1.0, 300], "0": [mean, mean - 0.02, mean + 0.02, 600]}

    judges = {"proofreader": 0.91, "nearest centroid": 0.6, "random": guess}
    accuracy = {judge: {BINARY: rows(mean), CHOICE: rows(mean)} for judge, mean in judges.items()}
    return {"accuracy": accuracy, "calibration": 0.03}


@dataclass
class Bench:
    """Pieces of work that are done already."""

    halves: list[dict[str, Any]]
    again: list[list[str]]
    scores: dict[str, Any]
    seed: SeedTree = field(default_factory=lambda: SeedTree(0))
    fast: bool = False

    def do(self, name: str, *_: object) -> Any:
        cues = {"sizes": [0.51, 0.48, 0.54, 1200], "place and extents": [0.52, 0.5, 0.54, 1200]}
        leaks = {BINARY: cues, CHOICE: {**cues, "sizes": [0.56, 0.5, 0.6, 600]}}
        return {"gap-scores": self.scores, "gap-leaks": leaks}[name]

    def do_all(self, label: str, pieces: list[Any]) -> list[Any]:
        assert len({piece.name for piece in pieces}) == 2
        return {"gaps": self.halves, "gap items once more": self.again}[label]


def make_bench(*, shared: int = 0, guess: float = 0.5) -> Bench:
    halves = [make_half(0), make_half(300, shared=shared)]
    return Bench(
        halves, [[one["id"] for one in half["items"]] for half in halves], make_scores(guess)
    )


def measure(name: str, bench: Bench) -> Any:
    claim: Any = CLAIMS[name]
    return claim.metric(claim.measure(bench), data="fib25", command="neuropil reproduce")


def test_items_are_counted_and_their_ids_compared() -> None:
    metric = measure("A1-gaps", make_bench())
    assert (metric.value, metric.n, metric.verdict) == (1200, 1200, Verdict.MET)
    assert metric.note == (
        "600 of the items to judge are to be joined; 600 items to choose; 2000 items with those "
        "for training, in 40 s of processor time."
    )
    assert metric.data == "pinky40"


def test_other_ids_or_a_shared_label_miss_the_claim() -> None:
    changed = make_bench()
    changed.again[1][0] = "another"
    assert measure("A1-gaps", changed).verdict is Verdict.MISSED
    assert measure("A1-gaps", make_bench(shared=1)).verdict is Verdict.MISSED


def test_a_leak_in_either_form_misses_the_claim() -> None:
    sizes, places = (measure(f"A5-gap-{cue}", make_bench()) for cue in ("sizes", "places"))
    assert (sizes.value, sizes.verdict) == (0.51, Verdict.MISSED)
    assert sizes.note == "A forest that sees sizes alone; 0.560 of 600 items to choose."
    assert (places.value, places.verdict) == (0.52, Verdict.MET)


@pytest.mark.parametrize(("guess", "verdict"), [(0.5, Verdict.MET), (0.545, Verdict.MISSED)])
def test_guessing_is_held_to_the_interval_of_chance(guess: float, verdict: Verdict) -> None:
    metric = measure("A5-gap-guess", make_bench(guess=guess))
    assert metric.verdict is verdict
    # 1,200 items to judge and 600 to choose.
    assert "chance 0.472 to 0.528; to choose" in metric.note
    assert metric.note.endswith("chance 0.460 to 0.540.")


def test_accuracy_names_gaps_rivals_and_times() -> None:
    metric = measure("B1-binary", make_bench())
    assert (metric.value, metric.low, metric.n) == (0.91, 0.89, 600)
    assert metric.note == (
        "Mean over gaps, by missing sections: 3 0.960. Rivals: nearest centroid 0.600, random "
        "0.500. Processor time: 120 s to train on both halves, 50 ms to judge an item."
    )
    assert measure("A7-binary", make_bench()).verdict is Verdict.MET
    assert measure("B1-choice", make_bench()).verdict is Verdict.MISSED


def test_the_calibration_error_is_that_of_the_items_to_judge() -> None:
    metric = measure("B5-gaps", make_bench())
    assert (metric.value, metric.n, metric.verdict) == (0.03, 1200, Verdict.MET)
