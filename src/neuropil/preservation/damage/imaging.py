"""What the microscope does: blur, noise and loss of contrast, kept apart from the tissue."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy.ndimage import gaussian_filter

from neuropil.contracts import SeedTree
from neuropil.preservation.damage.operators import Damage, Kind, require_between
from neuropil.preservation.damage.tissue import Mask, Tissue

__all__ = ["Blur", "Contrast", "Noise"]


def _everywhere(tissue: Tissue) -> Mask:
    return np.ones(tissue.image.shape, bool)


@dataclass(frozen=True)
class Blur(Damage):
    """Blur every section by a Gaussian, as a beam out of focus does.

    Parameters
    ----------
    sigma : float
        Standard deviation, 0 to 200 [nm].

    Raises
    ------
    ConfigError
        When it is out of range; the message names the range.
    """

    name: ClassVar[str] = "blur"
    _kind: ClassVar[Kind] = "acquisition"

    sigma: float

    def __post_init__(self) -> None:
        require_between(self, "sigma", 0, 200, "nm")

    @property
    def dose(self) -> float:
        """Standard deviation [nm]."""
        return self.sigma

    def act(self, tissue: Tissue, seed: SeedTree) -> tuple[Tissue, Mask]:
        """Blur within sections; the mask is True everywhere."""
        del seed
        sigmas = [0.0, *(self.sigma / edge for edge in tissue.voxel_size[1:])]
        return tissue.with_image(gaussian_filter(tissue.image, sigmas)), _everywhere(tissue)


@dataclass(frozen=True)
class Noise(Damage):
    """Add white Gaussian noise.

    Parameters
    ----------
    snr : float
        Standard deviation of the image over that of the noise, .05 or more; infinite for none.

    Raises
    ------
    ConfigError
        When it is out of range; the message names the range.
    """

    name: ClassVar[str] = "noise"
    _kind: ClassVar[Kind] = "acquisition"

    snr: float

    def __post_init__(self) -> None:
        require_between(self, "snr", 0.05, math.inf)

    @property
    def dose(self) -> float:
        """Standard deviation of the noise over that of the image."""
        return 1 / self.snr

    def act(self, tissue: Tissue, seed: SeedTree) -> tuple[Tissue, Mask]:
        """Add noise; the mask is True everywhere."""
        noise = seed.generator().standard_normal(tissue.image.shape, np.float32)
        image = tissue.image + self.dose * float(tissue.image.std()) * noise
        return tissue.with_image(image), _everywhere(tissue)


@dataclass(frozen=True)
class Contrast(Damage):
    """Draw the brightness together around its mean.

    Parameters
    ----------
    factor : float
        Contrast after over contrast before, .01 to 1.

    Raises
    ------
    ConfigError
        When it is out of range; the message names the range.
    """

    name: ClassVar[str] = "contrast"
    _kind: ClassVar[Kind] = "acquisition"

    factor: float

    def __post_init__(self) -> None:
        require_between(self, "factor", 0.01, 1)

    @property
    def dose(self) -> float:
        """Share of the contrast that is lost."""
        return 1 - self.factor

    def act(self, tissue: Tissue, seed: SeedTree) -> tuple[Tissue, Mask]:
        """Scale the brightness; the mask is True everywhere."""
        del seed
        mean = float(tissue.image.mean())
        return tissue.with_image(mean + self.factor * (tissue.image - mean)), _everywhere(tissue)
