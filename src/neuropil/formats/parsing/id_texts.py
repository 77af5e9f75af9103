"""Ids that are still text: which are missing, which are whole numbers, which were rounded."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import polars as pl

from neuropil.connectome import find_invisible
from neuropil.contracts import InputError
from neuropil.formats.parsing.quoting import cut, quote

__all__ = [
    "PREFIX",
    "Fault",
    "add_prefix",
    "drop_decimals",
    "find_broken_id",
    "has_decimals",
    "parse_id_texts",
    "trim",
]

PREFIX = "720575940"
"""First digits of every id of FlyWire, which some tables state in the name of a column instead."""

_SUFFIX = f"_{PREFIX}"
# FlyWire's ids have 18 digits; leading zeros of the last 9 are lost where these are numbers.
_REST = 9

# Without a leading zero or plus: 007 would come back as 7 and no longer name its neuron.
_WHOLE = r"^(0|-?[1-9][0-9]*)$"
# As a program writes whole numbers that it held as floats: 10001.0.
_WHOLE_FLOAT = r"^(0|-?[1-9][0-9]*)(\.0*)?$"
# Broader than `_WHOLE`: what is meant as a number, even if it cannot be kept as one.
_DIGITS = r"^[+-]?[0-9]+$"
# 7.2e17 and 720575940.5 are ids that a spreadsheet has rounded.
_DECIMAL = r"^[+-]?([0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(\.[0-9]*)?[eE][+-]?[0-9]+)$"
# A name over two lines is what an unclosed quote leaves of two neurons.
_CONTROL = r"[\x00-\x1f\x7f]"
# The first whole number after which a float may stand for two neighbours.
_EXACT = 1 << 53

Fault = Callable[[str, str, int, str], InputError]
"""Builds an error from what is wrong, the repair, the row and the name of the column."""


def trim(texts: pl.Series) -> pl.Series:
    """Take the blanks off both ends of texts; columns that are no text stay as they are.

    Examples
    --------
    >>> trim(pl.Series([" EPG", "PEN a "])).to_list()
    ['EPG', 'PEN a']
    """
    return texts.str.strip_chars() if texts.dtype == pl.String else texts


def add_prefix(name: str, texts: pl.Series) -> pl.Series:
    """Complete ids whose first digits stand in the name of their column.

    Parameters
    ----------
    name : str
        Name of the column.
    texts : pl.Series
        Ids as text.

    Returns
    -------
    pl.Series
        Whole ids; as they were where the name states no digits. 0 is no id and stays.

    Examples
    --------
    >>> add_prefix("pre_root_id_720575940", pl.Series(["612345678", "5", "0"])).to_list()
    ['720575940612345678', '720575940000000005', '0']
    """
    if not name.endswith(_SUFFIX):
        return texts
    short = texts.str.contains(f"^[1-9][0-9]{{0,{_REST - 1}}}$").fill_null(value=False)
    return texts.zip_with(~short, PREFIX + texts.str.zfill(_REST))


def find_broken_id(ids: pl.Series) -> str | None:
    """Find an id that no line of text can hold: with a control character, or a # at its start."""
    if ids.dtype != pl.String:
        return None
    broken = ids.filter(ids.str.contains(_CONTROL) | ids.str.starts_with("#"))
    return None if broken.is_empty() else str(broken[0])


def has_decimals(text: pl.Series) -> bool:
    """Tell whether an id is written as 10001.0."""
    return bool(text.str.contains(r"^-?[0-9]+\.0*$").any())


def drop_decimals(texts: Sequence[pl.Series]) -> list[pl.Series]:
    """Write ids such as 10001.0 as whole numbers, where all are and none can have been rounded.

    Parameters
    ----------
    texts : sequence of pl.Series
        Columns of ids of one set of neurons.

    Returns
    -------
    list of pl.Series
        The same ids without ``.0``; as they were where one is no whole number below 2^53.
    """
    if not any(has_decimals(text) for text in texts):
        return list(texts)
    if not all(text.str.contains(_WHOLE_FLOAT).all() for text in texts):
        return list(texts)
    bare = [text.str.replace(r"\.0*$", "") for text in texts]
    for text in bare:
        sizes = text.cast(pl.Int64, strict=False).abs()
        if sizes.null_count() > text.null_count() or not (sizes < _EXACT).all():
            return list(texts)
    return bare


def parse_id_texts(texts: Sequence[pl.Series], fault: Fault, *, mixed: bool) -> list[pl.Series]:
    """Parse columns that hold the ids of one set of neurons.

    Parameters
    ----------
    texts : sequence of pl.Series
        Ids as text without blanks around them.
    fault : callable
        Builds the error.
    mixed : bool
        True lets some ids be whole numbers and others words, as the labels of a matrix are; all
        are then text.

    Returns
    -------
    list of pl.Series
        Int64 where every id is a whole number, else String, exactly as written.

    Raises
    ------
    InputError
        When an id is a decimal number or holds a line break, or only some are whole numbers.
    """
    texts = drop_decimals(texts)
    # All columns together: pre as numbers and post as text would join nothing.
    if all(text.str.contains(_WHOLE).all() for text in texts):
        numbers = [text.cast(pl.Int64, strict=False) for text in texts]
        pairs = zip(numbers, texts, strict=True)
        # Ids of 2^63 and more do not fit; they stay text, which is exact as well.
        if all(number.null_count() == text.null_count() for number, text in pairs):
            return numbers
    # Among numbers a word is a fault; among words nothing is, unless it looks rounded.
    some_digits = not mixed and any(text.str.contains(_DIGITS).any() for text in texts)
    for text in texts:
        wrong = ~text.str.contains(_DIGITS) if some_digits else text.str.contains(_DECIMAL)
        unseen = text.str.contains(_CONTROL) | find_invisible(text)
        _refuse_first(text, wrong | unseen, fault)
    return list(texts)


def _refuse_first(text: pl.Series, wrong: pl.Series, fault: Fault) -> None:
    if not wrong.any():
        return
    row = int(wrong.arg_true()[0])
    if pl.Series([text[row]]).str.contains(_CONTROL).any():
        repair = "Check the quotes of this line and those before it."
        raise fault(f"expected an id on one line, found {quote(text[row])}", repair, row, text.name)
    if find_invisible(pl.Series([text[row]])).any():
        repair = "Remove what no screen shows from it."
        what = f"expected an id without invisible characters, found {cut(text[row])!a}"
        raise fault(what, repair, row, text.name)
    raise fault(
        f"expected whole-number ids, found {quote(text[row])}",
        "Correct it, save the ids unrounded, or read with text_ids=True.",
        row,
        text.name,
    )
