"""A small block with planted objects that the tests of the room share."""

from __future__ import annotations

import numpy as np
import pytest

from neuropil.connectome import Volume
from neuropil.contracts import Source
from neuropil.proofreading import Item, Piece


@pytest.fixture(scope="session")
def block():
    """Three bars along x, y and z that touch, in voxels of 40 x 20 x 20 nm."""
    labels = np.zeros((50, 100, 100), dtype=np.uint16)
    labels[20:24, 40:48, 10:50] = 1
    labels[20:24, 40:48, 50:90] = 2
    labels[24:40, 40:48, 46:54] = 3
    image = np.full(labels.shape, 200, dtype=np.uint8)
    image[labels == 2] = 60
    return Volume(
        (40.0, 20.0, 20.0),
        image,
        {"planted": labels},
        species="mouse",
        source=Source(name="bars"),
    )


@pytest.fixture(scope="session")
def make_item():
    """Make an item of a task about the bars."""

    def make(task, *labels, answer="1", half_width=800.0, center=(900.0, 880.0, 1000.0), **more):
        shown = tuple(Piece((label,)) for label in labels)
        return Item(task, shown, center, half_width, answer, "bars", **more)

    return make
