"""Spread from a known seed: a planted rate, graph and seed are found."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from neuropil.contracts import ConfigError, InputError
from neuropil.progression import (
    LINEAR_PROTOCOL,
    LOGARITHMIC_PROTOCOL,
    GroupMaps,
    build_laplacian,
    choose_graph,
    diffuse,
    fit_rate,
    score_seeds,
)

TIMES, RATE, SEED = np.array([1.0, 3.0, 6.0]), LOGARITHMIC_PROTOCOL.rates[7], 4


def graph(seed, n=20):
    rng = np.random.default_rng(seed)
    weights = rng.lognormal(0, 1.5, (n, n)) * (rng.random((n, n)) < 0.3)
    return build_laplacian(weights, scale="row-sum")


@pytest.fixture(scope="module")
def planted():
    laplacian = graph(0)
    clean = diffuse(laplacian, np.eye(20)[SEED], RATE * TIMES)
    noise = np.random.default_rng(1).normal(0, 0.05, clean.shape)
    return laplacian, GroupMaps(TIMES, clean * 10**noise, np.eye(20)[SEED])


@pytest.mark.parametrize("hold_out_last", [False, True])
def test_the_planted_rate_is_found(planted, hold_out_last):
    fit = fit_rate(*planted, hold_out_last=hold_out_last)
    assert fit.rate == pytest.approx(RATE, abs=0.11)
    assert fit.r.shape == (100, 3)
    assert (fit.chosen > 0.98).all()
    assert fit.last == fit.chosen[-1]
    used = slice(2 if hold_out_last else 3)
    assert fit.score == pytest.approx(fit.chosen[used].mean())


def test_what_is_held_out_does_not_choose(planted):
    laplacian, maps = planted
    wrong = maps.values.copy()
    wrong[-1] = np.random.default_rng(2).random(20)
    one = fit_rate(laplacian, maps, hold_out_last=True)
    other = fit_rate(laplacian, GroupMaps(TIMES, wrong, maps.start), hold_out_last=True)
    assert (one.rate, one.score) == (other.rate, other.score)
    assert one.last != other.last


def test_the_planted_graph_is_chosen(planted):
    laplacian, maps = planted
    name, fit = choose_graph({"other": graph(5), "true": laplacian, "third": graph(6)}, maps)
    assert name == "true"
    assert fit.score > choose_graph({"other": graph(5)}, maps)[1].score + 0.2


def test_the_planted_seed_is_the_best_and_scores_as_it_does_alone(planted):
    laplacian, maps = planted
    scores = score_seeds(laplacian, maps)
    assert int(np.argmax(scores)) == SEED
    assert scores[SEED] == pytest.approx(fit_rate(laplacian, maps).score)
    alone = fit_rate(laplacian, replace(maps, start=np.eye(20)[11]), LINEAR_PROTOCOL)
    assert score_seeds(laplacian, maps, LINEAR_PROTOCOL)[11] == pytest.approx(alone.score)


def test_seeds_do_not_count_where_they_were_given():
    laplacian, start = graph(0), np.eye(20)[SEED]
    values = diffuse(laplacian, start, RATE * TIMES)
    changed = values.copy()
    changed[:, SEED] = 0
    fits = [
        fit_rate(laplacian, GroupMaps(TIMES, one, start), LINEAR_PROTOCOL)
        for one in (values, changed)
    ]
    np.testing.assert_array_equal(fits[0].r, fits[1].r)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"values": np.ones((2, 3))}, "a map of 4 regions at 2 times, found (2, 3)"),
        ({"times": [3, 1]}, "increasing times above 0, found [3.0, 1.0]"),
        ({"times": [0, 1]}, "increasing times above 0, found [0.0, 1.0]"),
        ({"values": -np.ones((2, 4))}, "finite pathology of 0 or more, or NaN, found -1"),
        ({"start": np.zeros(4)}, "a seed above 0 and nothing below it, found 0 in all"),
    ],
)
def test_maps_that_are_none_are_refused(change, what):
    given = {"times": [1, 3], "values": np.ones((2, 4)), "start": np.eye(4)[0]}
    with pytest.raises(InputError) as error:
        GroupMaps(**(given | change))
    assert str(error.value) == (
        f"GroupMaps: expected {what}. Give one row for each time and one column for each region."
    )


def test_one_time_cannot_be_held_out():
    maps = GroupMaps([1.0], np.ones((1, 20)), np.eye(20)[0])
    with pytest.raises(ConfigError) as error:
        fit_rate(graph(0), maps, hold_out_last=True)
    assert str(error.value) == (
        "hold_out_last: expected at least two times to hold out the last, found one. Give an "
        "earlier map too."
    )
