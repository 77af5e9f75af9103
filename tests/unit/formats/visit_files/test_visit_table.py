"""Tables of visits: both forms, what is found beside them, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from neuropil import formats
from neuropil.connectome import Parcellation, Visits
from neuropil.contracts import ConfigError, InputError

WIDE = "subject,time,group,CA1,CA3\na,2,NTG,0.3,1\na,0,NTG,0.1,NA\nb,1,G20,0.2,0.5\n"
LONG = (
    "mouse,months,group,region,value\nb,1,G20,CA1,0.2\na,0,NTG,CA1,0.1\na,2,NTG,CA3,1\n"
    "a,2,NTG,CA1,0.3\nb,1,G20,CA3,0.5\n"
)


@pytest.fixture
def read(tmp_path: Path):
    def write_and_read(text: str, name: str = "visits.csv", **options) -> Visits:
        (tmp_path / name).write_text(text)
        return formats.read(tmp_path / name, kind=Visits, **options)

    return write_and_read


def refused(read, text, error=InputError, **options):
    with pytest.raises(error) as caught:
        read(text, **options)
    return str(caught.value).rpartition("/")[2]


def test_one_line_a_visit(read):
    visits = read(WIDE, time_unit="month", quantity="pathology", unit="fraction")
    assert visits.table.rows() == [("a", 0.0), ("a", 2.0), ("b", 1.0)]
    np.testing.assert_array_equal(visits.values, [[0.1, np.nan], [0.3, 1], [0.2, 0.5]])
    assert visits.subjects.rows() == [("a", "NTG"), ("b", "G20")]
    assert (visits.time_unit, visits.quantity, visits.unit) == ("month", "pathology", "fraction")
    assert visits.source.name == "visits.csv"
    assert visits.source.notes == ()
    assert visits.notes[0] == (
        "2 columns were taken as regions, since nothing states which are, and as covariates: group."
    )


def test_one_line_a_value_gives_the_same_visits(read):
    wide = read(WIDE, time_unit="month")
    long = read(LONG)
    assert long.ids == ("b", "a")
    assert long.take([1, 0]).equals(wide)
    assert long.time_unit == "month"


def test_a_unit_of_time_that_nothing_states_is_taken_as_years(read):
    assert read(WIDE).source.notes == ("The unit of time is not stated; years were assumed.",)
    headed = read(WIDE.replace("time", "time [month]", 1))
    assert (headed.time_unit, headed.source.notes) == ("month", ())
    assert read(WIDE.replace("time", "time_years", 1)).source.notes == ()


def test_the_table_beside_says_which_columns_are_regions(read, tmp_path):
    (tmp_path / "visits.regions.csv").write_text(
        "name,hemisphere,x_mm,snca\nage,L,-1.5,3\nCA3,L,,4\nCA3,right,2,5\n"
    )
    (tmp_path / "visits.json").write_text(json.dumps({"quantity": "tau PET", "space": "MNI152"}))
    visits = read("subject,years,age,L_CA3,R_CA3,CA1\na,0,1,2,3,9\nb,0,4,5,,8\n")
    assert visits.region_names == ("age", "L_CA3", "R_CA3")
    assert visits.parcellation.regions.rows()[0] == (1, "age", "L", -1.5, 3)
    assert visits.parcellation.space == "MNI152"
    assert visits.subjects.columns == ["id", "CA1"]
    assert visits.quantity == "tau PET"
    assert [each.name for each in visits.source.files] == [
        "visits.csv",
        "visits.regions.csv",
        "visits.json",
    ]
    other = tmp_path / "other.csv"
    other.write_text("name\nCA1\n")
    assert read("subject,years,CA1\na,0,1\n", regions=other).region_names == ("CA1",)


def test_covariates_may_be_stated(read):
    visits = read("subject,years,dose,CA1\na,0,5,1\nb,0,6,2\n", covariates=["dose"])
    assert visits.subjects.rows() == [("a", 5), ("b", 6)]
    assert visits.region_names == ("CA1",)
    long = read("subject,years,dose,old,region,value\na,0,5,1,CA1,1\n", covariates=["dose"])
    assert long.subjects.columns == ["id", "dose"]


def test_parquet_keeps_types_that_csv_does_not(tmp_path):
    subjects = pl.DataFrame({"id": ["7", "8"], "code": ["1", None]})
    visits = Visits(
        pl.DataFrame({"subject": ["7", "8"], "time": [0, 1]}),
        np.array([[0.1], [0.7]]),
        Parcellation(pl.DataFrame({"key": [4], "name": ["CA1"]})),
        subjects,
    )
    path = formats.write(visits, tmp_path / "v.parquet")
    assert formats.read(path, kind=Visits).equals(visits)
    csv = formats.read(formats.write(visits, tmp_path / "v.csv"), kind=Visits)
    assert csv.subjects["code"].to_list() == [1, None]
    assert csv.ids == ("7", "8")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            WIDE.replace("time", "date", 1),
            "visits.csv: expected a column time, found 'subject', 'date', 'group', 'CA1', 'CA3'. "
            "Name it time, years, months, time_years, time_months, year or month.",
        ),
        (
            WIDE + "b,1,G20,0.2,0.5\n",
            "visits.csv, line 5, column time: expected one visit of 'b' at time 1, found another. "
            "Keep one of them, or correct its time.",
        ),
        (
            WIDE + "b,2,NTG,0.2,0.5\n",
            "visits.csv, line 5, column group: expected one value for each subject, found 'G20' "
            "and 'NTG' of 'b'. Keep the value of the first visit in all rows, or remove the "
            "column.",
        ),
        (
            WIDE + "b,2020-05-01,G20,0.2,0.5\n",
            "visits.csv, line 5, column time: expected a number, found '2020-05-01'. ",
        ),
        (
            WIDE + "b,,G20,0.2,0.5\n",
            "visits.csv, line 5, column time: expected a finite time, found nothing. "
            "State when the visit was, or leave the visit out.",
        ),
        (
            WIDE + ",3,G20,0.2,0.5\n",
            "visits.csv, line 5, column subject: expected the id of a subject, found none (1 such "
            "rows). Name the subject of each visit.",
        ),
        (
            LONG + "a,2,NTG,CA3,2\n",
            "visits.csv, line 7, column region: expected one value of 'CA3' for 'a' at time 2, "
            "found another. Keep one of the lines.",
        ),
        (
            LONG + "a,2,G20,CA2,2\n",
            "visits.csv, line 7, column group: expected one value for each subject, found 'NTG' "
            "and 'G20' of 'a'. Keep the value of the first visit in all lines, or remove the "
            "column.",
        ),
        (
            LONG + "a,2,NTG,,2\n",
            "visits.csv, line 7, column region: expected the name of a region, found none (1 such "
            "lines). Name it, or remove the line.",
        ),
        (
            LONG + "a,,NTG,CA3,2\n",
            "visits.csv, line 7, column months: expected a time, found none (1 such lines). "
            "Fill the cell, or remove the line.",
        ),
        (
            LONG + "a,5,NTG,CA3,high\n",
            "visits.csv, line 7, column value: expected a number, found 'high'. ",
        ),
    ],
)
def test_a_fault_names_line_and_column(read, text, message):
    # What is advised about a number depends on how it is written.
    found = refused(read, text)
    assert found == message or (message.endswith("'. ") and found.startswith(message))


def test_a_region_that_is_unknown_or_no_number_is_named(read, tmp_path):
    (tmp_path / "visits.regions.csv").write_text("name\nCA1\nCA3\n")
    assert refused(read, LONG + "a,2,NTG,CA2,2\n") == (
        "visits.csv, line 7, column region: expected one of the 2 regions, found 'CA2'. "
        "Correct it, or add it to the table of regions. They are CA1, CA3."
    )
    assert refused(read, WIDE + "b,2,G20,low,0.5\n").startswith(
        "visits.csv, line 5, column CA1: expected a number, found 'low'."
    )
    assert refused(read, WIDE.replace("CA3", "CA4")).startswith(
        "visits.csv, column CA3: expected the column CA3, found subject, time, group, CA1, CA4."
    )
    (tmp_path / "visits.regions.csv").write_text("region\nCA1\n")
    assert refused(read, WIDE) == (
        "visits.regions.csv: expected the column name, found 'region'. "
        "Name the regions in a column name."
    )


@pytest.mark.parametrize(
    ("stated", "message"),
    [
        ([], "visits.json: expected an object, found list. "),
        ({"unit": 3}, "visits.json, field unit: expected text, found 3. "),
        ({"time_unit": "day"}, "visits.json, field time_unit: expected year or month, found 'day'"),
    ],
)
def test_what_was_measured_is_checked(read, tmp_path, stated, message):
    (tmp_path / "visits.json").write_text(json.dumps(stated))
    assert refused(read, WIDE).startswith(message)


def test_options_and_covariates_that_cannot_be_are_refused(read, tmp_path):
    assert refused(read, WIDE, ConfigError, time_unit="day") == (
        "format visit-table: expected time_unit to be one of 'year', 'month', found 'day'. "
        "Such as time_unit='month'."
    )
    visits = read(WIDE)
    odd = Visits(
        visits.table,
        visits.values,
        visits.parcellation,
        pl.DataFrame({"id": ["a", "b"], "group": ["NTG", "na"]}),
    )
    with pytest.raises(InputError) as caught:
        formats.write(odd, tmp_path / "odd.csv")
    assert str(caught.value) == (
        f"{tmp_path / 'odd.csv'}, column group: a table of visits cannot hold a text that stands "
        "for a missing value. Use null where a value is missing, or another word."
    )
    assert not (tmp_path / "odd.regions.csv").exists()
