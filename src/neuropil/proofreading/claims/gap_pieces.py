"""Cached pieces of work about gaps: plain settings and a seed in, JSON out."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from neuropil import datasets
from neuropil.connectome import Volume
from neuropil.contracts import SeedTree
from neuropil.measures import compute_calibration_error
from neuropil.proofreading.config import CORTEX, SYNTHETIC
from neuropil.proofreading.gaps.folds import SCORER, JudgedGaps, judge_gaps, tabulate_judges
from neuropil.proofreading.gaps.scorer import GapTraining
from neuropil.proofreading.tasks.gaps import GapPlan, ask_gap_questions, find_gap_questions
from neuropil.proofreading.tasks.items import Item
from neuropil.proofreading.tasks.leaks import audit_leaks

__all__ = ["audit_gap_items", "judge_gap_half", "repeat_gap_items", "score_gaps"]

Half = Literal["lower", "upper"]

# What the generated block of 96 sections of 16 nm holds: a few questions, and a model of a second.
_FAST = (
    GapPlan((2, 4), 12, 6, lateral=128.0, reach=300.0, half_width=400.0, smallest=3e-4, margin=8),
    GapTraining(sections=(2, 4), spacing=6, easy=1.0, trees=8),
)


def _prepare(fast: bool) -> tuple[Volume, str, tuple[GapPlan, GapTraining]]:
    volume = datasets.load(SYNTHETIC if fast else CORTEX, kind=Volume)
    return (volume, "truth", _FAST) if fast else (volume, "automatic", (GapPlan(), GapTraining()))


def judge_gap_half(half: Half, seed: int, fast: bool) -> dict[str, Any]:
    """Train on the gaps of the other half, and judge those of one.

    Returns
    -------
    dict
        Items, what each judge says of them, and the times, as ``JudgedGaps.to_json`` writes them.
    """
    volume, name, plans = _prepare(fast)
    return judge_gaps(volume, name, half, plans, SeedTree(seed).child("gaps")).to_json()


def repeat_gap_items(half: Half, seed: int, fast: bool) -> list[str]:
    """Make the items of one half once more, and return the ids of those for tests."""
    volume, name, (plan, _) = _prepare(fast)
    tree = SeedTree(seed).child("gaps")
    questions = find_gap_questions(volume, tree, plan, name, half)
    tests = [question for question in questions if question.part == "test"]
    return [item.id for item in ask_gap_questions(tests, volume, tree, plan.half_width)]


def score_gaps(halves: list[dict[str, Any]], seed: int) -> dict[str, Any]:
    """Score every judge over both halves.

    Returns
    -------
    dict
        ``accuracy`` by judge, task and missing sections (``"0"`` of the mean): value, bounds and
        number of bases. ``calibration`` error of the scorer on the items to judge.
    """
    judged = [JudgedGaps.from_json(half) for half in halves]
    accuracy: dict[str, dict[str, dict[str, list[float]]]] = {}
    for row in tabulate_judges(judged, SeedTree(seed).child("gap scores")).iter_rows(named=True):
        by_gap = accuracy.setdefault(row["judge"], {}).setdefault(row["task"], {})
        by_gap[str(row["missing_sections"])] = [
            row[name] for name in ("accuracy", "low", "high", "bases")
        ]
    said = [
        (float(chances[0]), item.answer == "1")
        for half in judged
        for item, chances in zip(half.items, half.chances[SCORER], strict=True)
        if item.task == "split-error-binary"
    ]
    probability, right = (np.array(column) for column in zip(*said, strict=True))
    return {"accuracy": accuracy, "calibration": compute_calibration_error(probability, right)}


def audit_gap_items(records: list[dict[str, Any]], seed: int) -> dict[str, Any]:
    """Answer items from sizes alone, and from place and extents alone.

    Returns
    -------
    dict
        By task and cue: balanced accuracy, its bounds and the number of items.
    """
    items = [Item.from_json(record) for record in records]
    found: dict[str, dict[str, list[float]]] = {}
    for row in audit_leaks(items, SeedTree(seed).child("gap leaks")).iter_rows(named=True):
        names = ("accuracy", "low", "high", "items")
        found.setdefault(row["task"], {})[row["cue"]] = [row[name] for name in names]
    return found
