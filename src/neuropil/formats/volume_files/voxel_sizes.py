"""Sizes of voxels, as options and as files state them, in nanometres."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from neuropil.contracts import ConfigError
from neuropil.formats.parsing.length_units import read_length_unit

__all__ = ["Size", "expand_size", "find_nm_per_unit", "find_stated_size", "read_lengths"]

Size = tuple[float, float, float]

_NM_PER_UNIT = {"nm": 1.0, "um": 1e3, "mm": 1e6}
# Units of OME that texts about neurons do not use.
_FURTHER_UNITS = {
    "angstrom": 0.1,
    "å": 0.1,
    "picometer": 1e-3,
    "pm": 1e-3,
    "centimeter": 1e7,
    "cm": 1e7,
    "meter": 1e9,
    "m": 1e9,
}


# Attributes by which programs state the size of a voxel, with the unit that they mean.
_SIZES = {
    "voxel_size_nm": "nm",
    "resolution_nm": "nm",
    "voxel_size": "",
    "resolution": "",
    "pixelResolution": "",
    "element_size_um": "um",
}


def find_nm_per_unit(text: str) -> float | None:
    """Find how many nanometres a unit of length is.

    Parameters
    ----------
    text : str
        Such as ``nanometer``, ``µm`` or ``angstrom``.

    Returns
    -------
    float, optional
        None where the text is no unit of length, as ``pixel`` is none.

    Examples
    --------
    >>> find_nm_per_unit("micrometer"), find_nm_per_unit("Angstrom"), find_nm_per_unit("pixel")
    (1000.0, 0.1, None)
    """
    further = _FURTHER_UNITS.get(text.strip().casefold())
    if further is not None:
        return further
    found = read_length_unit(text)
    if found is None or found[1] not in _NM_PER_UNIT:
        return None
    number, unit = found
    return number * _NM_PER_UNIT[unit]


def read_lengths(values: Any, units: Iterable[str]) -> Size | None:  # noqa: ANN401
    """Read three lengths of a file.

    Parameters
    ----------
    values : object
        What the file has in place of them.
    units : iterable of str
        Unit of each, or one for all.

    Returns
    -------
    tuple of float, optional
        Lengths [nm]; None where the values are not three positive numbers or a unit is unknown.

    Examples
    --------
    >>> read_lengths([0.04, 0.016, 0.016], ["micrometer"]), read_lengths([1, 1], ["nm"])
    ((40.0, 16.0, 16.0), None)
    """
    factors = [find_nm_per_unit(unit) for unit in units]
    if len(factors) == 1:
        factors *= 3
    try:
        numbers = [float(each) for each in np.ravel(values)]
    except (TypeError, ValueError):
        return None
    if len(numbers) != 3 or len(factors) != 3:
        return None
    lengths = [
        # 0.016 um are 16 nm, and not 16.000000000000004.
        float(f"{number * factor:.12g}")
        for number, factor in zip(numbers, factors, strict=True)
        if factor is not None
    ]
    if len(lengths) != 3 or not all(0 < each < float("inf") for each in lengths):
        return None
    return lengths[0], lengths[1], lengths[2]


def expand_size(given: Sequence[float] | None) -> Size | None:
    """Check the option ``voxel_size`` of a reader.

    Parameters
    ----------
    given : sequence of float, optional
        One edge for all axes, or the edges along z, y and x [nm].

    Returns
    -------
    tuple of float, optional
        Edges along z, y and x [nm]; None where none was given.

    Raises
    ------
    ConfigError
        When it is not one or three positive numbers.

    Examples
    --------
    >>> expand_size([10]), expand_size([40, 16, 16]), expand_size(None)
    ((10.0, 10.0, 10.0), (40.0, 16.0, 16.0), None)
    """
    if given is None:
        return None
    listed = list(np.ravel(given))
    size = read_lengths(listed * 3 if len(listed) == 1 else listed, ["nm"])
    if size is None:
        raise ConfigError(
            f"expected one or three positive numbers [nm], found {given!r}",
            where="voxel_size",
            repair="Give the edges of a voxel along z, y and x, such as voxel_size=40,16,16.",
        )
    return size


def find_stated_size(attributes: Mapping[str, Any]) -> tuple[Size | None, str]:
    """Find the size of a voxel in plain attributes, such as ``resolution``.

    Parameters
    ----------
    attributes : mapping
        Of an array, or of a group around it.

    Returns
    -------
    voxel_size : tuple of float, optional
        Edges along the axes of the array [nm]; None where there is none that can be read.
    note : str
        Says where a unit was assumed; else empty.
    """
    for name, unit in _SIZES.items():
        value = attributes.get(name)
        # N5 writes {"dimensions": [...], "unit": "nm"}.
        inside = value if isinstance(value, Mapping) else {}
        value = inside.get("dimensions", value)
        stated = inside.get("unit", attributes.get("unit", attributes.get("units")))
        units = _spell_units(stated) if not unit else [unit]
        size = None if value is None else read_lengths(value, units or ["nm"])
        if size is not None:
            assumed = f"Voxel sizes in {name!r} have no unit; they were taken as nm."
            return size, "" if units else assumed
    return None, ""


def _spell_units(stated: object) -> list[str]:
    if isinstance(stated, str | bytes):
        stated = [stated]
    if not isinstance(stated, Iterable):
        return []
    return [each.decode() if isinstance(each, bytes) else str(each) for each in stated]
