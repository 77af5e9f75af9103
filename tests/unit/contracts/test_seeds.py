"""Seeds depend on names, not on the order of draws."""

from __future__ import annotations

import hashlib

import numpy as np

from neuropil.contracts import SeedTree


def test_seeds_are_the_published_ones():
    text = hashlib.sha256(b"0/fit/3").digest()
    assert SeedTree(0).child("fit").child(3).integer() == int.from_bytes(text[:4], "little")
    # SHA-256 of the text "0" starts with 5feceb66.
    assert SeedTree(0).integer() == 0x66EBEC5F


def test_children_differ_by_name_and_root():
    tree = SeedTree(1)
    seeds = {tree.child(name).integer() for name in ("fit", "evaluate", 0, 1, "01")}
    assert len(seeds) == 5
    assert tree.child("fit").integer() != SeedTree(2).child("fit").integer()


def test_a_generator_starts_where_its_name_says():
    tree = SeedTree(5).child("noise")
    expected = np.random.default_rng(tree.integer()).normal(size=4)
    np.testing.assert_array_equal(tree.generator().normal(size=4), expected)
    np.testing.assert_array_equal(tree.generator().normal(size=4), expected)
