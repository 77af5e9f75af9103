"""From a connectome to the arrays of a ring attractor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import polars as pl
from jaxtyping import Array, Bool, Float, Int
from pydantic import Field

from neuropil.connectome import Connectome
from neuropil.contracts import ConfigError, InputError, Settings

__all__ = ["Circuit", "RingReadout", "VelocityInput", "build_circuit"]


class RingReadout(Settings):
    """Which neurons hold the heading, and where they sit on the ring.

    Parameters
    ----------
    cell_types : tuple of str
        Types that are read.
    angle : str
        Node column with the ring angle [deg].
    group : str or None
        Node column within which activity is averaged before the population vector, so that
        every place on the ring counts once; None counts every neuron once.
    """

    cell_types: tuple[str, ...] = ("EPG",)
    angle: str = "ring_angle_deg"
    group: str | None = "glomerulus"


class VelocityInput(Settings):
    """Which neurons receive turning velocity, and with which sign.

    Parameters
    ----------
    cell_types : tuple of str
        Types that are driven.
    side : str
        Node column with the side.
    positive : str
        Side that receives +gain * velocity; every other side receives the opposite.
    mode : {"gain", "additive"}
        ``gain`` multiplies what a driven neuron answers by 1 + c v; ``additive`` adds c v to its
        drive, as the paper's equation does.
    gain : float
        c, the change per velocity [s/deg]; fixed, not fitted.
    """

    cell_types: tuple[str, ...] = ("PEN_a", "PEN_b")
    side: str = "side"
    positive: str = "L"
    # An input to all neurons of one side adds a constant and turns a bump only where a threshold
    # cuts it; a gain turns it by an operator that is linear in v (card.md).
    mode: Literal["gain", "additive"] = "gain"
    # One side falls silent at 1 / c = 250 deg/s, beyond the fastest turn that a fit is held to.
    gain: float = Field(default=0.004, gt=0)


class Circuit(eqx.Module):
    """The fixed arrays of a ring attractor of n neurons and k cell types.

    Parameters
    ----------
    weights : (n, n) float array
        Signed synapse count / 100, row = post, column = pre: the transpose of a connectome's.
    type_index : (n,) int array
        Cell type of each neuron, an index into ``type_names``.
    angles : (m,) float array
        Ring angle of each read-out neuron [rad].
    readout : (m,) int array
        Index of each read-out neuron.
    readout_weights : (m,) float array
        Weight of each read-out neuron in the population vector.
    velocity : (n,) float array
        What a velocity changes in each neuron, per velocity [s/deg].
    type_names : tuple of str
        Names of the k types, in order of first appearance.
    velocity_mode : {"gain", "additive"}
        How it changes it; see :class:`VelocityInput`.
    receiver_groups, sender_groups : (n,) int array, optional
        The row and the column of the gains that belong to a neuron, where it is not its cell
        type: controls tune every neuron or every synapse.
    sender_table : (k, m) int array, optional
        Neurons of each type, filled up with n. With it, forward derivatives by the gains take
        half the time; reverse ones take longer.
    """

    weights: Float[Array, "n n"]
    type_index: Int[Array, " n"]
    angles: Float[Array, " m"]
    readout: Int[Array, " m"]
    readout_weights: Float[Array, " m"]
    velocity: Float[Array, " n"]
    type_names: tuple[str, ...] = eqx.field(static=True)
    velocity_mode: Literal["gain", "additive"] = eqx.field(static=True, default="gain")
    receiver_groups: Int[Array, " n"] | None = None
    sender_groups: Int[Array, " n"] | None = None
    sender_table: Int[Array, "k m"] | None = None

    def with_sender_table(self) -> Circuit:
        """Return the circuit with its table of senders."""
        n, index = self.n_neurons, np.asarray(self.sender_index)
        members = [np.flatnonzero(index == kind) for kind in range(int(index.max()) + 1)]
        table = np.full((len(members), max(map(len, members))), n)
        for row, chosen in zip(table, members, strict=True):
            row[: len(chosen)] = chosen
        return replace(self, sender_table=jnp.asarray(table))

    @property
    def receiver_index(self) -> Int[Array, " n"]:
        """Row of the gains, and bias, of each neuron."""
        return self.type_index if self.receiver_groups is None else self.receiver_groups

    @property
    def sender_index(self) -> Int[Array, " n"]:
        """Column of the gains of each neuron."""
        return self.type_index if self.sender_groups is None else self.sender_groups

    @property
    def n_neurons(self) -> int:
        """Number of neurons, n."""
        return self.type_index.shape[0]

    @property
    def n_types(self) -> int:
        """Number of cell types, k."""
        return len(self.type_names)

    def members(self, cell_type: str) -> Bool[np.ndarray, " n"]:
        """Return which neurons are of a type."""
        return np.asarray(self.type_index) == self.type_names.index(cell_type)


def build_circuit(
    connectome: Connectome,
    readout: RingReadout | None = None,
    velocity: VelocityInput | None = None,
) -> Circuit:
    """Read the arrays of a ring attractor out of a connectome.

    Parameters
    ----------
    connectome : Connectome
        Nodes with ``cell_type``, ``sign`` (+1 or -1, the same within a type) and the columns
        that ``readout`` and ``velocity`` name; the first weight column is used.
    readout, velocity : optional
        Declarations of the ring and of the input; the fly's by default.

    Returns
    -------
    Circuit
        Arrays in the order of the connectome's nodes.

    Raises
    ------
    InputError
        When a column or a value is missing; the message names the first neurons.
    ConfigError
        When a declared cell type does not exist; the message lists those that do.
    """
    readout, velocity = readout or RingReadout(), velocity or VelocityInput()
    nodes = connectome.nodes
    types = _complete_column(nodes, "cell_type")
    names = tuple(dict.fromkeys(types))
    known = np.array([names.index(name) for name in types])
    signs = _signs(nodes, types)
    read = _of_types(types, readout.cell_types, names, "readout.cell_types")
    angles = np.deg2rad(_complete_column(nodes.filter(read), readout.angle).astype(float))
    # In hundreds of synapses, so that gains of about one fit: the hemibrain's largest count is 184.
    counts = connectome.adjacency().toarray().T / 100
    return Circuit(
        weights=jnp.asarray(counts * signs, dtype=jnp.float32),
        type_index=jnp.asarray(known),
        angles=jnp.asarray(angles, dtype=jnp.float32),
        readout=jnp.asarray(np.flatnonzero(read)),
        readout_weights=jnp.asarray(_group_weights(nodes.filter(read), readout.group)),
        velocity=jnp.asarray(_velocity(nodes, types, names, velocity), dtype=jnp.float32),
        type_names=names,
        velocity_mode=velocity.mode,
    )


def _complete_column(nodes: pl.DataFrame, column: str) -> np.ndarray:
    if column not in nodes.columns:
        raise InputError(
            f"no node column {column!r}",
            where="connectome",
            repair=f"Add it, or declare another; there are: {', '.join(nodes.columns)}.",
        )
    missing = nodes.filter(pl.col(column).is_null())["id"].to_list()
    if missing:
        raise InputError(
            f"column {column!r} is empty for {len(missing)} neurons, the first {missing[:3]}",
            where="connectome",
            repair="Fill it, or select a connectome without these neurons.",
        )
    return nodes[column].to_numpy()


def _signs(nodes: pl.DataFrame, types: np.ndarray) -> np.ndarray:
    signs = _complete_column(nodes, "sign").astype(float)
    for name in dict.fromkeys(types):
        found = set(signs[types == name].tolist())
        if found not in ({1.0}, {-1.0}):
            raise InputError(
                f"expected one sign, +1 or -1, for cell type {name!r}, found {sorted(found)}",
                where="connectome, column 'sign'",
                repair="Split the type, or correct the sign.",
            )
    return signs


def _of_types(
    types: np.ndarray, wanted: Sequence[str], known: Sequence[str], setting: str
) -> np.ndarray:
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise ConfigError(
            f"unknown cell type {unknown[0]!r}",
            where=setting,
            repair=f"The connectome has: {', '.join(known)}.",
        )
    return np.isin(types.astype(str), list(wanted))


def _group_weights(nodes: pl.DataFrame, group: str | None) -> np.ndarray:
    if group is None:
        return np.ones(nodes.height, dtype=np.float32)
    labels = _complete_column(nodes, group)
    _, inverse, members = np.unique(labels, return_inverse=True, return_counts=True)
    return (1.0 / members[inverse]).astype(np.float32)


def _velocity(
    nodes: pl.DataFrame, types: np.ndarray, names: Sequence[str], velocity: VelocityInput
) -> np.ndarray:
    driven = _of_types(types, velocity.cell_types, names, "velocity.cell_types")
    sides = _complete_column(nodes.filter(driven), velocity.side)
    if len(set(sides)) != 2 or velocity.positive not in set(sides):
        raise InputError(
            f"expected two sides, one of them {velocity.positive!r}, found {sorted(set(sides))}",
            where=f"connectome, column {velocity.side!r}",
            repair="Correct the sides of the driven neurons, or set velocity.positive.",
        )
    drive = np.zeros(nodes.height)
    drive[driven] = np.where(sides == velocity.positive, velocity.gain, -velocity.gain)
    return drive
