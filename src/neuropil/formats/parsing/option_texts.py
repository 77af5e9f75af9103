"""Options of a reader as a person types them."""

from __future__ import annotations

import typing
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import TypeAdapter, ValidationError

from neuropil.contracts import ConfigError
from neuropil.formats.format import Format
from neuropil.formats.parsing.quoting import cut, quote

__all__ = ["format_option", "parse_options"]


def parse_options(chosen: Format, texts: Sequence[str]) -> dict[str, Any]:
    """Read ``name=value`` texts as the options of a format's reader.

    Parameters
    ----------
    chosen : Format
        The format that is read.
    texts : sequence of str
        Such as ``sum_pairs=true``, ``regions=EB,PB`` for several values, and
        ``units=count:synapses,size:um^3`` for a mapping.

    Returns
    -------
    dict of str to object
        Values of the types that the reader takes.

    Raises
    ------
    ConfigError
        When a text has no ``=``, the option is unknown, or its value is of another type; the
        message lists the options.

    Examples
    --------
    >>> from neuropil.formats import FORMATS
    >>> parse_options(FORMATS["codex"], ["regions=EB,PB"])
    {'regions': ['EB', 'PB']}
    """
    # Types of the reader decide, so that a new option is a parameter and nothing more.
    kinds = chosen.option_types()
    options = {}
    for text in texts:
        name, given, value = text.partition("=")
        name = name.strip()
        if not given or name not in chosen.options:
            raise _refuse(chosen, f"expected an option as name=value, found {quote(text)}")
        try:
            # Pydantic reads numbers and booleans as for settings, with the same messages.
            options[name] = TypeAdapter(kinds[name]).validate_python(_split(value, kinds[name]))
        except ValidationError as error:
            what = error.errors()[0]["msg"]
            raise _refuse(chosen, f"{name}={cut(value)}: {what[:1].lower()}{what[1:]}") from error
    return options


def format_option(value: Any) -> str:  # noqa: ANN401
    """Write the value of an option as :func:`parse_options` reads it.

    Examples
    --------
    >>> format_option(True), format_option(["EB", "PB"]), format_option({"pre": "from"})
    ('true', 'EB,PB', 'pre:from')
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return ",".join(f"{name}:{each}" for name, each in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ",".join(map(str, value))
    return str(value)


def _split(value: str, kind: Any) -> Any:  # noqa: ANN401
    """Take a text apart where the reader wants a sequence or a mapping."""
    # An optional sequence is a union: its members are looked at too.
    for part in (kind, *typing.get_args(kind)):
        origin = typing.get_origin(part)
        if origin is Mapping:
            # Without a colon it stays a text, which is refused as no mapping and is not dropped.
            items = [item for item in value.split(",") if item.strip()]
            return dict(item.split(":", 1) for item in items) if _all_pairs(items) else value
        if origin is Sequence:
            return value.split(",")
    return value


def _all_pairs(items: Sequence[str]) -> bool:
    return all(":" in item for item in items)


def _refuse(chosen: Format, problem: str) -> ConfigError:
    listed = "; ".join(f"{name}, {meaning}" for name, meaning in chosen.options.items())
    return ConfigError(
        problem,
        where=f"format {chosen.name}",
        repair=f"Its options are: {listed}." if listed else "It has no options.",
    )
