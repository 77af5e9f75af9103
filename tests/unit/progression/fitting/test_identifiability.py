"""Halves, profiles and restarts tell what data prove from what they were told."""

from __future__ import annotations

import numpy as np
import pytest

from neuropil.contracts import SeedTree
from neuropil.progression.fitting.alternation import fit_course
from neuropil.progression.fitting.course import CourseForm
from neuropil.progression.fitting.graphs import PriorGraph
from neuropil.progression.fitting.identifiability import (
    compare_halves,
    halve_people,
    profile_rate,
    restart_fit,
)


def test_halves_are_disjoint_and_everybody_is_in_one(small_world):
    one, other = halve_people(small_world.train, SeedTree(0))
    assert (one.n_people, other.n_people) == (30, 30)
    assert len(one.values) + len(other.values) == len(small_world.train.values)
    rows = {tuple(row) for row in one.values}
    assert not rows & {tuple(row) for row in other.values}


def test_with_a_strong_prior_graphs_agree_whatever_the_data_say(small_world, short_plan):
    form = CourseForm(PriorGraph(small_world.weights, 1e4), small_world.seeds, capacity="one")
    people = small_world.train, small_world.validation
    found = compare_halves(form, *people, short_plan, SeedTree(0))
    assert found.graph > 0.999
    # What data change is not what the prior says, and says something else.
    assert found.change < 0.9
    assert found.spread[0] == pytest.approx(found.spread[1], rel=0.4)


def test_a_given_graph_has_no_change(small_world, short_plan):
    people = small_world.train, small_world.validation
    found = compare_halves(small_world.form(), *people, short_plan, SeedTree(0))
    assert found.graph == pytest.approx(1)
    assert np.isnan(found.change)


def test_the_profile_of_growth_holds_the_planted_rate(small_world, short_plan):
    form = small_world.form()
    people = small_world.train, small_world.validation
    fit = fit_course(form, *people, short_plan)
    found = profile_rate(form, people, short_plan, fit, "growth", (0.5, 0.8, 1.0, 1.25, 2.0))
    assert found.identifiable
    assert found.low < 0.4 < found.high
    assert found.deviance[[0, -1]].min() > 50
    assert found.deviance.min() == 0


def test_a_restart_ends_where_the_fit_does(small_world, short_plan):
    form = small_world.form()
    people = small_world.train, small_world.validation
    fit = fit_course(form, *people, short_plan)
    again = restart_fit(form, people, short_plan, SeedTree(2))
    assert again.history[-1, 1] == pytest.approx(fit.history[-1, 1], rel=0.1)
    values, others = (each.values_of(form) for each in (fit, again))
    assert others.growth == pytest.approx(values.growth, rel=0.2)
