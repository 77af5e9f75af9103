"""One map of a group, explained by spread and growth from an unknown seed at an unknown time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt

from neuropil.contracts import ConfigError, InputError
from neuropil.progression.dynamics.diffusion import diffuse
from neuropil.progression.dynamics.integrators import integrate
from neuropil.progression.dynamics.reaction import couple_mechanisms
from neuropil.progression.group_maps.scoring import compute_aicc, correlate_maps, scale_to_unit

__all__ = ["MapFit", "MapModel", "MapTarget", "SeedSearch", "fit_map"]

Array = npt.NDArray[np.float64]
MapModel = Literal["diffusion", "growth", "weighted growth"]

PARAMETERS: Mapping[str, int] = MappingProxyType(
    {"diffusion": 2, "growth": 3, "weighted growth": 3}
)
"""Fitted numbers of each model: seed and time, and the share of spread."""


@dataclass(frozen=True, eq=False)
class MapTarget:
    """The map that is to be explained.

    Parameters
    ----------
    values : (n,) array
        Pathology of each region of the graph, in any unit.
    scored : (n,) bool array, optional
        Regions that are compared, such as those of the cortex; all when not given.

    Raises
    ------
    InputError
        When the shapes differ, or a scored value is not finite.
    """

    values: Array
    scored: npt.NDArray[np.bool_] | None = None

    def __post_init__(self) -> None:
        values = np.asarray(self.values, dtype=np.float64)
        scored = np.ones(values.shape, bool) if self.scored is None else np.asarray(self.scored)
        if values.ndim != 1 or scored.shape != values.shape or scored.dtype != bool:
            raise InputError(
                f"expected one value and one yes or no for each region, found {values.shape} and "
                f"{scored.dtype} of {scored.shape}",
                where="MapTarget",
                repair="Give the map and a mask of the regions to compare.",
            )
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "scored", scored)

    @property
    def unit(self) -> Array:
        """The scored values, from 0 at the smallest to 1 at the largest."""
        return scale_to_unit(self.values[self.scored])


@dataclass(frozen=True)
class SeedSearch:
    """What is tried.

    Parameters
    ----------
    times : tuple of float
        Even times from 0, at one of which the map is taken.
    spreads : tuple of float
        Shares of spread in models with growth.
    """

    # 1,000 times as in the toolbox of He et al.; 20 shares tell seeds and models apart.
    times: tuple[float, ...] = field(default=tuple(np.linspace(0, 25, 1000)), repr=False)
    spreads: tuple[float, ...] = field(default=tuple(np.linspace(0.05, 0.98, 20)), repr=False)

    def __post_init__(self) -> None:
        steps = np.diff(self.times)
        if len(self.times) < 2 or self.times[0] != 0 or not np.allclose(steps, steps.mean()):
            raise ConfigError(
                f"expected even times from 0, found {len(self.times)} from {self.times[:1]}",
                where="SeedSearch",
                repair="Write for example numpy.linspace(0, 25, 1000).",
            )


@dataclass(frozen=True, eq=False)
class MapFit:
    """The best seed, time and share of spread, and what they explain.

    Parameters
    ----------
    model : str
        Which model.
    seed : int
        Place of the start among those that were tried.
    time : float
        When the prediction is nearest to the map.
    spread : float or None
        Share of spread; None without growth.
    sse : float
        Sum of squared errors over the scored regions, both scaled to 1.
    r : float
        Pearson correlation over them.
    aicc : float
        Akaike's criterion; smaller is better.
    predicted : (n,) array
        The prediction in every region of the graph.
    """

    model: str
    seed: int
    time: float
    spread: float | None
    sse: float
    r: float
    aicc: float
    predicted: Array


def fit_map(
    laplacian: npt.ArrayLike,
    target: MapTarget,
    starts: npt.ArrayLike,
    model: MapModel = "diffusion",
    *,
    weights: npt.ArrayLike = 1.0,
    search: SeedSearch | None = None,
) -> MapFit:
    """Try every seed, time and share of spread, and return what comes nearest to the map.

    Parameters
    ----------
    laplacian : (n, n) array
        Row-normalised, as :func:`build_laplacian` makes it.
    target : MapTarget
        Of n regions.
    starts : (m, n) array
        States at time 0, one for each seed that is tried, such as 1 in a region of both sides.
    model : {"diffusion", "growth", "weighted growth"}
        ``diffusion`` is divided by its largest value at each time; it loses what it spreads.
    weights : (n,) array or float
        Growth of each region where it is weighted, such as its amyloid.
    search : SeedSearch, optional
        Times and shares to try.

    Returns
    -------
    MapFit
        Of the smallest sum of squared errors.

    Raises
    ------
    ConfigError
        When the model is unknown; choose one of those above.
    InputError
        When shapes do not fit or a value cannot be computed with.

    References
    ----------
    He et al. 2023, MICCAI, arXiv 2308.05536.
    """
    search = search or SeedSearch()
    if model not in PARAMETERS:
        raise ConfigError(
            f"expected {', '.join(PARAMETERS)}, found {model!r}",
            where="model",
            repair="Choose one of them.",
        )
    states = np.atleast_2d(np.asarray(starts, dtype=np.float64))
    growth = weights if model == "weighted growth" else 1.0
    tried: Iterable[tuple[float | None, Array]]
    if model == "diffusion":
        tried = [(None, _diffuse_scaled(laplacian, states, search))]
    else:
        tried = _grow(laplacian, states, growth, search)
    return min((_compare(model, target, search, *one) for one in tried), key=lambda fit: fit.sse)


def _diffuse_scaled(laplacian: npt.ArrayLike, starts: Array, search: SeedSearch) -> Array:
    """Return the courses of all starts, shape (m, t, n)."""
    courses = np.moveaxis(diffuse(laplacian, starts.T, np.asarray(search.times)), -1, 0)
    return courses / courses.max(axis=-1, keepdims=True)


def _grow(
    laplacian: npt.ArrayLike, starts: Array, weights: npt.ArrayLike, search: SeedSearch
) -> Iterator[tuple[float, Array]]:
    """Yield each share of spread and the courses of all starts under it, shape (m, t, n)."""
    duration, steps = np.float64(search.times[-1]), len(search.times) - 1
    for spread in search.spreads:
        equation = couple_mechanisms(laplacian, spread, weights)
        # Double precision ends before the courses are handed out: it must not leak to the caller.
        with jax.enable_x64(True):
            given = jnp.asarray(starts)
            courses = np.asarray(_solve(equation, given, duration, steps, "strang"))
        yield spread, courses


# Splitting takes one product of matrices a step, and any share of spread.
_solve = eqx.filter_jit(jax.vmap(integrate, in_axes=(None, 0, None, None, None)))


def _compare(
    model: str, target: MapTarget, search: SeedSearch, spread: float | None, courses: Array
) -> MapFit:
    wanted = target.unit
    errors = ((courses[..., target.scored] - wanted) ** 2).sum(axis=-1)
    seed, moment = np.unravel_index(int(np.argmin(errors)), errors.shape)
    predicted, sse = courses[seed, moment], float(errors[seed, moment])
    return MapFit(
        model,
        int(seed),
        float(search.times[moment]),
        spread,
        sse,
        float(correlate_maps(wanted, predicted[target.scored])),
        compute_aicc(sse, wanted.size, PARAMETERS[model]),
        predicted,
    )
