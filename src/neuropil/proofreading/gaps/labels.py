"""What the pairs of profiles of a gap say of pairs of labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from neuropil.proofreading.gaps.training import Case, judge, to_log_odds
from neuropil.proofreading.models.trees import TreeEnsemble

__all__ = ["N_SCORES", "weigh_labels"]

Integers = npt.NDArray[np.integer[Any]]
Floats = npt.NDArray[np.float64]

N_SCORES = 3
"""Scores of a pair of labels: log-odds, and margins over rivals of the near and the far label."""

# Log-odds of labels that have no pair of profiles.
_LOWEST = float(to_log_odds(np.zeros(1))[0])
# Margins are held within it: beyond, one of the two is certain already.
_WIDEST = 8.0


def weigh_labels(
    case: Case,
    rounds: Sequence[Sequence[TreeEnsemble]],
    asked: Sequence[tuple[int, int]],
    *,
    held_out: bool,
) -> Mapping[tuple[int, int], tuple[float, float, float]]:
    """Score pairs of labels by their best pair of profiles, and by their best rivals.

    An object has one continuation. That a pair is likely therefore says less where another pair of
    one of its labels is likelier.

    Parameters
    ----------
    case : Case
        The gap, with all pairs of profiles of what is asked.
    rounds : sequence of sequence of TreeEnsemble
        Models of each round and fold.
    asked : sequence of tuple of int
        A near and a far label each.
    held_out : bool
        As in :func:`~neuropil.proofreading.gaps.training.judge`.

    Returns
    -------
    mapping of tuple of int to tuple of float
        Of each pair that is asked: its log-odds; by how much they are above those of the best
        other far label for the near one; and of the best other near label for the far one.
    """
    near, far = case.labels
    bases, options = (np.unique([pair[side] for pair in asked]) for side in (0, 1))
    rows = np.flatnonzero(np.isin(near, bases) | np.isin(far, options))
    odds = to_log_odds(judge(case, rounds, rows, held_out=held_out))
    near, far = near[rows], far[rows]
    # Labels that do not reach the face have a row or column of their own, with the lowest odds.
    names = np.union1d(near, bases), np.union1d(far, options)
    table = np.full((len(names[0]), len(names[1])), _LOWEST)
    np.maximum.at(table, (np.searchsorted(names[0], near), np.searchsorted(names[1], far)), odds)
    return {
        pair: _compare(
            table, int(np.searchsorted(names[0], pair[0])), int(np.searchsorted(names[1], pair[1]))
        )
        for pair in asked
    }


def _compare(table: Floats, row: int, column: int) -> tuple[float, float, float]:
    own = float(table[row, column])
    rivals = np.delete(table[row], column), np.delete(table[:, column], row)
    margins = [own - float(rival.max(initial=_LOWEST)) for rival in rivals]
    ahead, alone = np.clip(margins, -_WIDEST, _WIDEST)
    return own, float(ahead), float(alone)
