"""Weights that may leave their prior at a penalty."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from neuropil.contracts import ConfigError, InputError
from neuropil.progression.edges.courses import follow_courses
from neuropil.progression.edges.onsets import score_courses
from neuropil.progression.edges.penalised import PenaltyPlan, fit_penalised


@pytest.fixture(scope="module")
def parts(world):
    chosen = np.arange(60) < 45
    return world.people.take(chosen), world.people.take(~chosen)


PRIOR = np.full(15, 0.05)
# Lengths are part of the compiled program, which takes longer to compile than to run.
PLAN = PenaltyPlan(alignments=2, steps=80)


def test_data_move_a_flat_prior_towards_the_planted_edges(world, parts):
    fit = fit_penalised(parts, PRIOR, world.constants, PLAN)
    edges = world.weights > 0
    assert fit.ratio[edges].mean() > fit.ratio[~edges].mean() + 0.3
    flat = follow_courses(fit.weights.mean() * np.ones(15), fit.constants)
    found = score_courses(follow_courses(fit.weights, fit.constants), parts[1])
    assert found.sse < score_courses(flat, parts[1]).sse
    assert fit.constants.growth == pytest.approx(0.35, abs=0.05)
    np.testing.assert_array_equal(fit.constants.capacity, world.constants.capacity)
    assert fit.validation.shape == (2,)


def test_a_heavy_penalty_holds_the_weights_at_their_prior(world, parts):
    fit = fit_penalised(parts, PRIOR, world.constants, replace(PLAN, penalty=1e4))
    assert np.abs(fit.ratio).max() < 0.01
    np.testing.assert_allclose(fit.weights / fit.weights[0], np.exp(fit.ratio - fit.ratio[0]))


def test_free_weights_do_without_the_prior(world, parts):
    plan = replace(PLAN, free=True)
    fits = [fit_penalised(parts, prior, world.constants, plan) for prior in (PRIOR, 9 * PRIOR)]
    np.testing.assert_allclose(fits[0].weights, fits[1].weights)


def test_constants_are_estimated_from_where_the_disease_begins(world, parts):
    plan = replace(PLAN, estimated=True)
    fit = fit_penalised(parts, PRIOR, world.constants, plan)
    for pattern, place in ((0, 0), (1, 5)):
        assert fit.constants.initial[pattern].argmax() == place
    assert np.corrcoef(fit.constants.capacity, world.constants.capacity)[0, 1] > 0.8


def test_a_prior_without_edges_is_refused(world, parts):
    with pytest.raises(InputError) as error:
        fit_penalised(parts, np.zeros(15), world.constants)
    assert str(error.value) == (
        "prior: expected a finite prior of 0 or more with an edge in it, found 0 others. Give "
        "probabilities or weights; use a small number for what is unlikely."
    )


def test_a_plan_without_steps_is_refused():
    with pytest.raises(ConfigError) as error:
        PenaltyPlan(steps=0)
    assert str(error.value) == (
        "PenaltyPlan: expected a penalty of 0 or more, a rate above 0, and at least one alignment "
        "and step, found 0.002, 0.05, 6 and 0. Without a penalty the weights are as free as the "
        "data leave them."
    )
