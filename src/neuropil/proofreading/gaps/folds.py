"""Judge the gaps of each half of a volume by what was trained on the other, beside simple rules."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self, get_args

import numpy as np
import numpy.typing as npt
import polars as pl

from neuropil.connectome import Volume
from neuropil.contracts import SeedTree
from neuropil.proofreading.gaps.items import list_test_labels
from neuropil.proofreading.gaps.nulls import GapNull, GapRule
from neuropil.proofreading.gaps.results import tabulate_gap_scores
from neuropil.proofreading.gaps.scorer import GapScorer, GapTraining
from neuropil.proofreading.tasks.gaps import GapPlan, ask_gap_questions, find_gap_questions
from neuropil.proofreading.tasks.items import Item

__all__ = ["SCORER", "JudgedGaps", "judge_gaps", "tabulate_judges"]

Floats = npt.NDArray[np.float64]

SCORER = "proofreader"
"""Name of the trained scorer among the judges; the others are simple rules."""


@dataclass(frozen=True, eq=False)
class JudgedGaps:
    """Items of the gaps of one half, and what each judge says of them.

    Parameters
    ----------
    items : tuple of Item
        For tests alone.
    chances : mapping of str to list of (n_options,) array
        By judge, the probability of each option of each item.
    trained : int
        Items for training, in the other half.
    shared : int
        Labels that are shown both in training and in tests.
    seconds : mapping of str to float
        Processor time that asking, training and judging took [s].
    """

    items: tuple[Item, ...]
    chances: Mapping[str, Sequence[Floats]]
    trained: int
    shared: int
    seconds: Mapping[str, float]

    def to_json(self) -> dict[str, Any]:
        """Return all as plain JSON values."""
        return {
            "items": [item.to_json() for item in self.items],
            "chances": {
                judge: [one.tolist() for one in said] for judge, said in self.chances.items()
            },
            "trained": self.trained,
            "shared": self.shared,
            "seconds": dict(self.seconds),
        }

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Self:
        """Return what :meth:`to_json` wrote."""
        return cls(
            tuple(Item.from_json(one) for one in record["items"]),
            {judge: [np.array(one) for one in said] for judge, said in record["chances"].items()},
            record["trained"],
            record["shared"],
            record["seconds"],
        )


def judge_gaps(
    volume: Volume,
    segmentation: str,
    test_half: Literal["lower", "upper"],
    plans: tuple[GapPlan, GapTraining],
    seed: SeedTree,
) -> JudgedGaps:
    """Ask about gaps in both halves, train on those of one and judge those of the other.

    Parameters
    ----------
    volume : Volume
        With a segmentation that is right for the most part.
    segmentation : str
        Its name.
    test_half : {"lower", "upper"}
        Half of the sections whose gaps are judged.
    plans : tuple of GapPlan and GapTraining
        What is asked, and how the scorer is trained.
    seed : SeedTree
        Source of all draws.

    Returns
    -------
    JudgedGaps
        What the scorer and the simple rules say.
    """
    asking, training = plans
    clock = _Clock()
    questions = find_gap_questions(volume, seed, asking, segmentation, test_half)
    items = ask_gap_questions(questions, volume, seed, asking.half_width)
    clock.stop("asking")
    tests = [item for item in items if item.part == "test"]
    scorer = GapScorer(training).fit(volume, items, seed, segmentation)
    clock.stop("training")
    chances = {SCORER: scorer.predict_proba(volume, tests, segmentation)}
    clock.stop("judging")
    for rule in get_args(GapRule):
        # Rules see the same items, halves and calibration as the scorer.
        null = GapNull(rule, seed.child(rule).integer()).fit(volume, items, segmentation)
        chances[rule] = null.predict_proba(volume, tests, segmentation)
    learned = {
        label
        for item in items
        if item.part == "train"
        for piece in item.shown
        for label in piece.labels
    }
    shared = learned.intersection(list_test_labels(items).tolist())
    return JudgedGaps(tuple(tests), chances, len(items) - len(tests), len(shared), clock.seconds)


class _Clock:
    """Says how long each step took."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = time.process_time()

    def stop(self, step: str) -> None:
        now = time.process_time()
        self.seconds[step] = now - self._last
        self._last = now


def tabulate_judges(judged: Sequence[JudgedGaps], seed: SeedTree) -> pl.DataFrame:
    """Tabulate the accuracy of every judge over the gaps of all halves.

    Parameters
    ----------
    judged : sequence of JudgedGaps
        Of each half.
    seed : SeedTree
        Source of the resampling.

    Returns
    -------
    polars.DataFrame
        ``judge``, and the columns of
        :func:`~neuropil.proofreading.gaps.results.tabulate_gap_scores`.
    """
    items = [item for half in judged for item in half.items]
    tables = []
    for judge in judged[0].chances:
        said = [one for half in judged for one in half.chances[judge]]
        table = tabulate_gap_scores(items, said, seed)
        tables.append(table.select(pl.lit(judge).alias("judge"), pl.all()))
    return pl.concat(tables)
