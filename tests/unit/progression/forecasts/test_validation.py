"""Validation: what is left out is not seen, intervals are over blocks, and chance is chance."""

from __future__ import annotations

import numpy as np
import pytest

from neuropil.contracts import ConfigError, SeedTree
from neuropil.progression.forecasts.recipes import RECIPES
from neuropil.progression.forecasts.validation import (
    Forecast,
    foretell_by_chance,
    foretell_last_maps,
    score_forecasts,
)

# One penalty: what it is chosen from is not what these tests are about.
QUICK = {name: recipe.model_copy(update={"penalties": (0.3,)}) for name, recipe in RECIPES.items()}


def make_forecast(block, seed=0):
    rng = np.random.default_rng(seed)
    truth = rng.normal(size=block.size)
    return Forecast("one", truth + rng.normal(size=block.size), truth * 0 + block, truth, block)


def test_planted_studies_are_foretold_better_than_by_persistence(graph, plant):
    forecasts = foretell_last_maps(plant(graph), graph, QUICK["all"])
    scores = score_forecasts(forecasts, SeedTree(0), 200)
    assert scores.n_better == 6
    assert scores.mean_gain_interval[0] > 0
    assert scores.mean_interval[0] < scores.mean < scores.mean_interval[1]
    assert scores.gain == pytest.approx(scores.r - scores.persistence)


@pytest.mark.parametrize("leave_out", ["study", "laboratory", "all others"])
def test_what_is_left_out_changes_nothing(graph, plant, leave_out):
    recipe = QUICK["own" if leave_out == "all others" else "all"]
    studies, others = plant(graph), plant(graph, seed=1)
    # Of study 0 (laboratory a): study 1 is of its laboratory, the others are not.
    hidden = {"study": 0, "laboratory": 2, "all others": 6}[leave_out]
    mixed = [studies[0], *others[1:hidden], *studies[max(hidden, 1) :]]
    one, two = (
        foretell_last_maps(each, graph, recipe, leave_out=leave_out)[0] for each in (studies, mixed)
    )
    np.testing.assert_array_equal(one.predicted, two.predicted)
    changed = [*studies[:5], others[5]]
    three = foretell_last_maps(changed, graph, recipe, leave_out=leave_out)[0]
    assert np.array_equal(one.predicted, three.predicted) == (leave_out == "all others")


def test_a_graph_that_carries_spread_beats_exchanged_regions(graph, plant):
    studies = plant(graph, susceptibility=0)
    recipe = QUICK["graph"]
    real = np.mean([one.correlate()[0] for one in foretell_last_maps(studies, graph, recipe)])
    drawn = foretell_by_chance(studies, graph, recipe, SeedTree(0), range(9))
    assert drawn.shape == (9, 6)
    assert (drawn.mean(axis=1) < real).all()
    later = foretell_by_chance(studies, graph, recipe, SeedTree(0), range(8, 9))
    np.testing.assert_array_equal(later[0], drawn[8])


def test_a_graph_that_carries_nothing_is_not_found(graph, plant):
    studies = plant(graph, spread=0)
    whole, without = (
        score_forecasts(foretell_last_maps(studies, graph, QUICK[name]), SeedTree(0), 200)
        for name in ("all", "without graph")
    )
    assert whole.mean - without.mean < 0.01


def test_intervals_are_over_blocks_and_not_over_regions():
    few, many = np.repeat(np.arange(6), 30), np.arange(180)
    widths = [
        np.ptp(score_forecasts([make_forecast(one)], SeedTree(0)).intervals) for one in (few, many)
    ]
    assert widths[0] != widths[1]
    # Drawing a block several times is drawing its regions as often.
    forecast = make_forecast(few)
    weights = np.zeros(180)
    weights[few == 2] = 2
    weights[few == 4] = 1
    rows = np.concatenate([np.flatnonzero(few == 2)] * 2 + [np.flatnonzero(few == 4)])
    expected = np.corrcoef(forecast.predicted[rows], forecast.truth[rows])[0, 1]
    assert forecast.correlate(weights)[0] == pytest.approx(expected)


def test_the_same_blocks_are_drawn_for_every_recipe(graph, plant):
    studies = plant(graph)
    one, two = (
        foretell_last_maps(studies, graph, QUICK[name])[0] for name in ("graph", "susceptibility")
    )
    drawn = [each.resample(20, SeedTree(0).generator())[1] for each in (one, two)]
    np.testing.assert_array_equal(*drawn)


def test_an_unknown_way_of_leaving_out_is_refused(graph, plant):
    with pytest.raises(ConfigError) as caught:
        foretell_last_maps(plant(graph), graph, leave_out="mouse")
    assert str(caught.value) == (
        "leave_out: expected study, laboratory or all others, found 'mouse'. Choose one of them."
    )
