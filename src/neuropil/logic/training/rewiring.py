"""Candidates that change between epochs: the weakest are dropped, or drawn anew."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from neuropil.logic.training.candidates import ROWS
from neuropil.logic.training.network import GateNetwork, Ints, Layer

__all__ = ["drop_candidates", "pad_candidates", "redraw_candidates", "trim_candidates"]

About = TypeVar("About")


def drop_candidates(network: GateNetwork, limits: tuple[int, ...]) -> GateNetwork:
    """Keep the likeliest candidates of every slot, in the order in which they stand.

    Parameters
    ----------
    network : GateNetwork
        In training.
    limits : tuple of int
        Most candidates of a slot, by layer.
    """

    def drop(layer: Layer, limit: int) -> Layer:
        if limit >= layer.sources.shape[1]:
            return layer
        best = np.argpartition(-layer.wires, limit - 1, axis=1)[:, :limit]
        best.sort(axis=1)
        return _map_candidates(layer, lambda array: np.take_along_axis(array, best, axis=1))

    return _change_layers(network, limits, drop)


def pad_candidates(network: GateNetwork, widths: tuple[int, ...]) -> GateNetwork:
    """Fill up the candidates of every slot with -1, so that arrays keep their shapes.

    Parameters
    ----------
    network : GateNetwork
        In training.
    widths : tuple of int
        Wanted candidates of a slot, by layer.
    """

    def pad(layer: Layer, width: int) -> Layer:
        missing = ((0, 0), (0, width - layer.sources.shape[1]))
        return _map_candidates(layer, lambda array: np.pad(array, missing, constant_values=-1))

    return _change_layers(network, widths, pad)


def trim_candidates(network: GateNetwork) -> GateNetwork:
    """Undo :func:`pad_candidates`."""

    def trim(layer: Layer) -> Layer:
        held = int((layer.sources[0] >= 0).sum())
        return _map_candidates(layer, lambda array: np.ascontiguousarray(array[:, :held]))

    return network._replace(layers=tuple(trim(layer) for layer in network.layers))


def _change_layers(
    network: GateNetwork, about: Iterable[About], change: Callable[[Layer, About], Layer]
) -> GateNetwork:
    """Change each layer, with something that is known of it."""
    pairs = zip(network.layers, about, strict=True)
    return network._replace(layers=tuple(change(layer, each) for layer, each in pairs))


def _map_candidates(layer: Layer, change: Callable[[npt.NDArray[Any]], npt.NDArray[Any]]) -> Layer:
    names = ("sources", "wires", "wires_mean", "wires_square")
    return layer._replace(**{name: change(getattr(layer, name)) for name in names})


def redraw_candidates(
    network: GateNetwork, share: float, usable: Ints, rng: np.random.Generator
) -> GateNetwork:
    """Replace the weakest candidates of every slot by sources that it has not.

    A new candidate starts at the mean logit of its slot. Fixed wires stay, and so do slots that
    have all sources.

    Parameters
    ----------
    network : GateNetwork
        In training.
    share : float
        Share of the candidates that is replaced.
    usable : (m,) int32 array
        Inputs that the first layer may read.
    rng : np.random.Generator
        Source of the draws.
    """
    hidden = (np.arange(len(layer.kinds), dtype=np.int32) for layer in network.layers[:-1])
    reach: list[Ints] = [usable, *hidden]

    def redraw(layer: Layer, sources: Ints) -> Layer:
        held = layer.sources.shape[1]
        count = round(share * held)
        if held == 1 or not 0 < count <= sources.size - held:
            return layer
        return _redraw(layer, count, sources, rng)

    return _change_layers(network, reach, redraw)


def _redraw(layer: Layer, count: int, sources: Ints, rng: np.random.Generator) -> Layer:
    weakest = np.argpartition(layer.wires, count - 1, axis=1)[:, :count]
    new = _draw_missing(layer.sources, count, sources, rng)

    def put(array: npt.NDArray[Any], values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        changed = array.copy()
        np.put_along_axis(changed, weakest, values, axis=1)
        return changed

    nothing = np.zeros(new.shape, np.float32)
    return layer._replace(
        sources=put(layer.sources, new),
        wires=put(layer.wires, np.repeat(layer.wires.mean(axis=1, keepdims=True), count, axis=1)),
        wires_mean=put(layer.wires_mean, nothing),
        wires_square=put(layer.wires_square, nothing),
    )


def _draw_missing(held: Ints, count: int, sources: Ints, rng: np.random.Generator) -> Ints:
    """Return (slots, count) distinct sources that a slot does not hold."""
    rows = []
    for start in range(0, len(held), ROWS):
        part = held[start : start + ROWS]
        keys = rng.random((len(part), int(sources.max()) + 1))
        allowed = np.zeros(keys.shape, bool)
        allowed[:, sources] = True
        np.put_along_axis(allowed, part, values=False, axis=1)
        keys[~allowed] = 2.0
        rows.append(np.argpartition(keys, count - 1, axis=1)[:, :count])
    return np.concatenate(rows).astype(np.int32)
