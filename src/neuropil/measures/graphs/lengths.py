"""Random rewiring that keeps how many partners every region has and how long its wires are.

Edges are paired at random and exchange their targets, as in :mod:`neuropil.measures.graphs.swaps`,
where the two new edges fall into the same two bins of lengths as the two old ones. A pair stays as
it is where one of its four edges, old or new, is also an old or a new edge of another pair. All
these conditions look the same from the graph that comes out, so that each step is as likely as its
inverse, and the uniform distribution over graphs that are alike in these respects is kept. Not all
of these graphs need be reached from one of them; p-values of :func:`draw_nulls` are exact even so.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy import sparse

from neuropil.contracts import ConfigError, InputError
from neuropil.measures.graphs.null_models import NullModel
from neuropil.measures.graphs.rewiring import Edges, shuffled_order

__all__ = ["LengthPreserving"]

Whole = npt.NDArray[np.int64]

BINS = 10
"""Bins of equally many pairs of regions. With fewer, lengths are kept less well; with more, fewer
swaps are possible."""

ROUNDS = 500
"""How often all edges are paired.

Of a connectome of 116 regions in which 65 % of the pairs are connected, 80 % of the edges are then
edges of the drawn graph too (77 % after twice as many rounds, 75 % after four times); of one in
which 10 % are, 12 %. Fewer would do no harm, see :func:`draw_nulls`.
"""


@dataclass(frozen=True, eq=False)
class LengthPreserving(NullModel):
    """Draw partners anew and keep how many every region has, and the lengths of all edges.

    Weights are given to the edges at random within each bin of lengths, so that short edges stay
    as strong as short edges are.

    Parameters
    ----------
    lengths : (n, n) array
        Distance between regions, such as that of their centres [any unit], symmetric.
    bins : int
        Bins of lengths, each of as many pairs of regions.
    rounds : int
        How often all edges are paired to swap.
    directed : bool
        False for undirected graphs.

    Raises
    ------
    InputError
        When the lengths are not square, not symmetric, not finite or negative; correct them.
    ConfigError
        When bins or rounds are below one.

    References
    ----------
    Betzel and Bassett 2018, PNAS 115:E4880, for swaps within bins of lengths.

    Examples
    --------
    >>> places = np.arange(6.0)
    >>> ring = np.roll(np.eye(6), 1, axis=1)
    >>> model = LengthPreserving(abs(places[:, None] - places), bins=2)
    >>> null = model.draw(sparse.csr_array(ring), np.random.default_rng(0))
    >>> null.sum(axis=0), null.sum(axis=1)
    (array([1., 1., 1., 1., 1., 1.]), array([1., 1., 1., 1., 1., 1.]))
    """

    lengths: np.ndarray = field(repr=False)
    bins: int = BINS
    rounds: int = ROUNDS
    directed: bool = True

    def __post_init__(self) -> None:
        lengths = np.asarray(self.lengths, dtype=np.float64)
        if lengths.ndim != 2 or lengths.shape[0] != lengths.shape[1]:
            _refuse(f"a square matrix, found shape {lengths.shape}")
        if not (np.isfinite(lengths) & (lengths >= 0)).all():
            _refuse("finite lengths of 0 or more, found others")
        if not np.allclose(lengths, lengths.T):
            _refuse("the same length both ways, found different ones")
        if self.bins < 1 or self.rounds < 1:
            raise ConfigError(
                f"expected at least one bin and one round, found {self.bins} and {self.rounds}",
                where="LengthPreserving",
                repair=f"The defaults are {BINS} and {ROUNDS}.",
            )
        object.__setattr__(self, "lengths", (lengths + lengths.T) / 2)

    @property
    def name(self) -> str:
        """What the model keeps and what it destroys, in one line."""
        partners = "in-degree and out-degree" if self.directed else "degree"
        return (
            f"partners redrawn; {partners} of every neuron and {self.bins} bins of lengths kept, "
            "weights permuted within bins"
        )

    def draw(self, matrix: sparse.csr_array, rng: np.random.Generator) -> sparse.csr_array:
        """Draw a graph with the same degrees and lengths."""
        n = matrix.shape[0]
        if self.lengths.shape != matrix.shape:
            raise InputError(
                f"expected lengths of {n} regions, found those of {len(self.lengths)}",
                where="LengthPreserving",
                repair="Give one row for each region of the graph.",
            )
        cells = matrix.tocoo()
        loops = cells.row == cells.col
        used = ~loops if self.directed else cells.row < cells.col
        edges = cells.row[used].astype(np.int64), cells.col[used].astype(np.int64)
        of_pair = self._bin_pairs()
        before = of_pair[edges]
        rows, columns = swap_within_bins(edges, of_pair, self.rounds, rng, directed=self.directed)
        weights = np.empty(rows.size)
        order = np.argsort(before, kind="stable")
        weights[shuffled_order(of_pair[rows, columns], rng)] = cells.data[used][order]
        return self._assemble((rows, columns), weights, cells, loops)

    def _bin_pairs(self) -> Whole:
        apart = self.lengths[np.triu_indices(len(self.lengths), 1)]
        inner = np.quantile(apart, np.arange(1, self.bins) / self.bins) if apart.size else []
        return np.searchsorted(inner, self.lengths, side="right").astype(np.int64)

    def _assemble(
        self, edges: Edges, weights: np.ndarray, cells: sparse.coo_array, loops: np.ndarray
    ) -> sparse.csr_array:
        rows, columns = edges
        if not self.directed:
            rows, columns = np.concatenate([rows, columns]), np.concatenate([columns, rows])
            weights = np.concatenate([weights, weights])
        rows = np.concatenate([rows, cells.row[loops]])
        columns = np.concatenate([columns, cells.col[loops]])
        data = np.concatenate([weights, cells.data[loops]])
        return sparse.csr_array((data, (rows, columns)), shape=cells.shape)


def swap_within_bins(
    edges: Edges, of_pair: Whole, rounds: int, rng: np.random.Generator, *, directed: bool
) -> Edges:
    """Pair all edges at random and exchange targets within bins of lengths, again and again.

    Parameters
    ----------
    edges : tuple of (m,) int64 array
        Rows and columns; no edge twice, no loops, and undirected ones one way only.
    of_pair : (n, n) int64 array
        Bin of each pair of regions, symmetric.
    rounds : int
        How often.
    rng : numpy.random.Generator
        Source of every draw.
    directed : bool
        Whether an edge and its return are two edges.

    Returns
    -------
    tuple of (m,) array
        Rows and columns of the new edges.
    """
    n = len(of_pair)
    rows, columns = edges[0].copy(), edges[1].copy()
    paired = rows.size - rows.size % 2
    taken = np.zeros(n * n, dtype=np.int64)
    taken[_name_cells(rows, columns, n, directed=directed)] = 1
    for _ in range(rounds):
        pairs = rng.permutation(rows.size)[:paired].reshape(-1, 2)
        if not directed:
            turned = pairs[rng.random(len(pairs)) < 0.5, 1]
            rows[turned], columns[turned] = columns[turned], rows[turned]
        # Half of the pairs stay, so that no step is forced.
        first, second = pairs[rng.random(len(pairs)) < 0.5].T
        fits = _fit_bins(rows, columns, first, second, of_pair)
        first, second = first[fits], second[fits]
        named = [
            _name_cells(rows[a], columns[b], n, directed=directed)
            for a, b in ((first, first), (second, second), (first, second), (second, first))
        ]
        count = taken.copy()
        np.add.at(count, np.concatenate(named[2:]), 1)
        free = np.all([count[cell] == 1 for cell in named], axis=0)
        first, second = first[free], second[free]
        for cell, present in zip(named, (0, 0, 1, 1), strict=True):
            taken[cell[free]] = present
        columns[first], columns[second] = columns[second], columns[first]
    return rows, columns


def _fit_bins(
    rows: Whole, columns: Whole, first: Whole, second: Whole, of_pair: Whole
) -> npt.NDArray[np.bool_]:
    """Tell which pairs would get two edges of the bins that their edges have, and no loop."""
    old = of_pair[rows[first], columns[first]], of_pair[rows[second], columns[second]]
    new = of_pair[rows[first], columns[second]], of_pair[rows[second], columns[first]]
    same = (old[0] == new[0]) & (old[1] == new[1]) | (old[0] == new[1]) & (old[1] == new[0])
    return same & (rows[first] != columns[second]) & (rows[second] != columns[first])


def _name_cells(rows: Whole, columns: Whole, n: int, *, directed: bool) -> Whole:
    if directed:
        return rows * n + columns
    return np.minimum(rows, columns) * n + np.maximum(rows, columns)


def _refuse(what: str) -> None:
    raise InputError(
        f"expected {what}",
        where="LengthPreserving, lengths",
        repair="Give the distances between all regions.",
    )
