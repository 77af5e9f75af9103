"""How many voxels each true body shares with each segment: what all scores are made of."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from neuropil.connectome import VoxelArray
from neuropil.contracts import InputError
from neuropil.measures.segmentation.counting import Pairs, PairTally, count_blocks, count_pairs

__all__ = ["Overlaps", "tabulate_blocks", "tabulate_overlaps", "unite_overlaps"]

Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False, repr=False)
class Overlaps:
    """Voxels that bodies of the truth share with segments; only pairs that meet are held.

    Parameters
    ----------
    bodies : (n_bodies,) array
        Labels of the truth, ascending.
    segments : (n_segments,) array
        Labels of the segmentation, ascending.
    body_places : (n_pairs,) array
        For each pair that meets, the place of its body in ``bodies``.
    segment_places : (n_pairs,) array
        For each pair that meets, the place of its segment in ``segments``.
    voxels : (n_pairs,) array
        Voxels that the pair shares, above 0.
    """

    bodies: Integers
    segments: Integers
    body_places: Integers
    segment_places: Integers
    voxels: Integers

    @property
    def n_voxels(self) -> int:
        """Voxels that count."""
        return int(self.voxels.sum())

    @property
    def body_sizes(self) -> Integers:
        """Voxels of each body, (n_bodies,)."""
        return _sum_by(self.body_places, self.voxels, len(self.bodies))

    @property
    def segment_sizes(self) -> Integers:
        """Voxels of each segment, (n_segments,)."""
        return _sum_by(self.segment_places, self.voxels, len(self.segments))

    def transpose(self) -> Self:
        """Return the same table with the truth and the segmentation in each other's place."""
        return self._of_pairs(self._segment_labels(), self._body_labels(), self.voxels)

    def relabel_segments(self, labels: Sequence[int] | npt.NDArray[np.integer]) -> Self:
        """Return the table that the segmentation has once its segments are joined.

        No voxel is read, so that a series of joins costs little.

        Parameters
        ----------
        labels : (n_segments,) array
            New label of each segment, in the order of ``segments``; segments that share one are
            joined.

        Returns
        -------
        Overlaps
            The table of the joined segments.

        Raises
        ------
        InputError
            When there is not one whole number from 0 for each segment.
        """
        new = np.asarray(labels)
        whole = np.issubdtype(new.dtype, np.integer)
        if new.shape != self.segments.shape or not whole or (new < 0).any():
            raise InputError(
                f"expected {len(self.segments)} labels that are whole numbers from 0, found "
                f"{new.dtype} of shape {new.shape}",
                where="labels",
                repair="Give the new label of each segment, in the order of overlaps.segments.",
            )
        return self._of_pairs(self._body_labels(), new[self.segment_places], self.voxels)

    def _body_labels(self) -> Integers:
        return self.bodies[self.body_places]

    def _segment_labels(self) -> Integers:
        return self.segments[self.segment_places]

    @classmethod
    def _of_pairs(
        cls,
        body: npt.NDArray[np.integer],
        segment: npt.NDArray[np.integer],
        voxels: npt.NDArray[np.integer],
    ) -> Self:
        tally = PairTally()
        tally.add(Pairs(body.astype(np.int64), segment.astype(np.int64), voxels.astype(np.int64)))
        pairs = tally.total()
        bodies, body_places = np.unique(pairs.body, return_inverse=True)
        segments, segment_places = np.unique(pairs.segment, return_inverse=True)
        return cls(bodies, segments, body_places, segment_places, pairs.voxels)

    def __repr__(self) -> str:
        return (
            f"Overlaps({self.n_voxels} voxels; {len(self.voxels)} pairs of "
            f"{len(self.bodies)} bodies and {len(self.segments)} segments)"
        )


