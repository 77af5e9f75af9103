"""Names and texts of a file as an error shows them: in quotes, and cut where they are long."""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["advise_number", "cut", "quote", "quote_names"]

# A line of a terminal is 80 wide; a matrix of a thousand columns must not fill the screen.
_LONGEST = 60
_MOST_NAMES = 12
# A point put in place of this comma would make a thousandth of the number.
_THOUSANDS = re.compile(r"^[+-]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]*)?$")


def advise_number(text: str, otherwise: str = "Correct it.") -> str:
    """Advise how to write what was found in place of a number.

    Parameters
    ----------
    text : str
        A cell that is no number.
    otherwise : str
        Advice where it has no comma.

    Returns
    -------
    str
        A whole sentence.

    Examples
    --------
    >>> advise_number("1,5"), advise_number("x")
    ('Write decimals with a point.', 'Correct it.')
    >>> advise_number("1,234")
    'Write it without marks between thousands, or with a point if its comma is a decimal one.'
    """
    if _THOUSANDS.match(text):
        return (
            "Write it without marks between thousands, or with a point if its comma is a decimal "
            "one."
        )
    return "Write decimals with a point." if "," in text else otherwise


def cut(text: str) -> str:
    """Cut a text after 60 characters, and say so with three dots.

    Examples
    --------
    >>> len(cut("x" * 100))
    60
    """
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def quote(text: object) -> str:
    """Quote a text so that blanks at its ends show, and cut it after 60 characters.

    Examples
    --------
    >>> print(quote("pre "), quote("x" * 100)[-8:])
    'pre ' xxxx...'
    """
    return repr(cut(str(text)))


def quote_names(names: Iterable[object]) -> str:
    """Quote the first dozen names, and say how many there are where some are left out.

    Examples
    --------
    >>> quote_names(["pre", "post "])
    "'pre', 'post '"
    >>> quote_names([])
    'none'
    """
    listed = list(names)
    shown = ", ".join(quote(name) for name in listed[:_MOST_NAMES])
    more = f", ... ({len(listed)} in all)" if len(listed) > _MOST_NAMES else ""
    return f"{shown}{more}" if listed else "none"
