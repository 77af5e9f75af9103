"""Moran spectral randomisation: maps with the same spatial autocorrelation, without a sphere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from neuropil.contracts import InputError
from neuropil.measures.maps.spatial_nulls import SpatialNull, check_map, name_regions

__all__ = ["MoranNull", "compute_moran_index"]


@dataclass(frozen=True, eq=False)
class MoranNull(SpatialNull):
    """Flip the signs of a map's spatial components at random.

    The components are the eigenvectors of the centred matrix of inverse distances. Mean,
    variance and Moran's I of every column are kept exactly, and so are covariances between
    columns; values themselves are not.

    Parameters
    ----------
    distance : (n, n) array
        Distance of each pair of regions, symmetric, above 0 off the diagonal.
    names : tuple of str, optional
        Names of the regions for messages; their places when not given.

    Raises
    ------
    InputError
        When the matrix is not one of distances; the message names two regions.

    References
    ----------
    Wagner and Dray 2015, Methods Ecol. Evol. 6:1169, singleton procedure.
    """

    distance: np.ndarray
    names: tuple[str, ...] | None = None
    _components: np.ndarray = field(init=False, repr=False)

    def __post_init__(self) -> None:
        weights = _inverse_distances(self.distance, self.names)
        n = len(weights)
        # Centred on both sides, as Moran's I centres the map: its components are then those of I.
        centring = np.eye(n) - 1 / n
        components = np.linalg.eigh(centring @ weights @ centring)[1]
        # One of them is constant: the mean, which is kept by itself.
        constant = np.abs(components.sum(axis=0)).argmax()
        object.__setattr__(self, "_components", np.delete(components, constant, axis=1))

    @property
    def name(self) -> str:
        """What the model keeps and what it destroys, in one line."""
        return "Moran spectral randomisation; Moran's I, mean and variance kept, place not"

    def surrogates(self, values: np.ndarray, n_draws: int, rng: np.random.Generator) -> np.ndarray:
        """Draw maps with the same Moran's I."""
        array = check_map(values, len(self.distance), "MoranNull")
        columns = array[:, None] if array.ndim == 1 else array
        mean = columns.mean(axis=0)
        loadings = self._components.T @ (columns - mean)
        # One sign for a component in all columns, by which their covariances are kept.
        signs = rng.choice([-1.0, 1.0], size=(n_draws, loadings.shape[0]))
        drawn = np.einsum("nk,dk,kc->dnc", self._components, signs, loadings, optimize=True) + mean
        return drawn[:, :, 0] if array.ndim == 1 else drawn


def compute_moran_index(values: np.ndarray, distance: np.ndarray) -> np.ndarray:
    """Compute Moran's I with weights of inverse distance.

    Parameters
    ----------
    values : (..., n) array
        Maps.
    distance : (n, n) array
        Distance of each pair of regions.

    Returns
    -------
    (...) array
        Near 0 without autocorrelation, larger for smooth maps.

    Raises
    ------
    InputError
        When the matrix is not one of distances.

    References
    ----------
    Moran 1950, Biometrika 37:17.
    """
    weights = _inverse_distances(distance)
    deviation = values - values.mean(axis=-1, keepdims=True)
    covered = np.einsum("...i,ij,...j->...", deviation, weights, deviation, optimize=True)
    index: np.ndarray = covered / (deviation**2).sum(axis=-1) * len(weights) / weights.sum()
    return index


def _inverse_distances(distance: np.ndarray, names: Sequence[str] | None = None) -> np.ndarray:
    square = np.asarray(distance, dtype=float)
    if square.ndim != 2 or square.shape[0] != square.shape[1] or len(square) < 3:
        raise InputError(
            f"expected a square matrix of at least 3 regions, found shape {square.shape}",
            where="distance",
            repair="Give the distance of each pair of regions.",
        )
    off = ~np.eye(len(square), dtype=bool)
    # Infinity too: its weight would be 0, as if the region were beyond the others' reach.
    wrong = np.argwhere(off & ~(np.isfinite(square) & (square > 0) & (square == square.T)))
    if len(wrong):
        pair = wrong[0]
        raise InputError(
            "expected a symmetric matrix that is finite and above 0 off the diagonal, found "
            f"{square[tuple(pair)]:g} and {square[tuple(pair[::-1])]:g} between "
            f"{name_regions(pair, names)}",
            where="distance",
            repair="Two regions at the same place, or a missing distance, cannot be used.",
        )
    weights = np.zeros_like(square)
    weights[off] = 1 / square[off]
    return weights
