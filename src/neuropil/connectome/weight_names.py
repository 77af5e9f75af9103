"""The names of weights: one table for files, graphs of other libraries and our own tables.

The first numbers of a file are as often numbers of the edges, or lengths, as they are weights.
"""

from __future__ import annotations

import re

__all__ = [
    "GENERAL_NAMES",
    "NOT_STATED",
    "UNITS_BY_NAME",
    "WEIGHT_NAMES",
    "rank_weight",
    "simplify",
]

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
UNITS_BY_NAME = {name: unit for unit, names in _NAMED.items() for name in names}
"""Unit of the weights whose name states it, by that name, simplified."""

GENERAL_NAMES = ("weight", "weights", "count", "counts")
"""Simplified names that say that a column is the weight and not what it measures."""

WEIGHT_NAMES = (
    *(*UNITS_BY_NAME, *GENERAL_NAMES, "edgeweight", "synweight", "synapticweight", "edgecount"),
    *("connectivity", "connections", "strength", "contacts", "ncontacts", "nbr"),
    *("chemical", "electrical", "gapjunctions", "gapjunction", "coherence"),
    *("streamlines", "streamlinecount", "nstreamlines", "numberofstreamlines"),
    *("fibercount", "fibrecount", "numberoffibers", "numberoffibres"),
    *("projectiondensity", "flne"),
)
"""Simplified names of weights, the one that is taken first at the front.

Among them are none that name any number, such as value, or a property of a single synapse, as size
does: these have to be named by whoever reads the file.
"""

_RANKS = {name: rank for rank, name in enumerate(WEIGHT_NAMES)}


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
