"""Options of the commands that read files of one's own: their format, columns and reader."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

__all__ = [
    "FromFormat",
    "Post",
    "Pre",
    "ReaderOptions",
    "Unit",
    "Weights",
    "gather_reading",
]

FromFormat = Annotated[
    str | None,
    typer.Option(
        "--from",
        help="Format to read, one of `neuropil formats`.",
        show_default="found from the content",
    ),
]
Pre = Annotated[
    str | None,
    typer.Option(help="Column of presynaptic ids.", show_default="found by its name"),
]
Post = Annotated[
    str | None,
    typer.Option(help="Column of postsynaptic ids.", show_default="found by its name"),
]
Weights = Annotated[
    list[str] | None,
    typer.Option(
        "--weight",
        help="Weight to read, a column or an attribute; may be given again.",
        show_default="found by its name",
    ),
]
Unit = Annotated[
    str | None,
    typer.Option(help="Unit of the weight, such as synapses.", show_default="what the file states"),
]
ReaderOptions = Annotated[
    list[str] | None,
    typer.Option(
        "--option",
        help="Option of the reader as name=value, such as regions=EB,PB; see `neuropil formats`.",
    ),
]


def gather_reading(
    sources: Sequence[str | Path],
    from_format: str | None,
    named: Mapping[str, Any],
    texts: Sequence[str],
) -> dict[str, Any]:
    """Bring the options of a command together as the arguments of ``formats.read``.

    Parameters
    ----------
    sources : sequence of str or Path
        What is read.
    from_format : str or None
        Name of the format.
    named : mapping of str to object
        Options with a place of their own on the command line; None and empty ones are not given.
    texts : sequence of str
        Options of the reader as ``name=value``.

    Returns
    -------
    dict of str to object
        ``format``, where one is known, and the options of its reader; empty where nothing was
        given.

    Raises
    ------
    ConfigError
        When an option is unknown, or its value is of another type.
    InputError
        When no format recognises the files whose options are to be read.
    """
    given = {name: value for name, value in named.items() if value}
    # One weight is a name for a reader of one, and a list of one for a reader of several.
    if len(given.get("weights", ())) == 1:
        given["weights"] = given["weights"][0]
    if not given and not texts:
        return {"format": from_format} if from_format else {}
    from neuropil import formats

    names = [*given, *(text.partition("=")[0].strip() for text in texts)]
    # Types of options belong to a format, so that it has to be known before they are read.
    chosen = formats.choose(*sources, format=from_format, options=names)
    return {"format": chosen.name, **given, **formats.parse_options(chosen, texts)}
