"""Claims about where membranes are, and about the segments that follow."""

from __future__ import annotations

from typing import Any

import numpy as np

from neuropil.contracts import Claim, Finding, Piece, at_least, at_most, below
from neuropil.measures import find_statistic
from neuropil.preservation.claims.bench import Bench, Measure
from neuropil.preservation.claims.detector_pieces import (
    HALVES,
    SERIAL,
    Kind,
    judge_block,
    judge_sections,
    time_sections,
    try_thresholds,
)
from neuropil.preservation.config import REAL
from neuropil.preservation.detector.shipped import find_weights

__all__ = ["DETECTOR_CLAIMS"]

_KINDS: tuple[Kind, ...] = ("network", "forest", "ridges", "shipped")
_LARGEST = 1000.0


def _judge(bench: Bench, kind: Kind) -> dict[str, Any]:
    """Judge all detectors side by side; every claim reads what came of one."""
    plain = bench.seed.root, bench.fast
    pieces = [Piece(f"detector-{each}", judge_sections, (each, *plain)) for each in _KINDS]
    found: dict[str, Any] = bench.do_all("detectors", pieces)[_KINDS.index(kind)]
    return found


def _block(bench: Bench) -> dict[str, Any]:
    """Choose the threshold on both halves of the training sections, and judge the rest."""
    plain = bench.seed.root, bench.fast
    pieces = [Piece(f"detector-half-{half}", try_thresholds, (half, *plain)) for half in HALVES]
    errors = bench.do_all("thresholds", pieces)
    found: dict[str, Any] = bench.do("detector-block", judge_block, errors, bench.fast)
    return found


def _serial(bench: Bench) -> str:
    return "" if bench.fast else SERIAL


def _block_data(bench: Bench) -> str:
    return "" if bench.fast else REAL


def _say(found: dict[str, Any]) -> str:
    split, merge = (float(np.mean(found[part])) for part in ("split", "merge"))
    return (
        f"Joined below {found['threshold']:.2f}; variation of information {split:.3f} + "
        f"{merge:.3f} bit (split + merge); pixels: area under the curve {found['area']:.3f}, "
        f"Brier {found['brier']:.3f}, calibration error {found['calibration']:.3f}."
    )


def _sections(kind: Kind, quantity: str) -> Measure:
    def find(bench: Bench) -> Finding:
        found = _judge(bench, kind)
        values = np.sum([found[part] for part in quantity.split("+")], axis=0)
        more = {"note": _say(found), "data": _serial(bench)}
        seed = bench.seed.child("sections")
        return find_statistic(values.tolist(), seed, np.mean, over="sections", **more)

    return find


def _pixels(kind: Kind, quantity: str) -> Measure:
    def find(bench: Bench) -> Finding:
        found = _judge(bench, kind)
        return Finding(found[quantity], len(found["rand"]), note=_say(found), data=_serial(bench))

    return find


def _transfer(bench: Bench) -> Finding:
    found = _judge(bench, "shipped")
    note = (
        f"Joined at the threshold of its own tissue; {np.mean(found['rand']):.3f} at that of the "
        f"training sections. {_say(found)}"
    )
    more = {"note": note, "data": _serial(bench)}
    seed = bench.seed.child("sections")
    return find_statistic(found["rand_unadapted"], seed, np.mean, over="sections", **more)


def _of_block(quantity: str) -> Measure:
    def find(bench: Bench) -> Finding:
        found = _block(bench)
        return Finding(found[quantity], note=_say(found), data=_block_data(bench))

    return find


def _joined(bench: Bench) -> Finding:
    found = _block(bench)
    low, high = found["range"]
    note = (
        f"{low:.3f} to {high:.3f} at thresholds whose error on the training sections is within .05 "
        f"of the least: a single join of two large bodies moves it. {_say(found)}"
    )
    return Finding(found["rand"], note=note, data=_block_data(bench))


def _supplied(bench: Bench) -> Finding:
    found = _block(bench)
    note = f"{found['rand']:.4f} against {found['supplied']:.4f}."
    return Finding(found["rand"] - found["supplied"], note=note, data=_block_data(bench))


def _size(bench: Bench) -> Finding:
    del bench
    size = sum(path.stat().st_size for path in find_weights()) / 1000
    return Finding(size, note="Numbers of half precision, and their description.", data="none")


def _time(bench: Bench) -> Finding:
    found = bench.do("detector-time", time_sections, bench.fast)
    note = (
        f"Network {found['network']:.0f} ms and segments {found['segmenting']:.0f} ms for "
        f"{found['pixels']:.0f} pixels, in processor time of one core."
    )
    total = found["network"] + found["segmenting"]
    return Finding(total, note=note, data=_block_data(bench))


_RAND = "adapted Rand error of sections"
_UNSEEN = "of voxels in the part of the block that was never seen"

# fmt: off
DETECTOR_CLAIMS = (
    Claim("1-arand", f"{_RAND}, network trained on serial sections", "1", at_most(0.12),
          _sections("network", "rand"), "0.107, threshold picked on the test"),
    Claim("1-voi", "variation of information of sections, same network", "bit", at_most(0.40),
          _sections("network", "split+merge"), "0.37, threshold picked on the test"),
    Claim("1-ridge", f"{_RAND}, ridge filter without training", "1", at_most(0.32),
          _sections("ridges", "rand"), "0.297, threshold picked on the test"),
    Claim("1-forest", f"{_RAND}, forest on a bank of filters", "1", None,
          _sections("forest", "rand"), "0.107, threshold picked on the test"),
    Claim("1-auc", "membranes of serial sections: area under the curve", "AUC", None,
          _pixels("network", "area"), "0.944 of a forest"),
    Claim("1-calibration", "expected calibration error of membranes, 15 bins", "1", None,
          _pixels("network", "calibration")),
    Claim("1-transfer", f"{_RAND}, shipped network of another microscope", "1", None, _transfer),
    Claim("1-transfer-auc", "membranes of serial sections, shipped network: area under the curve",
          "AUC", None, _pixels("shipped", "area")),
    Claim("2-auc", f"area under the curve {_UNSEEN}", "AUC", at_least(0.955), _of_block("area"),
          "0.962 of a forest"),
    Claim("2-arand", f"adapted Rand error {_UNSEEN}", "1", at_most(0.18), _joined,
          "0.137, threshold picked on the test"),
    Claim("2-supplied", "the same less the error of the supplied supervoxels", "1", below(0),
          _supplied, "0.2204 of the supervoxels"),
    Claim("2-calibration", f"expected calibration error {_UNSEEN}, 15 bins", "1", None,
          _of_block("calibration")),
    Claim("2-size", "size of the shipped detector", "kB", at_most(_LARGEST), _size),
    Claim("2-time", "time to read and segment a section", "ms", None, _time),
)
# fmt: on
"""Claims about the detector and the segments."""
