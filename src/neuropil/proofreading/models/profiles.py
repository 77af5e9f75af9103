"""Profiles: the connected cross sections of objects in single sections, linked along z."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

__all__ = ["Profiles"]

Integers = npt.NDArray[np.integer[Any]]
Floats = npt.NDArray[np.float64]

# Sections that are worked on at once: some 20 MB of intermediate arrays at 256 x 256 pixels.
_SECTIONS_AT_ONCE = 16


@dataclass(frozen=True, eq=False)
class Profiles:
    """The profiles of a stack of sections, in one row each.

    A profile is a connected part of one label in one section, over the four nearest pixels. Two
    profiles of adjacent sections are linked where they have the same label and each shares more
    pixels with the other than with any other profile of that label.

    Parameters
    ----------
    numbers : (nz, ny, nx) int32 array
        Row of the profile of each pixel; -1 in the background.
    start : (nz + 1,) array
        First row of each section, as rows are in the order of sections.
    section : (n,) array
        Section of each profile, counted from the first of the stack.
    label : (n,) array
        Its label.
    area : (n,) array
        Its pixels.
    centroid : (n, 2) array
        Its middle, y and x [pixels].
    spread : (n, 2, 2) array
        Covariance of its pixels [square pixels].
    below, above : (n,) array
        Row of the linked profile of the section before and after; -1 where there is none.
    """

    numbers: npt.NDArray[np.int32]
    start: Integers
    section: Integers
    label: Integers
    area: Integers
    centroid: Floats
    spread: Floats
    below: Integers
    above: Integers

    @classmethod
    def from_labels(cls, labels: Integers) -> Self:
        """Find the profiles of a stack of labels.

        Parameters
        ----------
        labels : (nz, ny, nx) integer array
            Label of each voxel; 0 is background.

        Returns
        -------
        Profiles
            In the order of sections, and within one in the order of their first pixels.
        """
        numbers = np.empty(labels.shape, np.int32)
        counts = np.empty(len(labels), np.int64)
        done = 0
        for at in range(0, len(labels), _SECTIONS_AT_ONCE):
            part = slice(at, at + _SECTIONS_AT_ONCE)
            numbers[part], counts[part] = _number(labels[part])
            numbers[part][numbers[part] >= 0] += done
            done += int(counts[part].sum())
        start = np.concatenate([[0], np.cumsum(counts)])
        section = np.repeat(np.arange(len(labels)), counts)
        label, area, centroid, spread = _measure(labels, numbers, start)
        below, above = _link(numbers, label)
        return cls(numbers, start, section, label, area, centroid, spread, below, above)

    def rows(self, section: int) -> Integers:
        """Return the rows of the profiles of one section."""
        return np.arange(self.start[section], self.start[section + 1])

    def follow(self, rows: Integers, steps: int, *, upwards: bool) -> Integers:
        """Follow links from some profiles.

        Parameters
        ----------
        rows : (n,) array
            Where to begin.
        steps : int
            Number of sections to go.
        upwards : bool
            Whether to go to higher sections.

        Returns
        -------
        (n, steps + 1) array
            Rows of the profiles that are met, the first among them; -1 beyond the last link.
        """
        link = self.above if upwards else self.below
        path = np.full((len(rows), steps + 1), -1, np.int64)
        path[:, 0] = rows
        for step in range(1, steps + 1):
            going = path[:, step - 1] >= 0
            path[going, step] = link[path[going, step - 1]]
        return path


def _number(labels: Integers) -> tuple[npt.NDArray[np.int32], Integers]:
    """Give each profile of some sections a number, through runs of equal pixels within rows."""
    begins = np.ones(labels.shape, bool)
    begins[:, :, 1:] = labels[:, :, 1:] != labels[:, :, :-1]
    run = (np.cumsum(begins.ravel()) - 1).reshape(labels.shape)
    touching = labels[:, 1:] == labels[:, :-1]
    # Once for each pair of runs that begin to touch, and not once a pixel.
    touching &= begins[:, 1:] | begins[:, :-1] | ~_shifted(touching)
    low, high = run[:, :-1][touching], run[:, 1:][touching]
    n = int(run[-1, -1, -1]) + 1
    edges = coo_array((np.ones(len(low), bool), (low, high)), shape=(n, n))
    _, part = connected_components(edges, directed=False)
    values = labels[begins]
    background = values == 0
    # Renumbered by the first run, without the background.
    _, first, part = np.unique(part, return_index=True, return_inverse=True)
    foreground = ~background[first]
    order = np.empty(len(first), np.int64)
    by_place = np.argsort(first)
    order[by_place] = np.cumsum(foreground[by_place]) - 1
    order[~foreground] = -1
    section_of_run = np.repeat(np.arange(len(labels)), begins.sum(axis=(1, 2)))
    counts = np.bincount(section_of_run[first[foreground]], minlength=len(labels))
    return order[part].astype(np.int32)[run], counts


def _shifted(touching: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    before = np.zeros_like(touching)
    before[:, :, 1:] = touching[:, :, :-1]
    return before


def _measure(
    labels: Integers, numbers: npt.NDArray[np.int32], start: Integers
) -> tuple[Integers, Integers, Floats, Floats]:
    """Sum up the pixels of each profile, section by section."""
    n = int(start[-1])
    label, area = np.zeros(n, np.int64), np.zeros(n, np.int64)
    centroid, spread = np.zeros((n, 2)), np.zeros((n, 2, 2))
    y, x = (axis.ravel().astype(float) for axis in np.indices(labels.shape[1:]))
    for z, (low, high) in enumerate(pairwise(start)):
        inside = numbers[z].ravel() >= 0
        own = numbers[z].ravel()[inside] - low
        one_y, one_x = y[inside], x[inside]

        def mean(weights: Floats, own: Integers = own, count: int = high - low) -> Floats:
            return np.bincount(own, weights, count) / np.bincount(own, minlength=count)

        label[low + own] = labels[z].ravel()[inside]
        area[low:high] = np.bincount(own, minlength=high - low)
        centroid[low:high] = np.stack([mean(one_y), mean(one_x)], axis=1)
        from_y, from_x = (one_y, one_x) - centroid[low:high][own].T
        # A pixel is an area of its own, whose variance along each axis is 1/12.
        spread[low:high, 0, 0] = mean(from_y * from_y) + 1 / 12
        spread[low:high, 1, 1] = mean(from_x * from_x) + 1 / 12
        spread[low:high, 0, 1] = spread[low:high, 1, 0] = mean(from_y * from_x)
    return label, area, centroid, spread


def _link(numbers: npt.NDArray[np.int32], label: Integers) -> tuple[Integers, Integers]:
    """Link profiles of one label that share most pixels, mutually."""
    below, above = np.full(len(label), -1), np.full(len(label), -1)
    for pairs in _shared_pixels(numbers):
        low, high, shared = pairs[:, label[pairs[0]] == label[pairs[1]]]
        best_low, best_high = _best(low, shared), _best(high, shared)
        mutual = best_low & best_high
        above[low[mutual]] = high[mutual]
        below[high[mutual]] = low[mutual]
    return below, above


def _shared_pixels(numbers: npt.NDArray[np.int32]) -> Iterator[Integers]:
    """Yield pairs of profiles of adjacent sections, with the pixels that they have in common."""
    base = int(numbers.max(initial=-1)) + 1
    for first, second in pairwise(numbers):
        both = (first >= 0) & (second >= 0)
        codes, shared = np.unique(
            first[both].astype(np.int64) * base + second[both], return_counts=True
        )
        yield np.stack([codes // base, codes % base, shared])


def _best(group: Integers, score: Integers) -> npt.NDArray[np.bool_]:
    """Mark the entry of the highest score in each group; the first of equal ones."""
    order = np.lexsort((np.arange(len(group)), -score, group))
    first = np.ones(len(group), bool)
    first[1:] = group[order][1:] != group[order][:-1]
    best = np.zeros(len(group), bool)
    best[order[first]] = True
    return best
