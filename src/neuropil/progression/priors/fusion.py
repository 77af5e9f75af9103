"""Probabilities of several mechanisms fused into one, with what is left of their doubts."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from neuropil.contracts import ConfigError, did_you_mean

__all__ = ["Fusion", "FusionRule", "fuse"]

Floats = npt.NDArray[np.float64]

FusionRule = Literal["noisy-or", "mean", "simplex"]
"""How probabilities of several mechanisms become one."""

# Weights are typed, or come out of a softmax in single precision.
_ROUNDING = 1e-6


@dataclass(frozen=True)
class Fusion:
    """How probabilities of several mechanisms become one.

    Parameters
    ----------
    rule : {"noisy-or", "mean", "simplex"}
        Noisy-or: the probability that at least one mechanism is at work, if they are independent;
        one sure mechanism suffices. Mean: all count alike. Simplex: a weighted mean.
    weights : mapping of str to float, optional
        Weight of each mechanism, from 0, with sum 1; for ``simplex`` alone. They are learnt
        elsewhere, on data that no later score uses.
    floor : float
        Probability below which no pair stays, in [0, 1): p becomes ``floor + (1 - floor) p``. A
        prior that multiplies can never raise a pair that is 0, and hardly one that is low.

    Raises
    ------
    ConfigError
        When the rule is unknown, weights are missing, not needed, or no shares, or the floor is
        not in [0, 1).
    """

    rule: FusionRule = "noisy-or"
    weights: Mapping[str, float] | None = None
    floor: float = 0.0

    def __post_init__(self) -> None:
        if self.rule not in get_args(FusionRule):
            raise ConfigError(
                f"expected one of {', '.join(get_args(FusionRule))}, found {self.rule!r}",
                where="fusion",
                repair=f"{did_you_mean(self.rule, get_args(FusionRule))}Write one of them.",
            )
        if not 0 <= self.floor < 1:
            raise ConfigError(
                f"expected a floor of 0 or more and below 1, found {self.floor:g}",
                where="floor",
                repair="Give a probability such as 0.05; 0 leaves all as they are.",
            )
        if (self.weights is not None) != (self.rule == "simplex"):
            found = "none" if self.weights is None else "some"
            raise ConfigError(
                f"expected weights with simplex and with no other rule, found {found} with "
                f"{self.rule}",
                where="weights",
                repair="Give the weight of each mechanism, or fuse by noisy-or or mean.",
            )
        _check_shares(self.weights or {"": 1.0})


def _check_shares(weights: Mapping[str, float]) -> None:
    total = math.fsum(weights.values())
    # Written so that NaN is refused.
    if not (all(weight >= 0 for weight in weights.values()) and abs(total - 1) <= _ROUNDING):
        raise ConfigError(
            f"expected weights from 0 with sum 1, found a sum of {total:g}",
            where="weights",
            repair="Divide them by their sum.",
        )


def fuse(
    probabilities: Mapping[str, Floats], doubts: Mapping[str, Floats], fusion: Fusion
) -> tuple[Floats, Floats]:
    """Fuse probabilities of several mechanisms.

    Doubts are carried on to first order, as those of independent answers.

    Parameters
    ----------
    probabilities : mapping of str to array
        Probabilities in [0, 1] by mechanism, all of one shape.
    doubts : mapping of str to array
        Their standard deviations; NaN where they are not known.
    fusion : Fusion
        How.

    Returns
    -------
    fused : ndarray
        Of the same shape, in [0, 1].
    doubt : ndarray
        Its standard deviation; NaN where a doubt that counts is not known.

    Raises
    ------
    ConfigError
        When the weights are not those of the mechanisms.

    Examples
    --------
    >>> shares = {"tract": np.array([0.5, 0.0]), "proximity": np.array([0.5, 0.2])}
    >>> doubts = {"tract": np.array([0.1, 0.0]), "proximity": np.array([0.0, 0.1])}
    >>> [each.round(3).tolist() for each in fuse(shares, doubts, Fusion())]
    [[0.75, 0.2], [0.05, 0.1]]
    """
    names = list(probabilities)
    stacked = np.stack([probabilities[name] for name in names])
    # The slope of the fused value in each probability carries its doubt on.
    if fusion.rule == "noisy-or":
        fused = 1 - np.prod(1 - stacked, axis=0)
        slopes = np.stack(
            [np.prod(np.delete(1 - stacked, place, axis=0), axis=0) for place in range(len(names))]
        )
    else:
        shares = _find_weights(names, fusion)
        slopes = np.broadcast_to(shares.reshape(-1, *[1] * (stacked.ndim - 1)), stacked.shape)
        # Sums of shares may pass 1 by a rounding.
        fused = np.clip((slopes * stacked).sum(axis=0), 0.0, 1.0)
    spread = np.stack([doubts[name] for name in names])
    # A mechanism without weight brings no doubt, not even an unknown one.
    parts = np.where(slopes == 0, 0.0, slopes * spread)
    # Lifted and not cut off: the order of the pairs stays, and so does that of the sparse graph.
    lifted = fusion.floor + (1 - fusion.floor) * fused
    return lifted, (1 - fusion.floor) * np.sqrt((parts**2).sum(axis=0))


def _find_weights(names: list[str], fusion: Fusion) -> Floats:
    if fusion.weights is None:
        return np.full(len(names), 1 / len(names))
    if set(fusion.weights) != set(names):
        raise ConfigError(
            f"expected weights of {', '.join(names)}, found those of {', '.join(fusion.weights)}",
            where="weights",
            repair="Give each mechanism its weight, 0 where it shall not count.",
        )
    return np.array([fusion.weights[name] for name in names])
