"""The grid on which axes are measured: one pixel size and one brightness for all microscopes."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from neuropil.connectome import Volume
from neuropil.contracts import InputError
from neuropil.preservation.acquisition.gate import require_sections
from neuropil.preservation.detector.sections import resample_section, standardise_section

__all__ = ["PIXEL", "AxisSection", "read_sections"]

Floats = npt.NDArray[np.float32]

PIXEL = 10.0
"""Edge of the pixels on which axes are measured [nm]: that of FIB-SEM, three to a membrane."""


class AxisSection:
    """One section on the grid of the axes.

    Parameters
    ----------
    image : (ny, nx) array
        Brightness, as it was imaged.
    probability : (ny, nx) array
        Probability of a membrane at each pixel.
    pixel : float
        Edge of a pixel [nm].

    Attributes
    ----------
    image : (my, mx) float32 array
        Brightness with the median 0 and a spread of 1, in pixels of :data:`PIXEL`.
    probability : (my, mx) float32 array
        Probability of a membrane, in those pixels.
    shape : tuple of int
        Number of pixels of the section as it was imaged.
    """

    def __init__(self, image: npt.NDArray[Any], probability: Floats, pixel: float) -> None:
        self.shape = (image.shape[0], image.shape[1])
        size = tuple(max(round(n * pixel / PIXEL), 1) for n in self.shape)
        size = self.shape if abs(pixel / PIXEL - 1) < 0.02 else (size[0], size[1])
        self.image: Floats = standardise_section(resample_section(image, size))
        self.probability: Floats = resample_section(probability, size)

    @property
    def area(self) -> float:
        """Area of the section [um^2]."""
        return float(self.image.size * (PIXEL / 1000) ** 2)

    def restore(self, values: Floats) -> Floats:
        """Bring a map back to the pixels of the section as it was imaged.

        Parameters
        ----------
        values : (ky, kx) array
            A map over the same field, of any number of pixels.

        Returns
        -------
        (ny, nx) float32 array
            The map, linear between its pixels.
        """
        return resample_section(values, self.shape)


def read_sections(volume: Volume, probability: npt.NDArray[Any]) -> list[AxisSection]:
    """Bring the sections of a volume to the grid of the axes.

    Parameters
    ----------
    volume : Volume
        Tissue with an image.
    probability : (nz, ny, nx) array
        Probability of a membrane at each voxel, in [0, 1].

    Returns
    -------
    list of AxisSection
        One a section.

    Raises
    ------
    InputError
        When the image cannot be measured, or the probabilities have another shape or are not
        probabilities.
    """
    require_sections(volume)
    if probability.shape != volume.shape:
        raise InputError(
            f"expected probabilities of the shape {volume.shape}, found {probability.shape}",
            where=volume.source.name,
            repair="Predict them from this very volume.",
        )
    low, high = float(probability.min()), float(probability.max())
    # Comparisons with NaN are false.
    if not (low >= 0 and high <= 1):
        raise InputError(
            f"expected probabilities from 0 to 1, found {low:g} to {high:g}",
            where=volume.source.name,
            repair="Bring the output of a membrane detector's predict.",
        )
    pixel = volume.voxel_size[2]
    return [
        AxisSection(image, np.asarray(chance, np.float32), pixel)
        for image, chance in zip(volume.read_image(), probability, strict=True)
    ]
