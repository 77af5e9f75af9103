"""Distances between two partitions of the same voxels: information and pairs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from neuropil.measures.segmentation.overlaps import Overlaps

__all__ = [
    "AdaptedRand",
    "VariationOfInformation",
    "compute_adapted_rand",
    "compute_variation_of_information",
]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class VariationOfInformation:
    """What one still has to be told of one partition when one knows the other.

    Parameters
    ----------
    split : float
        H(segmentation | truth) [bits]: 0 where each body is one segment.
    merge : float
        H(truth | segmentation) [bits]: 0 where each segment lies in one body.
    split_of_bodies : (n_bodies,) array
        What each body adds to ``split`` [bits], in the order of ``bodies`` of the overlaps.
    merge_of_segments : (n_segments,) array
        What each segment adds to ``merge`` [bits], in the order of ``segments`` of the overlaps.
    """

    split: float
    merge: float
    split_of_bodies: Floats
    merge_of_segments: Floats

    @property
    def total(self) -> float:
        """Variation of information, the sum of both [bits]."""
        return self.split + self.merge


@dataclass(frozen=True)
class AdaptedRand:
    """How far pairs of voxels that are in one segment are in one body, and the other way round.

    Parameters
    ----------
    precision : float
        Of the pairs of voxels in one segment, the share in one body: what merging costs. NaN where
        no segment has two voxels.
    recall : float
        Of the pairs of voxels in one body, the share in one segment: what splitting costs. NaN
        where no body has two voxels.
    error : float
        1 - the harmonic mean of both; 0 where segmentation and truth are the same.
    """

    precision: float
    recall: float
    error: float


def compute_variation_of_information(overlaps: Overlaps) -> VariationOfInformation:
    """Compute the variation of information, in bits, and what each object adds to it.

    Parameters
    ----------
    overlaps : Overlaps
        Voxels that bodies and segments share.

    Returns
    -------
    VariationOfInformation
        Its part by splits and its part by merges.

    References
    ----------
    Meila 2007, J. Multivar. Anal. 98:873; Nunez-Iglesias et al. 2013, PLoS ONE 8:e71715, for the
    two parts.

    Examples
    --------
    A body of four voxels in two halves takes one bit to tell which half.

    >>> from neuropil.measures import tabulate_overlaps
    >>> halves = tabulate_overlaps(np.array([1, 1, 1, 1]), np.array([1, 1, 2, 2]))
    >>> found = compute_variation_of_information(halves)
    >>> found.split, found.merge
    (1.0, 0.0)
    """
    shared = overlaps.voxels / overlaps.n_voxels
    split, merge = (shared * each for each in surprisals(overlaps))
    return VariationOfInformation(
        split=float(split.sum()),
        merge=float(merge.sum()),
        split_of_bodies=_sum_by(overlaps.body_places, split, len(overlaps.bodies)),
        merge_of_segments=_sum_by(overlaps.segment_places, merge, len(overlaps.segments)),
    )


def surprisals(overlaps: Overlaps) -> tuple[Floats, Floats]:
    """Compute how surprising the segment of a voxel is given its body, and the other way round.

    Their means over voxels are the two parts of the variation of information.

    Parameters
    ----------
    overlaps : Overlaps
        Voxels that bodies and segments share.

    Returns
    -------
    of_segment, of_body : (n_pairs,) array
        -log2 P(segment | body) and -log2 P(body | segment) [bits] for each pair that meets.
    """
    of_segment = np.log2(overlaps.body_sizes[overlaps.body_places] / overlaps.voxels)
    of_body = np.log2(overlaps.segment_sizes[overlaps.segment_places] / overlaps.voxels)
    return of_segment, of_body


def compute_adapted_rand(overlaps: Overlaps) -> AdaptedRand:
    """Compute the adapted Rand error, and the precision and recall of pairs that it consists of.

    Pairs are of two different voxels. An over-segmentation has precision 1 and recall below 1.
    scikit-image gives the same error and the same two numbers, but calls the recall precision and
    the precision recall.

    Parameters
    ----------
    overlaps : Overlaps
        Voxels that bodies and segments share.

    Returns
    -------
    AdaptedRand
        Precision, recall and error.

    References
    ----------
    Arganda-Carreras et al. 2015, Front. Neuroanat. 9:142.

    Examples
    --------
    >>> from neuropil.measures import tabulate_overlaps
    >>> halves = tabulate_overlaps(np.array([1, 1, 1, 1]), np.array([1, 1, 2, 2]))
    >>> found = compute_adapted_rand(halves)
    >>> found.precision, round(found.recall, 4)
    (1.0, 0.3333)
    """
    both, in_segment, in_body = (
        count_unordered_pairs(sizes)
        for sizes in (overlaps.voxels, overlaps.segment_sizes, overlaps.body_sizes)
    )
    joined = in_segment + in_body
    return AdaptedRand(
        precision=both / in_segment if in_segment else float("nan"),
        recall=both / in_body if in_body else float("nan"),
        # Without any pair both partitions are all single voxels, and so the same.
        error=1 - 2 * both / joined if joined else 0.0,
    )


def count_unordered_pairs(sizes: npt.NDArray[np.int64]) -> float:
    """Count the pairs of two different members of the same group.

    Parameters
    ----------
    sizes : (n,) array
        Members of each group.

    Returns
    -------
    float
        Not a whole number type: of 10^10 voxels there are more pairs than 64 bits count.
    """
    members = sizes.astype(float)
    return float((members * (members - 1)).sum() / 2)


def _sum_by(places: npt.NDArray[np.int64], values: Floats, n: int) -> Floats:
    return np.bincount(places, values, n).astype(float)
