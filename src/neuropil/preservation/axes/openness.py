"""How much of the borders between segments has no membrane."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from neuropil.preservation.axes.grids import PIXEL
from neuropil.preservation.segmenting.segments import fragment

__all__ = ["measure_openness"]

Mask = npt.NDArray[np.bool_]

# Segments whose border has a mean probability below this are one, and a face below the other has
# no membrane. Of .2 to .5 and .1 to .5 these told planted gaps best in training sections.
_JOINED, _OPEN = 0.4, 0.3


def measure_openness(
    probability: npt.NDArray[np.float32], apart: npt.NDArray[np.bool_] | None = None
) -> float:
    """Measure how much of the borders between segments has no membrane.

    A border that is membrane for most of its length is a membrane; where the rest of it is none,
    there is a gap. A gap so wide that the segments on both sides are joined is not seen here, but
    leaves free ends.

    Parameters
    ----------
    probability : (ny, nx) array
        Probability of a membrane, in pixels of 10 nm.
    apart : (ny, nx) bool array, optional
        Voids, beside which borders do not count.

    Returns
    -------
    float
        Share of the borders, from 0 to 1; 0 where there is no border.
    """
    segments = fragment(probability, (PIXEL, PIXEL)).segment(_JOINED)
    outside = np.zeros(segments.shape, bool) if apart is None else apart
    faces = [_find_faces(segments, probability, outside, axis) for axis in (0, 1)]
    values = np.concatenate(faces)
    return float((values < _OPEN).mean()) if values.size else 0.0


def _find_faces(
    segments: npt.NDArray[np.int32], probability: npt.NDArray[np.float32], apart: Mask, axis: int
) -> npt.NDArray[np.float32]:
    """Return the higher probability of the two pixels at each face between segments."""
    here, there = _split(segments, axis)
    one, other = _split(apart, axis)
    border = (here != there) & ~one & ~other
    before, behind = _split(probability, axis)
    return np.asarray(np.maximum(before[border], behind[border]))


def _split(array: npt.NDArray[Any], axis: int) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    n = array.shape[axis]
    return np.take(array, range(n - 1), axis), np.take(array, range(1, n), axis)
