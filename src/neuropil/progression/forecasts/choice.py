"""Which features and which penalty: by studies, or laboratories, that are left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from neuropil.progression.forecasts.features import (
    Sharing,
    StudyStates,
    build_features,
    place_features,
    sum_step,
)
from neuropil.progression.forecasts.regression import NormalEquations
from neuropil.progression.forecasts.study_maps import StudyMaps

__all__ = ["Candidate", "Evidence", "FittedForecast", "choose"]

Array = npt.NDArray[np.float64]
# A study as it was known at some time: its name and its number of maps.
_Known = tuple[str, int]


@dataclass(frozen=True)
class Candidate:
    """A set of features with a penalty.

    Parameters
    ----------
    features : tuple of str
        Names of the features.
    penalty : float
        Penalty on leaving the belief.
    persistence : float
        Coefficient of the state that is believed; 0 for all other features.
    """

    features: tuple[str, ...]
    penalty: float
    persistence: float

    @property
    def columns(self) -> tuple[int, ...]:
        """Columns of the features."""
        return place_features(self.features)

    def solve(self, equations: NormalEquations) -> Array:
        """Return the coefficients of the features."""
        belief = [self.persistence if place == 0 else 0.0 for place in self.columns]
        return equations.take(self.columns).solve(self.penalty, belief)


@dataclass(frozen=True, eq=False)
class Evidence:
    """What studies teach, each kept once it has been summed.

    The same sums come back in every fold of a choice within a choice; without keeping them one
    null graph would take a minute and not a second.

    Parameters
    ----------
    graph : (n, n) array
        Weights; row i says from where region i takes up.
    sharing : Sharing or None
        How much studies count for each other; None where nothing that they share is used, which
        saves most of the sums.
    """

    graph: Array
    sharing: Sharing | None
    _states: dict[_Known, StudyStates] = field(default_factory=dict, repr=False)
    _steps: dict[tuple[_Known, int, tuple[_Known, ...]], NormalEquations] = field(
        default_factory=dict, repr=False
    )

    def states(self, study: StudyMaps) -> StudyStates:
        """Describe one of the studies that are fitted on the graph."""
        known = _know(study)
        if known not in self._states:
            self._states[known] = StudyStates.of(study, self.graph)
        return self._states[known]

    def step(self, study: StudyMaps, place: int, others: Sequence[StudyMaps]) -> NormalEquations:
        """Sum what one step of a study teaches, beside others of which all is known."""
        others = others if self.sharing else ()
        # Sorted: what is left out first and what second makes no difference to the sums.
        key = (_know(study), place, tuple(sorted(map(_know, others))))
        if key not in self._steps:
            # Only now, when it is needed: of most pairs of left-out studies the sums are there.
            told = [self.states(one) for one in others]
            sharing = self.sharing or Sharing()
            self._steps[key] = sum_step(self.states(study), place, told, sharing)
        return self._steps[key]

    def learn(self, studies: Sequence[StudyMaps]) -> NormalEquations:
        """Sum what studies teach, each beside all others; each study counts alike."""
        parts = []
        for study in studies:
            others = [one for one in studies if one.name != study.name]
            steps = range(study.n_times - 1)
            if steps:
                # Times of a study are averaged: one that was followed longer is still one study.
                parts.append(
                    NormalEquations.mean(self.step(study, place, others) for place in steps)
                )
        return NormalEquations.total(parts)


def _know(study: StudyMaps) -> _Known:
    return study.name, study.n_times


@dataclass(frozen=True, eq=False)
class FittedForecast:
    """What was chosen and learnt, and from which studies.

    Parameters
    ----------
    evidence : Evidence
        On the graph.
    studies : tuple of StudyMaps
        What was fitted.
    candidate : Candidate
        Features and penalty.
    coefficients : (k,) array
        Weight of each feature.
    judged : list of (Candidate, float)
        Mean r of each candidate over studies that were left out; empty where there was no choice.
    """

    evidence: Evidence
    studies: tuple[StudyMaps, ...]
    candidate: Candidate
    coefficients: Array
    judged: list[tuple[Candidate, float]]

    @classmethod
    def of(
        cls,
        evidence: Evidence,
        studies: Sequence[StudyMaps],
        candidates: Sequence[Candidate],
        folds: str,
    ) -> FittedForecast:
        """Choose a candidate and fit it; arguments as of :func:`choose`."""
        several = len(candidates) > 1
        judged = choose(evidence, studies, candidates, folds) if several else []
        # The first of equal ones: candidates come from the simplest on.
        best = max(judged, key=lambda one: one[1])[0] if judged else candidates[0]
        weights = best.solve(evidence.learn(studies))
        return cls(evidence, tuple(studies), best, weights, judged)

    def predict(self, study: StudyMaps) -> Array:
        """Foretell the next map of a study, (n,); NaN where it is not compared."""
        # Anew, and not what was kept by its name: a name may come back with other maps.
        own = StudyStates.of(study, self.evidence.graph)
        others = [self.evidence.states(one) for one in self.studies if one.name != study.name]
        sharing = self.evidence.sharing or Sharing()
        known = build_features(own, study.n_times - 1, others, sharing)
        forecast = np.full(study.n_regions, np.nan)
        forecast[study.used] = known[:, list(self.candidate.columns)] @ self.coefficients
        return forecast


def choose(
    evidence: Evidence,
    studies: Sequence[StudyMaps],
    candidates: Sequence[Candidate],
    folds: str,
) -> list[tuple[Candidate, float]]:
    """Judge candidates by the last map of each study in turn, hidden from the fit.

    Parameters
    ----------
    evidence : Evidence
        On the graph.
    studies : sequence of StudyMaps
        All that is known; those of one map are used and not judged.
    candidates : sequence of Candidate
        What to choose from.
    folds : {"study", "laboratory"}
        Whether other studies of the same laboratory are hidden too.

    Returns
    -------
    list of (Candidate, float)
        Mean r of each candidate.
    """
    scores = []
    for study in studies:
        # A study of one map teaches others where pathology ends, and has nothing to be judged by.
        if study.n_times < 2:
            continue
        others = [one for one in studies if _may_teach(one, study, folds)]
        # As in the forecast itself: others whole, and of this one what came before its last map.
        earlier = evidence.learn([*others, study.earlier()])
        # The step to the hidden map judges, and is in none of the sums that were learnt from.
        last = evidence.step(study, study.n_times - 2, others)
        scores.append([last.take(one.columns).correlate(one.solve(earlier)) for one in candidates])
    return list(zip(candidates, np.mean(scores, axis=0).tolist(), strict=True))


def _may_teach(other: StudyMaps, study: StudyMaps, folds: str) -> bool:
    """Tell whether another study is not left out together with one."""
    # Two studies of a laboratory share strains, stains and raters; a new laboratory would not.
    if folds == "laboratory" and other.laboratory == study.laboratory:
        return False
    return other.name != study.name
