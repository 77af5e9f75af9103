"""Which spins keep most of a map's smoothness: reassignment cost and decay with distance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from neuropil.contracts import InputError
from neuropil.measures.maps.spins import Spins

__all__ = ["SpinRanking", "compute_decay", "rank_spins"]

BIN_MM = 5.0
"""Width of a bin of distance [mm]; not tuned."""
_LONGEST = 1000.0  # [mm]: a similarity that falls more slowly than this does not fall in a brain
# Lengths of a grid, and how often it is drawn again around the best: each round narrows the range a
# hundredfold, so that six find a length to a part in 10^11.
_GRID, _ROUNDS = 200, 6
_BATCH = 64  # spins that are averaged at a time, which bounds the memory; not tuned


@dataclass(frozen=True, eq=False)
class SpinRanking:
    """Spins in the order in which they keep the map's autocorrelation.

    Parameters
    ----------
    order : (n_spins,) int array
        Index of each spin, the best first.
    table : pl.DataFrame
        For each spin, in the order it was drawn: ``cost``, ``decay_length_mm``, ``floor``,
        ``decay_error``, ``polynomial_error`` and ``mean_rank``.
    true_length, true_floor : float
        Decay length [mm] and floor of the map itself.
    """

    order: np.ndarray
    table: pl.DataFrame
    true_length: float
    true_floor: float


def compute_decay(
    similarity: np.ndarray, distance: np.ndarray, *, width: float = BIN_MM
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Average similarity in bins of distance.

    Parameters
    ----------
    similarity : (m, n, n) array
        Symmetric similarity of each pair of regions, in m versions.
    distance : (n, n) array
        Distance of each pair [mm].
    width : float
        Width of a bin [mm].

    Returns
    -------
    centre : (b,) array
        Middle of the bins that hold a pair [mm].
    mean : (m, b) array
        Mean similarity in each.
    count : (b,) array
        Pairs in each.
    """
    bins = _sort_pairs(distance, width)
    return bins.centre, bins.average(similarity[:, bins.rows, bins.columns]), bins.count


@dataclass(frozen=True, eq=False)
class _Bins:
    """Pairs of regions in the order of their distance bin, and where each bin begins."""

    rows: np.ndarray
    columns: np.ndarray
    starts: np.ndarray
    count: np.ndarray
    centre: np.ndarray

    def average(self, values: np.ndarray) -> np.ndarray:
        """Average (m, pairs) values over each bin, (m, bins)."""
        return np.asarray(np.add.reduceat(values, self.starts, axis=1) / self.count)


def _sort_pairs(distance: np.ndarray, width: float) -> _Bins:
    rows, columns = np.triu_indices(len(distance), 1)
    place = np.floor(distance[rows, columns] / width).astype(np.int64)
    order = np.argsort(place, kind="stable")
    numbers, starts, count = np.unique(place[order], return_index=True, return_counts=True)
    return _Bins(rows[order], columns[order], starts, count, (numbers + 0.5) * width)


def fit_exponential(centre: np.ndarray, mean: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Fit S + (1 - S) exp(-d / L) to binned similarities by least squares.

    For a given length the floor S is a linear fit, so that the length alone is searched: on a
    grid that is refined around its best value.

    Parameters
    ----------
    centre : (b,) array
        Distances [mm].
    mean : (m, b) array
        Similarities.

    Returns
    -------
    length : (m,) array
        L [mm], at most 1,000.
    floor : (m,) array
        S.
    """
    low = np.full(len(mean), 0.1)
    high = np.full(len(mean), _LONGEST)
    share = np.linspace(0, 1, _GRID)
    chosen = np.arange(len(mean))
    for _ in range(_ROUNDS):
        lengths = low[:, None] * (high / low)[:, None] ** share
        basis = np.exp(-centre / lengths[:, :, None])
        free = 1 - basis
        target = mean[:, None, :] - basis
        floors = (free * target).sum(axis=2) / (free**2).sum(axis=2)
        loss = ((target - floors[:, :, None] * free) ** 2).sum(axis=2)
        best = loss.argmin(axis=1)
        low = lengths[chosen, np.maximum(best - 1, 0)]
        high = lengths[chosen, np.minimum(best + 1, _GRID - 1)]
    return lengths[chosen, best], floors[chosen, best]


def rank_spins(spins: Spins, similarity: np.ndarray, distance: np.ndarray) -> SpinRanking:
    """Order spins by how well the spun map keeps its decay with distance, and by their cost.

    The similarity of each spun map is averaged in bins of 5 mm; an exponential decay and a cubic
    polynomial are fitted to the bins. Parameters are standardised over the spins, and the sums
    of their absolute distances to those of the map itself are the two errors. The rank is the
    mean over cost, decay error and polynomial error.

    Parameters
    ----------
    spins : Spins
        What was drawn.
    similarity : (n, n) array
        Similarity of the regions' values, such as the correlation of their gene expression.
    distance : (n, n) array
        Their distance [mm].

    Returns
    -------
    SpinRanking
        The order, best first, and what it rests on.

    Raises
    ------
    InputError
        When the matrices are not of the regions that were spun, or there are fewer than 2 spins.
    """
    n = spins.permutations.shape[1]
    if similarity.shape != (n, n) or distance.shape != (n, n) or len(spins) < 2:
        raise InputError(
            f"expected ({n}, {n}) matrices and at least 2 spins, found {similarity.shape}, "
            f"{distance.shape} and {len(spins)} spins",
            where="rank_spins",
            repair="Select the matrices as the regions of the null model; draw more spins.",
        )
    bins, flat = _sort_pairs(distance, BIN_MM), np.ascontiguousarray(similarity).ravel()
    spun = []
    for start in range(0, len(spins), _BATCH):
        permutations = spins.permutations[start : start + _BATCH].astype(np.int32)
        pairs = permutations[:, bins.rows] * np.int32(n) + permutations[:, bins.columns]
        spun.append(_parameters(bins.centre, bins.average(flat.take(pairs))))
    parameters = np.concatenate(spun)
    true = _parameters(bins.centre, bins.average(flat[None, bins.rows * n + bins.columns]))[0]
    deviation = parameters.std(axis=0)
    away = np.abs(parameters - true) / np.where(deviation > 0, deviation, 1)
    errors = {
        "cost": spins.cost,
        "decay_error": away[:, :2].sum(axis=1),
        "polynomial_error": away[:, 2:].sum(axis=1),
    }
    mean_rank = np.mean([_rank(error) for error in errors.values()], axis=0)
    table = pl.DataFrame(
        {
            "cost": spins.cost,
            "decay_length_mm": parameters[:, 0],
            "floor": parameters[:, 1],
            "decay_error": errors["decay_error"],
            "polynomial_error": errors["polynomial_error"],
            "mean_rank": mean_rank,
        }
    )
    order = np.argsort(mean_rank, kind="stable")
    return SpinRanking(order, table, float(true[0]), float(true[1]))


def _parameters(centre: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """Return length, floor and four polynomial coefficients of each version, (m, 6)."""
    length, floor = fit_exponential(centre, mean)
    # Centred and scaled distances keep the cubic well conditioned.
    cubic = np.vander((centre - centre.mean()) / centre.std(), 4)
    coefficients = np.linalg.lstsq(cubic, mean.T, rcond=None)[0].T
    return np.column_stack([length, floor, coefficients])


def _rank(values: np.ndarray) -> np.ndarray:
    from scipy.stats import rankdata

    ranks: np.ndarray = rankdata(values)
    return ranks
