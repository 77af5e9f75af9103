"""How much of each damage sections are given, to learn from and to be judged by."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType

import numpy as np

from neuropil.contracts import SeedTree
from neuropil.preservation.damage.gaps import Gaps
from neuropil.preservation.damage.ice import Ice
from neuropil.preservation.damage.imaging import Blur, Noise
from neuropil.preservation.damage.operators import Damage
from neuropil.preservation.damage.shrinkage import Shrinkage
from neuropil.preservation.damage.zones import AmbiguousZones

__all__ = ["ACQUISITION", "ERASED", "KINDS", "MEDIUM", "Doses", "name_variant"]

ACQUISITION = ("blur", "noise")
"""Kinds that are the fault of the microscope."""

ERASED = "ice, erased"
"""Ice that takes the place of tissue; other ice pushes it aside."""

KINDS: Mapping[str, tuple[Callable[[float], Damage], float, float]] = MappingProxyType(
    {
        # Least and greatest dose: from what is hardly seen to what leaves little to be traced.
        "gaps": (Gaps, 0.02, 0.25),
        "aiz": (AmbiguousZones, 0.02, 0.25),
        "ice": (Ice, 0.02, 0.25),
        ERASED: (partial(Ice, mode="erase"), 0.02, 0.25),
        "shrink": (Shrinkage, 0.9, 0.5),
        "blur": (Blur, 4.0, 25.0),
        "noise": (Noise, 4.0, 0.7),
    }
)
"""What makes each damage of its dose, and the range of doses; two are ice."""

MEDIUM: tuple[Damage, ...] = (
    Gaps(0.1),
    AmbiguousZones(0.13),
    Ice(0.105),
    Shrinkage(0.73),
    Blur(20.0),
    Noise(1.0),
)
"""The middle doses of the published dose-response, by which kinds of damage are told apart."""


@dataclass(frozen=True)
class Doses:
    """What a section is given.

    Parameters
    ----------
    kinds : tuple of str
        Names of :data:`KINDS`.
    each : int
        How many doses of each kind, one in each of as many equal parts of its range.
    fixed : tuple of Damage
        Damages that every section is given besides.
    """

    kinds: tuple[str, ...] = field(default_factory=lambda: tuple(KINDS))
    each: int = 3
    fixed: tuple[Damage, ...] = ()

    def draw(self, seed: SeedTree) -> list[Damage]:
        """Draw the damages of one section.

        Parameters
        ----------
        seed : SeedTree
            Where random draws come from.
        """
        rng = seed.generator()
        found: list[Damage] = []
        for kind in self.kinds:
            make, low, high = KINDS[kind]
            # Strata, so that few doses still span the range.
            shares = (np.arange(self.each) + rng.random(self.each)) / self.each
            found += [make(float(low + share * (high - low))) for share in shares]
        return [*found, *self.fixed]


def name_variant(damage: Damage) -> str:
    """Return the name in :data:`KINDS` of a damage.

    Parameters
    ----------
    damage : Damage
        Drawn or fixed.
    """
    return ERASED if isinstance(damage, Ice) and damage.mode == "erase" else damage.name
