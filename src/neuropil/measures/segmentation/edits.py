"""How many cuts and joins a segmentation is away from the truth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from neuropil.contracts import InputError
from neuropil.measures.segmentation.overlaps import Overlaps

__all__ = ["EditCount", "count_edits"]


@dataclass(frozen=True)
class EditCount:
    """Cuts and joins that make the truth out of a segmentation.

    Parameters
    ----------
    cuts : int
        Cuts of a segment in two until every piece lies in one body.
    joins : int
        Joins of two of these pieces until every body is one.
    fewest : int
        The fewest cuts and joins of any order: fewer where pieces of several bodies are joined
        before they are cut, which nobody who proofreads would do. A lower bound.
    """

    cuts: int
    joins: int
    fewest: int

    @property
    def total(self) -> int:
        """Cuts and joins together."""
        return self.cuts + self.joins


def count_edits(overlaps: Overlaps, min_voxels: int) -> EditCount:
    """Count the edits that a segmentation is away from the truth.

    A body and a segment overlap when they share at least ``min_voxels``. Segments are cut before
    bodies are joined: a segment that overlaps k bodies takes k - 1 cuts, and a body that overlaps
    k segments is then in k pieces and takes k - 1 joins. Objects without an overlap take none.

    The fewest edits of all are the length of the shortest way between two partitions when one step
    cuts a set in two or joins two. That way leads over the sets of bodies and segments that
    overlap, directly or over others: the segments of a set are all joined and then cut into its
    bodies, which is (bodies + segments - 2) edits a set.

    Parameters
    ----------
    overlaps : Overlaps
        Voxels that bodies and segments share.
    min_voxels : int
        Fewest voxels of an overlap that is worth an edit; boundaries that differ by a voxel make
        many smaller ones.

    Returns
    -------
    EditCount
        Cuts, joins and the fewest edits.

    Raises
    ------
    InputError
        When the threshold is below 1.

    Examples
    --------
    The second segment holds a piece of each body.

    >>> from neuropil.measures import tabulate_overlaps
    >>> overlaps = tabulate_overlaps(np.array([1, 1, 2, 2]), np.array([1, 2, 2, 3]))
    >>> count_edits(overlaps, min_voxels=1)
    EditCount(cuts=1, joins=2, fewest=3)
    """
    check_threshold(min_voxels, "min_voxels")
    large = overlaps.voxels >= min_voxels
    body, segment = overlaps.body_places[large], overlaps.segment_places[large]
    n_pairs, n_bodies, n_segments = len(body), len(np.unique(body)), len(np.unique(segment))
    return EditCount(
        cuts=n_pairs - n_segments,
        joins=n_pairs - n_bodies,
        fewest=n_bodies + n_segments - 2 * _count_sets(overlaps, large),
    )


def check_threshold(voxels: int, name: str) -> None:
    """Refuse a threshold that no overlap can miss.

    Parameters
    ----------
    voxels : int
        The threshold.
    name : str
        Its name.

    Raises
    ------
    InputError
        When it is below 1.
    """
    if voxels < 1:
        raise InputError(
            f"expected a threshold of at least 1, found {voxels}",
            where=name,
            repair="1 counts every overlap; larger ones leave out differences of boundaries.",
        )


def _count_sets(overlaps: Overlaps, large: np.ndarray) -> int:
    """Count the sets of bodies and segments that overlap, directly or over others."""
    n_bodies, n_segments = len(overlaps.bodies), len(overlaps.segments)
    n = n_bodies + n_segments
    ends = overlaps.body_places[large], n_bodies + overlaps.segment_places[large]
    graph = sparse.coo_array((np.ones(len(ends[0]), dtype=bool), ends), shape=(n, n))
    _, component = connected_components(graph, directed=False)
    # Only of those with an overlap: all others are components of their own.
    return len(np.unique(component[ends[0]]))
