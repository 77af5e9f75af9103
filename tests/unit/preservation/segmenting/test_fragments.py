"""Flooding gives one fragment a basin, and refuses what is no probability."""

import numpy as np
import pytest

from neuropil.contracts import InputError
from neuropil.preservation.segmenting.fragments import flood_probability

pytest.importorskip("skimage")


def test_two_basins_are_two_fragments() -> None:
    probability = np.zeros((9, 9))
    probability[:, 4] = 1.0
    labels = flood_probability(probability, (4.0, 4.0), 0.0)
    assert set(labels[:, :4].ravel()) == {labels[0, 0]}
    assert set(labels[:, 5:].ravel()) == {labels[0, 8]}
    assert labels[0, 0] != labels[0, 8]
    assert labels.min() == 1


def test_smoothing_is_in_nanometres() -> None:
    rng = np.random.default_rng(0)
    probability = rng.random((64, 64))
    counts = [flood_probability(probability, (4.0, 4.0), smooth).max() for smooth in (0, 8, 16)]
    assert counts[0] > 2 * counts[1] > 4 * counts[2]
    fine = flood_probability(probability, (8.0, 8.0), 16.0)
    np.testing.assert_array_equal(fine, flood_probability(probability, (4.0, 4.0), 8.0))


@pytest.mark.parametrize("wrong", [np.nan, -0.1, 1.1])
def test_what_is_no_probability_is_refused(wrong: float) -> None:
    probability = np.full((4, 4), 0.5)
    probability[1, 1] = wrong
    with pytest.raises(InputError, match="expected probabilities from 0 to 1, found"):
        flood_probability(probability, (4.0, 4.0), 0.0)


def test_nothing_is_refused() -> None:
    with pytest.raises(InputError) as caught:
        flood_probability(np.zeros((0, 4)), (4.0, 4.0), 0.0)
    assert str(caught.value) == (
        "probability: expected probabilities from 0 to 1, found none. "
        "Pass what a detector predicts."
    )
