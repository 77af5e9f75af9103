"""Wiring summed between cell types: counts, density, and what degrees alone would give."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import polars as pl
from scipy import sparse

from neuropil.measures.comparison import Comparison, adjust_p_values
from neuropil.measures.graphs.labels import Labels, group_codes

__all__ = ["TypePairs", "tabulate_types"]

_MOST_TABULATED = 1_000_000  # pairs of types, which bounds the memory; not tuned


@dataclass(frozen=True)
class TypePairs:
    """The pairs of types that a table has a row for.

    These are all in which two different neurons could be connected; of more than a million,
    those in which some are.

    Parameters
    ----------
    names : tuple of str
        The k types.
    codes : (n,) array
        Type of each neuron, from 0.
    cells : (c,) array
        The pairs, each as k * pre + post, in ascending order.
    n_possible : int
        Number of pairs of types that could be connected, tabulated or not.
    directed : bool
        False where each pair of types, of neurons and each weight counts once; ``cells`` then
        names the type that appeared first as pre.
    """

    names: tuple[str, ...]
    codes: np.ndarray
    cells: np.ndarray
    n_possible: int
    directed: bool = True

    @classmethod
    def of(cls, matrix: sparse.csr_array, labels: Labels, *, directed: bool = True) -> Self:
        """Choose the pairs of types of a graph.

        Parameters
        ----------
        matrix : scipy.sparse.csr_array
            (n, n) weights without loops.
        labels : (n,) sequence
            Type of each neuron.
        directed : bool
            False where the matrix is symmetric and its edges have no direction.

        Raises
        ------
        InputError
            When there is not one label for each neuron.
        """
        names, codes = group_codes(labels, matrix.shape[0])
        k = len(names)
        # A type of one neuron has no pair with itself.
        lone = np.flatnonzero(np.bincount(codes) == 1)
        if k * k <= _MOST_TABULATED:
            cells = np.setdiff1d(np.arange(k * k), lone * (k + 1), assume_unique=True)
        else:
            cells = np.sort(_cells_of(matrix, codes, k))
            cells = cells[np.append(True, cells[1:] != cells[:-1])]
        if directed:
            return cls(names, codes, cells, k * k - lone.size)
        once = cells[cells // k <= cells % k]
        return cls(names, codes, once, k * (k + 1) // 2 - lone.size, directed=False)

    @property
    def pre(self) -> np.ndarray:
        """Presynaptic type of each pair."""
        return self.cells // len(self.names)

    @property
    def post(self) -> np.ndarray:
        """Postsynaptic type of each pair."""
        return self.cells % len(self.names)

    @property
    def sizes(self) -> np.ndarray:
        """Number of neurons of each type."""
        return np.bincount(self.codes, minlength=len(self.names))

    @property
    def possible(self) -> np.ndarray:
        """Number of pairs of two different neurons in each pair of types; ordered if directed."""
        sizes = self.sizes
        own = np.where(self.pre == self.post, sizes[self.pre], 0)
        pairs = sizes[self.pre] * sizes[self.post] - own
        return pairs // self._doubled

    @property
    def _doubled(self) -> np.ndarray:
        """How often each edge of a pair of types stands in the blocks that are summed."""
        return np.where(~np.bool_(self.directed) & (self.pre == self.post), 2, 1)

    def count(self, matrix: sparse.csr_array) -> np.ndarray:
        """Count the connected pairs of neurons and sum their weights.

        Parameters
        ----------
        matrix : scipy.sparse.csr_array
            (n, n) weights without loops.

        Returns
        -------
        (2 c,) array
            Connected pairs in each pair of types, then the weights.
        """
        found = _cells_of(matrix, self.codes, len(self.names))
        order = np.argsort(found)  # sorted, a million pairs are found fast
        found = found[order]
        place = np.searchsorted(self.cells, found)
        # Beyond the last pair there is no cell to compare with; the first one does not match.
        place[place == self.cells.size] = 0
        known = self.cells[place] == found
        place, weights = place[known], matrix.data[order[known]]
        pairs = np.bincount(place, minlength=self.cells.size) // self._doubled
        summed = np.bincount(place, weights, minlength=self.cells.size) / self._doubled
        return np.concatenate([pairs, summed])

    def expect(self, matrix: sparse.csr_array) -> np.ndarray:
        """Return the counts that degrees and strengths alone would give, in closed form.

        The expectation of cell (i, j) is proportional to the product of what i sends and what j
        gets. Loops are left out and the rest is scaled to the total.

        Parameters
        ----------
        matrix : scipy.sparse.csr_array
            (n, n) weights without loops.

        Returns
        -------
        (2 c,) array
            Expected connected pairs, then expected weights. The first is an approximation that
            may exceed the possible pairs where the graph is dense.

        References
        ----------
        Chung and Lu 2002, Ann. Comb. 6:125, for degrees; Newman 2004, Phys. Rev. E 70:056131,
        for strengths.
        """
        connected = sparse.csr_array(
            (np.ones_like(matrix.data), matrix.indices, matrix.indptr), shape=matrix.shape
        )
        return np.concatenate([self._expect(connected), self._expect(matrix)])

    def _expect(self, matrix: sparse.csr_array) -> np.ndarray:
        sent = np.asarray(matrix.sum(axis=1)).ravel()
        received = np.asarray(matrix.sum(axis=0)).ravel()
        own = np.bincount(self.codes, sent * received, minlength=len(self.names))
        senders, receivers = np.bincount(self.codes, sent), np.bincount(self.codes, received)
        products = senders[self.pre] * receivers[self.post]
        products -= np.where(self.pre == self.post, own[self.pre], 0)
        products = products / self._doubled
        return products * (sent.sum() / (sent.sum() * received.sum() - own.sum()))


def _cells_of(matrix: sparse.csr_array, codes: np.ndarray, k: int) -> np.ndarray:
    """Pair of types of each stored cell, as k * pre + post."""
    rows = np.repeat(codes * k, np.diff(matrix.indptr))
    return rows + codes[matrix.indices]


def tabulate_types(types: TypePairs, expected: np.ndarray, comparison: Comparison) -> pl.DataFrame:
    """Write the comparison of a graph with its nulls as one row for each pair of types.

    Parameters
    ----------
    types : TypePairs
        The pairs.
    expected : (2 c,) array
        From :meth:`TypePairs.expect`.
    comparison : Comparison
        Of :meth:`TypePairs.count` in the graph and in its nulls.

    Returns
    -------
    pl.DataFrame
        ``pre``, ``post``, ``n_pre``, ``n_post``, ``possible`` (pairs of neurons) and
        ``density``; then, for ``pairs`` (connected pairs of neurons) and for ``weight``, the
        observed value and with the endings ``_expected`` that of the closed form, ``_null`` and
        ``_null_sd`` mean and standard deviation of the null, ``_z``, ``_p`` (two-sided) and
        ``_q`` (corrected for all pairs of types). The largest ``weight_z`` of either sign comes
        first; it is null where the null does not vary.
    """
    names, sizes = np.asarray(types.names), types.sizes
    columns: dict[str, object] = {
        "pre": names[types.pre],
        "post": names[types.post],
        "n_pre": sizes[types.pre],
        "n_post": sizes[types.post],
        "possible": types.possible,
    }
    for index, name in enumerate(("pairs", "weight")):
        part = slice(index * types.cells.size, (index + 1) * types.cells.size)
        columns |= {
            name: comparison.observed[part],
            f"{name}_expected": expected[part],
            f"{name}_null": comparison.mean[part],
            f"{name}_null_sd": comparison.deviation[part],
            f"{name}_z": comparison.z[part],
            f"{name}_p": comparison.p[part],
            f"{name}_q": adjust_p_values(comparison.p[part], types.n_possible),
        }
    table = pl.DataFrame(columns).with_columns(
        pl.col("pairs").cast(pl.Int64), pl.col("pairs_z", "weight_z").fill_nan(None)
    )
    table = table.with_columns((pl.col("pairs") / pl.col("possible")).alias("density"))
    order = ["pre", "post", "n_pre", "n_post", "possible", "density"]
    sizes_of_z = pl.col("weight_z").abs()
    return table.select(*order, pl.exclude(*order)).sort(
        sizes_of_z, descending=True, nulls_last=True, maintain_order=True
    )
