"""Matrix logarithms of correlation matrices, and the way back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from neuropil.connectome import count_regions, fill_matrices

__all__ = ["Decomposed", "decompose", "from_logarithms"]

Array = npt.NDArray[np.floating]
Whole = npt.NDArray[np.signedinteger]

_CHUNK = 256  # matrices at a time, so that a thousand subjects take no gigabyte
_TINY = 1e-9


class Decomposed(NamedTuple):
    """Eigenvalues (n, r), none below 0, and vectors (n, r, r) of correlation matrices."""

    values: Array
    vectors: Array

    def logarithm(self, ridge: float) -> npt.NDArray[np.float32]:
        """Return triangles with diagonal of log(C + ridge I), shape (n, r (r + 1) / 2).

        What is off the diagonal is weighted by sqrt(2), so that distances are those of the whole
        matrices.
        """
        whole = (self.vectors * np.log(self.values + ridge)[:, None]) @ self.vectors.mT
        rows, columns, weight = _triangle(self.values.shape[1])
        return np.asarray(whole[:, rows, columns] * weight, np.float32)


def decompose(correlations: Array, mean: Array) -> Iterator[Decomposed]:
    """Decompose the matrices of some subjects at a time.

    Parameters
    ----------
    correlations : (n, n_edges) array
        Row-major upper triangles; a missing one counts as its mean.
    mean : (n_edges,) array
        Of every correlation.
    """
    n_regions = count_regions(correlations.shape[1], "correlations")
    for at in range(0, len(correlations), _CHUNK):
        part = np.asarray(correlations[at : at + _CHUNK], float)
        matrices = fill_matrices(np.where(np.isnan(part), mean, part), n_regions, 1.0)
        # Matrices with filled values need not be those of correlations: no eigenvalue is negative.
        values, vectors = np.linalg.eigh(matrices)
        yield Decomposed(np.maximum(values, 0.0), vectors)


def from_logarithms(logarithms: Array, ridge: float, n_regions: int) -> Array:
    """Return the correlations whose matrices have these logarithms, shape (n, n_edges).

    Each comes from a matrix without negative eigenvalues whose diagonal is 1.

    Parameters
    ----------
    logarithms : (n, r (r + 1) / 2) array
        As :meth:`Decomposed.logarithm` gives them.
    ridge : float
        That was added.
    n_regions : int
        Number of regions r.
    """
    rows, columns, weight = _triangle(n_regions)
    above = np.triu_indices(n_regions, 1)
    found = np.empty((len(logarithms), len(above[0])))
    for at in range(0, len(logarithms), _CHUNK):
        part = logarithms[at : at + _CHUNK] / weight
        whole = np.empty((len(part), n_regions, n_regions))
        whole[:, rows, columns] = whole[:, columns, rows] = part
        values, vectors = np.linalg.eigh(whole)
        matrices = (vectors * np.maximum(np.exp(values) - ridge, 0.0)[:, None]) @ vectors.mT
        spread = np.sqrt(np.maximum(np.diagonal(matrices, axis1=1, axis2=2), _TINY))
        matrices /= spread[:, :, None] * spread[:, None]
        found[at : at + _CHUNK] = np.clip(matrices[:, above[0], above[1]], -1.0, 1.0)
    return found


def _triangle(n_regions: int) -> tuple[Whole, Whole, Array]:
    rows, columns = np.triu_indices(n_regions)
    return rows, columns, np.where(rows == columns, 1.0, np.sqrt(2.0))
