"""The claims about membranes say what the pieces of work found."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from neuropil.contracts import SeedTree
from neuropil.preservation.claims.detector import DETECTOR_CLAIMS

CLAIMS = {claim.id: claim for claim in DETECTOR_CLAIMS}
PIXELS = {"area": 0.97, "brier": 0.05, "calibration": 0.01}


def judged(rand: float) -> dict[str, Any]:
    parts = {"rand": [rand - 0.01, rand, rand + 0.01], "split": [0.1] * 3, "merge": [0.05] * 3}
    return {**parts, "threshold": 0.5, **PIXELS}


@dataclass
class Bench:
    """Pieces of work that are done already."""

    fast: bool = False
    seed: SeedTree = field(default_factory=lambda: SeedTree(0))

    def do(self, name: str, *_: object) -> Any:
        block = {
            "rand": 0.1,
            "split": 0.9,
            "merge": 0.4,
            "threshold": 0.4,
            "supplied": 0.22,
            "range": [0.09, 0.12],
        }
        time = {"network": 20.0, "segmenting": 15.0, "pixels": 62500.0}
        return {"detector-block": {**block, **PIXELS}, "detector-time": time}[name]

    def do_all(self, label: str, pieces: list[Any]) -> list[Any]:
        if label == "thresholds":
            return [[0.1, 0.2] for _ in pieces]
        found = {
            "detector-network": judged(0.05),
            "detector-forest": judged(0.1),
            "detector-ridges": judged(0.3),
            "detector-shipped": {**judged(0.06), "rand_unadapted": [0.07, 0.08, 0.09]},
        }
        return [found[piece.name] for piece in pieces]


@pytest.mark.parametrize(
    ("claim", "value", "held"),
    [
        ("1-arand", 0.05, True),
        ("1-voi", 0.15, True),
        ("1-ridge", 0.3, True),
        ("1-forest", 0.1, None),
        ("1-auc", 0.97, None),
        ("1-calibration", 0.01, None),
        ("1-transfer", 0.08, None),
        ("1-transfer-auc", 0.97, None),
        ("2-auc", 0.97, True),
        ("2-arand", 0.1, True),
        ("2-supplied", -0.12, True),
        ("2-calibration", 0.01, None),
        ("2-time", 35.0, None),
    ],
)
def test_a_claim_says_what_was_found(claim: str, value: float, held: bool | None) -> None:
    found = CLAIMS[claim].measure(Bench())
    assert found.value == pytest.approx(value)
    assert found.data == ("isbi2012" if claim.startswith("1") else "fib25")
    bound = CLAIMS[claim].bound
    assert (None if bound is None else bound.holds(found.value, found.further)) is held


def test_the_shipped_files_are_measured() -> None:
    found = CLAIMS["2-size"].measure(Bench())
    assert found.value is not None
    assert 100 < found.value < 300


def test_notes_say_where_the_threshold_lies_and_which_half_errs() -> None:
    assert CLAIMS["1-arand"].measure(Bench()).note == (
        "Joined below 0.50; variation of information 0.100 + 0.050 bit (split + merge); pixels: "
        "area under the curve 0.970, Brier 0.050, calibration error 0.010."
    )
    assert CLAIMS["2-arand"].measure(Bench()).note.startswith("0.090 to 0.120 at thresholds whose")
    assert CLAIMS["2-supplied"].measure(Bench()).note == "0.1000 against 0.2200."
