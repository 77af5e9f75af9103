"""The closest known name to one that is unknown."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

__all__ = ["closest_name", "did_you_mean"]


def closest_name(name: object, known: Iterable[str]) -> str | None:
    """Return the known name that is most like a name.

    Parameters
    ----------
    name : object
        What was given.
    known : iterable of str
        What exists.

    Returns
    -------
    str or None
        None where none is close.

    Examples
    --------
    >>> closest_name("sead", ["seed", "out"])
    'seed'
    """
    # difflib's own cutoff of 0.6 similarity; below it a hint would only mislead.
    return next(iter(difflib.get_close_matches(str(name), list(known), n=1)), None)


def did_you_mean(name: object, known: Iterable[str]) -> str:
    """Return the question that begins a repair.

    Parameters
    ----------
    name : object
        What was given.
    known : iterable of str
        What exists.

    Returns
    -------
    str
        With a final space; empty where no known name is close.

    Examples
    --------
    >>> did_you_mean("logik", ["logic", "transcriptome"])
    'Did you mean logic? '
    """
    close = closest_name(name, known)
    return f"Did you mean {close}? " if close else ""
