"""How well answers to items of gaps are given, by the depth of the gap."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

from neuropil.contracts import InputError, SeedTree
from neuropil.measures import bootstrap_interval
from neuropil.proofreading.gaps.items import locate_gap
from neuropil.proofreading.tasks.items import Item

__all__ = ["tabulate_gap_scores"]

Floats = npt.NDArray[np.float64]

# As many as measures.bootstrap_interval takes for the rows of single gaps.
_RESAMPLES = 2000


def tabulate_gap_scores(
    items: Sequence[Item], probabilities: Sequence[Floats], seed: SeedTree
) -> pl.DataFrame:
    """Tabulate accuracy by the number of missing sections, and its mean over these.

    Each base has as many items with the answer 1 as with -1, so that accuracy in the form to judge
    is balanced. Intervals are bootstrapped over bases.

    Parameters
    ----------
    items : sequence of Item
        Items of gaps.
    probabilities : sequence of (n_options,) array
        Probability of each option of each item. One of at least 0.5 counts as a yes; of several
        the highest is chosen, and a draw counts by its chance.
    seed : SeedTree
        Source of the resampling.

    Returns
    -------
    polars.DataFrame
        ``task``, ``missing_sections`` (0 in rows of the mean over gaps), ``bases``, ``accuracy``,
        ``low``, ``high``.

    Raises
    ------
    InputError
        When there is not one probability for each option of each item.
    """
    values: dict[tuple[str, int], dict[tuple[object, ...], list[float]]] = {}
    for item, chances in zip(items, probabilities, strict=True):
        if len(chances) != len(item.shown) - 1:
            raise InputError(
                f"expected {len(item.shown) - 1} probabilities, found {len(chances)}",
                where=f"item {item.id}",
                repair="Bring one for each option, in the order of the items.",
            )
        near, far = locate_gap(item)
        bases = values.setdefault((item.task, far - near), {})
        bases.setdefault((near, item.shown[0].labels), []).append(_grade(item, chances))
    rows: list[tuple[object, ...]] = []
    for task in sorted({task for task, _ in values}):
        gaps = {
            gap: np.array([np.mean(grades) for grades in bases.values()])
            for (one, gap), bases in sorted(values.items())
            if one == task
        }
        for gap, own in gaps.items():
            interval = bootstrap_interval(own, seed.child(gap).integer(), np.mean)
            rows.append((task, gap, len(own), own.mean(), *interval))
        rows.append((task, 0, sum(map(len, gaps.values())), *_average(list(gaps.values()), seed)))
    names = ["task", "missing_sections", "bases", "accuracy", "low", "high"]
    return pl.DataFrame(rows, schema=names, orient="row")


def _grade(item: Item, chances: Floats) -> float:
    if item.task == "split-error-binary":
        return float((chances[0] >= 0.5) == (item.answer == "1"))
    best = chances == chances.max()
    return float(best[int(item.answer) - 1] / best.sum())


def _average(gaps: Sequence[Floats], seed: SeedTree) -> tuple[float, float, float]:
    """Average over gaps, each resampled by itself."""
    rng = seed.child("mean").generator()
    drawn = [own[rng.integers(len(own), size=(_RESAMPLES, len(own)))].mean(axis=1) for own in gaps]
    low, high = np.percentile(np.mean(drawn, axis=0), [2.5, 97.5])
    return float(np.mean([own.mean() for own in gaps])), float(low), float(high)
