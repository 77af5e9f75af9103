"""The spine: neurons or regions, the edges between them, and where they came from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from typing import Any, Self, get_args

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import sparse

from neuropil.connectome.bridges import Bridges
from neuropil.connectome.columns import as_ids, names_of, replace_columns
from neuropil.connectome.description import describe, write_html
from neuropil.connectome.direction import first_of_pairs, mirror_edges, settle_direction
from neuropil.connectome.frames import as_polars
from neuropil.connectome.grouping import (
    GroupWeight,
    group_labels,
    merge_edges,
    merge_nodes,
    sum_blocks,
)
from neuropil.connectome.matrix import edges_of_matrix, judge_direction, matrix_of_edges
from neuropil.connectome.selection import compile_expression
from neuropil.connectome.validation import (
    SIGNED_UNITS,
    check_edges,
    check_nodes,
    check_units,
    find_rows,
    list_some,
    normalise_ids,
    normalise_weights,
)
from neuropil.connectome.weight_names import NOT_STATED
from neuropil.contracts import InputError, Operation, Source

__all__ = ["Connectome"]

Columns = Mapping[str, Any]

_UNKNOWN_SOURCE = Source(name="not stated")
# The one weight whose name says its unit; every other must state its own.
_COUNT, _SYNAPSES = "synapse_count", "synapses"


# Frames have no truth value, so that a generated `==` would fail; `equals` compares content.
@dataclass(frozen=True, eq=False, repr=False)
class Connectome(Bridges):
    """Neurons (or regions), weighted edges, their units, their origin and what was done to them.

    In every matrix, row = pre and column = post. A connectome is never changed: each operation
    returns a new one with one more entry in ``provenance``. Build one with :meth:`from_frames` or
    :meth:`from_matrix`.

    Parameters
    ----------
    nodes : pl.DataFrame
        Column ``id`` (Int64 or String, unique). Other columns are free; these have a meaning:
        ``cell_type``, ``instance``, ``side``, ``region``, ``neurotransmitter``, ``sign`` (-1 or
        1), ``ring_angle_deg`` [deg], ``x_nm``, ``y_nm``, ``z_nm`` [nm].
    edges : pl.DataFrame
        Columns ``pre`` and ``post`` (ids), then one or more weights (Int64 or Float64); each pair
        at most once. Weights are 0 or more, but for those whose unit is of ``SIGNED_UNITS``, such
        as correlation. Where there are several, an edge has a value in at least one of them and
        may be null in the others: it is no edge of those, and adds nothing to their sums.
    units : mapping of str to str
        Unit of each weight.
    space : str, optional
        Coordinate space, such as ``hemibrain v1.2 (8 nm voxels)``.
    source : Source
        Origin of the data.
    provenance : tuple of Operation
        What was done, first to last.
    directed : bool
        False where edges have no direction. ``edges`` then holds both directions of each, one
        after the other with the same weights, so that every matrix is symmetric; an edge that was
        given in one direction gets the other.

    Raises
    ------
    TableError
        When a table breaks a rule above, or the two directions of an undirected edge differ; the
        message names table, row and column.
    InputError
        When a weight has no unit.
    """

    nodes: pl.DataFrame
    edges: pl.DataFrame
    units: Mapping[str, str]
    space: str | None = None
    source: Source = _UNKNOWN_SOURCE
    provenance: tuple[Operation, ...] = ()
    directed: bool = True

    def __post_init__(self) -> None:
        # Types come before checks: the checks compare the ids of both tables, which must be of one
        # type.
        object.__setattr__(self, "nodes", normalise_ids(self.nodes, ("id",), "nodes"))
        edges = normalise_ids(self.edges, ("pre", "post"), "edges")
        object.__setattr__(self, "edges", normalise_weights(edges))
        object.__setattr__(self, "units", dict(self.units))
        check_nodes(self.nodes)
        check_edges(self.edges, self.nodes["id"], units=self.units)
        check_units(self.units, self.weight_names)
        if not self.directed:
            object.__setattr__(self, "edges", mirror_edges(self.edges, self.nodes["id"]))

    @classmethod
    def from_frames(
        cls,
        nodes: Any,  # noqa: ANN401
        edges: Any,  # noqa: ANN401
        *,
        units: Mapping[str, str] | None = None,
        space: str | None = None,
        source: Source | None = None,
        directed: bool | None = None,
    ) -> Self:
        """Build a connectome from a node table and an edge table.

        Parameters
        ----------
        nodes : pl.DataFrame or pandas.DataFrame
            Column ``id`` and any others.
        edges : pl.DataFrame or pandas.DataFrame
            Columns ``pre``, ``post`` and one or more weights.
        units : mapping of str to str, optional
            Unit of each weight; not needed for ``synapse_count``, which are ``synapses`` where
            they are whole numbers and else of a unit that is ``not stated``.
        space : str, optional
            Coordinate space.
        source : Source, optional
            Origin of the data.
        directed : bool, optional
            False where edges have no direction; each may then stand in one direction or in both.
            When not given, edges are undirected if all units are of ``SIGNED_UNITS``, as that of
            a correlation is, and each is there in both directions; else they are directed.

        Returns
        -------
        Connectome
            With the rows in the order given.

        Raises
        ------
        TableError
            When an id, an edge or a weight is wrong; correct the named row and column.
        InputError
            When a weight has no unit; give it one in ``units``.

        Examples
        --------
        >>> nodes = pl.DataFrame({"id": [7, 9]})
        >>> edges = pl.DataFrame({"pre": [7], "post": [9], "synapse_count": [12]})
        >>> Connectome.from_frames(nodes, edges).adjacency().toarray()
        array([[ 0., 12.],
               [ 0.,  0.]])
        """
        nodes, edges = as_polars(nodes, "nodes"), as_polars(edges, "edges")
        known = {_COUNT: _unit_of(edges[_COUNT])} if _COUNT in edges.columns else {}
        done = Operation("from_frames", {"nodes": nodes.height, "edges": edges.height})
        origin = source or _UNKNOWN_SOURCE
        given = (nodes, edges, {**known, **(units or {})}, space, origin, (done,))
        return settle_direction(cls(*given)) if directed is None else cls(*given, directed)

    @classmethod
    def from_matrix(
        cls,
        matrix: npt.ArrayLike | sparse.sparray | sparse.spmatrix,
        nodes: Any = None,  # noqa: ANN401
        *,
        weight: str = "synapse_count",
        unit: str | None = None,
        space: str | None = None,
        source: Source | None = None,
        directed: bool | None = None,
    ) -> Self:
        """Build a connectome from a matrix; cells that are 0 are no edges.

        Parameters
        ----------
        matrix : array_like or scipy.sparse array
            (n, n) weights, row = pre, column = post; lists of numbers are taken too.
        nodes : pl.DataFrame or pandas.DataFrame, optional
            (n,) rows with column ``id``; ids 0 to n - 1 when not given.
        weight : str
            Name of the weight.
        unit : str, optional
            Unit of the weight. When not given, ``synapses`` for whole numbers that are called
            ``synapse_count``, and else ``not stated``.
        space : str, optional
            Coordinate space.
        source : Source, optional
            Origin of the data.
        directed : bool, optional
            False where the matrix must be symmetric and its edges have no direction. When not
            given, a symmetric matrix is undirected if its unit is of ``SIGNED_UNITS``, as a
            correlation is, and any other matrix is directed.

        Returns
        -------
        Connectome
            With edges sorted by row, then column; both directions of an undirected edge stand
            together.

        Raises
        ------
        TableError
            When the matrix is not square or not numeric, does not fit the nodes, is not symmetric
            where it must be, or holds a value that is NaN, infinite, or negative in a unit that is
            not of ``SIGNED_UNITS``; correct the named row and column.

        Examples
        --------
        >>> Connectome.from_matrix([[0, 3], [1, 0]]).edges.rows()
        [(0, 1, 3), (1, 0, 1)]
        """
        table = None if nodes is None else as_polars(nodes, "nodes")
        table, edges = edges_of_matrix(matrix, table, weight, signed=unit in SIGNED_UNITS)
        if unit is None:
            unit = _unit_of(edges[weight]) if weight == _COUNT else NOT_STATED
        directed = judge_direction(matrix, unit, directed)
        done = Operation("from_matrix", {"nodes": table.height, "edges": edges.height})
        origin = source or _UNKNOWN_SOURCE
        return cls(table, edges, {weight: unit}, space, origin, (done,), directed)

    @property
    def n_nodes(self) -> int:
        """Number of neurons."""
        return self.nodes.height

    @property
    def n_edges(self) -> int:
        """Number of connected (pre, post) pairs; of undirected edges, each counts once."""
        return self.edges.height if self.directed else int(first_of_pairs(self.edges).sum())

    def __len__(self) -> int:
        return self.n_nodes

    @property
    def weight_names(self) -> tuple[str, ...]:
        """Names of the weights; the first is the default of every method."""
        # `normalise_ids` has put pre and post first, whatever order the frame came in.
        return tuple(self.edges.columns[2:])

    def adjacency(self, weight: str | None = None) -> sparse.csr_array:
        """Build the weight matrix.

        Parameters
        ----------
        weight : str, optional
            Name of a weight; the first when not given.

        Returns
        -------
        scipy.sparse.csr_array
            (n, n) float64, row = pre, column = post, in the order of ``nodes``. An edge that is
            null in this weight has no cell.

        Raises
        ------
        InputError
            When there is no such weight; the message lists them.
        """
        return matrix_of_edges(self.edges, self.nodes["id"], self._weight(weight))

    def type_matrix(
        self, weight: str | None = None, by: str = "cell_type"
    ) -> tuple[list[str], npt.NDArray[np.float64]]:
        """Sum the weights between cell types.

        Parameters
        ----------
        weight : str, optional
            Name of a weight; the first when not given.
        by : str
            Node column that groups the neurons.

        Returns
        -------
        list of str
            The k types in order of first appearance.
        ndarray
            (k, k) float64 sums, row = pre, column = post. Undirected edges count once, within
            types too.

        Raises
        ------
        InputError
            When the weight or the column does not exist, a neuron has no value in it, or a sum of
            whole numbers does not fit 64 bits.
        """
        whole = self.edges[self._weight(weight)].dtype == pl.Int64
        labels = group_labels(self.nodes, [by])
        return sum_blocks(self.adjacency(weight), labels, directed=self.directed, whole=whole)

    def select(self, expression: str) -> Self:
        """Keep the neurons that match, and the edges between them.

        Parameters
        ----------
        expression : str
            A condition on node columns, such as ``"cell_type in ['EPG'] and side == 'L'"``. A
            missing value equals ``None`` and nothing else.

        Returns
        -------
        Connectome
            The induced subgraph, in the same order.

        Raises
        ------
        InputError
            When the expression cannot be read, names an unknown column, or matches no neuron.

        Examples
        --------
        >>> nodes = pl.DataFrame({"id": [1, 2], "side": ["L", "R"]})
        >>> both = Connectome.from_matrix([[1, 2], [3, 4]], nodes)
        >>> both.select("side == 'R'").edges.rows()
        [(2, 2, 4)]
        """
        condition = compile_expression(expression, self.nodes.schema)
        return self._keep(condition, "select", expression)

    def drop(self, expression: str) -> Self:
        """Leave out the neurons that match; the complement of :meth:`select`.

        Parameters
        ----------
        expression : str
            As in :meth:`select`.

        Returns
        -------
        Connectome
            The induced subgraph of the others, in the same order.

        Raises
        ------
        InputError
            When the expression cannot be read, names an unknown column, or matches every neuron.
        """
        condition = compile_expression(expression, self.nodes.schema)
        # A condition is never null (see `selection`), so that its negation drops exactly what
        # matched.
        return self._keep(~condition, "drop", expression)

    def subset(self, ids: Iterable[int | str]) -> Self:
        """Keep the named neurons in the order given, and the edges between them.

        Parameters
        ----------
        ids : iterable of int or str
            Ids, each once.

        Returns
        -------
        Connectome
            The induced subgraph.

        Raises
        ------
        InputError
            When an id is unknown, repeated, or of another type than the ids of the nodes.
        """
        wanted = as_ids(ids, self.nodes["id"].dtype)
        rows = find_rows(wanted, self.nodes["id"])
        if rows.null_count():
            unknown = list_some(wanted.filter(rows.is_null()))
            raise InputError(
                f"expected ids of this connectome, found unknown {unknown}",
                where="subset",
                repair="Take ids from the column id of nodes.",
            )
        # All ids are logged, not their number: the history alone must be enough to repeat the step.
        done = Operation("subset", {"ids": wanted.to_list()})
        return self._induce(self.nodes[rows.to_numpy()], done)

    def merge(self, by: str | Sequence[str], *, how: GroupWeight = "sum") -> Self:
        """Merge neurons into groups, such as cell types.

        Parameters
        ----------
        by : str or sequence of str
            Node columns; neurons with equal values become one node. The id of the new node is the
            value, or the values joined with ``|``.
        how : {"sum", "mean"}
            ``sum`` adds the weights between two groups; ``mean`` divides the sum by the number of
            possible pairs, and is the mean of the block of the matrix. An undirected edge is
            added once, within a group too.

        Returns
        -------
        Connectome
            Nodes in order of first appearance, with ``n_members``, the grouping columns and the
            columns that are equal within every group.

        Raises
        ------
        InputError
            When a column does not exist, a neuron has no value in it, ``how`` is unknown, or a sum
            of whole numbers does not fit 64 bits.

        Examples
        --------
        >>> nodes = pl.DataFrame({"id": [1, 2, 3], "cell_type": ["A", "A", "B"]})
        >>> merged = Connectome.from_matrix([[0, 1, 2], [3, 0, 4], [0, 0, 5]], nodes)
        >>> merged.merge("cell_type").edges.rows()
        [('A', 'A', 4), ('A', 'B', 6), ('B', 'B', 5)]
        """
        if how not in get_args(GroupWeight):
            raise InputError(
                f"expected how to be sum or mean, found {how!r}", repair="Choose one of them."
            )
        # A text is a sequence too: without this a column name would be taken for its letters.
        columns = [by] if isinstance(by, str) else list(by)
        labels = group_labels(self.nodes, columns)
        nodes = merge_nodes(self.nodes, labels, columns)
        group_of = self.nodes.select("id", labels.alias("group"))
        members = dict(zip(nodes["id"], nodes["n_members"], strict=True))
        edges = merge_edges(self.edges, group_of, members, how, directed=self.directed)
        done = Operation("merge", {"by": list(columns), "how": how})
        return self._derive(done, nodes=nodes, edges=edges)

    def with_nodes(self, columns: pl.DataFrame | Columns, operation_name: str) -> Self:
        """Replace node columns and log it.

        Parameters
        ----------
        columns : pl.DataFrame or mapping of str to (n,) array_like
            A whole node table with the same ids in the same order, or the columns to add or
            replace.
        operation_name : str
            Verb for the provenance, such as ``label_sides``.

        Returns
        -------
        Connectome
            With the new node table.

        Raises
        ------
        InputError
            When the ids differ or a column has another length.
        """
        # Ids may not change here: edges are not looked at again, and would point at other neurons.
        nodes = replace_columns(self.nodes, columns, "nodes")
        if "id" not in nodes.columns or not nodes["id"].equals(self.nodes["id"]):
            raise InputError(
                "expected the same ids in the same order",
                where=f"nodes, column id, {operation_name}",
                repair="Join the new columns to connectome.nodes, or use subset to reorder.",
            )
        done = Operation(operation_name, {"node_columns": names_of(columns)})
        return self._derive(done, nodes=nodes)

    def with_edges(
        self,
        columns: pl.DataFrame | Columns,
        operation_name: str,
        *,
        units: Mapping[str, str] | None = None,
    ) -> Self:
        """Replace edges or their weights and log it.

        Parameters
        ----------
        columns : pl.DataFrame or mapping of str to (m,) array_like
            A whole edge table, or the columns to add or replace.
        operation_name : str
            Verb for the provenance, such as ``threshold``.
        units : mapping of str to str, optional
            Unit of each new weight, and of each old one whose unit changes.

        Returns
        -------
        Connectome
            With the new edge table.

        Raises
        ------
        InputError
            When an edge or weight is wrong, or a new weight has no unit.
        """
        edges = replace_columns(self.edges, columns, "edges")
        kept = {name: unit for name, unit in self.units.items() if name in edges.columns}
        done = Operation(operation_name, {"edge_columns": names_of(columns)})
        # By way of the constructor, because new weights have never been checked.
        return replace(
            self,
            edges=edges,
            units={**kept, **(units or {})},
            provenance=(*self.provenance, done),
        )

    def equals(self, other: Connectome) -> bool:
        """Compare content: nodes, edges, direction, units and space, with their order and types.

        Parameters
        ----------
        other : Connectome
            Another connectome.

        Returns
        -------
        bool
            True where all are equal; source and provenance do not count.
        """
        return (
            self.nodes.schema == other.nodes.schema
            and self.edges.schema == other.edges.schema
            and self.nodes.equals(other.nodes)
            and self.edges.equals(other.edges)
            and self.units == other.units
            and self.space == other.space
            and self.directed == other.directed
        )

    def describe(self) -> str:
        """Describe the connectome in a few lines of text."""
        return describe(self)

    def __repr__(self) -> str:
        weights = ", ".join(f"{name} [{self.units[name]}]" for name in self.weight_names)
        kind = "" if self.directed else "undirected "
        return (
            f"Connectome({self.n_nodes} nodes, {self.n_edges} {kind}edges, {weights}, "
            f"{self.source.name})"
        )

    def _repr_html_(self) -> str:
        return write_html(self)

    def _weight(self, name: str | None) -> str:
        if name is None:
            return self.weight_names[0]
        if name not in self.weight_names:
            raise InputError(
                f"there is no weight {name}",
                where="edges",
                repair=f"The weights are: {', '.join(self.weight_names)}.",
            )
        return name

    def _keep(self, condition: pl.Expr, verb: str, expression: str) -> Self:
        nodes = self.nodes.filter(condition)
        if nodes.is_empty():
            # Ids are left out: of thousands the first five would not help to mend the condition.
            named = [name for name in self.nodes.columns if name in expression and name != "id"]
            values = [
                f"{name}: {list_some(self.nodes[name].unique(maintain_order=True))}"
                for name in named
            ]
            raise InputError(
                f"expected at least one neuron, {verb} keeps none of {self.n_nodes}",
                where=f"selection {expression!r}",
                repair=f"Values are {'; '.join(values)}." if values else "Widen the condition.",
            )
        return self._induce(nodes, Operation(verb, {"expression": expression}))

    def _induce(self, nodes: pl.DataFrame, done: Operation) -> Self:
        # As one list: Polars would otherwise pair the ids with the rows of the edges.
        kept = nodes["id"].implode()
        inside = pl.col("pre").is_in(kept) & pl.col("post").is_in(kept)
        return self._derive(done, nodes=nodes, edges=self.edges.filter(inside))

    def _derive(
        self, done: Operation, nodes: pl.DataFrame, edges: pl.DataFrame | None = None
    ) -> Self:
        # Edges kept or summed from valid edges are valid; checking millions again would be slow.
        check_nodes(nodes)
        # A copy skips the checks of the constructor, and keeps the class of a subclass.
        derived = copy(self)
        object.__setattr__(derived, "nodes", nodes)
        object.__setattr__(derived, "edges", self.edges if edges is None else edges)
        object.__setattr__(derived, "provenance", (*self.provenance, done))
        return derived


def _unit_of(counts: pl.Series) -> str:
    """Say the unit of a column that is called synapse_count."""
    # Fractions and negative numbers are no counts, whatever their column is called.
    if not counts.dtype.is_numeric() or counts.dtype.is_integer():
        return _SYNAPSES
    whole = (counts.drop_nulls().round() == counts.drop_nulls()).all()
    return _SYNAPSES if whole else NOT_STATED
