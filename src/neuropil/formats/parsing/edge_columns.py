"""Which columns of an edge list are pre, post and weights, and what all the others are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from neuropil.connectome import rank_weight, simplify
from neuropil.contracts import ConfigError
from neuropil.formats.parsing.id_texts import PREFIX
from neuropil.formats.parsing.quoting import quote, quote_names
from neuropil.formats.parsing.tables import Table
from neuropil.formats.parsing.weight_names import split_unit

__all__ = ["EDGE_ALIASES", "EdgeColumns", "choose_columns", "match_column"]

# Names that Codex, CAVE, neuPrint, the male fly, Gephi, networkx, igraph and SNAP use.
_NEURONS = {
    "pre": (
        *("pre", "pre_id", "pre_root_id", "pre_pt_root_id", "bodyId_pre", "body_pre"),
        *("pre_body_id", "pre_segment_id", "pre_segid", "presyn_segid", "pre_skid"),
        *("presynaptic", "presynaptic_id"),
    ),
    "post": (
        *("post", "post_id", "post_root_id", "post_pt_root_id", "bodyId_post", "body_post"),
        *("post_body_id", "post_segment_id", "post_segid", "postsyn_segid", "post_skid"),
        *("postsynaptic", "postsynaptic_id"),
    ),
}
_GRAPHS = {
    "pre": ("source", "source_id", "from", "from_id", "FromNodeId", "src"),
    "post": ("target", "target_id", "to", "to_id", "ToNodeId", "dst"),
}
EDGE_ALIASES: dict[str, tuple[str, ...]] = {
    end: (*_NEURONS[end], *_GRAPHS[end]) for end in ("pre", "post")
}
"""Names of the two id columns that are known, in any spelling of capitals and blanks."""

_NEURON_NAMES = frozenset(simplify(name) for names in _NEURONS.values() for name in names)
# Our own name says nothing but the direction; the others are those of a database of synapses.
_PLAIN_NAMES = frozenset({"pre", "post"})
_REGIONS = ("neuropil", "roi", "region", "brainregion")
# Only a table with one line for each synapse says where it is, or how sure its detection was.
_OF_SYNAPSES = frozenset(
    {
        *("ctrptposition", "preptposition", "postptposition", "ctrptpositionx", "preptpositionx"),
        *("preptsupervoxelid", "postptsupervoxelid", "cleftscore", "connectionscore", "synapseid"),
        *("xpre", "xpost", "confidencepre", "confidencepost"),
    }
)
_AXES = frozenset({"x", "y", "z"})


@dataclass(frozen=True)
class EdgeColumns:
    """The columns of an edge list by what they mean.

    Parameters
    ----------
    pre, post : str
        Names in the file of the columns of ids.
    weights : mapping of str to str
        For each weight, under its label, the name in the file; empty where lines are counted. A
        label may end with a unit in brackets.
    region : str, optional
        Column of the region of each line.
    kind : str, optional
        Column that says whether an edge has a direction, as Gephi writes it.
    valid, synapse : str, optional
        Columns of a table of single synapses: whether a line holds, and its id.
    of_synapses : bool
        True where a line is one synapse.
    left_out : tuple of str
        All other columns.
    """

    pre: str
    post: str
    weights: Mapping[str, str]
    region: str | None = None
    kind: str | None = None
    valid: str | None = None
    synapse: str | None = None
    of_synapses: bool = False
    left_out: tuple[str, ...] = ()

    @property
    def ids(self) -> tuple[str, str]:
        """Names of the two columns of ids."""
        return self.pre, self.post

    @property
    def of_neurons(self) -> bool:
        """True where the ids are named as the two sides of synapses, not as ends of any edge."""
        return all(simplify(name.removesuffix(f"_{PREFIX}")) in _NEURON_NAMES for name in self.ids)

    @property
    def of_database(self) -> bool:
        """True where the ids are named as a database of synapses names them."""
        return self.of_neurons and not any(simplify(name) in _PLAIN_NAMES for name in self.ids)

    @property
    def of_segmentation(self) -> bool:
        """True where the ids are those of segments, of which 0 is the background."""
        return all("rootid" in simplify(name) for name in self.ids)


def choose_columns(
    table: Table,
    given: Mapping[str, str],
    weights: Sequence[str],
    *,
    count_lines: bool,
) -> EdgeColumns:
    """Choose the columns of an edge list by their names.

    Parameters
    ----------
    table : Table
        Its columns, and for the faults.
    given : mapping of str to str
        Our name to that of the file, as the caller states it: ``pre``, ``post``, and weights.
    weights : sequence of str
        Columns of weights, as the caller names them.
    count_lines : bool
        True counts lines, so that no column is a weight.

    Returns
    -------
    EdgeColumns
        Every column of the table is in it.

    Raises
    ------
    InputError
        When a column is missing, two could be meant, or no column is known as a weight; the
        message names the option that chooses.
    """
    present = table.frame.columns
    pre, post = (match_column(table, end, EDGE_ALIASES[end], given.get(end)) for end in _NEURONS)
    named = {label: column for label, column in given.items() if label not in _NEURONS}
    others = [name for name in present if name not in (pre, post)]
    simple = {simplify(name): name for name in others}
    of_synapses = bool(_OF_SYNAPSES & simple.keys()) or simple.keys() >= _AXES
    chosen = _choose_weights(table, named, weights, others)
    if count_lines or (not chosen and of_synapses):
        chosen = {}
    elif not chosen:
        raise _refuse_unweighted(table, others)
    counted = not chosen
    rest = [name for name in others if name not in chosen.values()]
    free = {simplify(name): name for name in rest}
    used = {
        "region": next((free[name] for name in _REGIONS if name in free), None),
        "kind": free.get("type"),
        "valid": free.get("valid") if counted and of_synapses else None,
        "synapse": free.get("id") if counted and of_synapses else None,
    }
    left_out = tuple(name for name in rest if name not in used.values())
    single = counted and of_synapses
    return EdgeColumns(pre, post, chosen, of_synapses=single, left_out=left_out, **used)


def match_column(
    table: Table, name: str, aliases: Sequence[str], given: str | None, hint: str = ""
) -> str:
    """Find the column of an id by what the caller states, else by its name.

    Parameters
    ----------
    table : Table
        Its columns, and for the fault.
    name : str
        Our name, which goes before all aliases.
    aliases : sequence of str
        Other names, in any spelling of capitals and blanks.
    given : str, optional
        Name in the file, as the caller states it.
    hint : str
        What to do where it is missing; an option of our name when not given.

    Returns
    -------
    str
        Its name in the file.

    Raises
    ------
    InputError
        When it is missing, or two columns could be meant.
    """
    present = table.frame.columns
    listed = f"The columns are: {quote_names(present)}"
    if given is not None:
        if given.strip() in present:
            return given.strip()
        raise table.fault(f"expected a column {quote(given)}, found none", f"{listed}.")
    simple = {simplify(column.removesuffix(f"_{PREFIX}")): column for column in present}
    if name in present:
        return name
    found = list(dict.fromkeys(simple[a] for a in map(simplify, aliases) if a in simple))
    # Two at once, such as source and from, are two things: choosing would be a guess.
    if len(found) > 1:
        raise table.fault(
            f"expected one column for {name}, found {quote_names(found)}",
            f"Choose one, as in {name}={found[0]!r}.",
        )
    if not found:
        example = present[min(("pre", "post").index(name), len(present) - 1)] if not hint else ""
        raise table.fault(
            f"expected a column {name} or one of its aliases, found none",
            f"{listed}; name one{hint or f', as in {name}={example!r}'}.",
        )
    return found[0]


def _choose_weights(
    table: Table, named: Mapping[str, str], weights: Sequence[str], others: Sequence[str]
) -> dict[str, str]:
    # A label may be that of a unit alone: area [um2] for the column area.
    wanted = dict(named) or {name.strip(): name.strip() for name in weights}
    if named and weights:
        raise ConfigError(
            "expected the weights in one option, found them in columns and weights",
            where="option weights",
            repair="Leave one of them out.",
        )
    for column in wanted.values():
        if column not in others:
            raise table.fault(
                f"expected a column {quote(column)}, found none",
                f"The columns are: {quote_names(table.frame.columns)}.",
            )
    if wanted:
        return wanted
    ranked = sorted((rank, name) for name in others if (rank := rank_weight(name)) is not None)
    first = {ranked[0][1]} if ranked else set()
    # In the order of the file, but for the one that counts: it is what measures take first.
    stated = [name for name in others if split_unit(name)[1] and name not in first]
    return {name: name for name in (*first, *stated)}


def _refuse_unweighted(table: Table, others: Sequence[str]) -> Exception:
    known = ", ".join(("synapse_count", "n_syn", "weight", "count", "connectivity"))
    if not others:
        return table.fault(
            f"expected a column of weights, such as {known}, found none beside pre and post",
            "Read with count_lines=True to count the lines of each pair.",
        )
    return table.fault(
        f"expected a column of weights, such as {known}, found {quote_names(others)}",
        f"Name it, as in weights={others[-1]!r}, or read with count_lines=True to count the "
        "lines of each pair.",
    )
