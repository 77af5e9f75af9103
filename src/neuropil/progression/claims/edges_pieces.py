"""Cached pieces of work of the claims about edges: fits to planted cohorts of four patterns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from neuropil.contracts import SeedTree
from neuropil.datasets import (
    GraphViews,
    PlantedProgression,
    ProgressionDesign,
    elicit_edges,
    generate_views,
    join_priors,
    load_measured_views,
    permute_prior,
    plant_progression_cohort,
)
from neuropil.measures import bootstrap_groups, compute_calibration_error, compute_roc_area
from neuropil.progression.edges.courses import CourseConstants, follow_courses
from neuropil.progression.edges.linearised import ConstantsDoubt
from neuropil.progression.edges.observations import NoiseLevels, PatternVisits
from neuropil.progression.edges.odds import PriorOdds, odds_of_probabilities, odds_of_ranks
from neuropil.progression.edges.onsets import estimate_noise, score_courses
from neuropil.progression.edges.penalised import PenaltyPlan, fit_penalised
from neuropil.progression.edges.posterior import EdgePlan, EdgePosterior, infer_edges
from neuropil.progression.edges.recovery import measure_recovery

__all__ = ["EdgeCase", "OddsForm", "fit_with_penalty", "infer_halves", "infer_planted"]

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]
OddsForm = Literal["ranks", "probabilities"]
"""Prior odds by the ranks of the joint prior, or by the elicitor's odds and the ranks of views."""

# Of the published design.
_DESIGN = ProgressionDesign()
# The ends of an interval are then known to about a twentieth of its width.
_RESAMPLES = 300
# The target speaks of ten.
_BINS = 10
# A fast check: forty people, of whom six are for validation and six for tests.
_FEW = 40
# Constants that are estimated: how far they may be from the fit that the posterior begins with.
# A fifth of the capacity, a third of the growth, and as much as onset regions start with.
_DOUBTS = {"growth": 0.1, "capacity": 0.1, "initial": 0.03}


@dataclass(frozen=True, slots=True)
class EdgeCase:
    """One draw of people and of an elicitor's answers.

    Parameters
    ----------
    seed : int
        Of the people and their noise.
    elicitor : int
        Of the answers.
    strength : {"weak", "strong"}
        Of the elicitor.
    permuted : bool
        Whether 30 % of the joint prior are permuted.
    small : bool
        Whether it is a fast check: few people, on generated views.
    """

    seed: int = 1
    elicitor: int = 11
    strength: Literal["weak", "strong"] = "weak"
    permuted: bool = False
    small: bool = False


