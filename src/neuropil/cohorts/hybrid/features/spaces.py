"""Where what a site does to connections adds up, so that it can be taken out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from neuropil.cohorts.data import Scale, from_scale, to_scale
from neuropil.cohorts.hybrid.features.correlations import RIDGE
from neuropil.cohorts.hybrid.features.logarithms import decompose, from_logarithms
from neuropil.connectome import count_regions

__all__ = ["LogarithmSpace", "ScaleSpace", "Space"]

Array = npt.NDArray[np.floating]


@dataclass(frozen=True)
class ScaleSpace:
    """Every connection by itself, on the scale of the model.

    Parameters
    ----------
    scale : {"fisher-z", "log1p", "none"}
        How connections are stretched.
    unit : str
        Of the connections; it tells their range.
    """

    scale: Scale
    unit: str

    def enter(self, edges: Array) -> Array:
        """Bring connections into the space, shape (n, n_edges); NaN stays."""
        return np.asarray(to_scale(edges, self.scale))

    def show(self, values: Array) -> Array:
        """Return connections on the scale of the model, shape (n, n_edges)."""
        return values

    def leave(self, values: Array) -> Array:
        """Return connections in their unit; a shift knows of no limits, and counts are not < 0."""
        edges = from_scale(values, self.scale)
        counted = self.unit.endswith(("streamlines", "synapses"))
        return np.maximum(edges, 0.0) if counted else edges


@dataclass(frozen=True)
class LogarithmSpace:
    """Whole matrices of correlations, by their logarithm.

    Filters and scanners multiply the power of signals, which the logarithm turns into sums; and
    what comes back of a sum is a matrix of correlations again.

    Parameters
    ----------
    mean : (n_edges,) array
        Correlations that missing ones are taken for.

    References
    ----------
    Arsigny et al. 2007, SIAM J. Matrix Anal. Appl. 29:328, for means of matrices by logarithms.
    """

    mean: Array

    def enter(self, edges: Array) -> Array:
        """Bring correlations into the space, shape (n, r (r + 1) / 2)."""
        parts = [one.logarithm(RIDGE) for one in decompose(edges, self.mean)]
        return np.concatenate(parts)

    def show(self, values: Array) -> Array:
        """Return correlations as Fisher z, shape (n, n_edges)."""
        return np.asarray(to_scale(self.leave(values), "fisher-z"))

    def leave(self, values: Array) -> Array:
        """Return correlations, shape (n, n_edges)."""
        return from_logarithms(values, RIDGE, count_regions(len(self.mean), "correlations"))


Space = ScaleSpace | LogarithmSpace
"""Either of them."""
