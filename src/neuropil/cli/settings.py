"""Settings from a YAML file and from ``--set``."""

from __future__ import annotations

import re
from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import Any

import yaml

from neuropil.contracts import ConfigError

__all__ = ["gather_settings", "options_to_assignments", "parse_assignment", "read_settings"]


class _Loader(yaml.SafeLoader):
    """Safe YAML that refuses a key given twice and reads 1e-3 as a number."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        """Build a mapping; a second value for a key is an error, not the last word."""
        seen: set[str] = set()
        # YAML allows the second to win silently: half an experiment would run with the wrong value.
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(
                    problem="the name of a setting is a list or a mapping",
                    problem_mark=key.start_mark,
                )
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    problem=f"the key {key.value!r} is given twice", problem_mark=key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)


_Loader.add_implicit_resolver(
    # PyYAML follows YAML 1.1, where a float needs a dot: 1e-3 would be text.
    "tag:yaml.org,2002:float",
    re.compile(r"^[-+]?[0-9][0-9_]*(\.[0-9_]*)?[eE][-+]?[0-9]+$"),
    list("-+0123456789"),
)


def gather_settings(path: Path | None, assignments: Sequence[str]) -> dict[str, Any]:
    """Join the settings of a file with those of ``--set``, which win.

    Parameters
    ----------
    path : Path or None
        A YAML file.
    assignments : sequence of str
        ``key=value``; a dot in the key reaches into a group of settings.

    Raises
    ------
    ConfigError
        When the file or an assignment cannot be read; the message gives line and column.
    """
    settings = read_settings(path) if path is not None else {}
    for text in assignments:
        key, value = parse_assignment(text)
        *groups, last = key.split(".")
        place = settings
        for group in groups:
            inner = place.get(group)
            # A copy: settings of a file may be used by the caller again.
            place[group] = dict(inner) if isinstance(inner, dict) else {}
            place = place[group]
        place[last] = value
    return settings


def parse_assignment(text: str) -> tuple[str, Any]:
    """Split ``key=value`` and read the value as YAML.

    Examples
    --------
    >>> [parse_assignment(text) for text in ("steps=400", "rate=1e-3", "counts=raw", "on=[1, 2]")]
    [('steps', 400), ('rate', 0.001), ('counts', 'raw'), ('on', [1, 2])]
    """
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise ConfigError(
            f"expected key=value, found {text!r}",
            where="--set",
            repair="Write for example --set steps=100.",
        )
    return key.strip(), _parse(value, f"--set {key.strip()}")


def options_to_assignments(arguments: Sequence[str]) -> list[str]:
    """Turn options that name settings into ``key=value``.

    Parameters
    ----------
    arguments : sequence of str
        What the command line did not know: ``--key value``, ``--key=value``, or ``--key``, which
        means true. Dashes inside a key stand for underscores.

    Raises
    ------
    ConfigError
        When a value stands without an option.

    Examples
    --------
    >>> options_to_assignments(["--ablate", "Delta7,PEG", "--retrain", "--walk-seconds=20"])
    ['ablate=Delta7,PEG', 'retrain=true', 'walk_seconds=20']
    """
    assignments: list[str] = []
    waiting = ""
    for argument in arguments:
        is_option = argument.startswith("--") and len(argument) > len("--")
        if waiting:
            # A name without a value before the next option is a switch that was turned on.
            assignments.append(f"{waiting}={'true' if is_option else argument}")
        elif not is_option:
            raise ConfigError(
                f"unexpected argument {argument!r}",
                where="command line",
                repair="Write settings as --name value.",
            )
        key, equals, value = argument.removeprefix("--").partition("=") if is_option else ("",) * 3
        # Settings are Python names; on a command line hyphens are usual.
        waiting = "" if equals else key.replace("-", "_")
        if equals:
            assignments.append(f"{key.replace('-', '_')}={value}")
    return [*assignments, f"{waiting}=true"] if waiting else assignments


def read_settings(path: Path) -> dict[str, Any]:
    """Read a YAML file of settings.

    Raises
    ------
    ConfigError
        When there is no such file, it is not YAML, or it is not a mapping of names to values.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not text in UTF-8"
        raise ConfigError(
            f"cannot read the settings: {reason[:1].lower()}{reason[1:]}",
            where=str(path),
            repair="Check the path given to --config.",
        ) from error
    value = _parse(text, str(path))
    # An empty file, or one with comments alone, sets nothing.
    if value is None:
        return {}
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise ConfigError(
            f"expected names with values, found a {type(value).__name__}"
            if not isinstance(value, dict)
            else "expected names that are text",
            where=f"{path}, line 1, column 1",
            repair="Write one `name: value` a line.",
        )
    return value


def _parse(text: str, where: str) -> Any:  # noqa: ANN401 - any YAML value
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506 - the loader is a SafeLoader
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{where}, line {mark.line + 1}, column {mark.column + 1}" if mark else where
        problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "unreadable"
        raise ConfigError(
            f"not valid YAML: {problem}", where=place, repair="Mend the line, or quote the text."
        ) from error
