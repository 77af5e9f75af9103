"""What every predictor of connectivity offers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Self

import numpy as np
from jaxtyping import Float, Int
from sklearn.base import BaseEstimator

from neuropil.contracts import InputError, NotFittedError
from neuropil.transcriptome.data import Regions, upper_pairs

__all__ = ["PairModel", "train_block"]


class PairModel(BaseEstimator, ABC):  # type: ignore[misc]
    """Predict the connection of two regions from what is known about each.

    The prediction for (i, j) is that for (j, i). :meth:`fit` reads connectivity among the train
    regions and nowhere else.

    Attributes
    ----------
    regions_ : Regions
        What the model was fitted on, test regions' features included.
    """

    regions_: Regions

    @abstractmethod
    def fit(
        self,
        regions: Regions,
        connectivity: Float[np.ndarray, "n n"],
        train: Int[np.ndarray, " m"],
    ) -> Self:
        """Fit to the pairs of train regions.

        Parameters
        ----------
        regions : Regions
            Features of all regions.
        connectivity : (n, n) array
            Symmetric; only rows and columns of ``train`` are read, and not the diagonal.
        train : (m,) int array
            Regions to train on.
        """

    @abstractmethod
    def predict_matrix(self, rows: Int[np.ndarray, " k"]) -> np.ndarray:
        """Return the (k, k) predictions for all pairs of some regions; ignore the diagonal."""

    @abstractmethod
    def count_parameters(self) -> int:
        """Count the fitted numbers."""

    def predict(self, pairs: Int[np.ndarray, "p 2"]) -> np.ndarray:
        """Predict pairs.

        Parameters
        ----------
        pairs : (p, 2) int array
            Two regions each.

        Returns
        -------
        (p,) array
            Connectivity in the unit of the matrix.
        """
        rows, place = np.unique(np.asarray(pairs), return_inverse=True)
        first, second = place.reshape(-1, 2).T
        predicted: np.ndarray = self.predict_matrix(rows)[first, second]
        return predicted

    def score(self, connectivity: Float[np.ndarray, "n n"], rows: Int[np.ndarray, " k"]) -> float:
        """Return Pearson r over the pairs of some regions, 0 where predictions do not vary.

        Parameters
        ----------
        connectivity : (n, n) array
            The measured matrix.
        rows : (k,) int array
            Regions that were not trained on.
        """
        upper = upper_pairs(len(rows))
        measured = connectivity[np.ix_(rows, rows)][upper]
        predicted = self.predict_matrix(rows)[upper]
        if not np.ptp(predicted):
            return 0.0
        return float(np.corrcoef(predicted, measured)[0, 1])

    def _require_fit(self) -> None:
        if not hasattr(self, "regions_"):
            raise NotFittedError(
                "the model is not fitted",
                where=type(self).__name__,
                repair="Call fit(regions, connectivity, train) first.",
            )


def train_block(connectivity: Float[np.ndarray, "n n"], train: Int[np.ndarray, " m"]) -> np.ndarray:
    """Return a copy of the matrix among some regions, and check that it can be used.

    Parameters
    ----------
    connectivity : (n, n) array
        The matrix.
    train : (m,) int array
        Regions.

    Returns
    -------
    (m, m) array
        The block, its diagonal set to 0.

    Raises
    ------
    InputError
        When a value is not finite or the block is not symmetric.
    """
    block = np.array(connectivity[np.ix_(train, train)], dtype=float)
    np.fill_diagonal(block, 0.0)
    if not np.isfinite(block).all():
        raise InputError(
            f"expected finite connectivity, found {int((~np.isfinite(block)).sum())} values not",
            where="connectivity among the train regions",
            repair="Drop the regions that lack a connection from the analysis.",
        )
    if not np.array_equal(block, block.T):
        raise InputError(
            "expected symmetric connectivity",
            where="connectivity among the train regions",
            repair="Average it with its transpose if the measure has no direction.",
        )
    return block
