"""The state of a network in training: candidate wires, logits, and the moments of Adam."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from neuropil.logic.netlist.circuit import Circuit
from neuropil.logic.training.candidates import Sources, draw_candidates, draw_near

__all__ = [
    "GateNetwork",
    "Layer",
    "average_networks",
    "draw_network",
    "harden",
    "transpose_candidates",
]

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int32]


class Layer(NamedTuple):
    """One layer: slots 2j and 2j + 1 are the inputs A and B of gate j.

    Parameters
    ----------
    sources : (2 n_gates, K) int32 array
        Candidate sources of each slot; K = 1 is a fixed wire.
    wires, wires_mean, wires_square : (2 n_gates, K) float32 array
        Logits of the candidates, and Adam's moments.
    kinds, kinds_mean, kinds_square : (n_gates, 16) float32 array
        Logits of the sixteen gates, and Adam's moments.
    """

    sources: Ints
    wires: Floats
    wires_mean: Floats
    wires_square: Floats
    kinds: Floats
    kinds_mean: Floats
    kinds_square: Floats


class GateNetwork(NamedTuple):
    """A network in training.

    Parameters
    ----------
    layers : tuple of Layer
        From inputs to outputs.
    taken : int
        Steps of Adam so far.
    tau : float
        Divisor of the class counts.
    """

    layers: tuple[Layer, ...]
    taken: int
    tau: float


def draw_network(
    gates: tuple[int, ...],
    candidates: tuple[int, ...],
    usable: Ints | Sources,
    tau: float,
    rng: np.random.Generator,
    reaches: tuple[int, ...] | None = None,
    classes: int = 1,
) -> GateNetwork:
    """Draw a network with standard normal logits.

    Parameters
    ----------
    gates : tuple of int
        Gates of each layer.
    candidates : tuple of int
        Candidate sources of each slot, by layer: 1 for fixed wires, 0 for all sources.
    usable : (m,) int32 array, or Sources
        Inputs that the first layer may read.
    tau : float
        Divisor of the class counts.
    rng : np.random.Generator
        Source of the draws.
    reaches : tuple of int, optional
        Side of the square that the candidates of a gate are drawn from, by layer [pixel]; 0, which
        is also the default, draws from everywhere.
    classes : int
        Runs of gates in the last layer; the squares of each run cover the whole image.

    Returns
    -------
    GateNetwork
        Before its first step.
    """
    layers = []
    sources = usable if isinstance(usable, Sources) else Sources(usable)
    runs = (1,) * (len(gates) - 1) + (classes,)
    parts = zip(gates, candidates, reaches or (0,) * len(gates), runs, strict=True)
    for n, k, reach, run in parts:
        places = None
        if reach:
            index, places = draw_near((run, n // run), k, reach, sources, rng)
        else:
            index = draw_candidates(2 * n, k, sources.numbers, rng)
        wires = rng.standard_normal(index.shape, np.float32)
        kinds = rng.standard_normal((n, 16), np.float32)
        layers.append(Layer(index, wires, *_zeros(wires), kinds, *_zeros(kinds)))
        sources = Sources(np.arange(n, dtype=np.int32), places, sources.size)
    return GateNetwork(tuple(layers), 0, tau)


def average_networks(before: GateNetwork, now: GateNetwork, share: float) -> GateNetwork:
    """Return ``now`` with logits that are averaged with those of ``before``.

    Parameters
    ----------
    before, now : GateNetwork
        With the same candidates.
    share : float
        Share of ``before``, from 0 to 1.
    """

    def mean(old: Floats, new: Floats) -> Floats:
        return np.float32(share) * old + np.float32(1 - share) * new

    layers = tuple(
        new._replace(wires=mean(old.wires, new.wires), kinds=mean(old.kinds, new.kinds))
        for old, new in zip(before.layers, now.layers, strict=True)
    )
    return now._replace(layers=layers)


def _zeros(array: Floats) -> tuple[Floats, Floats]:
    return np.zeros_like(array), np.zeros_like(array)


def transpose_candidates(index: Ints, n_sources: int) -> tuple[Ints, Ints]:
    """List, for every source, the candidates that name it.

    Parameters
    ----------
    index : (slots, K) int32 array
        Sources of the candidates.
    n_sources : int
        Number of sources.

    Returns
    -------
    start : (n_sources + 1,) int32 array
        Where the list of each source begins.
    member : (slots * K,) int32 array
        Places in the flattened ``index``, by source.
    """
    member = np.argsort(index.ravel(), kind="stable").astype(np.int32)
    counts = np.bincount(index.ravel(), minlength=n_sources)
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int32), member


def harden(network: GateNetwork, n_inputs: int, classes: tuple[str, ...]) -> Circuit:
    """Take the likeliest wire of every slot and the likeliest function of every gate.

    Parameters
    ----------
    network : GateNetwork
        Trained.
    n_inputs : int
        Number of input bits.
    classes : tuple of str
        Names of the classes, which the last layer's gates vote for in equal runs.

    Returns
    -------
    Circuit
        With every gate of every layer, used or not.
    """
    nodes, base = [], 0
    for depth, layer in enumerate(network.layers):
        best = np.argmax(layer.wires, axis=1)[:, None]
        nodes.append(base + np.take_along_axis(layer.sources, best, axis=1)[:, 0])
        base = n_inputs if depth == 0 else base + len(network.layers[depth - 1].kinds)
    sources = np.concatenate(nodes)
    kinds = np.concatenate([np.argmax(layer.kinds, axis=1) for layer in network.layers])
    voters = len(network.layers[-1].kinds)
    return Circuit(
        n_inputs,
        kinds.astype(np.uint8),
        sources[0::2],
        sources[1::2],
        n_inputs + kinds.size - voters + np.arange(voters),
        np.zeros(voters, bool),
        np.repeat(np.arange(len(classes)), voters // len(classes)),
        np.zeros(len(classes), np.int64),
        classes,
    )
