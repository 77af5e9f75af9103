"""Segments, their scores, and the threshold that they ask for."""

import numpy as np
import pytest

from neuropil.contracts import ConfigError, InputError, SeedTree
from neuropil.preservation.segmenting.components import label_components
from neuropil.preservation.segmenting.plan import SegmentingPlan
from neuropil.preservation.segmenting.segments import (
    fragment_sections,
    segment_block,
    segment_sections,
)
from neuropil.preservation.segmenting.thresholds import choose_threshold, score_fragmentations

pytest.importorskip("skimage")
VOXEL = (50.0, 4.0, 4.0)


def _draw(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Two sections of 4 x 4 cells: walls of about .7, false ones of about .3 across each cell."""
    rng = SeedTree(seed).generator()
    place = np.arange(64)
    wall, false = place % 16 == 0, place % 16 == 8
    cell = place // 16
    probability = np.full((64, 64), 0.05)
    probability[:, false] = 0.3
    probability[wall] = probability[:, wall] = 0.7
    truth = 1 + cell[:, None] * 4 + cell
    truth[wall] = truth[:, wall] = 0
    noise = 0.04 * rng.random((2, 64, 64))
    return (probability + noise).astype(np.float32), np.stack([truth, truth + 100 * (truth > 0)])


def test_a_threshold_between_false_and_true_walls_gives_the_truth() -> None:
    probability, truth = _draw(0)
    labels = segment_sections(probability, VOXEL, SegmentingPlan(4.0, 0.5))
    pairs = np.unique(np.stack([truth[truth > 0], labels[truth > 0]]), axis=1)
    assert pairs.shape[1] == 32
    assert not set(labels[0].ravel()) & set(labels[1].ravel())


def test_the_threshold_is_chosen_between_them() -> None:
    probability, truth = _draw(0)
    fragmentations = fragment_sections(probability, VOXEL, SegmentingPlan(4.0))
    choice = choose_threshold(fragmentations, list(truth))
    assert 0.35 < choice.threshold < 0.7
    assert choice.errors.min() == pytest.approx(0, abs=1e-9)
    scores = score_fragmentations(fragmentations, list(truth), choice.threshold)
    np.testing.assert_allclose([scores.rand, scores.split, scores.merge], 0, atol=1e-9)


def test_too_low_a_threshold_splits_and_too_high_a_one_merges() -> None:
    probability, truth = _draw(0)
    fragmentations = fragment_sections(probability, VOXEL, SegmentingPlan(4.0))
    low, high = (score_fragmentations(fragmentations, list(truth), at) for at in (0.1, 0.95))
    assert low.split.min() > 0.5
    assert low.merge.max() < 0.01
    # All 16 cells of about equal size in one segment.
    np.testing.assert_allclose(high.merge, 4.0, atol=0.05)
    np.testing.assert_allclose(high.total, high.split + high.merge)


def test_a_body_goes_through_the_sections_of_a_block() -> None:
    probability, _ = _draw(0)
    labels = segment_block(np.repeat(probability[:1], 6, 0), (10.0,) * 3, SegmentingPlan(10.0, 0.5))
    assert len(np.unique(labels[:, 24, 24])) == 1


def test_a_body_in_two_parts_has_two_labels() -> None:
    labels = np.array([[7, 7, 0, 7], [9, 9, 0, 7]])
    assert label_components(labels).tolist() == [[1, 1, 0, 2], [3, 3, 0, 2]]
    assert label_components(labels[:, :2]).tolist() == [[1, 1], [2, 2]]


def test_a_truth_is_needed_for_each_section() -> None:
    probability, truth = _draw(0)
    fragmentations = fragment_sections(probability, VOXEL)
    with pytest.raises(InputError) as caught:
        choose_threshold(fragmentations, [truth[0]])
    assert str(caught.value) == (
        "truths: expected one truth for each of at least one section, found 1 for 2. "
        "Pass the true labels of each section."
    )


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"smoothing": -1.0}, "plan.smoothing: expected a length from 0 [nm], found -1.0"),
        ({"threshold": 1.5}, "plan.threshold: expected a probability, found 1.5"),
    ],
)
def test_plans_refuse_what_is_out_of_range(wrong: dict[str, float], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        SegmentingPlan(**wrong)
    assert str(caught.value).startswith(message)
