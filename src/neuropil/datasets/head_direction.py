"""The ring of the fly's heading circuit: glomeruli, phases, and the shift of a cell type.

The protocerebral bridge has glomeruli L1 to L9 and R1 to R9. EPG neurons of glomeruli 1 to 8
tile the ring of the ellipsoid body in the order R1, L8, R2, L7, ... R8, L1, which gives sixteen
phases of 22.5 degrees each.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import polars as pl

from neuropil.connectome import Connectome
from neuropil.contracts import InputError, Operation

__all__ = [
    "CELL_TYPES",
    "PHASE_STEP_DEG",
    "compute_phase_shift",
    "glomerulus_phase",
    "label_phase",
    "label_ring",
    "output_glomeruli",
    "symmetrise",
    "wrap_phase",
]

CELL_TYPES = ("EPG", "EPGt", "PEN_a", "PEN_b", "PEG", "Delta7")
"""The six cell types, in the order in which they are tabulated."""

PHASE_STEP_DEG = 22.5
"""Angle between neighbouring phases [deg]."""

_N_PHASES = 16


def glomerulus_phase(glomerulus: str) -> int:
    """Return the ring phase of a glomerulus, 0 to 15.

    Parameters
    ----------
    glomerulus : str
        ``"L1"`` to ``"L9"`` or ``"R1"`` to ``"R9"``. Glomerulus 9 shares the phase of 1.

    Examples
    --------
    >>> [glomerulus_phase(name) for name in ("R1", "L8", "R2", "L1", "L9")]
    [0, 1, 2, 15, 15]
    """
    number = int(glomerulus[1:])
    # R1 is 0, L8 is 1, R2 is 2, ... L1 is 15; glomerulus 9 comes out as that of 1 on its side.
    phase = 2 * (number - 1) if glomerulus[0] == "R" else 17 - 2 * number
    return phase % _N_PHASES


def output_glomeruli(name: str) -> tuple[str, ...]:
    """Split the glomeruli that a Delta7 neuron's label runs together.

    Examples
    --------
    >>> output_glomeruli("L1L9R8")
    ('L1', 'L9', 'R8')
    """
    return tuple(name[start : start + 2] for start in range(0, len(name), 2))


def label_phase(label: str) -> float:
    """Return the ring phase of a neuron's glomeruli, 0 to 16 in steps of 0.5.

    Parameters
    ----------
    label : str
        One glomerulus or, for Delta7, several run together, whose circular mean counts;
        glomerulus 9 repeats 1 and is then left out.

    Examples
    --------
    >>> [label_phase(name) for name in ("R2", "L2R7", "L1L9R8")]
    [2.0, 12.5, 14.5]
    """
    parts = output_glomeruli(label)
    # 9 shares the phase of 1, which a Delta7 neuron would otherwise count twice.
    counted = [part for part in parts if part[1] != "9"] or list(parts)
    # A mean of angles and not of numbers, because phases 15 and 0 are neighbours.
    angles = np.array([glomerulus_phase(part) for part in counted]) * np.pi / 8
    mean = np.angle(np.exp(1j * angles).sum()) * 8 / np.pi
    # Means of two neighbours lie halfway; rounding takes away what the cosine left of them.
    return float(np.round(2 * mean) / 2 % _N_PHASES)


def wrap_phase(difference: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Wrap differences of phases to [-8, 8)."""
    wrapped: npt.NDArray[np.float64] = (difference + 8) % _N_PHASES - 8
    return wrapped


def symmetrise(connectome: Connectome) -> Connectome:
    """Give all pairs that a mirrored and rotated brain would not tell apart their mean count.

    Such pairs have the same two cell types and the same angle between them on the ring, counted
    from the left in the right half of the brain and from the right in the left half.

    Parameters
    ----------
    connectome : Connectome
        With node columns ``cell_type`` and ``glomerulus``.

    Returns
    -------
    Connectome
        Of the same neurons; its counts are no whole numbers, and totals between types stay.

    Raises
    ------
    InputError
        When a neuron has no glomerulus; select those that have.
    """
    nodes = connectome.nodes
    if "glomerulus" not in nodes.columns or nodes["glomerulus"].null_count():
        raise InputError(
            "expected the bridge glomerulus of every neuron",
            where="node column glomerulus",
            repair="Select the neurons that have one.",
        )
    classes = _pair_classes(nodes)
    counts = connectome.adjacency().toarray()
    # A neuron's pair with itself is left out: its 0 would lower the mean of the class.
    off = ~np.eye(nodes.height, dtype=bool)
    sums = np.bincount(classes[off], weights=counts[off])
    sizes = np.bincount(classes[off])
    mean = np.where(off, (sums / np.maximum(sizes, 1))[classes], 0.0)
    name = connectome.weight_names[0]
    even = Connectome.from_matrix(mean, nodes, weight=name, unit=connectome.units[name])
    return replace(
        connectome,
        edges=even.edges,
        units=even.units,
        provenance=(*connectome.provenance, Operation("symmetrise", {})),
    )


