"""Skeletons of neurons: five of the hemibrain, and generated ones that stand in for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl

from neuropil import formats
from neuropil.connectome import Skeleton
from neuropil.contracts import SeedTree, Source
from neuropil.datasets.facts import require_facts

__all__ = ["convert_grown", "convert_hemibrain", "grow_skeleton"]

# The files are in voxels of 8 nm, and do not say so.
_VOXEL = 8.0
_MEASURES = ("x", "y", "z", "radius")
# Five neurons, of which one came in two pieces.
_ROOTS, _POINTS = 6, 23_221
_NOTE = (
    "Five neurons in one skeleton, each a tree of its own (the fifth in two pieces); coordinates "
    "and radii were multiplied by the voxel size of 8 nm, and ids count on from file to file."
)

# As long as the neurons that they stand in for, about 2 mm, with a quarter of their tips.
_TREES, _BRANCHES, _STEPS, _STEP = 5, 150, 28, 500.0


def convert_hemibrain(files: Mapping[str, Path], source: Source) -> Skeleton:
    """Read five proofread antennal-lobe projection neurons.

    Parameters
    ----------
    files : mapping of str to Path
        One SWC file for each neuron, compressed.
    source : Source
        Their origin.

    Returns
    -------
    Skeleton
        All five [nm].

    Raises
    ------
    IntegrityError
        When the number of points or of trees is not that of the files that were published.
    """
    read = [formats.read(path, kind=Skeleton, unit="nm") for path in files.values()]
    points = _join([skeleton.points for skeleton in read])
    points = points.with_columns(pl.col(name) * _VOXEL for name in _MEASURES)
    facts = {
        f"{_POINTS:,} points": points.height == _POINTS,
        f"{_ROOTS} trees": points["parent"].null_count() == _ROOTS,
    }
    require_facts(facts, source.name)
    return Skeleton(points, "nm", replace(source, notes=(*source.notes, _NOTE)))


def convert_grown(files: Mapping[str, Path], source: Source) -> Skeleton:
    """Generate five branching neurons with seed 0.

    Parameters
    ----------
    files : mapping of str to Path
        None is needed.
    source : Source
        Their origin.

    Returns
    -------
    Skeleton
        All five [nm].
    """
    del files
    seed = SeedTree(0)
    grown = [grow_skeleton(seed.child(index), source).points for index in range(_TREES)]
    return Skeleton(_join(grown), "nm", source)


def grow_skeleton(
    seed: SeedTree, source: Source | None = None, branches: int = _BRANCHES
) -> Skeleton:
    """Grow a neuron: branches that begin at random points of those before, and wander.

    Parameters
    ----------
    seed : SeedTree
        Of places and directions.
    source : Source, optional
        Its origin; that it was generated, when not given.
    branches : int
        Unbranched stretches, the first from the root.

    Returns
    -------
    Skeleton
        One tree [nm].
    """
    rng = seed.generator()
    places, parents = [np.zeros(3)], [-1]
    for _ in range(branches):
        # Late points are chosen more often than early ones, so that a trunk stays a trunk.
        at = int(len(places) * np.sqrt(rng.random()))
        way = rng.standard_normal(3)
        for _ in range(int(rng.geometric(1 / _STEPS))):
            # Directions persist over a few steps, as those of neurites do.
            way = way / np.linalg.norm(way) + 0.3 * rng.standard_normal(3)
            places.append(places[at] + _STEP * way / np.linalg.norm(way))
            parents.append(at)
            at = len(places) - 1
    n = len(places)
    points = pl.DataFrame(np.stack(places), schema=["x", "y", "z"]).with_columns(
        pl.Series("id", np.arange(1, n + 1)),
        pl.lit(0).alias("structure"),
        pl.lit(50.0).alias("radius"),
        pl.Series("parent", [None if parent < 0 else parent + 1 for parent in parents]),
    )
    return Skeleton(points, "nm", source or Source(name="generated neuron", synthetic=True))


def _join(tables: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Put tables of points below each other; ids count on from table to table."""
    joined, last = [], 0
    for table in tables:
        joined.append(table.with_columns(pl.col("id") + last, pl.col("parent") + last))
        last += int(joined[-1]["id"].to_numpy().max()) - last
    return pl.concat(joined)
