"""A folder of BIDS relationship matrices, one for each subject and measure.

Names of files are those of the draft of BIDS Extension Proposal 17, as in ``bids_relmat``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal, TypedDict, Unpack

import numpy as np
import numpy.typing as npt
import polars as pl

from neuropil.connectome import (
    NOT_STATED,
    Cohort,
    Parcellation,
    list_some,
)
from neuropil.contracts import (
    FileRecord,
    InputError,
    Operation,
    Source,
    read_json,
    sha256_of,
)
from neuropil.formats.cohort_files.entities import (
    ENDINGS,
    RelmatFile,
    choose_files,
    find_relmats,
)
from neuropil.formats.cohort_files.folder_writing import write_cohort_folder
from neuropil.formats.cohort_files.participants import (
    PARTICIPANTS,
    match_subjects,
    read_participants,
)
from neuropil.formats.cohort_files.squares import (
    MISSING_RULES,
    SquareRules,
    Triangle,
    read_triangle,
)
from neuropil.formats.format import Format, require_file
from neuropil.formats.parsing.text_files import TextReading
from neuropil.formats.parsing.weight_names import find_unit, read_units

__all__ = ["FORMAT", "CohortFolderOptions", "read_cohort_folder"]

Floats = npt.NDArray[np.float64]

_OFFERS = frozenset(("whole", "encoding"))


class CohortFolderOptions(TypedDict, total=False):
    """How a folder of matrices is to be read; every option may be left out.

    Parameters
    ----------
    measures : sequence of str
        Measures that become modalities, in this order; all when not given.
    session : str
        The ``ses-`` that is read, where there are several.
    entities : mapping of str to str
        Further entities that are read, such as ``atlas`` or ``run``, where there are several.
    units : mapping of str to str
        Unit of a measure, by its name; else ``MeasureUnits`` of its JSON file, else that which its
        name implies, else ``not stated``.
    symmetrise : {"mean", "upper"}
        What is taken of a matrix whose halves differ; refused when not given.
    missing : {"refuse", "keep"}
        What becomes of single cells without a value.
    drop_unmatched : bool
        True leaves out subjects who have no matrix, or no line in ``participants.tsv``.
    whole : bool
        True takes files as whole although they do not end with a line break.
    encoding : str
        Encoding of the tables; UTF-8 when not given.
    """

    measures: Sequence[str]
    session: str
    entities: Mapping[str, str]
    units: Mapping[str, str]
    symmetrise: Literal["mean", "upper"]
    missing: MISSING_RULES
    drop_unmatched: bool
    whole: bool
    encoding: str


def read_cohort_folder(path: Path, **options: Unpack[CohortFolderOptions]) -> Cohort:
    """Read a folder with one relationship matrix for each subject and measure.

    Parameters
    ----------
    path : Path
        Top of a dataset: ``sub-<id>[_ses-<s>]..._meas-<measure>_relmat.tsv`` or
        ``_relmat.dense.tsv`` anywhere below, and, where there is one, ``participants.tsv`` in it.
    **options : CohortFolderOptions
        How it is to be read.

    Returns
    -------
    Cohort
        Measures are modalities; a subject without a measure has a row of NaN there. Subjects stand
        in the order of ``participants.tsv``, else in that of their ids.

    Raises
    ------
    InputError
        When a file is missing or damaged, there are several for one subject and measure, sizes or
        labels differ, or ids do not match; names them.
    """
    require_file(path)
    rules = SquareRules(
        options.get("symmetrise"),
        options.get("missing", "refuse"),
        TextReading("\t", options.get("whole", False), options.get("encoding"), _OFFERS),
    )
    wanted = dict(options.get("entities") or {})
    if "session" in options:
        wanted["ses"] = options["session"]
    named = options.get("measures")
    files, notes = find_relmats(path)
    chosen = choose_files(files, [named] if isinstance(named, str) else named, wanted)
    subjects, found = _find_subjects(path, chosen, rules, drop=options.get("drop_unmatched", False))
    read = _read_all(chosen, subjects["id"], rules)
    used = [each for group in read.values() for each in group.values()]
    parcellation, more = _agree_on_labels(used)
    edges = {name: _stack(group, subjects["id"]) for name, group in read.items()}
    stated = read_units(options.get("units"))
    units = {name: _find_unit(path, read[name], name, values) for name, values in edges.items()}
    cohort = Cohort.from_arrays(
        edges,
        subjects,
        parcellation=parcellation,
        # A unit of no measure is a slip of its name, which the cohort refuses.
        units={**units, **stated},
        source=_describe(path, [each.path for each in used]),
    )
    notes += [*found, *_note_halves(read), *more, *_note_units(cohort), *cohort.notes]
    done = Operation("read_cohort_folder", {"measures": list(edges), "entities": {**wanted}})
    return replace(cohort, provenance=(done,), notes=tuple(notes))


def _find_subjects(
    folder: Path, chosen: Mapping[str, Mapping[str, RelmatFile]], rules: SquareRules, *, drop: bool
) -> tuple[pl.DataFrame, list[str]]:
    found = sorted({subject for group in chosen.values() for subject in group})
    table = folder / PARTICIPANTS
    participants = read_participants(table, rules.reading) if table.is_file() else None
    subjects, notes = match_subjects(found, participants, table, drop_unmatched=drop)
    if participants is None:
        notes.append(f"There is no {PARTICIPANTS}: nothing but ids is known of the subjects.")
    for name, group in chosen.items():
        without = [each for each in subjects["id"] if each not in group]
        if without:
            notes.append(
                f"{len(without)} of {subjects.height} subjects have no {name!r}: "
                f"{list_some(map(repr, without))}."
            )
    return subjects, notes


def _read_all(
    chosen: Mapping[str, Mapping[str, RelmatFile]], ids: pl.Series, rules: SquareRules
) -> dict[str, dict[str, Triangle]]:
    read = {
        name: {each: read_triangle(group[each].path, rules) for each in ids if each in group}
        for name, group in chosen.items()
    }
    return {name: group for name, group in read.items() if group}


def _agree_on_labels(read: Sequence[Triangle]) -> tuple[Parcellation | None, list[str]]:
    """Hold sizes and labels of all matrices against each other."""
    first = next((each for each in read if each.labels is not None), read[0])
    for each in read:
        if each.n_regions != first.n_regions:
            raise InputError(
                f"expected {first.n_regions} regions as in {first.path.name}, found "
                f"{each.n_regions}",
                where=str(each.path),
                repair="Use one parcellation for all, or choose with measures or entities.",
            )
        if each.labels is not None and each.labels != first.labels:
            place = _differ(each.labels, first.labels or ())
            raise InputError(
                f"expected the label {first.labels[place] if first.labels else ''!r} as in "
                f"{first.path.name}, found {each.labels[place]!r}",
                where=f"{each.path}, label {place + 1}",
                repair="Use one parcellation for all, with its regions in one order.",
            )
    if first.labels is None:
        return None, []
    bare = sum(each.labels is None for each in read)
    notes = [
        f"{bare} of {len(read)} matrices have no labels; their regions are taken in the order of "
        "the others."
    ]
    regions = pl.DataFrame({"key": range(1, first.n_regions + 1), "name": first.labels})
    return Parcellation(regions), notes if bare else []


def _differ(one: Sequence[str], other: Sequence[str]) -> int:
    return next(
        place for place, pair in enumerate(zip(one, other, strict=True)) if len({*pair}) > 1
    )


def _stack(read: Mapping[str, Triangle], ids: pl.Series) -> Floats:
    n_edges = next(iter(read.values())).edges.size
    edges = np.full((len(ids), n_edges), np.nan)
    for row, subject in enumerate(ids):
        if subject in read:
            edges[row] = read[subject].edges
    return edges


def _note_halves(read: Mapping[str, Mapping[str, Triangle]]) -> list[str]:
    notes = []
    for name, group in read.items():
        changes = Counter(each.change for each in group.values() if each.change)
        notes += [
            f"{number} of {len(group)} matrices of {name!r} {change}."
            for change, number in changes.items()
        ]
    return notes


def _find_unit(folder: Path, read: Mapping[str, Triangle], name: str, edges: Floats) -> str:
    """Find the unit in the JSON file of a matrix, or in the one at the top for all of a measure."""
    path = next(iter(read.values())).path
    ending = next(each for each in ENDINGS if path.name.endswith(each))
    beside = path.with_name(f"{path.name.removesuffix(ending)}_relmat.json")
    for sidecar in (beside, folder / f"meas-{name}_relmat.json"):
        if sidecar.is_file():
            stated = read_json(sidecar)
            unit = stated.get("MeasureUnits") if isinstance(stated, dict) else None
            if isinstance(unit, str) and unit not in ("", "n/a"):
                return unit
    return find_unit(name, edges)


def _note_units(cohort: Cohort) -> list[str]:
    names = [name for name, unit in cohort.units.items() if unit == NOT_STATED]
    return [
        f"The files do not state the unit of {name!r}; the option units states it."
        for name in names
    ]


def _describe(folder: Path, paths: Sequence[Path]) -> Source:
    table = folder / PARTICIPANTS
    every = [*([table] if table.is_file() else []), *paths]
    return Source(
        folder.name,
        files=tuple(
            FileRecord(each.relative_to(folder).as_posix(), sha256_of(each), each.stat().st_size)
            for each in every
        ),
    )


def _sniff(path: Path) -> bool:
    # Damaged names too: the reader then says what is wrong with them.
    return path.is_dir() and any(
        each.name.endswith(ENDINGS) for each in path.rglob("*_relmat*.tsv")
    )


FORMAT = Format(
    name="cohort-folder",
    endings=(),
    description="folder of BIDS relationship matrices, one for each subject and measure, with "
    "participants.tsv",
    sniff=_sniff,
    read=read_cohort_folder,
    write=write_cohort_folder,
    holds=Cohort,
    options={
        "measures": "measures that are read, in this order",
        "session": "the session that is read, where there are several",
        "entities": "further entities that are read, such as atlas:DK",
        "units": "unit of each measure, such as SC:streamlines",
        "symmetrise": "mean or upper: what is taken of halves that differ",
        "missing": "refuse or keep single cells without a value",
        "drop_unmatched": "leave out subjects who have no matrix or no line in participants.tsv",
        "whole": "take files as whole that do not end with a line break",
        "encoding": "encoding of the tables, such as latin-1",
    },
)
