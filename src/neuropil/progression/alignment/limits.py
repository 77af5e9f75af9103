"""Values that a measurement cannot go below or above, and what is expected of it near them.

Counts and shares end at 0. Around such an end noise cannot average out: where the course is at 0,
half of the values are 0 and the others above it, and their mean is .4 standard deviations. Taken
for the course itself, people at early stages are placed a year too late (card).

References
----------
Tobin 1958, Econometrica 26:24.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from neuropil.progression.alignment.scans import Scans

__all__ = ["NO_LIMITS", "Limits", "expect_clipped", "find_limits"]

# Share of values at an end from which it is a limit. The smallest of a thousand values of a
# measurement without limits is there once.
_SHARE = 0.01
# Standard deviations from a limit within which it is felt: beyond, .1 % of the values are.
_APART = 3.0


class Limits(NamedTuple):
    """Where values end.

    Parameters
    ----------
    floor, ceiling : float
        Infinite where there is none.
    """

    floor: float = -np.inf
    ceiling: float = np.inf

    def are_far(self, expected: Array, scatter: ArrayLike) -> Array:
        """Tell where values are too far from the limits to feel them.

        Parameters
        ----------
        expected : (...) array
            Values of the course.
        scatter : float
            Standard deviation around it.
        """
        margin = _APART * scatter
        return (expected > self.floor + margin) & (expected < self.ceiling - margin)


NO_LIMITS = Limits()
"""Those of a measurement that does not end anywhere."""


def find_limits(scans: Scans) -> Limits:
    """Find the limits of a measurement by the values that pile up there.

    Parameters
    ----------
    scans : Scans
        Of training people.

    Returns
    -------
    Limits
        The smallest and the largest value, each where at least one value in a hundred equals it.
    """
    # A value that is missing is held as 0, and would make a floor of it.
    values = scans.values[scans.known > 0]
    ends = values.min(), values.max()
    piled = [bool((values == end).mean() >= _SHARE) for end in ends]
    return Limits(float(ends[0]) if piled[0] else -np.inf, float(ends[1]) if piled[1] else np.inf)


def expect_clipped(
    course: Float[Array, "*t n"], scatter: ArrayLike, limits: Limits
) -> Float[Array, "*t n"]:
    """Return the mean of what is measured around a course, E[clip(c + e, floor, ceiling)].

    Parameters
    ----------
    course : (..., n) array
        c.
    scatter : float
        Standard deviation of e, above 0.
    limits : Limits
        Where values end.

    Returns
    -------
    (..., n) array
        c itself where there are no limits.
    """
    # Both ends are excesses: clip(x) = floor + (x - floor)+ - (x - ceiling)+.
    mean = course
    if np.isfinite(limits.floor):
        mean = limits.floor + _expect_excess(course - limits.floor, scatter)
    if np.isfinite(limits.ceiling):
        mean = mean - _expect_excess(course - limits.ceiling, scatter)
    return mean


def _expect_excess(distance: Array, scatter: ArrayLike) -> Array:
    """Return E[max(0, d + e)]."""
    z = distance / scatter
    return distance * jax.scipy.stats.norm.cdf(z) + scatter * jnp.exp(-(z**2) / 2) / np.sqrt(
        2 * np.pi
    )
