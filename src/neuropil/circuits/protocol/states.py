"""End states: the spectrum of the dynamics around them, and the dimensions they fill."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import scipy.linalg
from jaxtyping import Float

from neuropil.circuits.model import decode, effective_weights, nonlinearity
from neuropil.circuits.network import Network

__all__ = [
    "compute_jacobian_spectrum",
    "compute_local_gain",
    "compute_principal_components",
]


def compute_jacobian_spectrum(
    network: Network,
    rates: Float[np.ndarray, "b n"],
) -> Float[np.ndarray, "b n"]:
    """Return the real parts [1/s], largest first, of the linearised dynamics at each state.

    J = (-l I + diag(sigma') W) / tau.

    Parameters
    ----------
    network : Network
        The network that is measured.
    rates : (b, n) array
        States.
    """
    spectrum = np.linalg.eigvals(_jacobian(network, rates)).real
    return -np.sort(-spectrum, axis=1)


def compute_local_gain(
    network: Network,
    rates: Float[np.ndarray, "b n"],
) -> Float[np.ndarray, " b"]:
    """Return the bump's speed per velocity [deg/deg] at each state, for slow turns.

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
    jacobian = _jacobian(network, rates)
    drive, slope, tau = _answers(network, rates)
    pushed = np.asarray(network.circuit.velocity, dtype=float) / tau
    pushed = pushed * (slope if network.circuit.velocity_mode == "additive" else drive)
    along = [_slow_pair(matrix) for matrix in jacobian]
    right, left = (np.array(side) for side in zip(*along, strict=True))
    # A state without a slow direction of its own has no such speed: the result is not finite.
    with np.errstate(divide="ignore", invalid="ignore"):
        moved = (left * pushed).sum(axis=1) / (left * right).sum(axis=1)
    heading = jax.vmap(jax.grad(lambda x: jnp.angle(decode(network.circuit, x))))
    turn = np.asarray(heading(jnp.asarray(rates)), dtype=float)
    return np.rad2deg((turn * right).sum(axis=1) * moved)


def _slow_pair(jacobian: Float[np.ndarray, "n n"]) -> tuple[np.ndarray, np.ndarray]:
    """Return the right and the left eigenvector of the slowest direction."""
    values, left, right = scipy.linalg.eig(jacobian, left=True)
    slowest = int(np.argmax(values.real))
    return right[:, slowest].real, left[:, slowest].real


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


def _jacobian(network: Network, rates: Float[np.ndarray, "b n"]) -> Float[np.ndarray, "b n n"]:
    _, slope, tau = _answers(network, rates)
    weights = np.asarray(effective_weights(network.parameters, network.circuit), dtype=float)
    leak = network.dynamics.leak * np.eye(network.circuit.n_neurons)
    return (slope[:, :, None] * weights - leak) / tau[:, None]


def compute_principal_components(
    rates: Float[np.ndarray, "b n"],
) -> tuple[Float[np.ndarray, "b 2"], Float[np.ndarray, " c"]]:
    """Return the states' first two principal components and the variance share of each."""
    centred = np.asarray(rates, dtype=float) - np.mean(rates, axis=0)
    left, singular, _ = np.linalg.svd(centred, full_matrices=False)
    share = singular**2 / max(float((singular**2).sum()), 1e-12)
    return left[:, :2] * singular[:2], share
