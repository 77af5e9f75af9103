"""Leaks: how far items are answered from what should not tell the answer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

from neuropil.contracts import InputError, SeedTree
from neuropil.measures import bootstrap_interval
from neuropil.proofreading.tasks.items import Item

__all__ = ["audit_leaks", "score_leak"]

Floats = npt.NDArray[np.float64]

# Bases of four fifths train the forest that is tried on the others.
_FOLDS = 5
# Fewer leave folds of a single base, in which a leak and luck look alike.
_FEWEST_BASES = 10


def audit_leaks(items: Sequence[Item], seed: SeedTree) -> pl.DataFrame:
    """Answer items from sizes alone, and from place and extents alone.

    A random forest learns the answers of four fifths of the bases and is tried on the others. What
    it reaches beyond chance is a leak: the items could be answered without looking.

    Parameters
    ----------
    items : sequence of Item
        Items whose facts state ``voxels`` of all that is shown and, where place and extents are
        audited too, ``extents``, as those of gaps do. Each task is audited by itself.
    seed : SeedTree
        Source of folds, trees and resampling.

    Returns
    -------
    polars.DataFrame
        ``task``; ``cue``, which is ``sizes`` or ``place and extents``; ``items``; balanced
        ``accuracy`` with the bounds ``low`` and ``high`` of its interval, over bases.

    Raises
    ------
    InputError
        When an item does not state them, or a task has fewer than 10 bases or a single answer.
    """
    rows = []
    for task in sorted({item.task for item in items}):
        own = [item for item in items if item.task == task]
        answers = np.array([item.answer for item in own])
        bases = _number_bases(own)
        cues = {"sizes": _describe_sizes}
        if any("extents" in item.facts for item in own):
            cues["place and extents"] = _describe_place
        for cue, describe in cues.items():
            features = np.array([describe(item) for item in own])
            tree = seed.child(task).child(cue)
            right, classes = _try_forest(features, answers, bases, tree, task)
            rows.append((task, cue, len(own), *_summarise(right, classes, bases, seed)))
    return pl.DataFrame(
        rows, schema=["task", "cue", "items", "accuracy", "low", "high"], orient="row"
    )


def score_leak(
    features: npt.ArrayLike,
    answers: Sequence[str],
    bases: Sequence[int],
    seed: SeedTree,
) -> tuple[float, float | None, float | None]:
    """Answer items from features of your own that should not tell the answers.

    The same forest, folds and interval as in :func:`audit_leaks`, for whatever else may leak: the
    brightness of pictures, lengths of names, the order in which items were made.

    Parameters
    ----------
    features : (n, n_features) array
        What is known of each item without looking at it.
    answers : sequence of str
        The right answer of each.
    bases : sequence of int
        Number of what an item is about; those of one number are never trained and tried apart.
    seed : SeedTree
        Source of folds, trees and resampling.

    Returns
    -------
    accuracy, low, high : float
        Balanced accuracy on bases that the forest has not seen, and its interval over bases; what
        lies beyond chance is a leak.

    Raises
    ------
    InputError
        When there is not one row of features, all finite, and one base for each answer, or there
        are fewer than 10 bases or a single answer.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> answers = ["1", "-1"] * 50
    >>> told = np.array([[float(one)] for one in answers])
    >>> score_leak(told, answers, range(100), SeedTree(0))[0]
    1.0
    """
    table, given = np.asarray(features, float), np.asarray(answers)
    owner = np.unique(np.asarray(bases), return_inverse=True)[1]
    if table.ndim != 2 or not len(table) == len(given) == len(owner):
        raise InputError(
            f"expected one row of features and one base for each of {len(given)} answers, found "
            f"features of shape {table.shape} and {len(owner)} bases",
            where="score_leak",
            repair="Bring one row, one answer and one base an item.",
        )
    if not np.isfinite(table).all():
        raise InputError(
            f"expected finite features, found {int((~np.isfinite(table)).sum())} that are not",
            where="score_leak",
            repair="Leave these items out, or say by a feature of its own what is missing.",
        )
    right, classes = _try_forest(table, given, owner, seed, "score_leak")
    return _summarise(right, classes, owner, seed)


def _number_bases(items: Sequence[Item]) -> npt.NDArray[np.int64]:
    """Give each base a number, so that items about one base stay together."""
    names = [(item.shown[0].labels, item.shown[0].sections, item.center) for item in items]
    order = {name: number for number, name in enumerate(dict.fromkeys(names))}
    return np.array([order[name] for name in names])


def _read_facts(item: Item, name: str) -> Floats:
    stated = np.asarray(item.facts.get(name, ()), float)
    if len(stated) != len(item.shown):
        raise InputError(
            f"expected {name} of {len(item.shown)} pieces among the facts, found {len(stated)}",
            where=f"item {item.id}",
            repair="State what each piece that is shown has.",
        )
    return stated


def _describe_sizes(item: Item) -> Floats:
    sizes = np.log(_read_facts(item, "voxels"))
    # Trees divide along single features only: differences are given to them.
    return np.concatenate([sizes, (sizes[:, None] - sizes)[np.triu_indices(len(sizes), 1)]])


def _describe_place(item: Item) -> Floats:
    extents = _read_facts(item, "extents")
    apart = extents[1:] - extents[-1]
    return np.concatenate([item.center, extents.ravel(), apart[:-1].ravel()])


def _try_forest(
    features: Floats,
    answers: npt.NDArray[np.str_],
    bases: npt.NDArray[np.int64],
    seed: SeedTree,
    where: str,
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.int64]]:
    """Tell which items a forest answers rightly that has not seen their base, and their classes."""
    from sklearn.ensemble import RandomForestClassifier

    # Numbers, since scikit-learn takes answers such as "-1" for numbers when it weighs them.
    known, kinds = np.unique(answers, return_inverse=True)
    n = int(bases.max(initial=-1)) + 1
    if n < _FEWEST_BASES or len(known) < 2:
        raise InputError(
            f"expected at least {_FEWEST_BASES} bases and two answers, found {n} and "
            f"{', '.join(known)}",
            where=where,
            repair="Bring more items; a leak cannot be told from few.",
        )
    fold = seed.child("folds").generator().permutation(np.arange(n) % _FOLDS)[bases]
    right = np.zeros(len(kinds), bool)
    for out in range(_FOLDS):
        forest = RandomForestClassifier(
            200,
            min_samples_leaf=5,
            class_weight="balanced",
            random_state=seed.child(out).integer(),
        ).fit(features[fold != out], kinds[fold != out])
        right[fold == out] = forest.predict(features[fold == out]) == kinds[fold == out]
    return right, kinds


def _summarise(
    right: npt.NDArray[np.bool_],
    answers: npt.NDArray[np.int64],
    bases: npt.NDArray[np.int64],
    seed: SeedTree,
) -> tuple[float, float | None, float | None]:
    """Return balanced accuracy with its interval over bases."""
    counts = np.bincount(answers)
    # Weighted so that the mean over all items is the mean of the recalls.
    weighted = right * len(right) / (len(counts) * counts[answers])
    by_base = np.bincount(bases, weighted) / np.bincount(bases)
    low, high = bootstrap_interval(by_base, seed.child("interval").integer(), np.mean)
    return float(weighted.mean()), low, high
