"""The small network learns three kinds of cells, the same with the same seed."""

import numpy as np
import pytest

from neuropil import datasets
from neuropil.connectome import Volume
from neuropil.contracts import InputError, SeedTree
from neuropil.preservation.axes.examples import draw_examples
from neuropil.preservation.axes.features import FEATURES
from neuropil.preservation.axes.zones import ZoneNetwork


def cells(n=6000):
    kinds = np.random.default_rng(0).integers(0, 3, n)
    features = np.random.default_rng(1).normal(size=(n, len(FEATURES))).astype(np.float32)
    features[np.arange(n), kinds] += 4
    return features, kinds


def test_kinds_that_differ_are_told_apart():
    features, kinds = cells()
    network = ZoneNetwork.fit(features, kinds, SeedTree(0))
    found = network.predict(features[None])[0].argmax(axis=-1)
    assert np.mean(found == kinds) > 0.95


def test_the_same_seed_gives_the_same_network():
    features, kinds = cells()
    first, second = (ZoneNetwork.fit(features, kinds, SeedTree(3)) for _ in range(2))
    np.testing.assert_array_equal(first.hidden, second.hidden)
    np.testing.assert_array_equal(first.out, second.out)


def test_a_kind_that_is_missing_is_named():
    features, kinds = cells()
    with pytest.raises(InputError) as caught:
        ZoneNetwork.fit(features, np.minimum(kinds, 1), SeedTree(0))
    assert str(caught.value) == (
        "ZoneNetwork.fit: expected 1000 cells or more of three kinds, found 6000 of 2. Draw more "
        "examples of damage."
    )


def test_examples_are_six_of_each_section_with_known_doses():
    volume = datasets.load("synthetic-neurites", kind=Volume)
    drawn = list(draw_examples(volume, range(40), 2, SeedTree(0)))
    kinds = ("clean", "gaps", "zones", "voids", "shrunken", "faulty")
    assert [one.kind for one in drawn] == [*kinds, *kinds]
    for one in drawn:
        assert one.volume.shape[0] == 1
        assert one.mask.shape == one.volume.shape
        marked = one.mask.mean()
        assert marked == pytest.approx(one.dose if one.kind in ("zones", "voids") else 0, abs=0.02)


def test_no_section_to_draw_from_is_named():
    volume = datasets.load("synthetic-neurites", kind=Volume)
    with pytest.raises(InputError) as caught:
        next(draw_examples(volume, [], 1, SeedTree(0)))
    assert str(caught.value) == (
        "sections: expected one section or more, found none. Name sections of sound tissue."
    )
