"""A cohort in one NumPy archive, with the table of participants beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, TypedDict, Unpack

import numpy as np
import numpy.typing as npt
import polars as pl

from neuropil.connectome import Cohort, Parcellation, find_missing_ids, list_some
from neuropil.contracts import InputError, Operation, Source, atomic_write
from neuropil.formats.cohort_files.participants import (
    PARTICIPANTS,
    bare_id,
    match_subjects,
    name_participants,
    read_participants,
    write_participants,
)
from neuropil.formats.format import Format, describe_file, require_file
from neuropil.formats.parsing.array_names import VOLUMES, list_arrays
from neuropil.formats.parsing.numpy_files import read_npz
from neuropil.formats.parsing.weight_names import read_units

__all__ = ["FORMAT", "CohortArrayOptions", "read_cohort_arrays", "write_cohort_arrays"]

Arrays = Mapping[str, npt.NDArray[Any]]

_IDS, _LABELS = "participant_id", "labels"
_UNIT = ".unit"


class CohortArrayOptions(TypedDict, total=False):
    """How an archive is to be read; every option may be left out.

    Parameters
    ----------
    order : {"row", "column"}
        Whether triangles go along the rows of the upper half, or along its columns.
    symmetrise : {"mean", "upper"}
        What is taken of a matrix whose halves differ; refused when not given.
    units : mapping of str to str
        Unit of a modality by its name; else that in the archive, else ``not stated``.
    drop_unmatched : bool
        True leaves out subjects who are in the archive or in ``participants.tsv`` alone.
    """

    order: Literal["row", "column"]
    symmetrise: Literal["mean", "upper"]
    units: Mapping[str, str]
    drop_unmatched: bool


def read_cohort_arrays(
    path: Path, participants: Path | None = None, **options: Unpack[CohortArrayOptions]
) -> Cohort:
    """Read an archive with one array for each modality.

    Parameters
    ----------
    path : Path
        ``.npz``: ``participant_id`` (n,), for each modality an array (n, n_edges) of upper
        triangles or (n, n_regions, n_regions); optional ``labels`` (n_regions,), and the unit of a
        modality as the text ``NAME.unit``.
    participants : Path, optional
        The table of participants; ``participants.tsv`` beside the archive when not given, where
        there is one.
    **options : CohortArrayOptions
        How it is to be read.

    Returns
    -------
    Cohort
        In the order of the table, else of the archive.

    Raises
    ------
    InputError
        When a file is missing or damaged, an array does not fit, or ids do not match.
    """
    require_file(path)
    arrays = read_npz(path)
    ids = _read_ids(arrays, path)
    names = [name for name in arrays if name not in (_IDS, _LABELS) and not name.endswith(_UNIT)]
    _require_rows(arrays, names, len(ids), path)
    beside = path.with_name(PARTICIPANTS)
    table = participants or (beside if beside.is_file() else None)
    listed = None if table is None else read_participants(table)
    subjects, notes = match_subjects(
        ids, listed, table or beside, drop_unmatched=options.get("drop_unmatched", False)
    )
    if table is None:
        notes.append(f"There is no {PARTICIPANTS}: nothing but ids is known of the subjects.")
    place = {subject: row for row, subject in enumerate(ids)}
    rows = [place[subject] for subject in subjects["id"]]
    records = [*describe_file(path).files, *(describe_file(table).files if table else ())]
    cohort = Cohort.from_arrays(
        {name: arrays[name][rows] for name in names},
        subjects,
        parcellation=_read_labels(arrays, path),
        units={**_read_stated(arrays, names), **read_units(options.get("units"))},
        source=Source(path.name, files=tuple(records)),
        order=options.get("order", "row"),
        symmetrise=options.get("symmetrise"),
    )
    done = (Operation("read_cohort_arrays", {"order": options.get("order", "row")}),)
    return replace(cohort, provenance=done, notes=(*notes, *cohort.notes))


def _read_ids(arrays: Arrays, path: Path) -> list[str]:
    if _IDS not in arrays:
        raise InputError(
            f"expected the array {_IDS}, found {', '.join(arrays) or 'none'}",
            where=str(path),
            repair="Add it: the id of the subject of each row.",
        )
    array = arrays[_IDS]
    if array.ndim != 1 or array.dtype.kind not in "iuUS":
        raise InputError(
            f"expected one id for each row, found {array.dtype} of shape {array.shape}",
            where=f"{path}, array {_IDS}",
            repair="Save the ids as a list of texts.",
        )
    ids = pl.Series([bare_id(text) for text in _texts(array)], dtype=pl.String)
    repeated, missing = ~ids.is_first_distinct(), find_missing_ids(ids)
    for wrong, what in ((missing, "an id"), (repeated, "each subject once")):
        if wrong.any():
            row = int(wrong.arg_true()[0])
            found = list_some(map(repr, ids.filter(wrong).unique(maintain_order=True)))
            raise InputError(
                f"expected {what}, found {found}{' again' if what != 'an id' else ''}",
                where=f"{path}, array {_IDS}, element {row}",
                repair="Give each row the id of its own subject.",
            )
    return ids.to_list()


def _texts(array: npt.NDArray[Any]) -> list[str]:
    values = array.tolist()
    return [
        each.decode("utf-8", "replace") if isinstance(each, bytes) else str(each) for each in values
    ]


def _require_rows(arrays: Arrays, names: list[str], n: int, path: Path) -> None:
    for name in names:
        array = arrays[name]
        if array.ndim not in (2, 3) or len(array) != n or array.dtype.kind not in "biuf":
            raise InputError(
                f"expected numbers of shape ({n}, edges) or ({n}, regions, regions), found "
                f"{array.dtype} of shape {array.shape}",
                where=f"{path}, array {name}",
                repair="Give one triangle or one square matrix for each subject, and leave other "
                "arrays out.",
            )


def _read_labels(arrays: Arrays, path: Path) -> Parcellation | None:
    if _LABELS not in arrays:
        return None
    array = arrays[_LABELS]
    if array.ndim != 1 or array.dtype.kind not in "iuUS":
        raise InputError(
            f"expected one label for each region, found {array.dtype} of shape {array.shape}",
            where=f"{path}, array {_LABELS}",
            repair="Save the labels as a list of texts.",
        )
    names = [text.strip() for text in _texts(array)]
    return Parcellation(pl.DataFrame({"key": range(1, len(names) + 1), "name": names}))


def _read_stated(arrays: Arrays, names: list[str]) -> dict[str, str]:
    stated = {name: arrays.get(f"{name}{_UNIT}") for name in names}
    return {name: _texts(unit.ravel())[0] for name, unit in stated.items() if unit is not None}


def write_cohort_arrays(cohort: Cohort, path: Path) -> None:
    """Write a cohort as one archive, and ``participants.tsv`` beside it.

    Of the regions their names are kept alone; source, notes and provenance are not.

    Parameters
    ----------
    cohort : Cohort
        What to write.
    path : Path
        Ends in ``.npz``.

    Raises
    ------
    InputError
        When a modality has a name that the archive needs for itself, a table cannot be held, or
        there is a table of other participants already.
    OutputError
        When the place cannot be written.
    """
    for name in cohort.modalities:
        if name in (_IDS, _LABELS) or name.endswith(_UNIT) or "/" in name:
            raise InputError(
                f"an archive cannot hold a modality named {name!r}",
                where=str(path),
                repair="Rename it with with_connectivity.",
            )
    arrays: dict[str, Any] = {name: cohort.edges(name) for name in cohort.modalities}
    arrays |= {f"{name}{_UNIT}": np.array(unit) for name, unit in cohort.units.items()}
    arrays[_IDS] = name_participants(cohort).to_numpy().astype(str)
    if cohort.parcellation is not None:
        arrays[_LABELS] = cohort.parcellation.regions["name"].to_numpy().astype(str)
    # The table first: where the archive is there, what it needs is there too.
    write_participants(cohort, path.with_name(PARTICIPANTS))
    with atomic_write(path) as temporary, temporary.open("wb") as handle:
        np.savez_compressed(handle, **arrays)


def _sniff(*paths: Path) -> bool:
    # Damaged files too: the reader then says what is wrong with them.
    archive, *tables = paths
    names = list_arrays(archive) if archive.is_file() and archive.suffix == ".npz" else {"matrix"}
    mine = _IDS in names or not ({"matrix", "expr"} | VOLUMES) & names
    return mine and len(tables) <= 1 and all(each.suffix == ".tsv" for each in tables)


FORMAT = Format(
    name="cohort-arrays",
    endings=(".npz",),
    description=f".npz with {_IDS} and one array for each modality, with {PARTICIPANTS} beside it "
    "or named after it",
    sniff=_sniff,
    read=read_cohort_arrays,
    write=write_cohort_arrays,
    holds=Cohort,
    options={
        "order": "row or column: how triangles are written",
        "symmetrise": "mean or upper: what is taken of halves that differ",
        "units": "unit of each modality, such as SC:streamlines",
        "drop_unmatched": "leave out subjects who are in one of the two files alone",
    },
    several=True,
)
