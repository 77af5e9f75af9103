"""Segments of sections and of blocks, for any threshold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from neuropil.preservation.segmenting.borders import measure_borders
from neuropil.preservation.segmenting.fragments import check_probability, flood_probability
from neuropil.preservation.segmenting.joining import JoinTree, join_fragments
from neuropil.preservation.segmenting.plan import SegmentingPlan

__all__ = ["Fragmentation", "fragment", "fragment_sections", "segment_block", "segment_sections"]

Floats = npt.NDArray[np.floating]
Labels = npt.NDArray[np.int32]
VoxelSize = tuple[float, float, float]


@dataclass(frozen=True, eq=False)
class Fragmentation:
    """Fragments of a section or a block, and the order in which they are joined.

    Parameters
    ----------
    fragments : (...) integer array
        Labels from 1.
    tree : JoinTree
        Their joins.
    """

    fragments: npt.NDArray[np.integer[Any]]
    tree: JoinTree

    def segment(self, threshold: float) -> Labels:
        """Return the segments whose borders have at least a mean probability of a membrane.

        Parameters
        ----------
        threshold : float
            The probability.

        Returns
        -------
        integer array of the shape of ``fragments``
            Labels from 1, without gaps.
        """
        new = np.concatenate([[0], self.tree.groups(threshold) + 1]).astype(np.int32)
        return new[self.fragments]


def fragment(
    probability: Floats, sampling: tuple[float, ...], plan: SegmentingPlan | None = None
) -> Fragmentation:
    """Flood a section or a block, and find the order in which its fragments are joined.

    Parameters
    ----------
    probability : (ny, nx) or (nz, ny, nx) array
        Probability of a membrane.
    sampling : tuple of float
        Edges of a voxel along the axes [nm].
    plan : SegmentingPlan, optional
        Its smoothing is used.

    Returns
    -------
    Fragmentation
        From which segments for any threshold follow.
    """
    values = check_probability(probability)
    labels = flood_probability(values, sampling, (plan or SegmentingPlan()).smoothing)
    return Fragmentation(labels, join_fragments(measure_borders(labels, values)))


def fragment_sections(
    probability: Floats, voxel_size: VoxelSize, plan: SegmentingPlan | None = None
) -> list[Fragmentation]:
    """Flood each section by itself.

    Parameters
    ----------
    probability : (nz, ny, nx) array
        Probability of a membrane.
    voxel_size : tuple of float
        Edges of a voxel along z, y and x [nm].
    plan : SegmentingPlan, optional
        Its smoothing is used.

    Returns
    -------
    list of Fragmentation
        One for each section.
    """
    return [fragment(section, voxel_size[1:], plan) for section in probability]


def segment_sections(
    probability: Floats, voxel_size: VoxelSize, plan: SegmentingPlan | None = None
) -> Labels:
    """Segment each section by itself.

    Parameters
    ----------
    probability : (nz, ny, nx) array
        Probability of a membrane.
    voxel_size : tuple of float
        Edges of a voxel along z, y and x [nm].
    plan : SegmentingPlan, optional
        Smoothing and threshold.

    Returns
    -------
    (nz, ny, nx) integer array
        Profiles from 1; no number is in two sections.
    """
    threshold, first, found = (plan or SegmentingPlan()).threshold, 0, []
    for each in fragment_sections(probability, voxel_size, plan):
        labels = each.segment(threshold)
        found.append(labels + np.int32(first))
        first += int(labels.max())
    return np.stack(found)


def segment_block(
    probability: Floats, voxel_size: VoxelSize, plan: SegmentingPlan | None = None
) -> Labels:
    """Segment a block of cubes in all three dimensions.

    Parameters
    ----------
    probability : (nz, ny, nx) array
        Probability of a membrane.
    voxel_size : tuple of float
        Edges of a voxel along z, y and x [nm].
    plan : SegmentingPlan, optional
        Smoothing and threshold.

    Returns
    -------
    (nz, ny, nx) integer array
        Bodies from 1.
    """
    plan = plan or SegmentingPlan()
    return fragment(probability, voxel_size, plan).segment(plan.threshold)
