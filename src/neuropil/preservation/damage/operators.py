"""What a damage operator is: a frozen object that hurts a volume and says where."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Literal

import numpy as np

from neuropil.connectome import Volume
from neuropil.contracts import ConfigError, Operation, SeedTree
from neuropil.preservation.damage.tissue import Mask, Tissue

__all__ = ["Damage", "Damaged", "Kind", "require_between"]

Kind = Literal["preservation", "acquisition"]


@dataclass(frozen=True, eq=False)
class Damaged:
    """A damaged volume, and where it was damaged.

    Parameters
    ----------
    volume : Volume
        The damaged tissue. Its grid differs from the one before where the damage moves tissue.
    mask : (nz, ny, nx) bool array
        On the grid of the damaged volume: what was changed. Outside it brightness and labels are
        bit-identical to those before, or to those that were moved there.
    """

    volume: Volume
    mask: Mask


@dataclass(frozen=True)
class Damage(ABC):
    """One way in which tissue or a microscope spoils an image, with its dose.

    A subclass names itself, gives its ``kind`` and its ``dose`` and writes ``act``. Its first field
    is the setting of the dose, as a person would state it.
    """

    name: ClassVar[str]
    """Short name, as on the command line."""
    _kind: ClassVar[Kind] = "preservation"

    @property
    def kind(self) -> Kind:
        """Whether the tissue (``preservation``) or the microscope (``acquisition``) is at fault."""
        return self._kind

    @property
    @abstractmethod
    def dose(self) -> float:
        """How much damage is done; 0 is none, and more is worse."""

    @abstractmethod
    def act(self, tissue: Tissue, seed: SeedTree) -> tuple[Tissue, Mask]:
        """Damage the arrays; only called where the dose is not 0.

        Parameters
        ----------
        tissue : Tissue
            Arrays that are not to be changed in place.
        seed : SeedTree
            Where random draws come from.

        Returns
        -------
        tissue : Tissue
            New arrays.
        mask : (nz, ny, nx) bool array
            What was changed.
        """

    def settings(self) -> dict[str, Any]:
        """Return the fields as plain JSON values."""
        return {one.name: getattr(self, one.name) for one in fields(self)}

    def apply(self, volume: Volume, seed: SeedTree) -> Damaged:
        """Damage a volume.

        Parameters
        ----------
        volume : Volume
            Tissue with an image; segmentations move and vanish with it. The one named ``truth``
            tells where the membranes are.
        seed : SeedTree
            Where random draws come from: the same seed gives the same damage.

        Returns
        -------
        Damaged
            At dose 0 the volume itself, and a mask that is False everywhere.

        Raises
        ------
        InputError
            When there is no image, it is not finite, or a segmentation that the damage needs is
            missing; the message says which to add.
        """
        if self.dose == 0:
            volume.read_image((slice(0, 1),) * 3)
            return Damaged(volume, np.zeros(volume.shape, bool))
        tissue, mask = self.act(Tissue.of(volume), seed.child(self.name))
        operation = Operation(f"damage {self.name}", {**self.settings(), "seed": seed.root})
        return Damaged(tissue.to_volume(volume, operation), mask)


def require_between(damage: Damage, setting: str, low: float, high: float, unit: str = "") -> None:
    """Refuse a setting that is out of range.

    Parameters
    ----------
    damage : Damage
        Whose setting it is.
    setting : str
        Name of the field.
    low, high : float
        Least and greatest value.
    unit : str
        Unit of the value, for the message.

    Raises
    ------
    ConfigError
        When it is NaN or outside; the message names the range.
    """
    value = getattr(damage, setting)
    if not low <= value <= high:
        in_unit = f" [{unit}]" if unit else ""
        raise ConfigError(
            f"expected a number from {low:g} to {high:g}{in_unit}, found {value:g}",
            where=f"{damage.name}, {setting}",
            repair="Choose one in this range.",
        )
