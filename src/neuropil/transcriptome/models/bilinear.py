"""Bilinear models: the connection is a quadratic form of the two regions' expression."""

from __future__ import annotations

from typing import Literal

import numpy as np
from sklearn.cross_decomposition import PLSRegression

from neuropil.contracts import ConfigError
from neuropil.transcriptome.data import Regions, upper_pairs
from neuropil.transcriptome.models.base import PairModel, train_block
from neuropil.transcriptome.models.gene_coexpression import SMALLEST
from neuropil.transcriptome.models.kernel_ridge import PENALTIES
from neuropil.transcriptome.splits import InnerKind, inner_splits

__all__ = ["BilinearModel", "Form", "count_bilinear"]

Form = Literal["closed", "pca", "pls"]
# Components of the published models, which have 730 and 101 numbers: those of 95 % of the variance,
# and ten of partial least squares.
_VARIANCE = 0.95
_PLS_COMPONENTS = 10


def count_bilinear(n_features: int) -> int:
    """Count the numbers of a bilinear form with a scalar bias.

    Examples
    --------
    >>> [count_bilinear(n) for n in (7380, 27, 10)]
    [54464401, 730, 101]
    """
    return n_features**2 + 1


class BilinearModel(PairModel):
    """Ridge estimate of O in y_ij = x_i' O x_j + b, in closed form.

    O = (X'X + p)^-1 X' (Y - b) X (X'X + p)^-1, computed from the Gram matrix of the regions, so
    that it costs the same for 300 genes and for 15,000.

    Parameters
    ----------
    form : {"closed", "pca", "pls"}
        X is the z-scored expression, its principal components, or its partial least squares
        components with the train regions' connectivity. Components are found on train regions.
    n_components : int, optional
        Number of components; those of 95 % of variance for ``pca`` and 10 for ``pls`` when not
        given.
    inner : {"random", "spatial"}
        How train regions are split to choose the penalty.
    random_state : int
        Seed of the inner split.

    Attributes
    ----------
    penalty_ : float
        Chosen inside the train regions, relative to the mean eigenvalue of X'X.
    n_features_ : int
        Columns of X.
    """

    def __init__(
        self,
        form: Form = "closed",
        n_components: int | None = None,
        inner: InnerKind = "random",
        random_state: int = 0,
    ) -> None:
        self.form = form
        self.n_components = n_components
        self.inner = inner
        self.random_state = random_state

    def _fit(self, regions: Regions, connectivity: np.ndarray, train: np.ndarray) -> None:
        """Choose the penalty inside the train regions, then fit to all of them."""
        block = train_block(connectivity, train)
        place = {region: index for index, region in enumerate(train)}
        losses = np.zeros(len(PENALTIES))
        for fit, validate in inner_splits(self.inner, regions, train, self.random_state):
            inside = np.array([place[region] for region in fit])
            outside = np.array([place[region] for region in validate])
            features = self._features(regions, block[np.ix_(inside, inside)], fit)
            upper = upper_pairs(len(validate))
            measured = block[np.ix_(outside, outside)][upper]
            for index, penalty in enumerate(PENALTIES):
                form, bias = _solve(features[fit], block[np.ix_(inside, inside)], penalty)
                predicted = features[validate] @ form @ features[validate].T + bias
                losses[index] += np.mean((predicted[upper] - measured) ** 2)
        self.penalty_ = PENALTIES[int(losses.argmin())]
        self.features_ = self._features(regions, block, train)
        self.form_, self.bias_ = _solve(self.features_[train], block, self.penalty_)
        self.n_features_ = self._n_features(regions)

    def _predict(self, rows: np.ndarray) -> np.ndarray:
        """Return the quadratic form of each pair."""
        known = self.features_[rows]
        return np.asarray(known @ self.form_ @ known.T + self.bias_)

    def count_parameters(self) -> int:
        """Count the numbers of O and the bias."""
        self._check_fitted()
        return count_bilinear(self.n_features_)

    def _n_features(self, regions: Regions) -> int:
        if self.form != "closed":
            return self.features_.shape[1]
        genes = regions.expression
        return regions.n if genes is None else genes.shape[1]

    def _features(self, regions: Regions, block: np.ndarray, train: np.ndarray) -> np.ndarray:
        """Return (n, k) coordinates of all regions in the space that train regions span."""
        scores, values = _project(regions.coexpression, train)
        if self.form == "closed":
            return scores
        if self.form == "pca":
            share = np.cumsum(values) / values.sum()
            wanted = self.n_components or int(np.searchsorted(share, _VARIANCE)) + 1
            self._check(wanted, scores.shape[1])
            return scores[:, :wanted]
        wanted = self.n_components or _PLS_COMPONENTS
        self._check(wanted, scores.shape[1])
        found = PLSRegression(wanted, scale=False).fit(scores[train], block)
        return np.asarray(found.transform(scores))

    def _check(self, wanted: int, most: int) -> None:
        if not 1 <= wanted <= most:
            raise ConfigError(
                f"expected 1 to {most} components, found {wanted}",
                where=f"BilinearModel({self.form!r})",
                repair="Ask for no more than the train regions span.",
            )


def _project(coexpression: np.ndarray, train: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return scores of all regions on the principal axes of the train regions, largest first."""
    values, vectors = np.linalg.eigh(coexpression[np.ix_(train, train)])
    kept = np.argsort(values)[::-1]
    kept = kept[values[kept] > SMALLEST * values.max()]
    return coexpression[:, train] @ vectors[:, kept] / np.sqrt(values[kept]), values[kept]


def _solve(features: np.ndarray, block: np.ndarray, penalty: float) -> tuple[np.ndarray, float]:
    bias = float(block[upper_pairs(len(block))].mean())
    target = block - bias
    np.fill_diagonal(target, 0.0)
    gram = features.T @ features
    ridge = gram + penalty * np.trace(gram) / len(gram) * np.eye(len(gram))
    left = np.linalg.solve(ridge, features.T)
    form = left @ target @ left.T
    return (form + form.T) / 2, bias
