"""Studies: what is compared, what was seen before the last map, and what was measured as one."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from neuropil.connectome import Parcellation, Visits
from neuropil.contracts import InputError
from neuropil.progression.forecasts.study_maps import (
    StudyMaps,
    are_studies,
    check_studies,
    read_studies,
)
from neuropil.progression.group_maps.spread import GroupMaps

VALUES = np.array(
    [
        [1.0, 0.0, 0.0, 0.5, 0.5, np.nan],
        [2.0, 0.0, 0.0, 0.7, 0.7, 1.0],
        [3.0, 1.0, 1.0, 1.0, 1.0, 1.0],
    ]
)
STUDY = StudyMaps("one", GroupMaps([1, 2, 3], VALUES, [1, 0, 0, 0, 0, 0]), "tau", "Lee")


def test_seeds_and_regions_with_gaps_are_not_compared():
    assert STUDY.measured.tolist() == [True, True, True, True, True, False]
    assert STUDY.used.tolist() == [False, True, True, True, True, False]
    assert (STUDY.n_regions, STUDY.n_times) == (6, 3)


def test_earlier_hides_the_last_map_and_nothing_else():
    earlier = STUDY.earlier()
    assert earlier.maps.times.tolist() == [1, 2]
    np.testing.assert_array_equal(earlier.maps.values, VALUES[:2])
    assert (earlier.name, earlier.protein, earlier.laboratory) == ("one", "tau", "Lee")
    with pytest.raises(InputError) as caught:
        earlier.earlier().earlier()
    assert str(caught.value) == (
        "study one: expected at least two maps, found one. A forecast is compared with a later "
        "map: give one."
    )


def test_equal_values_on_one_side_are_one_block():
    assert STUDY.find_blocks().tolist() == [0, 0, 1, 1]
    sides = ["ipsi", "ipsi", "contra", "ipsi", "ipsi", "ipsi"]
    blocks = STUDY.find_blocks(sides)
    assert len(set(blocks.tolist())) == 3
    assert blocks[0] != blocks[1]
    assert blocks[2] == blocks[3]


def test_a_study_of_two_regions_is_refused():
    maps = GroupMaps([1], [[1.0, 1.0, 2.0]], [1, 0, 0])
    with pytest.raises(InputError) as caught:
        StudyMaps("small", maps)
    assert str(caught.value) == (
        "study small: expected at least three regions without a seed that were measured at all "
        "times, found 2. Leave out times at which other regions were measured."
    )


@pytest.fixture
def visits():
    table = pl.DataFrame({"subject": ["a", "a", "b"], "time": [1.0, 2.0, 1.0]})
    regions = pl.DataFrame(
        {
            "key": [1, 2, 3, 4],
            "name": ["r1", "r2", "r3", "r4"],
            "seed_a": [True, False, False, False],
            "seed_b": [False, True, False, False],
        }
    )
    subjects = pl.DataFrame({"id": ["a", "b"], "protein": ["tau", "tau"]})
    values = np.arange(12.0).reshape(3, 4)
    return Visits(table, values, Parcellation(regions), subjects, "month")


def test_each_subject_is_a_study_with_a_seed_of_its_own(visits):
    one, two = read_studies(visits)
    assert (one.name, one.n_times, one.protein, one.laboratory) == ("a", 2, "tau", "")
    assert (two.name, two.n_times) == ("b", 1)
    assert one.maps.start.tolist() == [1, 0, 0, 0]
    assert two.maps.start.tolist() == [0, 1, 0, 0]


def test_animals_and_people_are_no_studies(visits):
    assert not are_studies(visits)
    table = pl.DataFrame(
        {"subject": ["a", "a", "b", "b", "c", "c"], "time": [1.0, 2.0, 1.0, 2.0, 1.0, 2.0]}
    )
    regions = visits.parcellation.regions.with_columns(seed_c=pl.col("seed_a"))
    subjects = pl.DataFrame({"id": ["a", "b", "c"]})
    values = np.arange(24.0).reshape(6, 4)
    three = Visits(table, values, Parcellation(regions), subjects, "month")
    assert are_studies(three)
    assert not are_studies(three.first())
    assert not are_studies(Visits(table, values, visits.parcellation, subjects, "month"))


def test_a_study_without_a_seed_is_refused(visits):
    regions = Parcellation(visits.parcellation.regions.drop("seed_b"))
    missing = Visits(visits.table, visits.values, regions, visits.subjects, "month")
    with pytest.raises(InputError) as caught:
        read_studies(missing)
    assert str(caught.value) == (
        "not stated: expected a column 'seed_b' or 'seed' of yes and no, found none. Add to the "
        "table of regions where the study was seeded."
    )


@pytest.mark.parametrize(
    ("studies", "message"),
    [
        (
            [[0.0, 1.0]],
            "studies: expected a sequence of StudyMaps, found list. Take those of "
            "read_studies(visits).",
        ),
        (
            [],
            "studies: expected a sequence of StudyMaps, found none. Take those of "
            "read_studies(visits).",
        ),
        (
            [STUDY, STUDY],
            "studies: expected each study once, found one several times. Give studies different "
            "names; what is one study to itself must not teach it.",
        ),
        (
            [STUDY],
            "study one: expected the 5 regions of the graph, found 6. Bring maps and graph to the "
            "same regions in the same order.",
        ),
    ],
)
def test_what_is_no_set_of_studies_is_refused(studies, message):
    with pytest.raises(InputError) as caught:
        check_studies(studies, 5)
    assert str(caught.value) == message
