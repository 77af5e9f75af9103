"""Principal components of the training subjects, and how many of them stand out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from neuropil.cohorts.data import average_edges
from neuropil.contracts import InputError

__all__ = ["PrincipalComponents", "count_components", "lead"]

Array = npt.NDArray[np.floating]

# The gap between the components of planted worlds and their noise is 1.3 to 2.9 (the ratio of
# neighbouring singular values), and that between components of the real cohorts at most 1.13 beyond
# the first; without a gap the number is one with which a real cohort is well reconstructed.
_FEWEST, _MOST, _GAP, _WITHOUT_GAP = 5, 40, 1.2, 20
# Spreads are roots of eigenvalues whose error is some digits of the largest: 1e-6 is far above the
# root of double precision (1.5e-8). Centred numbers are wrong in the last digits of the numbers.
_RELATIVE, _ROUNDING = 1e-6, 1e-12


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
    def fit(cls, edges: Array, n_components: int | None = None) -> PrincipalComponents:
        """Fit them to the subjects that are not all NaN; a single missing edge counts as its mean.

        Parameters
        ----------
        edges : (n, n_edges) array
            Connections.
        n_components : int, optional
            How many at most: there are no more than directions in which subjects differ. None
            takes those before the largest gap.

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
        spread = spreads[:k] / np.sqrt(len(seen) - 1)
        # The components are fitted to the noise as well, which takes k of its degrees of freedom.
        whole = (centred**2).sum(axis=0) - ((spreads[:k, None] * directions) ** 2).sum(axis=0)
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