def _pair_classes(nodes: pl.DataFrame) -> npt.NDArray[np.intp]:
    """Return (n, n) codes, equal for pairs that symmetry maps onto each other."""
    labels = nodes["glomerulus"].to_list()
    types = np.unique(nodes["cell_type"].to_numpy().astype(str), return_inverse=True)[1]
    phase = np.array([label_phase(label) for label in labels])
    hand = np.array([1.0 if label[0] == "R" else -1.0 for label in labels])
    # A Delta7 neuron reaches both halves, so that a pair takes the side of its other neuron.
    between = np.array([len(label) > len("L1") for label in labels])  # Delta7 has no side
    side = np.where(between[:, None], hand[None, :], hand[:, None])
    offset = wrap_phase(side * (phase[None, :] - phase[:, None]))
    # Two of them have no side at all: only how far apart they are can matter.
    offset = np.where(between[:, None] & between[None, :], np.abs(offset), offset)
    # Glomeruli 1 and 9 share a phase and are wired otherwise (tables/head_direction.json).
    same = np.array(labels)[:, None] == np.array(labels)[None, :]
    # Twice the offset is whole, so that equal classes are equal numbers.
    known = np.stack(
        np.broadcast_arrays(types[:, None], types[None, :], 2 * offset, same & (offset == 0)), -1
    )
    codes = np.unique(known.reshape(-1, 4), axis=0, return_inverse=True)[1]
    return codes.reshape(len(labels), len(labels))


def label_ring(nodes: pl.DataFrame) -> pl.DataFrame:
    """Add ``ring_index`` and ``ring_angle_deg`` to a table of neurons.

    Parameters
    ----------
    nodes : pl.DataFrame
        With columns ``cell_type`` and ``glomerulus``.

    Returns
    -------
    pl.DataFrame
        ``ring_index`` is 0 to 15 and ``ring_angle_deg`` is 0 to 337.5 [deg] for EPG, and both
        are null for every other type.
    """
    index = [
        glomerulus_phase(glomerulus) if cell_type == "EPG" else None
        for cell_type, glomerulus in nodes.select("cell_type", "glomerulus").iter_rows()
    ]
    ring_index = pl.Series("ring_index", index, dtype=pl.Int64)
    return nodes.with_columns(ring_index, (ring_index * PHASE_STEP_DEG).alias("ring_angle_deg"))


def compute_phase_shift(connectome: Connectome, cell_type: str) -> pl.DataFrame:
    """Compute how far each neuron of a type sends its EPG input round the ring.

    The shift is the direction of a neuron's synapses onto EPG minus that of its synapses from
    EPG; a direction is the mean of the EPG ring angles weighted with synapse counts.

    Parameters
    ----------
    connectome : Connectome
        With node columns ``cell_type``, ``side`` and ``ring_angle_deg``.
    cell_type : str
        The type whose neurons stand between EPG input and EPG output.

    Returns
    -------
    pl.DataFrame
        Columns ``id``, ``side`` and ``shift_deg``, from -180 to 180 [deg]; one row for each
        neuron. NaN where a neuron has no synapse from EPG or none onto EPG.

    Raises
    ------
    InputError
        When no neuron has that type; the message lists the types that exist.
    """
    nodes = connectome.nodes
    chosen = (nodes["cell_type"] == cell_type).fill_null(value=False).to_numpy()
    if not chosen.any():
        existing = ", ".join(sorted(nodes["cell_type"].drop_nulls().unique()))
        raise InputError(
            f"no neuron of type {cell_type!r}",
            where="node column cell_type",
            repair=f"The types are: {existing}.",
        )
    counts = connectome.adjacency()
    on_ring = nodes["ring_angle_deg"].is_not_null().to_numpy()
    # Directions as complex numbers: their weighted sum has the mean direction, without a seam.
    compass = np.exp(1j * np.deg2rad(nodes["ring_angle_deg"].to_numpy()[on_ring]))
    output = _direction(counts[chosen][:, on_ring] @ compass)
    received = _direction(counts[on_ring][:, chosen].T @ compass)
    shift = np.rad2deg(np.angle(output * np.conj(received)))
    return nodes.filter(chosen).select("id", "side", pl.Series("shift_deg", shift))


def _direction(resultant: npt.NDArray[np.complex128]) -> npt.NDArray[np.complex128]:
    """Return (n,) unit vectors; NaN where the resultant is zero."""
    length = np.abs(resultant)
    # A neuron without synapses has no direction; an angle of 0 would be one.
    unit: npt.NDArray[np.complex128] = np.full(len(resultant), np.nan, dtype=np.complex128)
    np.divide(resultant, length, out=unit, where=length > 0)
    return unit
