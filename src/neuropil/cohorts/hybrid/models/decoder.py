"""From categories and coordinates to connections: an offset a category, a map a coordinate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from neuropil.cohorts.data import average_edges

__all__ = ["EdgeDecoder"]

Array = npt.NDArray[np.floating]

_RIDGE = 1e-6  # beside the variance of coordinates, so that one that never varies is no fault


@dataclass(frozen=True)
class EdgeDecoder:
    """What categories and continuous coordinates say of every connection.

    Parameters
    ----------
    mean : (n_edges,) array
        Of the fitted subjects, on the scale of the model.
    offsets : (K, n_edges) array
        What each category adds to it.
    maps : (c, n_edges) array
        What one unit of each coordinate adds.
    counts : (K,) array
        Fitted subjects of each category.
    """

    mean: Array
    offsets: Array
    maps: Array
    counts: Array

    @classmethod
    def fit(cls, values: Array, probability: Array, z: Array) -> Self:
        """Fit offsets and maps together by least squares.

        Parameters
        ----------
        values : (n, n_edges) array
            Connections on the scale of the model; a missing one counts as the mean.
        probability : (n, K) array
            Of the categories.
        z : (n, c) array
            Continuous coordinates.
        """
        seen = ~np.isnan(values)
        mean = average_edges(values)
        centred = np.where(seen, values - mean, 0.0)
        k = probability.shape[1]
        design = np.hstack([probability, z])
        gram = design.T @ design
        # By the diagonal itself: categories without subjects have none, and take no offset.
        gram += np.diag(_RIDGE * np.maximum(np.diag(gram), 1.0))
        weights = np.linalg.solve(gram, design.T @ centred)
        return cls(mean, weights[:k], weights[k:], probability.sum(axis=0))

    def decode(self, probability: Array, z: Array) -> Array:
        """Return the connections of categories and coordinates, shape (n, n_edges)."""
        return self.mean + probability @ self.offsets + z @ self.maps
