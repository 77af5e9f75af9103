"""Detector of merge errors: whether an object is two, and where it is to be cut."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from neuropil.contracts import InputError, SeedTree
from neuropil.proofreading.merges.samples import MergeSample

__all__ = ["MergeDetector", "propose_cuts"]

Floats = npt.NDArray[np.floating[Any]]

# A point lies at the cut within three voxels of pinky40; between that and twice as far it is
# neither at it nor away from it, and nothing is learnt from it.
_AT, _AWAY = 100.0, 200.0
# Points away from the cut that are learnt from, of each object: as many as lie at a cut.
_AWAY_OF_JOINED, _AWAY_OF_SINGLE = 30, 40
# Scores are averaged within this distance, about the radius of a contact of .1 um2.
_SMOOTHING = 180.0
# A second proposal lies farther from the first than what counts as found.
_APART = 500.0
_FOLDS = 3


def _smooth(sample: MergeSample, scores: Floats) -> Floats:
    from scipy.spatial import cKDTree

    near = cKDTree(sample.points).query_ball_point(sample.points, _SMOOTHING)
    return np.array([scores[index].mean() for index in near])


def propose_cuts(sample: MergeSample, scores: Floats, count: int = 3) -> Floats:
    """Propose places where an object is to be cut, the most likely first.

    Parameters
    ----------
    sample : MergeSample
        The object.
    scores : (n,) array
        Score of each of its points.
    count : int
        How many places, each at least 500 nm from the others; fewer where the object is small.

    Returns
    -------
    (n_places, 3) array
        Places along z, y, x [nm].
    """
    smooth = _smooth(sample, scores)
    free = np.ones(len(smooth), bool)
    found: list[Floats] = []
    while len(found) < count and free.any():
        best = np.flatnonzero(free)[smooth[free].argmax()]
        found.append(sample.points[best])
        free &= np.linalg.norm(sample.points - sample.points[best], axis=1) > _APART
    return np.array(found)


def _summarise(sample: MergeSample, scores: Floats) -> Floats:
    """Summarise the scores of an object's points, and its likeliest cut."""
    smooth = _smooth(sample, scores)
    best = int(smooth.argmax())
    away = np.linalg.norm(sample.points - sample.points[best], axis=1)
    others = smooth[away > _APART]
    ordered = np.sort(smooth)
    summary = [
        ordered[-1],
        ordered[-10:].mean(),
        *np.quantile(smooth, [0.5, 0.75, 0.9]),
        scores.max(),
        scores.mean(),
        others.max() if len(others) else 0.0,
        scores[away < _SMOOTHING].mean(),
    ]
    return np.concatenate([summary, sample.descriptors[best].astype(np.float64)])


def _choose_points(samples: Sequence[MergeSample], seed: SeedTree) -> tuple[Floats, Floats]:
    rng = seed.generator()
    rows, answers = [], []
    for sample in samples:
        at = np.flatnonzero(sample.distances < _AT)
        away = rng.permutation(np.flatnonzero(sample.distances > _AWAY))
        away = away[: _AWAY_OF_SINGLE if sample.cut is None else _AWAY_OF_JOINED]
        rows += [sample.descriptors[at], sample.descriptors[away]]
        answers += [np.ones(len(at)), np.zeros(len(away))]
    return np.concatenate(rows).astype(np.float32), np.concatenate(answers)