@dataclass(frozen=True, eq=False)
class _World:
    """What a model is given, and what was planted."""

    planted: PlantedProgression
    views: GraphViews
    probabilities: Floats
    prior: Floats
    wrong: Places

    @classmethod
    def of(cls, case: EdgeCase) -> _World:
        # The measured ones take a second to read, and may not be there.
        views = generate_views() if case.small else load_measured_views()
        design = replace(_DESIGN, n_subjects=_FEW) if case.small else _DESIGN
        planted = plant_progression_cohort("multi-pattern", case.seed, views=views, design=design)
        answers = elicit_edges(planted.truth.graph, case.strength, case.elicitor)
        joint, wrong = join_priors(views, answers), np.zeros(0, dtype=np.int64)
        if case.permuted:
            joint, wrong = permute_prior(joint)
        return cls(planted, views, answers, _list_pairs(joint), wrong)

    @property
    def constants(self) -> CourseConstants:
        """The planted ones."""
        truth = self.planted.truth
        return CourseConstants(truth.initial, truth.capacity, _DESIGN.growth)

    def people(self, *splits: Literal["train", "validation", "test"]) -> PatternVisits:
        """Return the people of some parts."""
        everyone = PatternVisits.of(self.planted.visits, self.planted.truth.pattern)
        return everyone.take(np.any([self.planted.rows(split) for split in splits], axis=0))

    def build_odds(self, form: OddsForm) -> PriorOdds:
        """Return the prior odds; the ranks are those of the prior that may be permuted."""
        if form == "ranks":
            return odds_of_ranks(self.prior)
        shown = [_list_pairs(graph) for graph in self.views.graphs.values()]
        return odds_of_probabilities(self.probabilities, shown)

    def judge(self, prior: Floats, posterior: Floats) -> dict[str, Any]:
        """Return areas of prior and posterior, and intervals over pairs."""
        graph = self.planted.truth.graph
        edges = graph.edges

        def measure(rows: npt.NDArray[np.intp]) -> float:
            return compute_roc_area(edges[rows], posterior[rows])

        def compare(rows: npt.NDArray[np.intp]) -> float:
            return measure(rows) - compute_roc_area(edges[rows], prior[rows])

        pairs = np.arange(len(edges))
        return {
            "prior": list(measure_recovery(prior, edges, graph.absent)),
            "posterior": list(measure_recovery(posterior, edges, graph.absent)),
            "area": _resample(pairs, measure),
            "gain": _resample(pairs, compare),
        }

    def score(self, weights: Floats, constants: CourseConstants) -> dict[str, float]:
        """Score test people, with those of the planted courses beside them."""
        found = score_courses(follow_courses(weights, constants), self.people("test"))
        oracle = score_courses(self.planted.truth.courses, self.people("test"))
        return {
            "sse": found.sse,
            "correlation": found.correlation,
            "oracle": oracle.sse,
            "oracle_correlation": oracle.correlation,
        }


def _resample(
    pairs: npt.NDArray[np.intp], quantity: Callable[[npt.NDArray[np.intp]], float]
) -> list[float]:
    # One seed for all: what is compared is compared on the same pairs.
    rng = SeedTree(0).child("pairs").generator()
    return list(bootstrap_groups(pairs, quantity, rng, _RESAMPLES))


def _list_pairs(graph: Floats) -> Floats:
    return graph[np.triu_indices(len(graph), 1)]


def fit_with_penalty(case: EdgeCase, plan: PenaltyPlan) -> dict[str, Any]:
    """Fit the penalised graph, and measure it on test people and on the planted edges.

    Returns
    -------
    dict
        ``prior`` and ``posterior``: area of all edges and of absent ones; intervals of the ``area``
        of the posterior and of its ``gain`` over the prior; ``sse``, ``correlation``, and those of
        the ``oracle``; ``moved``: mean log ratio of posterior to prior of ``edges`` and of
        permuted other pairs (``wrong``); ``weights``, ``growth``, ``capacity`` and ``initial``,
        from which :func:`infer_planted` goes on; ``n`` edges.
    """
    world = _World.of(case)
    people = world.people("train"), world.people("validation")
    fit = fit_penalised(people, world.prior, world.constants, plan)
    edges = world.planted.truth.graph.edges
    wrong = np.zeros_like(edges)
    wrong[world.wrong] = True
    # A permuted value may land on an edge, where it is not wrong to keep it.
    wrong &= ~edges
    return {
        **world.judge(world.prior, fit.weights),
        **world.score(fit.weights, fit.constants),
        "moved": {
            "edges": float(fit.ratio[edges].mean()),
            "wrong": float(fit.ratio[wrong].mean()) if wrong.any() else None,
        },
        "weights": fit.weights.tolist(),
        "growth": fit.constants.growth,
        "capacity": fit.constants.capacity.tolist(),
        "initial": fit.constants.initial.tolist(),
        "n": int(edges.sum()),
    }


