"""Sections that were lost, or imaged twice in place of the next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from neuropil.contracts import InputError, SeedTree
from neuropil.preservation.damage.operators import Damage, Kind, require_between
from neuropil.preservation.damage.tissue import Mask, Tissue

__all__ = ["DoubledSections", "LostSections"]


@dataclass(frozen=True)
class LostSections(Damage):
    """Blacken whole sections; the truth stays, for the tissue was there.

    Parameters
    ----------
    fraction : float
        Share of the sections, 0 to 1; rounded to whole ones.

    Raises
    ------
    ConfigError
        When it is out of range; the message names the range.
    """

    name: ClassVar[str] = "lost"
    _kind: ClassVar[Kind] = "acquisition"

    fraction: float

    def __post_init__(self) -> None:
        require_between(self, "fraction", 0, 1)

    @property
    def dose(self) -> float:
        """Share of the sections that are lost."""
        return self.fraction

    def act(self, tissue: Tissue, seed: SeedTree) -> tuple[Tissue, Mask]:
        """Set sections to brightness 0."""
        count = len(tissue.image)
        lost = seed.generator().permutation(count)[: round(self.fraction * count)]
        mask = np.zeros(tissue.image.shape, bool)
        mask[lost] = True
        return tissue.with_image(np.where(mask, 0, tissue.image)), mask


@dataclass(frozen=True)
class DoubledSections(Damage):
    """Show the section before in place of some sections; the truth stays.

    Parameters
    ----------
    fraction : float
        Share of the sections, 0 to 1; rounded to whole ones, and the first is never replaced.

    Raises
    ------
    ConfigError
        When it is out of range; the message names the range.
    """

    name: ClassVar[str] = "doubled"
    _kind: ClassVar[Kind] = "acquisition"

    fraction: float

    def __post_init__(self) -> None:
        require_between(self, "fraction", 0, 1)

    @property
    def dose(self) -> float:
        """Share of the sections that are replaced."""
        return self.fraction

    def act(self, tissue: Tissue, seed: SeedTree) -> tuple[Tissue, Mask]:
        """Replace sections by the image of the one before."""
        count = len(tissue.image)
        if count < 2:
            raise InputError(
                "expected two sections or more, one of which can be doubled, found one",
                where=self.name,
                repair="Bring a stack, or leave this damage out.",
            )
        wanted = min(round(self.fraction * count), count - 1)
        doubled = 1 + seed.generator().permutation(count - 1)[:wanted]
        image, mask = tissue.image.copy(), np.zeros(tissue.image.shape, bool)
        image[doubled] = tissue.image[doubled - 1]
        mask[doubled] = True
        return tissue.with_image(image), mask
