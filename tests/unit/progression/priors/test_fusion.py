"""Rules of fusion against their definition, and doubts against a simulation."""

from __future__ import annotations

import numpy as np
import pytest

from neuropil.contracts import ConfigError
from neuropil.progression.priors.fusion import Fusion, fuse

NAMES = ("tract", "coactivation", "proximity")


@pytest.fixture
def shares():
    rng = np.random.default_rng(0)
    return {name: rng.random(50) for name in NAMES}


@pytest.fixture
def doubts():
    rng = np.random.default_rng(1)
    return {name: 0.02 * rng.random(50) for name in NAMES}


def test_each_rule_is_its_definition(shares, doubts):
    stacked = np.stack(list(shares.values()))
    np.testing.assert_allclose(
        fuse(shares, doubts, Fusion())[0], 1 - np.prod(1 - stacked, axis=0), atol=1e-15
    )
    np.testing.assert_allclose(fuse(shares, doubts, Fusion("mean"))[0], stacked.mean(axis=0))
    weights = {"tract": 0.7, "coactivation": 0.3, "proximity": 0.0}
    mixed = fuse(shares, doubts, Fusion("simplex", weights))[0]
    np.testing.assert_allclose(mixed, 0.7 * stacked[0] + 0.3 * stacked[1])


@pytest.mark.parametrize(
    "fusion",
    [
        Fusion(),
        Fusion("mean"),
        Fusion("simplex", {"tract": 0.7, "coactivation": 0.2, "proximity": 0.1}, floor=0.3),
    ],
    ids=lambda fusion: fusion.rule,
)
def test_doubts_are_those_of_answers_that_waver(shares, doubts, fusion):
    rng = np.random.default_rng(2)
    drawn = [
        fuse(
            {name: shares[name] + doubts[name] * rng.standard_normal(50) for name in NAMES},
            doubts,
            fusion,
        )[0]
        for _ in range(4000)
    ]
    # The standard error of a standard deviation of 4,000 draws is 1.1 %.
    found = fuse(shares, doubts, fusion)[1]
    np.testing.assert_allclose(found, np.std(drawn, axis=0), rtol=0.06, atol=2e-5)


def test_one_sure_mechanism_suffices_and_a_sum_of_shares_stays_below_1():
    sure = {name: np.array([1.0, 1.0]) for name in NAMES}
    nothing = {name: np.array([np.nan, 0.0]) for name in NAMES}
    for fusion in (Fusion(), Fusion("mean"), Fusion("simplex", dict.fromkeys(NAMES, 1 / 3))):
        fused, _ = fuse(sure, nothing, fusion)
        assert ((fused <= 1) & (fused > 0.999)).all()


def test_what_does_not_count_brings_no_doubt(shares):
    unknown = {name: np.full(50, np.nan) for name in NAMES} | {"tract": np.full(50, 0.1)}
    weights = {"tract": 1.0, "coactivation": 0.0, "proximity": 0.0}
    np.testing.assert_allclose(fuse(shares, unknown, Fusion("simplex", weights))[1], 0.1)
    assert np.isnan(fuse(shares, unknown, Fusion("mean"))[1]).all()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"rule": "noisy_or"},
            "fusion: expected one of noisy-or, mean, simplex, found 'noisy_or'. "
            "Did you mean noisy-or? Write one of them.",
        ),
        (
            {"floor": 1.0},
            "floor: expected a floor of 0 or more and below 1, found 1. "
            "Give a probability such as 0.05; 0 leaves all as they are.",
        ),
        (
            {"rule": "simplex"},
            "weights: expected weights with simplex and with no other rule, found none with "
            "simplex. Give the weight of each mechanism, or fuse by noisy-or or mean.",
        ),
        (
            {"weights": {"tract": 1.0}},
            "weights: expected weights with simplex and with no other rule, found some with "
            "noisy-or. Give the weight of each mechanism, or fuse by noisy-or or mean.",
        ),
        (
            {"rule": "simplex", "weights": {"tract": 1.5, "proximity": 0.5}},
            "weights: expected weights from 0 with sum 1, found a sum of 2. "
            "Divide them by their sum.",
        ),
        (
            {"rule": "simplex", "weights": {"tract": np.nan}},
            "weights: expected weights from 0 with sum 1, found a sum of nan. "
            "Divide them by their sum.",
        ),
    ],
)
def test_plans_that_make_no_sense_are_refused(given, message):
    with pytest.raises(ConfigError) as error:
        Fusion(**given)
    assert str(error.value) == message


def test_weights_of_other_mechanisms_are_refused(shares, doubts):
    with pytest.raises(ConfigError) as error:
        fuse(shares, doubts, Fusion("simplex", {"tract": 1.0}))
    assert str(error.value) == (
        "weights: expected weights of tract, coactivation, proximity, found those of tract. "
        "Give each mechanism its weight, 0 where it shall not count."
    )
