"""What every predictor of connectivity offers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Self

import numpy as np
from jaxtyping import Float, Int
from sklearn.base import BaseEstimator
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from neuropil.contracts import InputError, SeedTree
from neuropil.transcriptome.data import FEWEST, Regions, upper_pairs

__all__ = ["PairModel", "check_pairs", "train_block"]

_UNFITTED = "This %(name)s instance is not fitted yet: call fit(regions, connectivity, train) first"


class PairModel(BaseEstimator, ABC):  # type: ignore[misc]
    """Predict the connection of two regions from what is known about each.

    The prediction for (i, j) is that for (j, i). :meth:`fit` reads connectivity among the train
    regions and nowhere else.

    A model keeps scikit-learn's contract, with one difference that its tags declare: a sample is
    a pair of regions, so that it is fitted to regions, a matrix and a list of train regions.

    Attributes
    ----------
    regions_ : Regions
        What the model was fitted on, test regions' features included.
    """

    regions_: Regions

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

        Returns
        -------
        PairModel
            Itself.

        Raises
        ------
        InputError
            When an argument has the wrong type or shape, or the connectivity of the train regions
            is not finite and symmetric; the message tells how to mend it.
        ConfigError
            When a setting cannot be; the message tells which.
        """
        self._check_seed()
        self._fit(regions, *check_pairs(regions, connectivity, train))
        self.regions_ = regions
        return self

    @abstractmethod
    def _fit(self, regions: Regions, connectivity: np.ndarray, train: np.ndarray) -> None:
        """Set the fitted attributes from arguments that were checked."""

    def predict_matrix(self, rows: Int[np.ndarray, " k"]) -> np.ndarray:
        """Predict all pairs of some regions.

        Parameters
        ----------
        rows : (k,) int array
            Regions, by their place among those that were fitted.

        Returns
        -------
        (k, k) array
            Symmetric; its diagonal has no meaning.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            Before :meth:`fit`.
        InputError
            When a row is no region.
        """
        self._check_fitted()
        return self._predict(_check_rows(rows, self.regions_.n, "rows"))

    @abstractmethod
    def _predict(self, rows: np.ndarray) -> np.ndarray:
        """Return the (k, k) predictions for rows that were checked."""

    @abstractmethod
    def count_parameters(self) -> int:
        """Count the numbers that a fit finds."""

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

        Raises
        ------
        sklearn.exceptions.NotFittedError
            Before :meth:`fit`.
        InputError
            When a pair is not one of regions.
        """
        self._check_fitted()
        found = np.asarray(pairs)
        if found.ndim != 2 or found.shape[1] != 2:
            raise InputError(
                f"expected two regions for each pair, found an array of shape {found.shape}",
                where="pairs",
                repair="Pass an array of shape (n_pairs, 2).",
            )
        rows, place = np.unique(found, return_inverse=True)
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
        predicted = self.predict_matrix(rows)[upper]
        measured = connectivity[np.ix_(rows, rows)][upper]
        if not np.ptp(predicted):
            return 0.0
        return float(np.corrcoef(predicted, measured)[0, 1])

    def _check_seed(self) -> None:
        SeedTree.of(self.get_params(deep=False).get("random_state", 0))

    def _check_fitted(self) -> None:
        check_is_fitted(self, msg=_UNFITTED)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.no_validation = True
        return tags


def check_pairs(
    regions: object, connectivity: object, train: object
) -> tuple[np.ndarray, np.ndarray]:
    """Return the matrix and the train regions as arrays, or say what is wrong with them.

    Parameters
    ----------
    regions : Regions
        Features of n regions.
    connectivity : (n, n) array
        Its values are checked where they are read, by :func:`train_block`.
    train : (m,) int array
        Regions to train on, each once.

    Raises
    ------
    InputError
        When one of them has the wrong type or shape; the message tells how to mend it.
    """
    if not isinstance(regions, Regions):
        raise InputError(
            f"expected Regions, found {type(regions).__name__}",
            where="regions",
            repair="Take those of build_problem(atlas).",
        )
    matrix = np.asarray(connectivity)
    if matrix.shape != (regions.n, regions.n) or matrix.dtype.kind not in "biuf":
        raise InputError(
            f"expected numbers of shape ({regions.n}, {regions.n}), found {matrix.dtype} of shape "
            f"{matrix.shape}",
            where="connectivity",
            repair="Give one row and one column for each region.",
        )
    rows = _check_rows(train, regions.n, "train")
    if rows.size < FEWEST or np.unique(rows).size != rows.size:
        raise InputError(
            f"expected at least {FEWEST} different regions, found {np.unique(rows).size} among "
            f"{rows.size}",
            where="train",
            repair="Name each train region once, as make_splits does.",
        )
    return matrix, rows


def _check_rows(rows: object, n: int, where: str) -> np.ndarray:
    found = np.asarray(rows)
    if found.ndim != 1 or found.dtype.kind not in "iu":
        raise InputError(
            f"expected whole numbers of shape (m,), found {found.dtype} of shape {found.shape}",
            where=where,
            repair="Name regions by their place; np.flatnonzero makes places of a mask.",
        )
    if found.size and (found.min() < 0 or found.max() >= n):
        raise InputError(
            f"expected places from 0 to {n - 1}, found {found.min()} to {found.max()}",
            where=where,
            repair="Name regions by their place.",
        )
    return found


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
