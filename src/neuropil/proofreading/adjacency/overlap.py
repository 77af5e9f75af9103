"""How many voxels each object shares with each true body, and what follows for a segmentation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from neuropil.contracts import InputError
from neuropil.measures import (
    Overlaps,
    compute_adapted_rand,
    compute_variation_of_information,
    tabulate_overlaps,
)

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
    objects are scored without a look at the voxels. Counts and scores are those of
    :class:`~neuropil.measures.Overlaps`. What is added is a row for each object of a contact graph,
    those of which nothing is known too, and joins by one sparse product: an agglomeration asks for
    them after every round, and a table of pairs would be sorted anew each time.

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
        # Where nothing is known there is no table; the objects are kept all the same.
        if not ((labels > 0) & (truth > 0)).any():
            return cls(csr_array((len(names), 0), dtype=np.float64))
        found = tabulate_overlaps(truth, labels, ignore_segments=(0,))
        rows = np.searchsorted(names, found.segments)[found.segment_places]
        shape = (len(names), len(found.bodies))
        counts = found.voxels.astype(np.float64)
        return cls(csr_array((counts, (rows, found.body_places)), shape=shape))

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
        n, bodies_known = self.counts.shape
        if not bodies_known:
            return np.full(n, -1, np.intp), np.zeros(n)
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
        table = self.counts.tocoo()
        if not table.nnz:
            return SegmentationScore(0.0, 0.0, 0.0)
        n, m = table.shape
        rows, columns = (place.astype(np.int64) for place in table.coords)
        voxels = table.data.astype(np.int64)
        overlaps = Overlaps(np.arange(m), np.arange(n), columns, rows, voxels)
        found = compute_variation_of_information(overlaps)
        return SegmentationScore(found.split, found.merge, compute_adapted_rand(overlaps).error)
