"""Features of streamline counts: components above the noise, and how scattered counts are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
import numpy.typing as npt

from neuropil.cohorts.hybrid.features.projection import Projection, project_above_noise

__all__ = ["CountFeatures", "WeightFeatures"]

Array = npt.NDArray[np.floating]

# Mean log(1 + count) of the edges whose scatter is taken together: the noise of rare counts is
# Poisson's, that of frequent ones the protocol's own.
_BANDS = (2.0, 3.0, 4.0, 5.0)
# Fewer edges give a scatter that is mostly chance.
_FEWEST = 20
_LEAST = 1e-12


@dataclass(frozen=True)
class WeightFeatures:
    """Components above the noise, each edge in units of its noise.

    Parameters
    ----------
    projection : Projection
        Of the connections on the scale of the model.
    """

    kind: ClassVar[str] = "weights"
    projection: Projection

    @classmethod
    def fit(cls, values: Array) -> Self:
        """Fit them to the connections of some subjects, shape (n, n_edges)."""
        return cls(project_above_noise(values))

    @property
    def acquisition(self) -> slice:
        """Which features tell categories apart: all of them."""
        return slice(None)

    def transform(self, values: Array) -> Array:
        """Return the features of subjects, shape (n, d)."""
        return self.projection.scores(values)


@dataclass(frozen=True)
class CountFeatures(WeightFeatures):
    """Components of log(1 + count), and the scatter of the counts around them.

    Protocols differ in how much counts scatter, which components of their means do not show: the
    logarithm of the mean square of what is left, over edges of about the same count.
    """

    kind: ClassVar[str] = "counts"

    def transform(self, values: Array) -> Array:
        """Return the features of subjects, shape (n, d)."""
        scores = self.projection.scores(values)
        rest = self.projection.rest(values, scores)
        rest *= np.where(np.isfinite(self.projection.scale), self.projection.scale, 0.0)
        band = np.digitize(self.projection.mean, _BANDS)
        held = [band == number for number in range(1, len(_BANDS) + 1)]
        scatter = [
            np.log((rest[:, one] ** 2).mean(axis=1, dtype=float) + _LEAST)
            for one in held
            if one.sum() >= _FEWEST
        ]
        # No scale: where features are compared, each is in units of its spread.
        return np.column_stack([scores, *scatter])
