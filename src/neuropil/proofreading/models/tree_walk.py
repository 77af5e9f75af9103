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
    n_rows, n_features = table.shape
    roots = trees.roots[:, 0].astype(np.int64)
    flat, children = table.reshape(-1), trees.children.reshape(-1)
    leaves = np.empty(n_rows * len(roots))
    place = np.arange(len(leaves))
    node = np.tile(roots, n_rows)
    first = np.repeat(np.arange(n_rows) * n_features, len(roots))
    while len(place):
        # Taken from flat arrays, which is several times faster than by two indices.
        feature = trees.feature.take(node)
        done = feature < 0
        if done.any():
            leaves[place[done]] = trees.value.take(node[done])
            going = ~done
            place, node, first, feature = place[going], node[going], first[going], feature[going]
        found = flat.take(first + feature)
        right = ~(found <= trees.threshold.take(node))
        right &= ~(np.isnan(found) & trees.missing_left.take(node))
        node = children.take(2 * node + right).astype(np.int64)
    start = np.full((n_rows, 1), trees.baseline[0])
    # One after the other, as boosting adds them: sums in another order differ in the last digit.
    scores = np.concatenate([start, leaves.reshape(n_rows, len(roots))], axis=1).cumsum(axis=1)
    return np.asarray(scores[:, -1])
