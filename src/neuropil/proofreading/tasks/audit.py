"""Whether what is not asked gives the answer away: sizes, places, extents."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from neuropil.contracts import InputError, SeedTree

__all__ = ["score_leak"]

_FOLDS = 5
# Deep enough to find any rule of a few numbers, and too shallow to learn single items by heart.
_TREES, _FEWEST_IN_LEAF = 100, 5


def score_leak(features: npt.NDArray[np.float64], answers: Sequence[str], seed: SeedTree) -> float:
    """Predict answers from numbers that should say nothing about them.

    Parameters
    ----------
    features : (n, k) array
        What a model that cheats would look at, such as sizes.
    answers : sequence of str
        The right answers.
    seed : SeedTree
        Folds and trees.

    Returns
    -------
    float
        Balanced accuracy of a random forest on items it was not trained on, five-fold; one over
        the number of answers where nothing leaks.

    Raises
    ------
    InputError
        When an answer has fewer than five items.
    """
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.metrics import balanced_accuracy_score
    from sklearn.model_selection import StratifiedKFold, cross_val_predict

    classes, number, counts = np.unique(
        np.asarray(answers), return_inverse=True, return_counts=True
    )
    if len(classes) < 2 or counts.min() < _FOLDS:
        raise InputError(
            f"expected two answers or more with {_FOLDS} items each, found "
            f"{dict(zip(classes.tolist(), counts.tolist(), strict=True))}",
            where="score_leak",
            repair="Bring more items.",
        )
    random_state = seed.child("leak").integer()
    forest = RandomForestClassifier(
        _TREES,
        min_samples_leaf=_FEWEST_IN_LEAF,
        class_weight="balanced",
        random_state=random_state,
    )
    folds = StratifiedKFold(_FOLDS, shuffle=True, random_state=random_state)
    predicted = cross_val_predict(forest, features, number, cv=folds)
    return float(balanced_accuracy_score(number, predicted))
