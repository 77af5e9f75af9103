"""End states: the spectrum of the dynamics around them, and the dimensions they fill."""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
import scipy.linalg
from jaxtyping import Float

from neuropil.circuits.model import Flow, heading_gradient
from neuropil.circuits.network import Network

__all__ = [
    "Linearised",
    "compute_principal_components",
    "linearise",
]


class Linearised(NamedTuple):
    """The dynamics around b states of n neurons.

    Parameters
    ----------
    spectrum : (b, n) array
        Real parts of the eigenvalues [1/s], largest first.
    local_gain : (b,) array
        Bump speed per velocity [deg/deg], for slow turns; not finite where a state has no slow
        direction of its own.
    """

    spectrum: Float[np.ndarray, "b n"]
    local_gain: Float[np.ndarray, " b"]


def linearise(network: Network, rates: Float[np.ndarray, "b n"]) -> Linearised:
    """Linearise the dynamics at each state: J = (-l I + diag(sigma') W) / tau.

    A bump is a fixed point with one slow direction r, along the ring, and a left eigenvector l that
    tells how a push moves it along: d theta/dv = (d theta/dx . r) (l . f) / (l . r), where f is
    what a velocity adds to dx/dt. One value at every place is a rotation of the ring as a whole,
    which is what integrates; values that differ from place to place do not add up to a turn.

    Parameters
    ----------
    network : Network
        The network that is measured.
    rates : (b, n) array
        End states.

    References
    ----------
    Zhang 1996, J. Neurosci. 16:2112, for the bump that an odd drive shifts.
    """
    circuit = network.circuit
    flow = Flow.of(network.parameters, circuit, network.dynamics)
    states, tau = jnp.asarray(rates), network.dynamics.time_constant
    jacobians = np.asarray(flow.jacobian(states), dtype=float) / tau
    found = [scipy.linalg.eig(jacobian, left=True) for jacobian in jacobians]
    values, left, right = (np.array(part) for part in zip(*found, strict=True))
    slowest = values.real.argmax(axis=1)[:, None, None]
    along, pushing = (
        np.take_along_axis(side, slowest, axis=2)[..., 0].real for side in (right, left)
    )
    pushed = np.asarray(flow.pushes(states)[0], dtype=float) / tau
    turn = np.asarray(heading_gradient(circuit, states), dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        moved = (pushing * pushed).sum(axis=1) / (pushing * along).sum(axis=1)
    local_gain = np.rad2deg((turn * along).sum(axis=1) * moved)
    return Linearised(-np.sort(-values.real, axis=1), local_gain)


def compute_principal_components(
    rates: Float[np.ndarray, "b n"],
) -> tuple[Float[np.ndarray, "b 2"], Float[np.ndarray, " c"]]:
    """Return the states' first two principal components and the variance share of each."""
    centred = np.asarray(rates, dtype=float) - np.mean(rates, axis=0)
    left, singular, _ = np.linalg.svd(centred, full_matrices=False)
    share = singular**2 / max(float((singular**2).sum()), 1e-12)
    return left[:, :2] * singular[:2], share
