"""Does a contact lie within one body? Boosted trees on the features of contacts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

from neuropil.contracts import InputError, SeedTree
from neuropil.proofreading.adjacency.features import (
    GROUPS,
    ContactFeatures,
    contact_volumes,
    describe_contacts,
)
from neuropil.proofreading.adjacency.graph import ContactGraph
from neuropil.proofreading.adjacency.overlap import Overlap
from neuropil.proofreading.models.tree_walk import predict_yes
from neuropil.proofreading.models.trees import TreeEnsemble

__all__ = ["PairPlan", "PairScorer", "TrainingPairs", "label_contacts"]

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.intp]

# Bins of a feature; 255 is the most that the trees can tell.
_BINS = 200


@dataclass(frozen=True)
class PairPlan:
    """Which contacts a scorer learns from, and its trees.

    Parameters
    ----------
    groups : tuple of str
        Kinds of features that are used, or names of features.
    faces : int
        Fewest faces of a contact.
    voxels : int
        Fewest voxels of both objects.
    purity : float
        Least share of both objects that belongs to one body.
    exponent : float
        A contact weighs as much as the smaller volume to this power.
    members : int
        Sets of trees whose probabilities are averaged; each is grown from another seed.
    trees, leaves : int
        Number of trees of a set, and leaves of each.
    rate : float
        Weight of each tree.
    share : float
        Share of the features, drawn at random, of which a branch may use one.
    leaf_size : int
        Fewest contacts of a leaf.
    """

    groups: tuple[str, ...] = tuple(GROUPS)
    faces: int = 5
    voxels: int = 100
    purity: float = 0.6
    exponent: float = 0.35
    members: int = 1
    trees: int = 200
    leaves: int = 24
    rate: float = 0.06
    share: float = 0.3
    leaf_size: int = 30


@dataclass(frozen=True, eq=False)
class TrainingPairs:
    """Contacts with what is true of them.

    Parameters
    ----------
    values : (t, f) array
        Features.
    same : (t,) bool array
        Whether both objects belong to one body.
    weights : (t,) array
        How much each counts.
    """

    values: npt.NDArray[np.float32]
    same: npt.NDArray[np.bool_]
    weights: Floats

    @classmethod
    def concatenate(cls, parts: Sequence[TrainingPairs]) -> TrainingPairs:
        """Put several tables under each other.

        Parameters
        ----------
        parts : sequence of TrainingPairs
            Tables.
        """
        return cls(
            np.concatenate([part.values for part in parts]),
            np.concatenate([part.same for part in parts]),
            np.concatenate([part.weights for part in parts]),
        )


def label_contacts(
    graph: ContactGraph, rows: Indices, overlap: Overlap
) -> tuple[npt.NDArray[np.bool_], Floats]:
    """Say which contacts lie within one body, and how pure their objects are.

    Parameters
    ----------
    graph : ContactGraph
        Objects and contacts.
    rows : (t,) integer array
        Which contacts.
    overlap : Overlap
        Bodies of the objects.

    Returns
    -------
    same : (t,) bool array
        Whether most of both objects belongs to the same body.
    purity : (t,) array
        The lower of the shares of both objects that belong to their bodies; 0 where one has none.
    """
    bodies, purity = overlap.find_bodies()
    ends = graph.edges[rows]
    known = (bodies[ends] >= 0).all(axis=1)
    same = (bodies[ends[:, 0]] == bodies[ends[:, 1]]) & known
    return same, np.where(known, purity[ends].min(axis=1), 0.0)


class PairScorer:
    """Boosted trees that say whether a contact lies within one body.

    Parameters
    ----------
    plan : PairPlan, optional
        Contacts and trees.
    """

    def __init__(self, plan: PairPlan | None = None) -> None:
        self.plan = plan or PairPlan()

    def select(
        self, graph: ContactGraph, features: ContactFeatures, overlap: Overlap
    ) -> TrainingPairs:
        """Choose the contacts of a graph that a scorer can learn from.

        Parameters
        ----------
        graph : ContactGraph
            Objects and contacts.
        features : ContactFeatures
            Their features.
        overlap : Overlap
            Bodies of the objects.

        Returns
        -------
        TrainingPairs
            Contacts that are large enough, of objects that are large and pure enough.
        """
        kept = self.find_rows(graph, features, overlap)
        rows = features.rows[kept]
        same, _ = label_contacts(graph, rows, overlap)
        weights = contact_volumes(graph, rows)[:, 0] ** self.plan.exponent
        return TrainingPairs(features.select(*self.plan.groups)[kept], same, weights)

    def find_rows(
        self, graph: ContactGraph, features: ContactFeatures, overlap: Overlap
    ) -> npt.NDArray[np.bool_]:
        """Tell which contacts a scorer can learn from.

        Parameters
        ----------
        graph : ContactGraph
            Objects and contacts.
        features : ContactFeatures
            Their features.
        overlap : Overlap
            Bodies of the objects.

        Returns
        -------
        (t,) bool array
            Those that are large enough, of objects that are large and pure enough.
        """
        plan, rows = self.plan, features.rows
        _, purity = label_contacts(graph, rows, overlap)
        smaller = contact_volumes(graph, rows)[:, 0]
        faces = graph.of_contacts("faces")[rows].sum(axis=1)
        kept: npt.NDArray[np.bool_] = (
            (faces >= plan.faces) & (smaller >= plan.voxels) & (purity >= plan.purity)
        )
        return kept

    def fit(self, pairs: TrainingPairs, seed: SeedTree) -> Self:
        """Train on contacts.

        Parameters
        ----------
        pairs : TrainingPairs
            Contacts with what is true of them.
        seed : SeedTree
            Source of randomness.

        Returns
        -------
        PairScorer
            This scorer.

        Raises
        ------
        InputError
            When all contacts are of one kind.
        """
        from sklearn.ensemble import HistGradientBoostingClassifier

        if pairs.same.all() or not pairs.same.any():
            raise InputError(
                "expected contacts within a body and between bodies to learn from, found "
                f"{int(pairs.same.sum())} and {int((~pairs.same).sum())}",
                where="pairs",
                repair="Train where more of the truth is known, on a larger region, or on a "
                "segmentation with more objects.",
            )
        plan, weights = self.plan, pairs.weights / pairs.weights.mean()
        values = _round(pairs.values)
        grown = [
            HistGradientBoostingClassifier(
                max_iter=plan.trees,
                max_leaf_nodes=plan.leaves,
                learning_rate=plan.rate,
                l2_regularization=1.0,
                min_samples_leaf=plan.leaf_size,
                max_features=plan.share,
                early_stopping=False,
                random_state=seed.child(str(member)).integer(),
            ).fit(values, pairs.same, sample_weight=weights)
            for member in range(plan.members)
        ]
        # Arrays from here on: what is saved and read again judges exactly as before.
        self.trees_ = [TreeEnsemble.from_sklearn(one) for one in grown]
        return self

    def score(self, graph: ContactGraph, features: ContactFeatures | None = None) -> Floats:
        """Return the probability that each touching contact lies within one body.

        Parameters
        ----------
        graph : ContactGraph
            Objects and contacts.
        features : ContactFeatures, optional
            Their features, where they are known already.

        Returns
        -------
        (t,) array
            Probabilities, in the order of ``describe_contacts(graph)``.
        """
        features = features or describe_contacts(graph)
        return self.judge(features.select(*self.plan.groups))

    def judge(self, values: npt.NDArray[np.float32]) -> Floats:
        """Return the probability that contacts lie within one body.

        Parameters
        ----------
        values : (t, f) array
            Features, those of the plan.

        Returns
        -------
        (t,) array
            Probabilities.
        """
        if not len(values):
            return np.empty(0)
        return np.asarray(np.mean([predict_yes(trees, values) for trees in self.trees_], axis=0))

    def save(self, folder: Path) -> None:
        """Write the trees, one file for each set.

        Parameters
        ----------
        folder : Path
            An existing folder.
        """
        for number, trees in enumerate(self.trees_):
            trees.save(folder / _name_file(number))

    @classmethod
    def load(cls, folder: Path, plan: PairPlan) -> Self:
        """Read trees that :meth:`save` wrote.

        Parameters
        ----------
        folder : Path
            Where they are.
        plan : PairPlan
            That of the scorer which was saved.

        Returns
        -------
        PairScorer
            Judges as the one that was saved.

        Raises
        ------
        InputError
            When a file is missing or damaged; save the scorer again.
        """
        scorer = cls(plan)
        files = [folder / _name_file(number) for number in range(plan.members)]
        scorer.trees_ = [TreeEnsemble.load(file) for file in files]
        return scorer


def _name_file(number: int) -> str:
    return f"trees-{number}.safetensors"


def _round(values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Round each feature to one of its quantiles, of which there are as many as trees can tell.

    Trees are grown on bins anyway. With weights, scikit-learn looks for the edges of bins one by
    one, which takes ten times longer than growing the trees; of values that are few it takes all.
    """
    rounded = values.copy()
    for column in rounded.T:
        known = np.isfinite(column)
        if known.any():
            steps = np.unique(np.quantile(column[known], np.linspace(0, 1, _BINS)))
            middles = (steps[1:] + steps[:-1]) / 2
            column[known] = steps[np.searchsorted(middles, column[known])]
    return rounded
