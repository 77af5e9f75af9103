"""Probabilities that mean what they say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from neuropil.contracts import InputError

__all__ = ["LogitCalibration", "Reliability", "compute_brier_score", "measure_reliability"]

Floats = npt.NDArray[np.floating]
Truths = npt.NDArray[np.bool_]

# Newton's method on two numbers; it ends far earlier, once a step is this short.
_MOST_STEPS, _SHORT = 50, 1e-8
# Keeps the curvature from vanishing where logits part the classes without error.
_RIDGE = 1e-6


@dataclass(frozen=True)
class LogitCalibration:
    """A straight line from what a network says to the log odds that are true.

    Parameters
    ----------
    scale : float
        Factor of a logit, the inverse of a temperature.
    shift : float
        What is added to it.

    References
    ----------
    Platt 1999, Advances in Large Margin Classifiers, p. 61; Guo et al. 2017, ICML, PMLR 70:1321.
    """

    scale: float = 1.0
    shift: float = 0.0

    @classmethod
    def fit(cls, logits: Floats, truth: Truths) -> Self:
        """Fit the line of largest likelihood, to pixels that the network was not trained on.

        Parameters
        ----------
        logits : (n,) array
            What the network said.
        truth : (n,) bool array
            Whether the pixel is membrane.

        Raises
        ------
        InputError
            When all pixels are of one kind; hold out sections with both.
        """
        if truth.all() or not truth.any():
            raise InputError(
                "expected pixels on membranes and off them, found one kind alone",
                where="held-out sections",
                repair="Hold out more sections.",
            )
        x, y = np.asarray(logits, float), truth.astype(float)
        rows = np.stack([x, np.ones_like(x)])
        line = np.array([1.0, 0.0])
        for _ in range(_MOST_STEPS):
            said = _sigmoid(line @ rows)
            curvature = (rows * (said * (1 - said))) @ rows.T / len(x) + _RIDGE * np.eye(2)
            step = np.linalg.solve(curvature, rows @ (said - y) / len(x))
            line = line - step
            if np.abs(step).max() < _SHORT:
                break
        return cls(float(line[0]), float(line[1]))

    def apply(self, logits: Floats) -> npt.NDArray[np.float32]:
        """Return the calibrated probabilities.

        Parameters
        ----------
        logits : (...) array
            What the network said.
        """
        line = np.float32(self.scale) * np.asarray(logits, np.float32) + np.float32(self.shift)
        return _sigmoid(line)


def _sigmoid(logits: npt.NDArray[np.floating]) -> npt.NDArray[np.floating]:
    from scipy.special import expit

    return expit(logits)


def compute_brier_score(probability: Floats, truth: Truths) -> float:
    """Compute the mean squared distance between probabilities and what is true.

    Parameters
    ----------
    probability : (n,) array
        Probability that each answer is yes.
    truth : (n,) bool array
        Whether it is.

    Returns
    -------
    float
        0 for certain and right answers, .25 where every answer is one half.

    References
    ----------
    Brier 1950, Mon. Weather Rev. 78:1.

    Examples
    --------
    >>> compute_brier_score(np.array([1.0, 0.5]), np.array([True, False]))
    0.125
    """
    return float(np.mean((np.asarray(probability, float) - truth) ** 2))


@dataclass(frozen=True, eq=False)
class Reliability:
    """How often answers of about one probability are true.

    Parameters
    ----------
    said : (bins,) array
        Mean probability of the answers in each bin; NaN where there are none.
    true : (bins,) array
        Share of them that are yes; NaN where there are none.
    n : (bins,) integer array
        Answers in each bin.
    """

    said: npt.NDArray[np.float64]
    true: npt.NDArray[np.float64]
    n: npt.NDArray[np.int64]


def measure_reliability(probability: Floats, truth: Truths, bins: int = 10) -> Reliability:
    """Measure the reliability curve over bins of equal width.

    Parameters
    ----------
    probability : (n,) array
        Probability that each answer is yes.
    truth : (n,) bool array
        Whether it is.
    bins : int
        Equal parts of the range from 0 to 1.

    Returns
    -------
    Reliability
        What was said and what is true, by bin.

    Examples
    --------
    >>> curve = measure_reliability(np.array([0.1, 0.1, 0.9]), np.array([False, True, True]), 2)
    >>> curve.true.tolist(), curve.n.tolist()
    ([0.5, 1.0], [2, 1])
    """
    part = np.minimum((np.asarray(probability, float) * bins).astype(np.int64), bins - 1)
    n = np.bincount(part, minlength=bins)
    with np.errstate(invalid="ignore"):
        said = np.bincount(part, probability, bins) / n
        true = np.bincount(part, truth, bins) / n
    return Reliability(said, true, n)
