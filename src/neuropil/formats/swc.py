"""SWC: one line for each point of a neuron. It gives a skeleton, not a connectome."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path

import polars as pl

from neuropil.connectome import NOT_STATED, Skeleton, TableError
from neuropil.contracts import InputError, atomic_write, parse_json
from neuropil.formats.format import Format, describe_file
from neuropil.formats.parsing.length_units import find_length_units, read_length_unit
from neuropil.formats.parsing.packed_bytes import LARGEST_UNPACKED, read_bytes
from neuropil.formats.parsing.quoting import quote
from neuropil.formats.parsing.text_files import TextReading, check_ends_whole

__all__ = ["FORMAT", "read_skeleton", "write_skeleton"]

_ENDING = ".swc"
_COLUMNS = ("id", "structure", "x", "y", "z", "radius", "parent")
_WHOLE = ("id", "structure", "parent")
_MEASURES = ("x", "y", "z", "radius")
# From the format: no point has this id.
_ROOT = -1
# Our own comment, whose text is the unit as it was written.
_OWN_UNIT = re.compile(r"^#\s*unit:\s*(?P<unit>.*\S)\s*$")
# As navis writes it, and as people do: "units = nm", "coordinates in microns".
_META = re.compile(r"^#\s*meta:\s*(?P<json>\{.*)$", re.IGNORECASE)
_COMMENTS = (
    re.compile(r"^#.*\bunits?\b\s*(?:[:=]|are|is|in)\s*(?P<unit>[\w.+ µμ-]+?)\W*$", re.IGNORECASE),
    re.compile(
        r"^#.*\b(?:coordinates|coords|positions|lengths|distances)\b.*?\b(?:are\s+in|in|are)\s+"
        r"(?P<unit>[\d. ]*[^\W\d_]+)",
        re.IGNORECASE,
    ),
    re.compile(r"^#\s*units?\s+(?P<unit>[\w.+ µμ-]+?)\W*$", re.IGNORECASE),
)
# Factors that the coordinates were multiplied by, or are to be: programs differ.
_SCALE = re.compile(
    r"^#\s*scale\s*:?\s+(?P<factors>(?:[0-9]*\.?[0-9]+\s+){2}[0-9]*\.?[0-9]+)\s*$", re.IGNORECASE
)
# As the authors of the format meant it; it has no place to say so.
_DEFAULT_UNIT = "um"
# More than the last line, which the error shows.
_TAIL = 1 << 10


@dataclass
class _Lines:
    """Points of a file as text, and what its comments say."""

    rows: list[list[str]] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    units: dict[tuple[float, str], str] = field(default_factory=dict)
    notes: dict[str, None] = field(default_factory=dict)
    unclear: bool = False
    vague: str | None = None
    width: int = 0


def read_skeleton(path: str | Path, *, unit: str | None = None, whole: bool = False) -> Skeleton:
    """Read an SWC file.

    Parameters
    ----------
    path : str or Path
        Text with seven numbers on each line: id, kind of neurite, x, y, z, radius, parent (-1 at a
        root), compressed with gzip or not. What follows ``#`` is a comment; columns after the
        seventh are left out.
    unit : str, optional
        Unit of coordinates and radii, as they stand in the file. When not given, that of a comment:
        ``# unit: nm``, as neuropil writes it, the ``units`` of a line ``# Meta: {...}``, as navis
        does, or such as ``# coordinates in nm``; else ``um``, by the convention of SWC. Where a
        comment says ``8 nanometer``, coordinates and radii are multiplied by 8.
    whole : bool
        True accepts a last line without a line break, by which a truncated file is told.

    Returns
    -------
    Skeleton
        Points in the order of the file.

    Raises
    ------
    InputError
        When a line does not hold seven numbers, the last line has no end, the comments state two
        units, or the points form no tree; names file, line and column.
    """
    path = Path(path)
    lines = _read_lines(path, whole=whole)
    # Without points there are still seven columns, and the skeleton refuses an empty table by name.
    columns = zip(*lines.rows, strict=True) if lines.rows else [()] * len(_COLUMNS)
    texts = [
        pl.Series(name, list(column), dtype=pl.String)
        for name, column in zip(_COLUMNS, columns, strict=True)
    ]
    points = pl.DataFrame([_parse(column, path, lines.numbers) for column in texts])
    roots = points["parent"].replace(_ROOT, None)
    scale, chosen = _choose_unit(lines, unit, path)
    scaled = [points[name] * scale for name in _MEASURES]
    try:
        return Skeleton(
            points.with_columns(roots, *scaled), chosen, describe_file(path, lines.notes)
        )
    except TableError as error:
        line = None if error.row is None else lines.numbers[error.row]
        raise _fault(path, line, error.what, error.repair, error.column) from error


def _read_lines(path: Path, *, whole: bool) -> _Lines:
    """Split the lines that hold points, and read the comments."""
    found = _Lines()
    content = read_bytes(path, largest=LARGEST_UNPACKED).removeprefix(codecs.BOM_UTF8)
    # Bytes, because comments are written in the encoding of whoever wrote them.
    for number, line in enumerate(content.splitlines(), start=1):
        data, mark, comment = line.partition(b"#")
        fields = _decode(data, path).split()
        if mark and not fields:
            _read_comment(found, "#" + _decode_comment(found, comment), path, number)
        if fields:
            _add_point(found, fields, path, number)
    # A comment too: where it was cut short, the points that followed are lost.
    reading = TextReading(whole=whole, offers=frozenset(("whole",)))
    check_ends_whole(path, content[-_TAIL:], reading)
    if found.width > len(_COLUMNS):
        left_out = found.width - len(_COLUMNS)
        found.notes[f"Columns after the seventh were left out: {left_out}."] = None
    return found


def _add_point(found: _Lines, fields: list[str], path: Path, number: int) -> None:
    found.width = found.width or len(fields)
    # Fewer are what a broken transfer leaves; more, and in every line, are another program's own.
    if len(fields) < len(_COLUMNS) or len(fields) != found.width:
        expected = max(found.width, len(_COLUMNS))
        raise _fault(
            path,
            number,
            f"expected {expected} numbers ({', '.join(_COLUMNS)}), found {len(fields)}",
            "Correct this line; the file may be truncated.",
        )
    found.rows.append(fields[: len(_COLUMNS)])
    found.numbers.append(number)


def _decode(data: bytes, path: Path) -> str:
    try:
        return data.decode("ascii")
    except UnicodeDecodeError as error:
        raise InputError(
            f"expected text, found byte {data[error.start]:#x}",
            where=str(path),
            repair="Name an SWC file, or save it as UTF-8.",
        ) from error


def _decode_comment(found: _Lines, comment: bytes) -> str:
    try:
        return comment.decode("utf-8")
    except UnicodeDecodeError:
        found.notes["Comments that are not UTF-8 were read as Latin-1."] = None
        return comment.decode("latin-1")


def _read_comment(found: _Lines, comment: str, path: Path, number: int) -> None:
    """Take the unit of a comment."""
    if own := _OWN_UNIT.match(comment):
        # As it is, so that what was written comes back; a number of units is one scale more.
        unit = read_length_unit(own["unit"])
        stated = unit if unit and unit[0] != 1 else (1.0, own["unit"])
        found.units.setdefault(stated, own["unit"])
        return
    if meta := _META.match(comment):
        _read_meta(found, meta["json"], path, number)
        return
    named = find_length_units(comment)
    for form in _COMMENTS:
        match = form.match(comment)
        unit = read_length_unit(match["unit"]) if match else None
        if match and unit:
            # Of two units in one line, one may be that of the radii.
            if named - {unit[1]}:
                found.vague = found.vague or comment.strip()
            else:
                found.units.setdefault(unit, match["unit"].strip())
            return
    scale = _SCALE.match(comment)
    # Micrometres are what a file means that says nothing; another unit, in whatever words, is not.
    if named - {_DEFAULT_UNIT} or (scale and set(map(float, scale["factors"].split())) != {1.0}):
        found.vague = found.vague or comment.strip()


def _read_meta(found: _Lines, text: str, path: Path, number: int) -> None:
    try:
        record = parse_json(text, f"{path}, line {number}")
    except InputError:
        found.notes[f"The comment of line {number}, which is no JSON, was left out."] = None
        found.unclear = True
        return
    stated = record.get("units") if isinstance(record, dict) else None
    if stated is None:
        return
    unit = read_length_unit(stated) if isinstance(stated, str) else None
    if unit:
        found.units.setdefault(unit, stated)
    else:
        found.notes[f"The units {stated!r} of line {number} are no unit of length."] = None
        found.unclear = True


def _choose_unit(lines: _Lines, unit: str | None, path: Path) -> tuple[float, str]:
    """Choose the number that coordinates are multiplied by, and their unit then."""
    stated = list(lines.units.values())
    if unit is not None:
        others = [text for (scale, word), text in lines.units.items() if (scale, word) != (1, unit)]
        if others:
            lines.notes[f"The file states the unit {others[0]!r}; {unit!r} was given."] = None
        return 1.0, unit
    if len(stated) > 1:
        raise _fault(
            path,
            None,
            f"expected one unit, found {stated[0]!r} and {stated[1]!r} in the comments",
            f'Name the unit of the numbers, as in unit="{next(iter(lines.units))[1]}".',
        )
    if not stated and lines.vague:
        lines.notes[
            f"The comment {quote(lines.vague)} does not say of what it is the unit; the option "
            "unit states that of the coordinates."
        ] = None
        return 1.0, NOT_STATED
    if not stated and lines.unclear:
        # The file means some unit: the convention is for files that say nothing.
        return 1.0, NOT_STATED
    if not stated:
        lines.notes["The file states no unit: micrometres, by the convention of SWC."] = None
        return 1.0, _DEFAULT_UNIT
    ((scale, word),) = lines.units
    if scale != 1:
        lines.notes[f"Coordinates and radii were multiplied by {scale:g}: {stated[0]!r}."] = None
    return scale, word


def _parse(column: pl.Series, path: Path, lines: list[int]) -> pl.Series:
    numbers = column.cast(pl.Float64, strict=False)
    expected = "a number"
    if column.name in _WHOLE:
        numbers, expected = _parse_whole(column), "a whole number"
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


def _parse_whole(column: pl.Series) -> pl.Series:
    """Parse whole numbers, those with a point and zeros or a power of ten among them."""
    # By way of text, because a float rounds long ids.
    numbers = column.str.replace(r"\.0*$", "").cast(pl.Int64, strict=False)
    rows = numbers.is_null().arg_true()
    # As NumPy's savetxt writes them: 1.000000000000000000e+00.
    exact = [_to_whole(text) for text in column.gather(rows)]
    return numbers.scatter(rows, exact) if len(rows) else numbers


def _to_whole(text: str) -> int | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    # The size first: 1e999999999 would become a whole number of a billion digits.
    if not number.is_finite() or number.adjusted() > 18 or number != number.to_integral_value():
        return None
    whole = int(number)
    return whole if -(1 << 63) <= whole < 1 << 63 else None


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
    sniff=lambda path: path.is_file() and path.name.lower().endswith((_ENDING, f"{_ENDING}.gz")),
    read=read_skeleton,
    write=write_skeleton,
    holds=Skeleton,
    options={
        "unit": "unit of coordinates and radii",
        "whole": "accept a last line without a line break",
    },
)
