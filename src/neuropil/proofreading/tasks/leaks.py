"""Leaks: how far items are answered from what should not tell the answer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

from neuropil.contracts import InputError, SeedTree
from neuropil.measures import bootstrap_interval
from neuropil.proofreading.tasks.items import Item

__all__ = ["audit_leaks"]

Floats = npt.NDArray[np.float64]

_FOLDS = 5


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
        # As numbers, since the forest cannot weight classes whose names are digits.
        known, answers = np.unique([item.answer for item in own], return_inverse=True)
        bases = _number_bases(own)
        if bases.max() < 9 or len(known) < 2:
            raise InputError(
                f"expected at least 10 bases and two answers, found {bases.max() + 1} and "
                f"{', '.join(known)}",
                where=task,
                repair="Bring more items; a leak cannot be told from few.",
            )
        cues = {"sizes": _describe_sizes}
        if any("extents" in item.facts for item in own):
            cues["place and extents"] = _describe_place
        for cue, describe in cues.items():
            features = [describe(item) for item in own]
            right = _try_forest(np.array(features), answers, bases, seed.child(task).child(cue))
            rows.append((task, cue, len(own), *_summarise(right, answers, bases, seed)))
    return pl.DataFrame(
        rows, schema=["task", "cue", "items", "accuracy", "low", "high"], orient="row"
    )


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
    features: Floats, answers: npt.NDArray[np.int64], bases: npt.NDArray[np.int64], seed: SeedTree
) -> npt.NDArray[np.bool_]:
    """Tell of each item whether a forest that has not seen its base answers it rightly."""
    from sklearn.ensemble import RandomForestClassifier

    # Numbers, since scikit-learn takes answers such as "-1" for numbers when it weighs them.
    kinds = np.unique(answers, return_inverse=True)[1]
    fold = seed.child("folds").generator().permutation(np.arange(bases.max() + 1) % _FOLDS)[bases]
    right = np.zeros(len(answers), bool)
    for out in range(_FOLDS):
        forest = RandomForestClassifier(
            200,
            min_samples_leaf=5,
            class_weight="balanced",
            random_state=seed.child(out).integer(),
        ).fit(features[fold != out], kinds[fold != out])
        right[fold == out] = forest.predict(features[fold == out]) == kinds[fold == out]
    return right


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
