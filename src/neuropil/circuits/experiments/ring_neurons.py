"""Ring neurons as a seventh type, and a visual cue that pulls the bump to its place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import polars as pl
from jaxtyping import Array, Float

from neuropil import datasets
from neuropil.circuits.data import Circuit
from neuropil.circuits.model import (
    Dynamics,
    TypeParameters,
    cue_state,
    decode,
    simulate,
    unwrap_heading,
)
from neuropil.circuits.network import Network
from neuropil.circuits.protocol.trials import spread_headings
from neuropil.connectome import Connectome, unite
from neuropil.contracts import ConfigError

__all__ = [
    "RING_TYPE",
    "Anchoring",
    "add_ring_neurons",
    "compute_cue_preference",
    "cue_objective",
    "extend_parameters",
    "measure_anchoring",
    "without_ring_neurons",
]

RING_TYPE = "ER"
_RING_DATA = "hemibrain-ring-neurons"
# Raw gain and bias of ring neurons before they are fitted, so that the circuit begins about as it
# was: softplus(-3) = .05 of the raw counts, and a bias below threshold. They are where a search
# begins and were not tuned. Begun with the gain of the raw wiring instead, a fit loses its hold
# (bias -.3: 9.9 and 13.7 deg of error) or its cue (bias -.6: gain 0 again; decision 8).
_QUIET_GAIN, _QUIET_BIAS = -3.0, -0.3
_STARTS = 16  # bumps, a multiple of the four distances below
_DISTANCES = (60.0, -90.0, 120.0, -150.0)  # [deg] from a bump to its cue, to both sides
# [s] in which the bump must come to the cue, and the distance [deg] that counts as one residual.
# A tolerance of 8 deg cost error at 10 s and gave 51 instead of 55 deg after the cue's jump on the
# one seed that was tried (decision 8); the time was not varied.
_CUE_SECONDS, _CUE_TOLERANCE = 2.0, 20.0


def add_ring_neurons(connectome: Connectome) -> Connectome:
    """Add the ER neurons and their synapses to and from the EPG, as one type.

    Parameters
    ----------
    connectome : Connectome
        The hemibrain circuit; the body ids of its EPG must be the hemibrain's.

    Returns
    -------
    Connectome
        With 240 more neurons of type ``ER``; synapses between ER, and with other types than
        EPG, are not public.

    Raises
    ------
    ConfigError
        When the connectome has none of the hemibrain's EPG.
    """
    ring = datasets.load(_RING_DATA)
    ids = connectome.nodes["id"]
    shared = (
        ring.nodes.join(connectome.nodes.select("id"), on="id", how="semi")
        if (ids.dtype == pl.Int64)
        else ring.nodes.clear()
    )
    if shared.is_empty():
        raise ConfigError(
            f"none of the {ring.n_nodes} neurons of {_RING_DATA} is in {connectome.source.name}",
            where="include",
            repair="Include ER only with the hemibrain circuit.",
        )
    kinds = pl.when(pl.col("cell_type").str.starts_with(RING_TYPE)).then(pl.lit(RING_TYPE))
    nodes = ring.nodes.with_columns(kinds.otherwise("cell_type").alias("cell_type"))
    return unite(connectome, ring.with_nodes(nodes, "merge ER types"))


def extend_parameters(parameters: TypeParameters, circuit: Circuit) -> TypeParameters:
    """Start a fit with one more type from a fit without it.

    The new type is last, hardly active and hardly heard, so that the network starts as it was.

    Parameters
    ----------
    parameters : TypeParameters
        Of k types.
    circuit : Circuit
        Of k + 1 types, the first k in the same order.
    """
    k = circuit.n_types
    gain = jnp.full((k, k), _QUIET_GAIN).at[: k - 1, : k - 1].set(parameters.raw_gain)
    bias = jnp.full(k, _QUIET_BIAS).at[: k - 1].set(parameters.bias)
    return eqx.tree_at(lambda item: (item.raw_gain, item.bias), parameters, (gain, bias))


def without_ring_neurons(connectome: Connectome) -> Connectome:
    """Return the circuit that :func:`add_ring_neurons` was given.

    Parameters
    ----------
    connectome : Connectome
        With ring neurons or without them.
    """
    if RING_TYPE not in connectome.nodes["cell_type"]:
        return connectome
    return connectome.select(f"cell_type != '{RING_TYPE}'")


def compute_cue_preference(circuit: Circuit, cell_type: str = RING_TYPE) -> Float[Array, " n"]:
    """Return the heading [rad] that each inhibitory neuron leaves free.

    It lies opposite to the mean direction of the read-out neurons it inhibits. Anatomy does not
    tell what a neuron sees; this takes the map that makes its inhibition helpful.

    Parameters
    ----------
    circuit : Circuit
        Of n neurons.
    cell_type : str
        The inhibitory type; other neurons get 0.
    """
    onto = jnp.abs(circuit.weights[circuit.readout]) * circuit.readout_weights[:, None]
    # Places differ in how much they receive from all; only the neuron's own preference counts.
    chosen = jnp.asarray(circuit.members(cell_type))
    share = onto / jnp.maximum(jnp.sum(onto * chosen, axis=1, keepdims=True), 1e-9)
    direction = share.T @ jnp.exp(1j * circuit.angles)
    return jnp.where(chosen, jnp.angle(-direction), 0.0)


def cue_objective(circuit: Circuit, step: float) -> Callable[..., Array]:
    """Return the objective that a bump comes to where a cue is.

    Without it a fit may silence the ring neurons, which no other objective needs. It is the only
    one that sees a direction: that of the cue, which drives the ring neurons.

    Parameters
    ----------
    circuit : Circuit
        With ring neurons.
    step : float
        Euler step of the simulations that are trained on [s].

    Returns
    -------
    callable
        ``objective(parameters, circuit, dynamics)`` returns residuals, (2 b,): the vector from
        the cue's direction to the bump's, as an angle in units of the tolerance.
    """
    bumps = jnp.asarray(spread_headings(_STARTS))
    cues = bumps + jnp.deg2rad(jnp.asarray(_DISTANCES * (_STARTS // 4)))
    current = _cue_current(circuit, cues[:, None], 1.0)
    start, still = cue_state(circuit, bumps), jnp.zeros((round(_CUE_SECONDS / step), _STARTS))
    units = np.rad2deg(1) / _CUE_TOLERANCE / np.sqrt(_STARTS)

    def objective(parameters: TypeParameters, circuit: Circuit, dynamics: Dynamics) -> Array:
        rates = simulate(parameters, circuit, dynamics, start, still, len(still), current)
        vector = decode(circuit, rates[-1])
        # 1e-3 keeps the derivative finite where there is no bump; a bump has 0.3 or more.
        away = vector / (jnp.abs(vector) + 1e-3) - jnp.exp(1j * cues)
        return units * jnp.concatenate([away.real, away.imag])

    return objective


def _cue_current(
    circuit: Circuit, direction: float | Float[Array, "b 1"], strength: float
) -> Array:
    """Return the input of each neuron when a cue is seen in a direction [rad]."""
    tuned = jnp.maximum(0, jnp.cos(compute_cue_preference(circuit) - direction))
    return strength * jnp.asarray(circuit.members(RING_TYPE)) * tuned


@dataclass(frozen=True)
class Anchoring:
    """Bumps that were put anywhere, under a cue that then jumps.

    Parameters
    ----------
    time : (r,) array
        [s].
    cue : (r,) array
        Direction of the cue [deg]; NaN while there is none.
    heading : (r, b) array
        Decoded heading of b bumps [deg].
    """

    time: Float[np.ndarray, " r"]
    cue: Float[np.ndarray, " r"]
    heading: Float[np.ndarray, "r b"]

    def distance(self, at: float) -> Float[np.ndarray, " b"]:
        """Return the distance [deg] of each bump from the cue at a time [s]."""
        row = int(np.searchsorted(self.time, at))
        away = np.deg2rad(self.heading[row] - self.cue[row])
        return np.abs(np.rad2deg(np.angle(np.exp(1j * away))))


def measure_anchoring(
    network: Network,
    *,
    strength: float = 1.0,
    cue: float = 90.0,
    shift: float = 90.0,
    seconds: float = 4.0,
) -> Anchoring:
    """Show a cue after a dark interval, then move it.

    Parameters
    ----------
    network : Network
        With ring neurons.
    strength : float
        Input of a ring neuron that the cue drives most.
    cue, shift : float
        Direction of the cue, and by how much it jumps [deg].
    seconds : float
        Length of the dark interval, of the first and of the second cue, each [s].
    """
    circuit = network.circuit
    every = network.count_steps(0.1)
    still = jnp.zeros((round(seconds / 0.1) * every, _STARTS))
    directions = (None, cue, cue + shift)
    state = cue_state(circuit, jnp.arange(_STARTS) * 2 * jnp.pi / _STARTS)
    vectors = []
    for direction in directions:
        current = jnp.zeros(circuit.n_neurons)
        if direction is not None:
            current = _cue_current(circuit, np.deg2rad(direction), strength)
        rates = _simulate(network, state, still, every, current)
        vectors.append(decode(circuit, rates))
        state = rates[-1]
    vector = jnp.concatenate(vectors)
    start = np.rad2deg(np.angle(np.asarray(vector[0])))
    heading = start + np.asarray(unwrap_heading(vector))
    time = 0.1 * np.arange(1, heading.shape[0] + 1)
    shown = np.repeat([np.nan if item is None else item for item in directions], len(vectors[0]))
    return Anchoring(time, shown, heading)


_simulate = eqx.filter_jit(Network.simulate)
