"""Calibrated probabilities are right as often as they say."""

import numpy as np
import pytest

from neuropil.contracts import InputError
from neuropil.measures import compute_calibration_error
from neuropil.proofreading.repair.calibration import (
    Calibration,
    find_abstention,
    find_threshold,
)


def _overconfident(seed, n=20_000):
    rng = np.random.default_rng(seed)
    true = rng.uniform(0.02, 0.98, n)
    logit = np.log(true / (1 - true))
    return 1 / (1 + np.exp(-3 * logit)), rng.uniform(size=n) < true


def test_calibration_mends_an_overconfident_scorer():
    fitted = Calibration.fit(*_overconfident(0))
    said, same = _overconfident(1)
    assert compute_calibration_error(said, same) > 0.1
    assert compute_calibration_error(fitted.apply(said), same) < 0.03


def test_few_examples_never_give_certainty():
    fitted = Calibration.fit(np.array([0.1, 0.2, 0.8, 0.9]), np.array([False, False, True, True]))
    low, high = fitted.apply(np.array([0.0, 1.0]))
    assert (low, high) == pytest.approx((0.25, 0.75))


def test_threshold_is_the_lowest_that_keeps_the_precision():
    probability = np.array([0.9, 0.8, 0.7, 0.6, 0.5])
    same = np.array([True, True, False, True, True])
    assert find_threshold(probability, same, 1.0) == 0.8
    assert find_threshold(probability, same, 0.8) == 0.5
    # Equal probabilities are accepted together or not at all.
    assert find_threshold(np.full(3, 0.5), np.array([True, True, False]), 0.9) == np.inf


def test_abstention_leaves_the_doubtful():
    probability = np.array([0.99, 0.98, 0.03, 0.55, 0.45])
    same = np.array([True, True, False, False, True])
    found = find_abstention(probability, same, 0.99)
    assert found.coverage == pytest.approx(0.6)
    assert found.precision == 1
    assert found.certainty == pytest.approx(0.97)


def test_answers_and_probabilities_must_agree():
    with pytest.raises(InputError, match="found 1 and 2"):
        Calibration.fit(np.array([0.1, 0.2]), np.array([True]))
