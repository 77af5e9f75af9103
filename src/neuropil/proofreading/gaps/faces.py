"""The two faces of a gap: profiles, and how they have moved and grown on the way there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from neuropil.proofreading.gaps.profiles import Profiles

__all__ = ["HISTORY", "SCALES", "Face", "spread_over_neighbours"]

Integers = npt.NDArray[np.integer[Any]]
Floats = npt.NDArray[np.float64]

# As many as the deepest gap that is asked about lacks (GapPlan.sections).
HISTORY = 16
"""Sections that are read on either side of a gap."""

# Doubled up to the whole history: short ones follow bends, and long ones average noise.
SCALES = (2, 4, 8, 16)
"""Numbers of sections over which motion is measured."""

# Width of the neighbourhood that moves together [nm]; neurites beside each other share the tilt of
# the tissue and the shifts of sections.
_NEIGHBOURHOOD = 500.0
# Column of the history that has a direction.
_TREND = 3


@dataclass(frozen=True, eq=False)
class Face:
    """The profiles of one section at a gap, with their history on their own side of it.

    Lengths are in nanometres. Motion is the change of place along y and x for each nanometre
    towards higher sections, on both sides of the gap.

    Parameters
    ----------
    numbers : (ny, nx) integer array
        Profile of each pixel, from 0; -1 in the background.
    label : (n,) array
        Label of each profile.
    place : (n, 2) array
        Its middle, y and x.
    area : (n,) array
        Its area [square nm].
    spread : (n, 2, 2) array
        Covariance of its pixels [square nm].
    motion : (n_scales, n, 2) array
        Motion over the last 2, 4, 8 and 16 sections; of the whole history where that is shorter,
        and that of the neighbours where there is none.
    around : (n, 2) array
        Motion of the neighbours, over 8 sections.
    history : (n, n_kinds) array
        Sections of history; mean, deviation and trend of the logarithm of area; mean of the
        logarithm of the ratio of axes.
    whole : (n, 2) array
        Logarithm of the volume of the label within the history [voxels], and the number of its
        profiles on the face.
    pixel : tuple of float
        Edges of a pixel along y and x.
    """

    numbers: Integers
    label: Integers
    place: Floats
    area: Floats
    spread: Floats
    motion: Floats
    around: Floats
    history: Floats
    whole: Floats
    pixel: tuple[float, float]

    @classmethod
    def read(
        cls,
        profiles: Profiles,
        section: int,
        voxel_size: tuple[float, float, float],
        *,
        upwards: bool,
    ) -> Self:
        """Read a face, and up to sixteen sections behind it.

        Parameters
        ----------
        profiles : Profiles
            Of the stack.
        section : int
            Which section is the face.
        voxel_size : tuple of float
            Edges of a voxel along z, y and x [nm].
        upwards : bool
            Whether its side of the gap lies towards higher sections.

        Returns
        -------
        Face
            Its profiles in the order of their rows.
        """
        dz, *pixel = voxel_size
        size = np.array(pixel)
        rows = profiles.rows(section)
        path = profiles.follow(rows, HISTORY, upwards=upwards)
        step = dz if upwards else -dz
        place = (profiles.centroid + 0.5) * size
        spread = profiles.spread * np.outer(size, size)
        motion, known = _measure_motion(place[path], path >= 0, step)
        around = spread_over_neighbours(place[rows], place[rows], motion[2], known.astype(float))
        motion = np.where(known[:, None], motion, around)
        last = section + HISTORY * (1 if upwards else -1)
        behind = range(
            max(0, min(section, last)), min(len(profiles.start) - 1, max(section, last) + 1)
        )
        return cls(
            numbers=profiles.numbers[section]
            - np.where(profiles.numbers[section] < 0, 0, rows[0] if len(rows) else 0),
            label=profiles.label[rows],
            place=place[rows],
            area=profiles.area[rows] * size.prod(),
            spread=spread[rows],
            motion=motion,
            around=around,
            history=_summarise_history(profiles, path, step),
            whole=_weigh_labels(profiles, rows, behind),
            pixel=(float(size[0]), float(size[1])),
        )

    def mirrored(self) -> Face:
        """Return the face of a stack whose sections are counted the other way."""
        history = self.history.copy()
        history[:, _TREND] *= -1
        return replace(self, motion=-self.motion, around=-self.around, history=history)


def spread_over_neighbours(at: Floats, places: Floats, values: Floats, weights: Floats) -> Floats:
    """Average values over a neighbourhood.

    Parameters
    ----------
    at : (m, 2) array
        Where the average is sought [nm].
    places : (n, 2) array
        Where the values are known [nm].
    values : (n, n_kinds) array
        The values.
    weights : (n,) array
        Their weights; those at a place itself are left out.

    Returns
    -------
    (m, n_kinds) array
        Averages, weighted by closeness; drawn towards that of the whole face where few are near.
    """
    apart = ((at[:, None] - places[None]) ** 2).sum(axis=2)
    near = np.exp(-apart / (2 * _NEIGHBOURHOOD**2)) * weights
    # A profile says nothing of its own neighbours; it stands exactly where it is asked for.
    near = np.where(apart == 0, 0.0, near)
    total = max(float(np.sum(weights)), 1e-9)
    overall = (weights[:, None] * values).sum(axis=0) / total
    return (near @ values + overall) / (near.sum(axis=1, keepdims=True) + 1)


def _measure_motion(
    places: Floats, valid: npt.NDArray[np.bool_], step: float
) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Fit lines to the last places, over each scale."""
    z = np.arange(places.shape[1]) * step
    slopes = []
    for scale in SCALES:
        w = valid[:, : scale + 1].astype(float)
        n = w.sum(axis=1)
        mean_z = (w * z[: scale + 1]).sum(axis=1) / n
        from_mean = w * (z[: scale + 1] - mean_z[:, None])
        square = (from_mean * z[: scale + 1]).sum(axis=1)
        product = np.einsum("nt,ntc->nc", from_mean, places[:, : scale + 1])
        slopes.append(product / np.maximum(square, 1e-9)[:, None])
    known = valid.sum(axis=1) > 1
    return np.stack(slopes), known


