"""Candidate sources of slots: drawn among all sources, or among those near a place of the image."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from neuropil.contracts import ConfigError

__all__ = ["ROWS", "Sources", "draw_candidates", "draw_distinct", "draw_near"]

Ints = npt.NDArray[np.int32]

ROWS = 512
"""Rows whose candidates are drawn at a time, which bounds the memory and changes no draw."""

# Below this share of the numbers, drawing again what was drawn twice is faster than sorting keys.
_FEW = 0.1


class Sources(NamedTuple):
    """What a layer may read, and where in the image it lies.

    Parameters
    ----------
    numbers : (m,) int32 array
        The sources.
    places : (m, 2) int array or None
        Row and column of each [pixel]; None where the inputs are no images.
    size : (int, int)
        Height and width of the image [pixel].
    """

    numbers: Ints
    places: npt.NDArray[np.int64] | None = None
    size: tuple[int, int] = (0, 0)


def draw_distinct(rows: int, count: int, n: int, rng: np.random.Generator) -> Ints:
    """Draw distinct numbers below n in every row, each choice as likely as any other.

    Parameters
    ----------
    rows, count : int
        Shape of the result; ``count`` is below n.
    n : int
        Numbers to choose from.
    rng : np.random.Generator
        Source of the draws.

    Returns
    -------
    (rows, count) int32 array
        Distinct numbers in every row.
    """
    if count > _FEW * n:
        chosen = np.empty((rows, count), np.int32)
        for at in range(0, rows, ROWS):
            keys = rng.random((min(ROWS, rows - at), n))
            chosen[at : at + ROWS] = np.argpartition(keys, count - 1, axis=1)[:, :count]
        return chosen
    chosen = rng.integers(0, n, (rows, count), np.int32)
    open_rows = np.arange(rows)
    while open_rows.size:
        chosen[open_rows] = np.sort(chosen[open_rows], axis=1)
        again = np.zeros((open_rows.size, count), bool)
        again[:, 1:] = chosen[open_rows, 1:] == chosen[open_rows, :-1]
        open_rows, again = open_rows[again.any(axis=1)], again[again.any(axis=1)]
        part = chosen[open_rows]
        part[again] = rng.integers(0, n, int(again.sum()), np.int32)
        chosen[open_rows] = part
    return chosen


def draw_candidates(slots: int, k: int, sources: Ints, rng: np.random.Generator) -> Ints:
    """Draw the candidates of slots among all sources.

    Parameters
    ----------
    slots : int
        Number of slots.
    k : int
        Candidates of each; 1 for fixed wires, which use every source equally often, and 0, or more
        than there are, for all sources.
    sources : (m,) int32 array
        Sources.
    rng : np.random.Generator
        Source of the draws.

    Returns
    -------
    (slots, k) int32 array
        Distinct sources in every row.
    """
    if k == 0 or k >= sources.size:
        return np.tile(sources, (slots, 1))
    if k == 1:
        order = rng.permutation(slots) % sources.size
        return rng.permutation(sources)[order][:, None].astype(np.int32)
    return sources[draw_distinct(slots, k, sources.size, rng)].astype(np.int32)


def draw_near(
    shape: tuple[int, int], k: int, reach: int, sources: Sources, rng: np.random.Generator
) -> tuple[Ints, npt.NDArray[np.int64]]:
    """Draw the candidates of gates, each from a square at a random place of the image.

    Parameters
    ----------
    shape : (int, int)
        Runs of gates, and gates of each; both slots of a gate read the same square. The gates of a
        run go through the image from its top to its bottom, so that what one reads is still in
        the cache for the next.
    k : int
        Candidates of each slot.
    reach : int
        Side of the square [pixel].
    sources : Sources
        With places.
    rng : np.random.Generator
        Source of the draws.

    Returns
    -------
    index : (2 runs gates, k) int32 array
        Distinct sources in every row.
    places : (runs gates, 2) int array
        Row and column of the middle of each gate's square [pixel].

    Raises
    ------
    ConfigError
        When there are no images, or no square holds as many sources.
    """
    if sources.places is None:
        raise _cannot(
            "expected sources with places, found rows of features or a layer before without squares"
        )
    corners = _usable_corners(k, reach, sources)
    chosen = np.sort(rng.integers(0, len(corners), shape), axis=1).ravel()
    index = np.empty((chosen.size, 2, k), np.int32)
    for square in np.unique(chosen):
        members = np.flatnonzero(chosen == square)
        held = sources.numbers[_inside(sources.places, corners[square], reach)]
        index[members] = held[draw_distinct(2 * members.size, k, held.size, rng)].reshape(-1, 2, k)
    return index.reshape(-1, k), corners[chosen] + reach // 2


def _usable_corners(k: int, reach: int, sources: Sources) -> npt.NDArray[np.int64]:
    """Return (squares, 2) upper left corners of the squares with more than k sources."""
    assert sources.places is not None
    height, width = sources.size
    counts = np.zeros((height + 1, width + 1), np.int64)
    np.add.at(counts, (sources.places[:, 0] + 1, sources.places[:, 1] + 1), 1)
    counts = counts.cumsum(axis=0).cumsum(axis=1)
    down, across = max(1, height - reach + 1), max(1, width - reach + 1)
    y, x = min(reach, height), min(reach, width)
    inside = counts[y:, x:] - counts[:down, x:] - counts[y:, :across] + counts[:down, :across]
    corners = np.argwhere(inside > k)
    if not corners.size:
        raise _cannot(
            f"expected squares of {reach} pixels with more than {k} sources, found at most "
            f"{int(inside.max())} in one"
        )
    return corners


def _inside(
    places: npt.NDArray[np.int64], corner: npt.NDArray[np.int64], reach: int
) -> npt.NDArray[np.bool_]:
    inside = (places >= corner) & (places < corner + reach)
    return inside[:, 0] & inside[:, 1]


def _cannot(found: str) -> ConfigError:
    return ConfigError(
        found, where="wiring", repair="Take topk:K, fewer candidates, or a larger square."
    )
