"""Accuracy against the cells of a whole chip: learned and fixed wiring, and rivals.

Nothing is measured here: it reads what ``neuropil reproduce logic`` measured for its rows
``10-area`` and ``rivals-...`` from the folder ``work`` of a reproduction, and draws it.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_LOOKS = {
    "learned": ("gates, learned wiring", "#1f6f8b", "o"),
    "fixed": ("gates, fixed wiring", "#7fb3c8", "s"),
    "linear": ("logistic regression, rounded", "#c0562f", "^"),
    "perceptron": ("perceptron of bits", "#8a6d1d", "D"),
    "trees": ("boosted trees", "#4d7a3a", "v"),
}


def read_points(work: Path) -> Iterator[dict[str, Any]]:
    """Yield kind, size, accuracy [%] and cells of what lies in a folder of cached pieces."""
    from neuropil.logic.claims.pieces import FIXED_SIZES, LEARNED_SIZES, size_recipe
    from neuropil.logic.claims.rivals import RIVALS

    for wiring, sizes in (("learned", LEARNED_SIZES), ("fixed", FIXED_SIZES)):
        for size in sizes:
            recipe = size_recipe(wiring, size)
            [trained, *_] = sorted(work.glob(f"{recipe}-[0-9].json")) or [None]
            chip = work / f"chip-{recipe}.json"
            if trained is not None and chip.exists():
                fit = json.loads(trained.read_text(encoding="utf-8"))
                accuracy = 100 * fit["right"] / fit["n"]
                cells = json.loads(chip.read_text(encoding="utf-8"))
                yield {"kind": wiring, "size": size, "accuracy": accuracy, **cells}
    for kind, sizes in RIVALS.items():
        for size in sizes:
            path = work / f"rival-{kind}-{size}.json"
            if path.exists():
                found = json.loads(path.read_text(encoding="utf-8"))
                yield {"kind": kind, "size": size, **found}


def draw(points: list[dict[str, Any]], path: Path) -> None:
    """Draw accuracy against two-input cells, on a logarithmic axis."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 3.8), layout="constrained")
    axes = figure.subplots()
    for kind, (label, colour, marker) in _LOOKS.items():
        shown = sorted((p["cells"], p["accuracy"]) for p in points if p["kind"] == kind)
        if shown:
            axes.plot(*zip(*shown, strict=True), marker=marker, color=colour, label=label)
    axes.set(xscale="log", xlabel="two-input cells of the whole chip", ylabel="MNIST accuracy [%]")
    axes.legend(frameon=False, fontsize=8)
    figure.savefig(path)


def main() -> None:
    """Write the record, draw it, and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("work", type=Path, help="folder `work` of a reproduction")
    parser.add_argument("target", type=Path, help="record to write, in JSON; a figure goes beside")
    options = parser.parse_args()
    points = list(read_points(options.work))
    if not points:
        sys.exit(f"expected pieces of a reproduction in {options.work}, found none.")
    record = {"benchmark": Path(__file__).stem, "points": points}
    options.target.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    draw(points, options.target.with_suffix(".svg"))
    for point in points:
        name, sizes = (
            f"{point['kind']:<11} {point['size']:>6}",
            f"{point['lut6']:>7,} tables of six",
        )
        sys.stdout.write(f"{name} {point['accuracy']:6.2f} % {point['cells']:>8,} cells {sizes}\n")


if __name__ == "__main__":
    main()
