"""From a score and the depth of a gap to a probability."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

__all__ = ["DepthCalibration"]

Floats = npt.NDArray[np.float64]

# Steepness of a score that tells nothing: the order of the scores remains.
_LEAST = 1e-6


@dataclass(frozen=True, eq=False)
class DepthCalibration:
    """A logistic curve whose slope and place change with the depth of the gap.

    Parameters
    ----------
    weights : (4,) array
        Of the score, of its product with the depth [micrometres], of the depth, and of 1; their
        sum is the log-odds.
    """

    weights: Floats

    @classmethod
    def fit(cls, scores: Floats, depths: Floats, right: npt.NDArray[np.bool_]) -> Self:
        """Fit the curve.

        Parameters
        ----------
        scores : (n,) array
            Larger for what is more probable.
        depths : (n,) array
            Depth of the gap [micrometres].
        right : (n,) bool array
            Whether each is right.
        """
        from sklearn.linear_model import LogisticRegression

        columns = _extend(scores, depths)
        # Held back a little, as a few hundred items fix four weights. Without the constant, which
        # is the intercept.
        model = LogisticRegression(C=10.0).fit(columns[:, :-1], right)
        return cls(np.concatenate([model.coef_[0], model.intercept_]))

    def apply(self, scores: Floats, depth: float) -> Floats:
        """Return probabilities.

        Parameters
        ----------
        scores : (n,) array
            Scores.
        depth : float
            Depth of their gap [micrometres].

        Returns
        -------
        (n,) array
            Probabilities, among as many right as wrong ones.
        """
        slope, change, place, constant = self.weights
        # What fits the training items better when it counts against itself is no use of a score.
        steepness = max(float(slope + change * depth), _LEAST)
        return 0.5 + 0.5 * np.tanh((steepness * scores + place * depth + constant) / 2)


def _extend(scores: Floats, depths: Floats) -> Floats:
    return np.stack([scores, scores * depths, depths, np.ones_like(scores)], axis=1)
