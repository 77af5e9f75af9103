"""People who follow one course, or one of four, seen at irregular times with noise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
import polars as pl

from neuropil.connectome import Visits
from neuropil.contracts import ConfigError, InputError, Operation, Source
from neuropil.datasets.planted_cohorts.world import name_subjects
from neuropil.datasets.planted_progression.course import interpolate_course, simulate_course
from neuropil.datasets.planted_progression.graphs import (
    PlantedGraph,
    plant_easy_graph,
    plant_harder_graph,
)
from neuropil.datasets.planted_progression.views import GraphViews, load_views_or_generate

__all__ = [
    "PlantedProgression",
    "ProgressionDesign",
    "ProgressionKind",
    "ProgressionTruth",
    "plant_progression_cohort",
]

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]
Split = Literal["train", "validation", "test"]

ProgressionKind = Literal["easy", "harder", "multi-pattern"]
"""What is planted: edges that views show; edges that none shows; four places of onset besides."""

# Of the published draws.
_COHORT_SEED = 1
_EVERYWHERE, _SEED_LEVEL, _NEAR_LEVEL, _FIRST_OF_FOUR = 0.005, 0.12, 0.05, 0.12
# A first region and three others, on both sides.
_ONSETS = (
    ("entorhinal", "parahippocampal", "fusiform", "inferiortemporal"),
    ("lateraloccipital", "lingual", "cuneus", "pericalcarine"),
    ("precuneus", "isthmuscingulate", "superiorparietal", "posteriorcingulate"),
    ("middletemporal", "superiortemporal", "bankssts", "supramarginal"),
)
_N_VISITS, _SHARES = (1, 2, 3, 4), (0.5, 0.3, 0.15, 0.05)
_ONSET_RANGE, _GAP_RANGE = (2.0, 22.0), (0.8, 2.0)  # [years]
_HELD_OUT = 35 / 216


@dataclass(frozen=True, slots=True)
class ProgressionDesign:
    """Rates, noise and size of a generated cohort.

    Parameters
    ----------
    n_subjects : int
        Number of people; 35 of 216 are for tests, as many for validation.
    spread : float
        Rate k of spread along the graph [1/year].
    growth : float
        Rate a of growth [1/year].
    offset : float
        Standard deviation of what a person has more or less in a region at all visits.
    noise : float
        Standard deviation of what a single visit has more or less.
    """

    n_subjects: int = 216
    spread: float = 0.45
    growth: float = 0.35
    offset: float = 0.03
    noise: float = 0.045


@dataclass(frozen=True, eq=False)
class ProgressionTruth:
    """What was planted and no model is shown.

    Parameters
    ----------
    graph : PlantedGraph
        Along which it spreads.
    capacity : (n_regions,) array
        Largest value of each region.
    initial : (n_patterns, n_regions) array
        State at time 0.
    times : (n_times,) array
        Grid of the course [years].
    courses : (n_patterns, n_times, n_regions) array
        The course of each pattern.
    onset : (n_subjects,) array
        Time on the course of each person's first visit [years].
    pattern : (n_subjects,) array of int
        Which course each person follows.
    expected : (n_visits, n_regions) array
        Value of the course at each visit, without offset and noise.
    """

    graph: PlantedGraph
    capacity: Floats
    initial: Floats
    times: Floats
    courses: Floats
    onset: Floats
    pattern: Places
    expected: Floats


@dataclass(frozen=True, eq=False)
class PlantedProgression:
    """Generated visits and what was planted in them.

    Parameters
    ----------
    visits : Visits
        What a model may see.
    views : GraphViews
        Graphs that a model may be given.
    truth : ProgressionTruth
        What it should find.
    split : (n_subjects,) str array
        ``train``, ``validation`` or ``test``.
    """

    visits: Visits
    views: GraphViews
    truth: ProgressionTruth
    split: npt.NDArray[np.str_]

    def rows(self, split: Split) -> npt.NDArray[np.bool_]:
        """Tell which subjects belong to a part of the split.

        Parameters
        ----------
        split : {"train", "validation", "test"}
            The part.

        Returns
        -------
        ndarray
            (n_subjects,) booleans, as :meth:`Visits.take` takes them.
        """
        return np.asarray(self.split == split)


def plant_progression_cohort(
    kind: ProgressionKind,
    seed: int = _COHORT_SEED,
    *,
    views: GraphViews | None = None,
    design: ProgressionDesign | None = None,
) -> PlantedProgression:
    """Generate people on a common course of a disease that spreads along a graph.

    Each person was seen one to four times, .8 to 2 years apart, from an unknown time on the course.
    Values are the course plus an offset of the person plus noise, clipped to [0, 1]. With the
    default seed, design and the measured views these are the published draws.

    Parameters
    ----------
    kind : {"easy", "harder", "multi-pattern"}
        Easy: the graph is the strongest fifth of a mixture of four views. Harder: a quarter of its
        edges are in no view. Multi-pattern: on the harder graph, people start at one of four
        places.
    seed : int
        Seed of people and noise; the graph does not depend on it.
    views : GraphViews, optional
        Graphs to mix, and the capacity; when not given the measured ones, or generated ones, with
        a note, where those cannot be had.
    design : ProgressionDesign, optional
        Rates, noise and size.

    Returns
    -------
    PlantedProgression
        Visits in years, views, truth and split.

    Raises
    ------
    ConfigError
        When the kind is another word.
    InputError
        When the views lack a region at which the disease starts.

    Examples
    --------
    >>> from neuropil.datasets import generate_views
    >>> planted = plant_progression_cohort("easy", views=generate_views())
    >>> planted.visits.n_subjects, planted.visits.n_visits, int(planted.rows("test").sum())
    (216, 383, 35)
    """
    if kind not in get_args(ProgressionKind):
        raise ConfigError(
            f"expected one of {', '.join(get_args(ProgressionKind))}, found {kind!r}",
            where="kind",
            repair="Write one of them.",
        )
    used, notes = (views, ()) if views is not None else load_views_or_generate()
    plan = design or ProgressionDesign()
    graph = plant_easy_graph(used.graphs) if kind == "easy" else plant_harder_graph(used.graphs)
    initial = _place_onsets(used.labels, _ONSETS if kind == "multi-pattern" else _ONSETS[:1])
    runs = [
        simulate_course(graph.matrix, used.capacity, state, (plan.spread, plan.growth))
        for state in initial
    ]
    times, courses = runs[0][0], np.stack([course for _, course in runs])
    people = _draw_people(np.random.default_rng(seed), plan, len(used.labels), len(initial))
    reached = people.onset[people.subject] + people.gap
    of_pattern = people.pattern[people.subject]
    expected = np.zeros((len(reached), len(used.labels)))
    for pattern, course in enumerate(courses):
        seen = of_pattern == pattern
        expected[seen] = interpolate_course(times, course, reached[seen])
    values = np.clip(expected + people.offset[people.subject] + people.noise, 0.0, 1.0)
    truth = ProgressionTruth(
        graph, used.capacity, initial, times, courses, people.onset, people.pattern, expected
    )
    settings = {"kind": kind, "seed": seed, "views": used.origin, "noise": plan.noise}
    done = Operation("plant_progression_cohort", settings)
    name = f"planted progression, {kind} (seed {seed}), {used.origin}"
    source = Source(name, licence=used.licence, synthetic=True, notes=notes)
    visits = _build_visits(people, values, used, (source, done))
    return PlantedProgression(visits, used, truth, people.split)


@dataclass(frozen=True, eq=False)
class _People:
    """All draws about people; ``subject`` and ``gap`` have one element a visit."""

    onset: Floats
    subject: Places
    gap: Floats
    offset: Floats
    noise: Floats
    split: npt.NDArray[np.str_]
    pattern: Places


def _draw_people(
    rng: np.random.Generator, plan: ProgressionDesign, n_regions: int, n_patterns: int
) -> _People:
    # In the order of the published draws, on which the sums in the tests depend.
    n = plan.n_subjects
    counts = rng.choice(_N_VISITS, n, p=_SHARES)
    onset = rng.uniform(*_ONSET_RANGE, n)
    gaps = [
        np.concatenate([[0.0], np.cumsum(rng.uniform(*_GAP_RANGE, count - 1))]) for count in counts
    ]
    offset = rng.normal(0, plan.offset, (n, n_regions))
    noise = rng.normal(0, plan.noise, (int(counts.sum()), n_regions))
    order = rng.permutation(n)
    pattern = rng.integers(0, n_patterns, n) if n_patterns > 1 else np.zeros(n, dtype=np.int64)
    held_out = round(_HELD_OUT * n)
    split = np.full(n, "train", dtype="<U10")
    split[order[:held_out]] = "test"
    split[order[held_out : 2 * held_out]] = "validation"
    subject = np.repeat(np.arange(n), counts)
    return _People(onset, subject, np.concatenate(gaps), offset, noise, split, pattern)


def _place_onsets(labels: tuple[str, ...], onsets: tuple[tuple[str, ...], ...]) -> Floats:
    states = np.full((len(onsets), len(labels)), _EVERYWHERE)
    place = {label: row for row, label in enumerate(labels)}
    for state, regions in zip(states, onsets, strict=True):
        for number, region in enumerate(regions):
            for side in "LR":
                if f"{side}_{region}" not in place:
                    raise InputError(
                        f"expected the region {side}_{region}, found none of this name",
                        where="views",
                        repair="Name the 68 cortical regions of the Desikan-Killiany atlas, such "
                        "as L_entorhinal.",
                    )
                level = _SEED_LEVEL if number == 0 else _NEAR_LEVEL
                state[place[f"{side}_{region}"]] = level
    return states


def _build_visits(
    people: _People, values: Floats, views: GraphViews, origin: tuple[Source, Operation]
) -> Visits:
    source, done = origin
    ids = name_subjects(len(people.onset))
    return Visits(
        pl.DataFrame({"subject": [ids[row] for row in people.subject], "time": people.gap}),
        values,
        views.parcellation,
        pl.DataFrame({"id": ids}),
        "year",
        "generated tau",
        "share of the largest capacity",
        source,
        (done,),
    )
