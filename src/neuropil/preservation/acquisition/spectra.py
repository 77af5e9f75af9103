"""Radial power spectra of sections, and the blur that they show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from neuropil.contracts import InputError

__all__ = ["FREQUENCIES", "RadialSpectrum", "average_spectra", "estimate_blur", "measure_spectrum"]

Floats = npt.NDArray[np.floating[Any]]

# Edges of the rings [1/nm]. Wavelengths above 300 nm show what a field happens to hold, those
# below 40 nm are noise in sections of 10 nm pixels: between them lies what neurites and membranes
# are made of.
_EDGES = np.geomspace(1 / 300, 1 / 40, 16)
FREQUENCIES: Floats = np.sqrt(_EDGES[1:] * _EDGES[:-1])
"""Middle of the rings [cycles per nm]."""
# Power falls with this exponent in sharp images of neuropil: 1.8 between 171 and 52 nm in ssTEM
# sections of 4 nm pixels, which a Gaussian blur of a few nm explains.
_SHARP = 2.0
# A ring counts while its power is this many times that of the noise: less is noise minus noise.
_ABOVE_NOISE = 2.0
# Fewest rings from which two numbers, brightness and blur, are read.
_FEWEST = 5
# Share of the Nyquist frequency up to which pixels hold what was imaged.
_HELD = 0.9


@dataclass(frozen=True)
class RadialSpectrum:
    """Power of a section by frequency, without its noise.

    Parameters
    ----------
    power : tuple of float
        Mean power density in each ring of :data:`FREQUENCIES` [squared brightness x nm^2]; NaN
        where it does not stand out of the noise, or the section holds no such frequency.
    """

    power: tuple[float, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the spectrum as plain JSON values, with None for NaN."""
        return {"power": [value if np.isfinite(value) else None for value in self.power]}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        """Return the spectrum that :meth:`to_json` wrote.

        Parameters
        ----------
        values : dict
            JSON values.

        Raises
        ------
        InputError
            When it is of other rings: measure the reference anew.
        """
        power = tuple(float("nan") if value is None else float(value) for value in values["power"])
        if len(power) != len(FREQUENCIES):
            raise InputError(
                f"expected the power of {len(FREQUENCIES)} rings, found {len(power)}",
                where="reference spectrum",
                repair="It was written by another version: fit the gate to the reference anew.",
            )
        return cls(power)


def measure_spectrum(section: Floats, pixel: float, noise: float) -> RadialSpectrum:
    """Measure the power of a section by frequency.

    Parameters
    ----------
    section : (ny, nx) array
        Brightness.
    pixel : float
        Edge of a pixel [nm].
    noise : float
        Standard deviation of its white noise, whose power is subtracted.

    Returns
    -------
    RadialSpectrum
        Mean over directions.
    """
    values = np.asarray(section, np.float32)
    window = np.hanning(values.shape[0])[:, None] * np.hanning(values.shape[1])
    transform = np.fft.rfft2((values - values.mean()) * window)
    density = np.abs(transform) ** 2 * pixel**2 / max(float((window**2).sum()), 1e-12)
    fy, fx = np.fft.fftfreq(values.shape[0], pixel), np.fft.rfftfreq(values.shape[1], pixel)
    frequency = np.hypot(fy[:, None], fx)
    ring = np.digitize(frequency, _EDGES).ravel()
    count = np.bincount(ring, minlength=len(_EDGES) + 1)[1:-1]
    total = np.bincount(ring, density.ravel(), len(_EDGES) + 1)[1:-1]
    floor = noise**2 * pixel**2
    seen = (count > 0) & (total > _ABOVE_NOISE * floor * count)
    seen &= _HELD / (2 * pixel) > FREQUENCIES
    power = np.where(seen, total / np.maximum(count, 1) - floor, np.nan)
    return RadialSpectrum(tuple(power.tolist()))


def average_spectra(spectra: Sequence[RadialSpectrum]) -> RadialSpectrum:
    """Average spectra on a logarithmic scale, ring by ring.

    Parameters
    ----------
    spectra : sequence of RadialSpectrum
        One or more.

    Returns
    -------
    RadialSpectrum
        NaN in rings that more than half of the sections do not show.
    """
    logs = np.log([one.power for one in spectra])
    shown = np.isfinite(logs)
    mean = np.where(shown, logs, 0).sum(axis=0) / np.maximum(shown.sum(axis=0), 1)
    kept = 2 * shown.sum(axis=0) > len(spectra)
    return RadialSpectrum(tuple(np.where(kept, np.exp(mean), np.nan).tolist()))


def estimate_blur(spectrum: RadialSpectrum, reference: RadialSpectrum | None = None) -> float:
    """Estimate by how much a section is blurred beyond a reference.

    A Gaussian blur of standard deviation s multiplies the power at frequency f by
    exp(-(2 pi f s)^2): the logarithm of power over reference falls along a line in f^2, whatever
    the contrasts.

    Parameters
    ----------
    spectrum : RadialSpectrum
        Of the section.
    reference : RadialSpectrum, optional
        Of sharp sections of such tissue. Without one, the power law of sharp neuropil stands in,
        and the blur is that of the whole way from tissue to image.

    Returns
    -------
    float
        Standard deviation of a Gaussian blur [nm]; 0 where the section is sharper than the
        reference, NaN where too little stands out of the noise.
    """
    power = np.array(spectrum.power)
    sharp = FREQUENCIES**-_SHARP if reference is None else np.array(reference.power)
    ratio = np.log(power / sharp)
    shown = np.isfinite(ratio)
    if np.count_nonzero(shown) < _FEWEST:
        return float("nan")
    squares = (2 * np.pi * FREQUENCIES[shown]) ** 2
    slope = np.polyfit(squares, ratio[shown], 1)[0]
    return float(np.sqrt(max(-slope, 0.0)))
