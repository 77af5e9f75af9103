"""Calibration recovers a planted line, and scores have their closed forms."""

import numpy as np
import pytest

from neuropil.contracts import InputError, SeedTree
from neuropil.preservation.detector.calibration import (
    LogitCalibration,
    compute_brier_score,
    measure_reliability,
)


def _draw(scale: float, shift: float) -> tuple[np.ndarray, np.ndarray]:
    rng = SeedTree(0).generator()
    logits = rng.normal(0, 2, 100_000)
    return logits, rng.random(100_000) < 1 / (1 + np.exp(-(scale * logits + shift)))


@pytest.mark.parametrize(("scale", "shift"), [(0.5, 0.7), (1.0, 0.0), (2.0, -1.0)])
def test_a_planted_line_is_found(scale: float, shift: float) -> None:
    found = LogitCalibration.fit(*_draw(scale, shift))
    assert found.scale == pytest.approx(scale, rel=0.03)
    assert found.shift == pytest.approx(shift, abs=0.03)


def test_calibrated_probabilities_are_true_as_often_as_they_say() -> None:
    logits, truth = _draw(0.5, 0.7)
    before, after = LogitCalibration(), LogitCalibration.fit(logits, truth)
    curve = measure_reliability(after.apply(logits), truth)
    seen = curve.n > 500
    np.testing.assert_allclose(curve.said[seen], curve.true[seen], atol=0.03)
    brier = [compute_brier_score(each.apply(logits), truth) for each in (before, after)]
    assert brier[1] < brier[0] - 0.01


def test_pixels_of_one_kind_are_refused() -> None:
    with pytest.raises(InputError) as caught:
        LogitCalibration.fit(np.zeros(3), np.zeros(3, bool))
    assert str(caught.value) == (
        "held-out sections: expected pixels on membranes and off them, found one kind alone. "
        "Hold out more sections."
    )


def test_an_empty_bin_is_undefined() -> None:
    curve = measure_reliability(np.array([0.05]), np.array([True]), 2)
    assert curve.n.tolist() == [1, 0]
    assert np.isnan(curve.said[1])
    assert np.isnan(curve.true[1])
