"""The estimator: a common course and its graph, and the stage of each person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self, get_args

import numpy as np
import numpy.typing as npt
import polars as pl
from sklearn.base import BaseEstimator
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from neuropil.connectome import Visits
from neuropil.contracts import InputError, SeedTree, require_new_folder
from neuropil.datasets import GraphViews
from neuropil.progression.alignment.limits import find_limits
from neuropil.progression.alignment.posterior import Staging, show_course, stage_people
from neuropil.progression.alignment.rates import PersonalRates, find_personal_rates
from neuropil.progression.alignment.scans import Scans, UnitScale
from neuropil.progression.checks import check_choice
from neuropil.progression.dynamics.trajectory import Trajectory
from neuropil.progression.fitting.alternation import CourseFit, FitPlan, fit_course
from neuropil.progression.fitting.checks import (
    FEWEST,
    check_number,
    check_times,
    check_visits,
)
from neuropil.progression.fitting.choice import (
    GraphChoice,
    GraphPenalty,
    choose_graph_kind,
    find_seeds,
)
from neuropil.progression.fitting.course import Capacity, CourseForm, Dynamics
from neuropil.progression.fitting.graphs import ViewMixture
from neuropil.progression.fitting.residuals import measure_noise
from neuropil.progression.fitting.scores import CourseScore, predict_scans, score_predictions
from neuropil.progression.fitting.storage import FittedCourse, load_course, save_course

__all__ = ["ProgressionModel"]

Floats = npt.NDArray[np.float64]

_UNFITTED = "This %(name)s instance is not fitted yet: call fit(visits, graphs) first"
_HELD_OUT = 0.2  # of the people, as in the published split of 146 and 35


class ProgressionModel(BaseEstimator):  # type: ignore[misc]
    """A common long-term course along a graph, on which each person has one unknown stage.

    Values are brought to [0, 1] by what training people show, and by them alone.

    Parameters
    ----------
    dynamics : {"fkpp", "diffusion"}
        Spread with growth up to a capacity, or spread alone.
    graph : {"given", "views", "free", "prior-guided"}
        A graph that is taken as it is; a mixture of several, whose shares are fitted; any weights;
        or a prior each edge of which may be raised or lowered.
    capacity : {"one", "regional"}
        Whether regions share one.
    seeds : sequence of str, optional
        Regions where the disease starts, if they are known; the fit begins higher there.
    penalty : GraphPenalty or mapping, optional
        How strongly a free or a prior-guided graph is held.
    plan : FitPlan or mapping, optional
        How long to fit, and on what grids.
    random_state : int
        Root of every random draw: which people validate where none are given.

    Attributes
    ----------
    model_ : FittedCourse
        Everything that is needed for new people.
    graph_ : (n, n) array
        The fitted weights.
    course_ : Trajectory
        The course, in the unit of the visits.
    shares_ : dict of str to float
        Share of each view, where the graph is a mixture; else empty.
    history_ : (n_rounds, 2) array
        Sums of squares of training and validation people after each round; after loading it is
        empty.
    n_regions_ : int
        Number of regions.

    References
    ----------
    He et al. 2026, AAAI, arXiv 2508.07032, for alignment and fit in turns. Raj, Kuceyeski and
    Weiner 2012, Neuron 73:1204, for network diffusion.

    Examples
    --------
    >>> from neuropil.datasets import generate_views, plant_progression_cohort
    >>> planted = plant_progression_cohort("easy", views=generate_views())
    >>> model = ProgressionModel(graph="given", plan={"rounds": 2, "steps": 2})
    >>> sc = {"SC": planted.views.graphs["SC"]}
    >>> model.fit(planted.visits.take(planted.rows("train")), sc).graph_.shape
    (68, 68)
    >>> model.stage(planted.visits.take(planted.rows("test"))).columns
    ['subject', 'n_visits', 'stage', 'mean', 'low', 'high', 'at_edge']
    """

    def __init__(
        self,
        dynamics: Dynamics = "fkpp",
        graph: GraphChoice = "given",
        capacity: Capacity = "regional",
        seeds: Sequence[str] | None = None,
        penalty: GraphPenalty | Mapping[str, Any] | None = None,
        plan: FitPlan | Mapping[str, Any] | None = None,
        random_state: int = 0,
    ) -> None:
        self.dynamics = dynamics
        self.graph = graph
        self.capacity = capacity
        self.seeds = seeds
        self.penalty = penalty
        self.plan = plan
        self.random_state = random_state

    def fit(
        self,
        visits: Visits,
        graphs: GraphViews | Mapping[str, npt.ArrayLike] | None = None,
        prior: npt.ArrayLike | None = None,
        validation: Visits | None = None,
    ) -> Self:
        """Fit the course to people, and choose the round of the fit by other people.

        Parameters
        ----------
        visits : Visits
            Training people.
        graphs : GraphViews, or mapping of str to (n, n) array
            Candidate graphs by name: one for ``given``, one or more for ``views``.
        prior : (n, n) array, optional
            For ``prior-guided``: expected weights.
        validation : Visits, optional
            People who are aligned only; when not given, one training person in five.

        Raises
        ------
        InputError
            When these are no visits, there are too few people, or a graph cannot be computed with.
        ConfigError
            When a setting is wrong, or the graph that it asks for was not given.
        """
        seed = SeedTree.of(self.random_state)
        plan = FitPlan.build(self.plan, where="plan")
        penalty = GraphPenalty.build(self.penalty, where="penalty")
        train, held_out = self._split(visits, validation, seed)
        # Of training people: a scale that knows the test is how results become too good.
        scale = UnitScale.of(train)
        kind = choose_graph_kind(self.graph, (graphs, prior), train.region_names, penalty)
        scans, others = (Scans.of(part, scale) for part in (train, held_out))
        # Found and not asked for: zeros of histology are a limit, the least SUVR is none.
        limits = find_limits(scans)
        seeds = find_seeds(self.seeds, train.region_names)
        form = CourseForm(kind, seeds, self.dynamics, self.capacity, limits=limits)
        found = fit_course(form, scans, others, plan)
        self.model_ = _describe(form, found, scans, train, (scale, plan))
        self.history_ = found.history
        return self._publish()

    def stage(self, visits: Visits, level: float = 0.9) -> pl.DataFrame:
        """Place people on the course.

        Parameters
        ----------
        visits : Visits
            Of any people, with the regions of the fit.
        level : float
            Probability of the interval.

        Returns
        -------
        pl.DataFrame
            One row a person: ``subject``, ``n_visits``, ``stage`` of the first visit by least
            squares, posterior ``mean``, ends ``low`` and ``high`` of the interval, in the unit of
            time, and ``at_edge``: whether the course may be too short for him.
        """
        scans = self._read(visits)
        found = self._stage(scans, level)
        return pl.DataFrame(
            {
                "subject": visits.ids,
                "n_visits": np.bincount(scans.owners),
                "stage": found.point,
                "mean": found.mean,
                "low": found.low,
                "high": found.high,
                "at_edge": found.at_edge,
            }
        )

    def stage_probability(self, visits: Visits) -> tuple[Floats, Floats]:
        """Return the stages that are tried, and the posterior of each person over them.

        Parameters
        ----------
        visits : Visits
            Of any people.

        Returns
        -------
        stages : (n_stages,) array
            Stages of the first visit.
        probability : (n_people, n_stages) array
            One distribution a row.
        """
        found = self._stage(self._read(visits), 0.9)
        return found.stages, found.probability

    def rates(self, visits: Visits, level: float = 0.9) -> PersonalRates:
        """Estimate how fast each person runs along the course, where his scans can tell.

        Parameters
        ----------
        visits : Visits
            Of any people.
        level : float
            Probability of the interval.
        """
        scans = self._read(visits)
        return find_personal_rates(self.model_.course, scans, self.model_.noise, level=level)

    def predict(self, visits: Visits, at: npt.ArrayLike | None = None) -> Floats:
        """Say what is expected of people who are aligned by their visits.

        Parameters
        ----------
        visits : Visits
            By which people are aligned.
        at : (k,) array, optional
            Times since the first visit; when not given, those of the visits themselves. After the
            end of the course it stays as it is.

        Returns
        -------
        (n_visits, n_regions) or (n_people, k, n_regions) array
            In the unit of the visits.
        """
        model, scans = self.model_of(visits), self._read(visits)
        shown, stages = predict_scans(model.course, scans, model.noise, model.grid)
        if at is not None:
            times = stages[:, None] + check_times(at)
            course = show_course(model.course, model.noise)
            shown = course.at(np.clip(times, 0, course.duration))
        return model.scale.leave(shown)

    def score(self, visits: Visits, y: None = None) -> float:
        """Return the mean over scans of Pearson r with the prediction, across regions.

        Each person's stage is estimated from the scans that are scored.
        """
        del y
        return self.measure(visits).correlation

    def measure(self, visits: Visits) -> CourseScore:
        """Return the sum of squares, in shares, and Pearson r of each scan.

        Parameters
        ----------
        visits : Visits
            Of any people; each stage is estimated from the scans that are scored.
        """
        model, scans = self.model_of(visits), self._read(visits)
        shown, _ = predict_scans(model.course, scans, model.noise, model.grid)
        return score_predictions(shown, scans)

    def save(self, folder: Path | str) -> None:
        """Write the model into a new folder.

        Raises
        ------
        OutputError
            When the folder exists; name another.
        """
        check_is_fitted(self, "model_", msg=_UNFITTED)
        require_new_folder(folder)
        save_course(self.model_, folder)

    @classmethod
    def load(cls, folder: Path | str) -> Self:
        """Read a model that :meth:`save` wrote; it stages and predicts as before.

        Settings of the fit are not stored: they are those of a new model.

        Raises
        ------
        InputError
            When the folder holds no model, or a damaged one; save it again.
        """
        # Settings say how to fit, and nothing is fitted again.
        found = cls()
        found.model_ = load_course(folder)
        found.history_ = np.empty((0, 2))
        return found._publish()

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.no_validation = True
        return tags

    def model_of(self, visits: Visits) -> FittedCourse:
        """Return the fitted course, once it is certain that there is one and that visits fit."""
        self._read(visits)
        return self.model_

    def _publish(self) -> Self:
        model = self.model_
        self.graph_ = model.weights
        self.shares_ = model.shares
        self.n_regions_ = len(model.regions)
        self.course_ = Trajectory(model.scale.leave(model.course.states), model.course.duration)
        return self

    def _read(self, visits: Visits) -> Scans:
        check_is_fitted(self, "model_", msg=_UNFITTED)
        return self.model_.read(visits)

    def _stage(self, scans: Scans, level: float) -> Staging:
        model = self.model_
        return stage_people(model.course, scans, model.noise, model.grid, level)

    def _split(
        self, visits: Visits, validation: Visits | None, seed: SeedTree
    ) -> tuple[Visits, Visits]:
        for name, value, allowed in (
            ("dynamics", self.dynamics, get_args(Dynamics)),
            ("capacity", self.capacity, get_args(Capacity)),
        ):
            check_choice(name, value, allowed)
        for part in (visits, *(() if validation is None else (validation,))):
            check_visits(part)
        if validation is None:
            # People and not visits are held out: the round would be chosen by who was fitted.
            rng = seed.child("validation").generator()
            order = rng.permutation(visits.n_subjects)
            held = max(FEWEST, round(_HELD_OUT * visits.n_subjects))
            check_number(visits.n_subjects - held, held, visits)
            visits, validation = visits.take(order[held:]), visits.take(order[:held])
        check_number(visits.n_subjects, validation.n_subjects, visits)
        if visits.region_names != validation.region_names:
            raise InputError(
                "expected validation people with the regions of the training people, found others",
                where="validation",
                repair="Take both from the same visits.",
            )
        return visits, validation


def _describe(
    form: CourseForm,
    found: CourseFit,
    scans: Scans,
    visits: Visits,
    scale_and_plan: tuple[UnitScale, FitPlan],
) -> FittedCourse:
    scale, plan = scale_and_plan
    numbers = found.values_of(form)
    shares = {}
    if isinstance(form.graph, ViewMixture):
        shares = dict(zip(form.graph.names, numbers.shares.tolist(), strict=True))
    return FittedCourse(
        visits.region_names,
        visits.time_unit,
        visits.quantity,
        visits.unit,
        scale,
        measure_noise(found, scans, form.limits, plan),
        plan.grid,
        found.course,
        found.weights,
        numbers.spread,
        numbers.growth,
        numbers.capacity,
        numbers.start,
        shares,
    )
