"""Images and labels fit each other, or are refused with what was found."""

from __future__ import annotations

import numpy as np
import pytest

from neuropil.connectome import ImageSet
from neuropil.contracts import InputError, Operation, Source

SOURCE = Source("made up")
PIXELS = np.zeros((3, 2, 2), np.uint8)
LABELS = np.array([0, 1, 1])


def build(**changes):
    parts = {
        "train_images": PIXELS.copy(),
        "train_labels": LABELS.copy(),
        "test_images": PIXELS.copy(),
        "test_labels": LABELS.copy(),
        "classes": ("a", "b"),
        "source": SOURCE,
    }
    return ImageSet(**{**parts, **changes})


def test_it_knows_its_shape_its_origin_and_what_was_done():
    images = build()
    assert (images.shape, images.white, images.lossy) == ((2, 2), 255, False)
    assert (images.source, images.provenance) == (SOURCE, ())
    done = (Operation("select"),)
    assert build(provenance=done).provenance == done


def test_its_arrays_cannot_be_changed():
    images = build()
    for array in (images.train_images, images.test_labels):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"train_labels": np.array([0, 1, 2])},
            "made up, train: expected labels from 0 to 1, found 0 to 2. Bring the labels that "
            "belong to the classes.",
        ),
        (
            {"test_labels": np.array([0, 1])},
            "made up, test: expected 3 labels, found (2,). Bring the labels that belong to the "
            "images.",
        ),
        (
            {"train_images": np.zeros((3, 2, 2))},
            "made up, train: expected uint8 images of shape (n, height, width) or (n, height, "
            "width, channels), found float64 of shape (3, 2, 2). Bring images of that kind.",
        ),
        (
            {"test_images": np.zeros((3, 2, 4), np.uint8)},
            "made up: expected test images of shape (2, 2), found (2, 4). Bring training and test "
            "images of one size.",
        ),
    ],
)
def test_what_does_not_fit_is_refused(changes, message):
    with pytest.raises(InputError) as caught:
        build(**changes)
    assert str(caught.value) == message
