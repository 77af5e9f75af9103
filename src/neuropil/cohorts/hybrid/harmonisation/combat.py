"""ComBat: location and scale of every site, drawn towards each other by empirical Bayes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from neuropil.cohorts.data import average_edges
from neuropil.contracts import ConfigError

__all__ = ["Combat"]

Array = npt.NDArray[np.floating]
Whole = npt.NDArray[np.int64]

# The authors' program stops where no estimate changes by a ten thousandth.
_SETTLED, _MOST_STEPS = 1e-4, 100
_TINY = 1e-12


@dataclass(frozen=True)
class Combat:
    """Location and scale of sites, on the scale of connections in which they were fitted.

    Parameters
    ----------
    mean : (n_edges,) array
        Of all subjects, covariates at their means.
    slopes : (q, n_edges) array
        Effect of every covariate, which is kept.
    spread : (n_edges,) array
        Standard deviation within sites.
    shift, stretch : (s, n_edges) array
        Location and scale of every site, in units of the spread.
    centre : (q,) array
        Means of the covariates.
    """

    mean: Array
    slopes: Array
    spread: Array
    shift: Array
    stretch: Array
    centre: Array

    @classmethod
    def fit(
        cls, values: Array, sites: Whole, covariates: Array | None = None, *, pool: bool = True
    ) -> Self:
        """Fit location and scale of every site.

        A site of one subject has no scale of its own: it gets a location, drawn towards the mean of
        its edges, and the scale of all. Subjects without a site count for mean, slopes and spread.

        Parameters
        ----------
        values : (n, n_edges) array
            Connections; a missing one counts as the mean of its edge.
        sites : (n,) int array
            Site of each subject from 0, -1 where it is not known.
        covariates : (n, q) array, optional
            Whose effect is kept.
        pool : bool
            Whether locations and scales of the edges of a site are drawn towards each other;
            without, each site is standardised by itself.

        References
        ----------
        Johnson, Li, Rabinovic 2007, Biostatistics 8:118.
        """
        filled = _fill(values)
        n_sites = int(sites.max(initial=-1)) + 1
        member = (sites[:, None] == np.arange(n_sites)[None]).astype(float)
        q = np.zeros((len(values), 0)) if covariates is None else np.asarray(covariates, float)
        centre = q.mean(axis=0)
        unknown = (sites < 0).astype(float)[:, None]
        design = np.hstack([member, unknown[:, : int(unknown.any())], q - centre])
        weights = np.linalg.lstsq(design, filled, rcond=None)[0]
        groups = design.shape[1] - q.shape[1]
        held = design[:, :groups].sum(axis=0)
        mean = held @ weights[:groups] / held.sum()
        slopes = weights[groups:]
        spread = np.sqrt(((filled - design @ weights) ** 2).mean(axis=0))
        still = spread <= _TINY * (1 + np.abs(mean))
        spread = np.where(still, 1.0, spread)
        white = (filled - mean - (q - centre) @ slopes) / spread
        estimate = _pool_site if pool else _measure_site
        found = [estimate(white[sites == site]) for site in range(n_sites)]
        shift = np.array([one[0] for one in found]).reshape(n_sites, -1)
        stretch = np.array([one[1] for one in found]).reshape(n_sites, -1)
        # An edge that never varies is not drawn towards those that do.
        shift[:, still], stretch[:, still] = 0.0, 1.0
        return cls(mean, slopes, spread, shift, stretch, centre)

    def apply(
        self,
        values: Array,
        sites: Whole,
        covariates: Array | None = None,
        to: int | None = None,
    ) -> Array:
        """Take the sites out of connections; a missing value stays missing.

        Parameters
        ----------
        values : (n, n_edges) array
            Connections on the same scale.
        sites : (n,) int array
            Site of each subject. One that was not fitted, or is not known, is left as it is.
        covariates : (n, q) array, optional
            As in :meth:`fit`.
        to : int, optional
            Site that all should look like; none is the mean of all.

        Raises
        ------
        ConfigError
            When the target was not fitted, or covariates are wanting.
        """
        n_sites, q = len(self.shift), len(self.centre)
        if to is not None and not 0 <= to < n_sites:
            raise ConfigError(
                f"expected a site from 0 to {n_sites - 1}, found {to}",
                where="to",
                repair="Name a site that was fitted.",
            )
        given = np.zeros((len(values), 0)) if covariates is None else np.asarray(covariates, float)
        if given.shape[1] != q:
            raise ConfigError(
                f"expected {q} covariates, found {given.shape[1]}",
                where="covariates",
                repair="Give those that were fitted, in their order.",
            )
        base = self.mean + (given - self.centre) @ self.slopes
        white = (np.asarray(values, float) - base) / self.spread
        known = (sites >= 0) & (sites < n_sites)
        rows = sites[known]
        white[known] = (white[known] - self.shift[rows]) / self.stretch[rows]
        if to is not None:
            white[known] = white[known] * self.stretch[to] + self.shift[to]
        return np.asarray(white * self.spread + base)


def _fill(values: Array) -> Array:
    return np.where(np.isnan(values), average_edges(values), values)


def _measure_site(white: Array) -> tuple[Array, Array]:
    """Return location and scale of one site; of no or one subject the scale is that of all."""
    p = white.shape[1]
    if not len(white):
        return np.zeros(p), np.ones(p)
    scale = white.std(axis=0, ddof=1) if len(white) > 1 else np.ones(p)
    return white.mean(axis=0), np.where(scale > _TINY, scale, 1.0)


def _pool_site(white: Array) -> tuple[Array, Array]:
    """Draw location and scale of the edges of a site towards what they have in common."""
    n = len(white)
    shift, scale = _measure_site(white)
    if not n:
        return shift, scale
    variance = scale**2
    centre, width = shift.mean(), max(shift.var(ddof=1) if len(shift) > 1 else 0.0, _TINY)
    # Inverse gamma by the moments of the variances; of a single subject there are none.
    middle, of_variance = variance.mean(), max(variance.var(ddof=1), _TINY) if n > 1 else 0.0
    found, spread = shift, variance
    for _ in range(_MOST_STEPS):
        moved = (n * width * shift + spread * centre) / (n * width + spread)
        wider = spread
        if n > 1:
            shape = 2 + middle**2 / of_variance
            rate = middle * (shape - 1)
            squares = ((white - moved) ** 2).sum(axis=0)
            wider = (rate + 0.5 * squares) / (n / 2 + shape - 1)
        change = max(_relative(moved, found), _relative(wider, spread))
        found, spread = moved, wider
        if change < _SETTLED:
            break
    return found, np.sqrt(spread)


def _relative(new: Array, old: Array) -> float:
    return float(np.max(np.abs(new - old) / np.maximum(np.abs(old), 1e-6), initial=0.0))
