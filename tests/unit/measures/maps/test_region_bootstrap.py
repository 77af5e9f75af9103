"""Resampling regions is the same as building the resampled pairs one by one."""

from __future__ import annotations

import numpy as np
import pytest

from neuropil.contracts import InputError
from neuropil.measures import correlate_resampled, resample_regions


def symmetric(seed, n=12):
    square = np.random.default_rng(seed).standard_normal((n, n))
    return square + square.T


def test_counts_add_up_to_the_regions():
    counts = resample_regions(12, 50, np.random.default_rng(0))
    np.testing.assert_array_equal(counts.sum(axis=1), 12)


def test_it_is_the_correlation_over_the_drawn_pairs():
    x, y = symmetric(0), symmetric(1)
    counts = resample_regions(12, 20, np.random.default_rng(2))
    expected = []
    for count in counts:
        drawn = np.repeat(np.arange(12), count)
        one, other = np.triu_indices(12, 1)
        pairs = [(drawn[a], drawn[b]) for a, b in zip(one, other, strict=True)]
        pairs = [(a, b) for a, b in pairs if a != b]
        expected.append(np.corrcoef([x[pair] for pair in pairs], [y[pair] for pair in pairs])[0, 1])
    np.testing.assert_allclose(correlate_resampled(x, y, counts), expected)


def test_too_few_regions_or_no_variance_have_no_correlation():
    counts = np.array([[6, 6, 0, 0], [1, 1, 1, 1]])
    x = symmetric(0, 4)
    assert np.isnan(correlate_resampled(x, x, counts)[0])
    assert np.isnan(correlate_resampled(np.ones((4, 4)), x, counts)).all()


def test_shapes_must_fit():
    with pytest.raises(InputError) as caught:
        correlate_resampled(np.eye(3), np.eye(4), np.ones((2, 4)))
    assert str(caught.value) == (
        "correlate_resampled: expected two (4, 4) matrices, found (3, 3) and (4, 4). Select the "
        "matrices and the counts alike."
    )
