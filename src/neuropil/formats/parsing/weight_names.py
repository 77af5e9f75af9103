"""What the name of a weight says: which column or attribute is one, and in which unit it counts.

One table for all formats: the first numbers of a file are as often numbers of the edges, or
lengths, as they are weights.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from neuropil.connectome import (
    NOT_STATED,
    UNITS_BY_NAME,
    TableError,
    list_some,
    rank_weight,
    simplify,
)
from neuropil.contracts import ConfigError

__all__ = [
    "WeightChoice",
    "choose_weights",
    "find_unit",
    "is_whole",
    "read_names",
    "read_units",
    "split_unit",
]

# Simplified names of what numbers or names the edges: a number of an edge is no weight.
_IDS = frozenset(
    {
        *("suid", "id", "key", "sharedname", "name", "edgeid", "eid", "index", "uid", "uuid"),
        "label",
    }
)

# As neuropil writes it: a unit in brackets after the name is the only one a CSV can carry.
_WITH_UNIT = re.compile(r"^(?P<name>.+?) \[(?P<unit>.+)\]$")


def split_unit(label: str) -> tuple[str, str | None]:
    """Split a label such as ``area [um2]`` into name and unit; no unit where there is none."""
    match = _WITH_UNIT.match(label)
    return (match["name"], match["unit"]) if match else (label, None)


def is_whole(values: pl.Series | npt.NDArray[np.generic]) -> bool:
    """Tell whether all values are whole numbers; NaN is not judged."""
    held = values.to_numpy() if isinstance(values, pl.Series) else values
    if held.dtype.kind in "iub":
        return True
    known = held[np.isfinite(held)]
    return bool((known == np.round(known)).all())


def find_unit(name: str, values: pl.Series | npt.NDArray[np.generic]) -> str:
    """Find the unit that the name of a weight states.

    Parameters
    ----------
    name : str
        Its name in the file.
    values : pl.Series or ndarray
        Its values: what holds a fraction counts no synapses, whatever its name.

    Returns
    -------
    str
        Such as ``synapses`` or ``correlation``; ``not stated`` where the name says none.

    Examples
    --------
    >>> counts, fractions = pl.Series([3, 4]), pl.Series([0.25, 0.5])
    >>> find_unit("n_syn", counts), find_unit("n_syn", fractions), find_unit("weight", counts)
    ('synapses', 'not stated', 'not stated')
    """
    unit = UNITS_BY_NAME.get(simplify(name), NOT_STATED)
    return NOT_STATED if unit == "synapses" and not is_whole(values) else unit


@dataclass(frozen=True)
class WeightChoice:
    """Which attributes of the edges are weights.

    Parameters
    ----------
    names : tuple of str
        The weights; the first is the default of every method.
    left_out : tuple of str
        The other attributes, in the order of the file.
    asked : bool
        True where the caller named the weights.
    """

    names: tuple[str, ...]
    left_out: tuple[str, ...]
    asked: bool = False


def choose_weights(columns: Sequence[str], wanted: Sequence[str] | None = None) -> WeightChoice:
    """Choose the weights among the numeric attributes of the edges.

    Parameters
    ----------
    columns : sequence of str
        Names of the attributes that could be weights.
    wanted : sequence of str, optional
        Weights that the caller names; an empty one means none. When not given, the attributes
        with a name of :data:`WEIGHT_NAMES`, in the order of that table.

    Returns
    -------
    WeightChoice
        The weights, and what is left out. There are no weights where nothing but ids could be one.

    Raises
    ------
    TableError
        When a named weight does not exist, or several attributes could be weights and none has
        the name of one; the repair names the option.

    Examples
    --------
    >>> choose_weights(["SUID", "weight", "delay"]).names
    ('weight',)
    >>> choose_weights(["SUID", "delay"], ["delay"]).names
    ('delay',)
    """
    if wanted is not None:
        _require_known(columns, wanted)
        names = tuple(dict.fromkeys(wanted))
        return WeightChoice(names, _without(columns, names), asked=True)
    # By the table and not by the file: programs write attributes in an order of their own.
    ranks = {name: rank for name in columns if (rank := rank_weight(name)) is not None}
    if known := sorted(ranks, key=ranks.__getitem__):
        return WeightChoice(tuple(known), _without(columns, known))
    others = [name for name in columns if simplify(name) not in _IDS]
    if others:
        raise TableError(
            f"expected an attribute of the edges that is a weight by its name, such as weight or "
            f"synapse_count, found {list_some(map(repr, others))}",
            table="edges",
            repair=f'Name the weights, as in weights="{others[0]}"; with weights="" each edge '
            "counts once.",
        )
    return WeightChoice((), tuple(columns))


def _without(columns: Sequence[str], names: Sequence[str]) -> tuple[str, ...]:
    return tuple(name for name in columns if name not in names)


def _require_known(columns: Sequence[str], wanted: Sequence[str]) -> None:
    unknown = [name for name in wanted if name not in columns]
    if unknown:
        found = ", ".join(map(repr, columns)) or "none"
        some = f' such as weights="{columns[0]}",' if columns else ""
        raise TableError(
            f"expected an attribute {unknown[0]!r} of the edges, found {found}",
            table="edges",
            column=unknown[0],
            repair=f'Name attributes of the edges,{some} or weights="", by which each edge counts '
            "once.",
        )


def read_names(names: Sequence[str] | None) -> list[str] | None:
    """Read the names that an option lists.

    Parameters
    ----------
    names : sequence of str, optional
        Names, or one text in which commas part them, as in ``weights="chemical,electrical"``.

    Returns
    -------
    list of str, optional
        Without blanks at their ends; empty ones are no names. None where nothing was given.
    """
    if names is None:
        return None
    parts = names.split(",") if isinstance(names, str) else names
    # An empty list typed as in Python: the command line hands on its brackets.
    return [part.strip() for part in parts if part.strip() not in ("", "[]")]


def read_units(units: Mapping[str, str] | str | None) -> dict[str, str]:
    """Read the units that an option lists.

    Parameters
    ----------
    units : mapping of str to str, or str, optional
        Unit of each weight, or one text as it is typed on the command line.

    Returns
    -------
    dict of str to str
        Empty where nothing was given.

    Raises
    ------
    ConfigError
        When a part of the text is no weight and unit.

    Examples
    --------
    >>> read_units("weight:nS,count:synapses")
    {'weight': 'nS', 'count': 'synapses'}
    """
    if isinstance(units, str):
        parts = [part.strip() for part in units.split(",") if part.strip()]
        pairs = {name.strip(): unit.strip() for name, _, unit in (p.partition(":") for p in parts)}
        # A unit without its weight would be dropped without a word.
        if bare := [name for name, unit in pairs.items() if not unit]:
            raise ConfigError(
                f"expected a weight and its unit, found {bare[0]!r}",
                where="option units",
                repair='Name both, as in units="weight:nS".',
            )
        return pairs
    return dict(units or {})
