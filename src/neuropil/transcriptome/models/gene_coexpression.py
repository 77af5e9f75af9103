"""Co-expression itself as the prediction: nothing is fitted."""

from __future__ import annotations

import numpy as np

from neuropil.contracts import ConfigError
from neuropil.transcriptome.data import Regions
from neuropil.transcriptome.models.base import PairModel

__all__ = ["SMALLEST", "GeneCoexpression", "component_scores", "gram_features"]

SMALLEST = 1e-8
"""Eigenvalues below this share of the largest are rounding.

A centred Gram matrix has a zero eigenvalue, which double precision turns into one of about 1e-16
of the largest; the limit itself was not tuned.
"""


def component_scores(coexpression: np.ndarray, n_components: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the principal component scores of the genes from their Gram matrix.

    Parameters
    ----------
    coexpression : (n, n) array
        Gram matrix.
    n_components : int
        Number of components.

    Returns
    -------
    scores : (n, k) array
        Eigenvectors times square roots of eigenvalues.
    eigenvalues : (k,) array
        Largest first.

    Raises
    ------
    ConfigError
        When there are not that many components.
    """
    values, vectors = np.linalg.eigh(coexpression)
    if not 1 <= n_components <= len(values):
        raise ConfigError(
            f"expected 1 to {len(values)} components, found {n_components}",
            where="component_scores",
            repair="Ask for no more than there are regions.",
        )
    kept = np.argsort(values)[::-1][:n_components]
    largest = np.maximum(values[kept], 0)
    return vectors[:, kept] * np.sqrt(largest), largest


def gram_features(coexpression: np.ndarray) -> np.ndarray:
    """Return numbers of each region whose products are n times the Gram matrix.

    They stand for z-scored genes where only the Gram matrix is at hand.

    Parameters
    ----------
    coexpression : (n, n) array
        Gram matrix.

    Returns
    -------
    (n, k) array
        Component scores times the square root of n, largest component first.
    """
    n = len(coexpression)
    scores, values = component_scores(coexpression, n)
    return np.asarray(scores[:, values > SMALLEST * values[0]] * np.sqrt(n))


class GeneCoexpression(PairModel):
    """Correlation of two regions' expression.

    Parameters
    ----------
    n_components : int, optional
        Correlation of that many principal component scores instead of all genes.
    """

    def __init__(self, n_components: int | None = None) -> None:
        self.n_components = n_components

    def _fit(self, regions: Regions, connectivity: np.ndarray, train: np.ndarray) -> None:
        """Store the co-expression; connectivity is not read."""
        del connectivity, train
        self.matrix_ = regions.coexpression
        if self.n_components is not None:
            scores, _ = component_scores(regions.coexpression, self.n_components)
            self.matrix_ = np.corrcoef(scores)

    def _predict(self, rows: np.ndarray) -> np.ndarray:
        """Return co-expression."""
        return self.matrix_[np.ix_(rows, rows)]

    def count_parameters(self) -> int:
        """Count the fitted numbers: none."""
        return 0
