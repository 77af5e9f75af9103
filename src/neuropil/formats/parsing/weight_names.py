"""Which attributes of the edges are weights, told by their names.

One table for all formats: the first numeric attribute of a file is as often a number of the edge,
or a length, as it is a weight.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from neuropil.connectome import TableError, list_some

__all__ = [
    "ID_NAMES",
    "WEIGHT_NAMES",
    "WeightChoice",
    "choose_weights",
    "infer_unit",
    "read_names",
    "read_units",
]

COUNT_NAMES = (
    "synapse_count",
    "syn_count",
    "n_syn",
    "n_syns",
    "nsyns",
    "n_synapses",
    "num_synapses",
    "number_of_synapses",
    "synapses",
)
"""Names that say that whole numbers under them are synapses."""

WEIGHT_NAMES = (
    *COUNT_NAMES,
    "weight",
    "weights",
    "edge_weight",
    "syn_weight",
    "synaptic_weight",
    "strength",
    "count",
    "counts",
    "edge_count",
    "contacts",
    "n_contacts",
    "number",
    "nbr",
    "size",
    "value",
    "chemical",
    "electrical",
    "gap_junctions",
    "gap_junction",
    "connectivity",
    "correlation",
    "coherence",
    "number_of_fibers",
    "number_of_fibres",
    "fiber_count",
    "streamline_count",
    "streamlines",
    "projection_density",
    "flne",
)
"""Names of weights that programs and data sets of the field write, the surest ones first."""

ID_NAMES = (
    "suid",
    "id",
    "key",
    "shared_name",
    "name",
    "edge_id",
    "eid",
    "index",
    "uid",
    "uuid",
    "label",
)
"""Names of attributes that number or name the edges; a number of an edge is no weight."""

# Case, blanks, underscores and dashes differ between programs: "Synapse Count", "synapse-count".
_SEPARATORS = re.compile(r"[\W_]+")


def _normalise(name: str) -> str:
    return _SEPARATORS.sub("", name.casefold())


_RANKS = {_normalise(name): rank for rank, name in reversed(list(enumerate(WEIGHT_NAMES)))}
_IDS = frozenset(map(_normalise, ID_NAMES))
_COUNTS = frozenset(map(_normalise, COUNT_NAMES))


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
    known = [name for name in columns if _normalise(name) in _RANKS]
    if known:
        # By the table and not by the file: programs write attributes in an order of their own.
        known.sort(key=lambda name: _RANKS[_normalise(name)])
        return WeightChoice(tuple(known), _without(columns, known))
    others = [name for name in columns if _normalise(name) not in _IDS]
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


def infer_unit(name: str, values: pl.Series) -> str | None:
    """Tell the unit that the name of a weight states.

    Parameters
    ----------
    name : str
        Its name.
    values : pl.Series
        Its values.

    Returns
    -------
    str, optional
        ``synapses`` where the name says so and every value is a whole number; None where the name
        states no unit. A fraction is never a number of synapses.

    Examples
    --------
    >>> infer_unit("syn_count", pl.Series([3.0])), infer_unit("syn_count", pl.Series([0.3]))
    ('synapses', None)
    """
    if _normalise(name) not in _COUNTS:
        return None
    if values.dtype.is_float() and not (values.drop_nulls() == values.drop_nulls().floor()).all():
        return None
    return "synapses"


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

    Examples
    --------
    >>> read_units("weight:nS,count:synapses")
    {'weight': 'nS', 'count': 'synapses'}
    """
    if isinstance(units, str):
        pairs = (part.partition(":") for part in units.split(",") if part.strip())
        return {name.strip(): unit.strip() for name, _, unit in pairs}
    return dict(units or {})
