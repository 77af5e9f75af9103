"""Space between cells: thin pale places beside membranes, as a share of the area and as a map."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.ndimage import distance_transform_edt, gaussian_filter, grey_opening

from neuropil import datasets
from neuropil.connectome import Volume
from neuropil.contracts import InputError, SeedTree, write_json
from neuropil.preservation.axes.grids import PIXEL, AxisSection, read_sections
from neuropil.preservation.config import REAL
from neuropil.preservation.damage.spaces import OpenedSpace
from neuropil.preservation.detector.interface import Detector
from neuropil.preservation.detector.shipped import TRAINED_BELOW, load_shipped

__all__ = [
    "SpaceReading",
    "SpaceScale",
    "find_space",
    "fit_space",
    "load_shipped_space",
    "measure_space",
    "train_shipped_space",
]

Mask = npt.NDArray[np.bool_]

# Chosen on sections below 120 of FIB-25 with clefts that were opened by known shares: blur before
# brightness is read [pixels], width that a pale place may have at most [pixels], how much paler
# than its surroundings it is [spreads of a section], and how near to a membrane [nm].
_FINE, _WIDEST, _PALER, _NEAR = 0.6, 7, 0.8, 60.0
# Probability above which a pixel is membrane, as where lines are traced.
_MEMBRANE = 0.4
_SHARES = (0.0, 0.05, 0.1, 0.15, 0.2, 0.25)
_FEWEST = 6
_SHIPPED = Path(__file__).parent / "weights" / "space.json"
# Sections from which the shipped scale is read: 100 nm apart.
_SECTIONS = range(5, TRAINED_BELOW, 10)


@dataclass(frozen=True)
class SpaceScale:
    """From the share of thin pale places to the share of space between cells.

    Parameters
    ----------
    offset : float
        Share of pale places where no space was opened.
    rise : float
        By how much that share rises for all of the area opened.
    """

    offset: float
    rise: float

    @classmethod
    def fit(cls, pale: Sequence[float], opened: Sequence[float]) -> SpaceScale:
        """Fit pale places to what was opened, by least squares.

        Parameters
        ----------
        pale, opened : sequences of float
            Share of pale places, and of space that was opened, of each section.

        Raises
        ------
        InputError
            When there are fewer than six sections, or pale places do not rise with what was opened:
            they are not seen in this microscope.
        """
        if len(pale) < _FEWEST or len(pale) != len(opened):
            raise InputError(
                f"expected {_FEWEST} sections or more, found {len(pale)} with {len(opened)} shares",
                where="SpaceScale.fit",
                repair="Open several shares of space in more sections.",
            )
        rise, offset = np.polyfit(opened, pale, 1) if np.ptp(opened) > 0 else (0.0, 0.0)
        if not rise > 0:
            raise InputError(
                "expected pale places that rise with the space that was opened, found that they do "
                "not",
                where="SpaceScale.fit",
                repair="Clefts are not seen in these images: bring finer or less noisy ones.",
            )
        return cls(float(offset), float(rise))

    def estimate(self, pale: float) -> float:
        """Return the share of space between cells, from 0 to 1."""
        return float(np.clip((pale - self.offset) / self.rise, 0, 1))


@dataclass(frozen=True, eq=False)
class SpaceReading:
    """Space between cells that was read in each section.

    Parameters
    ----------
    fractions : tuple of float
        Share of the area, by section, beyond what tissue without space seems to have.
    map : (nz, ny, nx) float32 array
        Thin pale places beside membranes, from 0 to 1, in voxels as imaged.
    """

    fractions: tuple[float, ...]
    map: npt.NDArray[np.float32]


def find_space(section: AxisSection) -> Mask:
    """Find thin places beside membranes that are paler than what surrounds them.

    Parameters
    ----------
    section : AxisSection
        Image and probability of a membrane, in pixels of 10 nm.

    Returns
    -------
    (my, mx) bool array
        Places up to 70 nm wide; wider ones are voids, vacuoles or cells.
    """
    image = gaussian_filter(section.image, _FINE)
    paler = image - grey_opening(image, size=(_WIDEST, _WIDEST)) > _PALER
    near = distance_transform_edt(section.probability <= _MEMBRANE) * PIXEL <= _NEAR
    return np.asarray(paler & near)


def measure_space(
    volume: Volume, probability: npt.NDArray[Any], scale: SpaceScale | None = None
) -> SpaceReading:
    """Measure the space between cells in each section.

    It was tested on clefts that were opened in fly tissue by known shares, and on no tissue that
    has them by nature. It holds for the microscope that its scale was fitted to.

    Parameters
    ----------
    volume : Volume
        Tissue with an image, of square pixels.
    probability : (nz, ny, nx) array
        Probability of a membrane at each voxel, in [0, 1].
    scale : SpaceScale, optional
        Fitted to the microscope; that of FIB-SEM at 10 nm when not given.

    Returns
    -------
    SpaceReading
        Shares and a map.

    Raises
    ------
    InputError
        When the image cannot be measured, or the probabilities do not fit it.
    """
    fitted = load_shipped_space() if scale is None else scale
    sections = read_sections(volume, probability)
    found = [find_space(section) for section in sections]
    return SpaceReading(
        tuple(fitted.estimate(float(one.mean())) for one in found),
        np.stack(
            [
                section.restore(one.astype(np.float32))
                for section, one in zip(sections, found, strict=True)
            ]
        ),
    )


def fit_space(
    volume: Volume, detector: Detector, sections: Sequence[int], seed: SeedTree
) -> SpaceScale:
    """Fit the scale to clefts that are opened by known shares.

    Parameters
    ----------
    volume : Volume
        Sound tissue with hardly any space between its cells, an image, and ``truth``.
    detector : Detector
        What predicts the probability of membranes.
    sections : sequence of int
        Sections in which clefts are opened.
    seed : SeedTree
        Source of randomness.

    Raises
    ------
    InputError
        When pale places do not rise with what is opened.
    """
    pale, opened = [], []
    for place in sections:
        alone = volume.crop((slice(place, place + 1), slice(None), slice(None)))
        for share in _SHARES:
            made = OpenedSpace(share).apply(alone, seed.child(f"{place} {share:g}"))
            [section] = read_sections(made.volume, detector.predict(made.volume))
            pale.append(float(find_space(section).mean()))
            opened.append(float(made.mask.mean()))
    return SpaceScale.fit(pale, opened)


@cache
def load_shipped_space() -> SpaceScale:
    """Return the scale that comes with the package, of FIB-SEM sections of a fly at 10 nm."""
    found = json.loads(_SHIPPED.read_text(encoding="utf-8"))
    return SpaceScale(float(found["offset"]), float(found["rise"]))


def train_shipped_space(out: Path | str, seed: SeedTree) -> SpaceScale:
    """Fit the scale that comes with the package anew, and write it.

    Parameters
    ----------
    out : Path or str
        The JSON file to write.
    seed : SeedTree
        Source of randomness; the shipped one has ``SeedTree(0)``.

    Returns
    -------
    SpaceScale
        What was written.

    Raises
    ------
    DataUnavailableError
        When the block of fly tissue cannot be had; no generated tissue takes its place.
    """
    volume = datasets.load(REAL, kind=Volume)
    scale = fit_space(volume, load_shipped(), list(_SECTIONS), seed)
    facts = {
        "data": f"dataset {REAL}, sections below {TRAINED_BELOW}, CC BY, Parag et al. 2015, PLoS "
        "ONE 10:e0125825; what is kept are two numbers",
        "seed": seed.root,
        "function": "neuropil.preservation.axes.space.train_shipped_space",
    }
    write_json(out, {**asdict(scale), "facts": facts})
    return scale
