"""Features of correlation matrices: their matrix logarithm, and their eigenvalues."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from neuropil.cohorts.data import average_edges
from neuropil.cohorts.hybrid.features.logarithms import Decomposed, decompose
from neuropil.cohorts.hybrid.features.projection import Projection, project

__all__ = ["RIDGE", "CorrelationFeatures"]

Array = npt.NDArray[np.floating]

RIDGE = 0.03
"""Added to the eigenvalues before the logarithm: series with fewer time points than regions have
eigenvalues of 0; .03 is about a tenth of the middle one in the real cohort."""
# The real cohort has no gap between singular values: numbers from a prototype on it, in which 10 to
# 50 components did about as well.
_COMPONENTS, _SPECTRAL = 20, 6
_SAMPLES = 40
# Of .001, .01 and .03 the one whose categories agree best between seeds (.95 and .99 in ABIDE).
_SPECTRAL_RIDGE = 1e-2
# Coordinates within categories: a larger ridge, since small eigenvalues are mostly noise of short
# scans (card).
_WIDE, _WIDE_RIDGE = 160, 0.3


class _Views(NamedTuple):
    logarithms: Array
    spectra: Array
    wide: Array


@dataclass(frozen=True)
class CorrelationFeatures:
    """Components of the matrix logarithm of correlations, and of their log eigenvalues.

    The logarithm turns changes that multiply, as those of filters and scanners do, into sums. The
    eigenvalues tell how long a scan was and how its series were filtered. The first ones tell
    categories apart; those of ``wide`` are what coordinates within categories are made of.

    Parameters
    ----------
    mean : (n_edges,) array
        Correlations that missing ones are taken for.
    logarithm, spectrum, wide : Projection
        Of the logarithms, of the eigenvalues, and of logarithms with a larger ridge.
    """

    kind: ClassVar[str] = "correlations"
    mean: Array
    logarithm: Projection
    spectrum: Projection
    wide: Projection

    @classmethod
    def fit(cls, values: Array) -> Self:
        """Fit them to the correlations of some subjects, shape (n, n_edges)."""
        mean = average_edges(values)
        seen = _read(values, mean)
        most = max(1, len(values) // 4)
        logarithm, _ = project(seen.logarithms, min(_COMPONENTS, most))
        spectrum, _ = project(seen.spectra, min(_SPECTRAL, most, seen.spectra.shape[1] - 1))
        wide, _ = project(seen.wide, min(_WIDE, most))
        return cls(mean, logarithm, spectrum, wide)

    @property
    def acquisition(self) -> slice:
        """Which features tell categories apart: the first ones."""
        return slice(0, len(self.logarithm.directions) + len(self.spectrum.directions))

    def transform(self, values: Array) -> Array:
        """Return the features of subjects, shape (n, d)."""
        seen = _read(values, self.mean)
        pairs = zip((self.logarithm, self.spectrum, self.wide), seen, strict=True)
        return np.hstack([projection.scores(part) for projection, part in pairs])


def _read(values: Array, mean: Array) -> _Views:
    parts = [_view(one) for one in decompose(values, mean)]
    return _Views(*(np.concatenate(part) for part in zip(*parts, strict=True)))


def _view(one: Decomposed) -> _Views:
    n_regions = one.values.shape[1]
    places = np.linspace(0, n_regions - 1, _SAMPLES)
    ordered = np.log(one.values[:, ::-1] + _SPECTRAL_RIDGE)
    spectra = np.array([np.interp(places, np.arange(n_regions), each) for each in ordered])
    return _Views(one.logarithm(RIDGE), spectra, one.logarithm(_WIDE_RIDGE))
