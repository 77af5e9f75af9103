"""Claims about whole chips: what learned wiring saves, what rivals need, and a clock."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from neuropil.contracts import Claim, Finding, MissingDependencyError
from neuropil.logic.claims.networks import Bench, Measure, folder_of, settings_of, train
from neuropil.logic.claims.pieces import FIXED_SIZES, LEARNED_SIZES, size_recipe
from neuropil.logic.claims.rivals import RIVALS, fit_rival
from neuropil.logic.netlist.circuit import Circuit
from neuropil.logic.netlist.hardware import synthesise_chip
from neuropil.logic.netlist.placement import place_circuit

__all__ = ["AREA_CLAIMS", "measure_chip", "measure_wide_chip", "place_network"]

# The largest circuit that each device holds, the larger device first.
_PLACED = (("ecp5-85k", 8000), ("ice40-hx8k", 1000))


def measure_chip(folder: Path) -> dict[str, int]:
    """Count the cells of the whole chip of a cached network.

    Parameters
    ----------
    folder : Path
        Folder of the network.

    Returns
    -------
    dict of str to int
        ``cells``, ``lut6`` and ``depth`` as in :class:`~neuropil.logic.netlist.hardware.Chip`.
    """
    return _measure(folder, wide_adders=False)


def measure_wide_chip(folder: Path) -> dict[str, int]:
    """Count the cells of the whole chip of a cached network whose adders take six bits.

    Parameters
    ----------
    folder : Path
        Folder of the network.
    """
    return _measure(folder, wide_adders=True)


def _measure(folder: Path, *, wide_adders: bool) -> dict[str, int]:
    circuit = Circuit.load(folder).simplify()
    with tempfile.TemporaryDirectory() as place:
        chip = synthesise_chip(circuit.to_verilog(wide_adders=wide_adders), Path(place))
    return {"cells": chip.cells, "lut6": chip.lut6, "depth": chip.depth}


def place_network(folder: Path, device: str) -> dict[str, float]:
    """Place and route a cached network.

    Parameters
    ----------
    folder : Path
        Folder of the network.
    device : str
        One of :data:`~neuropil.logic.netlist.placement.DEVICES`.

    Returns
    -------
    dict of str to float
        ``clock`` [MHz], ``tables`` and ``available``.
    """
    circuit = Circuit.load(folder).simplify()
    with tempfile.TemporaryDirectory() as place:
        found = place_circuit(circuit, Path(place), device)
    return {"clock": found.clock, "tables": found.tables, "available": found.available}


def _chip(bench: Bench, recipe: str) -> dict[str, Any]:
    """Return accuracy [%] and cells of one network."""
    [fit] = train(bench, recipe, 1)
    chip = bench.do(f"chip-{recipe}", measure_chip, folder_of(bench, recipe, bench.seed.root))
    return {"gates": fit["gates"], "accuracy": 100 * fit["right"] / fit["n"], **chip}


def _curve(bench: Bench, wiring: str, sizes: Sequence[int]) -> list[dict[str, Any]]:
    chosen = sizes[:1] if bench.fast else sizes
    return [_chip(bench, size_recipe(wiring, size)) for size in chosen]


def _list(rows: Sequence[dict[str, Any]], key: str) -> str:
    return ", ".join(f"{row[key]:,}: {row['accuracy']:.2f}" for row in rows)


def _whole_chip(bench: Bench) -> Finding:
    """Count the tables of six inputs of the whole chip of 8,000 learned gates."""
    recipe = size_recipe("learned", LEARNED_SIZES[-1])
    chip = _chip(bench, recipe)
    folder = folder_of(bench, recipe, bench.seed.root)
    wide = bench.do(f"wide-chip-{recipe}", measure_wide_chip, folder)
    note = (
        f"All parts mapped as one, adders of six bits, {wide['depth']} tables on the longest path; "
        f"{chip['lut6']:,} and {chip['depth']} with adders of three bits, which need "
        f"{chip['cells']:,} two-input cells (parts mapped one by one), those of six "
        f"{wide['cells']:,}."
    )
    return Finding(wide["lut6"], note=note)


def _area(bench: Bench) -> Finding:
    """Compare tables of fixed with those of learned wiring where both are right equally often."""
    learned = _curve(bench, "learned", LEARNED_SIZES)
    fixed = _curve(bench, "fixed", FIXED_SIZES)
    largest = fixed[-1]
    # Between measured sizes accuracy is taken to grow evenly with the logarithm of the tables.
    tables = np.exp(
        np.interp(
            largest["accuracy"],
            [row["accuracy"] for row in learned],
            np.log([row["lut6"] for row in learned]),
        )
    )
    note = (
        f"At {largest['accuracy']:.2f} %, that of {largest['gates']:,} fixed gates. Tables of six "
        f"inputs of the whole chip: accuracy [%]; learned {_list(learned, 'lut6')}; fixed "
        f"{_list(fixed, 'lut6')}. One seed; interpolated between sizes."
    )
    return Finding(largest["lut6"] / float(tables), note=note)


def _clock(bench: Bench) -> Finding:
    """Place and route a learned circuit, with registers, on the largest device that can be had."""
    missing = ""
    # A fast check has one small network, which any device holds.
    for device, size in ((_PLACED[-1][0], _PLACED[0][1]),) if bench.fast else _PLACED:
        recipe = size_recipe("learned", size)
        train(bench, recipe, 1)
        folder = folder_of(bench, recipe, bench.seed.root)
        try:
            found = bench.do(f"placed-{recipe}-{device}", place_network, folder, device)
        except MissingDependencyError as error:
            missing = str(error)
            continue
        note = (
            f"{size:,} gates on {device}: {found['tables']:,.0f} of {found['available']:,.0f} "
            f"tables of four inputs, an image a cycle and so {found['clock']:.0f} million images/s "
            "inside; through the port of eight bits a cycle an image takes as many cycles as it "
            "has bytes of bits. nextpnr's model of the device, one placement."
        )
        return Finding(found["clock"], note=note)
    return Finding.not_run(missing)


def _rival(kind: str) -> Measure:
    """Compare a rival with learned gates on a chip of as many cells."""

    def measure(bench: Bench) -> Finding:
        config = settings_of(bench, size_recipe("learned", LEARNED_SIZES[-1]))
        learned = _curve(bench, "learned", LEARNED_SIZES)
        sizes = RIVALS[kind][:1] if bench.fast else RIVALS[kind]
        rows = [
            bench.do(f"rival-{kind}-{size}", fit_rival, kind, size, config, bench.seed.root)
            for size in sizes
        ]
        # The test images choose nothing: the rival is the one that is best on held-out images.
        room = [row for row in rows if row["cells"] <= learned[-1]["cells"]] or rows[:1]
        best = max(room, key=lambda row: row["held_out"])
        ours = np.interp(
            np.log(best["cells"]),
            np.log([row["cells"] for row in learned]),
            [row["accuracy"] for row in learned],
        )
        note = (
            f"{best['accuracy']:.2f} % with {best['cells']:,} cells against {ours:.2f} % "
            f"interpolated. Two-input cells of the whole chip: accuracy [%]; rival "
            f"{_list(rows, 'cells')}; learned gates {_list(learned, 'cells')}. One seed."
        )
        return Finding(float(ours) - best["accuracy"], note=note)

    return measure


# fmt: off
AREA_CLAIMS = (
    Claim("10-chip", "whole chip of 8,000 learned gates", "tables of six inputs", None,
          _whole_chip),
    Claim("10-area", "whole chip, fixed over learned wiring at equal accuracy", "x", None, _area),
    Claim("10-clock", "clock of the placed and routed chip", "MHz", None, _clock,
          "20 to 40 (second-hand)"),
    Claim("rivals-linear", "learned gates minus rounded logistic regression, equal cells",
          "points", None, _rival("linear")),
    Claim("rivals-perceptron", "learned gates minus a perceptron of bits, equal cells", "points",
          None, _rival("perceptron")),
    Claim("rivals-trees", "learned gates minus boosted trees, equal cells", "points", None,
          _rival("trees")),
)
# fmt: on
