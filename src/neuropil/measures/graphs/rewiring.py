"""Random rewiring that keeps how many partners every neuron has: global curveball trades.

Two neurons trade as follows: targets that both have stay; the others are pooled and dealt again,
as many to each as it had. In a global trade all neurons are paired at random and all pairs trade
at once, which is a handful of array operations however many neurons there are. Presynaptic
partners are traded in the same way, with rows and columns exchanged.

Every trade, and every reversal of a triangle, is as likely as its inverse, so that the uniform
distribution over graphs with these degrees is not changed by them. Trades alone cannot turn
round a directed triangle, which is why triangles are reversed too: with both moves every graph
with these degrees can be reached.

References
----------
Carstens, Berger and Strona 2018, MethodsX 5:773, for trades in directed graphs. Carstens, Hamann,
Meyer, Penschuck, Tran and Wagner 2018, ESA, LIPIcs 112:11, for global trades. Rao, Jana and
Bandyopadhyay 1996, Sankhya A 58:225, for the triangles.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse

__all__ = ["Edges", "deal_weights", "draw_tuples", "rewire", "rewire_matrix", "shuffled_order"]

Edges = tuple[np.ndarray, np.ndarray]

# Bits of the places 01, 12, 20 and 10, 21, 02 of a 3 by 3 matrix: the two directed triangles.
_TRIANGLES = (1 << 1 | 1 << 5 | 1 << 6, 1 << 3 | 1 << 7 | 1 << 2)
_KEY_BITS = 62  # so that a key with its random bits fits a signed integer of 64


def rewire_matrix(
    matrix: sparse.csr_array,
    groups: np.ndarray,
    rounds: int,
    rng: np.random.Generator,
    *,
    carry: bool,
) -> sparse.csr_array:
    """Rewire a matrix and deal its weights again.

    Every neuron keeps its number of partners in each group, presynaptic and postsynaptic. The
    diagonal stays as it is and no cell joins it.

    Parameters
    ----------
    matrix : scipy.sparse.csr_array
        (n, n) weights, row = pre; none of the stored cells is 0.
    groups : (n,) array
        Group of each neuron, from 0; all 0 keeps degrees only.
    rounds : int
        Number of global trades.
    rng : numpy.random.Generator
        Source of every draw.
    carry : bool
        True lets weights stay in their row and with the group of their column; False permutes
        them within each pair of groups.

    Returns
    -------
    scipy.sparse.csr_array
        A rewired copy.
    """
    # Neurons of a group must be neighbours in the order, so that sorted columns are grouped too.
    order = np.argsort(groups, kind="stable")
    rank = np.empty_like(order)
    rank[order] = np.arange(order.size)
    cells = matrix.tocoo()
    loops = cells.row == cells.col
    before = rank[cells.row[~loops]], rank[cells.col[~loops]]
    sorted_groups = groups[order].astype(np.int64)
    after = rewire(*before, sorted_groups, rounds, rng)
    data = deal_weights(before, after, cells.data[~loops], sorted_groups, rng, carry=carry)
    rows = np.concatenate([order[after[0]], cells.row[loops]])
    columns = np.concatenate([order[after[1]], cells.col[loops]])
    data = np.concatenate([data, cells.data[loops]])
    return sparse.csr_array((data, (rows, columns)), shape=matrix.shape)


def rewire(
    rows: np.ndarray,
    columns: np.ndarray,
    groups: np.ndarray,
    rounds: int,
    rng: np.random.Generator,
) -> Edges:
    """Make global trades of targets and of sources by turns, and reverse triangles in between.

    Which side begins is drawn, so that a sequence of moves is as likely as its inverse.

    Parameters
    ----------
    rows, columns : (m,) array
        The edges; no two are equal and none joins a neuron to itself.
    groups : (n,) array
        Group of each neuron in ascending order.
    rounds : int
        Number of global trades.
    rng : numpy.random.Generator
        Source of every draw.

    Returns
    -------
    rows, columns : (m,) array
        The new edges, in no particular order.
    """
    first = int(rng.integers(2))
    rows, columns = _reverse_triangles(rows, columns, groups, rng)
    for index in range(rounds):
        if (index + first) % 2 == 0:
            rows, columns = _trade(rows, columns, groups, rng)
        else:
            columns, rows = _trade(columns, rows, groups, rng)
        rows, columns = _reverse_triangles(rows, columns, groups, rng)
    return rows, columns


def deal_weights(
    before: Edges,
    after: Edges,
    weights: np.ndarray,
    groups: np.ndarray,
    rng: np.random.Generator,
    *,
    carry: bool,
) -> np.ndarray:
    """Give the weights of the old edges to the new ones.

    Parameters
    ----------
    before, after : tuple of (m,) array
        Rows and columns of the edges.
    weights : (m,) array
        Weights of the old edges.
    groups : (n,) array
        Group of each neuron, from 0.
    rng : numpy.random.Generator
        Source of the order in which they are dealt.
    carry : bool
        True deals them within each row and group of columns; False within each pair of groups.

    Returns
    -------
    (m,) array
        Weights of the new edges.
    """
    n_groups = int(groups[-1]) + 1

    def hand(edges: Edges) -> np.ndarray:
        row = edges[0] if carry else groups[edges[0]]
        return row * n_groups + groups[edges[1]]

    dealt = np.empty_like(weights)
    dealt[shuffled_order(hand(after), rng)] = weights[np.argsort(hand(before), kind="stable")]
    return dealt


def shuffled_order(keys: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Sort by key, with equal keys in random order.

    Parameters
    ----------
    keys : (m,) array
        Whole numbers from 0.
    rng : numpy.random.Generator
        Source of the order of equal keys.

    Returns
    -------
    (m,) array
        Places in ascending order of their keys.
    """
    # All bits that the keys leave: two equal random parts are then as good as impossible.
    bits = _KEY_BITS - int(keys.max(initial=0)).bit_length()
    return np.argsort(keys << bits | rng.integers(1 << bits, size=keys.size))


