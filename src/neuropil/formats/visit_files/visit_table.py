"""Visits in one table: CSV, TSV, Parquet or Feather, a line for each visit or for each value."""

from __future__ import annotations

import gzip
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, TypedDict, Unpack

import polars as pl

from neuropil.connectome import (
    MISSING_WORDS,
    NOT_STATED,
    Parcellation,
    Visits,
    find_missing_ids,
    label_regions,
)
from neuropil.contracts import InputError, Operation, Source, atomic_write
from neuropil.formats.format import Format, describe_file
from neuropil.formats.parsing.columnar import COLUMNAR_ENDINGS, ColumnarTable
from neuropil.formats.parsing.delimited_text import DelimitedText
from neuropil.formats.parsing.tables import Table
from neuropil.formats.parsing.text_files import TextReading
from neuropil.formats.visit_files.beside import (
    Measure,
    name_beside,
    read_measure,
    read_regions,
    write_beside,
)
from neuropil.formats.visit_files.long_form import is_long, widen

__all__ = ["FORMAT", "VisitTableOptions", "read_visit_table", "write_visit_table"]

_ENDINGS = (".csv", ".csv.gz", ".tsv", ".tsv.gz", ".parquet")
_ALIASES = {
    "subject": ("subject", "subject_id", "participant_id", "rid", "ptid", "mouse", "animal"),
    "time": ("time", "years", "months", "time_years", "time_months", "year", "month"),
}
# A unit in brackets, as of columns of weights: time [month].
_HEADED = re.compile(r"^time \[(year|month)s?\]$")
_OFFERS = frozenset({"whole", "encoding", "separator"})

TimeUnit = Literal["year", "month"]


class VisitTableOptions(TypedDict, total=False):
    """How a table of visits is to be read; every option may be left out.

    Parameters
    ----------
    regions : Path
        Table of the regions; ``NAME.regions.csv`` beside the table where there is one.
    covariates : sequence of str
        Columns that describe the subjects.
    time_unit : {"year", "month"}
        What times are counted in; else as the header or ``NAME.json`` says.
    quantity : str
        What was measured; else as ``NAME.json`` says.
    unit : str
        Its unit; else as ``NAME.json`` says.
    separator : str
        Character between columns.
    whole : bool
        True takes a file as whole that does not end with a line break.
    encoding : str
        Encoding of the text.
    """

    regions: Path
    covariates: Sequence[str]
    time_unit: TimeUnit
    quantity: str
    unit: str
    separator: str
    whole: bool
    encoding: str


def read_visit_table(path: Path, **options: Unpack[VisitTableOptions]) -> Visits:
    """Read visits.

    Parameters
    ----------
    path : Path
        A table with the columns ``subject`` and ``time`` and, for each visit, one column for each
        region; or, for each value, the columns ``region`` and ``value``. Other columns are constant
        within a subject and describe it.
    **options : VisitTableOptions
        How it is to be read.

    Returns
    -------
    Visits
        Sorted by subject, in the order of their first lines, and time.

    Raises
    ------
    InputError
        When a file is damaged, a column is missing, a cell is no number where one is needed, a
        visit is there twice, or a covariate changes within a subject; names line and column.
    """
    reading = TextReading(
        options.get("separator"), options.get("whole", False), options.get("encoding"), _OFFERS
    )
    beside, sidecar = name_beside(path)
    measure = read_measure(sidecar) if sidecar.is_file() else Measure()
    listed = Path(options["regions"]) if options.get("regions") else beside
    known = options.get("regions") or beside.is_file()
    parcellation = read_regions(listed, reading, measure.space) if known else None
    table = _open(path, reading)
    names = _match_columns(table)
    unit, notes = _settle_time_unit(names["time"], options, measure)
    covariates = options.get("covariates")
    frame, covariates = _parse(table, names, parcellation, covariates)
    files = [path, *([listed] if known else []), *([sidecar] if sidecar.is_file() else [])]
    records = [record for each in files for record in describe_file(each).files]
    with table.locating(names):
        visits = Visits.from_frame(
            frame,
            parcellation,
            covariates=covariates,
            time_unit=unit,
            quantity=options.get("quantity") or measure.quantity or NOT_STATED,
            unit=options.get("unit") or measure.unit or NOT_STATED,
            source=Source(path.name, files=tuple(records), notes=notes),
        )
    return replace(visits, provenance=(Operation("read_visit_table", {"file": path.name}),))


def _open(path: Path, reading: TextReading) -> DelimitedText | ColumnarTable:
    if path.name.endswith(COLUMNAR_ENDINGS):
        return ColumnarTable.read(path)
    return DelimitedText.read(path, reading=reading)


def _find_columns(columns: Sequence[str]) -> dict[str, str]:
    found = {}
    for name, aliases in _ALIASES.items():
        # The first alias wins: a table may have the column participant_id beside mouse.
        for alias in aliases:
            fitting = [each for each in columns if each.lower() == alias]
            if fitting:
                found[name] = fitting[0]
                break
    headed = [each for each in columns if _HEADED.match(each)]
    return found | ({"time": headed[0]} if headed else {})


def _match_columns(table: Table) -> dict[str, str]:
    names = _find_columns(table.frame.columns)
    for name, aliases in _ALIASES.items():
        if name not in names:
            raise table.fault(
                f"expected a column {name}, found {', '.join(map(repr, table.frame.columns[:8]))}",
                f"Name it {', '.join(aliases[:-1])} or {aliases[-1]}.",
            )
    return names


