import numpy as np

from neuropil.contracts import SeedTree
from neuropil.proofreading.merges.lessons import look_at_places
from neuropil.proofreading.tasks.joins import Joins


def test_contacts_and_branches_of_one_half_are_looked_at(crossing: Joins) -> None:
    for upper in (False, True):
        seen = look_at_places(crossing.half(upper), 2, SeedTree(0))
        joined = [sample for sample in seen.samples if sample.cut is not None]
        single = [sample for sample in seen.samples if sample.cut is None]
        [contact] = joined
        assert 1 <= len(single) <= 2
        # Where the beams touch, fourteen sections from the end.
        assert contact.cut is not None
        assert contact.cut[0] == (148 if upper else 14) * 40
        assert (contact.distances < 100).mean() > 0.1
        assert (np.abs(contact.points - contact.cut) <= 450 + 200).all()


def test_places_near_the_other_half_are_left_out(crossing: Joins) -> None:
    half = crossing.half(False)
    seen = look_at_places(half, 100, SeedTree(0), branching=False)
    assert len(seen.places) > 0
    assert (seen.places <= half.border - 1650).all()
    assert len(look_at_places(half, 1, SeedTree(0), branching=False).samples) == 2


def test_lessons_without_certain_labels_are_taken(crossing: Joins) -> None:
    seen = look_at_places(crossing.half(False), 1, SeedTree(0))
    assert list(seen.labels) == [(1, 2), (3,)]
    everything = np.ones(2, bool)
    assert seen.take_apart(everything, {2}) == [seen.samples[1]]
    assert seen.take_apart(~everything, set()) == []
    assert len(seen.add(seen).take_apart(np.ones(4, bool), {3})) == 2
