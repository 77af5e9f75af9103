"""Edges that lack a number in one of several weights, and the option that decides on them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import polars as pl

__all__ = ["MissingWeights", "find_valueless", "name_options", "settle_missing"]

MissingWeights = Literal["refuse", "null", "zero"]

_BECOMES = {
    "null": "It is null there, and the edge counts in the other weights.",
    "zero": "It is 0 there, which is no connection of that kind.",
}
_NULL = 'missing_weights="null" to leave an edge out of the weights in which it has none'
_ZERO = 'missing_weights="zero" to count 0 where an edge has none'


def find_valueless(weights: Mapping[str, pl.Series]) -> pl.Series:
    """Tell which edges have no number in any weight.

    Parameters
    ----------
    weights : mapping of str to (m,) pl.Series
        Each weight by its name; at least one.

    Returns
    -------
    pl.Series
        (m,) booleans without null.

    Examples
    --------
    >>> find_valueless({"a": pl.Series([1, None]), "b": pl.Series([None, None])}).to_list()
    [False, True]
    """
    return pl.select(pl.all_horizontal(each.is_null() for each in weights.values())).to_series()


def name_options(weights: Mapping[str, pl.Series]) -> str:
    """Name the options with which these weights can be read.

    Parameters
    ----------
    weights : mapping of str to (m,) pl.Series
        Each weight by its name; at least one of them lacks a number.

    Returns
    -------
    str
        Part of a sentence; ``null`` is named only where each edge has a number in some weight.
    """
    return _ZERO if find_valueless(weights).any() else f"{_NULL}, with {_ZERO}"


def settle_missing(
    weights: Mapping[str, pl.Series], becomes: Literal["null", "zero"]
) -> tuple[dict[str, pl.Series], list[str]]:
    """Keep or fill the numbers that are missing.

    Parameters
    ----------
    weights : mapping of str to (m,) pl.Series
        Each weight by its name.
    becomes : {"null", "zero"}
        What a missing number becomes.

    Returns
    -------
    weights : dict of str to pl.Series
        The same weights.
    notes : list of str
        A sentence for each weight that lacks numbers.
    """
    notes = [
        f"Edges without a number {name!r}: {each.null_count()} of {len(each)}. {_BECOMES[becomes]}"
        for name, each in weights.items()
        if each.null_count()
    ]
    if becomes == "null":
        return dict(weights), notes
    return {name: each.fill_null(0) for name, each in weights.items()}, notes
