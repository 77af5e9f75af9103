"""VOI and adapted Rand error of 512^3 voxels: neuropil against scikit-image."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from measuring import Benchmark, ProcessorTime, summarise, time_interleaved

_EDGE = 512
# Cells along an edge, for about as many bodies and segments in a voxel as FIB-25 and its watershed.
_BODIES, _SEGMENTS = 16, 29
_REPEATS = 3
_AGREE = 1e-9


def bend_lattice(cells: int, phase: float) -> Any:  # noqa: ANN401 - an array
    """Return labels of the cells of a bent lattice, (512, 512, 512), from 1."""
    import numpy as np

    axis = np.arange(_EDGE) / _EDGE
    # Each wall bends along the next axis, by up to half a cell.
    walls = axis[:, None] * cells + np.sin(2 * np.pi * (3 * axis[None, :] + phase)) / 2
    place = np.clip(np.floor(walls), 0, cells - 1).astype(np.uint32)
    along_z, along_y, along_x = place[:, :, None], place[None, :, :], place.T[:, None, :]
    return (along_z * np.uint32(cells) + along_y) * np.uint32(cells) + along_x + np.uint32(1)


class NeuropilSide:
    """One table, from which both scores come."""

    def __init__(self, truth: Any, segmentation: Any) -> None:  # noqa: ANN401 - arrays
        self._labels = truth, segmentation

    def run(self) -> tuple[float, ...]:
        """Return split, merge, error, precision and recall."""
        from neuropil.measures import (
            compute_adapted_rand,
            compute_variation_of_information,
            tabulate_overlaps,
        )

        overlaps = tabulate_overlaps(*self._labels)
        information, rand = (
            compute_variation_of_information(overlaps),
            compute_adapted_rand(overlaps),
        )
        return information.split, information.merge, rand.error, rand.precision, rand.recall


class ScikitImageSide:
    """Its two functions, each on the labels, or both on one table that is made first."""

    def __init__(self, truth: Any, segmentation: Any) -> None:  # noqa: ANN401 - arrays
        self._labels = truth, segmentation

    def run(self) -> tuple[float, ...]:
        """Return split, merge, error, and the two numbers that it calls recall and precision."""
        from skimage.metrics import adapted_rand_error, variation_of_information

        split, merge = variation_of_information(*self._labels)
        error, recall, precision = adapted_rand_error(*self._labels)
        return split, merge, error, precision, recall

    def run_on_table(self) -> tuple[float, ...]:
        """Return the same; the table is made once, as an expert would write it."""
        from skimage.metrics import (
            adapted_rand_error,
            contingency_table,
            variation_of_information,
        )

        table = contingency_table(*self._labels, sparse_type="array")
        error, recall, precision = adapted_rand_error(table=table)
        split, merge = variation_of_information(*self._labels, table=table / table.sum())
        return split, merge, error, precision, recall


def check_scores(ours: tuple[float, ...], *rivals: tuple[float, ...]) -> float:
    """Return the largest difference, and stop when it is no rounding."""
    largest = max(
        abs(mine - other) for rival in rivals for mine, other in zip(ours, rival, strict=True)
    )
    if largest > _AGREE:
        sys.exit(f"expected equal scores, found a difference of {largest:.3g}.")
    return largest


def measure(threads: int) -> dict[str, Any]:
    """Check and time both sides; the process is already confined to its cores."""
    del threads
    labels = bend_lattice(_BODIES, 0.0), bend_lattice(_SEGMENTS, 0.3)
    ours, rival = NeuropilSide(*labels), ScikitImageSide(*labels)
    largest = check_scores(ours.run(), rival.run(), rival.run_on_table())
    sides = {
        "neuropil": ProcessorTime(ours.run),
        "scikit_image": ProcessorTime(rival.run),
        "scikit_image_one_table": ProcessorTime(rival.run_on_table),
    }
    seconds = time_interleaved(sides, _REPEATS)
    processor = {name: round(1e3 * side.median(), 2) for name, side in sides.items()}
    return {
        "voxels": _EDGE**3,
        "largest_difference": largest,
        "processor_ms": processor,
        "processor_ratio": round(processor["scikit_image"] / processor["neuropil"], 2),
        **summarise(seconds, "neuropil", "scikit_image"),
    }


if __name__ == "__main__":
    Benchmark(
        f"VOI and adapted Rand error of {_EDGE}^3 voxels",
        Path(__file__),
        ("neuropil", "scikit_image", "scikit_image_one_table"),
        ("neuropil", "numpy", "scipy", "scikit-image"),
        measure,
    ).run(sys.argv[1:])
