"""Graphs that a connectome must beat before it is said to carry the spread."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from neuropil.contracts import ConfigError, SeedTree
from neuropil.measures import (
    DegreePreserving,
    ErdosRenyi,
    LengthPreserving,
    NullModel,
    draw_nulls,
    is_directed,
)
from neuropil.progression.dynamics.laplacians import check_weights

__all__ = ["GraphNull", "draw_graph_nulls"]

Array = npt.NDArray[np.float64]
GraphNull = Literal["weights", "labels", "degrees", "lengths"]


def draw_graph_nulls(
    weights: npt.ArrayLike,
    null: GraphNull,
    n: int,
    seed: SeedTree,
    *,
    start: npt.ArrayLike | None = None,
    lengths: npt.ArrayLike | None = None,
) -> Iterator[Array]:
    """Draw graphs that keep some properties of a connectome and no others.

    Parameters
    ----------
    weights : (n, n) array
        Strength of each connection, row = source, column = target.
    null : {"weights", "labels", "degrees", "lengths"}
        ``weights`` puts the weights anywhere; ``labels`` exchanges regions and keeps the graph as
        such, with the seed in its place; ``degrees`` redraws partners and keeps how many each
        region has; ``lengths`` also keeps how long connections are, and how strong those of a
        length are.
    n : int
        Number of graphs.
    seed : SeedTree
        Root of every draw.
    start : (n,) array, optional
        Regions above 0 are seeds, which ``labels`` leaves in their place.
    lengths : (n, n) array, optional
        Distances between regions, which ``lengths`` needs.

    Yields
    ------
    (n, n) array
        Weights of a null graph.

    Raises
    ------
    ConfigError
        When the null is unknown, or what it needs was not given; the message says what to give.

    References
    ----------
    Henderson et al. 2019, Nat. Neurosci. 22:1248, for rewired and exchanged connectomes.
    """
    matrix = check_weights(weights)
    directed = is_directed(matrix)
    if null == "labels":
        fixed = np.zeros(len(matrix), bool) if start is None else np.asarray(start) > 0
        for index in range(n):
            order = _permute_others(fixed, seed.child(index).generator())
            yield matrix[np.ix_(order, order)]
        return
    model = _choose_model(null, lengths, directed=directed)
    for graph in draw_nulls(matrix, model, n, seed, directed=directed):
        yield graph.toarray()


def _choose_model(null: str, lengths: npt.ArrayLike | None, *, directed: bool) -> NullModel:
    if null not in get_args(GraphNull):
        raise ConfigError(
            f"expected {', '.join(get_args(GraphNull))}, found {null!r}",
            where="null",
            repair="Choose one of them.",
        )
    if null == "weights":
        return ErdosRenyi(directed=directed)
    if null == "degrees":
        return DegreePreserving(directed=directed)
    if lengths is None:
        raise ConfigError(
            "expected lengths for the null 'lengths', found none",
            where="lengths",
            repair="Give the distances between regions, or choose the null 'degrees'.",
        )
    return LengthPreserving(np.asarray(lengths), directed=directed)


def _permute_others(
    fixed: npt.NDArray[np.bool_], rng: np.random.Generator
) -> npt.NDArray[np.int64]:
    order = np.arange(fixed.size)
    order[~fixed] = rng.permutation(order[~fixed])
    return order
