"""The wiring of a circuit as a connectome, so that graph measures apply to it."""

from __future__ import annotations

import numpy as np
import polars as pl

from neuropil.connectome import Connectome
from neuropil.contracts import Source
from neuropil.logic.netlist.circuit import CONSTANT, Circuit
from neuropil.logic.netlist.gates import GATE_NAMES

__all__ = ["build_connectome"]


def build_connectome(circuit: Circuit, source: Source | None = None) -> Connectome:
    """Build a connectome of inputs, gates and classes.

    Parameters
    ----------
    circuit : Circuit
        Any circuit.
    source : Source, optional
        Where the circuit came from.

    Returns
    -------
    Connectome
        Nodes ``x0``, ``g0`` and ``c0`` and so on, with ``cell_type`` input, gate or class, the
        ``function`` of a gate and the ``label`` of a class. Edges lead from what is read to what
        reads it; their weight ``wires`` is 2 where a gate reads one node twice.
    """
    n, gates, classes = circuit.n_inputs, circuit.n_gates, circuit.n_classes
    ids = [f"x{i}" for i in range(n)] + [f"g{i}" for i in range(gates)]
    ids += [f"c{i}" for i in range(classes)]
    nothing = [None] * n
    nodes = pl.DataFrame(
        {
            "id": ids,
            "cell_type": ["input"] * n + ["gate"] * gates + ["class"] * classes,
            "function": [
                *nothing,
                *(GATE_NAMES[kind] for kind in circuit.kinds),
                *[None] * classes,
            ],
            "label": [*nothing, *[None] * gates, *circuit.classes],
        },
        schema_overrides={"function": pl.String, "label": pl.String},
    )
    wired = circuit.outputs != CONSTANT
    readers = n + np.arange(gates)
    pre = np.concatenate([circuit.left, circuit.right, circuit.outputs[wired]])
    post = np.concatenate([readers, readers, n + gates + circuit.groups[wired]])
    pairs, wires = np.unique(np.stack([pre, post], axis=1), axis=0, return_counts=True)
    named = np.array(ids)
    edges = pl.DataFrame(
        {"pre": named[pairs[:, 0]], "post": named[pairs[:, 1]], "wires": wires.astype(np.int64)}
    )
    return Connectome.from_frames(
        nodes, edges, units={"wires": "wires"}, source=source or Source("logic circuit")
    )
