"""Cached pieces of work about merge errors: plain settings and a seed in, JSON out."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from neuropil import datasets
from neuropil.connectome import Volume
from neuropil.contracts import SeedTree, SilentProgress
from neuropil.measures import summarise_null
from neuropil.proofreading.config import CORTEX, REAL, SYNTHETIC
from neuropil.proofreading.merges.halves import (
    FOUND,
    DetectorPlan,
    JudgedMerges,
    MergeHalf,
    judge_halves,
    make_halves,
)
from neuropil.proofreading.merges.real import BodyDetectors, RealMerges
from neuropil.proofreading.merges.rivals import judge_by_arms, measure_leaks
from neuropil.proofreading.tasks.joins import Joins, MergePlan
from neuropil.proofreading.tasks.real_merges import build_real_merge_items

__all__ = ["judge_merges", "judge_real", "make_real_items"]

# Neurites of the fly's medulla, and of the generated block, are so many times finer than those of
# mouse cortex, for which boxes, contacts and radii are chosen.
_FINER = {REAL: 3.0, SYNTHETIC: 2.5}
# Pairs of each half that are made again, to see that they are the same.
_AGAIN = 50
# Contacts of bodies, and middles, that are learnt from in each half of the fly's tissue.
_BODY_PLACES = 400
_SMALL_PLAN = MergePlan(
    pairs=5,
    half_width=1500.0,
    jitter=1200.0,
    margin=0.0,
    fewest_voxels=1_000,
    mismatch=9.0,
    tries=60,
)


def _find_joins(fast: bool) -> tuple[Joins, MergePlan, str]:
    name = SYNTHETIC if fast else CORTEX
    plan = _SMALL_PLAN if fast else MergePlan()
    volume = datasets.load(name, kind=Volume)
    z, y, x = (edge * _FINER.get(name, 1.0) for edge in volume.voxel_size)
    labels = volume.segmentation("truth" if fast else None)
    return Joins.find(labels, (z, y, x), plan), plan, name


def judge_merges(fast: bool, seed: int) -> dict[str, Any]:
    """Make items about merge errors, train on halves of the sections, and judge the other ones.

    Parameters
    ----------
    fast : bool
        Whether a few items are made of the generated block instead.
    seed : int
        Seed.

    Returns
    -------
    dict
        Counts and leaks of the items, and each quantity with its interval.
    """
    tree = SeedTree(seed)
    begin = time.process_time()
    joins, plan, origin = _find_joins(fast)
    halves = make_halves(joins, plan, origin, tree)
    passed = time.process_time() - begin
    again = make_halves(joins, replace(plan, pairs=_AGAIN), origin, tree)
    training = DetectorPlan(iterations=10, places=8) if fast else DetectorPlan()
    judged, seen = judge_halves(halves, training, tree, SilentProgress())
    return {
        "items": _count(halves, again, passed),
        "leaks": measure_leaks(halves, tree.child("leaks")),
        "arms": judge_by_arms(seen, tree),
        "judged": judged.to_json(),
        **_quantities(judged, tree),
    }


def _count(
    halves: tuple[MergeHalf, MergeHalf], again: tuple[MergeHalf, MergeHalf], seconds: float
) -> dict[str, Any]:
    ids = [item.id for half in halves for item in half.items]
    same = all(
        [item.id for item in one.items[: len(other.items)]] == [item.id for item in other.items]
        for one, other in zip(halves, again, strict=True)
    )
    binary = sum(len(half.binary()) for half in halves)
    return {
        "binary": binary,
        "choice": len(ids) - binary,
        "halves": [len(half.pairs) for half in halves],
        "same": same and len(set(ids)) == len(ids),
        "apart": not halves[0].labels & halves[1].labels,
        "seconds_per_1000": 1000 * seconds / len(ids),
    }


def _quantities(judged: JudgedMerges, seed: SeedTree) -> dict[str, Any]:
    binary = judged.grade_binary()
    chance = summarise_null(
        "a random place in the object",
        judged.draw_chance(seed),
        float(judged.found.mean()),
        smaller_is_better=False,
    )
    return {
        "binary_accuracy": _with_interval(judged, _tell, seed),
        "choice_accuracy": _with_interval(judged, _choose, seed),
        "area": _with_interval(judged, JudgedMerges.area_under_curve, seed),
        "singles": len(np.unique(judged.label)),
        "found": _with_interval(judged, _find, seed),
        "chance": [chance.name, chance.median, chance.low, chance.high, chance.n, chance.p],
        "of_three": float((judged.off_three < FOUND).mean()),
        "sheet": float((judged.off_sheet < FOUND).mean()),
        "by_half": [float(binary[judged.upper == half].mean()) for half in (False, True)],
    }


def _tell(judged: JudgedMerges) -> float:
    return float(judged.grade_binary().mean())


def _choose(judged: JudgedMerges) -> float:
    return float(judged.grade_choice().mean())


def _find(judged: JudgedMerges) -> float:
    return float(judged.found.mean())


def _with_interval(
    judged: JudgedMerges, quantity: Callable[[JudgedMerges], float], seed: SeedTree
) -> tuple[float, float, float]:
    return (quantity(judged), *judged.interval(quantity, seed))


def make_real_items(segmentation: str, seed: int) -> dict[str, Any]:
    """Make the items of real merge errors twice, and count them.

    Parameters
    ----------
    segmentation : str
        Segmentation of the block of fly tissue.
    seed : int
        Seed; nothing is drawn.

    Returns
    -------
    dict
        Numbers of items, whether ids are the same both times, and the largest ratio of the volumes
        within a pair.
    """
    del seed
    volume = datasets.load(REAL, kind=Volume)
    labels, truth = volume.segmentation(segmentation), volume.segmentation("truth")
    first, again = (
        build_real_merge_items(labels, truth, volume.voxel_size, segmentation) for _ in range(2)
    )
    sizes = np.array([item.facts["voxels"] for item in first]).reshape(-1, 2)
    return {
        "merged": sum(item.answer == "1" for item in first),
        "clean": sum(item.answer == "-1" for item in first),
        "same": [item.id for item in first] == [item.id for item in again],
        "ratio": float((sizes.max(1) / sizes.min(1)).max()),
    }


def judge_real(seed: int) -> dict[str, dict[str, Any]]:
    """Find real merge errors by detectors that were trained on joins of true bodies.

    Parameters
    ----------
    seed : int
        Seed.

    Returns
    -------
    dict
        For each segmentation of the block of fly tissue the area under the curve with its interval
        over pairs, and the share of merge errors whose place is as near as counts as found.
    """
    tree = SeedTree(seed)
    volume = datasets.load(REAL, kind=Volume)
    truth, finer = volume.segmentation("truth"), _FINER[REAL]
    detectors = BodyDetectors.train(truth, volume.voxel_size, finer, _BODY_PLACES, tree)
    found = {}
    for name in ("watershed", "ffn"):
        labels = volume.segmentation(name)
        items = build_real_merge_items(labels, truth, volume.voxel_size, name)
        found[name] = _rank_real(detectors.judge(labels, items, tree), FOUND / finer, tree)
    return found


def _rank_real(said: RealMerges, near: float, seed: SeedTree) -> dict[str, Any]:
    n = len(said.score) // 2
    unknown = np.full(n, np.nan)
    pairs = JudgedMerges(
        joined=said.score[::2],
        single=said.score[1::2],
        off=unknown,
        off_three=unknown,
        off_sheet=unknown,
        chance=unknown,
        area=unknown,
        upper=np.zeros(n, bool),
        label=np.arange(n),
    )
    off = said.off[::2]
    known = np.isfinite(off)
    return {
        "n": len(said.score),
        "area": _with_interval(pairs, JudgedMerges.area_under_curve, seed),
        "choice": float(pairs.grade_choice().mean()),
        "near_nm": near,
        "near": float((off[known] < near).mean()),
        "chance": float(said.chance[::2][known].mean()),
        "known": int(known.sum()),
    }
