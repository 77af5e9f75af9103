"""One connectome out of two that share neurons."""

from __future__ import annotations

import polars as pl

from neuropil.connectome.connectome import Connectome
from neuropil.connectome.validation import TableError, list_some
from neuropil.contracts import InputError, Operation, Source

__all__ = ["unite"]


def unite(first: Connectome, second: Connectome) -> Connectome:
    """Join the neurons and the edges of two connectomes.

    Parameters
    ----------
    first : Connectome
        Its neurons come first, and its labels stand for neurons of both.
    second : Connectome
        Adds its other neurons, its columns and its edges.

    Returns
    -------
    Connectome
        With the weights that both have; labels that only one has are null for the other's neurons.
        Edges that are null in all of these weights are left out, with a note of the source.

    Raises
    ------
    InputError
        When they have no weight of the same name and unit, or one is directed and one is not.
    TableError
        When ids are of different types, or an edge is in both; drop it from one.
    """
    # Both directions of undirected edges beside directed ones would look as if all were returned.
    if first.directed != second.directed:
        raise InputError(
            "expected two directed or two undirected graphs, found one of each",
            where="unite",
            repair="Read both alike: dataclasses.replace(connectome, directed=True) makes each "
            "undirected edge two.",
        )
    # The name alone is not enough: counts and microsiemens of one name must not share a column.
    shared = [name for name in first.weight_names if second.units.get(name) == first.units[name]]
    if not shared:
        raise InputError(
            f"expected a weight that both have, found {dict(first.units)} and {dict(second.units)}",
            where="unite",
            repair="Rename a weight, or give both the same unit.",
        )
    # Labels of the first win for neurons of both: two labels of one neuron cannot both be kept.
    added = second.nodes.join(first.nodes.select("id"), on="id", how="anti", maintain_order="left")
    # Diagonal: a column that only one of them has is null in the other, and none is dropped.
    nodes = pl.concat([first.nodes, added], how="diagonal_relaxed")
    columns = ["pre", "post", *shared]
    # Neither summed nor chosen: the same synapses may have been counted in both.
    twice = first.edges.join(second.edges.select("pre", "post"), on=["pre", "post"], how="semi")
    if not twice.is_empty():
        raise TableError(
            f"expected each edge in one connectome, found {twice.height} in both, the first "
            f"{list_some(twice.select('pre', 'post').rows())}",
            table="edges",
            repair="Drop them from one of the two.",
        )
    every = pl.concat([first.edges.select(columns), second.edges.select(columns)])
    # Their values are in weights that the union does not have.
    edges = every.filter(pl.any_horizontal(pl.col(shared).is_not_null()))
    done = Operation("unite", {"with": second.source.name})
    return Connectome(
        nodes,
        edges,
        {name: first.units[name] for name in shared},
        # Positions of two spaces cannot be compared, so that the union claims none.
        first.space if first.space == second.space else None,
        _join_sources(first.source, second.source, every.height - edges.height),
        (*first.provenance, done),
        first.directed,
    )


def _join_sources(first: Source, second: Source, left_out: int) -> Source:
    note = f"Edges without a value in the weights that both have were left out: {left_out}."
    return Source(
        name=f"{first.name}, {second.name}",
        licence=first.licence
        if first.licence == second.licence
        else f"{first.licence}; {second.licence}",
        files=(*first.files, *(item for item in second.files if item not in first.files)),
        synthetic=first.synthetic or second.synthetic,
        citations=tuple(dict.fromkeys((*first.citations, *second.citations))),
        notes=tuple(dict.fromkeys((*first.notes, *second.notes, *([note] if left_out else [])))),
    )
