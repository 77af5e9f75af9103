"""Planted edges are found, and what the data say nothing about is said so."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from neuropil.contracts import ConfigError, InputError, SeedTree
from neuropil.measures import compute_roc_area
from neuropil.progression.edges.linearised import ConstantsDoubt
from neuropil.progression.edges.odds import PriorOdds
from neuropil.progression.edges.posterior import EdgePlan, infer_edges
from neuropil.progression.edges.sampler import SlabPlan

FLAT = PriorOdds(np.zeros(15), np.zeros((15, 1)))
PLAN = EdgePlan(SlabPlan(density=0.4, chains=8, burn_in=100, sweeps=900))


@pytest.fixture(scope="module")
def posterior(world):
    beliefs = ConstantsDoubt(world.constants), world.noise
    return infer_edges(world.people, FLAT, np.full(15, 0.024), beliefs, PLAN, SeedTree(1))


def test_planted_edges_are_more_probable_than_other_pairs(world, posterior):
    edges = world.weights > 0
    np.testing.assert_allclose(posterior.prior, 0.4)
    assert compute_roc_area(edges, posterior.probability) > 0.8
    assert posterior.probability[edges].mean() > posterior.probability[~edges].mean() + 0.2
    away = np.abs(posterior.weight - world.weights) / np.maximum(posterior.deviation, 0.005)
    assert (away < 3).mean() > 0.8


def test_the_change_is_that_of_the_odds(posterior):
    inside = (posterior.probability > 1e-6) & (posterior.probability < 1 - 1e-6)
    after, before = posterior.probability[inside], posterior.prior[inside]
    odds = np.log(after / (1 - after)) - np.log(before / (1 - before))
    np.testing.assert_allclose(posterior.change[inside], odds)
    np.testing.assert_array_equal(posterior.identifiable, np.abs(posterior.change) >= 0.5)


def test_one_person_says_less_than_sixty(world, posterior):
    alone = world.people.take(np.arange(60) == 4)
    beliefs = ConstantsDoubt(world.constants), world.noise
    found = infer_edges(alone, FLAT, np.full(15, 0.024), beliefs, PLAN, SeedTree(1))
    assert np.abs(found.change).mean() < 0.5 * np.abs(posterior.change).mean()
    assert (found.deviation > posterior.deviation).mean() > 0.6
    assert found.disagreement < 0.25


def test_a_plan_needs_a_round():
    with pytest.raises(ConfigError) as error:
        EdgePlan(rounds=0)
    assert str(error.value) == (
        "EdgePlan: expected at least one round and a damping above 0 and up to 1, found 0 and 0.6. "
        "Two rounds with a damping of 0.6 were enough on generated cohorts."
    )


@pytest.mark.parametrize(
    ("start", "patterns", "message"),
    [
        (
            np.full(14, 0.02),
            2,
            "infer_edges: expected 15 weights to start from for 6 regions with initial states, "
            "found 14. Pairs are those of the upper triangle, row by row.",
        ),
        (
            np.full(15, 0.02),
            1,
            "infer_edges: expected patterns from 0 to 0, found 1. Give one initial state for each "
            "pattern.",
        ),
        (
            np.full(15, -0.02),
            2,
            "infer_edges: expected weights of 0 or more with an edge among them to start from, "
            "found 15 others. Start from what fit_penalised returns.",
        ),
    ],
)
def test_what_is_not_about_the_same_regions_is_refused(world, start, patterns, message):
    constants = replace(world.constants, initial=world.constants.initial[:patterns])
    with pytest.raises(InputError) as error:
        infer_edges(world.people, FLAT, start, (ConstantsDoubt(constants), world.noise), PLAN)
    assert str(error.value) == message
