"""To and from the tables and graphs of other libraries, each imported only when it is asked for."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

import polars as pl

from neuropil.connectome.direction import first_of_pairs
from neuropil.connectome.frames import as_polars, make_pandas
from neuropil.connectome.networkx_graphs import read_graph
from neuropil.connectome.weight_names import NOT_STATED
from neuropil.contracts import MissingDependencyError, Source

if TYPE_CHECKING:
    from scipy import sparse

__all__ = ["Bridges"]


class Bridges:
    """What a connectome gives to other libraries, and takes from them."""

    nodes: pl.DataFrame
    edges: pl.DataFrame
    units: Mapping[str, str]
    directed: bool

    if TYPE_CHECKING:
        # Of the class that these bridges belong to.
        @property
        def weight_names(self) -> tuple[str, ...]:
            """Names of the weights."""

        def adjacency(self, weight: str | None = None) -> sparse.csr_array:
            """Build the weight matrix."""

        @classmethod
        def from_frames(cls, *args: Any, **kwargs: Any) -> Self:  # noqa: ANN401
            """Build a connectome from a node table and an edge table."""

    @classmethod
    def from_pandas(
        cls,
        nodes: Any,  # noqa: ANN401
        edges: Any,  # noqa: ANN401
        **options: Any,  # noqa: ANN401
    ) -> Self:
        """Build a connectome from two pandas frames; :meth:`from_frames` takes them too.

        Parameters
        ----------
        nodes : pandas.DataFrame or None
            Column ``id``, or an index of that name, and any other columns; missing values of
            every kind become null. None makes a node of each id of the edges.
        edges : pandas.DataFrame
            Columns ``pre``, ``post`` and one or more weights.
        **options
            ``units``, ``space``, ``source`` and ``directed`` as :meth:`from_frames` takes them.

        Returns
        -------
        Connectome
            With the rows in the order given.

        Raises
        ------
        TableError
            When an id, an edge or a weight is wrong; correct the named row and column.
        """
        table = as_polars(edges, "edges")
        if nodes is None and {"pre", "post"} <= set(table.columns):
            ids = pl.concat([table["pre"].alias("id"), table["post"].alias("id")])
            nodes = ids.unique(maintain_order=True).to_frame()
        return cls.from_frames(nodes, table, **options)

    @classmethod
    def from_networkx(
        cls,
        graph: Any,  # noqa: ANN401
        *,
        weights: Sequence[str] | None = None,
        sum_pairs: bool = False,
        units: Mapping[str, str] | None = None,
        source: Source | None = None,
    ) -> Self:
        """Build a connectome from a graph of networkx.

        Parameters
        ----------
        graph : networkx.Graph or networkx.DiGraph
            Its nodes are whole numbers or text; an undirected graph gives an undirected connectome.
        weights : sequence of str, optional
            Attributes of the edges that are weights. When not given, those with a name of
            ``WEIGHT_NAMES``, as weight, synapse_count and count; ``edge_count`` 1 for edges
            without attributes. What is left out is a note of the source.
        sum_pairs : bool
            True adds up the parallel edges of a multigraph; False refuses them.
        units : mapping of str to str, optional
            Unit of each weight; ``synapses`` for ``synapse_count`` and else ``not stated``.
        source : Source, optional
            Origin of the data.

        Returns
        -------
        Connectome
            With the nodes in the order of the graph.

        Raises
        ------
        InputError
            When the nodes are of other or mixed types, no attribute is known as a weight, an edge
            has no number for a weight, or an edge is there twice.

        Examples
        --------
        >>> import networkx
        >>> from neuropil.connectome import Connectome
        >>> graph = networkx.Graph()
        >>> graph.add_edge("a", "b", weight=2)
        >>> Connectome.from_networkx(graph).edges.rows()
        [('a', 'b', 2), ('b', 'a', 2)]
        """
        nodes, edges, left_out = read_graph(graph, weights, sum_pairs=sum_pairs)
        names = edges.columns[2:]
        origin = source or Source(name=str(graph.name or "networkx graph"))
        if left_out:
            note = f"Attributes of the edges that are not weights were left out: {left_out}."
            origin = replace(origin, notes=(*origin.notes, note))
        default = {name: NOT_STATED for name in names if name != "synapse_count"}
        return cls.from_frames(
            nodes,
            edges,
            units={**default, **(units or {})},
            source=origin,
            directed=graph.is_directed(),
        )

    def to_pandas(self) -> tuple[Any, Any]:
        """Give the node table and the edge table as pandas frames.

        Returns
        -------
        nodes, edges : pandas.DataFrame
            Whole numbers and booleans with missing values become pandas' nullable types, so that
            no id passes through a float; a missing decimal number is NaN.

        Raises
        ------
        MissingDependencyError
            When pandas is not installed.
        """
        pandas = _import("pandas")
        return make_pandas(self.nodes, pandas), make_pandas(self.edges, pandas)

    def to_networkx(self) -> Any:  # noqa: ANN401
        """Give the graph to networkx.

        Returns
        -------
        networkx.DiGraph or networkx.Graph
            A Graph where the connectome is undirected. Node columns and weights are attributes;
            missing values are left out.

        Raises
        ------
        MissingDependencyError
            When networkx is not installed.
        """
        networkx = _import("networkx")
        graph = networkx.DiGraph() if self.directed else networkx.Graph()
        for row in self.nodes.iter_rows(named=True):
            ident = row.pop("id")
            graph.add_node(ident, **{name: v for name, v in row.items() if v is not None})
        edges = self.edges
        once = edges if self.directed else edges.filter(pl.Series(first_of_pairs(edges)))
        for row in once.iter_rows(named=True):
            ends = row.pop("pre"), row.pop("post")
            graph.add_edge(*ends, **{name: v for name, v in row.items() if v is not None})
        return graph

    def to_anndata(self) -> Any:  # noqa: ANN401
        """Give nodes and weights to anndata.

        Returns
        -------
        anndata.AnnData
            ``X`` is the first weight (row = pre, column = post), ``obs`` and ``var`` the node
            table by id, ``obsp`` each weight by its name, and ``uns`` the units and whether the
            graph is directed.

        Raises
        ------
        MissingDependencyError
            When anndata or pandas is not installed.
        """
        anndata, pandas = _import("anndata"), _import("pandas")
        table = make_pandas(self.nodes.drop("id"), pandas)
        # AnnData names its rows with text; the ids themselves stay in a column.
        table.index = pandas.Index([str(each) for each in self.nodes["id"]], name="node")
        table.insert(0, "id", self.nodes["id"].to_list())
        matrices = {name: self.adjacency(name) for name in self.weight_names}
        return anndata.AnnData(
            X=matrices[self.weight_names[0]],
            obs=table,
            var=table.copy(),
            obsp=matrices,
            uns={"units": dict(self.units), "directed": self.directed},
        )


def _import(name: str) -> Any:  # noqa: ANN401
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise MissingDependencyError(
            f"expected the package {name}, which is not installed",
            where=f"Connectome.to_{name}",
            repair=f"Install it: pip install {name}.",
        ) from error
