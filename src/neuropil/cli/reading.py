"""Options of the commands that read files of one's own: their format, columns and reader."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer

__all__ = ["gather_reading", "takes_options", "takes_reading"]

_FROM, _TEXTS, _WEIGHTS = "from_format", "option", "weights"
_FOUND = "found by its name"
# Each under the name that it has as an option of a reader, but for the first and the last.
_OPTIONS: dict[str, Any] = {
    _FROM: Annotated[
        str | None,
        typer.Option(
            "--from",
            help="Format to read, one of `neuropil formats`.",
            show_default="found from the content",
        ),
    ],
    "pre": Annotated[
        str | None, typer.Option(help="Column of presynaptic ids.", show_default=_FOUND)
    ],
    "post": Annotated[
        str | None, typer.Option(help="Column of postsynaptic ids.", show_default=_FOUND)
    ],
    _WEIGHTS: Annotated[
        list[str] | None,
        typer.Option(
            "--weight",
            help="Weight to read, a column or an attribute; may be given again.",
            show_default=_FOUND,
        ),
    ],
    "unit": Annotated[
        str | None,
        typer.Option(
            help="Unit of the weight, such as synapses.", show_default="what the file states"
        ),
    ],
    _TEXTS: Annotated[
        list[str] | None,
        typer.Option(
            help="Option of the reader as name=value, such as regions=EB,PB; "
            "`neuropil formats` lists them."
        ),
    ],
}


def takes_reading(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options that say how its files are read.

    Parameters
    ----------
    command : callable
        With a parameter such as ``**reading``: what was given, for :func:`gather_reading`.

    Returns
    -------
    callable
        The command whose parameters are those of ``command`` and the options.
    """
    return takes_options(command, _OPTIONS)


def takes_options(command: Callable[..., None], options: Mapping[str, Any]) -> Callable[..., None]:
    """Give a command further options, which it takes together.

    Parameters
    ----------
    command : callable
        With a parameter such as ``**options``: what was given, None where nothing was.
    options : mapping of str to object
        Annotation of each option, as Typer reads it.

    Returns
    -------
    callable
        The command whose parameters are those of ``command`` and the options.
    """
    keywords = inspect.Parameter.KEYWORD_ONLY
    hints = get_type_hints(command, include_extras=True)
    own = [
        each.replace(kind=keywords, annotation=hints[name])
        for name, each in inspect.signature(command).parameters.items()
        if each.kind is not inspect.Parameter.VAR_KEYWORD
    ]
    added = [
        inspect.Parameter(name, keywords, default=None, annotation=kind)
        for name, kind in options.items()
    ]

    @functools.wraps(command)
    def wrapped(**values: Any) -> None:  # noqa: ANN401
        command(**values)

    wrapped.__signature__ = inspect.Signature([*own, *added])  # type: ignore[attr-defined]
    wrapped.__annotations__ = {each.name: each.annotation for each in (*own, *added)}
    return wrapped


def gather_reading(reading: Mapping[str, Any], sources: Sequence[str | Path]) -> dict[str, Any]:
    """Bring the options of a command together as the arguments of ``formats.read``.

    Parameters
    ----------
    reading : mapping of str to object
        What :func:`takes_reading` hands to the command; None and empty values are not given.
    sources : sequence of str or Path
        What is read.

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
    given = {name: value for name, value in reading.items() if value}
    named, texts = given.pop(_FROM, None), given.pop(_TEXTS, ())
    # One weight is a name for a reader of one, and a list of one for a reader of several.
    if len(given.get(_WEIGHTS, ())) == 1:
        given[_WEIGHTS] = given[_WEIGHTS][0]
    if not given and not texts:
        return {"format": named} if named else {}
    from neuropil import formats

    names = [*given, *(text.partition("=")[0].strip() for text in texts)]
    kind = formats.find_convertible(*sources, format=named, options=names)
    # Types of options belong to a format, so that it has to be known before they are read.
    chosen = formats.choose(*sources, kind=kind, format=named, options=names)
    return {"format": chosen.name, **given, **formats.parse_options(chosen, texts)}