def _summarise_history(profiles: Profiles, path: Integers, step: float) -> Floats:
    valid = path >= 0
    n = valid.sum(axis=1)
    area = np.where(valid, np.log(profiles.area[path]), 0.0)
    ratio = np.where(valid, _measure_elongation(profiles.spread[path]), 0.0)
    mean = area.sum(axis=1) / n
    from_mean = np.where(valid, area - mean[:, None], 0.0)
    z = np.arange(path.shape[1]) * step
    from_z = np.where(valid, z - ((valid * z).sum(axis=1) / n)[:, None], 0.0)
    trend = (from_z * from_mean).sum(axis=1) / np.maximum((from_z**2).sum(axis=1), 1.0)
    deviation = np.sqrt((from_mean**2).sum(axis=1) / n)
    return np.stack([n.astype(float), mean, deviation, trend, ratio.sum(axis=1) / n], axis=1)


def _measure_elongation(spread: Floats) -> Floats:
    """Return the logarithm of the ratio of the axes of ellipses."""
    half = (spread[..., 0, 0] + spread[..., 1, 1]) / 2
    apart = np.hypot((spread[..., 0, 0] - spread[..., 1, 1]) / 2, spread[..., 0, 1])
    return np.log((half + apart) / np.maximum(half - apart, 1e-9)) / 2


def _weigh_labels(profiles: Profiles, rows: Integers, sections: range) -> Floats:
    """Sum up the volume of each label in some sections, and count its profiles on the face."""
    part = slice(profiles.start[sections.start], profiles.start[sections.stop])
    labels, own = np.unique(profiles.label[part], return_inverse=True)
    volume = np.bincount(own, profiles.area[part], len(labels))
    place = np.searchsorted(labels, profiles.label[rows])
    count = np.bincount(place, minlength=len(labels))
    return np.stack([np.log(volume[place]), count[place]], axis=1)
