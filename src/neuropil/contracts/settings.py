"""Settings: frozen groups of values that refuse unknown names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, PositiveInt, ValidationError

from neuropil.contracts.errors import ConfigError

__all__ = ["Names", "Numbers", "Settings", "Several"]


class Settings(BaseModel):
    """Base of every group of settings: frozen, and unknown names are refused."""

    # Frozen, so that what a run records is what it used; a misspelt name must not fall back to a
    # default.
    model_config = ConfigDict(frozen=True, extra="forbid")

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


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]


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
