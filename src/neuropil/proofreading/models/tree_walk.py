"""Boosted trees asked again and again about few rows, as an agglomeration does."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from neuropil.proofreading.models.trees import TreeEnsemble

__all__ = ["predict_yes"]

Floats = npt.NDArray[np.float64]

# Rows up to which all trees are walked at once. A round of an agglomeration asks about some
# hundreds, where walking tree by tree takes its time for the number of trees alone.
_FEW = 1024


def predict_yes(trees: TreeEnsemble, rows: npt.NDArray[np.floating]) -> Floats:
    """Return the probability of the second of two classes.

    Parameters
    ----------
    trees : TreeEnsemble
        Trees of two classes.
    rows : (n, n_features) array
        Features; NaN where one is missing.

    Returns
    -------
    (n,) array
        Probabilities, as ``trees.predict_proba`` gives them.

    Raises
    ------
    InputError
        When the rows have another number of features.
    """
    if len(rows) > _FEW or rows.shape[1] != trees.n_features:
        return np.asarray(trees.predict_proba(rows)[:, 1])
    scores = _walk(trees, np.asarray(rows, np.float64))
    return np.asarray(0.5 + 0.5 * np.tanh(scores / 2))


def _walk(trees: TreeEnsemble, table: Floats) -> Floats:
    """Go down all trees at once, with the rows that have not come to a leaf."""
    roots = trees.roots[:, 0]
    node = np.broadcast_to(roots, (len(table), len(roots))).reshape(-1).astype(np.int64)
    row = np.repeat(np.arange(len(table)), len(roots))
    going = np.flatnonzero(trees.feature[node] >= 0)
    while len(going):
        at = node[going]
        found = table[row[going], trees.feature[at]]
        left = (found <= trees.threshold[at]) | (np.isnan(found) & trees.missing_left[at])
        node[going] = trees.children[at, np.where(left, 0, 1)]
        going = going[trees.feature[node[going]] >= 0]
    leaves = trees.value[node].reshape(len(table), len(roots))
    # One after the other, as boosting adds them: sums in another order differ in the last digit.
    start = np.full((len(table), 1), trees.baseline[0])
    return np.asarray(np.concatenate([start, leaves], axis=1).cumsum(axis=1)[:, -1])
