"""What the name of a weight says: which column is one, and in which unit it is counted."""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt
import polars as pl

__all__ = ["GENERAL", "NOT_STATED", "PREFERRED", "find_unit", "is_whole", "rank_weight", "simplify"]

NOT_STATED = "not stated"
"""Unit of a weight of which neither the file nor the caller states one."""

# Simplified names of columns that count synapses, and of measures whose name is their unit.
# Fractions of synapses, as in syn_fraction, are none of them.
_NAMED: dict[str, tuple[str, ...]] = {
    "synapses": (
        *("synapsecount", "syncount", "nsyn", "nsyns", "nsynapses", "synapses", "numsynapses"),
        *("numsyn", "numbersynapses", "numberofsynapses", "synapsenumber", "synapsecounts"),
    ),
    "correlation": (
        *("correlation", "pearsoncorrelation", "pearsoncorrelationcoefficient", "pearsonr"),
    ),
    "partial correlation": ("partialcorrelation",),
    "Fisher z": ("fisherz",),
    "covariance": ("covariance",),
}
_UNITS = {name: unit for unit, names in _NAMED.items() for name in names}
GENERAL = ("weight", "weights", "count", "counts")
"""Simplified names that say that a column is the weight and not what it measures."""

PREFERRED = (
    *(*_UNITS, *GENERAL, "connectivity", "connections", "strength"),
    *("streamlines", "streamlinecount", "nstreamlines", "fibercount", "fibrecount"),
)
"""Simplified names of weights, the one that is taken first at the front."""

_RANKS = {name: rank for rank, name in enumerate(PREFERRED)}


def simplify(name: str) -> str:
    """Bring the spellings of a name together: small letters and digits, nothing else.

    Examples
    --------
    >>> simplify("Pre Root ID"), simplify(" n_syn")
    ('prerootid', 'nsyn')
    """
    return re.sub("[^a-z0-9]", "", name.lower())


def rank_weight(name: str) -> int | None:
    """Rank a column by its name: 0 is taken first, None is no known name of a weight."""
    return _RANKS.get(simplify(name))


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
    unit = _UNITS.get(simplify(name), NOT_STATED)
    return NOT_STATED if unit == "synapses" and not is_whole(values) else unit
