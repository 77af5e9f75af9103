"""Order and calibration of predictions, against another implementation and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from neuropil.contracts import InputError
from neuropil.measures import compute_calibration_error, compute_roc_area

RNG = np.random.default_rng(0)
CHANCE = RNG.random(20_000)
TRUTH = RNG.random(20_000) < CHANCE


def test_the_area_is_that_of_another_implementation_ties_included():
    score = CHANCE.round(1)
    assert compute_roc_area(TRUTH, score) == pytest.approx(roc_auc_score(TRUTH, score), abs=1e-12)


def test_an_area_of_one_kind_is_not_defined():
    assert np.isnan(compute_roc_area(np.ones(3, bool), np.arange(3.0)))
    assert np.isnan(compute_roc_area(np.zeros(3, bool), np.arange(3.0)))


def test_honest_probabilities_are_calibrated_and_sharpened_ones_are_not():
    assert compute_calibration_error(CHANCE, TRUTH, bins=10) < 0.01
    sharper = CHANCE**3 / (CHANCE**3 + (1 - CHANCE) ** 3)
    assert compute_calibration_error(sharper, TRUTH) > 0.1


def test_the_error_is_the_distance_within_bins():
    same = np.array([True, True, False, False])
    assert compute_calibration_error(np.array([1.0, 1, 0, 0]), same) == 0
    assert compute_calibration_error(np.array([0.0, 0, 1, 1]), same) == 1
    assert compute_calibration_error(np.full(4, 0.8), same) == pytest.approx(0.3)


def test_answers_and_probabilities_must_agree():
    with pytest.raises(InputError) as error:
        compute_calibration_error(np.array([0.1, 0.2]), np.array([True]))
    assert str(error.value) == (
        "truth: expected as many answers as probabilities, at least one, found 1 and 2. Pass one "
        "answer for each probability."
    )
