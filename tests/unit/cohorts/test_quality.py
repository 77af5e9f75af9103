import numpy as np
import polars as pl
import pytest

from neuropil.cohorts.quality import check_quality
from neuropil.connectome import Cohort, TableError
from neuropil.contracts import InputError

NAN = np.nan
REGIONS, EDGES = 6, 15


def draw(n=30, seed=1):
    rng = np.random.default_rng(seed)
    return {
        "SC": rng.integers(20, 60, (n, EDGES)).astype(float),
        "FC": rng.uniform(-0.5, 0.8, (n, EDGES)),
    }


def make(edges=None, units=None, **subjects):
    given = edges or draw()
    n = len(next(iter(given.values())))
    table = pl.DataFrame({"id": [f"s{k:02}" for k in range(n)], **subjects})
    known = {"SC": "streamlines", "FC": "correlation"}
    known = {name: unit for name, unit in (units or known).items() if name in given}
    return Cohort.from_arrays(given, table, units=known)


def check(edges, **settings):
    return check_quality(make(edges), ("SC", "FC"), **settings)


def test_a_sound_cohort_is_left_as_it_is():
    cohort = make()
    found = check_quality(cohort, ("SC", "FC"))
    assert found.cohort is cohort
    assert found.note == ""
    assert found.table.shape == (0, 4)
    assert found.table.schema == dict.fromkeys(("id", "modality", "found", "done"), pl.String)


def test_what_no_model_should_see_counts_as_missing_and_is_named():
    edges = draw()
    edges["SC"][4] = 7
    edges["FC"][9, :4] = NAN
    edges["FC"][11] = NAN
    found = check(edges)
    assert found.table.rows() == [
        ("s04", "SC", "all edges are 7", "modality left out"),
        ("s09", "FC", "4 of 15 edges missing", "modality left out"),
        ("s11", "FC", "no value", "modality left out"),
    ]
    assert found.note == (
        "SC of 1 of 30 subjects is not used: 's04'; FC of 2 of 30 subjects is not used: 's09', "
        "'s11'"
    )
    assert np.flatnonzero(~found.cohort.present("SC")).tolist() == [4]
    assert np.flatnonzero(~found.cohort.present("FC")).tolist() == [9, 11]
    rest = np.setdiff1d(np.arange(30), [9, 11])
    np.testing.assert_array_equal(found.cohort.edges("FC")[rest], edges["FC"][rest])
    assert found.cohort.provenance[-1].name == "check_quality"


def test_a_subject_without_any_modality_is_left_out_and_the_others_keep_their_order():
    edges = draw()
    edges["SC"][[3, 8]] = 0
    edges["FC"][[3, 5]] = NAN
    found = check(edges, max_missing=0.1)
    assert found.cohort.ids == tuple(f"s{k:02}" for k in range(30) if k != 3)
    assert found.table.rows() == [
        ("s03", "SC", "all edges are 0", "subject left out"),
        ("s03", "FC", "no value", "subject left out"),
        ("s05", "FC", "no value", "modality left out"),
        ("s08", "SC", "all edges are 0", "modality left out"),
    ]
    assert found.note == (
        "1 of 30 subjects was left out: 's03'; SC of 1 of 30 subjects is not used: 's08'; FC of 1 "
        "of 30 subjects is not used: 's05'"
    )
    rows = np.setdiff1d(np.arange(30), [3])
    assert np.isnan(found.cohort.edges("SC")[7]).all()
    np.testing.assert_array_equal(found.cohort.edges("SC")[:7], edges["SC"][rows[:7]])


def test_columns_of_the_subjects_stay_with_their_subjects():
    edges = draw()
    edges["SC"][0], edges["FC"][0] = NAN, NAN
    found = check_quality(make(edges, age=list(range(30))), ("SC", "FC"))
    assert found.cohort.subjects["age"].to_list() == list(range(1, 30))


@pytest.mark.parametrize(("share", "left"), [(0.19, False), (0.2, True), (1.0, True)])
def test_missing_edges_up_to_the_share_are_kept(share, left):
    edges = draw()
    edges["FC"][2, :3] = NAN
    found = check(edges, max_missing=share)
    assert found.cohort.present("FC")[2] == left


def test_a_modality_that_is_not_used_is_not_looked_at():
    edges = draw()
    edges["FC"][2] = NAN
    found = check_quality(make(edges), ("SC",))
    assert found.note == ""
    edges["SC"][2] = 0
    found = check_quality(make(edges), ("SC",))
    assert len(found.cohort) == 29
    assert found.note == "1 of 30 subjects was left out: 's02'"


def test_a_network_of_two_or_three_values_may_have_all_the_same():
    cohort = Cohort.from_arrays({"SC": [[1.0], [2.0]]})
    assert check_quality(cohort, ("SC",)).cohort is cohort


def test_a_value_that_its_unit_cannot_have_takes_the_modality_out():
    edges = {"SC": (draw()["SC"] > 40).astype(float)}
    edges["SC"][6, [1, 4]] = [2, 3]
    found = check_quality(make(edges, {"SC": "binary"}), ("SC",))
    assert found.table.row(0) == (
        "s06",
        "SC",
        "2 values that binary cannot have, such as 2",
        "subject left out",
    )


