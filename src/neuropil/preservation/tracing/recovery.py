"""Which connections are recovered when wires break: from a rate of breaks to a share of a graph."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from neuropil.contracts import InputError
from neuropil.preservation.tracing.break_rates import BreakRate, length_needed
from neuropil.preservation.tracing.run_lengths import check_rate, rate_of_run_length
from neuropil.preservation.tracing.trees import NeuriteTree

__all__ = [
    "DENDRITE",
    "Connections",
    "RecoveredConnections",
    "recover_independent",
    "recover_on_tree",
    "recover_shared_trunk",
    "recovered_connections",
    "tabulate_scaling",
]

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

DENDRITE = 0.15
"""Way from a synapse to the soma along a dendrite where none is given [mm]."""

# Of the table that people ask about: a local circuit, a column, a long projection.
_RUN_LENGTHS = (0.5, 1.0, 5.0, 20.0, 100.0)
_CASES = ((0.3, 1), (1.0, 1), (5.0, 1), (1.0, 5))


def recover_independent(
    rate: npt.ArrayLike,
    axon: npt.ArrayLike,
    synapses: npt.ArrayLike = 1,
    dendrite: npt.ArrayLike = DENDRITE,
) -> Floats:
    r"""Return the probability that a connection is recovered if its synapses break independently.

    A synapse is recovered when no break lies on its way from soma to soma. With k synapses, each
    with a way of its own, one of them is with probability
    ``1 - (1 - exp(-r (axon + dendrite)))^k``. Synapses of one pair share most of their axon, so
    that for k > 1 this is an upper bound.

    Parameters
    ----------
    rate : array
        Breaks for each mm [1/mm].
    axon : array
        Way from the soma along the axon to the synapses [mm].
    synapses : array
        Synapses of the connection.
    dendrite : array
        Way from the synapses along the dendrite to the soma [mm].

    Returns
    -------
    array
        Probabilities.

    Raises
    ------
    InputError
        When a rate or a way is negative or not finite, or a connection has no synapse.

    Examples
    --------
    >>> round(float(recover_independent(2.0, 0.3)), 3)
    0.407
    """
    rates = check_rate(rate)
    ways = _check_ways(axon, "axon") + _check_ways(dendrite, "dendrite")
    broken = -np.expm1(-rates * ways)
    recovered: Floats = 1 - broken ** _check_synapses(synapses)
    return recovered


def recover_shared_trunk(
    rate: npt.ArrayLike,
    axon: npt.ArrayLike,
    synapses: npt.ArrayLike = 1,
    dendrite: npt.ArrayLike = DENDRITE,
) -> Floats:
    r"""Return the probability that a connection is recovered if its synapses share the axon.

    All k synapses lie behind one axon trunk and have a last branch each, here the way along the
    dendrite. Breaks of the trunk lose them all; given a whole trunk the branches break
    independently. So one synapse is recovered with probability
    ``exp(-r axon) (1 - (1 - exp(-r dendrite))^k)``. However many synapses there are, it is at most
    that of the trunk. For k = 1 it equals :func:`recover_independent`.

    Parameters
    ----------
    rate : array
        Breaks for each mm [1/mm].
    axon : array
        Way along the axon, which all synapses share [mm].
    synapses : array
        Synapses of the connection.
    dendrite : array
        Way along the dendrite, of each synapse its own [mm].

    Returns
    -------
    array
        Probabilities.

    Raises
    ------
    InputError
        As :func:`recover_independent`.

    Examples
    --------
    Five synapses at the end of 1 mm, at 2 breaks for each mm: apart, and behind one trunk.

    >>> round(float(recover_independent(2.0, 1.0, 5)), 3)
    0.41
    >>> round(float(recover_shared_trunk(2.0, 1.0, 5)), 3)
    0.135
    """
    rates = check_rate(rate)
    broken = -np.expm1(-rates * _check_ways(dendrite, "dendrite"))
    trunk = np.exp(-rates * _check_ways(axon, "axon"))
    recovered: Floats = trunk * (1 - broken ** _check_synapses(synapses))
    return recovered


def recover_on_tree(
    tree: NeuriteTree, sites: Integers, rate: float, dendrite: float = DENDRITE
) -> float:
    """Return the probability that a connection is recovered, on the axon that it really has.

    Synapses lie at points of a neuron; each has a dendrite of its own behind it. From the tips to
    the root, a point is cut off from all synapses behind it when each of its arms is broken or cut
    off further on; arms are independent. This holds whatever trunk and branches are shared.

    Parameters
    ----------
    tree : NeuriteTree
        The axon, from the soma.
    sites : (k,) array
        Rows of the points at which synapses lie, all of one tree; a point may be named twice.
    rate : float
        Breaks for each mm [1/mm].
    dendrite : float
        Way along each dendrite [mm].

    Returns
    -------
    float
        Probability.

    Raises
    ------
    InputError
        When there is no site, one is no row of the tree, or they lie in several trees.
    """
    check_rate(rate)
    _check_ways(dendrite, "dendrite")
    rows = np.asarray(sites)
    inside = rows.size > 0 and rows.dtype.kind in "iu" and rows.ndim == 1
    inside = inside and bool(((rows >= 0) & (rows < len(tree.parents))).all())
    ways = [tree.way(row) for row in rows.tolist()] if inside else []
    if len({int(way[-1]) for way in ways}) != 1:
        raise InputError(
            f"expected rows of points of one tree, found {rows.tolist()}",
            where="sites",
            repair="Choose sites among the rows of one neuron.",
        )
    # Only what lies on the way of some synapse matters, from the outermost point inwards.
    used = np.unique(np.concatenate(ways))[::-1]
    kept = dict(zip(used.tolist(), np.exp(-rate * tree.lengths[used]).tolist(), strict=True))
    lost = dict.fromkeys(kept, 1.0)
    for row in rows.tolist():
        lost[row] *= -math.expm1(-rate * dendrite)
    for row in used[:-1].tolist():
        lost[int(tree.parents[row])] *= 1 - kept[row] * (1 - lost[row])
    return 1 - lost[int(used[-1])]


@dataclass(frozen=True, eq=False)
class Connections:
    """Connections of a graph by the way that each takes.

    Parameters
    ----------
    axons : (n,) array
        Way from the soma to the synapses along the axon [mm]; measured, or drawn from what is known
        of its distribution.
    synapses : (n,) array
        Synapses of each connection.
    dendrites : (n,) array
        Way from the synapses to the soma along the dendrite [mm].

    Raises
    ------
    InputError
        When there is no connection, the three differ in length, or a value is not of its kind.
    """

    axons: Floats
    synapses: Floats
    dendrites: Floats

    def __post_init__(self) -> None:
        object.__setattr__(self, "axons", _check_ways(self.axons, "axons"))
        object.__setattr__(self, "synapses", _check_synapses(self.synapses))
        object.__setattr__(self, "dendrites", _check_ways(self.dendrites, "dendrites"))
        shapes = {self.axons.shape, self.synapses.shape, self.dendrites.shape}
        if len(shapes) > 1 or self.axons.ndim != 1 or not self.axons.size:
            raise InputError(
                "expected axon, synapses and dendrite of each connection, found shapes "
                f"{self.axons.shape}, {self.synapses.shape} and {self.dendrites.shape}",
                where="connections",
                repair="Give one value of each for each connection, and at least one connection.",
            )

    @classmethod
    def of(cls, axons: npt.ArrayLike, synapses: npt.ArrayLike = 1) -> Connections:
        """Take the ways along axons [mm], with one number of synapses or one for each."""
        ways = np.asarray(axons, np.float64)
        counts = np.broadcast_to(np.asarray(synapses, np.float64), ways.shape)
        return cls(ways, counts, np.full(ways.shape, DENDRITE))


@dataclass(frozen=True, slots=True)
class RecoveredConnections:
    """Share of the connections of a graph that can be recovered.

    Parameters
    ----------
    share : float
        At the rate that was found, with synapses behind one trunk.
    low : float
        At the upper bound of the rate, with synapses behind one trunk.
    high : float
        At the lower bound of the rate, with synapses that break independently.
    synapses : float
        Share of synapses at the rate that was found, which no sharing changes.
    level : float
        Confidence of each bound.
    """

    share: float
    low: float
    high: float
    synapses: float
    level: float

    def __str__(self) -> str:
        low, high = (f"{100 * each:.3g}" for each in (self.low, self.high))
        both = f"{100 * (2 * self.level - 1):.3g}"
        return (
            f"{100 * self.share:.3g} % of synaptic connections recoverable ({low} to {high} %, "
            f"{both} % interval)."
        )


def recovered_connections(connections: Connections, rate: BreakRate) -> RecoveredConnections:
    """Say which share of the connections of a graph a rate of breaks leaves.

    Parameters
    ----------
    connections : Connections
        Ways and synapses.
    rate : BreakRate
        Of the sample, with its bounds.

    Returns
    -------
    RecoveredConnections
        Share with an interval from both bounds of the rate, and from what synapses may share.

    Examples
    --------
    >>> from neuropil.preservation.tracing.break_rates import TracedBlocks, estimate_break_rate
    >>> rate = estimate_break_rate(TracedBlocks.of([0] * 10, [3.0] * 10))
    >>> print(recovered_connections(Connections.of([0.3, 1.0, 5.0]), rate))
    100 % of synaptic connections recoverable (81.5 to 100 %, 90 % interval).
    """
    ways = (connections.axons, connections.synapses, connections.dendrites)
    each = np.exp(-rate.value * (connections.axons + connections.dendrites))
    return RecoveredConnections(
        share=float(recover_shared_trunk(rate.value, *ways).mean()),
        low=float(recover_shared_trunk(rate.high, *ways).mean()),
        high=float(recover_independent(rate.low, *ways).mean()),
        synapses=float(np.average(each, weights=connections.synapses)),
        level=rate.level,
    )


def tabulate_scaling(level: float = 0.95) -> pl.DataFrame:
    """Tabulate what expected run lengths mean for connections, and what it takes to show them.

    Parameters
    ----------
    level : float
        Confidence of the length needed, one-sided.

    Returns
    -------
    pl.DataFrame
        ``run_length`` [mm], ``rate`` [1/mm], probabilities of recovery such as ``d=1, k=5`` of a
        connection with an axon of d mm and k independent synapses and ``d=1, k=5, shared`` behind
        one trunk, and ``length_needed``, to trace without a break [mm].
    """
    rates = np.array([rate_of_run_length(each) for each in _RUN_LENGTHS])
    columns = {"run_length": np.array(_RUN_LENGTHS), "rate": rates}
    for axon, synapses in _CASES:
        name = f"d={axon:g}, k={synapses}"
        columns[name] = recover_independent(rates, axon, synapses)
        if synapses > 1:
            columns[f"{name}, shared"] = recover_shared_trunk(rates, axon, synapses)
    columns["length_needed"] = np.array([length_needed(rate, level) for rate in rates])
    return pl.DataFrame(columns)


def _check_ways(ways: npt.ArrayLike, name: str) -> Floats:
    lengths = np.asarray(ways, dtype=np.float64)
    wrong = ~(np.isfinite(lengths) & (lengths >= 0))
    if wrong.any():
        raise InputError(
            f"expected lengths of 0 mm or more, found {lengths[wrong].flat[0]}",
            where=name,
            repair="Give the way along the neurite [mm].",
        )
    return lengths


def _check_synapses(synapses: npt.ArrayLike) -> Floats:
    counts = np.asarray(synapses, dtype=np.float64)
    wrong = ~(np.isfinite(counts) & (counts >= 1) & (counts == np.floor(counts)))
    if wrong.any():
        raise InputError(
            f"expected one synapse or more, found {counts[wrong].flat[0]}",
            where="synapses",
            repair="Leave out pairs without a synapse.",
        )
    return counts
