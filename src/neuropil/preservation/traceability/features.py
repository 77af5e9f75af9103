"""What is seen of a section, beside good tissue that was imaged alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
import polars as pl

__all__ = ["FEATURES", "STRANGENESS", "TISSUE", "Reference"]

# Quantities that differ by factors between tissues and microscopes; the others are shares, or of
# one scale.
_FACTORS = (
    *("membrane", "ambiguity", "profiles_per_um2", "profile_um2", "largest"),
    *("membrane_density", "profile_diameter", "snr"),
)
_SHARES = (
    *("lost_by_joining", "gained_by_cutting"),
    *("ends_per_um", "gap_fraction", "zone_fraction", "void_fraction", "blur"),
)

FEATURES = (*_FACTORS, *_SHARES)
"""Differences from good tissue, by the names of the axes and signs that they are made of."""

_OF_THE_MICROSCOPE = ("snr", "blur")
TISSUE = tuple(name for name in FEATURES if name not in _OF_THE_MICROSCOPE)
"""Those of tissue and segmentation. Noise and blur tell the kind of damage; what they cost depends
on the detector, and is told by its signs."""

STRANGENESS = tuple(f"strange {name}" for name in FEATURES)
"""The same in units of what good tissue varies by, large values drawn in."""

_LEAST = 1e-4  # keeps the logarithm of a quantity that is nowhere finite
# Least spread of a quantity in good tissue: a few sections may vary by less than they would. About
# the median of both kinds of tissue that were looked at.
_FLOORS: Mapping[str, float] = {
    "snr": 0.1,
    "blur": 1.0,
    "ends_per_um": 0.1,
    "gap_fraction": 0.01,
    "zone_fraction": 0.02,
    "void_fraction": 0.01,
}
_FLOOR = 0.03
# Axes along which tissue is damaged, and the excess over good tissue from which damage counts, as
# where axes are judged.
_AXES, _EXCESS = ("gap_fraction", "zone_fraction", "void_fraction"), 0.05


@dataclass(frozen=True)
class Reference:
    """Good tissue: the middle of each quantity, and what it varies by.

    Parameters
    ----------
    middle : mapping of str to float
        Median over sections, of logarithms where a quantity differs by factors.
    spread : mapping of str to float
        Standard deviation over sections.
    body : float
        Largest share of a section that one profile takes.
    """

    middle: Mapping[str, float]
    spread: Mapping[str, float]
    body: float

    @classmethod
    def of(cls, seen: pl.DataFrame) -> Self:
        """Take medians and spreads of sections of good tissue.

        Parameters
        ----------
        seen : pl.DataFrame
            As ``observe`` returns it.
        """
        values = {name: _read(seen, name) for name in FEATURES}
        known = {name: found[np.isfinite(found)] for name, found in values.items()}
        # Of what no section shows, such as the blur of pure noise, nothing can be told.
        return cls(
            {name: float(np.median(found)) if found.size else 0.0 for name, found in known.items()},
            {name: float(found.std()) if found.size else 0.0 for name, found in known.items()},
            float(seen["largest"].max() or 0.0),  # type: ignore[arg-type]
        )

    def relate(self, seen: pl.DataFrame) -> pl.DataFrame:
        """Return how far each quantity is from that of good tissue.

        Parameters
        ----------
        seen : pl.DataFrame
            As ``observe`` returns it.

        Returns
        -------
        pl.DataFrame
            Columns of :data:`FEATURES` and of :data:`STRANGENESS`.
        """
        columns = {}
        for name, strange in zip(FEATURES, STRANGENESS, strict=True):
            # What could not be measured is taken to be as in good tissue.
            away = np.nan_to_num(_read(seen, name) - self.middle[name], posinf=0.0, neginf=0.0)
            unit = max(self.spread[name], _FLOORS.get(name, _FLOOR))
            columns[name], columns[strange] = away, np.arcsinh(away / unit)
        return pl.DataFrame(columns).select(*FEATURES, *STRANGENESS)

    def lacks(self, seen: pl.DataFrame) -> pl.Series:
        """Tell sections that show what good tissue does not, and that is no sign of damage.

        A thick neurite looks like many profiles that were joined. Where the reference has none as
        large, and no axis shows damage, nothing tells the two apart.

        Parameters
        ----------
        seen : pl.DataFrame
            As ``observe`` returns it.

        Returns
        -------
        pl.Series
            Whether one profile takes more of a section than in any of good tissue, while gaps,
            zones and voids are those of good tissue.
        """
        excess = [seen[name].fill_null(0.0) - self.middle[name] for name in _AXES]
        whole = np.all([one.to_numpy() < _EXCESS for one in excess], axis=0)
        return pl.Series("lacks", (seen["largest"].to_numpy() > self.body) & whole)


def _read(seen: pl.DataFrame, name: str) -> np.ndarray:
    values = seen[name].cast(pl.Float64).to_numpy()
    return np.log(np.maximum(values, _LEAST)) if name in _FACTORS else values
