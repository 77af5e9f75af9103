"""Principal components of the training subjects, and how many of them stand out."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.sparse.linalg import LinearOperator, eigsh

from neuropil.cohorts.data import Views, average_edges
from neuropil.connectome import count_regions
from neuropil.contracts import InputError

__all__ = ["PrincipalComponents", "count_components", "find_axes", "lead"]

Array = npt.NDArray[np.floating]

# The gap between the components of planted worlds and their noise is 1.3 to 2.9 (the ratio of
# neighbouring singular values), and that between components of the real cohorts at most 1.13 beyond
# the first; without a gap the number is one with which a real cohort is well reconstructed.
_FEWEST, _MOST, _GAP, _WITHOUT_GAP = 5, 40, 1.2, 20
# Spreads are roots of eigenvalues whose error is some digits of the largest: 1e-6 is far above the
# root of double precision (1.5e-8). Centred numbers are wrong in the last digits of the numbers.
_RELATIVE, _ROUNDING = 1e-6, 1e-12
# Shares of the separable covariance that validation subjects choose from. With 70 subjects of
# the real cohort .6 is best for FC, and what they choose is within 1 % of it.
_SHRINKAGES = (0.0, 0.3, 0.6, 0.9)


# Canonical correlations of noise grow with the components over the subjects: with twenty of each
# side and fifty subjects the largest one of shuffled pairs is .99, and nothing stands out.
_SUBJECTS_EACH = 8


def lead(scores: Array, n_subjects: int) -> Array:
    """Return the first components, one for every eight subjects.

    Parameters
    ----------
    scores : (n, k) array
        Coordinates, those of the largest variance first.
    n_subjects : int
        Subjects from which relations between them are estimated.
    """
    return scores[:, : max(1, n_subjects // _SUBJECTS_EACH)]


def count_components(singular_values: Array) -> int:
    """Find the number of components before the largest gap between singular values.

    Parameters
    ----------
    singular_values : (k,) array
        In falling order.

    Returns
    -------
    int
        Between 5 and 40; 20, or fewer where there are no more, if no value is at least 1.2 times
        the next one.
    """
    most = min(_MOST, len(singular_values) - 1)
    if most <= _FEWEST:
        return max(1, most)
    ratios = singular_values[_FEWEST - 1 : most] / np.maximum(
        singular_values[_FEWEST : most + 1], np.finfo(float).tiny
    )
    at = int(ratios.argmax())
    return at + _FEWEST if ratios[at] >= _GAP else min(_WITHOUT_GAP, most)


@dataclass(frozen=True)
class PrincipalComponents:
    """Centre, directions and spread of some subjects' connections.

    Parameters
    ----------
    mean : (n_edges,) array
        Of each edge, over the subjects that have it.
    directions : (k, n_edges) array
        Orthonormal rows; one row of zeros where nothing varies.
    spread : (k,) array
        Standard deviation along each, over the subjects.
    residual : (n_edges,) array
        Variance of each edge beyond the components.
    """

    mean: Array
    directions: Array
    spread: Array
    residual: Array

    @classmethod
    def fit(
        cls, edges: Array, n_components: int | None = None, shrinkage: float = 0.0
    ) -> PrincipalComponents:
        """Fit them to the subjects that are not all NaN; a single missing edge counts as its mean.

        Parameters
        ----------
        edges : (n, n_edges) array
            Connections.
        n_components : int, optional
            How many at most: there are no more than directions in which subjects differ. None
            takes those before the largest gap.
        shrinkage : float
            Share, below 1, of a separable covariance, that of regions times that of regions: few
            subjects tell little of the covariance of pairs of edges, and much of that of regions.
            Not 0 only where the edges are all pairs of some regions.

        Raises
        ------
        InputError
            When fewer than two subjects have the modality.
        """
        seen = edges[~np.isnan(edges).all(axis=1)].astype(float)
        if len(seen) < 2:
            raise InputError(
                f"expected at least 2 subjects with connections, found {len(seen)}",
                where="principal components",
                repair="Add subjects, or take fewer folds.",
            )
        mean = average_edges(seen)
        centred = np.where(np.isnan(seen), 0.0, seen - mean)
        # By the smaller of the two products: 500 subjects have 2,278 edges.
        values, left = np.linalg.eigh(centred @ centred.T)
        spreads = np.sqrt(np.maximum(values[::-1], 0.0))
        # Centred rows have one direction fewer than rows; what is below the rounding of the
        # products is no direction.
        size = np.sqrt(np.nansum(seen**2))
        real = spreads > np.maximum(_RELATIVE * spreads[0], _ROUNDING * size)
        rank = min(len(seen) - 1, edges.shape[1], int(real.sum()))
        if not rank:
            return cls(mean, np.zeros((1, edges.shape[1])), np.ones(1), centred.var(axis=0))
        k = min(n_components or count_components(spreads[:rank]), rank)
        directions = (left[:, ::-1][:, :k] / spreads[:k]).T @ centred
        lengths = spreads[:k]
        if shrinkage:
            shrunk = _lead_shrunk(centred, directions, shrinkage)
            # Turned within their span, so that coordinates of the subjects do not covary.
            _, lengths, turn = np.linalg.svd(centred @ shrunk.T, full_matrices=False)
            directions = turn @ shrunk
        spread = lengths / np.sqrt(len(seen) - 1)
        # The components are fitted to the noise as well, which takes k of its degrees of freedom.
        whole = (centred**2).sum(axis=0) - ((lengths[:, None] * directions) ** 2).sum(axis=0)
        residual = np.maximum(whole, 0.0) / max(1, len(seen) - 1 - k)
        return cls(mean, directions, spread, residual)

    def scores(self, edges: Array) -> Array:
        """Return coordinates of unit variance, shape (n, k); a missing subject's are NaN."""
        missing = np.isnan(edges).all(axis=1)
        centred = np.where(np.isnan(edges), 0.0, edges - self.mean)
        found = centred @ self.directions.T / self.spread
        found[missing] = np.nan
        return found

    def expand(self, scores: Array) -> Array:
        """Return the connections of coordinates, shape (n, n_edges)."""
        return self.mean + (scores * self.spread) @ self.directions


