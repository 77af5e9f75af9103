"""Probabilities that mean what they say, and the threshold that a precision asks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from neuropil.contracts import InputError

__all__ = ["Abstention", "Calibration", "find_abstention", "find_threshold"]

Floats = npt.NDArray[np.float64]
Truth = npt.NDArray[np.bool_]


def _check(probability: Floats, same: Truth) -> None:
    if len(probability) != len(same) or not len(same):
        raise InputError(
            f"expected as many answers as probabilities, at least one, found {len(same)} and "
            f"{len(probability)}",
            where="same",
            repair="Pass one answer for each probability.",
        )


@dataclass(frozen=True, eq=False)
class Calibration:
    """A rising line from what a scorer says to how often it is right.

    Parameters
    ----------
    said : (k,) array
        Probabilities of the scorer, ascending.
    true : (k,) array
        What they stand for; between them lies a straight line.
    """

    said: Floats
    true: Floats

    @classmethod
    def fit(cls, probability: Floats, same: Truth) -> Self:
        """Fit an isotonic regression to scores of contacts that the scorer was not trained on.

        Parameters
        ----------
        probability : (t,) array
            What the scorer said.
        same : (t,) bool array
            What is true.

        Returns
        -------
        Calibration
            Never quite 0 or 1: its ends are as far off as the number of examples there allows.
        """
        from sklearn.isotonic import IsotonicRegression

        _check(probability, same)
        line = IsotonicRegression(out_of_bounds="clip").fit(probability, same.astype(float))
        # By Laplace's rule of succession, a probability of 1 cannot follow from a few examples.
        low = 1 / (np.sum(line.predict(probability) <= line.y_thresholds_[0]) + 2)
        high = 1 - 1 / (np.sum(line.predict(probability) >= line.y_thresholds_[-1]) + 2)
        said: Any = line.X_thresholds_
        return cls(said, np.clip(line.y_thresholds_, min(low, high), max(low, high)))

    def apply(self, probability: Floats) -> Floats:
        """Return the calibrated probabilities.

        Parameters
        ----------
        probability : (t,) array
            What the scorer said.
        """
        return np.asarray(np.interp(probability, self.said, self.true))


def find_threshold(probability: Floats, same: Truth, precision: float) -> float:
    """Find the lowest probability from which on joins have at least a precision.

    Parameters
    ----------
    probability : (t,) array
        Probabilities of contacts that the scorer was not trained on.
    same : (t,) bool array
        What is true.
    precision : float
        Share of the accepted joins that must be right.

    Returns
    -------
    float
        The threshold; infinite where none reaches the precision.
    """
    _check(probability, same)
    order = np.argsort(-probability, kind="stable")
    share = np.cumsum(same[order]) / np.arange(1, len(order) + 1)
    sorted_ = probability[order]
    # Only where the next probability is lower: equal ones are accepted together.
    last = np.append(sorted_[1:] < sorted_[:-1], True)
    good = np.flatnonzero((share >= precision) & last)
    return float(sorted_[good[-1]]) if len(good) else float("inf")


@dataclass(frozen=True)
class Abstention:
    """What is decided and what is left to a person.

    Parameters
    ----------
    certainty : float
        Least probability of the more probable answer with which it is given.
    coverage : float
        Share of the questions that are answered.
    precision : float
        Share of those answers that are right.
    """

    certainty: float
    coverage: float
    precision: float


def find_abstention(probability: Floats, same: Truth, precision: float = 0.99) -> Abstention:
    """Find how many questions can be answered at a precision, yes or no, the surest first.

    Parameters
    ----------
    probability : (t,) array
        Probability that each answer is yes.
    same : (t,) bool array
        What is true.
    precision : float
        Share of the given answers that must be right.

    Returns
    -------
    Abstention
        With the largest coverage; of coverage 0 where nothing reaches the precision.
    """
    _check(probability, same)
    right = (probability >= 0.5) == same
    certainty = np.maximum(probability, 1 - probability)
    least = find_threshold(certainty, right, precision)
    given = certainty >= least
    share = float(right[given].mean()) if given.any() else 0.0
    return Abstention(least, float(given.mean()), share)
