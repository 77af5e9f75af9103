"""What tells joined objects from single ones without a detector: sizes, places, arms."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from neuropil.contracts import SeedTree
from neuropil.proofreading.merges.halves import MergeHalf
from neuropil.proofreading.merges.lessons import Lessons
from neuropil.proofreading.merges.surroundings import name_descriptors
from neuropil.proofreading.tasks.matching import audit_sizes, tell_across_halves

__all__ = ["judge_by_arms", "measure_leaks"]

Floats = npt.NDArray[np.float64]


def measure_leaks(halves: tuple[MergeHalf, MergeHalf], seed: SeedTree) -> dict[str, float]:
    """Ask whether something that says nothing of a join tells the answers.

    Parameters
    ----------
    halves : tuple of MergeHalf
        Items of both halves.
    seed : SeedTree
        Of the forests.

    Returns
    -------
    dict of str to float
        Balanced accuracy of forests that see ``volume``, ``extent``, both (``sizes``), or the
        ``place`` of the box.
    """
    places = [
        np.array([[pair.center, pair.center] for pair in half.pairs]).reshape(-1, 2, 3)
        for half in halves
    ]
    return {
        **audit_sizes(halves[0].sizes, halves[1].sizes, seed),
        "place": tell_across_halves(places[0], places[1], seed.child("place")),
    }


def judge_by_arms(seen: tuple[Lessons, Lessons], seed: SeedTree) -> float:
    """Tell joined objects from single ones by the numbers of arms around their points.

    Parameters
    ----------
    seen : tuple of Lessons
        Of both halves, a joined and a single object in turn.
    seed : SeedTree
        Of the forests.

    Returns
    -------
    float
        Balanced accuracy of forests that see the mean and the largest number of arms on spheres of
        each radius.
    """
    # Not the arms at the join, which a rival cannot know: those around all points.
    columns = [at for at, name in enumerate(name_descriptors()) if name.startswith("arms at")]
    lower, upper = (_count_arms(one, columns) for one in seen)
    return tell_across_halves(lower, upper, seed.child("arms"))


def _count_arms(seen: Lessons, columns: list[int]) -> Floats:
    rows = []
    for sample in seen.samples:
        arms = sample.descriptors[:, columns].astype(np.float64)
        rows.append(np.concatenate([arms.mean(0), arms.max(0)]))
    return np.array(rows).reshape(-1, 2, 2 * len(columns))
