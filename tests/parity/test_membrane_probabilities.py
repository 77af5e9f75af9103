"""Calibration, scores and labels of membranes, beside scikit-learn, SciPy and scikit-image."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage
from sklearn.calibration import calibration_curve
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss

from neuropil.contracts import SeedTree
from neuropil.preservation.detector.calibration import (
    LogitCalibration,
    compute_brier_score,
    measure_reliability,
)
from neuropil.preservation.segmenting.borders import measure_borders
from neuropil.preservation.segmenting.components import label_components


def _draw() -> tuple[np.ndarray, np.ndarray]:
    rng = SeedTree(5).generator()
    logits = rng.normal(0.3, 1.5, 5000)
    return logits, rng.random(5000) < 1 / (1 + np.exp(-(1.7 * logits - 0.4)))


def test_the_calibration_is_the_logistic_regression_without_a_penalty() -> None:
    logits, truth = _draw()
    theirs = LogisticRegression(C=1e12, tol=1e-10).fit(logits[:, None], truth)
    ours = LogitCalibration.fit(logits, truth)
    assert ours.scale == pytest.approx(float(theirs.coef_[0, 0]), rel=1e-4)
    assert ours.shift == pytest.approx(float(theirs.intercept_[0]), rel=1e-3)


def test_brier_score_and_reliability_are_those_of_scikit_learn() -> None:
    logits, truth = _draw()
    said = LogitCalibration(1.7, -0.4).apply(logits).astype(float)
    assert compute_brier_score(said, truth) == pytest.approx(brier_score_loss(truth, said))
    true, mean = calibration_curve(truth, said, n_bins=10)
    curve = measure_reliability(said, truth, 10)
    seen = curve.n > 0
    np.testing.assert_allclose(curve.true[seen], true)
    np.testing.assert_allclose(curve.said[seen], mean)


def test_components_are_those_of_each_label_by_itself() -> None:
    pytest.importorskip("skimage")
    labels = SeedTree(6).generator().integers(0, 4, (6, 12, 12))
    found = label_components(labels)
    count = 0
    for label in (1, 2, 3):
        parts, n = ndimage.label(labels == label)
        count += n
        for part in range(1, n + 1):
            assert len(np.unique(found[parts == part])) == 1
    assert found.max() == count
    assert ((found == 0) == (labels == 0)).all()


def test_borders_are_the_edges_of_a_region_graph() -> None:
    graph = pytest.importorskip("skimage.graph")
    rng = SeedTree(7).generator()
    labels = np.kron(rng.permutation(30).reshape(5, 6), np.ones((4, 4), int))
    found = measure_borders(labels + 1, rng.random(labels.shape))
    theirs = graph.RAG(labels, connectivity=1)
    assert sorted(map(tuple, found.pairs.tolist())) == sorted(
        (min(edge), max(edge)) for edge in theirs.edges
    )
