"""Cached pieces of work of the claims: plain settings and a seed in, JSON out."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from neuropil.connectome import Volume
from neuropil.contracts import SeedTree, SilentProgress
from neuropil.proofreading.config import ProofreadingConfig, choose_segmentation, load_volume
from neuropil.proofreading.rendering.pictures import Studio
from neuropil.proofreading.score import JudgedPairs
from neuropil.proofreading.tasks.items import Item
from neuropil.proofreading.tasks.leaks import audit_leaks
from neuropil.proofreading.tasks.pairs import (
    find_pairs,
    make_pair_choices,
    make_pair_items,
    match_sizes,
)
from neuropil.proofreading.work import Mended, mend

__all__ = ["FFN_REACH", "draw_views", "make_items", "mend_block"]

FFN_REACH = 6.0
"""Gaps of the flood-filling segmentation that are filled before its pairs are found [voxels]."""

# Pairs of either answer below which an area under the curve would say nothing.
_FEWEST = 10


def mend_block(config: ProofreadingConfig, seed: int) -> dict[str, Any]:
    """Train on both halves of the block, judge its pairs and join its objects.

    Returns
    -------
    dict
        Numbers of pairs and joins, each quantity with its interval.
    """
    volume: Volume = load_volume(config).data
    tree = SeedTree(seed)
    mended = mend(config, volume, tree, SilentProgress())
    judged = mended.judged
    alone = judged.take(judged.alone)
    enough = min(alone.same.sum(), (~alone.same).sum()) >= _FEWEST
    return {
        "n": len(judged.same),
        "yes": int(judged.same.sum()),
        "pairs": _quantities(judged, tree) | _answers(judged, tree),
        "rivals": {name: _quantities(one, tree) for name, one in mended.rivals.items()},
        "alone": {
            "n": len(alone.same),
            "area": alone.area(),
            "accuracy": alone.balanced_accuracy(),
        }
        if enough
        else None,
        "milliseconds": mended.milliseconds,
        "objects": len(mended.cross.sample.graph.labels),
        "joins": int(mended.curve.joins[mended.chosen]),
        "before": _stand(mended, 0),
        "after": _stand(mended, mended.chosen),
    }


def _quantities(judged: JudgedPairs, seed: SeedTree) -> dict[str, tuple[float, float, float]]:
    return {
        "area": _with_interval(judged, JudgedPairs.area, seed),
        "accuracy": _with_interval(judged, JudgedPairs.balanced_accuracy, seed),
    }


def _answers(judged: JudgedPairs, seed: SeedTree) -> dict[str, tuple[float, float, float]]:
    return {
        "calibration": _with_interval(judged, JudgedPairs.calibration_error, seed),
        "coverage": _with_interval(judged, JudgedPairs.coverage, seed),
        "precision": _with_interval(judged, JudgedPairs.precision, seed),
    }


def _with_interval(
    judged: JudgedPairs, quantity: Callable[[JudgedPairs], float], seed: SeedTree
) -> tuple[float, float, float]:
    return (quantity(judged), *judged.interval(quantity, seed))


def _stand(mended: Mended, row: int) -> dict[str, Any]:
    standing = mended.after if row else mended.before
    voxel = float(np.prod(mended.volume.voxel_size)) / 1e9  # [um3]
    return {
        "split": float(mended.curve.split[row]),
        "merge": float(mended.curve.merge[row]),
        "rand": float(mended.curve.rand_error[row]),
        "interval": standing.interval.total,
        "edits": standing.edits.total,
        "run": [standing.run.expected * voxel, standing.run.perfect * voxel],
    }


def make_items(config: ProofreadingConfig, seed: int) -> dict[str, Any]:
    """Make the real split items twice, and count them.

    Returns
    -------
    dict
        Numbers of binary and choice items, and whether ids are the same both times.
    """
    volume = load_volume(config).data
    begin = time.perf_counter()
    first, second = (_items(config, volume, seed) for _ in range(2))
    passed = (time.perf_counter() - begin) / 2
    matched = match_sizes(first[0])
    leaks = audit_leaks(matched, SeedTree(seed).child("leaks"))
    return {
        "leak": leaks.select("accuracy", "low", "high").row(0),
        "matched": len(matched),
        "binary": len(first[0]),
        "choice": len(first[1]),
        "same": [one.id for part in first for one in part]
        == [one.id for part in second for one in part],
        "seconds": passed,
    }


def _items(config: ProofreadingConfig, volume: Volume, seed: int) -> tuple[list[Item], list[Item]]:
    name = choose_segmentation(config, volume)
    pairs = find_pairs(volume, name, config.truth, config.rules)
    return make_pair_items(pairs, SeedTree(seed)), make_pair_choices(pairs, SeedTree(seed))


def draw_views(config: ProofreadingConfig, seed: int, n: int) -> list[float]:
    """Draw the views of some items, and return the seconds that each view took."""
    volume = load_volume(config).data
    items, _ = _items(config, volume, seed)
    studio = Studio(volume, choose_segmentation(config, volume))
    found = []
    for item in items[:: max(len(items) // n, 1)][:n]:
        begin = time.process_time()
        views = len(studio.take(item).views)
        found.append((time.process_time() - begin) / views)
    return found
