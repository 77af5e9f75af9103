"""Logistic regression on bits, its weights rounded to few."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from neuropil.logic.rivals.design import Design, WeightedSum

__all__ = ["LinearRival", "fit_linear", "round_weights"]

Bits = npt.NDArray[np.bool_]
_TRIED = np.geomspace(0.2, 1, 9)  # of the largest weight: what the largest whole number stands for


class LinearRival:
    """Whole weights of bits, one row a class.

    Parameters
    ----------
    weights : (n_classes, n_inputs) int array
        Weights.
    constants : (n_classes,) int array
        What is added.
    """

    def __init__(self, weights: npt.NDArray[np.int64], constants: npt.NDArray[np.int64]) -> None:
        self.weights, self.constants = weights, constants

    def predict(self, bits: Bits) -> npt.NDArray[np.int64]:
        """Return the class of each row of (n, n_inputs) bits."""
        # Whole numbers of this size are exact in 32 bits, and their product is a fast one.
        scores = bits.astype(np.float32) @ self.weights.T.astype(np.float32) + self.constants
        return np.argmax(scores, axis=1)

    def design(self) -> Design:
        """Return the circuit: one sum a class."""
        n = self.weights.shape[1]
        sums = map(WeightedSum.of, self.weights, self.constants.tolist())
        return Design(n, "  assign y = x;", n, tuple(sums))


def round_weights(
    weights: npt.NDArray[np.floating], largest: int, share: float
) -> tuple[npt.NDArray[np.int64], float]:
    """Round weights to whole numbers from -largest to largest.

    Parameters
    ----------
    weights : array
        Any.
    largest : int
        Largest whole number.
    share : float
        What part of the largest weight it stands for; weights beyond are cut.

    Returns
    -------
    rounded : int array
        Whole numbers.
    scale : float
        What 1 stands for.
    """
    scale = share * float(np.abs(weights).max()) / largest
    return np.clip(np.rint(weights / scale), -largest, largest).astype(np.int64), scale


def fit_linear(
    train: tuple[Bits, npt.NDArray[np.integer]],
    held_out: tuple[Bits, npt.NDArray[np.integer]],
    largest: int,
) -> LinearRival:
    """Fit a logistic regression and round its weights, by the best of some scales.

    Parameters
    ----------
    train, held_out : ((n, n_inputs) bool array, (n,) int array)
        Bits and classes; the held-out ones choose the penalty and what 1 stands for.
    largest : int
        Largest whole weight: 1 for -1, 0 and 1.
    """
    from sklearn.linear_model import LogisticRegression

    best, found = -1.0, None
    for penalty in (0.003, 0.03):
        # Rounding leaves less than a closer optimum would bring.
        fitted = LogisticRegression(C=penalty, max_iter=300, tol=1e-3)
        fitted.fit(train[0].astype(np.float32), train[1])
        for share in _TRIED:
            weights, scale = round_weights(fitted.coef_, largest, float(share))
            rival = LinearRival(weights, np.rint(fitted.intercept_ / scale).astype(np.int64))
            accuracy = float((rival.predict(held_out[0]) == held_out[1]).mean())
            if accuracy > best:
                best, found = accuracy, rival
    assert found is not None
    return found
