"""Detector of merge errors: whether an object is two, and where it is to be cut."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from neuropil.contracts import InputError, SeedTree
from neuropil.proofreading.merges.lessons import Lessons
from neuropil.proofreading.merges.samples import MergeSample

__all__ = ["MergeDetector", "find_strongest", "propose_cuts"]

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
# Thirds of the sections: two of them train what judges the third.
_FOLDS = 3
_LEAST_SCORE = 1e-4
# Ten summaries of the same scores say nearly the same: a weak fit of their weights is enough.
_WEIGHT = 0.1


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


def find_strongest(sample: MergeSample, scores: Floats) -> tuple[Floats, float]:
    """Find the place of an object that is the likeliest to be cut.

    Parameters
    ----------
    sample : MergeSample
        The object.
    scores : (n,) array
        Score of each of its points.

    Returns
    -------
    place : (3,) array
        Along z, y, x [nm].
    score : float
        Mean score around it.
    """
    smooth = _smooth(sample, scores)
    best = int(smooth.argmax())
    return sample.points[best], float(smooth[best])


def _summarise(sample: MergeSample, scores: Floats) -> Floats:
    """Summarise the scores of an object's points as logarithms of odds."""
    smooth = _smooth(sample, scores)
    best = int(smooth.argmax())
    away = np.linalg.norm(sample.points - sample.points[best], axis=1)
    others = smooth[away > _APART]
    ordered = np.sort(smooth)
    summary = [
        ordered[-1],
        ordered[-10:].mean(),
        ordered[-25:].mean(),
        *np.quantile(smooth, [0.5, 0.75, 0.9]),
        scores.max(),
        scores.mean(),
        others.max() if len(others) else 0.0,
        scores[away < _SMOOTHING].mean(),
    ]
    odds: Floats = np.clip(summary, _LEAST_SCORE, 1 - _LEAST_SCORE)
    return np.log(odds / (1 - odds))


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

    Boosted trees tell points at the surface where two objects were joined from all others. The
    scores of an object's points say how likely it is two, by a logistic function that is fitted on
    objects that the trees were not trained on.

    Parameters
    ----------
    iterations : int
        Trees that judge a point.
    random_state : int
        Seed.
    """

    def __init__(self, iterations: int = 150, random_state: int = 0) -> None:
        self.iterations = iterations
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

    def fit_points(self, lessons: Lessons) -> Self:
        """Train what judges points alone.

        Parameters
        ----------
        lessons : Lessons
            Objects of which the cut is known, and objects without one.

        Returns
        -------
        MergeDetector
            The detector itself, which can then score points and propose cuts.

        Raises
        ------
        InputError
            When objects of one kind are missing; bring both.
        """
        _find_joined(lessons)
        seed = SeedTree.of(self.random_state).child("all")
        self.points_ = self._fit_points(lessons.samples, seed)
        return self

    def fit(self, items: Lessons, contacts: Lessons | None = None) -> Self:
        """Train on objects of which the cut is known, and on objects without one.

        Parameters
        ----------
        items : Lessons
            Objects as they will be asked about. The scores by which they are told apart come from
            trees that were trained elsewhere along the axis of their places, on other labels: a
            label that is known would seem surer than those that will be asked about.
        contacts : Lessons, optional
            More objects, of which points are learnt alone.

        Returns
        -------
        MergeDetector
            The detector itself.

        Raises
        ------
        InputError
            When objects of one kind are missing; bring both.
        """
        joined = _find_joined(items)
        known = items if contacts is None else items.add(contacts)
        seed = SeedTree.of(self.random_state)
        edges = np.quantile(items.places, np.arange(1, _FOLDS) / _FOLDS)
        fold, known_fold = (np.digitize(one.places, edges) for one in (items, known))
        summaries: list[Floats] = [np.empty(0)] * len(joined)
        for k in np.unique(fold):
            here = [int(index) for index in np.flatnonzero(fold == k)]
            asked = {label for index in here for label in items.labels[index]}
            elsewhere = known.take_apart(known_fold != k, asked)
            model = self._fit_points(elsewhere, seed.child(f"fold {k}"))
            for index in here:
                sample = items.samples[index]
                summaries[index] = _summarise(sample, self._score(model, sample))
        self.fit_points(known)
        self.objects_ = _fit_objects(np.stack(summaries), joined)
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
            Probability of a merge error, where half of the objects have one.
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


def _find_joined(lessons: Lessons) -> npt.NDArray[np.bool_]:
    joined = np.array([sample.cut is not None for sample in lessons.samples], bool)
    if not 0 < joined.sum() < len(joined):
        raise InputError(
            f"expected joined objects and single ones, found {joined.sum()} joined of "
            f"{len(joined)}",
            where="lessons",
            repair="Bring objects of both kinds, or a larger volume.",
        )
    return joined


def _fit_objects(summaries: Floats, joined: npt.NDArray[np.bool_]) -> Any:  # noqa: ANN401
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), LogisticRegression(C=_WEIGHT)).fit(summaries, joined)