def draw_tuples(groups: np.ndarray, size: int, rng: np.random.Generator) -> np.ndarray:
    """Draw disjoint tuples of neurons of one group, as many as there can be.

    Parameters
    ----------
    groups : (n,) array
        Group of each neuron, from 0.
    size : int
        Neurons in a tuple.
    rng : numpy.random.Generator
        Source of the draw.

    Returns
    -------
    (k, size) array
        Places of the neurons.
    """
    order = shuffled_order(groups, rng)
    counts = np.bincount(groups)
    rank = np.arange(groups.size) - np.repeat(np.cumsum(counts) - counts, counts)
    return order[rank < np.repeat(counts - counts % size, counts)].reshape(-1, size)


def _trade(
    rows: np.ndarray, columns: np.ndarray, groups: np.ndarray, rng: np.random.Generator
) -> Edges:
    """Pair the rows of each group; each pair trades columns, group by group of these.

    The cells of a pair are sorted by one integer key: pair, then column in an order drawn anew,
    then which of the two.
    """
    n = groups.size
    width = n.bit_length()
    order = shuffled_order(groups, rng)
    rank = np.empty_like(order)
    rank[order] = np.arange(n)
    pairs = draw_tuples(groups, 2, rng)
    head, partner = np.full(n, -1), np.full(n, -1)
    head[pairs] = (np.arange(len(pairs)) << (width + 1))[:, None] | np.array([0, 1])
    partner[pairs] = pairs[:, ::-1]
    # A column that is the other neuron of the pair would become a loop there: it stays.
    trading = (head[rows] >= 0) & (partner[rows] != columns)
    keys = head[rows[trading]] | rank[columns[trading]] << 1
    keys.sort()
    # A column that both neurons have stands twice in a row, whatever the order.
    shared = np.zeros(keys.size, dtype=bool)
    equal = keys[1:] >> 1 == keys[:-1] >> 1
    shared[1:] |= equal
    shared[:-1] |= equal
    keys[~shared] = _deal_again(keys[~shared], width, groups, rng)
    new_rows = pairs.ravel()[(keys >> (width + 1)) << 1 | keys & 1]
    new_columns = order[keys >> 1 & (1 << width) - 1]
    return (
        np.concatenate([rows[~trading], new_rows]),
        np.concatenate([columns[~trading], new_columns]),
    )


def _deal_again(
    keys: np.ndarray, width: int, groups: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Turn who has which column by a random number of places, in each pair and group of columns.

    The columns are in random order, so that a turn brings every way to deal them within reach;
    and the turn back is as likely. It takes one pass, where a shuffle would take a sort.
    """
    if keys.size == 0:
        return keys
    hand = keys >> (width + 1), groups[keys >> 1 & (1 << width) - 1]
    begins = np.append(True, (hand[0][1:] != hand[0][:-1]) | (hand[1][1:] != hand[1][:-1]))
    starts = np.flatnonzero(begins)
    sizes = np.diff(np.append(starts, keys.size))
    source = np.arange(keys.size) + np.repeat(rng.integers(sizes), sizes)
    beyond = source >= np.repeat(starts + sizes, sizes)
    source[beyond] -= np.repeat(sizes, sizes)[beyond]
    return keys & ~1 | keys[source] & 1


def _reverse_triangles(
    rows: np.ndarray, columns: np.ndarray, groups: np.ndarray, rng: np.random.Generator
) -> Edges:
    """Look at disjoint triples of neurons of one group; reverse each lone triangle or not."""
    triples = draw_tuples(groups, 3, rng)
    if len(triples) == 0:
        return rows, columns
    # Disjoint triples: each edge lies in one at most, and all can be turned at once.
    triple, place = np.full(groups.size, -1), np.zeros(groups.size, dtype=np.int64)
    triple[triples] = np.arange(len(triples))[:, None]
    place[triples] = np.arange(3)
    inside = np.flatnonzero(triple[rows] == triple[columns])
    inside = inside[triple[rows[inside]] >= 0]
    bits = 1 << (3 * place[rows[inside]] + place[columns[inside]])
    pattern = np.bincount(triple[rows[inside]], weights=bits, minlength=len(triples))
    turned = np.isin(pattern, _TRIANGLES) & (rng.random(len(triples)) < 0.5)
    chosen = inside[turned[triple[rows[inside]]]]
    if chosen.size == 0:
        return rows, columns
    rows, columns = rows.copy(), columns.copy()
    rows[chosen], columns[chosen] = columns[chosen], rows[chosen]
    return rows, columns
