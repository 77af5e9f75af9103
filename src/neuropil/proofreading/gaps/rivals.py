"""What all pairs of a gap say about one of them: rivals, and neighbours that have found each other.

An object has one continuation, and neighbours move alike. Both are read from the probabilities
that a first model gave to the pairs one by one.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from neuropil.proofreading.gaps.faces import Face, spread_over_neighbours
from neuropil.proofreading.gaps.pairs import Gap, overlap_pairs

__all__ = ["assign_softly", "describe_rivals"]

Integers = npt.NDArray[np.integer[Any]]
Floats = npt.NDArray[np.float64]

# Probabilities are held within it, so that no model of few examples is certain.
_LEAST = 1e-4
# Rounds after which shares change by less than a hundredth at the gaps of mouse cortex.
_ROUNDS = 15
# Distances over which neighbours are asked [nm]: those that touch, and those around them.
_CIRCLES = (250.0, 600.0)


def describe_rivals(gap: Gap, pairs: tuple[Integers, Integers], probability: Floats) -> Floats:
    """Describe pairs by their standing among all pairs of a gap.

    Parameters
    ----------
    gap : Gap
        The faces.
    pairs : tuple of (n,) array
        Near and far profiles.
    probability : (n,) array
        Probability of each pair, as found without the others.

    Returns
    -------
    (n, n_features) array
        Ranks, margins and shares among profiles and among labels; distance from where the
        neighbours' matches lead; overlap after moving with them; support by neighbours.
    """
    known = np.clip(probability, _LEAST, 1 - _LEAST)
    table = np.zeros((len(gap.near.label), len(gap.far.label)))
    table[pairs] = known
    shares = assign_softly(table)
    columns = [
        *_compare(table, shares, pairs),
        *_compare_labels(gap, pairs, known),
        *_follow_neighbours(gap, pairs, table, shares),
        *_ask_neighbours(gap, pairs, shares),
    ]
    return np.stack(columns, axis=1)


def assign_softly(table: Floats) -> Floats:
    """Share every row and column out among its pairs, as far as they are probable.

    Each row may have one column or none, and each column one row or none. The shares are those
    of alternate scaling of the odds, where having none has odds of 1.

    Parameters
    ----------
    table : (n, m) array
        Probability of each pair alone, below 1.

    Returns
    -------
    (n, m) array
        Shares; no row or column has more than 1.

    References
    ----------
    Sinkhorn and Knopp 1967, Pacific Journal of Mathematics 21:343.
    """
    odds = table / (1 - table)
    rows, columns = np.ones(len(odds)), np.ones(odds.shape[1])
    for _ in range(_ROUNDS):
        rows = 1 / (1 + odds @ columns)
        columns = 1 / (1 + rows @ odds)
    # Columns were scaled last: it is rows that may be off by what a round still changes.
    return rows[:, None] * odds * columns


def _log_odds(probability: Floats) -> Floats:
    held = np.clip(probability, _LEAST, 1 - _LEAST)
    return np.log(held / (1 - held))


def _rank(table: Floats) -> tuple[Integers, Floats]:
    """Return the rank of each entry in its row, and the best of the others."""
    order = np.argsort(-table, axis=1, kind="stable")
    rank = np.empty_like(order)
    np.put_along_axis(rank, order, np.arange(table.shape[1])[None], axis=1)
    first = np.take_along_axis(table, order[:, :1], axis=1)
    second = np.take_along_axis(table, order[:, 1:2], axis=1) if table.shape[1] > 1 else 0 * first
    return rank, np.where(rank == 0, second, first)


def _compare(table: Floats, shares: Floats, pairs: tuple[Integers, Integers]) -> list[Floats]:
    """Compare entries with the others of their row and column."""
    own = _log_odds(table[pairs])
    row_rank, row_other = _rank(table)
    column_rank, column_other = _rank(table.T)
    rivals = _log_odds(row_other[pairs]), _log_odds(column_other.T[pairs])
    return [
        own,
        row_rank[pairs].astype(float),
        column_rank.T[pairs].astype(float),
        *rivals,
        own - rivals[0],
        own - rivals[1],
        table[pairs] / np.maximum(table.sum(axis=1)[pairs[0]], _LEAST),
        table[pairs] / np.maximum(table.sum(axis=0)[pairs[1]], _LEAST),
        shares[pairs],
        shares.sum(axis=1)[pairs[0]],
        shares.sum(axis=0)[pairs[1]],
    ]


def _compare_labels(gap: Gap, pairs: tuple[Integers, Integers], known: Floats) -> list[Floats]:
    """Compare labels, by the best pair of profiles that they have."""
    near, own = np.unique(gap.near.label, return_inverse=True)
    far, other = np.unique(gap.far.label, return_inverse=True)
    places = own[pairs[0]], other[pairs[1]]
    table, against = np.zeros((len(near), len(far))), np.zeros((len(near), len(far)))
    np.maximum.at(table, places, known)
    np.add.at(against, places, np.log1p(-known))
    # That none of the other pairs of the two labels is right.
    others = against[places] - np.log1p(-known)
    return [*_compare(table, assign_softly(table), places), others]


def _follow_neighbours(
    gap: Gap, pairs: tuple[Integers, Integers], table: Floats, shares: Floats
) -> list[Floats]:
    """Compare the way of a pair with those on which its neighbours have found each other."""
    near, far = gap.near, gap.far
    i, j = pairs
    best = table.argmax(axis=1)
    # Squared: what is doubtful shall not lead others.
    weight = table.max(axis=1) ** 2 * np.minimum(shares.sum(axis=1), 1)
    way = far.place[best] - near.place
    expected = gap.depth * (near.motion[2] + far.motion[2][best]) / 2
    field = spread_over_neighbours(near.place, near.place, way, weight)
    surprise = spread_over_neighbours(near.place, near.place, way - expected, weight)
    own = gap.depth * (near.motion[2][i] + far.motion[2][j]) / 2 + surprise[i]
    moved = far.place[j] - near.place[i]
    columns = [
        distance
        for shift in (field[i], own, (own + field[i]) / 2)
        for distance in gap.measure_distances(pairs, moved - shift)
    ]
    apart = np.linalg.norm(way - field, axis=1)[:, None]
    columns.append(spread_over_neighbours(near.place, near.place, apart, weight)[i, 0])
    alone = gap.depth * near.motion[2] + surprise
    for shift in (field, (field + alone) / 2):
        shared = overlap_pairs(near, far, pairs, shift)
        columns.append(shared / (near.area[i] + far.area[j] - shared))
        columns.append(shared / np.minimum(near.area[i], far.area[j]))
    return columns


def _ask_neighbours(gap: Gap, pairs: tuple[Integers, Integers], shares: Floats) -> list[Floats]:
    """Say how far the neighbours of the one profile have become neighbours of the other."""
    columns = []
    for circle in _CIRCLES:
        near, far = _weigh_neighbours(gap.near, circle), _weigh_neighbours(gap.far, circle)
        columns.append((near @ shares @ far.T)[pairs] * len(gap.near.label))
    return columns


def _weigh_neighbours(face: Face, circle: float) -> Floats:
    apart = ((face.place[:, None] - face.place) ** 2).sum(axis=2)
    weight = np.exp(-apart / (2 * circle**2))
    np.fill_diagonal(weight, 0)
    return weight / (weight.sum(axis=1, keepdims=True) + 1e-3)
