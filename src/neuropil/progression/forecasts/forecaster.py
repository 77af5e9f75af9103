"""The estimator: the next map of a study, from its state, a graph and other studies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt
from pydantic import Field
from sklearn.base import BaseEstimator
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from neuropil.contracts import ConfigError, InputError, Settings
from neuropil.progression.dynamics.laplacians import check_weights
from neuropil.progression.forecasts.choice import Candidate, Evidence, FittedForecast
from neuropil.progression.forecasts.features import FEATURES, Sharing
from neuropil.progression.forecasts.study_maps import StudyMaps, check_studies
from neuropil.progression.group_maps.scoring import correlate_maps

__all__ = ["FEATURE_SETS", "ForecastPlan", "MapForecaster", "list_candidates"]

Array = npt.NDArray[np.float64]

_STATE, _NEIGHBOURS, _SUSCEPTIBILITY, _OTHERS = FEATURES
_UNFITTED = "This %(name)s instance is not fitted yet: call fit(studies) first"

FEATURE_SETS = (
    (_STATE,),
    (_STATE, _NEIGHBOURS),
    (_STATE, _SUSCEPTIBILITY),
    (_STATE, _OTHERS),
    (_STATE, _NEIGHBOURS, _SUSCEPTIBILITY),
    (_STATE, _NEIGHBOURS, _OTHERS),
    (_STATE, _SUSCEPTIBILITY, _OTHERS),
    FEATURES,
)
"""All sets that hold the state, from the simplest on; of equal ones the simpler is taken."""


class ForecastPlan(Settings):
    """How a forecast is fitted, and what is chosen between.

    Parameters
    ----------
    features : tuple of tuple of str
        Sets of features to choose from; the default is all that hold the state.
    penalties : tuple of float
        Penalties to choose from; 1 weighs as much as one study.
    folds : {"study", "laboratory"}
        Whether the choice leaves out one study at a time, or all of one laboratory.
    persistence : float
        Coefficient of the state that is believed without evidence.
    other_protein : float
        Weight of what studies of another protein tell, beside 1.
    shrinkage : float
        Studies without effect that are thought to stand beside those that measured a region.
    """

    features: tuple[tuple[str, ...], ...] = FEATURE_SETS
    # Half decades: at 10, more than the eight other studies weigh, forecasts stay near
    # persistence; below .1 nothing changes any more.
    penalties: tuple[float, ...] = (10.0, 3.0, 1.0, 0.3, 0.1)
    folds: Literal["study", "laboratory"] = "study"
    # About what one map of a study correlates with the next, over all nine: regression to the mean.
    persistence: float = Field(default=0.75, ge=0)
    # Between no use and the same use; both proteins spread along the same brain. Not tuned.
    other_protein: float = Field(default=0.5, ge=0)
    # One study, so that a region that one study measured counts half. Not tuned.
    shrinkage: float = Field(default=1.0, ge=0)

    @property
    def sharing(self) -> Sharing | None:
        """How much studies count for each other; None where no feature is shared by studies."""
        named = {name for features in self.features for name in features}
        if not named & {_SUSCEPTIBILITY, _OTHERS}:
            return None
        return Sharing(self.other_protein, self.shrinkage)


class MapForecaster(BaseEstimator):  # type: ignore[misc]
    """Foretell the next map of a study from the last one that was seen.

    Four things are known of each region: its state, the mean state of its neighbours on a graph,
    what it gained beyond both in other studies (its susceptibility), and its mean last map in
    other studies. A ridge regression weighs them, and stays near persistence where there is little
    evidence. Nothing of the map that is foretold is used: it is not given.

    Parameters
    ----------
    graph : (n, n) array
        Weights; row i says from where region i takes up, as :func:`mix_directions` returns them.
    plan : ForecastPlan or mapping, optional
        What is chosen between, and how.

    Attributes
    ----------
    model_ : FittedForecast
        The features and the penalty that were chosen, the weights, and how candidates were judged.

    References
    ----------
    Henderson et al. 2019, Nat. Neurosci. 22:1248, for regional vulnerability beside a network.

    Examples
    --------
    >>> from neuropil.progression.group_maps.spread import GroupMaps
    >>> graph = [[0, 1, 0, 0], [1, 0, 1, 0], [0, 1, 0, 1], [0, 0, 1, 0]]
    >>> maps = GroupMaps([1, 2], [[1, 0.5, 0.2, 0], [1, 0.9, 0.4, 0.1]], [1, 0, 0, 0])
    >>> plan = {"features": [["state", "neighbours"]], "penalties": [1]}
    >>> model = MapForecaster(graph, plan).fit([StudyMaps("a", maps)])
    >>> model.predict(StudyMaps("a", maps)).round(1)
    array([ nan,  1.2, -0.2, -1. ])
    """

    def __init__(
        self,
        graph: npt.ArrayLike | None = None,
        plan: ForecastPlan | Mapping[str, Any] | None = None,
    ) -> None:
        self.graph = graph
        self.plan = plan

    def fit(self, studies: Sequence[StudyMaps], y: None = None) -> Self:
        """Learn how the next map follows from the one before.

        Parameters
        ----------
        studies : sequence of StudyMaps
            All that is known: other studies whole, and the study that is to be foretold up to its
            last map that was seen (:meth:`StudyMaps.earlier` hides the last).
        y : None
            Ignored.

        Raises
        ------
        InputError
            When studies, names or regions do not fit, or no study has two maps.
        ConfigError
            When a feature is unknown, or there is something to choose and fewer than three studies
            to choose by.
        """
        del y
        plan = ForecastPlan.build(self.plan, where="plan")
        # Without a graph the message is that of a graph without edges, which says what to give.
        graph = check_weights([[0.0]] if self.graph is None else self.graph, "graph")
        given = check_studies(studies, len(graph))
        candidates = list_candidates(plan)
        evidence = Evidence(graph, plan.sharing)
        if len(candidates) > 1 and len(given) < 3:
            raise ConfigError(
                f"expected one set of features and one penalty for {len(given)} studies, found "
                f"{len(candidates)} to choose from",
                where="plan",
                repair="Name one of each, or give at least three studies.",
            )
        self.model_ = FittedForecast.of(evidence, given, candidates, plan.folds)
        return self

    def predict(self, study: StudyMaps) -> Array:
        """Foretell the map after the last one of a study.

        Parameters
        ----------
        study : StudyMaps
            Maps that were seen. A study of the same name among those fitted tells nothing here.

        Returns
        -------
        (n,) array
            Forecast in standard deviations over the regions that are compared; NaN elsewhere.

        Raises
        ------
        NotFittedError
            Before :meth:`fit`.
        InputError
            When the regions are not those of the graph.
        """
        check_is_fitted(self, msg=_UNFITTED)
        [given] = check_studies([study], len(self.model_.evidence.graph))
        return self.model_.predict(given)

    def score(self, study: StudyMaps, y: None = None) -> float:
        """Return Pearson r of the forecast with the last map of a study, which is hidden.

        Parameters
        ----------
        study : StudyMaps
            At least two maps.
        y : None
            Ignored.

        Raises
        ------
        InputError
            When the study was fitted with its last map: fit it with ``study.earlier()``.
        """
        del y
        check_is_fitted(self, msg=_UNFITTED)
        seen = {one.name: one.n_times for one in self.model_.studies}
        if isinstance(study, StudyMaps) and seen.get(study.name, 0) >= study.n_times:
            raise InputError(
                "expected a study whose last map was not fitted, found one that was",
                where=f"study {study.name}",
                repair="Fit with study.earlier() in its place.",
            )
        # The study is cut here too, so that no caller can hand over the map that is scored.
        forecast = self.predict(study.earlier())
        truth = np.where(study.used, study.maps.values[-1], np.nan)
        return float(correlate_maps(truth, forecast))

    def __sklearn_tags__(self) -> Tags:
        """Say that studies of maps are taken, and no table of samples."""
        tags = super().__sklearn_tags__()
        # scikit-learn would hand over tables of numbers, and ask of them what only tables can do.
        tags.input_tags.two_d_array = False
        tags.no_validation = True
        return tags


def list_candidates(plan: ForecastPlan) -> list[Candidate]:
    """Return each set of features of a plan with each penalty.

    Parameters
    ----------
    plan : ForecastPlan
        The plan.

    Raises
    ------
    ConfigError
        When a feature is unknown, a penalty is not above 0, or there is none of either.
    """
    # By hand and not by the type of the setting: the message lists the names there are.
    for features in plan.features:
        unknown = [name for name in features if name not in FEATURES]
        if unknown or not features:
            raise ConfigError(
                f"expected features among {', '.join(FEATURES)}, found "
                f"{repr(unknown[0]) if unknown else 'none'}",
                where="plan.features",
                repair="Name at least one of them in each set.",
            )
    if not plan.features or not plan.penalties or min(plan.penalties) <= 0:
        raise ConfigError(
            f"expected sets of features and penalties above 0, found {len(plan.features)} sets and "
            f"{list(plan.penalties)}",
            where="plan",
            repair="Give at least one of each.",
        )
    return [
        Candidate(features, penalty, plan.persistence)
        for features in plan.features
        for penalty in plan.penalties
    ]
