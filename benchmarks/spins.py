"""Spins of 400 parcels with the reassignment of Vasa: neuropil against neuromaps."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from measuring import Benchmark, summarise, time_interleaved

_PARCELS = 200  # of each hemisphere
_SPINS = 10_000
_RIVAL_SPINS = 100
_REPEATS = 3


def build_points() -> tuple[Any, Any]:
    """Return unit vectors of 400 parcels, the right hemisphere last, and the hemisphere of each."""
    import numpy as np

    index = np.arange(_PARCELS) + 0.5
    height, turn = 1 - 2 * index / _PARCELS, np.pi * (1 + 5**0.5) * index
    ring = np.sqrt(1 - height**2)
    half = np.column_stack([ring * np.cos(turn), ring * np.sin(turn), height])
    points = np.concatenate([half * [-1, 1, 1], half])
    return points, np.repeat([0, 1], _PARCELS)


class NeuropilSide:
    """All spins in one call."""

    def __init__(self, points: Any, hemisphere: Any) -> None:  # noqa: ANN401 - arrays
        import numpy as np

        from neuropil.measures import SpinNull, build_spin_groups

        sides = np.where(hemisphere == 0, "L", "R")
        groups = build_spin_groups(points, sides, np.ones(len(points), dtype=bool), points)
        self._null = SpinNull(groups, len(points), points="sphere")

    def run(self) -> Any:  # noqa: ANN401 - an array
        """Return the permutations, (spins, parcels)."""
        import numpy as np

        return self._null.draw(_SPINS, np.random.default_rng(0)).permutations


class NeuromapsSide:
    """``gen_spinsamples`` as its documentation calls it."""

    def __init__(self, points: Any, hemisphere: Any) -> None:  # noqa: ANN401 - arrays
        self._points, self._hemisphere = points, hemisphere

    def run(self) -> Any:  # noqa: ANN401 - an array
        """Return the permutations of fewer spins, (parcels, spins)."""
        from neuromaps.nulls.spins import gen_spinsamples

        return gen_spinsamples(
            self._points,
            self._hemisphere,
            n_rotate=_RIVAL_SPINS,
            method="vasa",
            check_duplicates=False,
            seed=0,
        )


def check_permutations(ours: Any, rival: Any) -> None:  # noqa: ANN401 - arrays
    """Stop when a side returns anything but permutations within hemispheres.

    The two draw their rotations differently, so that single spins cannot be compared.
    """
    import numpy as np

    for name, spins in (("neuropil", ours), ("neuromaps", rival.T)):
        halves = np.sort(spins[:, :_PARCELS], axis=1), np.sort(spins[:, _PARCELS:], axis=1)
        expected = np.arange(_PARCELS), np.arange(_PARCELS) + _PARCELS
        if not all((half == right).all() for half, right in zip(halves, expected, strict=True)):
            sys.exit(f"{name}: expected permutations within hemispheres.")


def measure(threads: int) -> dict[str, Any]:
    """Check and time both sides; the process is already confined to its cores."""
    del threads
    points, hemisphere = build_points()
    ours, rival = NeuropilSide(points, hemisphere), NeuromapsSide(points, hemisphere)
    check_permutations(ours.run(), rival.run())
    seconds = time_interleaved({"neuropil": ours.run, "neuromaps": rival.run}, _REPEATS)
    seconds["neuromaps"] = [x * _SPINS / _RIVAL_SPINS for x in seconds["neuromaps"]]
    return {
        "spins": _SPINS,
        "neuromaps_spins_timed": _RIVAL_SPINS,
        **summarise(seconds, "neuropil", "neuromaps"),
    }


if __name__ == "__main__":
    Benchmark(
        f"{_SPINS} Vasa spins of {2 * _PARCELS} parcels (neuromaps: {_RIVAL_SPINS}, scaled)",
        Path(__file__),
        ("neuropil", "neuromaps"),
        ("neuropil", "numpy", "neuromaps"),
        measure,
    ).run(sys.argv[1:])
