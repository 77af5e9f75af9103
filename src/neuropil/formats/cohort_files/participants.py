"""The table of participants of a BIDS dataset, and which subject each line describes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from neuropil.connectome import Cohort, find_missing_ids, list_some
from neuropil.contracts import InputError, atomic_write
from neuropil.formats.parsing.delimited_text import DelimitedText
from neuropil.formats.parsing.text_files import PLAIN, TextReading

__all__ = [
    "PARTICIPANTS",
    "bare_id",
    "match_subjects",
    "name_participants",
    "read_participants",
    "write_participants",
]

PARTICIPANTS = "participants.tsv"
"""Name of the table at the top of a dataset."""

_ID = "participant_id"
_PREFIX = "sub-"
_MISSING = "n/a"


def bare_id(text: str) -> str:
    """Take blanks and the prefix ``sub-`` off an id.

    Examples
    --------
    >>> bare_id(" sub-01"), bare_id("01")
    ('01', '01')
    """
    return text.strip().removeprefix(_PREFIX)


def read_participants(path: Path, reading: TextReading = PLAIN) -> pl.DataFrame:
    """Read the table of participants.

    Parameters
    ----------
    path : Path
        Tab-separated, with the column ``participant_id``; ``n/a`` and empty cells are missing.
    reading : TextReading
        Its encoding, and whether it is whole in any case.

    Returns
    -------
    pl.DataFrame
        ``id`` without ``sub-``, then the other columns: numbers, booleans or text.

    Raises
    ------
    InputError
        When the column is missing, or an id is missing or there twice; names the line.
    """
    table = DelimitedText.read(path, "\t", reading)
    names = table.frame.columns
    if _ID not in names or "id" in names:
        found = "id besides" if _ID in names else ", ".join(map(repr, names))
        raise table.fault(
            f"expected a column {_ID}, found {found}",
            f"Name the subjects in the column {_ID}, and no other column id.",
        )
    ids = table.frame[_ID].map_elements(bare_id, return_dtype=pl.String)
    missing, repeated = find_missing_ids(ids), ~ids.is_first_distinct()
    if missing.any():
        row = int(missing.arg_true()[0])
        what = f"expected an id, found nothing or a word for it ({missing.sum()} such lines)"
        raise table.fault(what, "Give each participant an id.", row=row, column=_ID)
    if repeated.any():
        again = list_some(map(repr, ids.filter(repeated).unique(maintain_order=True)))
        row = int(repeated.arg_true()[0])
        what = f"expected each participant once, found {again} again"
        raise table.fault(what, "Keep one line for each participant.", row=row, column=_ID)
    cells = DelimitedText(path, "\t", table.frame.select(pl.all().replace(_MISSING, None)))
    others = [cells.guess_type(name) for name in names if name != _ID]
    return pl.DataFrame([ids.alias("id"), *others])


def match_subjects(
    found: Sequence[str], participants: pl.DataFrame | None, path: Path, *, drop_unmatched: bool
) -> tuple[pl.DataFrame, list[str]]:
    """Find the line of each subject who has connectivity.

    Parameters
    ----------
    found : sequence of str
        (n,) ids of the subjects with connectivity, each once.
    participants : pl.DataFrame, optional
        Column ``id`` and others; None where there is no table.
    path : Path
        The table, for the error.
    drop_unmatched : bool
        True leaves out subjects who are in one of the two alone; they are refused otherwise.

    Returns
    -------
    subjects : pl.DataFrame
        Rows of the table, in its order, or the ids alone.
    notes : list of str
        Who was left out.

    Raises
    ------
    InputError
        When a subject is in one of the two alone, or in neither; lists their ids.
    """
    if participants is None:
        return pl.DataFrame({"id": list(found)}), []
    listed = participants["id"]
    without = listed.filter(~listed.is_in(list(found))).to_list()
    known = set(listed)
    unlisted = [each for each in found if each not in known]
    parts = [
        f"{len(ids)} {what}: {list_some(map(repr, ids))}"
        for ids, what in ((without, "without connectivity"), (unlisted, "not in the table"))
        if ids
    ]
    kept = participants.filter(listed.is_in(list(found)))
    if kept.is_empty() or (parts and not drop_unmatched):
        none = "" if not kept.is_empty() else "no subject of both; "
        raise InputError(
            f"expected the subjects of the matrices, found {none}{'; '.join(parts)}",
            where=f"{path}, column {_ID}",
            repair="Correct the ids."
            if kept.is_empty()
            else "Correct the ids, or read with drop_unmatched=True to leave these out.",
        )
    return kept, [f"Subjects were left out, {part}." for part in parts]


def write_participants(cohort: Cohort, path: Path) -> None:
    """Write the table of participants.

    Parameters
    ----------
    cohort : Cohort
        Whose subjects.
    path : Path
        Where to.

    Raises
    ------
    InputError
        When a column cannot be held: its name, or a text that stands for a missing value; and when
        there is a table of others at that place, which is not written over.
    OutputError
        When the place cannot be written.
    """
    for column in cohort.subjects.iter_columns():
        odd = "[\t\r\n]" if column.name == "id" else "^$|^n/a$|[\t\r\n]"
        wrong = column.dtype == pl.String and column.str.contains(odd).any()
        if column.name == _ID or wrong:
            raise InputError(
                f"a table of participants cannot hold the column {column.name!r}",
                where=str(path),
                repair="Rename it, and use null where a value is missing.",
            )
    ids = name_participants(cohort)
    table = pl.DataFrame([ids, *cohort.subjects.drop("id").get_columns()])
    text = table.write_csv(separator="\t", null_value=_MISSING)
    if path.is_file() and path.read_bytes() == text.encode():
        return
    if path.exists():
        raise InputError(
            "there is a table of other participants already",
            where=str(path),
            repair="Write into a folder of its own, or remove it first.",
        )
    with atomic_write(path) as temporary:
        temporary.write_bytes(text.encode())


def name_participants(cohort: Cohort) -> pl.Series:
    """Write the ids of a cohort as BIDS does, with ``sub-``."""
    return (_PREFIX + cohort.subjects["id"]).alias(_ID)
