"""Neurons grouped by cell type, side or any other column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import sparse

from neuropil.connectome.direction import first_of_pairs
from neuropil.connectome.validation import TableError, list_some
from neuropil.contracts import InputError

__all__ = [
    "GroupWeight",
    "group_labels",
    "merge_edges",
    "merge_nodes",
    "sum_blocks",
    "sum_edges",
]

GroupWeight = Literal["sum", "mean"]

# Rare in names of cell types, where an underscore is common, as in PEN_a.
_SEPARATOR = "|"
# The largest sum that Int64 holds, less what a sum in floats may be off by.
_LARGEST_SUM = 2.0**63 - 2.0**12
# Half of what Int64 holds, so that rounding of the bound does not matter.
_SAFE_SUM = 2.0**62
_LEAVE_OUT = "Correct these weights, or leave this one out."
_AS_DECIMALS = "Correct the weights, or turn them into decimal numbers with with_edges first."


def group_labels(nodes: pl.DataFrame, by: Sequence[str]) -> pl.Series:
    """Name the group of each neuron.

    Parameters
    ----------
    nodes : pl.DataFrame
        (n,) node table.
    by : sequence of str
        Columns whose values make a group.

    Returns
    -------
    pl.Series
        (n,) text labels; values of several columns are joined with ``|``.

    Raises
    ------
    InputError
        When a column does not exist.
    TableError
        When a neuron has no value in a column.
    """
    if not by:
        raise InputError(
            "expected at least one column to group by, found none",
            repair=f"The columns are: {', '.join(nodes.columns)}.",
        )
    for name in by:
        if name not in nodes.columns:
            raise InputError(
                f"there is no column {name}",
                where="nodes",
                repair=f"The columns are: {', '.join(nodes.columns)}.",
            )
        # A group of all that is unknown would look like a cell type, so that it is refused.
        missing = nodes[name].is_null()
        if missing.any():
            ids = nodes["id"].filter(missing)
            raise TableError(
                f"expected a value for each neuron, found none for {list_some(ids)}",
                table="nodes",
                row=int(missing.arg_true()[0]),
                column=name,
                repair=f"Fill it, or leave these neurons out with drop('{name} == None').",
            )
    parts = [pl.col(name).cast(pl.String) for name in by]
    return nodes.select(pl.concat_str(parts, separator=_SEPARATOR).alias("group")).to_series()


def sum_blocks(
    adjacency: sparse.csr_array, labels: pl.Series, *, directed: bool = True, whole: bool = False
) -> tuple[list[str], npt.NDArray[np.float64]]:
    """Sum the weights between groups.

    Parameters
    ----------
    adjacency : scipy.sparse.csr_array
        (n, n) weights, row = pre, column = post.
    labels : pl.Series
        (n,) group of each neuron.
    directed : bool
        False counts each edge within a group once, although both its directions are stored.
    whole : bool
        True where the weights are whole numbers, whose sums must fit 64 bits.

    Returns
    -------
    list of str
        The k groups in order of first appearance.
    ndarray
        (k, k) sums, row = pre.

    Raises
    ------
    InputError
        When a sum of whole numbers does not fit 64 bits.
    """
    groups = labels.unique(maintain_order=True)
    # In order of appearance: the same order of neurons gives the same order of types.
    codes = labels.replace_strict(groups, np.arange(len(groups))).to_numpy()
    pairs = adjacency.tocoo()
    cells = codes[pairs.row] * len(groups) + codes[pairs.col]
    weights = pairs.data
    if not directed:
        twice = (codes[pairs.row] == codes[pairs.col]) & (pairs.row != pairs.col)
        weights = np.where(twice, weights / 2, weights)
    # One pass over the stored cells; a product with indicator matrices builds two of them first.
    sums = np.bincount(cells, weights=weights, minlength=len(groups) ** 2).astype(np.float64)
    if whole and sums.size and np.abs(sums).max() >= _LARGEST_SUM:
        pre, post = divmod(int(np.abs(sums).argmax()), len(groups))
        pair = f"{groups[pre]!r}, {groups[post]!r}"
        raise _refuse_sum("weights", pair, f"about {np.abs(sums).max():.3g}", _AS_DECIMALS)
    return groups.to_list(), sums.reshape(len(groups), len(groups))


def _refuse_sum(weight: str, pair: str, total: str, repair: str) -> TableError:
    return TableError(
        f"expected weights whose sum is less than 2^63, found {total} for the pair ({pair})",
        table="edges",
        column=weight,
        repair=repair,
    )


def merge_nodes(nodes: pl.DataFrame, labels: pl.Series, by: Sequence[str]) -> pl.DataFrame:
    """Make one node of each group.

    Parameters
    ----------
    nodes : pl.DataFrame
        Node table.
    labels : pl.Series
        Group of each row.
    by : sequence of str
        Columns that made the groups.

    Returns
    -------
    pl.DataFrame
        ``id`` (the group), the grouping columns, the columns that are equal within every group,
        and ``n_members``, in order of first appearance.
    """
    grouped = nodes.with_columns(labels.alias("group")).group_by("group", maintain_order=True)
    others = [name for name in nodes.columns if name not in ("id", "n_members")]
    # Null counts as a value: a label that only some members have is not the group's.
    counts = grouped.agg(pl.col(others).n_unique()) if others else None
    constant = [
        name for name in others if name in by or (counts is not None and counts[name].max() == 1)
    ]
    # A second merge adds up neurons and not groups.
    members = pl.col("n_members").sum() if "n_members" in nodes.columns else pl.len()
    merged = grouped.agg(pl.col(constant).first(), members.cast(pl.Int64).alias("n_members"))
    return merged.rename({"group": "id"})


def merge_edges(
    edges: pl.DataFrame,
    group_of: pl.DataFrame,
    members: Mapping[str, int],
    how: GroupWeight,
    *,
    directed: bool = True,
) -> pl.DataFrame:
    """Combine the edges between groups.

    Parameters
    ----------
    edges : pl.DataFrame
        Edge table.
    group_of : pl.DataFrame
        Columns ``id`` and ``group``.
    members : mapping of str to int
        Number of neurons of each group.
    how : {"sum", "mean"}
        ``sum`` adds the weights; ``mean`` divides the sum by the number of possible pairs.
    directed : bool
        False adds each edge within a group once, although both its directions are stored.

    Returns
    -------
    pl.DataFrame
        One edge for each connected pair of groups.

    Raises
    ------
    InputError
        When a sum of whole numbers does not fit 64 bits.
    """
    second = None if directed else pl.Series(~first_of_pairs(edges))
    for name in ("pre", "post"):
        named = group_of.rename({"id": name, "group": f"{name}_group"})
        edges = edges.join(named, on=name, how="left", maintain_order="left")
    if second is not None and how == "sum":
        edges = edges.filter(~(second & (edges["pre_group"] == edges["post_group"])))
    keys = ("pre_group", "post_group")
    merged = sum_edges(edges, keys, _AS_DECIMALS)
    merged = merged.rename({"pre_group": "pre", "post_group": "post"})
    if how == "sum":
        return merged
    # Over all possible pairs, also those without an edge: a mean over edges would hide how few
    # there are.
    names, counts = list(members), [float(count) for count in members.values()]
    pairs = pl.col("pre").replace_strict(names, counts, return_dtype=pl.Float64) * pl.col(
        "post"
    ).replace_strict(names, counts, return_dtype=pl.Float64)
    return merged.with_columns(pl.exclude("pre", "post") / pairs)


def sum_edges(
    edges: pl.DataFrame, keys: tuple[str, str] = ("pre", "post"), repair: str = _LEAVE_OUT
) -> pl.DataFrame:
    """Sum the weights of the edges between the same two nodes or groups.

    Parameters
    ----------
    edges : pl.DataFrame
        Columns ``pre``, ``post``, the keys, and weights; null adds nothing to a sum.
    keys : (str, str)
        Columns whose equal values are added up.
    repair : str
        What to do where a sum is too large.

    Returns
    -------
    pl.DataFrame
        The keys and the weights; one row for each pair, in the order in which they first occur. A
        sum of nothing but null is null.

    Raises
    ------
    TableError
        When a sum of whole numbers is 2^63 or more; names the weight and the pair.

    Examples
    --------
    >>> lines = pl.DataFrame({"pre": [1, 2, 1], "post": [2, 1, 2], "weight": [3, 4, 5]})
    >>> sum_edges(lines).rows()
    [(1, 2, 8), (2, 1, 4)]
    """
    weights = [name for name in edges.columns if name not in ("pre", "post", *keys)]
    wide = [name for name in weights if _may_overflow(edges[name])]
    # 128 bits: a sum of 64 bits wraps round to a number that looks like any other.
    widened = edges.with_columns(pl.col(name).cast(pl.Int128) for name in wide)
    summed = widened.group_by(*keys, maintain_order=True).agg(
        _sum_known(edges[name]) for name in weights
    )
    for name in wide:
        high = summed[name].abs() >= 1 << 63
        if high.any():
            row = int(high.arg_true()[0])
            pair = ", ".join(repr(summed[key][row]) for key in keys)
            raise _refuse_sum(name, pair, str(summed[name][row]), repair)
    return summed.with_columns(pl.col(name).cast(edges[name].dtype) for name in wide)


def _sum_known(weights: pl.Series) -> pl.Expr:
    total = pl.col(weights.name).sum()
    # Polars gives 0 for a sum of nulls, which would make a connection of weight 0 of no value.
    known = pl.col(weights.name).is_not_null().any()
    return pl.when(known).then(total).alias(weights.name) if weights.null_count() else total


def _may_overflow(weights: pl.Series) -> bool:
    # A bound of all: it takes one pass, and only huge counts need sums of 128 bits.
    if not weights.dtype.is_integer():
        return False
    sizes = np.abs(weights.drop_nulls().to_numpy().astype(np.float64))
    return float(sizes.sum()) >= _SAFE_SUM
