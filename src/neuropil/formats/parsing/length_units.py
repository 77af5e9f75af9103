"""Units of length as programs write them, such as ``8 nanometer`` and ``microns``."""

from __future__ import annotations

import re

__all__ = ["find_length_units", "read_length_unit"]

_UNITS = {
    "nm": ("nm", "nanometer", "nanometre"),
    "um": ("um", "µm", "μm", "micron", "micrometer", "micrometre"),
    "mm": ("mm", "millimeter", "millimetre"),
    "pixel": ("pixel", "px"),
    "voxel": ("voxel", "vx"),
}
_NAMES = {
    form: unit for unit, words in _UNITS.items() for word in words for form in (word, f"{word}s")
}
# A number may stand before it, as in 8x8x40nm; a letter may not, as in "hmm".
_MENTION = re.compile(
    r"(?<![^\W\d_])(nm|[uµμ]m|mm|microns?|(?:nano|micro|milli)met(?:er|re)s?)(?![^\W\d_])",
    re.IGNORECASE,
)
_FORM = re.compile(
    r"^(?P<number>[0-9]*\.?[0-9]+(?:[eE][+-]?[0-9]+)?)?\s*\*?\s*(?P<word>[^\W\d_]+)$"
)


def read_length_unit(text: str) -> tuple[float, str] | None:
    """Read a unit of length, with the number of such units that a coordinate of 1 stands for.

    Parameters
    ----------
    text : str
        Such as ``nm``, ``1 nanometer`` or ``8 nanometer``.

    Returns
    -------
    tuple of float and str, optional
        The number and the short name of the unit; None where the text is no such unit.

    Examples
    --------
    >>> read_length_unit("8 nanometer"), read_length_unit("Microns"), read_length_unit("furlong")
    ((8.0, 'nm'), (1.0, 'um'), None)
    """
    match = _FORM.match(text.strip().strip(".,;"))
    unit = _NAMES.get(match["word"].casefold()) if match else None
    if match is None or unit is None:
        return None
    number = float(match["number"] or 1)
    return (number, unit) if 0 < number < float("inf") else None


def find_length_units(text: str) -> set[str]:
    """Find the units of length that a text speaks of, whatever it says about them.

    Parameters
    ----------
    text : str
        Such as a comment.

    Returns
    -------
    set of str
        Their short names; pixels and voxels are not looked for, as these are things as well.

    Examples
    --------
    >>> sorted(find_length_units("# voxel size 8x8x40nm, radius in microns"))
    ['nm', 'um']
    """
    return {_NAMES[found.casefold()] for found in _MENTION.findall(text)}
