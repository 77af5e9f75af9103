"""Damage as it is written on a command line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields
from types import MappingProxyType

from neuropil.contracts import ConfigError, did_you_mean
from neuropil.preservation.damage.cracks import Cracks
from neuropil.preservation.damage.gaps import Gaps
from neuropil.preservation.damage.ice import Ice
from neuropil.preservation.damage.imaging import Blur, Contrast, Noise
from neuropil.preservation.damage.myelin import MyelinDecompaction
from neuropil.preservation.damage.operators import Damage
from neuropil.preservation.damage.perfusion import PerfusionPatches
from neuropil.preservation.damage.sections import DoubledSections, LostSections
from neuropil.preservation.damage.sequence import Sequence
from neuropil.preservation.damage.shrinkage import Shrinkage
from neuropil.preservation.damage.staining import StainGradient
from neuropil.preservation.damage.swelling import IschaemiaSwelling
from neuropil.preservation.damage.zones import AmbiguousZones

__all__ = ["DAMAGES", "parse_damage"]

DAMAGES: Mapping[str, type[Damage]] = MappingProxyType(
    {
        one.name: one
        for one in (
            Gaps,
            AmbiguousZones,
            Ice,
            Shrinkage,
            IschaemiaSwelling,
            PerfusionPatches,
            Cracks,
            MyelinDecompaction,
            StainGradient,
            Blur,
            Noise,
            Contrast,
            LostSections,
            DoubledSections,
        )
    }
)
"""The operators by name: first those of tissue, then those of the microscope."""

_ON, _OFF = ("on", "yes", "true"), ("off", "no", "false")


def parse_damage(text: str) -> Damage:
    """Read damage from a line such as ``gaps:0.1:length=100+blur:8``.

    Parameters
    ----------
    text : str
        Name, amount, and settings, with colons between them. A plus sign joins damages that follow
        one another.

    Returns
    -------
    Damage
        The operator, or a :class:`~neuropil.preservation.damage.sequence.Sequence`.

    Raises
    ------
    ConfigError
        When a name is unknown, the amount is missing, or a value is not what the setting takes;
        the message says what is known.

    Examples
    --------
    >>> parse_damage("gaps:0.1:length=80")
    Gaps(fraction=0.1, length=80.0)
    >>> [one.name for one in parse_damage("shrink:0.7:ecs_collapse=off+noise:4").damages]
    ['shrink', 'noise']
    """
    parts = tuple(_parse_one(part.strip()) for part in text.split("+"))
    return parts[0] if len(parts) == 1 else Sequence(parts)


def _parse_one(text: str) -> Damage:
    name, *rest = (part.strip() for part in text.split(":"))
    if name not in DAMAGES:
        raise ConfigError(
            f"expected a damage, of {', '.join(DAMAGES)}; found {name!r}",
            where=f"damage {text!r}",
            repair=f"{did_you_mean(name, DAMAGES)}Name one of them.",
        )
    known = {one.name: one for one in fields(DAMAGES[name])}
    amount = next(iter(known))
    values: dict[str, object] = {}
    for part in rest:
        setting, equals, value = part.rpartition("=")
        # What has no name is the amount, which comes first.
        setting = setting if equals else amount
        if setting not in known or setting in values:
            raise _refuse_setting(text, setting, known)
        values[setting] = _read(text, setting, value, known[setting])
    if amount not in values:
        raise ConfigError(
            f"expected {amount} after the name, found none",
            where=f"damage {text!r}",
            repair=f"Write for example {name}:0.1, or the value of {amount} that you want.",
        )
    return DAMAGES[name](**values)


def _refuse_setting(text: str, setting: str, known: Mapping[str, Field[object]]) -> ConfigError:
    again = "a second " if setting in known else ""
    return ConfigError(
        f"expected settings of {', '.join(known)}, each once; found {again}{setting!r}",
        where=f"damage {text!r}",
        repair=f"{'' if again else did_you_mean(setting, known)}Write name:amount:setting=value.",
    )


def _read(text: str, setting: str, value: str, known: Field[object]) -> object:
    """Read a value as the kind of the setting's default; the amount is a number."""
    default = known.default
    if isinstance(default, str):
        return value
    if isinstance(default, bool):
        if value.lower() in (*_ON, *_OFF):
            return value.lower() in _ON
        expected = "on or off"
    else:
        try:
            return float(value)
        except ValueError:
            expected = "a number"
    example = "0.1" if default is MISSING else default
    raise ConfigError(
        f"expected {expected}, found {value!r}",
        where=f"damage {text!r}, {setting}",
        repair=f"Write for example {setting}={'on' if default is True else example}.",
    )
