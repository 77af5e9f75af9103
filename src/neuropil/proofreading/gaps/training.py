"""How the trees of a gap scorer are trained: in rounds, each out of the folds of the one before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from neuropil.contracts import ConfigError, SeedTree
from neuropil.proofreading.gaps.pairs import Gap, describe_pairs, list_pairs
from neuropil.proofreading.gaps.rivals import describe_rivals
from neuropil.proofreading.models.trees import TreeEnsemble

__all__ = ["Case", "GapTraining", "choose_fold", "judge", "to_log_odds", "train_rounds"]

Integers = npt.NDArray[np.integer[Any]]
Floats = npt.NDArray[np.float64]

# Folds of labels: a pair is judged among rivals by a model that has not seen its label.
_FOLDS = 2
# Probabilities are held within it before their logarithms are taken.
_LEAST = 1e-5
# Pixels of a profile that is learned from, and voxels of its label behind the face: those of items.
_PIXELS, _VOXELS = 8, 100


@dataclass(frozen=True)
class GapTraining:
    """How a scorer is trained.

    Parameters
    ----------
    sections : tuple of int
        Numbers of missing sections that it learns from.
    spacing : int
        Sections from one gap that it learns from to the next.
    easy : float
        Share of the pairs of different objects that are learned from; they stand for all.
    rounds : int
        Models one after the other: the first judges pairs alone, each further one among rivals
        as the one before has judged them.
    trees : int
        Trees of a model.
    """

    # Those of the items: 120 to 640 nm in mouse cortex.
    sections: tuple[int, ...] = (3, 5, 8, 12, 16)
    spacing: int = 24
    easy: float = 0.35
    rounds: int = 2
    trees: int = 90

    def __post_init__(self) -> None:
        numbers = (self.spacing, self.rounds, self.trees, *self.sections)
        if not self.sections or min(numbers) < 1 or not 0 < self.easy <= 1:
            raise ConfigError(
                "expected numbers of at least 1 and a share of easy pairs above 0 and up to 1, "
                f"found {self}",
                where="GapTraining",
                repair="Write for example GapTraining(spacing=24, easy=0.35, rounds=2, trees=90).",
            )


@dataclass(frozen=True, eq=False)
class Case:
    """A gap, the pairs that are judged there, and their features.

    Parameters
    ----------
    gap : Gap
        The faces.
    pairs : tuple of (n,) array
        Near and far profiles.
    features : (2, n, n_features) array
        What each pair tells alone, seen from the near side and from the far one. Tissue has no
        direction, so that both are right; the mean of both is surer than either.
    """

    gap: Gap
    pairs: tuple[Integers, Integers]
    features: npt.NDArray[np.float32]

    @classmethod
    def read(cls, gap: Gap, asked: Sequence[tuple[int, int]] = ()) -> Self:
        """Describe the likely pairs of a gap.

        Parameters
        ----------
        gap : Gap
            The faces.
        asked : sequence of tuple of int
            A near and a far label each, all of whose pairs of profiles are added.
        """
        near, far = list_pairs(gap)
        width = len(gap.far.label)
        codes = [near * width + far]
        for base, option in asked:
            one, other = np.flatnonzero(gap.near.label == base), gap.far.label == option
            codes.append((one[:, None] * width + np.flatnonzero(other)).ravel())
        listed = np.unique(np.concatenate(codes))
        pairs = (listed // width, listed % width)
        sides = ((gap, pairs), (gap.mirrored(), pairs[::-1]))
        features = [describe_pairs(*side).astype(np.float32) for side in sides]
        return cls(gap, pairs, np.stack(features))

    @property
    def labels(self) -> tuple[Integers, Integers]:
        """Near and far label of each pair."""
        return self.gap.near.label[self.pairs[0]], self.gap.far.label[self.pairs[1]]

    def among_rivals(self, probability: Floats) -> npt.NDArray[np.float32]:
        """Return the features with the standing of each pair among all."""
        sides = ((self.gap, self.pairs), (self.gap.mirrored(), self.pairs[::-1]))
        standing = [describe_rivals(*side, probability).astype(np.float32) for side in sides]
        return np.concatenate([self.features, np.stack(standing)], axis=2)

    def find_usable(self, excluded: Integers) -> npt.NDArray[np.bool_]:
        """Mark pairs to learn from: of no excluded label, and with more than specks."""
        near, far = self.gap.near, self.gap.far
        usable = ~np.isin(self.labels[0], excluded) & ~np.isin(self.labels[1], excluded)
        for face, rows in zip((near, far), self.pairs, strict=True):
            usable &= face.area[rows] >= _PIXELS * np.prod(face.pixel)
            usable &= face.whole[rows, 0] >= np.log(_VOXELS)
        return usable


def choose_fold(labels: Integers, folds: int = _FOLDS) -> Integers:
    """Give each label a fold, which depends on the label alone.

    Parameters
    ----------
    labels : (n,) integer array
        Labels.
    folds : int
        Number of folds.

    Returns
    -------
    (n,) array
        Fold of each, from 0.
    """
    # Multiplied by a large odd number, whose higher bits mix neighbouring labels (Knuth).
    mixed = labels.astype(np.uint64) * np.uint64(2654435761) >> np.uint64(16)
    return (mixed % np.uint64(folds)).astype(np.int64)


def judge(
    case: Case,
    rounds: Sequence[Sequence[TreeEnsemble]],
    wanted: Integers | None = None,
    *,
    held_out: bool,
) -> Floats:
    """Return the probability of pairs of a gap.

    Parameters
    ----------
    case : Case
        The gap.
    rounds : sequence of sequence of TreeEnsemble
        Models of each round and fold.
    wanted : (m,) array, optional
        Which pairs; all when not given. Every round but the last judges all.
    held_out : bool
        Whether each pair is judged only by the model that has not seen its near label; else by
        all.

    Returns
    -------
    (m,) array
        Probability, after the last round.
    """
    folds = choose_fold(case.labels[0])
    probability = np.zeros(len(folds))
    for number, models in enumerate(rounds):
        features = case.features if number == 0 else case.among_rivals(probability)
        last = number == len(rounds) - 1
        chosen = wanted if last and wanted is not None else np.arange(len(folds))
        seen_by = folds[chosen] if held_out else None
        probability = _judge_once(models, features[:, chosen], seen_by)
    return probability


def _judge_once(
    models: Sequence[TreeEnsemble], features: npt.NDArray[np.float32], folds: Integers | None
) -> Floats:
    """Judge pairs by the model that has not seen them, or by all; from both sides."""
    if folds is None:
        odds = np.mean([_score_sides(model, features) for model in models], axis=0)
    else:
        odds = np.zeros(features.shape[1])
        for fold, model in enumerate(models):
            odds[folds == fold] = _score_sides(model, features[:, folds == fold])
    return np.asarray(1 / (1 + np.exp(-odds)))


def _score_sides(model: TreeEnsemble, features: npt.NDArray[np.float32]) -> Floats:
    """Return the mean of the log-odds from both sides."""
    probability = model.predict_proba(features.reshape(-1, features.shape[2]))[:, 1]
    return np.asarray(to_log_odds(probability).reshape(2, -1).mean(axis=0))


def to_log_odds(probability: Floats) -> Floats:
    """Return the logarithm of the odds, held within finite bounds.

    Parameters
    ----------
    probability : (n,) array
        Probabilities.
    """
    held = np.clip(probability, _LEAST, 1 - _LEAST)
    return np.log(held / (1 - held))


def train_rounds(
    cases: Sequence[Case], excluded: Integers, training: GapTraining, seed: SeedTree
) -> list[list[TreeEnsemble]]:
    """Train models of all rounds.

    Parameters
    ----------
    cases : sequence of Case
        Gaps to learn from.
    excluded : (n,) integer array
        Labels that are not learned from.
    training : GapTraining
        How it is trained.
    seed : SeedTree
        Source of the draw of pairs.

    Returns
    -------
    list of list of TreeEnsemble
        Of each round one model a fold, which has not seen the near labels of that fold.
    """
    rng = seed.child("pairs").generator()
    chosen, answers, folds = [], [], []
    for case in cases:
        same = case.labels[0] == case.labels[1]
        drawn = same | (rng.random(len(same)) < training.easy)
        chosen.append(np.flatnonzero(drawn & case.find_usable(excluded)))
        answers.append(same[chosen[-1]])
        folds.append(choose_fold(case.labels[0][chosen[-1]]))
    right, fold = np.concatenate(answers), np.concatenate(folds)
    rounds: list[list[TreeEnsemble]] = []
    probabilities: list[Floats] = []
    for number in range(training.rounds):
        features = [
            case.features if number == 0 else case.among_rivals(before)
            for case, before in zip(cases, probabilities or [np.zeros(0)] * len(cases), strict=True)
        ]
        rows = np.hstack([one[:, some] for one, some in zip(features, chosen, strict=True)])
        models = [
            _train_trees(rows[:, fold != out], right[fold != out], training, seed.child(number))
            for out in range(_FOLDS)
        ]
        rounds.append(models)
        probabilities = [
            _judge_once(models, one, choose_fold(case.labels[0]))
            for case, one in zip(cases, features, strict=True)
        ]
    return rounds


def _train_trees(
    rows: npt.NDArray[np.float32],
    right: npt.NDArray[np.bool_],
    training: GapTraining,
    seed: SeedTree,
) -> TreeEnsemble:
    from sklearn.ensemble import HistGradientBoostingClassifier

    model = HistGradientBoostingClassifier(
        max_iter=training.trees,
        learning_rate=0.12,
        max_leaf_nodes=20,
        min_samples_leaf=30,
        l2_regularization=1.0,
        early_stopping=False,
        random_state=seed.integer(),
    )
    both = rows.reshape(-1, rows.shape[2])
    trees = TreeEnsemble.from_sklearn(model.fit(both, np.tile(right, 2)))
    # Wrong pairs that were left out count again: with them the odds are lower. Weights instead
    # would do the same, and take ten times as long to bin.
    return replace(trees, baseline=trees.baseline + np.log(training.easy))
