"""Areas and calibration against another implementation and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from neuropil.contracts import InputError
from neuropil.progression.edges.recovery import (
    measure_area,
    measure_calibration,
    measure_recovery,
)

RNG = np.random.default_rng(0)
CHANCE = RNG.random(20_000)
TRUTH = RNG.random(20_000) < CHANCE


def test_the_area_is_that_of_another_implementation_ties_included():
    score = CHANCE.round(1)
    assert measure_area(score, TRUTH) == pytest.approx(roc_auc_score(TRUTH, score), abs=1e-12)


def test_honest_probabilities_are_calibrated_and_sharpened_ones_are_not():
    assert measure_calibration(CHANCE, TRUTH) < 0.01
    sharper = CHANCE**3 / (CHANCE**3 + (1 - CHANCE) ** 3)
    assert measure_calibration(sharper, TRUTH) > 0.1
    assert measure_calibration(np.ones(4), np.array([True, False, False, False])) == 0.75


def test_absent_edges_are_compared_with_pairs_that_are_no_edges_alone():
    edges = np.array([True, True, False, False])
    found = measure_recovery(np.array([0.9, 0.1, 0.3, 0.2]), edges, np.array([1]))
    assert found.all_edges == 0.5
    assert found.absent == 0.0
    assert np.isnan(measure_recovery(CHANCE[:4], edges, np.zeros(0, int)).absent)


def test_an_area_needs_edges_and_others():
    with pytest.raises(InputError) as error:
        measure_area(np.ones(3), np.ones(3, bool))
    assert str(error.value) == (
        "truth: expected edges and other pairs, found 3 and 0. An area needs both."
    )
