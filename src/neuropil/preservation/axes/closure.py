"""How closed membranes are: free ends, gaps, and the share of membrane length that is missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from neuropil.contracts import InputError
from neuropil.preservation.axes.links import Links
from neuropil.preservation.axes.openness import measure_openness
from neuropil.preservation.axes.skeletons import MembraneLines

__all__ = ["Closure", "GapScale", "measure_closure"]

# Fewest sections from which numbers are read, and for each number: with fewer, terms of second
# order are left out.
_FEWEST, _PER_NUMBER = 12, 12
# Terms of first order, and all.
_LINEAR, _TERMS = 3, 6
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
    openness : float
        Share of the borders between segments that has no membrane.
    """

    length: float
    ends_per_um: float
    linked: float
    gaps: int
    gap_length: float
    openness: float

    @property
    def known(self) -> bool:
        """Whether there is enough membrane to tell."""
        return self.length >= _SHORTEST


def measure_closure(
    probability: npt.NDArray[np.float32],
    lines: MembraneLines,
    links: Links,
    apart: npt.NDArray[np.bool_] | None = None,
) -> Closure:
    """Measure how closed membranes are.

    Parameters
    ----------
    probability : (ny, nx) array
        Probability of a membrane, in pixels of 10 nm.
    lines : MembraneLines
        Its centre lines and free ends.
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
        measure_openness(probability, apart),
    )


@dataclass(frozen=True)
class GapScale:
    """From free ends and open borders to the share of membrane length that is missing.

    Membranes that run obliquely end without a gap, and short gaps are bridged by the detector;
    wide ones join two segments, so that their border is gone, but leave two ends. Each tells what
    the other misses: a second-order polynomial of both was fitted, of first order where sections
    are few. Rows ``4-gaps`` and ``4-gaps-serial`` tell by how much it errs.

    Parameters
    ----------
    weights : tuple of float
        Of 1, ends, openness, ends squared, ends times openness, openness squared.
    most : tuple of float
        Largest ends and openness that it was fitted to: beyond them it says what it says there.
    """

    weights: tuple[float, ...]
    most: tuple[float, float]

    @classmethod
    def fit(cls, closures: Sequence[Closure], fractions: Sequence[float]) -> GapScale:
        """Fit shares by least squares.

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
            When there are fewer than twelve sections, or ends do not rise with gaps: bring more,
            with several shares.
        """
        if len(closures) != len(fractions) or len(closures) < _FEWEST:
            raise InputError(
                f"expected {_FEWEST} sections or more with the share of gaps of each, found "
                f"{len(closures)} and {len(fractions)} shares",
                where="GapScale.fit",
                repair="Bring more sections, with several shares of gaps.",
            )
        shares = np.asarray(fractions, float)
        seen = np.array([(one.ends_per_um, one.openness) for one in closures])
        if not float(((shares - shares.mean()) * seen[:, 0]).mean()) > _FLAT:
            raise InputError(
                "expected free ends that rise with gaps, found that they do not",
                where="GapScale.fit",
                repair="Bring more sections, with several shares of gaps.",
            )
        terms = _expand(seen)
        terms = terms if len(terms) >= _PER_NUMBER * terms.shape[1] else terms[:, :_LINEAR]
        found = np.linalg.lstsq(terms, shares, rcond=None)[0]
        weights = np.zeros(_TERMS)
        weights[: len(found)] = found
        ends, openness = seen.max(axis=0).tolist()
        return cls(tuple(weights.tolist()), (ends, openness))

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
        seen = np.minimum((closure.ends_per_um, closure.openness), self.most)
        return float(np.clip(_expand(seen[None]) @ np.array(self.weights), 0, 1)[0])

    def to_json(self) -> dict[str, Any]:
        """Return the scale as plain JSON values."""
        return {"weights": list(self.weights), "most": list(self.most)}

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> GapScale:
        """Make a scale of what :meth:`to_json` returned.

        Parameters
        ----------
        record : mapping
            ``weights`` and ``most``.
        """
        ends, openness = record["most"]
        return cls(tuple(map(float, record["weights"])), (float(ends), float(openness)))


def _expand(seen: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    ends, openness = seen.T
    return np.stack(
        [np.ones(len(seen)), ends, openness, ends**2, ends * openness, openness**2], axis=1
    )
