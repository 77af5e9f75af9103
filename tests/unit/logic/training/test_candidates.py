"""Candidates: distinct, evenly drawn, and near where they should be."""

from __future__ import annotations

import numpy as np
import pytest

from neuropil.contracts import ConfigError
from neuropil.logic.training.candidates import Sources, draw_distinct, draw_near
from neuropil.logic.training.network import draw_network


def _image_sources(size=12, depth=3):
    """Three bits for each pixel of a square image."""
    pixel = np.repeat(np.arange(size * size), depth)
    places = np.stack([pixel // size, pixel % size], axis=1)
    return Sources(np.arange(pixel.size, dtype=np.int32), places, (size, size))


# Three of 200 are few, and drawn again where they are equal; three of 9 are many.
@pytest.mark.parametrize("n", [9, 200])
def test_distinct_numbers_are_drawn_evenly(n):
    drawn = draw_distinct(20_000, 3, n, np.random.default_rng(0))
    assert drawn.dtype == np.int32
    assert all(len(set(row)) == 3 for row in drawn.tolist())
    counts = np.bincount(drawn.ravel(), minlength=n)
    wanted = 60_000 / n
    # Four standard errors of a count.
    assert np.abs(counts - wanted).max() < 4 * np.sqrt(wanted)
    assert counts.size == n


def test_no_rows_are_none():
    assert draw_distinct(0, 3, 9, np.random.default_rng(0)).shape == (0, 3)


def test_both_slots_of_a_gate_read_one_square():
    sources = _image_sources()
    index, places = draw_near((3, 500), 6, 4, sources, np.random.default_rng(1))
    assert index.shape == (3000, 6)
    assert all(len(set(row)) == 6 for row in index.tolist())
    read = sources.places[index].reshape(1500, 12, 2)
    assert (np.ptp(read, axis=1) < 4).all()
    assert (np.abs(read - places[:, None]) <= 2).all()
    # Every square of the image is drawn, those at its border too.
    assert np.unique(places, axis=0).shape == (81, 2)
    # Each run goes through the image from top to bottom.
    rows = places[:, 0].reshape(3, 500)
    assert (np.diff(rows, axis=1) >= 0).all()
    assert (rows[:, 0] == 2).all()
    assert (rows[:, -1] == 10).all()


def test_a_square_beyond_the_image_is_the_whole_image():
    index, places = draw_near((1, 2000), 5, 50, _image_sources(), np.random.default_rng(1))
    assert set(index.ravel()) == set(range(432))
    assert np.unique(places, axis=0).shape == (1, 2)


def test_squares_with_too_few_inputs_are_left_out():
    whole = _image_sources()
    left = whole.places[:, 1] < 6
    half = Sources(whole.numbers[left], whole.places[left], whole.size)
    index, places = draw_near((2, 250), 8, 3, half, np.random.default_rng(2))
    assert (whole.places[index][..., 1] < 6).all()
    # A square of three columns that reaches one column into the left half holds nine bits.
    assert places[:, 1].max() == 6


def test_a_later_layer_reads_gates_that_are_near():
    network = draw_network(
        (2000, 400), (6, 6), _image_sources(), 1.0, np.random.default_rng(3), (4, 4)
    )
    first, second = (layer.sources for layer in network.layers)
    middle = _image_sources().places[first].reshape(2000, -1, 2).mean(axis=1)
    read = middle[second].reshape(400, -1, 2)
    assert np.ptp(read, axis=1).max() < 4 + 2 * 2
    everywhere = draw_network(
        (2000, 400), (6, 6), _image_sources(), 1.0, np.random.default_rng(3), (4, 0)
    )
    assert np.ptp(middle[everywhere.layers[1].sources].reshape(400, -1, 2), axis=1).mean() > 6


@pytest.mark.parametrize(
    ("sources", "message"),
    [
        (Sources(np.arange(50, dtype=np.int32)), "expected sources with places, found rows"),
        (
            _image_sources(),
            "expected squares of 1 pixels with more than 6 sources, found at",
        ),
    ],
)
def test_squares_that_cannot_be_are_refused(sources, message):
    with pytest.raises(ConfigError) as caught:
        draw_near((1, 10), 6, 1, sources, np.random.default_rng(0))
    assert message in str(caught.value)
    assert str(caught.value).endswith("Take topk:K, fewer candidates, or a larger square.")
