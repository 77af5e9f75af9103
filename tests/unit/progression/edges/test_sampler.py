"""Draws against the exact posterior, which a sum over all graphs of six pairs gives."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from neuropil.contracts import ConfigError
from neuropil.progression.edges.odds import PriorOdds, odds_of_ranks
from neuropil.progression.edges.sampler import SlabPlan, draw_edges

PAIRS, SCALE, RATIO = 6, 0.5, 0.4
RNG = np.random.default_rng(4)
ROWS = RNG.normal(size=(12, PAIRS))
# Two pairs that the data can hardly tell apart: where draws one by one are slowest.
ROWS[:, 1] = ROWS[:, 0] + 0.3 * RNG.normal(size=12)
GRAM = 3 * ROWS.T @ ROWS / 12
TARGET = GRAM @ np.array([0.6, 0.0, 0.5, 0.0, 0.2, 0.0]) + 0.5 * RNG.normal(size=PAIRS)
LIKELIHOOD = (GRAM, TARGET)
# All tests draw with one compiled program.
PLAN = SlabPlan(density=0.2, chains=8, burn_in=100, sweeps=900)
ODDS = PriorOdds(np.zeros(PAIRS), np.zeros((PAIRS, 1)))


def _sum_over_graphs(density):
    """Return probability and mean weight of each pair, averaged over the mean of the slab."""
    logs, edges, means = [], [], []
    for log_scale in np.linspace(np.log(SCALE) - 4, np.log(SCALE) + 4, 161):
        scale = np.exp(log_scale)
        precision = 1 / (scale * RATIO) ** 2
        for graph in product([False, True], repeat=PAIRS):
            some = np.array(graph)
            total = GRAM[np.ix_(some, some)] + precision * np.eye(some.sum())
            pull = TARGET[some] + scale * precision
            mean = np.linalg.solve(total, pull)
            log = 0.5 * pull @ mean - 0.5 * some.sum() * scale**2 * precision
            log += 0.5 * (some.sum() * np.log(precision) - np.linalg.slogdet(total)[1])
            log += some.sum() * np.log(density / (1 - density))
            logs.append(log - 0.5 * (log_scale - np.log(SCALE)) ** 2)
            edges.append(some)
            weights = np.zeros(PAIRS)
            weights[some] = mean
            means.append(weights)
    share = np.exp(np.array(logs) - max(logs))
    share /= share.sum()
    return share @ np.array(edges), share @ np.array(means)


def test_draws_have_the_probabilities_of_a_sum_over_all_graphs():
    plan = replace(PLAN, density=0.3)
    draws = draw_edges(LIKELIHOOD, ODDS, plan, SCALE, seed=0)
    probability, mean = _sum_over_graphs(0.3)
    np.testing.assert_allclose(draws.probability.mean(axis=0), probability, atol=0.02)
    np.testing.assert_allclose(draws.mean, mean, atol=0.01)
    assert (draws.square >= draws.mean**2).all()
    np.testing.assert_allclose(draws.density, 0.3)
    again = draw_edges(LIKELIHOOD, ODDS, plan, SCALE, seed=0)
    np.testing.assert_array_equal(draws.probability, again.probability)


def test_without_data_the_posterior_is_the_prior():
    odds = odds_of_ranks(np.random.default_rng(0).random(34))
    silent = np.zeros((34, 34)), np.zeros(34)
    draws = draw_edges(silent, odds, PLAN, 0.1, seed=1)
    # The prior of the slope is normal with mean and standard deviation 1.
    assert draws.slopes.mean() == pytest.approx(1, abs=0.4)
    assert draws.slopes.std() == pytest.approx(1, abs=0.4)
    assert draws.probability.mean() == pytest.approx(0.2, abs=0.02)
    order = np.argsort(odds.evidence[:, 0])
    halves = draws.probability.mean(axis=0)[order].reshape(2, 17).mean(axis=1)
    assert halves[1] > halves[0] + 0.1


def test_sharp_weights_teach_density_and_scale():
    rng = np.random.default_rng(5)
    weights = np.where(np.arange(34) < 17, rng.normal(1.0, 0.3, 34), 0)
    exact = 400 * np.eye(34), 400 * weights
    odds = PriorOdds(np.zeros(34), np.zeros((34, 1)))
    draws = draw_edges(exact, odds, replace(PLAN, doubt=1.0), 2.0, seed=0)
    # Between the prior of .2 and the half that the weights show.
    assert 0.35 < draws.density.mean() < 0.5
    assert draws.scale.mean() == pytest.approx(1.0, abs=0.12)
    held = draw_edges(exact, odds, PLAN, 2.0, seed=0)
    np.testing.assert_allclose(held.density, 0.2)
    assert (held.probability[:, :17] > 0.9).all()
    assert (held.probability[:, 17:] < 0.1).all()


@pytest.mark.parametrize(
    ("numbers", "message"),
    [
        (
            {"density": 0.0},
            "SlabPlan: expected a density between 0 and 1, a doubt of 0 or more and a ratio above "
            "0, found 0.0, 0.0 and 0.4. A fifth of all pairs is 0.2.",
        ),
        (
            {"sweeps": 0},
            "SlabPlan: expected at least one chain and one sweep, found 12 and 0, after 40 that "
            "are not counted. Draw more.",
        ),
    ],
)
def test_plans_that_draw_nothing_are_refused(numbers, message):
    with pytest.raises(ConfigError) as error:
        SlabPlan(**numbers)
    assert str(error.value) == message
