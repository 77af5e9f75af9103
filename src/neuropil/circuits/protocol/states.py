"""End states: the spectrum of the dynamics around them, and the dimensions they fill."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from neuropil.circuits.model import effective_weights, nonlinearity
from neuropil.circuits.network import Network

__all__ = ["compute_jacobian_spectrum", "compute_principal_components"]


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
    parameters, circuit, dynamics = network.parameters, network.circuit, network.dynamics
    weights = np.asarray(effective_weights(parameters, circuit), dtype=float)
    bias = parameters.bias[circuit.receiver_index]
    slope = jax.vmap(jax.vmap(jax.grad(nonlinearity(dynamics))))
    sensitivity = np.asarray(slope(jnp.asarray(rates) @ weights.T + bias), dtype=float)
    jacobian = sensitivity[:, :, None] * weights - dynamics.leak * np.eye(circuit.n_neurons)
    tau = dynamics.time_constant * np.asarray(parameters.tau_factor)[circuit.receiver_index]
    spectrum = np.linalg.eigvals(jacobian / tau[:, None]).real
    return -np.sort(-spectrum, axis=1)


def compute_principal_components(
    rates: Float[np.ndarray, "b n"],
) -> tuple[Float[np.ndarray, "b 2"], Float[np.ndarray, " c"]]:
    """Return the states' first two principal components and the variance share of each."""
    centred = np.asarray(rates, dtype=float) - np.mean(rates, axis=0)
    left, singular, _ = np.linalg.svd(centred, full_matrices=False)
    share = singular**2 / max(float((singular**2).sum()), 1e-12)
    return left[:, :2] * singular[:2], share
