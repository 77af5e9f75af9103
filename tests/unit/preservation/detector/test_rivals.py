"""The rivals find planted membranes, and the filters have their closed forms."""

import numpy as np
import pytest
from scipy import ndimage

from neuropil.connectome import Volume
from neuropil.contracts import SeedTree
from neuropil.measures import compute_roc_area
from neuropil.preservation.detector.filters import SCALES, apply_filters
from neuropil.preservation.detector.rivals import ForestPlan, MembraneForest, MembraneRidges


def test_there_are_29_filters() -> None:
    assert apply_filters(np.zeros((8, 8), np.float32)).shape == (64, 29)
    assert len(SCALES) == 4


def test_a_slope_has_its_gradient_and_no_curvature() -> None:
    slope = np.repeat(2 * np.arange(40, dtype=np.float32)[:, None], 40, axis=1)
    _, smooth, gradient, *rest = (
        column.reshape(40, 40)[20, 20] for column in apply_filters(slope, (1.0,)).T
    )
    assert smooth == pytest.approx(40, abs=1e-3)
    assert gradient == pytest.approx(2, abs=1e-3)
    # Hessian 0 and 0 up to the cut tails of the kernel; structure tensor 4 and 0; no difference.
    np.testing.assert_allclose(rest, [0, 0, 4, 0, 0], atol=5e-3)


def test_the_eigenvalues_of_a_dark_line_point_across_it() -> None:
    line = np.zeros((41, 41), np.float32)
    line[20] = -1
    row = apply_filters(ndimage.gaussian_filter(line, 1), (2.0,)).reshape(41, 41, 8)[20, 20]
    larger, smaller = row[3], row[4]
    assert larger > 10 * abs(smaller)


def test_the_forest_finds_membranes_of_a_section_it_never_saw(cells: Volume) -> None:
    plan = ForestPlan(trees=10, pixels=1000)
    forest = MembraneForest(plan).fit(cells, sections=[0, 1, 2], seed=SeedTree(0))
    section = cells.crop((slice(5, 6), slice(None), slice(None)))
    truth = (section.segmentation("truth") == 0).ravel()
    probability = forest.predict(section)
    assert probability.shape == section.shape
    assert compute_roc_area(truth, probability.ravel()) > 0.95
    again = MembraneForest(plan).fit(cells, sections=[0, 1, 2], seed=SeedTree(0))
    np.testing.assert_array_equal(again.predict(section), probability)


def test_ridges_are_found_without_training(cells: Volume) -> None:
    pytest.importorskip("skimage")
    found = MembraneRidges((20.0,)).predict(cells)
    assert found.min() == 0
    assert found.max() == 1
    truth = (cells.segmentation("truth") == 0).ravel()
    assert compute_roc_area(truth, found.ravel()) > 0.85
