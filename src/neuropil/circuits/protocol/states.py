"""End states: the spectrum of the dynamics around them, and the dimensions they fill."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import scipy.linalg
from jaxtyping import Float

from neuropil.circuits.model import decode, effective_weights, nonlinearity
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
    answer, slope, tau = _answers(network, rates)
    weights = np.asarray(effective_weights(network.parameters, circuit), dtype=float)
    leak = network.dynamics.leak * np.eye(circuit.n_neurons)
    found = [
        scipy.linalg.eig(jacobian, left=True)
        for jacobian in (slope[:, :, None] * weights - leak) / tau[:, None]
    ]
    values, left, right = (np.array(part) for part in zip(*found, strict=True))
    slowest = values.real.argmax(axis=1)[:, None, None]
    along, pushing = (
        np.take_along_axis(side, slowest, axis=2)[..., 0].real for side in (right, left)
    )
    push = slope if circuit.velocity_mode == "additive" else answer
    pushed = push * np.asarray(circuit.velocity, dtype=float) / tau
    heading = jax.vmap(jax.grad(lambda x: jnp.angle(decode(circuit, x))))
    turn = np.asarray(heading(jnp.asarray(rates)), dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        moved = (pushing * pushed).sum(axis=1) / (pushing * along).sum(axis=1)
    local_gain = np.rad2deg((turn * along).sum(axis=1) * moved)
    return Linearised(-np.sort(-values.real, axis=1), local_gain)


def _answers(
    network: Network, rates: Float[np.ndarray, "b n"]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return sigma and its slope at the drive of each state, and tau of each neuron [s]."""
    parameters, circuit, dynamics = network.parameters, network.circuit, network.dynamics
    weights = effective_weights(parameters, circuit)
    drive = jnp.asarray(rates) @ weights.T + parameters.bias[circuit.receiver_index]
    sigma = nonlinearity(dynamics)
    slope = jax.vmap(jax.vmap(jax.grad(sigma)))(drive)
    tau = dynamics.time_constant * np.asarray(parameters.tau_factor)[circuit.receiver_index]
    return np.asarray(sigma(drive), dtype=float), np.asarray(slope, dtype=float), tau


def compute_principal_components(
    rates: Float[np.ndarray, "b n"],
) -> tuple[Float[np.ndarray, "b 2"], Float[np.ndarray, " c"]]:
    """Return the states' first two principal components and the variance share of each."""
    centred = np.asarray(rates, dtype=float) - np.mean(rates, axis=0)
    left, singular, _ = np.linalg.svd(centred, full_matrices=False)
    share = singular**2 / max(float((singular**2).sum()), 1e-12)
    return left[:, :2] * singular[:2], share
