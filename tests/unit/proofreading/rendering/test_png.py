"""PNG files hold the pixels that were given, and nothing else."""

import io

import numpy as np
import pytest
from PIL import Image

from neuropil.contracts import InputError
from neuropil.proofreading.rendering.png import encode_png

PIXELS = np.random.default_rng(0).integers(0, 256, (7, 11, 3), dtype=np.uint8)


def test_another_reader_finds_the_pixels():
    picture = Image.open(io.BytesIO(encode_png(PIXELS)))
    assert picture.mode == "RGB"
    assert (np.asarray(picture) == PIXELS).all()


def test_the_same_pixels_give_the_same_bytes():
    assert encode_png(PIXELS) == encode_png(PIXELS.copy())
    assert b"tIME" not in encode_png(PIXELS)


def test_a_grey_picture_is_refused():
    with pytest.raises(
        InputError, match=r"expected \(height, width, 3\) of uint8, found \(7, 11\)"
    ):
        encode_png(PIXELS[:, :, 0])
