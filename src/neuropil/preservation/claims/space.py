"""Claims about the space between cells: what was opened is read back."""

from __future__ import annotations

from typing import Any

import numpy as np

from neuropil import datasets
from neuropil.connectome import Volume
from neuropil.contracts import Claim, Finding, SeedTree
from neuropil.measures import find_statistic
from neuropil.preservation.axes.space import measure_space
from neuropil.preservation.claims.bench import Bench, Measure
from neuropil.preservation.claims.detector_pieces import SERIAL
from neuropil.preservation.claims.loss_pieces import Data
from neuropil.preservation.config import REAL, SYNTHETIC
from neuropil.preservation.damage.spaces import OpenedSpace
from neuropil.preservation.detector.shipped import load_shipped

__all__ = ["SPACE_CLAIMS", "read_space"]

_SECTIONS: dict[Data, range] = {"block": range(130, 250, 12), "serial": range(15, 30, 3)}
_NAMES: dict[Data, str] = {"block": REAL, "serial": SERIAL}
_SHARES = (0.0, 0.05, 0.1, 0.2)


def read_space(data: Data, seed: int, fast: bool) -> list[dict[str, float]]:
    """Open clefts in unseen sections by known shares, and read them.

    Returns
    -------
    list of dict
        ``place``, ``asked``, ``opened`` and ``read``, one row for each section and share.
    """
    volume = datasets.load(SYNTHETIC if fast else _NAMES[data], kind=Volume)
    tree = SeedTree(seed).child("space").child(data)
    rows = []
    for place in range(40, 42) if fast else _SECTIONS[data]:
        alone = volume.crop((slice(place, place + 1), slice(None), slice(None)))
        for share in _SHARES:
            made = OpenedSpace(share).apply(alone, tree.child(f"{place} {share:g}"))
            found = measure_space(made.volume, load_shipped().predict(made.volume))
            row = {"place": float(place), "asked": share, "opened": float(made.mask.mean())}
            rows.append({**row, "read": found.fractions[0]})
    return rows


def _error(data: Data) -> Measure:
    def find(bench: Bench) -> Finding:
        rows = bench.do(f"space-{data}", read_space, data, bench.seed.root, bench.fast)
        places = sorted({row["place"] for row in rows})
        errors = [
            100 * float(np.mean([abs(r["read"] - r["opened"]) for r in rows if r["place"] == one]))
            for one in places
        ]
        means = []
        for share in _SHARES:
            mine = [row for row in rows if row["asked"] == share]
            opened, read = (
                100 * np.mean([row[name] for row in mine]) for name in ("opened", "read")
            )
            means.append(f"{opened:.1f} %: {read:.1f} %")
        more: dict[str, Any] = {
            "note": f"Opened, and read on average: {'; '.join(means)}.",
            "data": "" if bench.fast else _NAMES[data],
        }
        seed = bench.seed.child("space")
        return find_statistic(errors, seed, np.mean, over="sections", **more)

    return find


# fmt: off
SPACE_CLAIMS = (
    Claim("ecs-block", "error of the share of space between cells, opened by known shares, unseen "
          "part of the block", "points", None, _error("block")),
    Claim("ecs-serial", "the same, serial sections of another microscope, scale of the block",
          "points", None, _error("serial")),
)
# fmt: on
"""Claims about the space between cells."""
