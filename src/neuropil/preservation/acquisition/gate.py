"""The gate: which sections can be judged, by what the microscope made of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import polars as pl

from neuropil.connectome import Volume
from neuropil.contracts import InputError
from neuropil.preservation.acquisition.exposure import Exposure, measure_exposure
from neuropil.preservation.acquisition.neighbours import Neighbours, compare_neighbours
from neuropil.preservation.acquisition.spectra import (
    RadialSpectrum,
    average_spectra,
    estimate_blur,
    measure_spectrum,
)

__all__ = [
    "FEWEST_PIXELS",
    "SAME_PIXEL",
    "AcquisitionGate",
    "AcquisitionReference",
    "GateLimits",
    "require_finite",
    "require_pixels",
    "require_sections",
]

# Relative difference of two edges of a pixel that is rounding.
SAME_PIXEL = 0.02
# Fewest pixels along an edge: the longest wavelength of the spectrum should fit in.
FEWEST_PIXELS = 64


@dataclass(frozen=True)
class GateLimits:
    """What a section must keep to, or it is not assessable.

    Limits stand between acquisition that leaves the error of a segmentation nearly as it is (blur
    of 12 nm, signal to noise of 2) and acquisition that does not (20 nm; 1), measured on ISBI 2012.

    Parameters
    ----------
    pixel_size : float
        Largest edge of a pixel [nm]. A membrane with its fringe is about 35 nm thick: coarser
        pixels do not put two of them across it.
    snr : float
        Least contrast over noise, of single pixels: the geometric mean of 1 and 2.
    blur : float
        Largest blur beyond that of the reference [nm].
    blur_alone : float
        Largest blur [nm] where there is no reference. FIB-SEM sections of 10 nm, which can be
        traced, have 12 nm of their own.
    saturated, empty : float
        Largest share of the area that is clipped, or of one brightness. Ice may fill a fifth of a
        section, and that is damage and no fault of the microscope.
    """

    pixel_size: float = 16.0
    snr: float = 1.4
    blur: float = 16.0
    blur_alone: float = 18.0
    saturated: float = 0.3
    empty: float = 0.5


@dataclass(frozen=True)
class AcquisitionReference:
    """How sections of sound acquisition look.

    Parameters
    ----------
    spectrum : RadialSpectrum
        Mean spectrum.
    snr : float
        Median contrast over noise.
    n : int
        Number of sections.
    """

    spectrum: RadialSpectrum
    snr: float
    n: int

    def to_json(self) -> dict[str, Any]:
        """Return the reference as plain JSON values."""
        # JSON has no infinity: sections without noise are of other making than a microscope's.
        snr = self.snr if np.isfinite(self.snr) else None
        return {"spectrum": self.spectrum.to_json(), "snr": snr, "n": self.n}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        """Return the reference that :meth:`to_json` wrote.

        Parameters
        ----------
        values : dict
            JSON values.
        """
        snr = float("inf") if values["snr"] is None else float(values["snr"])
        return cls(RadialSpectrum.from_json(values["spectrum"]), snr, int(values["n"]))


class AcquisitionGate:
    """Judges what the microscope did, before tissue is judged.

    What fails is *not assessable*, never badly preserved: neither Fourier ring correlation nor the
    contrast of membranes is read, which blur does not lower.

    Parameters
    ----------
    reference : AcquisitionReference, optional
        Of sound sections from the same microscope; without one, the blur is judged against the
        power law of sharp neuropil, with its own limit.
    limits : GateLimits
        What a section must keep to.

    Attributes
    ----------
    reference_ : AcquisitionReference
        What :meth:`fit` measured.

    Examples
    --------
    >>> import numpy as np
    >>> from neuropil.connectome import Volume
    >>> black = Volume((50, 4, 4), image=np.zeros((1, 128, 128), np.uint8))
    >>> AcquisitionGate().judge(black)["reason"].to_list()
    ['100 % of the area is of one brightness (at most 50 %)']
    """

    def __init__(
        self, reference: AcquisitionReference | None = None, limits: GateLimits | None = None
    ) -> None:
        self.reference = reference
        self.limits = limits or GateLimits()

    def fit(self, volumes: Sequence[Volume]) -> Self:
        """Learn how sound acquisition looks.

        Parameters
        ----------
        volumes : sequence of Volume
            Tissue with sections of sound acquisition.

        Returns
        -------
        AcquisitionGate
            This gate.

        Raises
        ------
        InputError
            When there is no volume, or one cannot be measured.
        """
        if not volumes:
            raise InputError(
                "expected one volume or more, found none",
                where="volumes",
                repair="Bring sections of sound acquisition.",
            )
        measured = [_measure(volume) for volume in volumes]
        spectra = [one for _, some in measured for one in some]
        snr = float(np.median([one.snr for some, _ in measured for one in some]))
        self.reference_ = AcquisitionReference(average_spectra(spectra), snr, len(spectra))
        return self

    def judge(self, volume: Volume) -> pl.DataFrame:
        """Judge each section.

        Parameters
        ----------
        volume : Volume
            Tissue with an image.

        Returns
        -------
        pl.DataFrame
            One row a section: ``section``, ``pixel_size`` [nm], ``noise`` and ``contrast`` (in
            units of the image), ``snr``, ``blur`` [nm] (null where nothing stands out of the
            noise), ``saturated`` and ``empty`` (shares of the area), ``difference`` from the
            section before (null for the first), ``doubled``, ``gap_before``, ``passed``, and the
            ``reason`` where it did not pass. A gap does not speak against the section after it.

        Raises
        ------
        InputError
            When there is no image, pixels are not square or not finite, or fewer than 64 along an
            edge.
        """
        exposures, spectra = _measure(volume)
        reference = self.reference if self.reference is not None else self._fitted()
        sharp = None if reference is None else reference.spectrum
        blurs = [estimate_blur(one, sharp) for one in spectra]
        noise = np.array([one.noise for one in exposures])
        neighbours = compare_neighbours(volume.read_image(), noise)
        limit = self.limits.blur_alone if reference is None else self.limits.blur
        reasons = [
            _find_reason(volume.voxel_size[2], one, blur, limit, self.limits)
            or ("shows the same as the section before" if double else "")
            for one, blur, double in zip(exposures, blurs, neighbours.doubled, strict=True)
        ]
        return _tabulate(volume, exposures, blurs, neighbours, reasons)

    def _fitted(self) -> AcquisitionReference | None:
        return getattr(self, "reference_", None)


def require_sections(volume: Volume) -> None:
    """Refuse a volume whose sections cannot be measured.

    Parameters
    ----------
    volume : Volume
        Tissue.

    Raises
    ------
    InputError
        When there is no image, pixels are not square or not finite, or fewer than 64 along an
        edge; the message names the repair.
    """
    require_pixels(volume, volume.source.name)
    require_finite(volume.read_image(), volume.source.name)


def require_pixels(volume: Volume, where: str) -> None:
    """Refuse pixels that are not square, and sections that are too small; no image is read.

    Parameters
    ----------
    volume : Volume
        Tissue.
    where : str
        What a message calls it.
    """
    _, dy, dx = volume.voxel_size
    if abs(dy - dx) > SAME_PIXEL * dx:
        raise InputError(
            f"expected square pixels, found {dx:g} x {dy:g} nm (x, y)",
            where=where,
            repair="Resample the image to one pixel size, or state x, y, z in this order.",
        )
    ny, nx = volume.shape[1:]
    if min(ny, nx) < FEWEST_PIXELS:
        raise InputError(
            f"expected {FEWEST_PIXELS} pixels or more along both edges of a section, found "
            f"{ny} x {nx}",
            where=where,
            repair="Bring larger sections: these do not hold what is measured.",
        )


def require_finite(image: npt.NDArray[Any], where: str) -> None:
    """Refuse brightness that is no number.

    Parameters
    ----------
    image : array
        Brightness.
    where : str
        What a message calls it.
    """
    wrong = int(np.count_nonzero(~np.isfinite(image)))
    if wrong:
        raise InputError(
            f"expected finite brightness, found {wrong} of {image.size} voxels that are not",
            where=where,
            repair="Replace NaN and infinite values, or crop them away.",
        )


def _measure(volume: Volume) -> tuple[list[Exposure], list[RadialSpectrum]]:
    require_sections(volume)
    image = volume.read_image()
    pixel = volume.voxel_size[2]
    exposures = [measure_exposure(section) for section in image]
    spectra = [
        measure_spectrum(section, pixel, one.noise)
        for section, one in zip(image, exposures, strict=True)
    ]
    return exposures, spectra


def _find_reason(
    pixel: float, exposure: Exposure, blur: float, most: float, limits: GateLimits
) -> str:
    """Name the first limit that a section breaks, the grossest fault first."""
    one = exposure
    faults = (
        (
            pixel > limits.pixel_size,
            f"pixels of {pixel:g} nm (at most {limits.pixel_size:g} nm)",
        ),
        (
            one.empty > limits.empty,
            f"{100 * one.empty:.0f} % of the area is of one brightness "
            f"(at most {100 * limits.empty:.0f} %)",
        ),
        (
            one.saturated > limits.saturated,
            f"{100 * one.saturated:.0f} % of the area is clipped "
            f"(at most {100 * limits.saturated:.0f} %)",
        ),
        (one.snr < limits.snr, f"signal to noise of {one.snr:.2f} (at least {limits.snr:g})"),
        (np.isnan(blur), "nothing between 40 and 300 nm stands out of the noise"),
        (blur > most, f"blur of {blur:.1f} nm (at most {most:g} nm)"),
    )
    return next((reason for broken, reason in faults if broken), "")


def _tabulate(
    volume: Volume,
    exposures: Sequence[Exposure],
    blurs: Sequence[float],
    neighbours: Neighbours,
    reasons: Sequence[str],
) -> pl.DataFrame:
    columns: dict[str, Any] = {
        "section": np.arange(len(exposures)),
        "pixel_size": np.full(len(exposures), volume.voxel_size[2]),
    }
    for name in ("noise", "contrast", "snr", "saturated", "empty"):
        columns[name] = [float(getattr(one, name)) for one in exposures]
    columns |= {
        "blur": list(blurs),
        "difference": neighbours.difference,
        "doubled": neighbours.doubled,
        "gap_before": neighbours.gap_before,
        "passed": [not reason for reason in reasons],
        "reason": list(reasons),
    }
    return pl.DataFrame(columns).with_columns(pl.col("blur", "difference").fill_nan(None))
