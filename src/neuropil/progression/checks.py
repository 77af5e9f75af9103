"""Refusals that several wings of the room share."""

from __future__ import annotations

from collections.abc import Sequence

from neuropil.contracts import ConfigError

__all__ = ["check_choice", "check_level"]


def check_choice(name: str, value: object, allowed: Sequence[str]) -> None:
    """Refuse a word that is none of those allowed.

    Parameters
    ----------
    name : str
        Of the setting.
    value : object
        What was given.
    allowed : sequence of str
        Words.

    Raises
    ------
    ConfigError
        When it is another; choose one of them.
    """
    if value not in allowed:
        raise ConfigError(
            f"expected {', '.join(allowed[:-1])} or {allowed[-1]}, found {value!r}",
            where=name,
            repair="Choose one of them.",
        )


def check_level(level: float) -> None:
    """Refuse a level of intervals that is no probability.

    Parameters
    ----------
    level : float
        Probability of an interval.

    Raises
    ------
    ConfigError
        When it is not between 0 and 1; choose another.
    """
    if not 0 < level < 1:
        raise ConfigError(
            f"expected a probability between 0 and 1, found {level!r}",
            where="level",
            repair="Write for example level=0.9.",
        )
