"""Scores of scans and of edges, against other implementations."""

from __future__ import annotations

import numpy as np
import pytest

from neuropil.progression.alignment.noise import NoiseModel
from neuropil.progression.alignment.scans import Scans
from neuropil.progression.fitting.scores import score_course, score_predictions


def _scans(values, known=None):
    known = np.ones_like(values) if known is None else known
    return Scans(values, known, np.arange(len(values)), np.zeros(len(values)), len(values))


def test_sums_and_correlations_are_those_of_numpy():
    rng = np.random.default_rng(0)
    seen, said = rng.random((2, 4, 9))
    found = score_predictions(said, _scans(seen))
    assert found.sse == pytest.approx(((seen - said) ** 2).sum())
    direct = [np.corrcoef(one, other)[0, 1] for one, other in zip(seen, said, strict=True)]
    np.testing.assert_allclose(found.correlations, direct)
    assert found.correlation == pytest.approx(np.mean(direct))


def test_what_was_not_measured_does_not_count():
    rng = np.random.default_rng(0)
    seen, said = rng.random((2, 1, 9))
    known = np.array([[1.0] * 6 + [0.0] * 3])
    found = score_predictions(said, _scans(seen, known))
    kept = score_predictions(said[:, :6], _scans(seen[:, :6]))
    assert found.sse == pytest.approx(kept.sse)
    assert found.correlation == pytest.approx(kept.correlation)


def test_a_constant_scan_has_no_correlation():
    found = score_predictions(
        np.array([[1.0, 2.0], [1.0, 2.0]]), _scans(np.array([[3.0, 3], [0, 1]]))
    )
    assert np.isnan(found.correlations[0])
    assert found.correlation == pytest.approx(1)


def test_people_on_the_course_have_only_their_noise(small_world):
    found = score_course(small_world.course, small_world.train, NoiseModel(0.0, 0.02))
    assert np.sqrt(found.sse / small_world.train.values.size) == pytest.approx(0.02, rel=0.1)
