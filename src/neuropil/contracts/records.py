"""JSON values of the right types, or an error that names the first that is not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from neuropil.contracts.errors import InputError

__all__ = ["check_record"]

Item = TypeVar("Item")


def check_record(kind: type[Item], value: Any, path: Path | str, repair: str) -> Item:  # noqa: ANN401 - any JSON value
    """Build an object from the JSON values of a file, whose types are checked.

    Parameters
    ----------
    kind : type
        A dataclass, a model of Pydantic, or a list of such.
    value : object
        What the file holds.
    path : Path or str
        The file.
    repair : str
        What to do where it is damaged.

    Returns
    -------
    instance of ``kind``
        The object.

    Raises
    ------
    InputError
        When a field is missing, of another type, or out of range; the message names the first.
    """
    try:
        # As JSON, where a mapping may become an object and a text one of several words; strict, or
        # the text "3" would pass for a number.
        return TypeAdapter(kind).validate_json(json.dumps(value), strict=True)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        message = first["msg"][:1].lower() + first["msg"][1:]
        raise InputError(
            "an item does not have the fields of the format "
            f"({place + ': ' if place else ''}{message})",
            where=str(path),
            repair=repair,
        ) from error
