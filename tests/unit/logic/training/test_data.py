"""From images to bits: encoders, augmentation, the split, and the cache of copies."""

from __future__ import annotations

import hashlib
import io

import numpy as np
import pytest

from neuropil.contracts import ConfigError, InputError, OutputError, SeedTree, user_cache
from neuropil.logic import AffineElastic, Encoding, ShiftFlip, augment, fit_encoder
from neuropil.logic.training.augment import _source_places
from neuropil.logic.training.data import prepare_bits, split_validation
from neuropil.logic.training.encoders import check_finite, parse_encoding

STILL = AffineElastic(rotation=0, shear=0, scale=0, elastic=0)


@pytest.fixture
def images() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (40, 12, 12)).astype(np.uint8)


def _rows(images):
    return images.reshape(len(images), -1).astype(np.float32)


def test_a_threshold_of_a_quarter_is_pixel_64():
    values = np.array([[0.0, 255.0, 63.0, 64.0]], np.float32)
    encoder = fit_encoder(Encoding(), values)
    assert encoder.encode(values).tolist() == [[False, True, False, True]]
    assert encoder.encode(values.astype(np.uint8)).tolist() == [[False, True, False, True]]


def test_a_thermometer_fills_from_below():
    encoder = fit_encoder(Encoding(kind="thermometer", bits=3), np.array([[0.0], [8.0]]))
    assert encoder.encode(np.array([[1.0], [4.0], [8.0]])).astype(int).tolist() == [
        [0, 0, 0],
        [1, 1, 0],
        [1, 1, 1],
    ]


def test_quantiles_divide_each_feature_into_equal_parts():
    values = np.random.default_rng(0).lognormal(size=(4000, 2)) * [1.0, 1000.0]
    encoder = fit_encoder(Encoding(kind="quantile", bits=3), values)
    np.testing.assert_allclose(
        encoder.encode(values).mean(axis=0), [0.75, 0.5, 0.25] * 2, atol=1e-3
    )


@pytest.mark.parametrize("text", ["treshold:0.2", "threshold:2", "thermometer:0", "quantile:x"])
def test_an_unknown_encoding_is_refused(text):
    with pytest.raises(ConfigError) as caught:
        parse_encoding(text)
    assert str(caught.value) == (
        f"encoding: expected an encoding, found {text!r}. "
        "Write threshold:0.25, thermometer:7 or quantile:3."
    )


def test_what_are_no_features_is_refused():
    with pytest.raises(InputError) as caught:
        check_finite(np.array([[1.0, np.nan], [np.inf, 2.0]]))
    assert str(caught.value) == (
        "X: expected finite features, found 2 that are NaN or inf, the first in row 0, column 1. "
        "Fill or drop missing values first."
    )


def test_an_image_that_is_not_moved_stays(images):
    np.testing.assert_allclose(augment(images, STILL, np.random.default_rng(0)), images, atol=1e-3)


def test_a_rotation_moves_a_spot_around_the_centre():
    image = np.zeros((400, 21, 21), np.uint8)
    image[:, 10, 18] = 100
    settings = AffineElastic(rotation=90, shear=0, scale=0, elastic=0)
    turned = augment(image, settings, np.random.default_rng(0))
    rows, columns = np.indices((21, 21))
    weight = turned.sum(axis=(1, 2))
    y, x = ((turned * part).sum(axis=(1, 2)) / weight for part in (rows - 10, columns - 10))
    np.testing.assert_allclose(np.hypot(y, x), 8, atol=0.5)
    assert np.degrees(np.arctan2(y, x)).min() < -80
    assert np.degrees(np.arctan2(y, x)).max() > 80


def test_the_elastic_field_moves_pixels_by_0_87_pixels_in_the_middle():
    settings = AffineElastic(rotation=0, shear=0, scale=0)
    y, x = _source_places((300, 28, 28), settings, np.random.default_rng(0))
    rows, columns = np.indices((28, 28))
    inside = (slice(None), slice(10, 18), slice(10, 18))
    moved = np.stack([(y - rows)[inside], (x - columns)[inside]])
    assert moved.std() == pytest.approx(0.87, abs=0.05)


def test_every_image_has_draws_of_its_own(images):
    same = np.repeat(images[:1], 5, axis=0)
    copies = augment(same, AffineElastic(), np.random.default_rng(0))
    assert all(np.abs(copies[0] - copies[row]).max() > 1 for row in range(1, 5))


def test_crops_are_shifted_and_half_of_them_mirrored():
    image = np.tile(np.arange(32, dtype=np.uint8)[None, None, :, None], (400, 32, 1, 3))
    crops = augment(image, ShiftFlip(), np.random.default_rng(0))
    assert crops.shape == image.shape
    slope = np.sign(crops[:, 0, 20, 0] - crops[:, 0, 10, 0])
    assert abs(slope.mean()) < 0.2
    middle = crops[slope > 0][:, 0, 15, 0]
    assert set(middle) == set(range(11, 20))


