"""The type-level rate network: one gain per pair of cell types, one bias per type, one scale."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Complex, Float, PRNGKeyArray
from pydantic import Field

from neuropil.circuits.data import Circuit
from neuropil.contracts import ConfigError, Settings

__all__ = [
    "NONLINEARITIES",
    "Dynamics",
    "Flow",
    "TypeParameters",
    "cue_state",
    "decode",
    "effective_weights",
    "heading_gradient",
    "initial_parameters",
    "nonlinearity",
    "simulate",
    "unwrap_heading",
    "with_time_constants",
]

_UNIT_GAIN = float(np.log(np.e - 1))  # softplus(_UNIT_GAIN) = 1: the raw connectome
# Far below the summed rate of any bump, so that only the vector of a dead read-out is made finite.
_TINY = 1e-6


def _softplus(sharpness: float) -> Callable[[Array], Array]:
    return lambda drive: jax.nn.softplus(sharpness * drive) / sharpness


NONLINEARITIES: Mapping[str, Callable[[Array, float], Array]] = MappingProxyType(
    {
        "clip": lambda drive, _: jnp.clip(drive, 0, 1),
        "softplus": lambda drive, sharpness: _softplus(sharpness)(drive),
        "rectified-tanh": lambda drive, sharpness: jnp.tanh(_softplus(sharpness)(drive)),
    }
)


class Dynamics(Settings):
    """The fixed constants of the rate equation and of its integration.

    Parameters
    ----------
    nonlinearity : str
        One of :data:`NONLINEARITIES`.
    sharpness : float
        Sharpness of the smooth threshold [1 / input unit]; the rectifier is its limit.
    time_constant : float
        tau [s].
    tuned_time_constants : bool
        True adds one factor of tau for each cell type, from 1/e to e, to the fitted numbers.
    step : float
        Forward Euler step [s].
    leak : float
        l in the rate equation.
    """

    # Plain softplus collapsed or left fewer than ten end angles (decision 8).
    nonlinearity: str = "rectified-tanh"
    # 4 and then 10 were shipped before it. A softer threshold spreads the load over more neurons; 8
    # is where the refinement's path ends (card.md).
    sharpness: float = Field(default=8.0, gt=0)
    # The paper's own values are not known (card.md). From .06 to .08 s development fits held better
    # and turned less the larger it was, and integrated alike. A quarter of the step gives the same.
    time_constant: float = Field(default=0.07, gt=0)
    tuned_time_constants: bool = False
    step: float = Field(default=0.01, gt=0)
    leak: float = Field(default=1.0, gt=0)


class TypeParameters(eqx.Module):
    """The fitted numbers: k^2 gains, k biases and one scale for k cell types.

    Parameters
    ----------
    raw_gain : (k, k) float array
        Row = postsynaptic type, column = presynaptic type. The gain is its softplus, so that
        signs never flip; the gain's deviation from 1 is Z in the paper.
    bias : (k,) float array
        Constant input of each type.
    log_scale : () float array
        Logarithm of the global scale w0.
    raw_tau : (k,) float array, optional
        Where the time constants are tuned too: the logarithm of each type's factor is its tanh.
    """

    raw_gain: Float[Array, "k k"]
    bias: Float[Array, " k"]
    log_scale: Float[Array, ""]
    raw_tau: Float[Array, " k"] | None = None

    @property
    def tau_factor(self) -> Float[Array, " k"]:
        """Time constant of each type, relative to that of the dynamics."""
        return jnp.ones_like(self.bias) if self.raw_tau is None else jnp.exp(jnp.tanh(self.raw_tau))

    @property
    def gain(self) -> Float[Array, "k k"]:
        """Gain of each type pair, >= 0; 1 everywhere is the raw connectome."""
        return jax.nn.softplus(self.raw_gain)

    @property
    def raw_deviation(self) -> Float[Array, "k k"]:
        """Deviation of the raw gains from the raw connectome's."""
        return self.raw_gain - _UNIT_GAIN

    @property
    def deviation(self) -> Float[Array, "k k"]:
        """Z: the gain's deviation from the raw connectome."""
        return self.gain - 1

    @property
    def size(self) -> int:
        """Number of fitted numbers, k^2 + k + 1, and k more with tuned time constants."""
        return sum(leaf.size for leaf in jax.tree.leaves(self))


def initial_parameters(
    n_types: int,
    key: PRNGKeyArray,
    *,
    spread: float = 0.1,
    scale: float = 0.3,
    tuned_time_constants: bool = False,
) -> TypeParameters:
    """Draw parameters near the raw connectome.

    Parameters
    ----------
    n_types : int
        Number of cell types, k.
    key : PRNG key
        Source of the draw.
    spread : float
        Standard deviation of the raw gains; biases take a third of it. Zero gives the raw
        connectome exactly.
    scale : float
        Initial w0.
    tuned_time_constants : bool
        Whether the time constants are among the fitted numbers; they start equal.
    """
    gains, biases = jax.random.split(key)
    # Biases act without a presynaptic rate, so that the same spread would move a neuron more than a
    # gain does; a third of it is a first choice, not tuned, and so is the scale.
    return TypeParameters(
        raw_gain=_UNIT_GAIN + spread * jax.random.normal(gains, (n_types, n_types)),
        bias=spread / 3 * jax.random.normal(biases, (n_types,)),
        log_scale=jnp.log(scale),
        raw_tau=jnp.zeros(n_types) if tuned_time_constants else None,
    )


