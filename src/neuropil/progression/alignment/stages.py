"""One shift a person on a grid of stages, by least squares, within compiled programs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt
from jaxtyping import Array, Float

from neuropil.progression.alignment.scans import Scans
from neuropil.progression.dynamics.integrators import interpolate

__all__ = ["StageGrid", "find_stages", "measure_misfits"]


@dataclass(frozen=True, slots=True)
class StageGrid:
    """Stages that are tried: 0, ``step``, ..., ``last``.

    Parameters
    ----------
    last : float
        The latest stage of a first scan [time].
    step : float
        Between two stages [time].
    """

    last: float = 26.0
    step: float = 0.1

    @property
    def n_stages(self) -> int:
        """Number of stages."""
        return round(self.last / self.step) + 1

    @property
    def stages(self) -> npt.NDArray[np.float64]:
        """The stages, shape (n_stages,)."""
        return self.step * np.arange(self.n_stages, dtype=np.float64)


def measure_misfits(
    states: Float[Array, "t n"],
    duration: float,
    scans: Scans,
    grid: StageGrid,
    show: Callable[[Array], Array] = lambda course: course,
) -> Float[Array, "people stages"]:
    """Return the sum of squared residuals of each person at each stage of the first scan.

    Parameters
    ----------
    states : (t, n) array
        The course on an even grid of times.
    duration : float
        Time of its last state.
    scans : Scans
        Of all people. Regions that were not measured leave the sum.
    grid : StageGrid
        Stages. Gaps between scans are rounded to its step.
    show : callable
        From the course to what is expected of measurements.

    Returns
    -------
    (people, stages) array
        Sums over scans and regions.
    """
    # One table of scans and times serves all stages: a person's row is a sum of shifted rows of it.
    n_times = max(grid.n_stages, round(duration / grid.step) + 1)
    course = show(interpolate(states, duration, grid.step * jnp.arange(n_times)))
    values, known = jnp.asarray(scans.values), jnp.asarray(scans.known)
    # (y - c)^2 multiplied out: two products of matrices in place of a cube of residuals.
    table = (values**2).sum(1)[:, None] - 2 * values @ course.T + known @ (course**2).T
    shift = jnp.round(jnp.asarray(scans.gaps) / grid.step).astype(int)
    # After its end the course stays as it is.
    place = jnp.minimum(shift[:, None] + jnp.arange(grid.n_stages), n_times - 1)
    rows = jnp.take_along_axis(table, place, axis=1)
    return jax.ops.segment_sum(rows, jnp.asarray(scans.owners), scans.n_people)


def find_stages(misfits: Float[Array, "people stages"], grid: StageGrid) -> Float[Array, " people"]:
    """Return the stage of least squares of each person.

    Parameters
    ----------
    misfits : (people, stages) array
        As :func:`measure_misfits` returns them.
    grid : StageGrid
        The same.
    """
    return grid.step * jnp.argmin(misfits, axis=1)