def test_the_split_takes_the_same_share_of_every_class():
    labels = np.repeat([0, 1, 2], [100, 50, 2])
    held = split_validation(labels, 0.1, np.random.default_rng(0))
    assert np.bincount(labels[held]).tolist() == [10, 5, 1]
    with pytest.raises(InputError, match="at least two samples of every class, found one"):
        split_validation(np.array([0, 0, 1]), 0.5, np.random.default_rng(0))


def test_copies_are_made_once_and_never_from_held_out_images(images):
    labels = np.arange(40) % 2
    encoder = fit_encoder(Encoding(), _rows(images))

    def prepare():
        done = []
        bits = prepare_bits(images, labels, encoder, STILL, (2, 0.25), SeedTree(3), done.append)
        return bits, done

    bits, done = prepare()
    assert done == [1, 1]
    assert (bits.n, bits.copies, bits.n_inputs) == (30, 2, 144)
    assert np.array_equal(bits.packed[:30], bits.packed[30:60])
    rows = {row.tobytes() for row in bits.packed}
    held = np.packbits(bits.validation_bits, axis=1, bitorder="little")
    assert not rows & {row.tobytes() for row in held}
    files = sorted((user_cache() / "augmented").glob("*.bits"))
    stamps = [path.stat().st_mtime_ns for path in files]
    again, _ = prepare()
    assert len(files) == 2
    assert [path.stat().st_mtime_ns for path in files] == stamps
    assert np.array_equal(again.packed, bits.packed)


def test_images_that_are_augmented_anew_are_clean_in_their_share(images):
    labels = np.arange(40) % 2
    encoder = fit_encoder(Encoding(), _rows(images))
    bits = prepare_bits(images, labels, encoder, ShiftFlip(), (0, 0.25), SeedTree(3), print)
    assert (bits.n, bits.copies, bits.size) == (30, 0, (12, 12))
    drawn, order = bits.draw_epoch(45, 0.5, np.random.default_rng(1))
    assert sorted(order[:30]) == list(range(30))
    same = (drawn == bits.packed).all(axis=1)
    assert 5 <= same.sum() <= 25
    assert not (bits.draw_epoch(45, 0.0, np.random.default_rng(1))[0] == bits.packed).all(1).any()
    again, _ = bits.draw_epoch(45, 0.5, np.random.default_rng(1))
    assert np.array_equal(again, drawn)
    assert not np.array_equal(bits.draw_epoch(45, 0.5, np.random.default_rng(2))[0], drawn)


def test_inputs_have_the_place_of_their_pixel(images):
    encoder = fit_encoder(Encoding(kind="thermometer", bits=3), _rows(images))
    labels = np.arange(40) % 2
    bits = prepare_bits(images, labels, encoder, None, (0, 0.25), SeedTree(3), print)
    row = 3 * (12 * 5 + 7) + 1
    at = np.flatnonzero(bits.sources.numbers == row)
    assert bits.sources.places[at].tolist() == [[5, 7]]


@pytest.mark.parametrize("damage", ["half zeroed", "cut", "empty", "another shape"])
def test_a_damaged_copy_in_the_cache_is_made_anew(images, damage):
    labels = np.arange(40) % 2
    encoder = fit_encoder(Encoding(), _rows(images))
    settings = AffineElastic(rotation=7)

    def prepare():
        return prepare_bits(
            images, labels, encoder, settings, (1, 0.25), SeedTree(4), lambda _: None
        ).packed

    before = set((user_cache() / "augmented").glob("*.bits"))
    whole = prepare()
    [path] = set((user_cache() / "augmented").glob("*.bits")) - before
    content = path.read_bytes()
    half = len(content) // 2
    path.write_bytes(
        {
            "half zeroed": content[:half] + bytes(len(content) - half),
            "cut": content[:half],
            "empty": b"",
            "another shape": _entry(np.zeros((3, 2), np.uint8)),
        }[damage]
    )
    assert np.array_equal(prepare(), whole)
    assert path.read_bytes() == content
    path.unlink()


def _entry(array):
    """An entry of the cache with a checksum that is right."""
    with io.BytesIO() as buffer:
        np.save(buffer, array)
        return hashlib.sha256(buffer.getvalue()).digest() + buffer.getvalue()


def test_a_cache_that_cannot_be_written_is_named(images, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("NEUROPIL_CACHE", str(tmp_path / "file"))
    encoder = fit_encoder(Encoding(), _rows(images))
    with pytest.raises(OutputError) as caught:
        prepare_bits(
            images, np.arange(40) % 2, encoder, STILL, (1, 0.2), SeedTree(0), lambda _: None
        )
    text = str(caught.value)
    assert text.startswith(f"{tmp_path}/file/augmented/")
    assert text.endswith(
        ".bits: cannot write: not a directory. "
        "Set NEUROPIL_CACHE to a folder that can be written and has space."
    )


def test_inputs_that_never_change_are_not_offered():
    images = np.zeros((40, 5, 5), np.uint8)
    images[::2, 2, 2] = 255
    images[::4, 1, 1] = 255
    encoder = fit_encoder(Encoding(), _rows(images))
    bits = prepare_bits(
        images, np.arange(40) % 2, encoder, None, (0, 0.2), SeedTree(0), lambda _: None
    )
    assert bits.usable.tolist() == [6, 12]
