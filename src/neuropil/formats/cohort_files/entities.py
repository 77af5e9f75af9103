"""What the names of BIDS files say: ``sub-01_ses-2_atlas-DK_meas-SC_relmat.tsv``."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from neuropil.connectome import list_some
from neuropil.contracts import InputError

__all__ = ["ENDINGS", "RelmatFile", "choose_files", "find_relmats"]

ENDINGS = ("_relmat.tsv", "_relmat.dense.tsv")
"""Endings of relationship matrices."""


@dataclass(frozen=True, slots=True)
class RelmatFile:
    """A relationship matrix of one subject.

    Parameters
    ----------
    path : Path
        The file.
    subject : str
        Its ``sub-``.
    measure : str
        Its ``meas-``.
    others : mapping of str to str
        Its further entities, such as ``ses`` and ``atlas``.
    """

    path: Path
    subject: str
    measure: str
    others: Mapping[str, str]


def find_relmats(folder: Path) -> tuple[list[RelmatFile], list[str]]:
    """Find the relationship matrices of subjects, anywhere below a folder.

    Parameters
    ----------
    folder : Path
        Top of a dataset.

    Returns
    -------
    files : list of RelmatFile
        Sorted by path.
    notes : list of str
        Matrices of no subject, which were left out.

    Raises
    ------
    InputError
        When there is none, or the name of one has no measure.
    """
    paths = sorted(
        each
        for each in folder.rglob("*_relmat*.tsv")
        if each.name.endswith(ENDINGS) and each.is_file() and not each.name.startswith(".")
    )
    named = [(path, _parse(path.name)) for path in paths]
    group = [path.name for path, entities in named if not entities.get("sub")]
    for path, entities in named:
        if entities.get("sub") and not entities.get("meas"):
            raise InputError(
                "expected a name with sub-ID and meas-MEASURE, found no measure",
                where=str(path),
                repair="Name it as sub-01_meas-SC_relmat.tsv.",
            )
    files = [
        RelmatFile(path, entities.pop("sub"), entities.pop("meas"), entities)
        for path, entities in named
        if entities.get("sub")
    ]
    if not files:
        raise InputError(
            "expected relationship matrices of subjects below the folder, found none",
            where=str(folder),
            repair="Name them as sub-01_meas-SC_relmat.tsv.",
        )
    notes = [f"Matrices of no subject were left out: {list_some(group)}."] if group else []
    return files, notes


def _parse(name: str) -> dict[str, str]:
    parts = next(name.removesuffix(end) for end in ENDINGS if name.endswith(end)).split("_")
    pairs = (part.partition("-") for part in parts)
    return {key: value for key, dash, value in pairs if dash}


def choose_files(
    files: Sequence[RelmatFile], measures: Sequence[str] | None, wanted: Mapping[str, str]
) -> dict[str, dict[str, RelmatFile]]:
    """Choose one file for each measure and subject.

    Parameters
    ----------
    files : sequence of RelmatFile
        All there are.
    measures : sequence of str, optional
        Measures in the order wanted; all in the order of their names when not given.
    wanted : mapping of str to str
        Entities of which a file must have this value where it has them at all.

    Returns
    -------
    dict of str to dict of str to RelmatFile
        By measure, then by subject.

    Raises
    ------
    InputError
        When a measure is not there, several files remain for one subject and measure, or files of
        several atlases remain; names them.
    """
    known = sorted({each.measure for each in files})
    missing = [name for name in measures or () if name not in known]
    if missing:
        raise InputError(
            f"expected the measures {', '.join(map(repr, missing))}, found "
            f"{', '.join(map(repr, known))}",
            where=str(files[0].path.parent),
            repair="Name measures that are there.",
        )
    fitting = [
        each
        for each in files
        if all(each.others.get(key, value) == value for key, value in wanted.items())
    ]
    chosen: dict[str, dict[str, RelmatFile]] = {}
    for name in measures or known:
        groups = defaultdict(list)
        for each in fitting:
            if each.measure == name:
                groups[each.subject].append(each)
        for group in groups.values():
            _require_one(group)
        if groups:
            chosen[name] = {subject: group[0] for subject, group in groups.items()}
    if not chosen:
        raise InputError(
            f"expected files with {', '.join(f'{key}-{value}' for key, value in wanted.items())}, "
            "found none",
            where=str(files[0].path.parent),
            repair="Name entities that are there.",
        )
    _require_one_atlas([each for group in chosen.values() for each in group.values()])
    return chosen


def _require_one(group: Sequence[RelmatFile]) -> None:
    if len(group) == 1:
        return
    raise InputError(
        f"expected one matrix of {group[0].measure!r} for subject {group[0].subject!r}, found "
        f"{len(group)}: {list_some(each.path.name for each in group)}",
        where=str(group[0].path.parent),
        repair=_advise(group),
    )


def _advise(group: Sequence[RelmatFile]) -> str:
    """Say which option tells files apart, with a value that is there."""
    for key in dict.fromkeys(key for each in group for key in each.others):
        values = {each.others.get(key) for each in group}
        if len(values) == 1:
            continue
        # A file without an entity fits every value of it, and no option tells it from the others.
        if None in values:
            return f"Name all of them with {key}-, or remove one."
        value = group[0].others[key]
        chosen = f"session={value!r}" if key == "ses" else f"entities={{{key!r}: {value!r}}}"
        return f"Choose one with {chosen}."
    return "Keep one of them."


def _require_one_atlas(files: Sequence[RelmatFile]) -> None:
    # Newer versions of the draft call it a segmentation.
    for key in ("atlas", "seg"):
        first = {each.others[key]: each for each in files if key in each.others}
        if len(first) > 1:
            raise InputError(
                f"expected matrices of one {key}, found {', '.join(map(repr, first))}",
                where=str(next(iter(first.values())).path.parent),
                repair=f"Choose one with entities={{{key!r}: {next(iter(first))!r}}}.",
            )
