"""Scores from counts equal those from voxels, and have the right names."""

import numpy as np
import pytest

from neuropil.contracts import InputError
from neuropil.proofreading.adjacency.overlap import Overlap


def _overlap(labels, truth):
    return Overlap.of(np.unique(labels[labels > 0]), labels, truth)


def test_scores_equal_scikit_image(tissue):
    metrics = pytest.importorskip("skimage.metrics")
    truth = tissue[0].segmentation("truth")
    labels = np.roll(tissue[0].segmentation("pieces"), 3, axis=2)
    found = _overlap(labels, truth).score()
    split, merge = metrics.variation_of_information(truth, labels)
    assert found.split == pytest.approx(split, abs=1e-9)
    assert found.merge == pytest.approx(merge, abs=1e-9)
    assert found.rand_error == pytest.approx(metrics.adapted_rand_error(truth, labels)[0], abs=1e-9)


def test_an_oversegmentation_is_split_and_not_merged(tissue):
    truth, pieces = (tissue[0].segmentation(name) for name in ("truth", "pieces"))
    over, under = _overlap(pieces, truth).score(), _overlap(truth, pieces).score()
    assert over.merge == pytest.approx(0, abs=1e-12)
    assert over.split > 1
    assert (under.split, under.merge) == pytest.approx((over.merge, over.split))


def test_joining_rows_equals_joining_voxels(tissue):
    truth, pieces = (tissue[0].segmentation(name) for name in ("truth", "pieces"))
    names = np.unique(pieces)
    groups = np.arange(len(names)) // 3 * 3
    joined = _overlap(pieces, truth).join(groups)
    again = _overlap(names[groups][pieces - 1], truth)
    np.testing.assert_array_equal(joined.counts.toarray(), again.counts.toarray())


def test_bodies_and_purity():
    labels = np.array([[[1, 1, 1, 1, 2, 3]]])
    truth = np.array([[[5, 5, 5, 9, 9, 0]]])
    bodies, purity = _overlap(labels, truth).find_bodies()
    assert bodies.tolist() == [0, 1, -1]
    assert purity.tolist() == [0.75, 1, 0]


def test_shapes_must_agree():
    with pytest.raises(InputError, match=r"truth of shape \(1, 1, 2\), found \(1, 1, 3\)"):
        Overlap.of(np.array([1]), np.ones((1, 1, 2), int), np.ones((1, 1, 3), int))


def test_of_untraced_tissue_nothing_is_known():
    labels = np.array([[[1, 1, 2, 3]]])
    bodies, purity = _overlap(labels, 0 * labels).find_bodies()
    assert (bodies.tolist(), purity.tolist()) == ([-1] * 3, [0.0] * 3)