def test_negative_counts_and_correlations_beyond_1_make_no_cohort():
    edges = draw()
    edges["SC"][3, 1] = -2
    with pytest.raises(InputError) as caught:
        make(edges)
    assert str(caught.value) == (
        "'SC': expected streamlines of 0 or more, found -2. State the unit of what it is, such as "
        "units={'SC': 'log streamlines'}."
    )
    edges = draw()
    edges["FC"][3, 1] = -1.2
    with pytest.raises(InputError) as caught:
        make(edges)
    assert str(caught.value) == (
        "'FC': expected a correlation from -1 to 1, found -1.2. State the unit of what it is, such "
        "as units={'FC': 'Fisher z'}."
    )


def test_correlations_beyond_1_by_rounding_are_correlations():
    edges = draw()
    edges["FC"][0, 0] = 1.0005
    assert check(edges).note == ""


def test_modalities_of_different_regions_and_repeated_ids_make_no_cohort():
    with pytest.raises(InputError) as caught:
        Cohort.from_arrays({"SC": np.ones((3, 15)), "FC": np.ones((3, 21))})
    assert str(caught.value) == (
        "connectivity: expected one number of regions in all modalities, found 'SC' of 6, 'FC' of "
        "7. Use one parcellation for all modalities, or make a cohort of each."
    )
    with pytest.raises(TableError) as caught:
        Cohort.from_arrays({"SC": np.ones((3, 15))}, pl.DataFrame({"id": ["a", "b", "a"]}))
    assert str(caught.value) == (
        "subjects, row 2, column id: expected each subject once, found 'a' again. Keep one row for "
        "each subject."
    )


def test_a_subject_far_from_the_group_is_named_and_kept():
    edges = draw()
    edges["SC"][7] *= 40
    found = check(edges)
    (row,) = found.table.rows()
    assert (row[0], row[1], row[3]) == ("s07", "SC", "kept")
    times = float(row[2].split()[2])
    assert times > 2.5
    assert row[2] == (
        f"mean connectivity {times:.1f} times as far from the group's as that of the middle subject"
    )
    assert found.note == "SC of 1 of 30 subjects is far from the group's, and kept: 's07'"
    assert found.cohort.present("SC").all()


def test_a_subject_far_from_the_group_is_left_out_where_that_is_asked_for():
    edges = draw()
    edges["SC"][7] *= 40
    found = check(edges, drop_outliers=True)
    assert found.table["done"].to_list() == ["modality left out"]
    assert found.note == "SC of 1 of 30 subjects is not used: 's07'"
    assert np.flatnonzero(~found.cohort.present("SC")).tolist() == [7]


def test_a_constant_subject_does_not_hide_another_that_is_far():
    edges = draw()
    edges["SC"][:8] = 1e9
    edges["SC"][20] *= 40
    rows = check(edges).table.rows()
    assert [row[0] for row in rows] == [*(f"s{k:02}" for k in range(8)), "s20"]


def test_nobody_is_far_in_a_planted_world_nor_among_a_few(planted):
    assert check_quality(planted.cohort, ("SC", "FC")).note == ""
    edges = {name: one[:19] for name, one in draw().items()}
    edges["SC"][7] *= 40
    assert check(edges).note == ""


def test_edges_that_never_vary_or_that_nobody_has_are_counted_and_kept():
    edges = draw()
    edges["SC"][:, [0, 5]] = 3
    edges["FC"][:, 9] = NAN
    found = check(edges)
    assert found.table.rows() == [
        (None, "SC", "2 of 15 edges that are the same in all subjects", "kept"),
        (None, "FC", "1 of 15 edges that no subject has", "kept"),
    ]
    assert found.note == (
        "SC has 2 of 15 edges that are the same in all subjects; FC has 1 of 15 edges that no "
        "subject has"
    )
    assert found.cohort.n_regions == REGIONS


def test_an_edge_that_varies_only_in_those_who_are_left_out_never_varies():
    edges = draw()
    edges["SC"][:, 0] = 3
    edges["SC"][4] = 8
    assert "1 of 15 edges that are the same in all subjects" in check(edges).note


def test_subjects_that_are_all_the_same_are_no_outliers_and_their_edges_are_counted():
    same = {name: np.tile(one[:1], (20, 1)) for name, one in draw().items()}
    assert check(same).note == (
        "SC has 15 of 15 edges that are the same in all subjects; FC has 15 of 15 edges that are "
        "the same in all subjects"
    )


def test_one_subject_is_kept_and_its_edges_are_not_judged():
    alone = {name: one[:1] for name, one in draw().items()}
    assert check(alone).note == ""


def test_a_cohort_of_which_nobody_can_be_used_is_refused():
    edges = {"SC": np.zeros((3, EDGES)), "FC": np.full((3, EDGES), NAN)}
    with pytest.raises(InputError) as caught:
        check(edges)
    assert str(caught.value) == (
        "not stated: expected at least one subject with SC or FC, found none that can be used: all "
        "edges are 0; no value. Check how the connections were read, and their unit."
    )


def test_a_modality_that_nobody_has_leaves_the_subjects_with_the_other():
    edges = draw()
    edges["FC"][:] = NAN
    found = check(edges)
    assert len(found.cohort) == 30
    assert not found.cohort.present("FC").any()
    assert found.note.startswith("FC of 30 of 30 subjects is not used: 's00', 's01', ")
