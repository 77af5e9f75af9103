"""How many voxels each object shares with each true body, and what follows for a segmentation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from neuropil.contracts import InputError

__all__ = ["Overlap", "SegmentationScore"]

Labels = npt.NDArray[np.integer[Any]]
Indices = npt.NDArray[np.intp]


@dataclass(frozen=True)
class SegmentationScore:
    """How far a segmentation is from the truth.

    Parameters
    ----------
    split : float
        What the segmentation leaves unknown of itself given the truth, H(segmentation | truth)
        [bit].
    merge : float
        H(truth | segmentation) [bit].
    rand_error : float
        1 minus the harmonic mean of the precision and recall of pairs of voxels.
    """

    split: float
    merge: float
    rand_error: float

    @property
    def total(self) -> float:
        """Variation of information [bit]."""
        return self.split + self.merge


@dataclass(frozen=True, eq=False)
class Overlap:
    """Voxels that each object of a segmentation shares with each true body.

    Scores of a segmentation depend on these counts alone, so that a thousand ways to join its
    objects are scored without a look at the voxels.

    Parameters
    ----------
    counts : (n, b) sparse array
        Number of voxels; voxels with 0 in either segmentation are left out.
    """

    counts: csr_array

    @classmethod
    def of(cls, names: Labels, labels: Labels, truth: Labels) -> Self:
        """Count the shared voxels.

        Parameters
        ----------
        names : (n,) integer array
            Labels of the objects, ascending; all of ``labels`` but 0.
        labels : (nz, ny, nx) integer array
            The segmentation.
        truth : (nz, ny, nx) integer array
            True body of each voxel; 0 where it is not known.

        Returns
        -------
        Overlap
            Counts.

        Raises
        ------
        InputError
            When shapes differ.
        """
        if labels.shape != truth.shape:
            raise InputError(
                f"expected a truth of shape {labels.shape}, found {truth.shape}",
                where="truth",
                repair="Cut both to the same region.",
            )
        known = (labels > 0) & (truth > 0)
        rows = np.searchsorted(names, labels[known])
        bodies, columns = np.unique(truth[known], return_inverse=True)
        keys, counts = np.unique(rows * max(len(bodies), 1) + columns, return_counts=True)
        places = (keys // max(len(bodies), 1), keys % max(len(bodies), 1))
        shape = (len(names), len(bodies))
        return cls(csr_array((counts.astype(np.float64), places), shape=shape))

    def join(self, groups: Indices) -> Self:
        """Join objects.

        Parameters
        ----------
        groups : (n,) integer array
            Row of the object that stands for each object's group.

        Returns
        -------
        Overlap
            With one row for each group, in ascending order of those that stand for them.
        """
        _, rows = np.unique(groups, return_inverse=True)
        n = len(groups)
        place = csr_array((np.ones(n), (rows, np.arange(n))))
        return replace(self, counts=csr_array(place @ self.counts))

    def find_bodies(self) -> tuple[Indices, npt.NDArray[np.float64]]:
        """Find the body to which most of each object belongs.

        Returns
        -------
        bodies : (n,) integer array
            Column of the body, -1 for an object of which nothing is known.
        purity : (n,) array
            Its share of the object's known voxels.
        """
        total = np.asarray(self.counts.sum(axis=1)).ravel()
        most = np.asarray(self.counts.max(axis=1).todense()).ravel()
        bodies = np.asarray(self.counts.argmax(axis=1)).ravel()
        return np.where(total > 0, bodies, -1), most / np.maximum(total, 1)

    def score(self) -> SegmentationScore:
        """Score the segmentation.

        Returns
        -------
        SegmentationScore
            Entropies and the error of pairs.
        """
        cells = self.counts.data
        objects = np.asarray(self.counts.sum(axis=1)).ravel()
        bodies = np.asarray(self.counts.sum(axis=0)).ravel()
        joint, one, other = _entropy(cells), _entropy(objects), _entropy(bodies)
        # Harmonic mean of precision and recall: twice the shared pairs over both kinds of pairs.
        harmonic = 2 * _pairs(cells) / max(_pairs(objects) + _pairs(bodies), 1.0)
        return SegmentationScore(joint - other, joint - one, 1 - harmonic)


def _entropy(counts: npt.NDArray[np.float64]) -> float:
    shares = counts[counts > 0] / counts.sum()
    return float(-(shares * np.log2(shares)).sum())


def _pairs(counts: npt.NDArray[np.float64]) -> float:
    """Count ordered pairs of different voxels."""
    return float((counts * (counts - 1)).sum())
