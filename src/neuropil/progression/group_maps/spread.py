"""Spread from a known seed: which rate, graph and seed foretell a group's maps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from neuropil.contracts import ConfigError, InputError
from neuropil.progression.dynamics.diffusion import diffuse
from neuropil.progression.group_maps.scoring import correlate_maps

__all__ = [
    "LINEAR_PROTOCOL",
    "LOGARITHMIC_PROTOCOL",
    "GroupMaps",
    "RateFit",
    "SpreadProtocol",
    "choose_graph",
    "fit_rate",
    "score_seeds",
]

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class GroupMaps:
    """Maps of a group at several times, and where its pathology was seeded.

    Parameters
    ----------
    times : (t,) array
        Times after seeding, above 0 and increasing.
    values : (t, n) array
        Pathology of each region, such as the mean over the animals of a time; 0 or more, NaN where
        a region was not scored.
    start : (n,) array
        State at time 0: 1 at the seeds, 0 elsewhere.

    Raises
    ------
    InputError
        When shapes do not fit, times do not increase, a value is negative or nothing is seeded.
    """

    times: Array
    values: Array
    start: Array

    def __post_init__(self) -> None:
        for name in ("times", "values", "start"):
            object.__setattr__(self, name, np.asarray(getattr(self, name), dtype=np.float64))
        shape = (self.times.size, self.start.size)
        if self.values.shape != shape:
            _refuse(f"a map of {shape[1]} regions at {shape[0]} times", f"{self.values.shape}")
        if not (np.diff(self.times, prepend=0) > 0).all():
            _refuse("increasing times above 0", f"{self.times.tolist()}")
        if (self.values < 0).any() or np.isinf(self.values).any():
            _refuse("finite pathology of 0 or more, or NaN", f"{np.nanmin(self.values):g}")
        if not (self.start >= 0).all() or not self.start.any():
            _refuse("a seed above 0 and nothing below it", f"{self.start.sum():g} in all")


def _refuse(expected: str, found: str) -> None:
    raise InputError(
        f"expected {expected}, found {found}",
        where="GroupMaps",
        repair="Give one row for each time and one column for each region.",
    )


@dataclass(frozen=True)
class SpreadProtocol:
    """How predictions are compared with maps.

    Parameters
    ----------
    rates : tuple of float
        Rates of spread that are tried [1 / time].
    logarithm : bool
        Whether logarithms are correlated, without the regions that have no pathology.
    with_seeds : bool
        Whether seeded regions count.
    """

    rates: tuple[float, ...] = field(repr=False)
    logarithm: bool
    with_seeds: bool

    def compare(self, laplacian: npt.ArrayLike, maps: GroupMaps) -> Array:
        """Return r of each rate at each time, shape (rates, t)."""
        predicted = self._predict(laplacian, maps.times, maps.start)
        return correlate_maps(self._scored(maps), predicted, logarithm=self.logarithm)

    def compare_seeds(self, laplacian: npt.ArrayLike, maps: GroupMaps) -> Array:
        """Return r of each rate, time and region taken as the only seed, shape (rates, t, n)."""
        n = maps.start.size
        predicted = np.moveaxis(self._predict(laplacian, maps.times, np.eye(n)), -1, 2)
        # One time at a time: all at once would need memory for rates x times x n x n logarithms.
        each = [
            correlate_maps(
                self._without(maps.values[place], np.eye(n)),
                predicted[:, place],
                logarithm=self.logarithm,
            )
            for place in range(maps.times.size)
        ]
        return np.stack(each, axis=1)

    def _predict(self, laplacian: npt.ArrayLike, times: Array, start: Array) -> Array:
        # A faster rate is a later time, so that one call serves all of both.
        moments = np.multiply.outer(np.asarray(self.rates), times)
        states = diffuse(laplacian, start, moments.ravel())
        return states.reshape(*moments.shape, *start.shape)

    def _scored(self, maps: GroupMaps) -> Array:
        return self._without(maps.values, maps.start)

    def _without(self, values: Array, start: Array) -> Array:
        return values if self.with_seeds else np.where(start > 0, np.nan, values)


LOGARITHMIC_PROTOCOL = SpreadProtocol(
    tuple(np.linspace(0.01, 10, 100)), logarithm=True, with_seeds=True
)
"""Of Henderson et al. 2019: logarithms, without zeros, rates from 0.01 to 10."""

LINEAR_PROTOCOL = SpreadProtocol(
    tuple(np.geomspace(0.01, 20, 40)), logarithm=False, with_seeds=False
)
"""For semi-quantitative scores, which have no logarithm; the seeds, given to the model, are out."""


@dataclass(frozen=True, eq=False)
class RateFit:
    """How well each rate foretells each map, and the rate that was chosen.

    Parameters
    ----------
    rates : (k,) array
        Rates that were tried.
    r : (k, t) array
        Pearson r of each at each time; NaN where it is not defined.
    fitted : (m,) int array
        Places of the times that chose the rate.
    """

    rates: Array
    r: Array
    fitted: npt.NDArray[np.int64]

    @property
    def best(self) -> int:
        """Place of the rate with the highest mean r over the fitted times."""
        return int(np.argmax(np.nan_to_num(self.r[:, self.fitted], nan=-1.0).mean(axis=1)))

    @property
    def rate(self) -> float:
        """The rate that was chosen."""
        return float(self.rates[self.best])

    @property
    def chosen(self) -> Array:
        """Pearson r at each time with that rate, shape (t,)."""
        return self.r[self.best]

    @property
    def score(self) -> float:
        """Mean r over the fitted times; what the choice went by."""
        return float(np.nan_to_num(self.chosen[self.fitted], nan=-1.0).mean())

    @property
    def last(self) -> float:
        """Pearson r at the last time; of a map not seen before, if that was not fitted."""
        return float(self.chosen[-1])


def fit_rate(
    laplacian: npt.ArrayLike,
    maps: GroupMaps,
    protocol: SpreadProtocol = LOGARITHMIC_PROTOCOL,
    *,
    hold_out_last: bool = False,
) -> RateFit:
    """Choose the rate with which spread from the seed foretells the maps best.

    Parameters
    ----------
    laplacian : (n, n) array
        As :func:`build_laplacian` makes it.
    maps : GroupMaps
        Of n regions.
    protocol : SpreadProtocol
        Rates to try and how to compare.
    hold_out_last : bool
        Whether the last time is kept out of the choice.

    Returns
    -------
    RateFit
        The rate, and r at every time.

    Raises
    ------
    ConfigError
        When the last of one time is to be held out; nothing would be left to choose by.

    References
    ----------
    Henderson et al. 2019, Nat. Neurosci. 22:1248.
    """
    r = protocol.compare(laplacian, maps)
    return RateFit(np.asarray(protocol.rates), r, _fitted(maps, hold_out_last))


def _fitted(maps: GroupMaps, hold_out_last: bool) -> npt.NDArray[np.int64]:
    if hold_out_last and maps.times.size < 2:
        raise ConfigError(
            "expected at least two times to hold out the last, found one",
            where="hold_out_last",
            repair="Give an earlier map too.",
        )
    return np.arange(maps.times.size - int(hold_out_last))


def choose_graph(
    laplacians: Mapping[str, npt.ArrayLike],
    maps: GroupMaps,
    protocol: SpreadProtocol = LINEAR_PROTOCOL,
    *,
    hold_out_last: bool = True,
) -> tuple[str, RateFit]:
    """Choose the graph, and the rate on it, that foretell the maps best.

    Parameters
    ----------
    laplacians : mapping of str to (n, n) array
        Graphs to choose from.
    maps : GroupMaps
        Of n regions.
    protocol : SpreadProtocol
        Rates to try and how to compare.
    hold_out_last : bool
        Whether the last time is kept out of both choices.

    Returns
    -------
    name : str
        The graph of the highest score; the first of equal ones.
    fit : RateFit
        Of that graph.
    """
    fits = {
        name: fit_rate(laplacian, maps, protocol, hold_out_last=hold_out_last)
        for name, laplacian in laplacians.items()
    }
    name = max(fits, key=lambda one: fits[one].score)
    return name, fits[name]


def score_seeds(
    laplacian: npt.ArrayLike,
    maps: GroupMaps,
    protocol: SpreadProtocol = LOGARITHMIC_PROTOCOL,
) -> Array:
    """Return how well spread from each single region foretells the maps.

    Parameters
    ----------
    laplacian : (n, n) array
        As :func:`build_laplacian` makes it.
    maps : GroupMaps
        Of n regions; their own seed is not used.
    protocol : SpreadProtocol
        Rates to try and how to compare.

    Returns
    -------
    (n,) array
        Highest mean r over times of each seed, over all rates. Counting how many are higher than
        that of the true seed gives its rank.
    """
    r = np.nan_to_num(protocol.compare_seeds(laplacian, maps), nan=-1.0)
    return r.mean(axis=1).max(axis=0)