def infer_planted(
    case: EdgeCase, start: dict[str, Any], form: OddsForm, plan: EdgePlan, estimated: bool
) -> dict[str, Any]:
    """Find the posterior over edges from all people who are not for tests, and measure it.

    Parameters
    ----------
    case : EdgeCase
        People and elicitor.
    start : dict
        What :func:`fit_with_penalty` returned for the case.
    form : {"ranks", "probabilities"}
        Of the prior odds.
    plan : EdgePlan
        How.
    estimated : bool
        Whether capacity, initial states and noise are those of the fit and in doubt; else they are
        the planted ones. The rates are fitted in both cases.

    Returns
    -------
    dict
        As :func:`fit_with_penalty`, without weights; also ``calibration`` error, that of the
        ``prior_calibration``, ``density`` and ``slopes`` that the data chose, share of
        ``identifiable`` pairs, area of edges of the prior and posterior among those
        (``among_moved``) and the others (``among_others``), and ``disagreement`` of the chains.
    """
    world = _World.of(case)
    # Draws choose nothing by validation people, so that all but the test people can be learnt from.
    learnt = world.people("train", "validation")
    posterior = _infer(world, learnt, start, form, plan, estimated)
    edges = world.planted.truth.graph.edges
    return {
        **world.judge(posterior.prior, posterior.probability),
        **world.score(posterior.weight, posterior.constants),
        "calibration": compute_calibration_error(posterior.probability, edges, _BINS),
        "prior_calibration": compute_calibration_error(posterior.prior, edges, _BINS),
        "density": float(posterior.draws.density.mean()),
        "slopes": posterior.draws.slopes.mean(axis=(0, 1)).tolist(),
        "identifiable": float(posterior.identifiable.mean()),
        "among_moved": _compare(posterior, edges, posterior.identifiable),
        "among_others": _compare(posterior, edges, ~posterior.identifiable),
        "disagreement": posterior.disagreement,
        "n": int(edges.sum()),
    }


def _compare(
    posterior: EdgePosterior, edges: npt.NDArray[np.bool_], among: npt.NDArray[np.bool_]
) -> list[float | None]:
    """Return the areas of prior and posterior among some pairs, None where there is no edge."""
    some = edges[among]
    if not some.any() or some.all():
        return [None, None]
    return [
        compute_roc_area(some, score[among]) for score in (posterior.prior, posterior.probability)
    ]


def _infer(
    world: _World,
    people: PatternVisits,
    start: dict[str, Any],
    form: OddsForm,
    plan: EdgePlan,
    estimated: bool,
) -> EdgePosterior:
    weights = np.array(start["weights"])
    if estimated:
        fitted = CourseConstants(
            np.array(start["initial"]), np.array(start["capacity"]), start["growth"]
        )
        noise = estimate_noise(follow_courses(weights, fitted), people)
        beliefs = (ConstantsDoubt(fitted, **_DOUBTS), noise)
    else:
        # Both rates are fitted: that of growth, and that of spread as part of the weights.
        noise = NoiseLevels(_DESIGN.offset, _DESIGN.noise)
        known = replace(world.constants, growth=start["growth"])
        beliefs = (ConstantsDoubt(known, growth=_DOUBTS["growth"]), noise)
    return infer_edges(people, world.build_odds(form), weights, beliefs, plan, SeedTree(0))


def infer_halves(
    case: EdgeCase, start: dict[str, Any], form: OddsForm, plan: EdgePlan
) -> dict[str, Any]:
    """Find the posterior from each half of the people who are not for tests, and compare the two.

    Returns
    -------
    dict
        ``change``: Pearson's r of the changes of the log-odds, which the prior cannot fake;
        ``weights``: that of the mean weights, which it can.
    """
    world = _World.of(case)
    people = world.people("train", "validation")
    # Each pattern is split, so that both halves know all four.
    order = np.argsort(people.pattern, kind="stable")
    first = np.zeros(people.n_subjects, dtype=bool)
    first[order[::2]] = True
    found: Sequence[EdgePosterior] = [
        _infer(world, people.take(half), start, form, plan, estimated=False)
        for half in (first, ~first)
    ]
    changes, weights = ([getattr(one, name) for one in found] for name in ("change", "weight"))
    return {
        "change": float(np.corrcoef(*changes)[0, 1]),
        "weights": float(np.corrcoef(*weights)[0, 1]),
        "n": people.n_subjects,
    }
