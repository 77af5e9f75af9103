"""What a model of a cohort is given: connections of every subject, on a scale that suits them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

from neuropil.connectome import Cohort

__all__ = [
    "Scale",
    "Views",
    "average_edges",
    "choose_scale",
    "find_varying",
    "from_scale",
    "to_scale",
]

Scale = Literal["fisher-z", "log1p", "none"]
"""How connections are stretched before a model sees them."""

Rows = npt.NDArray[np.int64] | npt.NDArray[np.bool_]

# A correlation of 1 has no Fisher z; of .999 it is 3.8.
_LARGEST_CORRELATION = 0.999


def _weigh_nodes(n: int) -> list[tuple[float, float]]:
    nodes, weights = np.polynomial.hermite_e.hermegauss(n)
    return list(zip(nodes.tolist(), (weights / weights.sum()).tolist(), strict=True))


# Nine give the mean of a tanh to 1e-4 up to a spread of .7, and to 1e-3 up to 1.
_GAUSS_HERMITE = _weigh_nodes(9)


@dataclass(frozen=True)
class Views:
    """Connections of subjects in several modalities, on the scales that models work on.

    Parameters
    ----------
    edges : mapping of str to (n_subjects, n_edges) array
        Row-major upper triangles by modality; a subject without a modality is a row of NaN.
    scales : mapping of str to {"fisher-z", "log1p", "none"}
        How each modality was stretched; one that is not named was not.
    """

    edges: Mapping[str, npt.NDArray[np.floating]]
    scales: Mapping[str, Scale] = field(default_factory=dict)

    @classmethod
    def of(cls, cohort: Cohort, scales: Mapping[str, Scale]) -> Views:
        """Bring the modalities that ``scales`` names on their scales."""
        edges = {name: to_scale(cohort.edges(name), scale) for name, scale in scales.items()}
        return cls(edges, scales)

    @property
    def modalities(self) -> tuple[str, ...]:
        """Names of the modalities, in order."""
        return tuple(self.edges)

    @property
    def n_subjects(self) -> int:
        """Number of subjects."""
        return len(next(iter(self.edges.values())))

    def present(self, modality: str) -> npt.NDArray[np.bool_]:
        """Tell which subjects have a modality, shape (n_subjects,)."""
        return ~np.isnan(self.edges[modality]).all(axis=1)

    def complete(self) -> npt.NDArray[np.bool_]:
        """Tell which subjects have all modalities, shape (n_subjects,)."""
        return np.logical_and.reduce([self.present(name) for name in self.edges])

    def other(self, modality: str) -> str:
        """Return the name of the modality that is not this one, of two."""
        first, second = self.modalities
        return second if modality == first else first

    def take(self, rows: Rows) -> Views:
        """Return some of the subjects."""
        return Views({name: edges[rows] for name, edges in self.edges.items()}, self.scales)

    def only(self, modality: str) -> Views:
        """Return the same subjects as if they had no other modality."""
        return Views(
            {
                name: edges if name == modality else np.full_like(edges, np.nan)
                for name, edges in self.edges.items()
            },
            self.scales,
        )

    def together(self, other: Views) -> Views:
        """Return these subjects and then those of another view of the same modalities."""
        edges = {name: np.concatenate([own, other.edges[name]]) for name, own in self.edges.items()}
        return Views(edges, self.scales)


def choose_scale(cohort: Cohort, modality: str) -> Scale:
    """Choose the scale by the unit of a modality.

    Parameters
    ----------
    cohort : Cohort
        Where it is from.
    modality : str
        Its name.

    Returns
    -------
    {"fisher-z", "log1p", "none"}
        Fisher z of correlations, log(1 + count) of counts, anything else as it is.
    """
    unit = cohort.units.get(modality)
    if unit in ("correlation", "partial correlation"):
        return "fisher-z"
    return "log1p" if unit in ("streamlines", "synapses") else "none"


def average_edges(edges: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    """Average each edge over the subjects that have it; 0 where none has.

    Parameters
    ----------
    edges : (n, n_edges) array
        Connections, NaN where they are missing.
    """
    # Not nanmean, which warns of an edge that nobody has and makes all that follows NaN.
    seen = ~np.isnan(edges)
    total = np.where(seen, edges, 0.0).sum(axis=0, dtype=float)
    return np.asarray(total / np.maximum(seen.sum(axis=0), 1))


def find_varying(edges: npt.NDArray[np.floating]) -> npt.NDArray[np.bool_]:
    """Tell which edges differ between subjects, shape (n_edges,); missing values do not count.

    Parameters
    ----------
    edges : (n, n_edges) array
        Connections, NaN where they are missing.
    """
    # Not the variance, which rounding keeps above 0 where all values are the same.
    missing = np.isnan(edges)
    highest = np.where(missing, -np.inf, edges).max(axis=0)
    return np.asarray(highest > np.where(missing, np.inf, edges).min(axis=0))


def to_scale(values: npt.NDArray[np.floating], scale: Scale) -> npt.NDArray[np.floating]:
    """Bring connections on a scale; NaN stays.

    Parameters
    ----------
    values : array
        Correlations, counts or other weights.
    scale : {"fisher-z", "log1p", "none"}
        Correlations beyond .999 are taken as .999, since that of 1 has no Fisher z.
    """
    if scale == "fisher-z":
        return np.arctanh(np.clip(values, -_LARGEST_CORRELATION, _LARGEST_CORRELATION))
    return np.log1p(values) if scale == "log1p" else np.asarray(values)


def from_scale(
    values: npt.NDArray[np.floating],
    scale: Scale,
    spread: npt.NDArray[np.floating] | float = 0.0,
) -> npt.NDArray[np.floating]:
    """Bring connections back from a scale.

    The mean of a correlation is not the correlation of a mean Fisher z, and that of a count is not
    that of a mean logarithm: where values are predictions, their spread tells how far off it is.

    Parameters
    ----------
    values : (..., n_edges) array
        On the scale.
    scale : {"fisher-z", "log1p", "none"}
        Which one.
    spread : (n_edges,) array or float
        Standard deviation, on the scale, of what is predicted around the values. With 0 this is the
        inverse of :func:`to_scale`.

    Returns
    -------
    (..., n_edges) array
        Mean, in the unit of the data, of a normal distribution around the values.
    """
    if scale == "fisher-z":
        return sum(
            (weight * np.tanh(values + node * spread) for node, weight in _GAUSS_HERMITE),
            start=np.zeros(np.shape(values)),
        )
    return np.expm1(values + np.square(spread) / 2) if scale == "log1p" else np.asarray(values)
