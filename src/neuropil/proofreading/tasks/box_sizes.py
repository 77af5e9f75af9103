"""How large the box around a place is, by the rules of ConnectomeBench."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["SPLIT_HALF_WIDTH", "merge_half_width"]

SPLIT_HALF_WIDTH = 2048.0
"""Half the edge of the box of split errors [nm]."""
_SMALLEST_MERGE_HALF_WIDTH = 4096.0


def merge_half_width(extent: Sequence[float]) -> float:
    """Return half the edge of the box of a merge error.

    Parameters
    ----------
    extent : sequence of float
        Edges of the box around the smaller of the two segments after the cut [nm].

    Returns
    -------
    float
        Half-width [nm]: twice the largest edge, and at least 4,096.

    Examples
    --------
    >>> merge_half_width((500, 800, 700)), merge_half_width((500, 3000, 700))
    (4096.0, 6000.0)
    """
    return max(_SMALLEST_MERGE_HALF_WIDTH, 2.0 * max(extent))
