"""Connectivity that decays with distance: one or two numbers, and no genes."""

from __future__ import annotations

from typing import Literal

import numpy as np
from scipy.optimize import least_squares

from neuropil.transcriptome.data import Regions, upper_pairs
from neuropil.transcriptome.models.base import PairModel, train_block

__all__ = ["DistanceDecay"]

# Start, lower and upper bounds: floor and length [mm], or width [mm]. The bounds are those that the
# class documents; the starts lie inside them and were not tuned.
_START = {
    "exponential": ((0.0, 10.0), (-1.0, 1e-3), (1.0, 100.0)),
    "gaussian": ((20.0,), (10.0,), (40.0,)),
}


class DistanceDecay(PairModel):
    """Decay with Euclidean distance, fitted to the train pairs by bounded least squares.

    Parameters
    ----------
    shape : {"exponential", "gaussian"}
        S + (1 - S) exp(-d / L) with S in [-1, 1] and L in [0, 100] mm, or exp(-d^2 / (2 w^2))
        with w in [10, 40] mm.
    folded : bool
        Whether both hemispheres are laid on the left one first.

    Attributes
    ----------
    parameters_ : dict of str to float
        ``floor`` and ``length_mm``, or ``width_mm``.

    References
    ----------
    Ercsey-Ravasz et al. 2013, Neuron 80:184, for the exponential rule.
    """

    def __init__(
        self, shape: Literal["exponential", "gaussian"] = "exponential", folded: bool = False
    ) -> None:
        self.shape = shape
        self.folded = folded

    def _fit(self, regions: Regions, connectivity: np.ndarray, train: np.ndarray) -> None:
        """Fit floor and length, or width, to the train pairs."""
        upper = upper_pairs(len(train))
        target = train_block(connectivity, train)[upper]
        distance = self._distance(regions, train)[upper]
        start, lowest, highest = _START[self.shape]
        bounds = (lowest, highest)
        found = least_squares(
            lambda values: self._curve(distance, values) - target, start, bounds=bounds
        )
        names = ("floor", "length_mm") if self.shape == "exponential" else ("width_mm",)
        self.parameters_ = dict(zip(names, map(float, found.x), strict=True))

    def _predict(self, rows: np.ndarray) -> np.ndarray:
        """Return the curve at the distance of each pair."""
        return self._curve(self._distance(self.regions_, rows), tuple(self.parameters_.values()))

    def count_parameters(self) -> int:
        """Count the fitted numbers: two, or one."""
        return 2 if self.shape == "exponential" else 1

    def _distance(self, regions: Regions, rows: np.ndarray) -> np.ndarray:
        whole = regions.folded_distance if self.folded else regions.distance
        return whole[np.ix_(rows, rows)]

    def _curve(self, distance: np.ndarray, values: tuple[float, ...] | np.ndarray) -> np.ndarray:
        if self.shape == "exponential":
            floor, length = values
            return np.asarray(floor + (1 - floor) * np.exp(-distance / length))
        return np.asarray(np.exp(-(distance**2) / (2 * values[0] ** 2)))