def find_axes(
    training: Views, validation: Views, n_components: int | None = None
) -> dict[str, PrincipalComponents]:
    """Fit principal components of every modality; validation subjects choose the shrinkage.

    Parameters
    ----------
    training : Views
        Subjects whose covariance they are of.
    validation : Views
        Subjects whose reconstruction is to be best. The centre is the mean of both.
    n_components : int, optional
        As in :meth:`PrincipalComponents.fit`.
    """
    return {
        name: _find_axes(edges, validation.edges[name], n_components)
        for name, edges in training.edges.items()
    }


def _find_axes(training: Array, validation: Array, n_components: int | None) -> PrincipalComponents:
    unseen = validation[~np.isnan(validation).all(axis=1)]
    choices = _SHRINKAGES if len(unseen) and _are_all_pairs(training.shape[1]) else (0.0,)
    found = [PrincipalComponents.fit(training, n_components, each) for each in choices]
    errors = [np.nansum((one.expand(one.scores(unseen)) - unseen) ** 2) for one in found]
    best = found[int(np.argmin(errors))]
    return replace(best, mean=average_edges(np.concatenate([training, unseen])))


def _are_all_pairs(n_edges: int) -> bool:
    """Tell whether edges are all pairs of some regions."""
    try:
        count_regions(n_edges, "edges")
    except InputError:
        return False
    return True


def _lead_shrunk(centred: Array, plain: Array, shrinkage: float) -> Array:
    """Return the leading eigenvectors of a covariance that is shrunk towards a separable one.

    The separable one is that of a symmetric matrix-normal variable: edges (i, j) and (k, l) covary
    by A_ik A_jl + A_il A_jk, where A is the covariance of regions. It is never formed: its product
    with a vector of edges is A M A of the matrix M that they make.
    """
    n = count_regions(centred.shape[1], "edges")
    rows, columns = np.triu_indices(n, 1)
    matrices = np.zeros((len(centred), n, n))
    matrices[:, rows, columns] = matrices[:, columns, rows] = centred
    regions = np.einsum("sij,skj->ik", matrices, matrices)
    variance = regions[rows, rows] * regions[columns, columns] + regions[rows, columns] ** 2
    # As much variance in all as the sample has.
    scale = (centred**2).sum() / variance.sum()

    def multiply(edges: Array) -> Array:
        matrix = np.zeros((n, n))
        matrix[rows, columns] = matrix[columns, rows] = edges.ravel()
        separable = scale * (regions @ matrix @ regions)[rows, columns]
        return (1 - shrinkage) * centred.T @ (centred @ edges.ravel()) + shrinkage * separable

    size = centred.shape[1]
    if len(plain) == size:
        return plain  # they span everything
    operator = LinearOperator((size, size), matvec=multiply, dtype=float)
    # A start that is not drawn, so that the result is the same each time.
    _, vectors = eigsh(operator, len(plain), v0=plain.sum(axis=0))
    return np.asarray(vectors.T)
