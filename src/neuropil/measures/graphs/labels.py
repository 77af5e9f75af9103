"""The type of each neuron, as numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from neuropil.connectome import Connectome
from neuropil.contracts import ConfigError, InputError
from neuropil.measures.graphs.matrix import Graph

__all__ = ["Labels", "group_codes", "labels_of"]

Labels = Sequence[object] | np.ndarray | pl.Series


def group_codes(labels: Labels, n: int) -> tuple[tuple[str, ...], np.ndarray]:
    """Give each type a number, in order of first appearance.

    Parameters
    ----------
    labels : (n,) sequence
        Type of each neuron.
    n : int
        Number of neurons.

    Returns
    -------
    names : tuple of str
        The k types.
    codes : (n,) array
        Place of each neuron's type among them.

    Raises
    ------
    InputError
        When there is not one label for each neuron, or one is missing.
    """
    texts = pl.Series("type", [None if label is None else str(label) for label in labels])
    if len(texts) != n:
        raise InputError(
            f"expected {n} labels, found {len(texts)}",
            where="labels",
            repair="Give one for each row of the matrix.",
        )
    if texts.null_count():
        raise InputError(
            f"expected a label for each neuron, found {texts.null_count()} without",
            where=f"labels, row {int(texts.is_null().arg_true()[0])}",
            repair="Fill them, or leave these neurons out.",
        )
    names = texts.unique(maintain_order=True)
    codes = texts.replace_strict(names, np.arange(len(names)), return_dtype=pl.Int64)
    return tuple(names.to_list()), codes.to_numpy()


def labels_of(graph: Graph, by: str | Labels) -> Labels:
    """Find the labels that a column of the nodes holds, or take them as they are given.

    Parameters
    ----------
    graph : Connectome or (n, n) array or scipy.sparse array
        The neurons.
    by : str or (n,) sequence
        Node column of a connectome, or the labels themselves. A neuron without a value in the
        column is labelled as such.

    Returns
    -------
    (n,) sequence
        One label for each neuron.

    Raises
    ------
    ConfigError
        When the column does not exist, or a matrix, which has no columns, is given one.
    """
    if not isinstance(by, str):
        return by
    if not isinstance(graph, Connectome):
        raise ConfigError(
            f"expected one label for each row, found the column name {by!r}",
            where="labels",
            repair="A matrix has no node columns: give the labels, or a Connectome.",
        )
    if by not in graph.nodes.columns:
        raise ConfigError(
            f"there is no column {by!r}",
            where="nodes",
            repair=f"The columns are: {', '.join(graph.nodes.columns)}.",
        )
    # A type of their own: leaving these neurons out would change every density and degree.
    return graph.nodes[by].cast(pl.String).fill_null(f"no {by}")
