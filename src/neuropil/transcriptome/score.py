"""How well one run predicted its held-out pairs, in all and in strata."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.stats import spearmanr

from neuropil.contracts import Metric
from neuropil.transcriptome.data import Regions, upper_pairs

__all__ = ["FEWEST_PAIRS", "LONG_MM", "SHORT_MM", "STRATA", "say_result", "score_pairs"]

SHORT_MM, LONG_MM = 58.33, 116.67
"""Limits of short and long distances [mm]."""
FEWEST_PAIRS = 100
"""A stratum with no more pairs than this has no r."""

STRATA = (
    "short",
    "mid",
    "long",
    "strong_positive",
    "weak",
    "strong_negative",
    "left",
    "right",
    "between_hemispheres",
    "within_network",
    "between_networks",
)


@dataclass(frozen=True)
class _Pairs:
    predicted: np.ndarray
    measured: np.ndarray
    masks: dict[str, np.ndarray]


def score_pairs(
    predicted: np.ndarray, connectivity: np.ndarray, rows: np.ndarray, regions: Regions
) -> dict[str, float | None]:
    """Score the predictions of all pairs of some regions.

    Parameters
    ----------
    predicted : (k, k) array
        Predictions; the diagonal is ignored.
    connectivity : (n, n) array
        Measured.
    rows : (k,) int array
        Regions that were predicted.
    regions : Regions
        All n regions.

    Returns
    -------
    dict of str to float or None
        ``r``, ``spearman``, ``r_squared``, ``mse``, ``mae`` and ``r_<stratum>`` for each of
        :data:`STRATA`; None where a stratum has no more than 100 pairs, or no variance.
    """
    pairs = _gather(predicted, connectivity, rows, regions)
    x, y = pairs.predicted, pairs.measured
    error = x - y
    scores: dict[str, float | None] = {
        "r": _correlate(x, y),
        "spearman": _spearman(x, y),
        "r_squared": float(1 - (error**2).sum() / ((y - y.mean()) ** 2).sum()),
        "mse": float((error**2).mean()),
        "mae": float(np.abs(error).mean()),
    }
    for name in STRATA:
        chosen = pairs.masks[name]
        enough = int(chosen.sum()) > FEWEST_PAIRS
        scores[f"r_{name}"] = _correlate(x[chosen], y[chosen]) if enough else None
    return scores


def say_result(metrics: Mapping[str, Metric]) -> str:
    """Say what genes add to the prediction of held-out regions, from what was measured.

    Parameters
    ----------
    metrics : mapping of str to Metric
        Metrics of a run by id; of several kinds of split, those of the headline count.
    """
    begin = "gain_over_coordinates_"
    for name, gain in metrics.items():
        if not name.startswith(begin) or not gain.headline or gain.value is None:
            continue
        kind = name.removeprefix(begin)
        parts = [f"{_signed(gain.value)} over coordinates"]
        null = metrics.get(f"gain_over_nulls_{kind}")
        if null is not None and null.value is not None:
            parts.append(f"{_signed(null.value)} over spun genes")
        return f"genes change r by {' and by '.join(parts)} on {kind} splits"
    return ""


def _signed(value: float) -> str:
    return f"{value:+.2f}"


def _gather(
    predicted: np.ndarray, connectivity: np.ndarray, rows: np.ndarray, regions: Regions
) -> _Pairs:
    upper = upper_pairs(len(rows))
    first, second = (rows[index] for index in upper)
    measured = connectivity[first, second]
    distance = regions.distance[first, second]
    side, other = regions.sides[first], regions.sides[second]
    network, partner = regions.networks[first], regions.networks[second]
    known = (network != "") & (partner != "")
    masks = {
        "short": distance <= SHORT_MM,
        "mid": (distance > SHORT_MM) & (distance <= LONG_MM),
        "long": distance > LONG_MM,
        "strong_positive": measured > 0.3,
        "weak": np.abs(measured) <= 0.3,
        "strong_negative": measured < -0.3,
        "left": (side == "L") & (other == "L"),
        "right": (side == "R") & (other == "R"),
        "between_hemispheres": (side != other) & (side != "") & (other != ""),
        "within_network": known & (network == partner),
        "between_networks": known & (network != partner),
    }
    return _Pairs(predicted[upper], measured, masks)


def _correlate(x: np.ndarray, y: np.ndarray) -> float | None:
    if not np.ptp(x) or not np.ptp(y):
        return None
    return float(np.corrcoef(x, y)[0, 1])


def _spearman(x: np.ndarray, y: np.ndarray) -> float | None:
    if not np.ptp(x) or not np.ptp(y):
        return None
    return float(spearmanr(x, y).statistic)
