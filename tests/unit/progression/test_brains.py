"""Where regions are on the page."""

from __future__ import annotations

import numpy as np
import polars as pl

from neuropil.connectome import Parcellation
from neuropil.progression.brains import find_places


def build(space, **columns):
    return Parcellation(pl.DataFrame({"key": [1], "name": ["p"], **columns}), space=space)


def test_the_atlas_of_the_mouse_counts_down_and_back():
    places = find_places(build("Allen mouse brain", x_mm=[1.0], y_mm=[2.0], z_mm=[3.0]))
    np.testing.assert_array_equal(places.seen("from above"), [[1, -3]])
    np.testing.assert_array_equal(places.seen("from the front"), [[1, -2]])


def test_mni_space_counts_forwards_and_up():
    places = find_places(build("MNI152", x_mm=[1.0], y_mm=[2.0], z_mm=[3.0]))
    np.testing.assert_array_equal(places.seen("from the side"), [[2, 3]])


def test_regions_without_places_are_not_drawn():
    assert find_places(build(None)) is None
