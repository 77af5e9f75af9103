"""Claims about the axes read what the pieces say, and a fast check measures them."""

import json
from pathlib import Path

import numpy as np
import pytest

from neuropil.connectome import Volume
from neuropil.contracts import PieceCache, SeedTree, Workbench
from neuropil.preservation.claims.axes import AXES_CLAIMS
from neuropil.preservation.config import FAST, PreservationConfig

CLAIMS = {claim.id: claim for claim in AXES_CLAIMS}


def bench(folder: Path, *, fast: bool) -> Workbench:
    # Pieces load their own tissue.
    volume = Volume((16, 16, 16), image=np.zeros((1, 64, 64), np.uint8))
    pieces = PieceCache(folder)
    return Workbench(PreservationConfig(**FAST), volume, SeedTree(0), pieces, fast)


def write_pieces(folder: Path, found: dict) -> None:
    for kind in ("block", "serial", "own"):
        (folder / f"axes-{kind}.json").write_text(json.dumps(found))


FOUND = {
    "flagged": {"clean": [False, True], "blur 4": [False, False], "blur 12": [False, True],
                "noise 2": [False, False]},
    "refused": {"blur 20": [True, True], "noise 1": [True, False]},
    "area": {"zones 6 %": [0.9, 0.8], "zones 13 %": [1.0, 0.9], "voids, erased": [0.99, 0.97]},
    "void_error": {"erased": [0.01, -0.03]},
    "clean_gaps": [0.01, 0.02],
    "gaps": {"gaps 10 %": [[0.13, 0.1], [0.06, 0.1]]},
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("5-blur", 75.0),
        ("5-noise", 100.0),
        ("5-gate", 75.0),
        ("b-clean", 50.0),
        ("6-zones", 0.9),
        ("6-voids", 0.98),
        ("6-area", 2.0),
        ("4-gaps", 2.5),
    ],
)
def test_a_claim_is_what_the_pieces_found(tmp_path, name, value):
    write_pieces(tmp_path, FOUND)
    found = CLAIMS[name].measure(bench(tmp_path, fast=False))
    assert found.value == pytest.approx(value)


def test_notes_say_which_fault_was_flagged(tmp_path):
    write_pieces(tmp_path, FOUND)
    found = CLAIMS["5-blur"].measure(bench(tmp_path, fast=False))
    assert found.note == "Refused or called damaged: blur 4: 0 of 2; blur 12: 1 of 2."


def test_a_fast_check_measures_every_claim(tmp_path):
    fast = bench(tmp_path, fast=True)
    for claim in AXES_CLAIMS:
        found = claim.measure(fast)
        assert found.value is not None, claim.id


def test_ids_are_unlike():
    assert len(CLAIMS) == len(AXES_CLAIMS)
