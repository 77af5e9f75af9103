"""Null models of a brain map: other maps that are as smooth in space and mean nothing."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np

from neuropil.connectome import list_some
from neuropil.contracts import InputError

__all__ = ["SpatialNull", "check_map", "name_regions"]


class SpatialNull(ABC):
    """A distribution over maps that keeps how values depend on distance.

    Every model takes one value a region or several (one a gene): the values of a region then
    change together, so that what goes with what among the columns is kept.
    """

    @property
    @abstractmethod
    def name(self) -> str:
        """What the model keeps and what it destroys, in one line."""

    @abstractmethod
    def surrogates(self, values: np.ndarray, n_draws: int, rng: np.random.Generator) -> np.ndarray:
        """Draw maps.

        Parameters
        ----------
        values : (n,) or (n, k) array
            The map, finite, one row for each region.
        n_draws : int
            Number of maps.
        rng : numpy.random.Generator
            Source of every draw.

        Returns
        -------
        (n_draws, n) or (n_draws, n, k) array
            The drawn maps.
        """


def check_map(values: np.ndarray, n_regions: int, where: str) -> np.ndarray:
    """Return a map as floats, or say what is wrong with it.

    Parameters
    ----------
    values : (n,) or (n, k) array
        The map.
    n_regions : int
        Number of regions it must have.
    where : str
        Who asks.

    Returns
    -------
    (n,) or (n, k) float array
        The same values.

    Raises
    ------
    InputError
        When the map has another number of regions, or values that are not finite.
    """
    array = np.asarray(values, dtype=float)
    if array.ndim not in (1, 2) or array.shape[0] != n_regions:
        raise InputError(
            f"expected one row for each of {n_regions} regions, found shape {array.shape}",
            where=where,
            repair="Order and select the map as the regions of the null model.",
        )
    finite = np.isfinite(array)
    if not finite.all():
        rows = np.flatnonzero(~finite.reshape(n_regions, -1).all(axis=1))
        raise InputError(
            f"expected finite values, found {int((~finite).sum())} of {array.size} not, in "
            f"{name_regions(rows)}",
            where=where,
            repair="Drop these regions from the map and from the null model.",
        )
    return array


def name_regions(rows: np.ndarray, names: Sequence[str] | None = None) -> str:
    """Name some regions in a message, by their place where they have no names.

    Parameters
    ----------
    rows : (m,) int array
        Their places, from 0.
    names : sequence of str, optional
        Name of every region.

    Returns
    -------
    str
        Such as ``region 'V1'`` or ``regions 3, 5``.

    Examples
    --------
    >>> name_regions(np.array([0, 2]), ["V1", "V2", "MT"])
    "regions 'V1', 'MT'"
    """
    shown = list_some(int(row) if names is None else repr(str(names[row])) for row in rows)
    return f"region{'s' if len(rows) > 1 else ''} {shown}"