def tabulate_overlaps(
    truth: VoxelArray,
    segmentation: VoxelArray,
    *,
    ignore_bodies: Collection[int] = (0,),
    ignore_segments: Collection[int] = (),
) -> Overlaps:
    """Count the voxels that each body of the truth shares with each segment.

    Arrays in memory are read where they are; others, such as Zarr's, block by block, so that they
    may be larger than memory. Labels may be any whole numbers from 0.

    Background is left out where it is named, and nowhere else. A voxel without truth says nothing
    about a segmentation, so voxels of label 0 in the truth do not count unless ``ignore_bodies`` is
    empty. A voxel that the segmentation leaves out is an error or a choice: label 0 of the
    segmentation counts as a segment like any other, unless ``ignore_segments=(0,)`` leaves its
    voxels out and so scores only what was segmented.

    Parameters
    ----------
    truth : (...) integer array
        Label of the body of each voxel.
    segmentation : (...) integer array
        Label of the segment of each voxel, in the shape of ``truth``.
    ignore_bodies : collection of int
        Labels of the truth whose voxels do not count.
    ignore_segments : collection of int
        Labels of the segmentation whose voxels do not count.

    Returns
    -------
    Overlaps
        All pairs of a body and a segment that meet.

    Raises
    ------
    InputError
        When labels are not whole numbers from 0, the shapes differ, there is no voxel, or all are
        ignored; the message names the array.

    Examples
    --------
    >>> truth = np.array([[1, 1, 2], [1, 1, 0]])
    >>> tabulate_overlaps(truth, np.array([[5, 5, 5], [7, 7, 7]]))
    Overlaps(5 voxels; 3 pairs of 2 bodies and 2 segments)
    """
    pairs = count_pairs(truth, segmentation)
    overlaps = _leave_out(pairs, ignore_bodies, ignore_segments)
    if not len(overlaps.voxels):
        raise InputError(
            f"expected voxels that count, found none: all {int(pairs.voxels.sum())} are ignored",
            where="truth and segmentation",
            repair=f"Their truth is in {list(ignore_bodies)} or their segment in "
            f"{list(ignore_segments)}; ignore less, or bring a truth that is labelled.",
        )
    return overlaps


def tabulate_blocks(
    truth: VoxelArray,
    segmentation: VoxelArray,
    edge: int,
    *,
    ignore_bodies: Collection[int] = (0,),
    ignore_segments: Collection[int] = (),
) -> list[Overlaps]:
    """Count overlaps in each of the blocks that tile the volume.

    Parameters
    ----------
    truth : (...) integer array
        Label of the body of each voxel.
    segmentation : (...) integer array
        Label of the segment of each voxel, in the shape of ``truth``.
    edge : int
        Edge of a block [voxels].
    ignore_bodies : collection of int
        Labels of the truth whose voxels do not count.
    ignore_segments : collection of int
        Labels of the segmentation whose voxels do not count.

    Returns
    -------
    list of Overlaps
        One for each block in which voxels count, in the order of the axes.

    Raises
    ------
    InputError
        As for :func:`tabulate_overlaps`, or when the edge is below 1.
    """
    blocks = [
        _leave_out(pairs, ignore_bodies, ignore_segments)
        for pairs in count_blocks(truth, segmentation, edge)
    ]
    counted = [block for block in blocks if len(block.voxels)]
    if not counted:
        raise InputError(
            "expected a block with voxels that count, found none: all are ignored",
            where="truth and segmentation",
            repair="Ignore fewer labels, or bring a truth that is labelled.",
        )
    return counted


def unite_overlaps(parts: Sequence[Overlaps]) -> Overlaps:
    """Add up the tables of parts of a volume, in which labels mean the same.

    Parameters
    ----------
    parts : sequence of Overlaps
        At least one.

    Returns
    -------
    Overlaps
        The table of all parts together.

    Raises
    ------
    InputError
        When there is no part; give at least one.
    """
    if not parts:
        raise InputError(
            "expected at least one table of overlaps, found none",
            where="parts",
            repair="Tabulate at least one part of the volume.",
        )
    return Overlaps._of_pairs(
        np.concatenate([part._body_labels() for part in parts]),
        np.concatenate([part._segment_labels() for part in parts]),
        np.concatenate([part.voxels for part in parts]),
    )


def _leave_out(pairs: Pairs, bodies: Collection[int], segments: Collection[int]) -> Overlaps:
    # Of pairs and not of voxels: millions of voxels are a few thousand pairs.
    counts = ~(np.isin(pairs.body, list(bodies)) | np.isin(pairs.segment, list(segments)))
    return Overlaps._of_pairs(pairs.body[counts], pairs.segment[counts], pairs.voxels[counts])


def _sum_by(places: Integers, voxels: Integers, n: int) -> Integers:
    sums = np.zeros(n, dtype=np.int64)
    # Not by bincount, whose weights are floats: counts stay whole.
    np.add.at(sums, places, voxels)
    return sums
