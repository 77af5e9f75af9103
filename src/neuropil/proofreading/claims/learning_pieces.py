"""Cached pieces of work of the claims about learning: few answers, and other tissue."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from neuropil import datasets
from neuropil.connectome import Volume
from neuropil.contracts import SeedTree
from neuropil.measures import bootstrap_groups, compute_roc_area
from neuropil.proofreading.adjacency.features import describe_contacts
from neuropil.proofreading.adjacency.halves import contact_sections
from neuropil.proofreading.adjacency.measuring import Evidence
from neuropil.proofreading.config import ProofreadingConfig, choose_segmentation, load_volume
from neuropil.proofreading.models.pairs import PairPlan, PairScorer, TrainingPairs
from neuropil.proofreading.models.querying import ActiveLearner, LearningCurve, follow_learning
from neuropil.proofreading.repair.guided import Sample, measure_sample

__all__ = ["learn_from_few", "transfer"]

Truths = npt.NDArray[np.bool_]

# Steps of the way to all answers.
_STEPS = 20


def learn_from_few(config: ProofreadingConfig, seed: int, repeats: int) -> dict[str, Any]:
    """Learn with few answers in each half of the sections, and judge the other half.

    Returns
    -------
    dict
        ``n``: contacts that can be asked about in each half; ``full``: area under the curve with
        all answers, one a half; of ``uncertain`` and ``random`` one curve a half and repeat:
        ``answers``, as a share, and ``area``.
    """
    pairs, upper = _find_pairs(config)
    found: dict[str, Any] = {"n": [], "full": [], "uncertain": [], "random": []}
    tree = SeedTree(seed)
    plan = PairPlan(trees=config.mending.trees)
    for number, half in enumerate((~upper, upper)):
        learnt, other = (_take(pairs, part) for part in (half, ~half))
        area = partial(_measure_area, other)
        n = int(half.sum())
        found["n"].append(n)
        found["full"].append(area(PairScorer(plan).fit(learnt, tree.child(f"full {number}"))))
        for choice in ("uncertain", "random"):
            for repeat in range(repeats):
                learner = ActiveLearner(
                    learnt.values,
                    learnt.weights,
                    tree.child(f"{choice} {number} {repeat}"),
                    plan,
                    choice,
                )
                curve = follow_learning(learner, learnt.same, area, -(-n // _STEPS), n)
                found[choice].append(_write(curve, n))
    return found


def _find_pairs(config: ProofreadingConfig) -> tuple[TrainingPairs, Truths]:
    """Return the pairs of the rules, and which of them lie in the upper half."""
    rules = config.rules
    plan = PairPlan(faces=rules.fewest_sides, voxels=rules.fewest_voxels, purity=rules.purity)
    volume = load_volume(config).data
    sample = _measure(volume, choose_segmentation(config, volume), config.truth, rules.reach)
    features = describe_contacts(sample.graph)
    scorer = PairScorer(plan)
    rows = scorer.find_rows(sample.graph, features, sample.overlap)
    pairs = scorer.select(sample.graph, features, sample.overlap)
    # All pairs count alike here: an answer costs a person the same, and so does a mistake.
    pairs = TrainingPairs(pairs.values, pairs.same, np.ones(len(pairs.same)))
    return pairs, contact_sections(sample.graph, features.rows[rows]) >= volume.shape[0] // 2


def _measure(volume: Volume, name: str, truth: str, reach: float) -> Sample:
    evidence = Evidence.of(volume.read_image())
    whole = (slice(None),) * 3
    return measure_sample(volume, (name, truth), evidence, whole, reach)


def _take(pairs: TrainingPairs, rows: Truths) -> TrainingPairs:
    return TrainingPairs(pairs.values[rows], pairs.same[rows], pairs.weights[rows])


def _measure_area(pairs: TrainingPairs, scorer: PairScorer) -> float:
    return compute_roc_area(pairs.same, scorer.judge(pairs.values))


def _write(curve: LearningCurve, n: int) -> dict[str, list[float]]:
    return {"answers": (curve.answers / n).tolist(), "area": curve.score.tolist()}


def transfer(config: ProofreadingConfig, seed: int, names: Sequence[str]) -> dict[str, Any]:
    """Train on one block, and judge the pairs of another; beside it, within the other.

    Returns
    -------
    dict
        Area under the curve from the first block (``across``) and from the other half of the same
        block (``within``), what is ``lost`` with its interval over pairs; ``n`` pairs, of which
        ``yes`` are of one body.
    """
    plan = PairPlan(trees=config.mending.trees)
    tables, sections = [], []
    for name in names:
        volume = datasets.load(name, kind=Volume)
        sample = _measure(volume, choose_segmentation(config, volume), config.truth, 0.0)
        features = describe_contacts(sample.graph)
        scorer = PairScorer(plan)
        tables.append(scorer.select(sample.graph, features, sample.overlap))
        rows = scorer.find_rows(sample.graph, features, sample.overlap)
        sections.append(contact_sections(sample.graph, features.rows[rows]))
    source, target = tables
    tree = SeedTree(seed)
    across = PairScorer(plan).fit(source, tree.child("across")).judge(target.values)
    # By the median, so that both halves have as many pairs to learn from.
    upper = sections[1] >= np.median(sections[1])
    within = np.empty(len(across))
    for half in (upper, ~upper):
        judge = PairScorer(plan).fit(_take(target, half), tree.child("within"))
        within[~half] = judge.judge(target.values[~half])

    def lose(rows: npt.NDArray[np.intp]) -> float:
        same = target.same[rows]
        return compute_roc_area(same, within[rows]) - compute_roc_area(same, across[rows])

    every = np.arange(len(across))
    return {
        "across": compute_roc_area(target.same, across),
        "lost": (lose(every), *bootstrap_groups(every, lose, tree.child("interval").generator())),
        "within": compute_roc_area(target.same, within),
        "n": len(across),
        "yes": int(target.same.sum()),
    }
