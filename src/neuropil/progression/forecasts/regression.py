"""Ridge regression towards a belief, from sums that can be added and taken away."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from neuropil.contracts import InputError

__all__ = ["NormalEquations", "standardise"]

Array = npt.NDArray[np.float64]


def standardise(values: npt.ArrayLike, used: npt.NDArray[np.bool_]) -> Array:
    """Return values with mean 0 and standard deviation 1 over the regions that are used.

    Parameters
    ----------
    values : (n,) array
        Anything outside the used regions is left out of account, NaN too.
    used : (n,) bool array
        Which regions count.

    Returns
    -------
    (n,) array
        0 outside the used regions, and everywhere where the values do not vary.

    Examples
    --------
    >>> standardise([1.0, 3.0, 9.0], np.array([True, True, False]))
    array([-1.,  1.,  0.])
    """
    given = np.asarray(values, dtype=np.float64)
    kept = given[used]
    spread = kept.std()
    out = np.zeros(given.shape)
    # A map without any pathology says nothing; it must not become a division by zero.
    if spread > 0:
        out[used] = (kept - kept.mean()) / spread
    return out


@dataclass(frozen=True, eq=False)
class NormalEquations:
    """What a linear regression needs to know of its rows: k columns against one target.

    Columns and target are standardised beforehand. The sums of few rows are as good as the rows:
    a fit with other columns, another penalty or without one study is a matter of k numbers.

    Parameters
    ----------
    squares : (k, k) array
        Mean products of columns.
    products : (k,) array
        Mean products of columns and target.

    Examples
    --------
    >>> x = np.array([[1.0], [-1.0]])
    >>> equations = NormalEquations.of(x, np.array([1.0, -1.0]))
    >>> equations.solve(1.0, [0.0])
    array([0.5])
    """

    squares: Array
    products: Array

    @classmethod
    def of(cls, columns: Array, target: Array) -> NormalEquations:
        """Sum over rows.

        Parameters
        ----------
        columns : (m, k) array
            What is predicted from.
        target : (m,) array
            What is predicted.
        """
        return cls(columns.T @ columns / len(target), columns.T @ target / len(target))

    @classmethod
    def mean(cls, parts: Iterable[NormalEquations]) -> NormalEquations:
        """Average over parts, such as the times of one study; each counts alike."""
        given = list(parts)
        if not given:
            raise InputError(
                "expected something to learn from, found none",
                where="NormalEquations.mean",
                repair="Give a study with at least two maps.",
            )
        squares = np.mean([one.squares for one in given], axis=0)
        return cls(squares, np.mean([one.products for one in given], axis=0))

    @classmethod
    def total(cls, parts: Iterable[NormalEquations]) -> NormalEquations:
        """Add up parts, such as studies: the more there are, the less a penalty weighs."""
        given = list(parts)
        # Each part is a mean over its rows: a study does not count more because its map is finer.
        average = cls.mean(given)
        return cls(average.squares * len(given), average.products * len(given))

    def take(self, columns: Sequence[int]) -> NormalEquations:
        """Keep some of the columns."""
        places = list(columns)
        return NormalEquations(self.squares[np.ix_(places, places)], self.products[places])

    def solve(self, penalty: float, towards: npt.ArrayLike) -> Array:
        """Return the coefficients w that minimise the squared error + penalty |w - towards|^2.

        Parameters
        ----------
        penalty : float
            How much is held against leaving the belief, above 0; 1 weighs as much as one part.
        towards : (k,) array
            The belief: coefficients where the rows say nothing.

        Returns
        -------
        (k,) array
            Coefficients.

        References
        ----------
        Hoerl and Kennard 1970, Technometrics 12:55, for a penalty on coefficients.
        """
        # What is solved for is the distance from the belief, on which the penalty lies.
        belief = np.asarray(towards, dtype=np.float64)
        left = self.squares + penalty * np.eye(len(belief))
        return belief + np.linalg.solve(left, self.products - self.squares @ belief)

    def correlate(self, coefficients: npt.ArrayLike) -> float:
        """Return Pearson r of a prediction with the target; 0 where it does not vary."""
        w = np.asarray(coefficients, dtype=np.float64)
        # The square of the standard deviation of the prediction, since all columns have mean 0.
        spread = float(w @ self.squares @ w)
        # The target has standard deviation 1, so that only the prediction's is divided by.
        return float(w @ self.products) / np.sqrt(spread) if spread > 0 else 0.0
