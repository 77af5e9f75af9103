"""SWC: one line for each point of a neuron. It gives a skeleton, not a connectome."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl

from neuropil.connectome import Skeleton, TableError
from neuropil.contracts import InputError, atomic_write
from neuropil.formats.format import Format, describe_file, require_file

__all__ = ["FORMAT", "read_skeleton", "write_skeleton"]

_ENDING = ".swc"
_COLUMNS = ("id", "structure", "x", "y", "z", "radius", "parent")
_WHOLE = ("id", "structure", "parent")
# From the format: no point has this id.
_ROOT = -1
# Our own comment. Other programs ignore comments, and theirs follow no form.
_UNIT = re.compile(r"^#\s*unit:\s*(?P<unit>.*\S)\s*$")
# As the authors of the format meant it; it has no place to say so.
_DEFAULT_UNIT = "um"


def read_skeleton(path: str | Path, *, unit: str | None = None) -> Skeleton:
    """Read an SWC file.

    Parameters
    ----------
    path : str or Path
        Text with seven numbers on each line: id, kind of neurite, x, y, z, radius, parent (-1 at a
        root). Lines that start with ``#`` are comments.
    unit : str, optional
        Unit of coordinates and radii. SWC has no place for it: when not given, that of a comment
        ``# unit: nm``, as neuropil writes it, else ``um``, as the authors of the format meant it.
        Files of electron microscopy are often in nm or voxels.

    Returns
    -------
    Skeleton
        Points in the order of the file.

    Raises
    ------
    InputError
        When a line does not hold seven numbers, or the points form no tree; names file, line and
        column.
    """
    path = Path(path)
    require_file(path)
    rows, lines, stated = _read_lines(path)
    # Without points there are still seven columns, and the skeleton refuses an empty table by name.
    columns = zip(*rows, strict=True) if rows else [()] * len(_COLUMNS)
    texts = [
        pl.Series(name, list(column), dtype=pl.String)
        for name, column in zip(_COLUMNS, columns, strict=True)
    ]
    points = pl.DataFrame([_parse(column, path, lines) for column in texts])
    roots = points["parent"].replace(_ROOT, None)
    try:
        return Skeleton(
            points.with_columns(roots),
            stated or _DEFAULT_UNIT if unit is None else unit,
            describe_file(path),
        )
    except TableError as error:
        line = None if error.row is None else lines[error.row]
        raise _fault(path, line, error.what, error.repair, error.column) from error


def _read_lines(path: Path) -> tuple[list[list[str]], list[int], str | None]:
    """Split the lines that hold points, with their numbers and the unit of a comment."""
    rows, lines, unit = [], [], None
    try:
        with path.open(encoding="utf-8-sig") as file:
            for number, line in enumerate(file, start=1):
                fields = line.split()
                stated = _UNIT.match(line)
                if stated:
                    unit = stated["unit"]
                if not fields or fields[0].startswith("#"):
                    continue
                # A last line with fewer is what a broken transfer leaves; with more, another
                # dialect.
                if len(fields) != len(_COLUMNS):
                    raise _fault(
                        path,
                        number,
                        f"expected 7 numbers ({', '.join(_COLUMNS)}), found {len(fields)}",
                        "Correct this line; the file may be truncated.",
                    )
                rows.append(fields)
                lines.append(number)
    except UnicodeDecodeError as error:
        raise InputError(
            f"expected text, found byte {error.object[error.start]:#x}",
            where=str(path),
            repair="Name an SWC file, or save it as UTF-8.",
        ) from error
    return rows, lines, unit


def _parse(column: pl.Series, path: Path, lines: list[int]) -> pl.Series:
    numbers = column.cast(pl.Float64, strict=False)
    expected = "a number"
    if column.name in _WHOLE:
        # Some programs write 1.0 for 1; by way of text, because a float rounds long ids.
        numbers = column.str.strip_suffix(".0").cast(pl.Int64, strict=False)
        expected = "a whole number"
    if numbers.null_count():
        row = int(numbers.is_null().arg_true()[0])
        raise _fault(
            path,
            lines[row],
            f"expected {expected}, found {column[row]!r}",
            "Correct it.",
            column.name,
        )
    return numbers


def _fault(
    path: Path, line: int | None, what: str, repair: str, column: str | None = None
) -> InputError:
    place = [str(path)]
    place += [f"line {line}"] if line is not None else []
    place += [f"column {column}"] if column is not None else []
    return InputError(what, where=", ".join(place), repair=repair)


def write_skeleton(skeleton: Skeleton, path: str | Path) -> Path:
    """Write an SWC file, with its unit in a comment.

    Parameters
    ----------
    skeleton : Skeleton
        What to write.
    path : str or Path
        Name of the file.

    Returns
    -------
    Path
        What was written.

    Raises
    ------
    InputError
        When the id of a point is -1, which means no parent.
    OutputError
        When the place cannot be written.
    """
    path = Path(path)
    # Read back, its children would be roots.
    if (skeleton.points["id"] == _ROOT).any():
        raise InputError(
            f"expected ids other than {_ROOT}, which means no parent, found one",
            where=str(path),
            repair="Give this point another id.",
        )
    rows = skeleton.points.with_columns(pl.col("parent").fill_null(_ROOT)).iter_rows()
    with atomic_write(path) as temporary, temporary.open("w", encoding="utf-8") as file:
        # One line, whatever the unit holds: a line break in it would begin a point.
        file.write(f"# unit: {' '.join(skeleton.unit.split())}\n# {' '.join(_COLUMNS)}\n")
        # repr of a float is the shortest text that gives the same float back.
        file.writelines(" ".join(map(repr, row)) + "\n" for row in rows)
    return path


FORMAT = Format(
    name="swc",
    endings=(_ENDING,),
    description="SWC, one line for each point of a neuron's skeleton",
    sniff=lambda path: path.is_file() and path.name.lower().endswith(_ENDING),
    read=read_skeleton,
    write=write_skeleton,
    holds=Skeleton,
    options={"unit": "unit of coordinates and radii"},
)
