"""Axes of damage of each section, as a table and as maps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from neuropil.connectome import Volume
from neuropil.preservation.axes.grids import AxisSection, read_sections
from neuropil.preservation.axes.model import AxisModel, load_shipped_axes
from neuropil.preservation.axes.reading import Reading, read_section
from neuropil.preservation.axes.zones import VOID, ZONE

__all__ = ["AXES", "AxisTable", "measure_axes"]

Floats = npt.NDArray[np.float32]

AXES = {
    "membrane_density": "membrane length per area [um/um^2]",
    "ends_per_um": "free ends per membrane length [1/um]",
    "gaps_per_um": "linked gaps per membrane length [1/um]",
    "gap_length": "mean length of a linked gap [nm]",
    "gap_fraction": "share of membrane length that is missing",
    "zone_fraction": "share of the area in ambiguous interstitial zones",
    "void_fraction": "share of the area in voids",
    "profile_density": "profiles per area [1/um^2]",
    "profile_diameter": "median diameter of a profile [nm]",
}
"""Columns of the table and what they mean."""


@dataclass(frozen=True, eq=False)
class AxisTable:
    """What was measured in each section of a volume.

    Parameters
    ----------
    rows : pl.DataFrame
        One row a section: ``section``, and the columns that :data:`AXES` explains; null where
        there is nothing to measure it on.
    sections : tuple of AxisSection
        The sections on the grid of the axes.
    readings : tuple of Reading
        What they show.
    """

    rows: pl.DataFrame
    sections: tuple[AxisSection, ...]
    readings: tuple[Reading, ...]

    def map_zones(self) -> Floats:
        """Map ambiguous zones: (nz, ny, nx) array of weights in [0, 1], in voxels as imaged."""
        return self._map(ZONE)

    def map_voids(self) -> Floats:
        """Map voids: (nz, ny, nx) array of weights in [0, 1], in voxels as imaged."""
        return self._map(VOID)

    def map_gaps(self) -> Floats:
        """Map gaps: (nz, ny, nx) array, above 0 on a line across each linked gap."""
        return np.stack(
            [
                section.restore(
                    reading.traced.links.draw(
                        (section.image.shape[0], section.image.shape[1])
                    ).astype(np.float32)
                )
                for section, reading in zip(self.sections, self.readings, strict=True)
            ]
        )

    def _map(self, kind: int) -> Floats:
        return np.stack(
            [
                section.restore(reading.kinds[..., kind])
                for section, reading in zip(self.sections, self.readings, strict=True)
            ]
        )


def measure_axes(
    volume: Volume, probability: npt.NDArray[Any], model: AxisModel | None = None
) -> AxisTable:
    """Measure the axes of damage in each section.

    The space between cells is measured apart, by ``measure_space``. Mitochondria are not measured:
    no tissue with known ones was at hand to test a measure on.

    Parameters
    ----------
    volume : Volume
        Tissue with an image, of square pixels.
    probability : (nz, ny, nx) array
        Probability of a membrane at each voxel, in [0, 1].
    model : AxisModel, optional
        Axes fitted to a microscope; those that come with the package when not given.

    Returns
    -------
    AxisTable
        Values, and what maps are drawn from.

    Raises
    ------
    InputError
        When the image cannot be measured, or the probabilities do not fit it.
    """
    fitted = load_shipped_axes() if model is None else model
    sections = read_sections(volume, probability)
    readings = [read_section(section, fitted.network) for section in sections]
    rows = [
        {"section": z, **_list_axes(section, reading, fitted)}
        for z, (section, reading) in enumerate(zip(sections, readings, strict=True))
    ]
    schema = {"section": pl.Int64, **dict.fromkeys(AXES, pl.Float64)}
    table = pl.DataFrame(rows, schema=schema).with_columns(pl.col(pl.Float64).fill_nan(None))
    return AxisTable(table, tuple(sections), tuple(readings))


def _list_axes(section: AxisSection, reading: Reading, model: AxisModel) -> dict[str, float]:
    closure, voids = reading.closure, float(reading.voids.mean())
    # Voids are no tissue: membranes are counted against what is left.
    tissue = section.area * (1 - voids)
    known = closure.known
    return {
        "membrane_density": closure.length / tissue if tissue else float("nan"),
        "ends_per_um": closure.ends_per_um if known else float("nan"),
        "gaps_per_um": closure.gaps / closure.length if known else float("nan"),
        "gap_length": closure.gap_length,
        "gap_fraction": model.scale.estimate(closure),
        "zone_fraction": float(reading.zones.mean()),
        "void_fraction": voids,
        "profile_density": reading.profiles.density,
        "profile_diameter": reading.profiles.diameter,
    }
