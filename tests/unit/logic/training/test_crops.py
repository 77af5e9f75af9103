"""Crops: what is drawn is what is done, and the compiled form agrees in every bit."""

from __future__ import annotations

import numpy as np
import pytest

from neuropil.logic.training.crops import (
    Crops,
    ShiftFlip,
    crop_images,
    crop_to_bits,
    draw_crops,
)
from neuropil.logic.training.data import FreshCopies, pack_rows
from neuropil.logic.training.encoders import BitEncoder

STRONG = ShiftFlip(padding=5, jitter=0.7, cutout=4)


def _images(*shape):
    return np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)


def _thresholds(n, levels=(36.4, 72.9, 127.5, 200.0)):
    return np.tile(np.array(levels), (n, 1))


@pytest.mark.parametrize("shape", [(50, 9, 11, 3), (50, 8, 8), (3, 1, 5)])
@pytest.mark.parametrize("levels", [(127.5,), (36.4, 72.9, 127.5), tuple(np.arange(1, 50) * 5.0)])
def test_the_compiled_form_agrees_in_every_bit(shape, levels, kernel):
    images = _images(*shape)
    crops = draw_crops(images.shape, STRONG, np.random.default_rng(1))
    thresholds = _thresholds(images[0].size, levels)
    moved = crop_images(images, crops).reshape(len(images), -1)
    expected = pack_rows(BitEncoder(thresholds).encode(moved))
    assert np.array_equal(crop_to_bits(images, crops, thresholds, kernel), expected)


def test_what_has_no_compiled_form_is_left_to_numpy(kernel):
    images = _images(5, 4, 4)
    crops = draw_crops(images.shape, STRONG, np.random.default_rng(1))
    own = _thresholds(16) + np.arange(16)[:, None]
    assert crop_to_bits(images, crops, own, kernel) is None
    assert crop_to_bits(images.astype(np.float32), crops, _thresholds(16), kernel) is None
    assert crop_to_bits(images, crops, _thresholds(16), None) is None


def test_a_crop_is_moved_mirrored_dimmed_and_cut():
    image = np.arange(16, dtype=np.uint8).reshape(1, 4, 4)
    crops = Crops(
        np.array([[1, -1]], np.int32),
        np.array([1], np.uint8),
        np.array([[2.0]], np.float32),
        np.array([[0, 1, 3, 9]], np.int32),
    )
    assert (crop_images(image, crops)[0] / 2).tolist() == [
        [6, 5, 4, 0],
        [10, 9, 8, 9],
        [14, 13, 12, 13],
        [10, 9, 8, 9],
    ]


def test_jitter_is_drawn_for_each_channel_and_stays_within_its_limits():
    gain = np.log(draw_crops((2000, 8, 8, 3), STRONG, np.random.default_rng(2)).gain)
    assert gain.shape == (2000, 3)
    assert np.abs(gain).max() <= 0.7
    assert np.abs(np.corrcoef(gain.T) - np.eye(3)).max() < 0.1
    still = draw_crops((20, 8, 8, 3), ShiftFlip(), np.random.default_rng(2))
    assert (still.gain == 1).all()
    assert (still.box[:, 0] == still.box[:, 1]).all()


@pytest.mark.parametrize("library", [True, False])
def test_copies_are_new_in_every_draw_and_the_same_without_a_compiler(library, kernel, monkeypatch):
    images = _images(2100, 6, 6, 3)
    encoder = BitEncoder(_thresholds(images[0].size))
    fresh = FreshCopies(images, encoder, STRONG)
    chosen = kernel if library else None
    monkeypatch.setattr("neuropil.logic.training.data.load_kernel", lambda: (chosen, ""))
    one, two = (fresh.draw(np.random.default_rng(seed)) for seed in (3, 4))
    crops = draw_crops(images.shape, STRONG, np.random.default_rng(3))
    moved = crop_images(images, crops).reshape(len(images), -1)
    assert np.array_equal(one, pack_rows(encoder.encode(moved)))
    assert (one != two).any(axis=1).mean() > 0.99


def test_quantiles_are_drawn_anew_by_numpy(kernel):
    images = _images(40, 6, 6)
    encoder = BitEncoder(np.sort(_images(36, 3).astype(float), axis=1))
    drawn = FreshCopies(images, encoder, STRONG).draw(np.random.default_rng(3))
    crops = draw_crops(images.shape, STRONG, np.random.default_rng(3))
    moved = crop_images(images, crops).reshape(40, -1)
    assert np.array_equal(drawn, pack_rows(encoder.encode(moved)))
    assert crop_to_bits(images, crops, encoder.thresholds, kernel) is None