def with_time_constants(parameters: TypeParameters) -> TypeParameters:
    """Add the time constants, all equal, to numbers that were fitted without them.

    Parameters
    ----------
    parameters : TypeParameters
        Of k types.
    """
    return TypeParameters(
        parameters.raw_gain,
        parameters.bias,
        parameters.log_scale,
        jnp.zeros_like(parameters.bias),
    )


def nonlinearity(dynamics: Dynamics) -> Callable[[Array], Array]:
    """Return sigma of the rate equation.

    Raises
    ------
    ConfigError
        When the name is unknown; the message lists those that exist.
    """
    if dynamics.nonlinearity not in NONLINEARITIES:
        raise ConfigError(
            f"unknown nonlinearity {dynamics.nonlinearity!r}",
            where="dynamics.nonlinearity",
            repair=f"Choose one of: {', '.join(NONLINEARITIES)}.",
        )
    chosen = NONLINEARITIES[dynamics.nonlinearity]
    return lambda drive: chosen(drive, dynamics.sharpness)


def effective_weights(parameters: TypeParameters, circuit: Circuit) -> Float[Array, "n n"]:
    """Return W[j, k] = w0 (1 + Z[A(j), B(k)]) s[B(k)] C[j, k] / 100, row = post, column = pre."""
    gain = parameters.gain[circuit.receiver_index[:, None], circuit.sender_index[None, :]]
    return jnp.exp(parameters.log_scale) * gain * circuit.weights


def cue_state(circuit: Circuit, headings: Float[Array, " b"]) -> Float[Array, "b n"]:
    """Return rates with a rectified cosine over the read-out neurons, zero elsewhere.

    Parameters
    ----------
    circuit : Circuit
        Of n neurons.
    headings : (b,) array
        Where each bump is put [rad].
    """
    bump = jnp.maximum(0, jnp.cos(circuit.angles - headings[:, None]))
    rates = jnp.zeros((headings.shape[0], circuit.n_neurons))
    return rates.at[:, circuit.readout].set(bump)


def simulate(
    parameters: TypeParameters,
    circuit: Circuit,
    dynamics: Dynamics,
    start: Float[Array, "b n"],
    velocity: Float[Array, "t b"],
    every: int = 1,
    current: Float[Array, " n"] | None = None,
) -> Float[Array, "r b n"]:
    """Integrate the rate equation with forward Euler.

    Parameters
    ----------
    parameters : TypeParameters
        The fitted numbers.
    circuit : Circuit
        Of n neurons.
    dynamics : Dynamics
        Constants of the equation and of its integration.
    start : (b, n) array
        Rates of b trials at t = 0.
    velocity : (t, b) array
        Turning velocity in each step [deg/s].
    every : int
        Steps between recordings; divides t.
    current : (n,) array, optional
        Constant input of each neuron beside the velocity.

    Returns
    -------
    (r, b, n) array
        Rates after every ``every``-th step, r = t / every.
    """
    project = _projection(parameters, circuit)
    bias = parameters.bias[circuit.receiver_index] + (0.0 if current is None else current)
    sigma = nonlinearity(dynamics)
    tau = dynamics.time_constant * parameters.tau_factor[circuit.receiver_index]
    rate = dynamics.step / tau

    def answer(x: Array, v: Array) -> Array:
        drive, turning = project(x) + bias, v[:, None] * circuit.velocity
        if circuit.velocity_mode == "additive":
            return sigma(drive + turning)
        # Rates are not negative, so that a gain ends at zero.
        return jax.nn.relu(1 + turning) * sigma(drive)

    def step(x: Array, v: Array) -> tuple[Array, None]:
        return x + rate * (answer(x, v) - dynamics.leak * x), None

    def record(x: Array, v: Array) -> tuple[Array, Array]:
        x, _ = jax.lax.scan(step, x, v)
        return x, x

    blocks = velocity.reshape(-1, every, velocity.shape[-1])
    return jax.lax.scan(record, start, blocks)[1]


def _projection(parameters: TypeParameters, circuit: Circuit) -> Callable[[Array], Array]:
    """Return the map from rates, (b, n), to synaptic drive, (b, n)."""
    weights = effective_weights(parameters, circuit).T
    if circuit.sender_table is None:
        return lambda x: x @ weights
    gain = jnp.exp(parameters.log_scale) * parameters.gain[circuit.receiver_index]
    silent = jnp.zeros((1, circuit.n_neurons))
    raw = jnp.concatenate([circuit.weights.T, silent])[circuit.sender_table]
    table = circuit.sender_table
    return lambda x: _drive(x, weights, gain, raw, table)


@jax.custom_jvp
def _drive(x: Array, weights: Array, gain: Array, raw: Array, table: Array) -> Array:
    del gain, raw, table
    return x @ weights


