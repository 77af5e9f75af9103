"""Random rewiring of undirected graphs that keeps every degree: many swaps of two edges at once.

All edges are paired at random. Of the four ends of a pair there are three ways to make two edges,
one of them as it is; each is chosen as often. The swaps that are chosen are made together, unless
they get in each other's way: a pair stays as it is where a new edge would join a neuron to itself,
or where one of its four edges, old or new, is also an old or a new edge of another pair.

That rule looks the same from the graph that comes out, with the same pairs and the old edges in
place of the new ones. So each step is as likely as its inverse, and the uniform distribution over
graphs with these degrees is not changed by it. A single swap alone is among the steps, and single
swaps reach every simple graph with these degrees.

References
----------
Maslov and Sneppen 2002, Science 296:910, for swaps. Taylor 1981, Lect. Notes Math. 884:314, for
what they reach.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse

from neuropil.measures.graphs.rewiring import Edges, draw_tuples, shuffled_order

__all__ = ["count_rounds", "swap_edges", "swap_matrix"]

_MOST_FACTOR = 20
"""Rounds are multiplied by this at most; denser graphs than 78 % are mixed less. Not tuned."""


def swap_matrix(
    matrix: sparse.csr_array, groups: np.ndarray, rounds: int, rng: np.random.Generator
) -> sparse.csr_array:
    """Rewire a symmetric matrix and permute its weights.

    Every neuron keeps its number of partners in each group. The diagonal stays as it is and no
    cell joins it. Weights are permuted over the edges of each pair of groups.

    Parameters
    ----------
    matrix : scipy.sparse.csr_array
        (n, n) symmetric weights; none of the stored cells is 0. Those above the diagonal count.
    groups : (n,) array
        Group of each neuron, from 0; all 0 keeps degrees only.
    rounds : int
        How often all edges are paired.
    rng : numpy.random.Generator
        Source of every draw.

    Returns
    -------
    scipy.sparse.csr_array
        A rewired copy, symmetric.
    """
    cells = matrix.tocoo()
    upper, loops = cells.row < cells.col, cells.row == cells.col
    ends = cells.row[upper].astype(np.int64), cells.col[upper].astype(np.int64)
    ends, block = _sort_ends(ends, groups)
    data = np.empty(block.size)
    data[shuffled_order(block, rng)] = cells.data[upper][np.argsort(block, kind="stable")]
    one, other = swap_edges(ends, block, groups, rounds, rng)
    return sparse.csr_array(
        (
            np.concatenate([data, data, cells.data[loops]]),
            (
                np.concatenate([one, other, cells.row[loops]]),
                np.concatenate([other, one, cells.col[loops]]),
            ),
        ),
        shape=matrix.shape,
    )


def count_rounds(rounds: int, n_edges: int, n_nodes: int) -> int:
    """Tell how many rounds mix a graph as well as so many mix a sparse one.

    Parameters
    ----------
    rounds : int
        Rounds for a sparse graph.
    n_edges, n_nodes : int
        Size of the graph, which no swap changes.

    Returns
    -------
    int
        More where the graph is dense: both new edges of a pair must be free, which is likely as
        the square of the share of places that are.

    Examples
    --------
    >>> count_rounds(10, 100, 1000), count_rounds(10, 2475, 100)
    (11, 40)
    """
    places = n_nodes * (n_nodes - 1) / 2
    free = 1 - n_edges / places if places else 1.0
    return int(np.ceil(rounds * min(_MOST_FACTOR, 1 / free**2 if free else _MOST_FACTOR)))


def swap_edges(
    ends: Edges, block: np.ndarray, groups: np.ndarray, rounds: int, rng: np.random.Generator
) -> Edges:
    """Pair all edges of a block at random and swap them, again and again.

    Parameters
    ----------
    ends : tuple of (m,) int64 array
        Both ends of each edge, that of the smaller group first; no edge twice, no loops.
    block : (m,) array
        Pair of groups of each edge, from 0; edges swap within their block.
    groups : (n,) array
        Group of each neuron.
    rounds : int
        How often.
    rng : numpy.random.Generator
        Source of every draw.

    Returns
    -------
    tuple of (m,) array
        Both ends of each new edge.
    """
    one, other = ends[0].copy(), ends[1].copy()
    within = groups[one] == groups[other]
    for _ in range(rounds):
        pairs = draw_tuples(block, 2, rng)
        # Within a group both ends can go either way; between groups there is one way to swap.
        flipped = pairs[:, 1][within[pairs[:, 1]] & (rng.random(len(pairs)) < 0.5)]
        one[flipped], other[flipped] = other[flipped], one[flipped]
        chosen = pairs[rng.random(len(pairs)) < 2 / 3]
        first, second = chosen[_may_swap(one, other, chosen, groups.size)].T
        other[first], other[second] = other[second], other[first]
    return one, other


def _may_swap(one: np.ndarray, other: np.ndarray, pairs: np.ndarray, n: int) -> np.ndarray:
    """Tell which pairs of edges can exchange their second ends without harm to any other pair."""
    first, second = pairs.T
    simple = (one[first] != other[second]) & (one[second] != other[first])
    first, second = first[simple], second[simple]
    old = _name_edges(one, other, n)
    new = [_name_edges(one[a], other[b], n) for a, b in ((first, second), (second, first))]
    alone = _stand_once(np.concatenate([old, *new]))
    m, size = old.size, first.size
    allowed = simple.copy()
    allowed[simple] = alone[first] & alone[second] & alone[m : m + size] & alone[m + size :]
    return allowed


def _name_edges(one: np.ndarray, other: np.ndarray, n: int) -> np.ndarray:
    """One number for each edge, whichever end comes first."""
    return np.minimum(one, other) * n + np.maximum(one, other)


def _stand_once(keys: np.ndarray) -> np.ndarray:
    order = np.argsort(keys)
    equal = keys[order[1:]] == keys[order[:-1]]
    once = np.ones(keys.size, dtype=bool)
    once[order[1:][equal]] = False
    once[order[:-1][equal]] = False
    return once


def _sort_ends(ends: Edges, groups: np.ndarray) -> tuple[Edges, np.ndarray]:
    """Put the end of the smaller group first, and number the pairs of groups."""
    turned = groups[ends[0]] > groups[ends[1]]
    one = np.where(turned, ends[1], ends[0])
    other = np.where(turned, ends[0], ends[1])
    names = groups[one] * (int(groups.max(initial=0)) + 1) + groups[other]
    return (one, other), np.unique(names, return_inverse=True)[1].astype(np.int64)
