from dataclasses import replace

import numpy as np
import pytest

from neuropil.contracts import SeedTree
from neuropil.proofreading.merges.halves import FOUND, JudgedMerges, make_halves
from neuropil.proofreading.merges.lessons import Lessons
from neuropil.proofreading.merges.rivals import judge_by_arms, measure_leaks
from neuropil.proofreading.merges.samples import MergeSample
from neuropil.proofreading.merges.surroundings import name_descriptors
from neuropil.proofreading.tasks.joins import Joins, MergePlan


def judged(joined: list[float], single: list[float], off: list[float]) -> JudgedMerges:
    n = len(joined)
    near = np.array(off)
    return JudgedMerges(
        np.array(joined),
        np.array(single),
        near,
        near / 2,
        near / 4,
        np.full(n, 0.25),
        np.full(n, 0.1),
        np.arange(n) >= n // 2,
        np.arange(n) // 2,
    )


def test_halves_share_no_label_and_are_made_the_same_again(
    crossing: Joins, merge_plan: MergePlan
) -> None:
    halves = make_halves(crossing, merge_plan, "beams", SeedTree(0))
    again = make_halves(crossing, merge_plan, "beams", SeedTree(0))
    assert halves[0].labels == {1, 2, 3}
    assert halves[1].labels == {11, 12, 13}
    for one, other in zip(halves, again, strict=True):
        assert [item.id for item in one.items] == [item.id for item in other.items]
        assert len(one.binary()) == 2 * len(one.pairs) == 2
        assert [item.answer for item in one.binary()] == ["1", "-1"]
        assert one.sizes.shape == (1, 2, 6)


def test_grades_area_and_found_are_those_of_the_definitions() -> None:
    said = judged([0.9, 0.4, 0.6], [0.1, 0.6, 0.6], [100.0, 600.0, 499.0])
    np.testing.assert_allclose(said.grade_binary(), [1, 0, 0.5])
    np.testing.assert_allclose(said.grade_choice(), [1, 0, 0.5])
    # Of nine pairs of a joined and a single object five are in order, and one is a draw.
    order = [(a > b) + 0.5 * (a == b) for a in said.joined for b in said.single]
    assert said.area_under_curve() == pytest.approx(np.mean(order))
    assert said.found.tolist() == [True, False, True]
    assert FOUND == 500


def test_intervals_hold_the_value_and_chance_is_the_mean_share() -> None:
    rng = np.random.default_rng(0)
    said = judged(list(rng.uniform(0.3, 1, 80)), list(rng.uniform(0, 0.7, 80)), [100.0] * 80)
    low, high = said.interval(JudgedMerges.area_under_curve, SeedTree(0))
    assert low < said.area_under_curve() < high
    # Where all pairs are of one object, there is nothing to resample.
    one = replace(said, label=np.zeros(80, int))
    assert np.ptp(one.interval(JudgedMerges.area_under_curve, SeedTree(0))) == 0
    assert said.draw_chance(SeedTree(0)).mean() == pytest.approx(0.25, abs=0.01)


def test_parts_are_united_and_kept_as_json() -> None:
    one, other = judged([0.9], [0.1], [3.0]), judged([0.2, 0.3], [0.1, 0.4], [5.0, 7.0])
    both = JudgedMerges.unite([one, other])
    again = JudgedMerges.from_json(both.to_json())
    assert again.off.tolist() == [3, 5, 7]
    assert again.upper.dtype == bool


def test_sizes_and_places_that_say_nothing_tell_nothing(
    crossing: Joins, merge_plan: MergePlan
) -> None:
    leaks = measure_leaks(make_halves(crossing, merge_plan, "beams", SeedTree(0)), SeedTree(0))
    # Both objects of a pair have one box: its place cannot tell them apart.
    assert leaks["place"] == 0.5
    assert set(leaks) == {"volume", "extent", "sizes", "place"}


def test_arms_alone_tell_objects_apart_where_they_differ() -> None:
    names = name_descriptors()
    columns = [at for at, name in enumerate(names) if name.startswith("arms at")]

    def lesson(arms: int) -> MergeSample:
        described = np.zeros((5, len(names)), np.float16)
        described[:, columns] = arms
        return MergeSample(np.zeros((5, 3)), described, np.full(5, np.inf))

    alike = Lessons([lesson(3)] * 40, np.zeros(40), [(1,)] * 40)
    apart = Lessons([lesson(4), lesson(3)] * 20, np.zeros(40), [(1,)] * 40)
    assert judge_by_arms((alike, alike), SeedTree(0)) == 0.5
    assert judge_by_arms((apart, apart), SeedTree(0)) == 1
