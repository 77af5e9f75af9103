"""Several edges between the same two neurons made one, without a sum that wraps round."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from neuropil.connectome import TableError

__all__ = ["sum_edges"]

_PAIR = ("pre", "post")
_LARGEST = (1 << 63) - 1


def sum_edges(edges: pl.DataFrame, keep: Sequence[str] = ()) -> pl.DataFrame:
    """Sum the weights of the edges between the same two neurons.

    Parameters
    ----------
    edges : pl.DataFrame
        Columns ``pre``, ``post``, then weights without null.
    keep : sequence of str
        Further columns by which edges are told apart.

    Returns
    -------
    pl.DataFrame
        One row for each pair, in the order in which they first occur.

    Raises
    ------
    TableError
        When a sum of whole numbers is 2^63 or more; names the pair.
    """
    keys = [*_PAIR, *keep]
    weights = [name for name in edges.columns if name not in keys]
    # 128 bits: a sum of 64 bits wraps round to a number that looks like any other.
    wide = [
        pl.col(name).cast(pl.Int128) if edges[name].dtype.is_integer() else pl.col(name)
        for name in weights
    ]
    summed = edges.with_columns(wide).group_by(keys, maintain_order=True).sum()
    for name in weights:
        if not edges[name].dtype.is_integer():
            continue
        high = summed[name].abs() > _LARGEST
        if high.any():
            row = int(high.arg_true()[0])
            pair = ", ".join(repr(summed[each][row]) for each in _PAIR)
            raise TableError(
                f"expected weights whose sum is less than 2^63, found {summed[name][row]} for the "
                f"pair ({pair})",
                table="edges",
                column=name,
                repair="Correct these weights, or leave this one out.",
            )
    return summed.with_columns(pl.col(name).cast(edges[name].dtype) for name in weights)
