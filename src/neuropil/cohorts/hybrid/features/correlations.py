"""Features of correlation matrices: their matrix logarithm, and their eigenvalues."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
import numpy.typing as npt

from neuropil.cohorts.data import average_edges
from neuropil.cohorts.hybrid.features.projection import Projection, project
from neuropil.connectome import count_regions, fill_matrices

__all__ = ["CorrelationFeatures"]

Array = npt.NDArray[np.floating]

# Added to the eigenvalues before the logarithm. Series with fewer time points than regions have
# eigenvalues of 0; .03 is about a tenth of the middle one in the real cohort.
_RIDGE = 0.03
# The real cohort has no gap between singular values: numbers from a prototype on it, in which 10 to
# 50 components did about as well.
_COMPONENTS, _SPECTRAL = 20, 6
_SAMPLES = 40
# Of .001, .01 and .03 the one whose categories agree best between seeds (.95 and .99 in ABIDE).
_SPECTRAL_RIDGE = 1e-2
_CHUNK = 256  # matrices at a time, so that a thousand subjects take no gigabyte


@dataclass(frozen=True)
class CorrelationFeatures:
    """Components of the matrix logarithm of correlations, and of their log eigenvalues.

    The logarithm turns changes that multiply, as those of filters and scanners do, into sums. The
    eigenvalues tell how long a scan was and how its series were filtered.

    Parameters
    ----------
    mean : (n_edges,) array
        Correlations that missing ones are taken for.
    logarithm, spectrum : Projection
        Of the logarithms and of the eigenvalues.
    """

    kind: ClassVar[str] = "correlations"
    mean: Array
    logarithm: Projection
    spectrum: Projection

    @classmethod
    def fit(cls, values: Array) -> Self:
        """Fit them to the correlations of some subjects, shape (n, n_edges)."""
        mean = average_edges(values)
        logarithms, spectra = _take_logarithms(values, mean)
        most = max(1, len(values) // 4)
        logarithm, _ = project(logarithms, min(_COMPONENTS, most))
        spectrum, _ = project(spectra, min(_SPECTRAL, most, spectra.shape[1] - 1))
        return cls(mean, logarithm, spectrum)

    def transform(self, values: Array) -> Array:
        """Return the features of subjects, shape (n, d)."""
        logarithms, spectra = _take_logarithms(values, self.mean)
        return np.hstack([self.logarithm.scores(logarithms), self.spectrum.scores(spectra)])


def _take_logarithms(values: Array, mean: Array) -> tuple[Array, Array]:
    """Return matrix logarithms as triangles with diagonal, and sampled log eigenvalues."""
    n_regions = count_regions(values.shape[1], "correlations")
    rows, columns = np.triu_indices(n_regions)
    # Off the diagonal twice: so that distances are those of the whole matrices.
    weight = np.where(rows == columns, 1.0, np.sqrt(2.0)).astype(np.float32)
    logarithms = np.empty((len(values), len(rows)), np.float32)
    spectra = np.empty((len(values), _SAMPLES))
    places = np.linspace(0, n_regions - 1, _SAMPLES)
    for at in range(0, len(values), _CHUNK):
        part = np.asarray(values[at : at + _CHUNK], float)
        matrices = fill_matrices(np.where(np.isnan(part), mean, part), n_regions, 1.0)
        # Matrices with filled values need not be those of correlations: no eigenvalue is negative.
        found, vectors = np.linalg.eigh(matrices)
        found = np.maximum(found, 0.0)
        whole = (vectors * np.log(found + _RIDGE)[:, None]) @ vectors.transpose(0, 2, 1)
        logarithms[at : at + _CHUNK] = whole[:, rows, columns] * weight
        ordered = np.log(found[:, ::-1] + _SPECTRAL_RIDGE)
        spectra[at : at + _CHUNK] = [
            np.interp(places, np.arange(n_regions), each) for each in ordered
        ]
    return logarithms, spectra
