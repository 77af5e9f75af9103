"""Claims about the gate and the axes: what is damage, what is the microscope, and where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from neuropil.contracts import Claim, Finding, Piece, at_least, at_most
from neuropil.measures import find_share, find_statistic
from neuropil.preservation.claims.axes_pieces import BLOCK, MADE, OWN, SERIAL, judge_tissue
from neuropil.preservation.claims.bench import Bench, Measure
from neuropil.preservation.config import REAL

__all__ = ["AXES_CLAIMS"]

_DATA = {BLOCK: REAL, SERIAL: "isbi2012", OWN: "isbi2012", MADE: ""}


def _judge(bench: Bench, kind: str) -> dict[str, Any]:
    """Judge all tissues side by side; every claim reads what came of one."""
    kinds = (MADE,) if bench.fast else (BLOCK, SERIAL, OWN)
    plain = bench.seed.root, bench.fast
    pieces = [Piece(f"axes-{each}", judge_tissue, (each, *plain)) for each in kinds]
    found = bench.do_all("axes", pieces)
    chosen: dict[str, Any] = found[0 if bench.fast else kinds.index(kind)]
    return chosen


def _data(bench: Bench, kind: str) -> str:
    return "" if bench.fast else _DATA[kind]


def _list_shares(found: Mapping[str, Sequence[bool]]) -> str:
    return "; ".join(f"{name}: {sum(each)} of {len(each)}" for name, each in found.items())


def _spared(kind: str, fault: str) -> Measure:
    """Find the share of tiles with one mild fault that are neither refused nor called damaged."""

    def find(bench: Bench) -> Finding:
        found = _judge(bench, kind)["flagged"]
        chosen = {name: each for name, each in found.items() if name.startswith(fault)}
        spared = [not one for each in chosen.values() for one in each]
        note = f"Refused or called damaged: {_list_shares(chosen)}."
        return find_share(sum(spared), len(spared), of=100, note=note, data=_data(bench, kind))

    return find


def _flagged(kind: str) -> Measure:
    def find(bench: Bench) -> Finding:
        flags = _judge(bench, kind)["flagged"]["clean"]
        return find_share(sum(flags), len(flags), of=100, data=_data(bench, kind))

    return find


def _refused(kind: str) -> Measure:
    def find(bench: Bench) -> Finding:
        found = _judge(bench, kind)["refused"]
        flags = [one for each in found.values() for one in each]
        note = f"Not assessable: {_list_shares(found)}."
        return find_share(sum(flags), len(flags), of=100, note=note, data=_data(bench, kind))

    return find


def _area(kind: str, damage: str) -> Measure:
    """Find the mean area under the curve of the map of one damage."""

    def find(bench: Bench) -> Finding:
        found = _judge(bench, kind)["area"]
        chosen = {name: each for name, each in found.items() if name.startswith(damage)}
        means = "; ".join(f"{name}: {np.mean(each):.3f}" for name, each in chosen.items())
        note = f"Against the exact mask, voxel by voxel. {means}."
        # One section carries several doses: the section is the unit.
        values = np.mean(list(chosen.values()), axis=0).tolist()
        seed = bench.seed.child("sections")
        more = {"note": note, "data": _data(bench, kind)}
        return find_statistic(values, seed, np.mean, over="sections", **more)

    return find


def _void_error(kind: str) -> Measure:
    def find(bench: Bench) -> Finding:
        found = _judge(bench, kind)["void_error"]
        errors = 100 * np.abs(list(found.values())).mean(axis=0)
        means = "; ".join(f"{name}: {100 * np.mean(each):+.2f}" for name, each in found.items())
        seed = bench.seed.child("sections")
        more = {"note": f"Mean signed errors: {means} points.", "data": _data(bench, kind)}
        return find_statistic(errors.tolist(), seed, np.mean, over="sections", **more)

    return find


def _gap_error(kind: str) -> Measure:
    """Find the mean absolute error of the share of missing membrane, over doses from 0."""

    def find(bench: Bench) -> Finding:
        found = _judge(bench, kind)
        sound = [[read, 0.0] for read in found["clean_gaps"]]
        doses = np.array([sound, *found["gaps"].values()], float)
        errors = 100 * np.abs(doses[..., 0] - doses[..., 1])
        named = ("none", *found["gaps"])
        means = "; ".join(
            f"{name}: {100 * one:.1f} %"
            for name, one in zip(named, doses[..., 0].mean(axis=1), strict=True)
        )
        whole = float(np.abs(100 * (doses[..., 0] - doses[..., 1]).mean(axis=1)).mean())
        note = f"Mean share read: {means}; error of the mean over sections {whole:.1f} points."
        seed = bench.seed.child("sections")
        more = {"note": note, "data": _data(bench, kind)}
        return find_statistic(errors.mean(axis=0).tolist(), seed, np.mean, over="sections", **more)

    return find


_SPARED = "share of sound tiles that are neither refused nor called damaged,"
_SHIPPED = "axes of the package"
_FITTED = "axes fitted to their first sections"

# fmt: off
AXES_CLAIMS = (
    Claim("4-gaps", f"error of the share of missing membrane, unseen part of the block, {_SHIPPED}",
          "points", at_most(3), _gap_error(BLOCK)),
    Claim("4-gaps-serial", f"the same, serial sections of another microscope, {_SHIPPED}", "points",
          at_most(3), _gap_error(SERIAL)),
    Claim("5-blur", f"{_SPARED} blur of 4 to 12 nm, block", "%", at_least(95),
          _spared(BLOCK, "blur")),
    Claim("5-noise", f"{_SPARED} signal to noise of 4 and 2, block", "%", at_least(95),
          _spared(BLOCK, "noise")),
    Claim("5-blur-serial", f"{_SPARED} blur of 4 to 12 nm, serial sections", "%", at_least(95),
          _spared(OWN, "blur")),
    Claim("5-noise-serial", f"{_SPARED} signal to noise of 4 and 2, serial sections", "%",
          at_least(95), _spared(OWN, "noise")),
    Claim("5-gate", "share of tiles with blur of 20 and 30 nm or noise as large as the signal that "
          "are not assessable, block", "%", None, _refused(BLOCK)),
    Claim("5-gate-serial", "the same, serial sections", "%", None, _refused(SERIAL)),
    Claim("6-zones", f"map of ambiguous zones, unseen part of the block, {_SHIPPED}", "AUC",
          at_least(0.9), _area(BLOCK, "zones")),
    Claim("6-zones-serial", f"map of ambiguous zones, unseen serial sections, {_FITTED}", "AUC",
          at_least(0.9), _area(OWN, "zones")),
    Claim("6-zones-transfer", f"map of ambiguous zones, serial sections, {_SHIPPED}", "AUC", None,
          _area(SERIAL, "zones")),
    Claim("6-voids", f"map of voids, unseen part of the block, {_SHIPPED}", "AUC", at_least(0.9),
          _area(BLOCK, "voids")),
    Claim("6-voids-serial", f"map of voids, unseen serial sections, {_FITTED}", "AUC",
          at_least(0.9), _area(OWN, "voids")),
    Claim("6-voids-transfer", f"map of voids, serial sections, {_SHIPPED}", "AUC", None,
          _area(SERIAL, "voids")),
    Claim("6-area", f"error of the area of voids, unseen part of the block, {_SHIPPED}", "points",
          at_most(2), _void_error(BLOCK)),
    Claim("6-area-serial", f"error of the area of voids, unseen serial sections, {_FITTED}",
          "points", at_most(2), _void_error(OWN)),
    Claim("b-clean", "share of sound unseen sections that are refused or called damaged, block",
          "%", at_most(5), _flagged(BLOCK)),
    Claim("b-clean-serial", "the same, serial sections", "%", at_most(5), _flagged(OWN)),
)
# fmt: on
"""Claims about the gate and the axes."""
