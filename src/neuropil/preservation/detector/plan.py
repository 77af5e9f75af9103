"""How a membrane detector is made: its size, its training, and the pixel it works at."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from neuropil.contracts import ConfigError
from neuropil.preservation.detector.network import MULTIPLE

__all__ = ["Augmentation", "DetectorPlan"]


@dataclass(frozen=True)
class Augmentation:
    """By how much what is shown in training differs from what was imaged.

    Brightness is in units of the spread of a section. None of the ranges was tuned on a test: they
    are what microscopes differ by, and wide enough that a detector of one sees the other's image.

    Parameters
    ----------
    zoom : float
        Largest factor by which a patch is magnified or reduced.
    gain : float
        Standard deviation of the logarithm of the contrast.
    shift : float
        Standard deviation of the brightness that is added, and of its rise over a patch.
    blur : float
        Largest standard deviation of a Gaussian blur [pixels]; half of the patches have one.
    noise : float
        Largest standard deviation of white noise; half of the patches have it.
    thickness : int
        Most planes that are averaged where voxels are cubes. A serial section of 50 nm shows what
        lies behind one another in five planes of 10 nm.
    """

    zoom: float = 1.25
    gain: float = 0.25
    shift: float = 0.25
    blur: float = 1.2
    noise: float = 0.5
    thickness: int = 5


@dataclass(frozen=True)
class DetectorPlan:
    """How a membrane detector is trained.

    Parameters
    ----------
    pixel_size : float
        Edge of the pixels that the network sees [nm]; sections are resampled to it.
    widths : tuple of int
        Channels at a half, a quarter and an eighth of the resolution.
    steps : int
        Steps of the optimiser.
    batch : int
        Patches of a step.
    edge : int
        Edge of a patch [pixels], divisible by 8.
    rate : float
        Largest learning rate.
    held_out : float
        Share of the training sections, the last ones, that the network never sees; its
        probabilities are calibrated on them.
    augmentation : Augmentation
        How patches are changed.

    Raises
    ------
    ConfigError
        When a number is out of range.
    """

    pixel_size: float = 10.0
    # What reads a section of 250 x 250 pixels in 15 ms on one core; weights of half precision take
    # 216 kB.
    widths: tuple[int, ...] = (24, 32, 40)
    steps: int = 3000
    batch: int = 4
    edge: int = 128
    rate: float = 3e-3
    held_out: float = 0.2
    augmentation: Augmentation = Augmentation()

    def __post_init__(self) -> None:
        _require(self.pixel_size > 0, "pixel_size", "a positive number [nm]", self.pixel_size)
        # More than three halvings after the fold would not fit the multiple of eight.
        fits = 1 <= len(self.widths) <= 3 and min(self.widths) > 0
        _require(fits, "widths", "one to three positive numbers", self.widths)
        _require(self.steps > 0, "steps", "1 or more", self.steps)
        _require(self.batch > 0, "batch", "1 or more", self.batch)
        divisible = self.edge > 0 and self.edge % MULTIPLE == 0
        _require(divisible, "edge", f"a positive multiple of {MULTIPLE}", self.edge)
        _require(self.rate > 0, "rate", "a positive number", self.rate)
        _require(0 < self.held_out < 1, "held_out", "a share between 0 and 1", self.held_out)

    def to_json(self) -> dict[str, Any]:
        """Return the plan as plain JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> DetectorPlan:
        """Return the plan that :meth:`to_json` wrote.

        Parameters
        ----------
        values : dict
            JSON values.
        """
        changed = {
            "widths": tuple(values["widths"]),
            "augmentation": Augmentation(**values["augmentation"]),
        }
        return cls(**{**values, **changed})


def _require(holds: bool, name: str, expected: str, found: object) -> None:
    if not holds:
        raise ConfigError(
            f"expected {expected}, found {found}",
            where=f"plan.{name}",
            repair="Choose another value.",
        )