@_drive.defjvp
def _differentiate_drive(primals: tuple[Array, ...], tangents: tuple[Array, ...]) -> Any:  # noqa: ANN401
    """Differentiate by the k gains of each receiver instead of by its n weights.

    What each sending type contributes is the same for every tangent, so that a Jacobian costs one
    product with the weights for each tangent and not two.
    """
    x, weights, _, raw, table = primals
    dx, _, dgain, _, _ = tangents
    padded = jnp.concatenate([x, jnp.zeros((x.shape[0], 1))], axis=1)
    by_type = jnp.einsum("bkm,kmn->bkn", padded[:, table], raw)
    return x @ weights, dx @ weights + jnp.einsum("nk,bkn->bn", dgain, by_type)


class Flow(NamedTuple):
    """The rate equation in units of tau, dx/dt = F(x) + v f(x), and its derivatives.

    Parameters
    ----------
    weights : (n, n) array
        Effective weights, row = pre.
    bias, velocity : (n,) array
        Of each neuron.
    rate : (n,) array
        One over the neuron's factor of tau.
    leak : float
        l in the rate equation.
    sigma : callable
        The nonlinearity.
    additive : bool
        Whether a velocity is added to the drive.
    """

    weights: Float[Array, "n n"]
    bias: Float[Array, " n"]
    velocity: Float[Array, " n"]
    rate: Float[Array, " n"]
    leak: float
    sigma: Callable[[Array], Array]
    additive: bool

    @classmethod
    def of(cls, parameters: TypeParameters, circuit: Circuit, dynamics: Dynamics) -> Flow:
        """Return the flow of a network."""
        return cls(
            effective_weights(parameters, circuit).T,
            parameters.bias[circuit.receiver_index],
            circuit.velocity,
            1 / parameters.tau_factor[circuit.receiver_index],
            dynamics.leak,
            nonlinearity(dynamics),
            circuit.velocity_mode == "additive",
        )

    def at(self, rates: Float[Array, "k n"]) -> Float[Array, "k n"]:
        """Return F at k states."""
        return self.rate * (self.sigma(rates @ self.weights + self.bias) - self.leak * rates)

    def _slopes(self, rates: Array, order: int) -> Array:
        sigma: Any = self.sigma
        for _ in range(order):
            sigma = jax.grad(sigma)
        return jax.vmap(jax.vmap(sigma))(rates @ self.weights + self.bias)

    def jacobian(self, rates: Float[Array, "k n"]) -> Float[Array, "k n n"]:
        """Return J of F, row = what changes."""
        slope = self._slopes(rates, 1)[:, :, None] * self.weights.T
        return self.rate[:, None] * (slope - self.leak * jnp.eye(len(self.bias)))

    def linear(self, rates: Float[Array, "k n"]) -> Callable[[Array], Array]:
        """Return the product with J."""
        slope = self._slopes(rates, 1)
        return lambda y: self.rate * (slope * (y @ self.weights) - self.leak * y)

    def pushes(self, rates: Float[Array, "k n"]) -> tuple[Array, Callable[[Array], Array]]:
        """Return f, and the second-order part for a state that f has bent by v y."""
        slope, curve = self._slopes(rates, 1), self._slopes(rates, 2)
        q = self.rate * self.velocity

        def second(y: Array) -> Array:
            drive = y @ self.weights + (self.velocity if self.additive else 0)
            bent = self.rate * curve * drive**2 / 2
            return bent if self.additive else bent + q * slope * drive

        return q * (slope if self.additive else self._slopes(rates, 0)), second


def decode(circuit: Circuit, rates: Float[Array, "*r n"]) -> Complex[Array, "*r"]:
    """Return the population vector z: its angle is the heading, its length the bump strength.

    Parameters
    ----------
    circuit : Circuit
        Of n neurons.
    rates : (..., n) array
        Rates.

    Returns
    -------
    (...,) complex array
        Length 0 (flat) to 1 (one place on the ring).
    """
    read = rates[..., circuit.readout] * circuit.readout_weights
    return (read @ jnp.exp(1j * circuit.angles)) / (jnp.sum(read, axis=-1) + _TINY)


def heading_gradient(circuit: Circuit, rates: Float[Array, "b n"]) -> Float[Array, "b n"]:
    """Return the derivative of the read-out's heading [rad] by each rate.

    Parameters
    ----------
    circuit : Circuit
        Of n neurons.
    rates : (b, n) array
        States.
    """
    return jax.vmap(jax.grad(lambda x: jnp.angle(decode(circuit, x))))(rates)


def unwrap_heading(vector: Complex[Array, r * b]) -> Float[Array, r * b]:
    """Return the turn [deg] of a population vector since its first record, without jumps.

    Parameters
    ----------
    vector : (r, ...) complex array
        Population vectors in order of time, less than half a turn apart.
    """
    # The summand keeps the derivative of the angle finite where a vector is zero.
    turns = jnp.angle(vector[1:] * jnp.conj(vector[:-1]) + 1e-12)
    total = jnp.cumsum(turns, axis=0)
    return jnp.rad2deg(jnp.concatenate([jnp.zeros_like(total[:1]), total]))
