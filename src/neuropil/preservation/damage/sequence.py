"""Several damages, one after another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from neuropil.contracts import ConfigError, SeedTree
from neuropil.preservation.damage.operators import Damage, Kind
from neuropil.preservation.damage.tissue import Mask, Tissue

__all__ = ["Sequence"]

# Name under which the mask moves with the labels of a volume.
_CARRIED = "places that are damaged already"


@dataclass(frozen=True)
class Sequence(Damage):
    """Apply damages in order: tissue first, the microscope last, is what happens.

    Parameters
    ----------
    damages : tuple of Damage
        What to apply. Sequences among them are opened.

    Raises
    ------
    ConfigError
        When there is none: name one.
    """

    name: ClassVar[str] = "sequence"

    damages: tuple[Damage, ...]

    def __post_init__(self) -> None:
        flat = tuple(_flatten(self.damages))
        if not flat:
            raise ConfigError(
                "expected one damage or more, found none",
                where="sequence",
                repair="Name one, such as Gaps(0.1).",
            )
        object.__setattr__(self, "damages", flat)

    @property
    def kind(self) -> Kind:
        """Of preservation as soon as one of the damages is."""
        kinds = {one.kind for one in self.damages}
        return "preservation" if "preservation" in kinds else "acquisition"

    @property
    def dose(self) -> float:
        """Sum of the doses: 0 where nothing is done; of no other meaning."""
        return sum(one.dose for one in self.damages)

    def act(self, tissue: Tissue, seed: SeedTree) -> tuple[Tissue, Mask]:
        """Apply the damages to arrays; the masks are united, and move with the tissue."""
        carried = np.zeros(tissue.image.shape, np.uint8)
        for place, one in enumerate(self.damages):
            if one.dose == 0:
                continue
            marked = replace(tissue, labels={**tissue.labels, _CARRIED: carried})
            # By their place: the same damage twice is drawn twice.
            moved, mask = one.act(marked, seed.child(place).child(one.name))
            labels = dict(moved.labels)
            carried = ((labels.pop(_CARRIED) > 0) | mask).astype(np.uint8)
            tissue = replace(moved, labels=labels)
        return tissue, carried > 0

    def settings(self) -> dict[str, Any]:
        """Return names and settings of the damages as plain JSON values."""
        return {"damages": [{"name": one.name, **one.settings()} for one in self.damages]}


def _flatten(damages: tuple[Damage, ...]) -> Iterator[Damage]:
    for one in damages:
        if isinstance(one, Sequence):
            yield from _flatten(one.damages)
        else:
            yield one
