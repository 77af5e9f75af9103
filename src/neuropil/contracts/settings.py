"""Settings: frozen groups of values that refuse unknown names."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Self, get_args, get_origin

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    PositiveInt,
    ValidationError,
    model_validator,
)
from pydantic_core import to_jsonable_python

from neuropil.contracts.errors import ConfigError

__all__ = [
    "Names",
    "Numbers",
    "SettingDescription",
    "Settings",
    "Several",
    "describe_settings",
]


class Settings(BaseModel):
    """Base of every group of settings: frozen, and unknown names are refused."""

    # Frozen, so that what a run records is what it used; a misspelt name must not fall back to a
    # default.
    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _split_texts(cls, values: object) -> object:
        """Take one text with commas for every setting of several values."""
        # Options of the command line are text: `--schedule.wire_sharpness 1,5`.
        if not isinstance(values, Mapping):
            return values
        several = {name for name, field in cls.model_fields.items() if _is_tuple(field.annotation)}
        return {
            name: _split(value) if name in several and isinstance(value, str) else value
            for name, value in values.items()
        }

    @classmethod
    def build(cls, settings: Mapping[str, Any] | Self | None, where: str = "settings") -> Self:
        """Validate settings.

        Parameters
        ----------
        settings : mapping, Settings or None
            Values by name, or settings that are built already; None for the defaults.
        where : str
            Their name in a message.

        Raises
        ------
        ConfigError
            Naming each setting that is unknown or out of range, and the known names.
        """
        # Validating again would copy the settings; scikit-learn compares parameters by identity.
        if isinstance(settings, cls):
            return settings
        if settings is not None and not isinstance(settings, Mapping):
            raise ConfigError(
                f"expected a mapping or {cls.__name__}, found {type(settings).__name__}",
                where=where,
                repair=f"The settings are: {', '.join(cls.model_fields)}.",
            )
        try:
            return cls.model_validate(dict(settings or {}))
        except ValidationError as error:
            problems = "; ".join(
                # Every problem at once: mending them one by one costs a run each.
                f"{'.'.join(map(str, item['loc'])) or 'config'}: {_lower_first(item['msg'])}"
                for item in error.errors()
            )
            raise ConfigError(
                problems,
                where=where,
                repair=f"The settings are: {', '.join(cls.model_fields)}.",
            ) from error


@dataclass(frozen=True, slots=True)
class SettingDescription:
    """What a person must know about one setting.

    Parameters
    ----------
    name : str
        Name as it is typed, with dots inside groups.
    kind : str
        Type of its values, in words.
    default : str
        The default, as it would be typed.
    limits : str
        Range of its values; empty where any value of the type will do.
    meaning : str
        What it stands for, in one line.
    """

    name: str
    kind: str
    default: str
    limits: str
    meaning: str


def describe_settings(model: type[Settings], path: str = "") -> list[SettingDescription]:
    """List the settings of a group and of the groups in it, as their docstrings describe them.

    Parameters
    ----------
    model : type
        A group of settings, whose docstring has a numpydoc section of parameters.
    path : str
        What stands before each name.

    Returns
    -------
    list of SettingDescription
        In the order of the settings; those of a group stand in its place.

    Examples
    --------
    >>> from pydantic import Field
    >>> class Walk(Settings):
    ...     '''A walk.
    ...
    ...     Parameters
    ...     ----------
    ...     steps : int
    ...         Steps of ``one`` walk.
    ...     '''
    ...     steps: int = Field(default=3, ge=1)
    >>> describe_settings(Walk)
    [SettingDescription(name='steps', kind='int', default='3', limits='>= 1', \
meaning='Steps of one walk.')]
    """
    # A group that is made of another inherits settings and describes its own; where it only points
    # to the other, the words of that one are shown.
    written: dict[str, tuple[str, str]] = {}
    for kind_of in reversed(model.__mro__):
        if issubclass(kind_of, Settings):
            own = _parse_parameters(kind_of.__doc__ or "")
            written |= {name: text for name, text in own.items() if text[0] or name not in written}
    found: list[SettingDescription] = []
    for name, field in model.model_fields.items():
        default = field.get_default(call_default_factory=True)
        if isinstance(default, Settings):
            found += describe_settings(type(default), f"{path}{name}.")
            continue
        kind, meaning = written.get(name, ("", ""))
        # As --set reads it: null for none, lists in brackets.
        typed = default if isinstance(default, str) else json.dumps(to_jsonable_python(default))
        limits = _describe_limits(field.metadata)
        found.append(SettingDescription(f"{path}{name}", kind, typed, limits, meaning))
    return found


# A line of a section of parameters: names, and after a colon their type.
_HEAD = re.compile(r"(?P<names>\w+(?:, \w+)*)(?: : (?P<kind>.+))?")
# What Sphinx reads as a link or as code; a terminal shows only the words.
_MARKUP = re.compile(r":\w+:`~?(?:[\w.]*\.)?([^`]+)`|``([^`]*)``")


def _parse_parameters(text: str) -> dict[str, tuple[str, str]]:
    """Return type and meaning of each parameter of a numpydoc docstring."""
    _, _, rest = inspect.cleandoc(text).partition("Parameters\n----------\n")
    # The next section begins with a heading that is underlined.
    section = re.split(r"\n\n\w[\w ]*\n-{3,}\n", rest)[0]
    found: dict[str, tuple[str, str]] = {}
    names: list[str] = []
    for line in section.splitlines():
        head = _HEAD.fullmatch(line)
        if head:
            names = head["names"].split(", ")
            found |= dict.fromkeys(names, (_plain(head["kind"] or ""), ""))
        elif line.strip():
            for name in names:
                kind, meaning = found[name]
                found[name] = kind, f"{meaning} {_plain(line.strip())}".strip()
    return found


def _plain(text: str) -> str:
    return _MARKUP.sub(lambda match: match[1] or match[2] or "", text)


def _describe_limits(constraints: Sequence[object]) -> str:
    """Say the range of a field in signs, such as ``>= 1, <= 255``."""
    signs = {"gt": ">", "ge": ">=", "lt": "<", "le": "<="}
    words = [
        f"{sign} {getattr(item, name)}"
        for item in constraints
        for name, sign in signs.items()
        if getattr(item, name, None) is not None
    ]
    lengths = [getattr(item, "min_length", None) for item in constraints]
    return ", ".join([*words, *(f"at least {n}" for n in lengths if n)])


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]


def _is_tuple(kind: object) -> bool:
    """Tell whether a type, or one of the types of a union, is a tuple."""
    return get_origin(kind) is tuple or any(get_origin(part) is tuple for part in get_args(kind))


def _split(value: object) -> object:
    """Take one text with commas, or one number, for several values."""
    # Options of the command line are text: `--ablate Delta7,PEN_a`.
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    # A single number of a settings file is not worth a list.
    return (value,) if isinstance(value, int) else value


Names = Annotated[tuple[str, ...], BeforeValidator(_split)]
"""Names, or one text with commas between them."""
Numbers = Annotated[tuple[PositiveInt, ...], BeforeValidator(_split)]
"""Whole numbers above zero, or one text with commas between them."""
Several = BeforeValidator(_split)
"""Lets a tuple of any type be given as one text with commas between its values."""
