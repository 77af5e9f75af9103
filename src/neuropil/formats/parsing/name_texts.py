"""Names and ids as texts: blanks at their ends, and words that stand for no name."""

from __future__ import annotations

import polars as pl

__all__ = ["MISSING_WORDS", "find_missing", "trim"]

MISSING_WORDS = ("", "na", "n/a", "#n/a", "<na>", "nan", "null", "none")
"""What programs write where there is no name, in small letters."""


def trim(texts: pl.Series) -> pl.Series:
    """Take the blanks off both ends of texts; columns that are no text stay as they are.

    Examples
    --------
    >>> trim(pl.Series([" EPG", "PEN a "])).to_list()
    ['EPG', 'PEN a']
    """
    return texts.str.strip_chars() if texts.dtype == pl.String else texts


def find_missing(ids: pl.Series) -> pl.Series:
    """Find the ids that are none: null, empty, or a word such as ``NA`` and ``nan``.

    Parameters
    ----------
    ids : pl.Series
        (n,) ids, as text or numbers.

    Returns
    -------
    pl.Series
        (n,) True where an id is missing.

    Examples
    --------
    >>> find_missing(pl.Series(["EPG", "NA", " ", None])).to_list()
    [False, True, True, True]
    """
    if ids.dtype != pl.String:
        return ids.is_null()
    bare = ids.str.strip_chars().str.to_lowercase()
    return ids.is_null() | bare.is_in(list(MISSING_WORDS)).fill_null(value=False)
