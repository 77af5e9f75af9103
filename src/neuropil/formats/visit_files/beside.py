"""What lies beside a table of visits: the table of the regions, and what was measured."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from neuropil.connectome import Parcellation, Visits
from neuropil.contracts import InputError, atomic_write, read_json, write_json
from neuropil.formats.parsing.delimited_text import DelimitedText
from neuropil.formats.parsing.region_tables import parse_names, parse_sides
from neuropil.formats.parsing.text_files import TextReading

__all__ = ["Measure", "name_beside", "read_measure", "read_regions", "write_beside"]

_FIELDS = ("quantity", "unit", "time_unit", "space")
_TEXTS = ("network", "colour")
_PLACES = ("x_mm", "y_mm", "z_mm")
_TIME_UNITS = ("year", "month")


@dataclass(frozen=True, slots=True)
class Measure:
    """What was measured, as a JSON file states it.

    Parameters
    ----------
    quantity : str, optional
        Such as ``tau PET``.
    unit : str, optional
        Such as ``SUVR``.
    time_unit : str, optional
        ``year`` or ``month``.
    space : str, optional
        Coordinate space of the regions.
    """

    quantity: str | None = None
    unit: str | None = None
    time_unit: str | None = None
    space: str | None = None


def name_beside(path: Path) -> tuple[Path, Path]:
    """Name the table of regions and the JSON file that belong to a table of visits.

    Parameters
    ----------
    path : Path
        Name of the table of visits.

    Returns
    -------
    tuple of Path
        The same name with other endings.

    Examples
    --------
    >>> [each.name for each in name_beside(Path("visits.csv.gz"))]
    ['visits.regions.csv', 'visits.json']
    """
    bare = path.name.removesuffix(".gz")
    stem = bare.rpartition(".")[0] or bare
    return path.with_name(f"{stem}.regions.csv"), path.with_name(f"{stem}.json")


def read_measure(path: Path) -> Measure:
    """Read what was measured.

    Parameters
    ----------
    path : Path
        JSON: an object with ``quantity``, ``unit``, ``time_unit`` and ``space``, each optional.

    Raises
    ------
    InputError
        When it is damaged, a value is no text, or the unit of time is neither year nor month.
    """
    stated = read_json(path)
    if not isinstance(stated, dict):
        raise InputError(
            f"expected an object, found {type(stated).__name__}",
            where=str(path),
            repair=f"Write the fields {', '.join(_FIELDS)}.",
        )
    known: dict[str, Any] = {name: stated.get(name) for name in _FIELDS}
    for name, value in known.items():
        if value is not None and not isinstance(value, str):
            raise InputError(
                f"expected text, found {value!r}",
                where=f"{path}, field {name}",
                repair="Write it in quotes, or leave the field out.",
            )
    if known["time_unit"] not in (None, *_TIME_UNITS):
        raise InputError(
            f"expected year or month, found {known['time_unit']!r}",
            where=f"{path}, field time_unit",
            repair="Convert the times, and state which.",
        )
    return Measure(**known)


def read_regions(path: Path, reading: TextReading, space: str | None = None) -> Parcellation:
    """Read the table of the regions.

    Parameters
    ----------
    path : Path
        CSV or TSV, one line a region in their order: ``name``; optional ``key`` (numbered from 1
        when not given), ``hemisphere``, ``network``, ``colour``, ``x_mm``, ``y_mm``, ``z_mm`` [mm],
        and any others.
    reading : TextReading
        Its encoding, and whether it is whole in any case.
    space : str, optional
        Coordinate space.

    Raises
    ------
    InputError
        When the file is damaged or a rule of the parcellation is broken; names line and column.
    """
    table = DelimitedText.read(path, reading=TextReading(None, reading.whole, reading.encoding))
    found = table.frame.columns
    if "name" not in found:
        raise table.fault(
            f"expected the column name, found {', '.join(map(repr, found))}",
            "Name the regions in a column name.",
        )
    names = parse_names(table, "name")
    columns = [pl.Series("name", names)]
    if "key" not in found:
        columns.insert(0, pl.Series("key", range(1, len(names) + 1)))
    columns += [_parse(table, column) for column in found if column != "name"]
    with table.locating({}):
        return Parcellation(pl.DataFrame(columns), space=space)


def _parse(table: DelimitedText, column: str) -> pl.Series:
    if column == "hemisphere":
        return parse_sides(table, column)
    if column in _PLACES:
        return table.parse_places(column)
    return table.frame[column] if column in _TEXTS else table.guess_type(column)


def write_beside(visits: Visits, path: Path) -> None:
    """Write the table of the regions and what was measured beside a table of visits.

    Parameters
    ----------
    visits : Visits
        Whose.
    path : Path
        Name of the table of visits.

    Raises
    ------
    OutputError
        When the place cannot be written.
    """
    regions, measure = name_beside(path)
    with atomic_write(regions) as temporary:
        visits.parcellation.regions.write_csv(temporary)
    stated = {
        "quantity": visits.quantity,
        "unit": visits.unit,
        "time_unit": visits.time_unit,
        "space": visits.parcellation.space,
    }
    write_json(measure, {name: value for name, value in stated.items() if value is not None})
