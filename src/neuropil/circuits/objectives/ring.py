"""The ring of bumps: what a network does everywhere on it, without waiting for it to happen.

Left alone, states fall onto a closed curve, one bump for every heading, and along it they hardly
move. On that curve the equation itself says how fast each bump drifts, how far a velocity turns it
and how fast a disturbance fades. None of this has to be simulated until it shows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from neuropil.circuits.data import Circuit
from neuropil.circuits.model import (
    Dynamics,
    Flow,
    TypeParameters,
    cue_state,
    decode,
    heading_gradient,
)

__all__ = ["Ring", "follow_ring"]

# Ten degrees apart: with 36 places the drift of a fit on the fly's wiring is within 1 % of that
# with 96; 24 places, fewer than 1.5 a glomerulus, miss it by a tenth.
_PLACES = 36
# Until the states lie on the ring: 40 rounds of 5 Euler steps of a quarter of tau are 50 tau, in
# which a disturbance that fades at a tenth of the leak is left at less than a hundredth.
_ROUNDS, _STEPS, _PACE = 40, 5, 0.25
# Of these rounds the first 24 keep the waves along the ring up to the ninth alone, so that the ring
# relaxes as one. Each place for itself, one of 36 fell onto another bump where there are two, and a
# change of 1e-4 in the numbers changed the loss by 2,500.
_TOGETHER, _WAVES = 24, 9
_FARTHEST = 0.3  # [rad] a state is moved along the ring at once: the shift is linear in it


class Ring(NamedTuple):
    """A network on its ring of bumps, at k even headings.

    Parameters
    ----------
    rates : (k, n) array
        The bumps.
    drift : (k,) array
        Speed without input [deg/s].
    gain : (k,) array
        Speed per velocity, for slow turns [deg/deg].
    even : (k,) array
        What is added to the speed in either direction, per squared velocity [s/deg].
    lasting : (2, k) array
        How long a bump that is too high, and one that is too wide, stays so, in tau.
    """

    rates: Array
    drift: Array
    gain: Array
    even: Array
    lasting: Array


def follow_ring(parameters: TypeParameters, circuit: Circuit, dynamics: Dynamics) -> Ring:
    """Find the ring of bumps and expand the dynamics around it, with derivatives.

    With X(theta) the bump at a heading and h the derivative of the heading that is read out,

    - ``F(X) = drift X'``: along the ring the flow of the rates is a drift and nothing else;
    - ``J y + f = gain X'``, ``h . y = 0``: a velocity v, which adds v f to the flow, turns the bump
      and bends it by v y;
    - the same at second order leaves ``even``.

    J is inverted once for each place, with the direction along the ring in the place of the one in
    which it cannot be; derivatives by the parameters follow from the same inverse.

    Parameters
    ----------
    parameters, circuit, dynamics
        The network, of n neurons.

    References
    ----------
    E, Ren, Vanden-Eijnden 2007, J. Chem. Phys. 126:164103: the string method, by which the ring is
    found. Zhang 1996, J. Neurosci. 16:2112: the bump that an odd drive shifts.
    """
    fixed = jax.lax.stop_gradient(parameters)
    bumps = _find(fixed, circuit, dynamics)
    flow = Flow.of(parameters, circuit, dynamics)
    solve = _solver(Flow.of(fixed, circuit, dynamics), circuit, bumps)
    rates, drift = bumps, jax.lax.stop_gradient(solve(-flow.at(bumps))[1])
    for _ in range(2):
        change, more = solve(drift[:, None] * _along(rates) - flow.at(rates))
        rates, drift = rates + change, drift + more
    # The value is that of the ring as it was found; the derivative is exact.
    rates = bumps + rates - jax.lax.stop_gradient(rates)
    linear, tangent = flow.linear(rates), _along(rates)

    def answer(push: Array) -> tuple[Array, Array]:
        """Solve J y + push = m X' for y and m."""
        y, m = jax.lax.stop_gradient(solve(-push))
        change, more = solve(m[:, None] * tangent - linear(y) - push)
        return y + change, m + more

    first, second = flow.pushes(rates)
    bend, gain = answer(first)
    _, even = answer(second(bend) - gain[:, None] * _along(bend))
    lasting = [
        jnp.linalg.norm(answer(shape / jnp.linalg.norm(shape, axis=1, keepdims=True))[0], axis=1)
        for shape in (rates, _along(tangent))
    ]
    unit = float(np.rad2deg(1.0)) / dynamics.time_constant
    return Ring(rates, unit * drift, unit * gain, unit * even, jnp.stack(lasting))


def _places() -> Float[Array, " k"]:
    return 2 * jnp.pi * jnp.arange(_PLACES) / _PLACES


def _along(values: Float[Array, "k n"]) -> Float[Array, "k n"]:
    """Differentiate along the ring, per radian."""
    wave = np.fft.fftfreq(_PLACES, 1 / _PLACES)
    wave[_PLACES // 2] = 0  # the wave that alternates has no derivative at its samples
    derivative = np.fft.ifft(1j * wave[:, None] * np.fft.fft(np.eye(_PLACES), axis=0), axis=0).real
    return jnp.asarray(derivative, jnp.float32) @ values


def _find(parameters: TypeParameters, circuit: Circuit, dynamics: Dynamics) -> Array:
    """Return the bumps: states that relax, and are put back to their headings as they drift."""
    flow, places = Flow.of(parameters, circuit, dynamics), _places()
    smoothing = _smoothing()

    def relax(rates: Array, together: Array) -> tuple[Array, None]:
        rates = jnp.where(together, smoothing @ rates, rates)
        rates = jax.lax.fori_loop(0, _STEPS, lambda _, x: x + _PACE * flow.at(x), rates)
        off = jnp.angle(jnp.exp(1j * places) * jnp.conj(decode(circuit, rates)) + 1e-12)
        off = jnp.clip(off, -_FARTHEST, _FARTHEST)
        return jax.nn.relu(rates + off[:, None] * _along(rates)), None

    together = jnp.arange(_ROUNDS) < _TOGETHER
    return jax.lax.scan(relax, cue_state(circuit, places), together)[0]


def _smoothing() -> Float[Array, "k k"]:
    """Return the matrix that leaves the slow waves along the ring."""
    wave = np.abs(np.fft.fftfreq(_PLACES, 1 / _PLACES))
    kept = np.fft.fft(np.eye(_PLACES), axis=0) * (wave <= _WAVES)[:, None]
    return jnp.asarray(np.fft.ifft(kept, axis=0).real, jnp.float32)


def _solver(flow: Flow, circuit: Circuit, bumps: Array) -> Callable[[Array], tuple[Array, Array]]:
    """Return the solution (y, m) of ``J y - m X' = right``, ``h . y = 0`` at each place."""
    heading = heading_gradient(circuit, bumps)
    above = jnp.concatenate([flow.jacobian(bumps), -_along(bumps)[:, :, None]], axis=2)
    below = jnp.pad(heading[:, None], ((0, 0), (0, 0), (0, 1)))
    n = bumps.shape[1]
    inverse = jax.lax.stop_gradient(jnp.linalg.inv(jnp.concatenate([above, below], axis=1)))

    def solve(right: Array) -> tuple[Array, Array]:
        found = jnp.einsum("kij,kj->ki", inverse[:, :, :n], right)
        return found[:, :n], found[:, n]

    return solve
