"""Claims about repair, and about what is the instrument's loss and what the image's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from neuropil.contracts import Claim, Finding, Piece, at_most
from neuropil.measures import bootstrap_groups, find_statistic
from neuropil.preservation.claims.bench import Bench, Measure
from neuropil.preservation.claims.detector_pieces import SERIAL
from neuropil.preservation.claims.loss_pieces import Data
from neuropil.preservation.claims.repair_pieces import CLEAN, GAPS, repair_tissue
from neuropil.preservation.config import REAL
from neuropil.preservation.repair.scores import find_returned

__all__ = ["REPAIR_CLAIMS"]

_NAMES: Mapping[Data, str] = {"serial": SERIAL, "block": REAL}
_OVER = "bootstrap over sections"
# What a state is called in a piece: detector, and what was done to the tissue or its membranes.
State = tuple[str, str]
_PLAIN, _HEALED, _OPENED = ("shipped", ""), ("shipped", "healed"), ("shipped", "opened")
_RETRAINED, _BOTH = ("retrained", ""), ("retrained", "healed")
_NOTHING = "Damage took nothing of this generated tissue that could come back: needs real data."


def _repairs(bench: Bench, data: Data) -> pl.DataFrame:
    # One generated block stands for both datasets in a fast check.
    kinds: tuple[Data, ...] = ("serial",) if bench.fast else ("serial", "block")
    pieces = [
        Piece(f"repair-{each}", repair_tissue, (each, bench.seed.root, bench.fast))
        for each in kinds
    ]
    found = dict(zip(kinds, bench.do_all("repair", pieces), strict=True))
    return pl.DataFrame(found.get(data, found["serial"]), infer_schema_length=None)


def _read(table: pl.DataFrame, damage: str, state: State, column: str) -> npt.NDArray[np.float64]:
    """Return a quantity by section, in the order of the sections."""
    detector, repair = state
    rows = table.filter(
        pl.col("damage") == damage, pl.col("instrument") == detector, pl.col("repair") == repair
    )
    return rows.sort("place")[column].cast(pl.Float64).to_numpy()


def _data(bench: Bench, data: Data) -> str:
    return "" if bench.fast else _NAMES[data]


def _resample(
    bench: Bench, n: int, quantity: Callable[[npt.NDArray[np.intp]], float]
) -> tuple[float, float]:
    rng = bench.seed.child("repair sections").generator()
    return bootstrap_groups(np.arange(n), quantity, rng)


def _returned(data: Data, damage: str, state: State, column: str = "arand") -> Measure:
    """Find the share of what damage took from the shipped detector that a repair gives back."""

    def find(bench: Bench) -> Finding:
        table = _repairs(bench, data)
        # A fast check has one dose of each kind that it knows.
        given = damage if damage in table["damage"] else GAPS
        clean = _read(table, CLEAN, _PLAIN, column)
        hurt, after = (_read(table, given, each, column) for each in (_PLAIN, state))

        def share(rows: npt.NDArray[np.intp]) -> float:
            return find_returned(clean[rows], hurt[rows], after[rows])

        value = share(np.arange(len(clean)))
        if not np.isfinite(value):
            return Finding.not_run(_NOTHING)
        low, high = _resample(bench, len(clean), share)
        note = _say(table, given, state)
        return Finding(value, len(clean), low, high, _OVER, note=note, data=_data(bench, data))

    return find


def _say(table: pl.DataFrame, damage: str, state: State) -> str:
    rows = ((CLEAN, _PLAIN, "before"), (damage, _PLAIN, "damaged"), (damage, state, "repaired"))
    said = []
    for given, one, word in rows:
        error, split, merge = (
            float(_read(table, given, one, name).mean()) for name in ("arand", "split", "merge")
        )
        said.append(f"{word} {error:.3f} ({split:.2f} + {merge:.2f} bit)")
    return f"Adapted Rand error (split + merge): {', '.join(said)}."


def _cost(data: Data, state: State) -> Measure:
    """Find what a repair adds to the error of sections that need none."""

    def find(bench: Bench) -> Finding:
        table = _repairs(bench, data)
        before, after = (_read(table, CLEAN, each, "arand") for each in (_PLAIN, state))
        note = f"{before.mean():.4f} before, {after.mean():.4f} after."
        seed = bench.seed.child("repair cost")
        more: dict[str, Any] = {"note": note, "data": _data(bench, data)}
        return find_statistic((after - before).tolist(), seed, np.mean, over="sections", **more)

    return find


def _drawn(data: Data, damage: str, column: str) -> Measure:
    def find(bench: Bench) -> Finding:
        table = _repairs(bench, data)
        shares = 100 * _read(table, damage, _HEALED, column)
        # A section in which nothing was drawn has nothing that could be wrong.
        known = shares[np.isfinite(shares)]
        if not known.size:
            return Finding.not_run("Nothing was drawn in this generated tissue: needs real data.")
        note = f"In {len(known)} of {len(shares)} sections something was drawn."
        seed = bench.seed.child("repair drawn")
        more: dict[str, Any] = {"note": note, "data": _data(bench, data)}
        return find_statistic(known.tolist(), seed, np.mean, over="sections", **more)

    return find


def _of_the_instrument(data: Data, damage: str) -> Measure:
    """Find the share of the loss that a detector does not have which learnt from damage."""

    def find(bench: Bench) -> Finding:
        table = _repairs(bench, data)
        given = damage if damage in table["damage"] else GAPS
        errors = [
            _read(table, one, state, "arand")
            for state in (_PLAIN, _RETRAINED)
            for one in (CLEAN, given)
        ]

        def share(rows: npt.NDArray[np.intp]) -> float:
            clean, hurt, clean_again, hurt_again = (float(each[rows].mean()) for each in errors)
            lost = hurt - clean
            return 1 - (hurt_again - clean_again) / lost if lost > 0 else float("nan")

        n = len(errors[0])
        value = share(np.arange(n))
        if not np.isfinite(value):
            return Finding.not_run(_NOTHING)
        low, high = _resample(bench, n, share)
        first, second = (
            f"{name} {errors[at].mean():.3f} to {errors[at + 1].mean():.3f}"
            for at, name in ((0, "shipped"), (2, "retrained"))
        )
        note = f"Adapted Rand error, clean to damaged: {first}, {second}."
        return Finding(value, n, low, high, _OVER, note=note, data=_data(bench, data))

    return find


_BACK = "share of the lost adapted Rand error that returns"
_COST = "adapted Rand error that repair adds to undamaged sections"
_LIMIT = "share of the loss that retraining on damage removes (the instrument's)"
_SERIAL, _BLOCK = "serial sections of another microscope", "unseen part of the block"

# fmt: off
REPAIR_CLAIMS = (
    Claim("repair-gaps", f"{_BACK} by closing gaps, gaps of 10 %, {_SERIAL}", "1", None,
          _returned("serial", GAPS, _HEALED)),
    Claim("repair-gaps-block", f"the same, {_BLOCK}", "1", None,
          _returned("block", GAPS, _HEALED)),
    Claim("repair-gaps-merge", f"share of the lost merge information that returns by closing gaps, "
          f"gaps of 10 %, {_SERIAL}", "1", None, _returned("serial", GAPS, _HEALED, "merge")),
    Claim("repair-many-gaps", f"{_BACK} by closing gaps, gaps of 20 %, {_SERIAL}", "1", None,
          _returned("serial", "gaps:0.2", _HEALED)),
    Claim("repair-retrained", f"{_BACK} by the detector that knows damage, gaps of 10 %, {_SERIAL}",
          "1", None, _returned("serial", GAPS, _RETRAINED)),
    Claim("repair-both", f"{_BACK} by that detector and closing gaps, gaps of 10 %, {_SERIAL}", "1",
          None, _returned("serial", GAPS, _BOTH)),
    Claim("repair-both-block", f"the same, {_BLOCK}", "1", None, _returned("block", GAPS, _BOTH)),
    Claim("repair-zones", f"{_BACK} by both, ambiguous zones of 13 %, {_SERIAL}", "1", None,
          _returned("serial", "aiz:0.13", _BOTH)),
    Claim("repair-clean", f"{_COST}, closing gaps, {_SERIAL}", "1", at_most(0.01),
          _cost("serial", _HEALED)),
    Claim("repair-clean-block", f"the same, {_BLOCK}", "1", at_most(0.01),
          _cost("block", _HEALED)),
    Claim("repair-clean-both", f"{_COST}, both, {_SERIAL}", "1", at_most(0.01),
          _cost("serial", _BOTH)),
    Claim("repair-clean-both-block", f"the same, {_BLOCK}", "1", at_most(0.01),
          _cost("block", _BOTH)),
    Claim("repair-closed", f"share of the missing length that is drawn, gaps of 10 %, {_SERIAL}",
          "%", None, _drawn("serial", GAPS, "closed")),
    Claim("repair-right", f"share of what is drawn that lies on a membrane, gaps of 10 %, "
          f"{_SERIAL}", "%", None, _drawn("serial", GAPS, "right")),
    Claim("repair-right-clean", f"share of what is drawn that lies on a membrane, undamaged, "
          f"{_SERIAL}", "%", None, _drawn("serial", CLEAN, "right")),
    Claim("repair-space", f"{_BACK} by opening the space, swelling of 20 min, {_SERIAL}", "1", None,
          _returned("serial", "swelling:20", _OPENED)),
    Claim("repair-space-clean", f"{_COST}, opening the space, {_SERIAL}", "1", None,
          _cost("serial", _OPENED)),
    Claim("limit-gaps", f"{_LIMIT}, gaps of 10 %, {_SERIAL}", "1", None,
          _of_the_instrument("serial", GAPS)),
    Claim("limit-zones", f"{_LIMIT}, ambiguous zones of 13 %, {_SERIAL}", "1", None,
          _of_the_instrument("serial", "aiz:0.13")),
    Claim("limit-ice", f"{_LIMIT}, ice of 10.5 %, {_SERIAL}", "1", None,
          _of_the_instrument("serial", "ice:0.105")),
    Claim("limit-blur", f"{_LIMIT}, blur of 20 nm, {_SERIAL}", "1", None,
          _of_the_instrument("serial", "blur:20")),
    Claim("limit-noise", f"{_LIMIT}, signal to noise of 1, {_SERIAL}", "1", None,
          _of_the_instrument("serial", "noise:1")),
    Claim("limit-gaps-block", f"{_LIMIT}, gaps of 10 %, {_BLOCK}", "1", None,
          _of_the_instrument("block", GAPS)),
    Claim("limit-zones-block", f"{_LIMIT}, ambiguous zones of 13 %, {_BLOCK}", "1", None,
          _of_the_instrument("block", "aiz:0.13")),
)
# fmt: on
"""Claims about repair, and about the limit of an instrument."""