def _settle_time_unit(
    column: str, options: VisitTableOptions, measure: Measure
) -> tuple[TimeUnit, tuple[str, ...]]:
    headed = _HEADED.match(column)
    said = headed[1] if headed else next((u for u in ("year", "month") if u in column.lower()), "")
    stated = options.get("time_unit") or said or measure.time_unit
    if stated:
        return ("month" if stated == "month" else "year"), ()
    return "year", ("The unit of time is not stated; years were assumed.",)


def _parse(
    table: Table,
    names: Mapping[str, str],
    parcellation: Parcellation | None,
    covariates: Sequence[str] | None,
) -> tuple[pl.DataFrame, Sequence[str] | None]:
    """Parse all cells; returns one line a visit, and its covariates where they are known."""
    (subjects,) = table.texts([names["subject"]])
    keys = [subjects.alias("subject"), table.parse_places(names["time"]).alias("time")]
    long = is_long(table.frame.columns)
    regions = set(() if parcellation is None or long else label_regions(parcellation))
    others = []
    for column in table.frame.columns:
        if column in names.values() or (long and column in ("region", "value")):
            continue
        others.append(table.parse_places(column) if column in regions else _guess(table, column))
    if not long:
        return pl.DataFrame([*keys, *others]), covariates
    described = [each for each in others if covariates is None or each.name in covariates]
    _require_times(table, keys, names)
    frame = widen(table, pl.DataFrame([*keys, *described]), parcellation)
    return frame, [each.name for each in described]


def _guess(table: Table, column: str) -> pl.Series:
    held = table.frame[column]
    # A column of text in Parquet was meant as text, whatever its texts look like.
    if not isinstance(table, DelimitedText):
        return held
    known = held.set(find_missing_ids(held), None)
    # A copy with gaps in place of words for them, so that numbers beside NA are numbers.
    return replace(table, frame=table.frame.with_columns(known.alias(column))).guess_type(column)


def _require_times(table: Table, keys: Sequence[pl.Series], names: Mapping[str, str]) -> None:
    for name, column in zip(("subject", "time"), keys, strict=True):
        missing = find_missing_ids(column)
        if missing.any():
            raise table.fault(
                f"expected a {name}, found none ({missing.sum()} such lines)",
                "Fill the cell, or remove the line.",
                row=int(missing.arg_true()[0]),
                column=names[name],
            )


def write_visit_table(visits: Visits, path: Path) -> None:
    """Write a line for each visit, and beside it the table of the regions and what was measured.

    Source, notes and provenance are not kept, nor, in CSV, whether a text that looks like a number
    was text.

    Parameters
    ----------
    visits : Visits
        What to write.
    path : Path
        Name of the table; the ending chooses Parquet, or the separator and gzip.

    Raises
    ------
    InputError
        When columns share a name, or a text of a covariate stands for a missing value.
    OutputError
        When the place cannot be written.
    """
    for column in visits.subjects.iter_columns():
        words = column.cast(pl.String).str.strip_chars().str.to_lowercase()
        if column.dtype == pl.String and words.is_in(list(MISSING_WORDS)).any():
            raise InputError(
                "a table of visits cannot hold a text that stands for a missing value",
                where=f"{path}, column {column.name}",
                repair="Use null where a value is missing, or another word.",
            )
    frame = visits.to_frame()
    write_beside(visits, path)
    with atomic_write(path) as temporary:
        _write(frame, path.name, temporary)


def _write(frame: pl.DataFrame, name: str, temporary: Path) -> None:
    separator = "\t" if ".tsv" in name else ","
    if name.endswith(".parquet"):
        frame.write_parquet(temporary)
    elif name.endswith(".gz"):
        text = io.BytesIO()
        frame.write_csv(text, separator=separator)
        # Without a time stamp the same visits give the same bytes.
        temporary.write_bytes(gzip.compress(text.getbuffer(), mtime=0))
    else:
        frame.write_csv(temporary, separator=separator)


def _sniff(path: Path) -> bool:
    if not path.is_file() or not path.name.endswith((*_ENDINGS, ".txt", *COLUMNAR_ENDINGS)):
        return False
    if path.name.endswith(COLUMNAR_ENDINGS):
        return True
    try:
        _, header = DelimitedText.peek(path)
    except InputError:
        return False
    # One of the two is enough: the reader then says which column is missing.
    return bool(_find_columns(header))


_OPTIONS: dict[str, Any] = {
    "regions": "table of the regions, with a column name",
    "covariates": "columns that describe the subjects",
    "time_unit": "year or month",
    "quantity": "what was measured, such as tau PET",
    "unit": "its unit, such as SUVR",
    "separator": "character between columns",
    "whole": "take a file as whole that does not end with a line break",
    "encoding": "encoding of the text, such as latin-1",
}

FORMAT = Format(
    name="visit-table",
    endings=_ENDINGS,
    description="table with one line for each visit, or for each value of a visit and a region",
    sniff=_sniff,
    read=read_visit_table,
    write=write_visit_table,
    holds=Visits,
    also_reads=(".txt", *(each for each in COLUMNAR_ENDINGS if each not in _ENDINGS)),
    aliases=_ALIASES,
    options=_OPTIONS,
)
