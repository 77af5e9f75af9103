"""Halves meet at the cut; training keeps away from it."""

import numpy as np
import pytest

from neuropil.contracts import InputError
from neuropil.proofreading.adjacency.features import describe_contacts
from neuropil.proofreading.adjacency.halves import Halves, contact_sections, judge_across
from neuropil.proofreading.adjacency.measuring import measure_contacts


def test_halves_of_250_sections():
    halves = Halves(0, 250)
    sections = [region[0] for region in (*halves.regions(), *halves.training_regions())]
    assert sections == [slice(0, 125), slice(125, 250), slice(0, 117), slice(133, 250)]


def test_quarters_are_cut_across_the_halves():
    inner = Halves(0, 250).quarters(1, 200)
    every = slice(None)
    assert inner.training_regions() == (
        (slice(133, 250), slice(0, 96), every),
        (slice(133, 250), slice(104, 200), every),
    )
    assert inner.whole() == (slice(133, 250), slice(0, 200), every)


def test_halves_need_sections():
    with pytest.raises(InputError, match="expected more than 18 voxels along z, found 10"):
        Halves(0, 10)


def test_each_contact_is_judged_by_the_other_half(tissue):
    volume, evidence = tissue
    graph = measure_contacts(volume.segmentation("pieces"), evidence)
    features = describe_contacts(graph)
    lower, upper = (
        lambda _, features, value=value: np.full(len(features.rows), value)
        for value in (0.25, 0.75)
    )
    found = judge_across((lower, upper), 18)(graph, features)
    sections = contact_sections(graph, features.rows)
    assert (found[sections >= 18] == 0.25).all()
    assert (found[sections < 18] == 0.75).all()
