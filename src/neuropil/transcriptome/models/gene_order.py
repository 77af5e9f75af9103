"""The order of genes in front of a transformer."""

from __future__ import annotations

from typing import Literal

import numpy as np
import polars as pl

from neuropil.contracts import InputError

__all__ = ["GeneOrder", "cut_tokens", "order_genes"]

GeneOrder = Literal["genome", "expression", "random"]


def order_genes(
    genes: pl.DataFrame, expression: np.ndarray, order: GeneOrder, seed: int = 0
) -> np.ndarray:
    """Return the columns of genes in order.

    Parameters
    ----------
    genes : pl.DataFrame
        Column ``symbol``; for the order of the genome also ``genome_order``, or ``chromosome``
        and ``start`` [base pairs].
    expression : (n, g) array
        Expression of g genes.
    order : {"genome", "expression", "random"}
        By chromosome and start, where genes without a position come last in their own order; by
        mean expression, highest first; or shuffled.
    seed : int
        Of the shuffled order.

    Returns
    -------
    (g,) int array
        Column of each gene.

    Raises
    ------
    InputError
        When genes have no positions and the order of the genome is asked for.
    """
    n_genes = expression.shape[1]
    if order == "random":
        return np.random.default_rng(seed).permutation(n_genes)
    if order == "expression":
        return np.argsort(-expression.mean(axis=0), kind="stable")
    placed = _with_order(genes).with_row_index("column")
    return placed.sort("genome_order", nulls_last=True, maintain_order=True)["column"].to_numpy()


def _with_order(genes: pl.DataFrame) -> pl.DataFrame:
    if "genome_order" in genes.columns and genes["genome_order"].is_not_null().any():
        return genes
    if {"chromosome", "start"} <= set(genes.columns) and genes["start"].is_not_null().any():
        number = pl.col("chromosome").cast(pl.String).str.to_integer(strict=False)
        letter = pl.col("chromosome").replace_strict({"X": 23, "Y": 24}, default=25)
        key = 10_000_000_000 * number.fill_null(letter).cast(pl.Int64) + pl.col("start")
        return genes.with_columns(key.alias("genome_order"))
    raise InputError(
        f"expected positions of genes, found {', '.join(genes.columns)} with none",
        where="table of genes",
        repair="Add chromosome and start, or choose the order expression or random.",
    )


def cut_tokens(genes: pl.DataFrame, order: np.ndarray, size: int) -> list[tuple[str, np.ndarray]]:
    """Return tokens of neighbouring genes, each with its first and last gene as its name.

    Parameters
    ----------
    genes : pl.DataFrame
        With ``symbol``.
    order : (g,) int array
        Columns in their order.
    size : int
        Genes in a token; the last may have fewer.
    """
    symbols = genes["symbol"].to_list()
    cuts = [order[start : start + size] for start in range(0, len(order), size)]
    return [(f"{symbols[cut[0]]} to {symbols[cut[-1]]}", cut) for cut in cuts]