class MergeDetector:
    """Finds merge errors by what an object looks like around each of its points.

    Boosted trees tell points at the surface where two objects were joined from all others. A forest
    then tells joined objects from single ones by the scores of their points, which it sees as they
    are on objects that the trees were not trained on.

    Parameters
    ----------
    iterations : int
        Trees that judge a point.
    trees : int
        Trees that judge an object.
    random_state : int
        Seed.
    """

    def __init__(self, iterations: int = 150, trees: int = 400, random_state: int = 0) -> None:
        self.iterations = iterations
        self.trees = trees
        self.random_state = random_state

    def _fit_points(self, samples: Sequence[MergeSample], seed: SeedTree) -> Any:  # noqa: ANN401
        from sklearn.ensemble import HistGradientBoostingClassifier

        rows, answers = _choose_points(samples, seed.child("points"))
        # Without weights: scikit-learn weighs quantiles of every column by them, which takes ten
        # times as long as all the trees.
        model = HistGradientBoostingClassifier(
            max_iter=self.iterations,
            max_leaf_nodes=24,
            min_samples_leaf=40,
            l2_regularization=1.0,
            max_features=0.3,
            early_stopping=False,
            random_state=seed.child("trees").integer(),
        )
        return model.fit(rows, answers)

    def fit(self, samples: Sequence[MergeSample], blocks: npt.ArrayLike) -> Self:
        """Train on objects of which the cut is known, and on objects without one.

        Parameters
        ----------
        samples : sequence of MergeSample
            Objects; those with a cut are joined.
        blocks : (n_samples,) array
            Place of each along one axis, such as its section [nm]. The scores that the forest sees
            come from trees of objects elsewhere along it.

        Returns
        -------
        MergeDetector
            The detector itself.

        Raises
        ------
        InputError
            When objects of one kind are missing; bring both.
        """
        from sklearn.ensemble import RandomForestClassifier

        joined = np.array([sample.cut is not None for sample in samples])
        if not 0 < joined.sum() < len(joined):
            raise InputError(
                f"expected joined objects and single ones, found {joined.sum()} joined of "
                f"{len(joined)}",
                where="samples",
                repair="Bring objects of both kinds.",
            )
        seed = SeedTree.of(self.random_state)
        places = np.asarray(blocks, float)
        fold = np.digitize(places, np.quantile(places, np.arange(1, _FOLDS) / _FOLDS))
        summaries: list[Floats] = [np.empty(0)] * len(samples)
        for k in np.unique(fold):
            elsewhere = [one for one, of in zip(samples, fold, strict=True) if of != k]
            model = self._fit_points(elsewhere, seed.child(f"fold {k}"))
            for index in np.flatnonzero(fold == k):
                scores = self._score(model, samples[index])
                summaries[index] = _summarise(samples[index], scores)
        self.points_ = self._fit_points(samples, seed.child("all"))
        forest = RandomForestClassifier(
            self.trees,
            min_samples_leaf=4,
            max_features=0.3,
            random_state=seed.child("forest").integer(),
        )
        self.objects_ = forest.fit(np.stack(summaries), joined)
        return self

    @staticmethod
    def _score(model: Any, sample: MergeSample) -> Floats:  # noqa: ANN401
        scores: Floats = model.predict_proba(sample.descriptors.astype(np.float32))[:, 1]
        return scores

    def score_points(self, sample: MergeSample) -> Floats:
        """Score each point of an object.

        Parameters
        ----------
        sample : MergeSample
            The object.

        Returns
        -------
        (n,) array
            How likely it lies at a cut, for points drawn as in training.
        """
        return self._score(self.points_, sample)

    def predict_proba(self, samples: Sequence[MergeSample]) -> Floats:
        """Tell how likely objects are joined of two.

        Parameters
        ----------
        samples : sequence of MergeSample
            Objects.

        Returns
        -------
        (n_samples,) array
            Probability of a merge error.
        """
        rows = np.stack([_summarise(one, self.score_points(one)) for one in samples])
        probability: Floats = self.objects_.predict_proba(rows)[:, 1]
        return probability

    def propose(self, sample: MergeSample, count: int = 3) -> Floats:
        """Propose places where an object is to be cut, see :func:`propose_cuts`.

        Parameters
        ----------
        sample : MergeSample
            The object.
        count : int
            How many places.

        Returns
        -------
        (n_places, 3) array
            Places along z, y, x [nm].
        """
        return propose_cuts(sample, self.score_points(sample), count)
