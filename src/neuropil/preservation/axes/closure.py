"""How closed membranes are: free ends, gaps, and the share of membrane length that is missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from neuropil.contracts import InputError
from neuropil.preservation.axes.links import Links
from neuropil.preservation.axes.skeletons import MembraneLines

__all__ = ["Closure", "GapScale", "measure_closure"]

# Fewest sections from which two numbers are read.
_FEWEST = 6
# Free ends per um, for all membrane lost, that are no rise but rounding.
_FLAT = 1e-6
# Lines shorter than this [um] have too few ends to count: with the usual one end a micrometre,
# the count would be known to half of itself.
_SHORTEST = 2.0


@dataclass(frozen=True)
class Closure:
    """How closed the membranes of a section are.

    Parameters
    ----------
    length : float
        Length of membrane lines [um].
    ends_per_um : float
        Free ends per length of line [1/um]. They rise with gaps, but with noise too, and fall with
        blur: they are read after the gate, against a reference.
    linked : float
        Length of linked gaps over that of lines and linked gaps.
    gaps : int
        Number of linked gaps.
    gap_length : float
        Their mean length [nm]; NaN without gaps.
    """

    length: float
    ends_per_um: float
    linked: float
    gaps: int
    gap_length: float

    @property
    def known(self) -> bool:
        """Whether there is enough membrane to tell."""
        return self.length >= _SHORTEST


def measure_closure(
    lines: MembraneLines, links: Links, apart: npt.NDArray[np.bool_] | None = None
) -> Closure:
    """Measure how closed membranes are.

    Parameters
    ----------
    lines : MembraneLines
        Centre lines and free ends.
    links : Links
        Gaps.
    apart : (ny, nx) bool array, optional
        Voids, in pixels of 10 nm: that membranes end there is known already.

    Returns
    -------
    Closure
        Of the section without these.
    """
    ends, starts, lengths, drawn = lines.ends, links.starts, links.lengths, lines.length
    if apart is not None:
        ends = ends[~apart[tuple(ends.T)]]
        lengths = lengths[~apart[tuple(starts.T)]]
    missing = float(lengths.sum()) / 1000
    whole = max(drawn + missing, 1e-9)
    return Closure(
        drawn,
        len(ends) / max(drawn, 1e-9),
        missing / whole,
        len(lengths),
        float(lengths.mean()) if len(lengths) else float("nan"),
    )


@dataclass(frozen=True)
class GapScale:
    """From free ends to the share of membrane length that is missing.

    Membranes that run obliquely end without a gap, short gaps are bridged by the detector, long
    ones cannot be linked: a line through sections with gaps of known share puts ends in proportion.
    The length of linked gaps beside them did not bring the line nearer to unseen sections.

    Parameters
    ----------
    offset : float
        Share that sound tissue seems to have, with the sign changed.
    ends : float
        Share for one free end per micrometre [um].
    """

    offset: float
    ends: float

    @classmethod
    def fit(cls, closures: Sequence[Closure], fractions: Sequence[float]) -> GapScale:
        """Fit ends to shares by least squares, and turn the line around.

        A line of shares over ends would be too flat, since ends vary from section to section: it
        would find gaps in sound sections and too few in damaged ones.

        Parameters
        ----------
        closures : sequence of Closure
            Of sections with gaps.
        fractions : sequence of float
            Share of membrane length that was taken from each.

        Returns
        -------
        GapScale
            The scale.

        Raises
        ------
        InputError
            When there are fewer than six sections, or ends do not rise with gaps: bring more, with
            several shares.
        """
        if len(closures) != len(fractions) or len(closures) < _FEWEST:
            raise InputError(
                f"expected {_FEWEST} sections or more with the share of gaps of each, found "
                f"{len(closures)} and {len(fractions)} shares",
                where="GapScale.fit",
                repair="Bring more sections, with several shares of gaps.",
            )
        shares = np.asarray(fractions, float)
        ends = np.array([one.ends_per_um for one in closures])
        spread = float(((shares - shares.mean()) ** 2).mean())
        rise = float(((shares - shares.mean()) * ends).mean()) / spread if spread else 0.0
        if not rise > _FLAT:
            raise InputError(
                "expected free ends that rise with gaps, found that they do not",
                where="GapScale.fit",
                repair="Bring more sections, with several shares of gaps.",
            )
        return cls(float(shares.mean() - ends.mean() / rise), 1 / rise)

    def estimate(self, closure: Closure) -> float:
        """Estimate the share of membrane length that is missing.

        Parameters
        ----------
        closure : Closure
            Of one section.

        Returns
        -------
        float
            From 0 to 1; NaN where there is too little membrane.
        """
        if not closure.known:
            return float("nan")
        return float(np.clip(self.offset + self.ends * closure.ends_per_um, 0, 1))

    def to_json(self) -> dict[str, Any]:
        """Return the scale as plain JSON values."""
        return {"offset": self.offset, "ends": self.ends}
