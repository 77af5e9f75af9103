"""Training, validation and test parts that lie apart in space and share no object."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import numpy as np

from neuropil.contracts import InputError, SeedTree
from neuropil.proofreading.tasks.items import Item, Part

__all__ = ["Side", "assign_parts", "cut_into_cubes", "cut_into_halves"]

Place = tuple[float, float, float]
Side = Callable[[Place], Part | None]
"""Tells the part of a place along z, y and x [nm]; None within the margin of a border."""

_AXES = {"z": 0, "y": 1, "x": 2}


def cut_into_halves(
    border: float, margin: float, axis: str = "z", *, test_is_high: bool = True
) -> Side:
    """Cut a volume in two: one side trains and the other tests.

    Parameters
    ----------
    border : float
        Where the cut lies [nm].
    margin : float
        Places nearer to the cut than this belong to neither part [nm].
    axis : {"z", "y", "x"}
        Axis that is cut.
    test_is_high : bool
        Whether the test side is the one with larger places.

    Returns
    -------
    callable
        The part of a place.

    Examples
    --------
    >>> side = cut_into_halves(border=1000, margin=100)
    >>> side((500, 0, 0)), side((950, 0, 0)), side((1200, 0, 0))
    ('train', None, 'test')
    """
    index = _AXES[axis]

    def side(place: Place) -> Part | None:
        beyond = place[index] - border
        if abs(beyond) < margin:
            return None
        return "test" if (beyond > 0) == test_is_high else "train"

    return side


def cut_into_cubes(
    edge: float, margin: float, seed: SeedTree, shares: tuple[float, float, float] = (0.8, 0.1, 0.1)
) -> Side:
    """Cut a volume into cubes, each of which trains, validates or tests.

    Parameters
    ----------
    edge : float
        Edge of a cube [nm].
    margin : float
        Places nearer to a side of their cube than this belong to no part [nm].
    seed : SeedTree
        Which cube has which part; a cube has the same part whatever else is asked.
    shares : tuple of float
        Shares of training, validation and test.

    Returns
    -------
    callable
        The part of a place.
    """
    root = seed.child("cubes").integer()
    limits = np.cumsum(shares) / sum(shares)
    parts: tuple[Part, Part, Part] = ("train", "validation", "test")

    def side(place: Place) -> Part | None:
        cube = [int(along // edge) for along in place]
        within = [along - index * edge for along, index in zip(place, cube, strict=True)]
        if min(min(along, edge - along) for along in within) < margin:
            return None
        # Of a hash, since a generator would have to draw all the cubes before this one.
        digest = hashlib.sha256(f"{root}/{cube}".encode()).digest()
        drawn = int.from_bytes(digest[:8], "little") / 2**64
        return parts[int(np.searchsorted(limits, drawn, side="right"))]

    return side


def assign_parts(items: Iterable[Item], side: Side) -> list[Item]:
    """Give each item to the part in which it lies, so that parts share no object.

    Items within a margin are dropped. So are training items that show an object of a validation or
    test item, and validation items that show one of a test item: large objects cross every border,
    and one that was learned by heart is no test.

    Parameters
    ----------
    items : iterable of Item
        The items.
    side : callable
        The part of a place, as :func:`cut_into_halves` and :func:`cut_into_cubes` make it.

    Returns
    -------
    list of Item
        Those that are left, in the order given, each with its part.

    Raises
    ------
    InputError
        When no item is left for training or for test.
    """
    placed = [replace(item, part=part) for item in items if (part := _place(item, side))]
    seen: set[tuple[str, int]] = set()
    kept: set[int] = set()
    for part in ("test", "validation", "train"):
        rows = [k for k, item in enumerate(placed) if item.part == part]
        rows = [k for k in rows if not seen & _labels(placed[k])]
        kept.update(rows)
        seen.update(*(_labels(placed[k]) for k in rows))
    left = [item for k, item in enumerate(placed) if k in kept]
    _check(left, len(placed))
    return left


def _place(item: Item, side: Side) -> Part | None:
    """Find the part of an item; None where its objects are shown in different parts."""
    places = {piece.center or item.center for piece in item.shown}
    parts = {side(place) for place in places}
    return parts.pop() if len(parts) == 1 else None


def _labels(item: Item) -> set[tuple[str, int]]:
    # Numbers of two sources have nothing to do with each other.
    return {(item.origin, label) for piece in item.shown for label in piece.labels}


def _check(items: Sequence[Item], n: int) -> None:
    for part in ("train", "test"):
        if not any(item.part == part for item in items):
            raise InputError(
                f"expected items of every part, found none to {part} of {n} that lie in one",
                where="assign_parts",
                repair="Use more items, a smaller margin, or another border.",
            )
