"""Visits: what they know, how they are cut, and what they refuse."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from neuropil.connectome import Parcellation, TableError, Visits, label_regions
from neuropil.contracts import InputError, Source

SUBJECTS = pl.DataFrame(
    {"id": ["a", "b", "c"], "group": ["NTG", "G20", "NTG"], "age": [70.0, None, 65.5]}
)
TABLE = pl.DataFrame(
    {"subject": ["a", "a", "b", "c", "c", "c"], "time": [0.0, 1.5, 0.25, 1.0, 2.0, 4.0]}
)
VALUES = np.array([[1, 2], [3, np.nan], [5, 6], [7, 8], [np.nan, np.nan], [11, 12]])
REGIONS = Parcellation(
    pl.DataFrame({"key": [1, 2], "name": ["CA1", "CA1"], "hemisphere": ["L", "R"]})
)


def make(**changes):
    given = {
        "table": TABLE,
        "values": VALUES,
        "parcellation": REGIONS,
        "subjects": SUBJECTS,
        "quantity": "tau PET",
        "unit": "SUVR",
    }
    return Visits(**(given | changes))


def refused(error=InputError, **changes):
    with pytest.raises(error) as caught:
        make(**changes)
    return str(caught.value)


def visits_at(subjects, times):
    return {"table": pl.DataFrame({"subject": subjects, "time": times})}


def test_visits_know_their_sizes_names_and_gaps():
    visits = make()
    assert (visits.n_subjects, visits.n_visits, len(visits), visits.n_regions) == (3, 6, 6, 2)
    assert visits.ids == ("a", "b", "c")
    assert visits.region_names == ("L_CA1", "R_CA1")
    assert visits.subject_rows().tolist() == [0, 0, 1, 2, 2, 2]
    assert visits.times.tolist() == [0.0, 1.5, 0.25, 1.0, 2.0, 4.0]
    assert visits.gaps().tolist() == [0.0, 1.5, 0.0, 0.0, 1.0, 3.0]
    assert repr(visits) == ("Visits(3 subjects, 6 visits, 2 regions, tau PET [SUVR], not stated)")


def test_missing_values_are_counted_once_whatever_is_cut():
    assert make().notes == ("3 of 12 values, at 2 of 6 visits, are missing.",)
    assert make().take([0]).notes == ("1 of 4 values, at 1 of 2 visits, are missing.",)
    assert make().take([1]).notes == ()


def test_a_description_tells_visits_quantity_and_notes():
    source = Source("study", "MIT", synthetic=True, notes=("Read.",))
    assert make(source=source, time_unit="month").describe().splitlines() == [
        "study: 3 subjects, 6 visits, 2 regions",
        "visits: 1 seen once, 1 seen 2 times, 1 seen 3 times; up to 3 months after the first",
        "tau PET: unit SUVR",
        "columns: id, group, age",
        "licence: MIT",
        "synthetic: generated, not measured",
        "note: Read.",
        "note: 3 of 12 values, at 2 of 6 visits, are missing.",
    ]
    assert "tau PET" in make()._repr_html_()


def test_nobody_can_write_to_the_values():
    given = VALUES.copy()
    visits = make(values=given)
    given[:] = 0
    assert visits.values[0].tolist() == [1, 2]
    with pytest.raises(ValueError, match="read-only"):
        visits.values[0, 0] = 5


def test_first_and_last_visits():
    assert make().first().times.tolist() == [0.0, 0.25, 1.0]
    last = make().last()
    assert last.values[:, 0].tolist() == [3, 5, 11]
    assert last.n_subjects == 3
    assert last.provenance[-1].name == "last"


def test_take_keeps_all_visits_of_subjects_in_the_order_given():
    taken = make().take([2, 0])
    assert taken.ids == ("c", "a")
    assert taken.table["subject"].to_list() == ["c", "c", "c", "a", "a"]
    assert taken.values[0].tolist() == [7, 8]
    assert taken.provenance[-1].to_json() == {"name": "take", "parameters": {"ids": ["c", "a"]}}
    assert make().take([False, True, False]).ids == ("b",)
    assert make().of_subject("b").times.tolist() == [0.25]
    with pytest.raises(InputError) as caught:
        make().of_subject("d")
    assert str(caught.value) == "not stated: there is no subject 'd'. The subjects are: a, b, c."


def test_take_visits_keeps_the_subjects_who_then_have_one():
    kept = make().take_visits([5, 0])
    assert kept.ids == ("a", "c")
    assert kept.times.tolist() == [0.0, 4.0]
    assert make().take_visits(make().gaps() > 0).times.tolist() == [1.5, 2, 4]


def test_select_asks_subjects_and_times():
    assert make().select("group == 'NTG'").ids == ("a", "c")
    later = make().select("group == 'NTG' and time > 1")
    assert later.table.rows() == [("a", 1.5), ("c", 2.0), ("c", 4.0)]
    assert later.provenance[-1].parameters == {"expression": "group == 'NTG' and time > 1"}
    with pytest.raises(InputError) as caught:
        make().select("group == 'WT'")
    assert str(caught.value) == (
        "selection \"group == 'WT'\": expected at least one visit, select keeps none of 6. "
        "Values are group: NTG, G20."
    )


def test_visits_equal_themselves_and_nothing_else():
    assert make().equals(make(source=Source("other"), notes=("other",)))
    changed = VALUES.copy()
    changed[0, 0] = 9
    for others in ({"values": changed}, {"time_unit": "month"}, {"unit": "z"}):
        assert not make().equals(make(**others))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            visits_at(["a", "a", "b", "x", "c", "c"], [0, 1, 0, 0, 1, 2]),
            "visits, row 3, column subject: expected one of the 3 subjects, found 'x'. "
            "Correct the id, or add the subject to the table of subjects.",
        ),
        (
            visits_at(["a", "a", "b", "b", "b", "b"], [0, 1, 0, 1, 2, 3]),
            "visits, column subject: expected at least one visit of each subject, found none of "
            "'c'. Add their visits, or leave these subjects out.",
        ),
        (
            visits_at(["a", "b", "a", "c", "c", "c"], [0, 0, 1, 0, 1, 2]),
            "visits, row 2, column subject: expected visits in the order of the subjects, found "
            "'a' after 'b'. Keep the visits of a subject together; Visits.from_frame sorts them.",
        ),
        (
            visits_at(["a", "a", "b", "c", "c", "c"], [0, 1, 0, 2, 1, 3]),
            "visits, row 4, column time: expected the times of 'c' to increase, found 1 after 2. "
            "Sort the visits by time; Visits.from_frame does.",
        ),
        (
            visits_at(["a", "a", "b", "c", "c", "c"], [0, 1, 0, 2, 2, 3]),
            "visits, row 4, column time: expected one visit of 'c' at time 2, found another. "
            "Keep one of them, or correct its time.",
        ),
        (
            visits_at(["a", "a", "b", "c", "c", "c"], [0, 1, None, 1, 2, 3]),
            "visits, row 2, column time: expected a finite time, found nothing. "
            "State when the visit was, or leave the visit out.",
        ),
        (
            visits_at(["a", "a", None, "c", "c", "c"], [0, 1, 1, 1, 2, 3]),
            "visits, row 2, column subject: expected the id of a subject, found none. "
            "Name the subject of each visit.",
        ),
        (
            visits_at(["a", "a", "b", "c", "c", "c"], ["0", "1", "1", "1", "2", "3"]),
            "visits, column time: expected times as numbers, found String. Give the time since an "
            "origin of the subject in years or months, not a date.",
        ),
        (
            {"table": TABLE.rename({"time": "date"})},
            "visits, column time: expected the column time, found subject, date. "
            "Rename or add the missing column.",
        ),
    ],
)
def test_a_fault_of_the_table_names_row_and_repair(changes, message):
    assert refused(TableError, **changes) == message


def test_faults_of_values_name_subject_time_and_region():
    values = VALUES.copy()
    values[3, 1] = np.inf
    assert refused(values=values) == (
        "values, subject 'c' at time 1, region 'R_CA1': expected finite values, found inf "
        "(1 such values). Correct them, or put NaN where a region was not measured."
    )
    values = VALUES.copy()
    values[2] = np.nan
    assert refused(values=values) == (
        "values: expected a value of each subject, found none of 'b'. "
        "Leave these subjects out; nothing can be said about them."
    )
    assert refused(values=VALUES[:5]) == (
        "values: expected shape (6, 2), found (5, 2). "
        "Give one row for each visit and one column for each region."
    )
    assert refused(values=VALUES.astype(str)).startswith("values: expected numbers, found <U")
    assert refused(time_unit="day") == (
        "visits: expected the unit of time year or month, found 'day'. "
        "Convert the times to years or months, and state which."
    )


def test_a_covariate_has_not_the_name_of_what_a_visit_has():
    assert refused(TableError, subjects=SUBJECTS.rename({"age": "time"})) == (
        "subjects, column time: expected no covariate of the name time, which is that of a visit. "
        "Rename the column."
    )


FRAME = pl.DataFrame(
    {
        "subject": ["b", "a", "b"],
        "time": [2, 0, 1],
        "sex": ["F", "M", "F"],
        "age": [70, 60, 70],
        "CA1": [0.5, None, 0.1],
        "CA3": [1, 2, 3],
    }
)


def refused_frame(frame=FRAME, error=TableError, **options):
    with pytest.raises(error) as caught:
        Visits.from_frame(frame, **options)
    return str(caught.value)


def test_a_wide_table_is_sorted_and_split():
    visits = Visits.from_frame(FRAME, quantity="tau PET", unit="SUVR")
    assert visits.ids == ("b", "a")
    assert visits.table.rows() == [("b", 1.0), ("b", 2.0), ("a", 0.0)]
    np.testing.assert_array_equal(visits.values, [[0.1, 3], [0.5, 1], [np.nan, 2]])
    assert visits.subjects.rows() == [("b", "F", 70), ("a", "M", 60)]
    assert visits.notes == (
        "2 columns were taken as regions, since nothing states which are, and as covariates: "
        "sex, age.",
        "Visits were sorted by subject and time.",
        "1 of 6 values, at 1 of 3 visits, are missing.",
    )


def test_a_wide_table_of_pandas_is_the_same():
    pandas = pytest.importorskip("pandas")
    given = pandas.DataFrame(FRAME.to_dict(as_series=False))
    assert Visits.from_frame(given).equals(Visits.from_frame(FRAME))


def test_regions_and_covariates_may_be_stated():
    regions = Parcellation(pl.DataFrame({"key": [7, 3], "name": ["CA3", "CA1"]}))
    visits = Visits.from_frame(FRAME, regions)
    assert visits.region_names == ("CA3", "CA1")
    assert visits.values[0].tolist() == [3, 0.1]
    assert visits.subjects.columns == ["id", "sex", "age"]
    assert Visits.from_frame(FRAME, covariates=["sex"]).region_names == ("age", "CA1", "CA3")
    both = Visits.from_frame(FRAME, regions, covariates=["sex"])
    assert both.subjects.columns == ["id", "sex"]
    assert both.notes[0] == "Columns that are neither region nor covariate were left out: age."


def test_what_was_split_is_joined_again():
    visits = make()
    assert visits.to_frame().columns == ["subject", "time", "group", "age", "L_CA1", "R_CA1"]
    again = Visits.from_frame(visits.to_frame(), REGIONS, quantity="tau PET", unit="SUVR")
    assert again.equals(visits)
    clash = make(subjects=SUBJECTS.rename({"age": "L_CA1"}))
    with pytest.raises(TableError, match="expected columns of different names, found 'L_CA1' twi"):
        clash.to_frame()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"age": [70, 60, 71]},
            "visits, row 2, column age: expected one value for each subject, found 70 and 71 of "
            "'b'. Keep the value of the first visit in all rows, or remove the column.",
        ),
        (
            {"time": [2, 0, 2]},
            "visits, row 2, column time: expected one visit of 'b' at time 2, found another. "
            "Keep one of them, or correct its time.",
        ),
        (
            {"time": [2, None, 1]},
            "visits, row 1, column time: expected a finite time, found nothing. "
            "State when the visit was, or leave the visit out.",
        ),
        (
            {"subject": ["b", "", "b"]},
            "visits, row 1, column subject: expected the id of a subject, found none (1 such "
            "rows). Name the subject of each visit.",
        ),
        (
            {"subject": [0.5, 1.0, 0.5]},
            "visits, column subject: expected ids as text or whole numbers, found Float64. "
            "Read the ids as text; a float cannot hold long ids.",
        ),
        (
            {"id": ["b", "a", "b"]},
            "visits, column id: expected no covariate of the name id, which is that of the "
            "subjects. Rename the column.",
        ),
    ],
)
def test_a_fault_of_a_wide_table_names_row_and_repair(changes, message):
    columns = [pl.Series(name, values) for name, values in changes.items()]
    assert refused_frame(FRAME.with_columns(columns)) == message


def test_wide_tables_without_what_they_need_are_refused():
    assert refused_frame(FRAME.drop("time")) == (
        "visits, column time: expected the column time, found subject, sex, age, CA1, CA3. "
        "Rename or add the missing column."
    )
    assert refused_frame(FRAME.drop("CA1", "CA3")) == (
        "visits: expected a column of numbers for each region, found none. "
        "Name the columns of the regions, or fewer covariates."
    )
    assert refused_frame(FRAME.clear()).startswith("visits: expected at least one visit, found no")
    assert refused_frame(covariates=["age"]) == (
        "visits, column sex: expected numbers, found String. "
        "Convert the column, or state that it is a covariate."
    )
    regions = Parcellation(pl.DataFrame({"key": [1], "name": ["CA2"]}))
    assert refused_frame(parcellation=regions).startswith("visits, column CA2: expected the col")
    empty = FRAME.with_columns(CA1=pl.lit(None, pl.Float64))
    assert refused_frame(empty, InputError) == (
        "values: expected a value of each region, found none of 'CA1' (1 such regions). "
        "Leave these regions out."
    )


def test_regions_are_named_by_side_where_both_sides_share_a_name():
    regions = {"key": [1, 2, 3], "name": ["V1", "V1", "MD"], "hemisphere": ["L", "R", None]}
    assert label_regions(Parcellation(pl.DataFrame(regions))) == ("L_V1", "R_V1", "MD")
