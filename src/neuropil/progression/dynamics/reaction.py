"""The network equation: spread along a graph, and growth in each region up to its capacity."""

from __future__ import annotations

from typing import TypeAlias, cast

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from neuropil.contracts import ConfigError

__all__ = ["NetworkEquation", "couple_mechanisms"]

Numbers: TypeAlias = npt.ArrayLike | Array


class NetworkEquation(eqx.Module):
    """Spread along a graph with growth in each region: dc/dt = -k L (c - b) + a (c - b) (v - c).

    With b = 0 it is the Fisher-KPP equation on a network, and with a = 0 network diffusion. Growth
    that differs between regions is a regional covariate, as amyloid is for tau; a capacity that
    differs between them is the local Fisher-KPP equation, with the concentrations of healthy
    people as baseline.

    Parameters
    ----------
    laplacian : (n, n) array
        L, as :func:`build_laplacian` makes it.
    spread : () array
        k [1 / time].
    growth : () or (n,) array
        a [1 / (time x concentration)].
    capacity : () or (n,) array
        v, at which growth ends, in the unit of the state.
    baseline : () or (n,) array
        b, from which nothing spreads and nothing grows.

    References
    ----------
    Fisher 1937, Ann. Eugen. 7:355. Chaggar et al., local FKPP (github.com/PavanChaggar/local-fkpp),
    for the form with baseline and regional capacity.
    """

    laplacian: Float[Array, "n n"]
    spread: Float[Array, ""]
    growth: Float[Array, "*n"]
    capacity: Float[Array, "*n"]
    baseline: Float[Array, "*n"]

    def __init__(
        self,
        laplacian: Numbers,
        spread: Numbers,
        growth: Numbers = 0.0,
        capacity: Numbers = 1.0,
        baseline: Numbers = 0.0,
    ) -> None:
        self.laplacian = _keep(laplacian)
        self.spread = _keep(spread)
        self.growth = _keep(growth)
        self.capacity = _keep(capacity)
        self.baseline = _keep(baseline)

    def slope(self, state: Float[Array, " n"]) -> Float[Array, " n"]:
        """Return dc/dt."""
        excess = state - self.baseline
        return -self.spread * (self.laplacian @ excess) + self.growth * excess * (
            self.capacity - state
        )

    def grow(self, state: Float[Array, " n"], time: ArrayLike) -> Float[Array, " n"]:
        """Return the state after growth alone, by the exact solution of the logistic equation.

        Parameters
        ----------
        state : (n,) array
            From where.
        time : float
            For how long.
        """
        room = self.capacity - self.baseline
        excess = state - self.baseline
        # With e^(-a v h), which cannot overflow where the usual form e^(a v h) does, and with
        # (1 - e^(-z)) / z in place of both growth and capacity in a denominator: each may be 0.
        rise = jnp.asarray(self.growth * room * time)
        share = self.growth * time * _decayed_share(rise)
        # e^(-z), and its square in gradients, must not become 0: a region without pathology would
        # be 0 / 0. From such a rise, 42 in single precision, all others are at capacity.
        most = -np.log(np.finfo(rise.dtype).tiny) / 2 - 1
        return self.baseline + excess / (jnp.exp(-jnp.minimum(rise, most)) + excess * share)

    def transfer(self, time: ArrayLike) -> Float[Array, "n n"]:
        """Return exp(-k L t), by which spread alone takes the excess over the baseline."""
        return jax.scipy.linalg.expm(-self.spread * time * self.laplacian)

    def move(self, transfer: Float[Array, "n n"], state: Float[Array, " n"]) -> Float[Array, " n"]:
        """Return the state after spread alone.

        Parameters
        ----------
        transfer : (n, n) array
            What :meth:`transfer` returns for the time.
        state : (n,) array
            From where.
        """
        return self.baseline + transfer @ (state - self.baseline)


def _keep(value: Numbers) -> Array:
    # Arrays and not floats: a float would be a constant of the compiled program, which would be
    # compiled anew for each value. NumPy's keep double precision until they are computed with.
    if isinstance(value, jax.Array):
        return value
    return cast(Array, np.asarray(value, np.float64))


def _decayed_share(exponent: Float[Array, "*n"]) -> Float[Array, "*n"]:
    """Return (1 - e^(-z)) / z, which is 1 at 0, with finite gradients there."""
    small = jnp.abs(exponent) < 1e-4
    safe = jnp.where(small, 1.0, exponent)
    # Beyond the square the series changes nothing in double precision below 1e-4.
    series = 1 - exponent / 2 + exponent**2 / 6 - exponent**3 / 24
    return jnp.where(small, series, -jnp.expm1(-safe) / safe)


def couple_mechanisms(
    laplacian: Numbers,
    spread: float,
    weights: Numbers = 1.0,
    weighted: float = 1.0,
) -> NetworkEquation:
    """Share one rate between spread and growth, as in the model of coupled mechanisms.

    dx/dt = -alpha H x + (1 - alpha) ((1 - g) + g w) x (1 - x).

    Parameters
    ----------
    laplacian : (n, n) array
        H, the row-normalised Laplacian of :func:`build_laplacian`.
    spread : float
        alpha, the share of spread, from 0 to 1.
    weights : (n,) array or float
        w, growth of each region, such as its amyloid; 1 is the same everywhere.
    weighted : float
        g, by how much growth follows the weights, from 0 (not at all) to 1.

    Returns
    -------
    NetworkEquation
        With capacity 1 and baseline 0.

    Raises
    ------
    ConfigError
        When a share is not between 0 and 1; choose another.

    References
    ----------
    He et al. 2023, MICCAI, arXiv 2308.05536.
    """
    for name, value in (("spread", spread), ("weighted", weighted)):
        if not 0 <= value <= 1:
            raise ConfigError(
                f"expected a share from 0 to 1, found {value!r}",
                where=name,
                repair="Rates of their own are given to NetworkEquation.",
            )
    growth = (1 - spread) * ((1 - weighted) + weighted * _keep(weights))
    return NetworkEquation(laplacian, spread, growth)
