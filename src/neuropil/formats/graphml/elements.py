"""The elements of a GraphML file, collected while it is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from neuropil.connectome import find_rows
from neuropil.contracts import InputError

__all__ = ["METADATA", "GraphElements", "Values"]

METADATA = "neuropil"
"""Attribute of the graph in which neuropil keeps what GraphML has no place for."""

# The six types of the GraphML specification; int and float widen, which loses nothing.
_TYPES: dict[str, type[pl.DataType]] = {
    "boolean": pl.Boolean,
    "int": pl.Int64,
    "long": pl.Int64,
    "float": pl.Float64,
    "double": pl.Float64,
    "string": pl.String,
}
# All four are booleans of XML Schema.
_TRUTH = {"true": True, "1": True, "false": False, "0": False}
_WORDS = {pl.Int64: "a whole number", pl.Float64: "a number", pl.Boolean: "true or false"}
_DIRECTIONS = ("directed", "undirected")


@dataclass
class _Key:
    id: str
    name: str | None
    domain: str
    type: type[pl.DataType]
    default: str | None = None


@dataclass
class Values:
    """Attributes of the nodes or of the edges, as text.

    Parameters
    ----------
    path : Path
        The file, for errors.
    domain : str
        ``node`` or ``edge``.
    keys : list
        Declared attributes, in the order of the file.
    lines : list of int
        Line of each element.
    """

    path: Path
    domain: str
    keys: list[_Key] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    _texts: dict[str, list[str | None]] = field(default_factory=dict)

    def names(self, *, numeric: bool = False) -> list[str]:
        """List the attributes that have a name.

        Parameters
        ----------
        numeric : bool
            True leaves out text and booleans.

        Returns
        -------
        list of str
            In the order of the file.
        """
        return [
            key.name
            for key in self.keys
            if key.name and not (numeric and key.type in (pl.String, pl.Boolean))
        ]

    def add(self, key: str, text: str) -> bool:
        """Keep an attribute of the latest element; False where it has it already."""
        column = self._texts.setdefault(key, [])
        # Columns are as long as the last element that has them: short ones are filled up when read.
        if len(column) >= len(self.lines):
            return False
        column += [None] * (len(self.lines) - 1 - len(column))
        column.append(text)
        return True

    def parse(self, name: str) -> pl.Series:
        """Parse an attribute by its declared type.

        Parameters
        ----------
        name : str
            Its name.

        Returns
        -------
        pl.Series
            One value for each element; its default, or null, where an element has none.

        Raises
        ------
        InputError
            When a value is not of the type; names the line.
        """
        key = next(key for key in self.keys if key.name == name)
        texts = self._texts.get(key.id, [])
        # A new list, because the collected one may be parsed a second time.
        texts = texts + [None] * (len(self.lines) - len(texts))
        column = pl.Series(name, texts, dtype=pl.String)
        # A default is no missing value: the specification gives it to elements without data.
        if key.default is not None:
            column = column.fill_null(key.default)
        if key.type is pl.String:
            return column
        bare = column.str.strip_chars()
        if key.type is pl.Boolean:
            lower = bare.str.to_lowercase()
            values = lower.replace_strict(_TRUTH, default=None, return_dtype=pl.Boolean)
        else:
            # Cast here and not while reading: a column at once is many times faster than cell by
            # cell.
            values = bare.cast(key.type, strict=False)
        wrong = values.is_null() & column.is_not_null()
        if wrong.any():
            row = int(wrong.arg_true()[0])
            raise InputError(
                f"expected {_WORDS[key.type]}, found {column[row]!r}",
                where=f"{self.path}, line {self.lines[row]}, {self.domain} attribute {name}",
                repair="Correct it, or change attr.type of its key.",
            )
        return values


class GraphElements:
    """What a GraphML file holds: an :class:`~neuropil.formats.parsing.safe_xml.XmlHandler`.

    Parameters
    ----------
    path : Path
        The file, for errors.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.nodes = Values(path, "node")
        self.edges = Values(path, "edge")
        self.ids: list[str] = []
        self.ends: tuple[list[str], list[str]] = ([], [])
        self.undirected: list[bool] = []
        self.metadata: str | None = None
        self._keys: dict[str, _Key] = {}
        self._open: list[str] = []
        # None until a graph has begun: an empty text is a graph that does not state its direction.
        self._direction: str | None = None
        self._key: _Key | None = None
        self._pieces: list[str] | None = None

    def start(self, tag: str, attributes: Mapping[str, str], line: int) -> None:
        """Meet the start of an element, with its attributes and its line."""
        if not self._open and tag != "graphml":
            raise self.fault(
                f"expected a root element graphml, found {tag}", "Name a GraphML file.", line
            )
        meet = {
            "key": self._start_key,
            "default": self._start_text,
            "graph": self._start_graph,
            "node": self._start_node,
            "edge": self._start_edge,
            "hyperedge": self._refuse_hyperedge,
            "data": self._start_data,
        }.get(tag)
        if meet:
            meet(attributes, line)
        self._open.append(tag)

    def text(self, text: str) -> None:
        """Meet text."""
        # yEd and others nest elements inside data; their text is not the value's.
        if self._pieces is not None and self._open[-1] in ("data", "default"):
            self._pieces.append(text)

    def end(self, tag: str) -> None:
        """Meet the end of an element."""
        self._open.pop()
        if tag not in ("data", "default") or self._pieces is None or self._key is None:
            return
        text, self._pieces = "".join(self._pieces), None
        # Data of the graph, or of ports and nested elements, belong to neither table.
        owner = {"node": self.nodes, "edge": self.edges}.get(self._open[-1])
        if tag == "default":
            self._key.default = text
        elif owner is None and self._key.name == METADATA:
            self.metadata = text
        elif owner and self._key.name and not owner.add(self._key.id, text):
            raise self.fault(
                f"expected one value of the attribute {self._key.name}, found two",
                "Keep one of them.",
                owner.lines[-1],
            )

    def skipped(self) -> list[str]:
        """Name the attributes that a connectome does not take."""
        edges = set(self.edges.names()) - set(self.edges.names(numeric=True))
        unnamed = [key.id for key in self._keys.values() if not key.name]
        graph = [
            key.name
            for key in self._keys.values()
            if key.name and key.domain in ("graph", "graphml") and key.name != METADATA
        ]
        return sorted({*edges, *unnamed, *graph})

    def require_graph(self) -> None:
        """Check that the file has a graph with nodes.

        Raises
        ------
        InputError
            When it has none.
        """
        if self._direction is None or not self.ids:
            found = "no graph" if self._direction is None else "a graph without nodes"
            raise self.fault(f"expected a graph with nodes, found {found}", "Add the nodes.")

    def require_ids(self, ids: pl.Series, attribute: str) -> None:
        """Check that every node has an id in an attribute.

        Parameters
        ----------
        ids : pl.Series
            Values of the attribute.
        attribute : str
            Its name.

        Raises
        ------
        InputError
            When a node has none, or they are not text or whole numbers.
        """
        if ids.dtype not in (pl.String, pl.Int64):
            raise self.fault(
                f"expected ids that are text or whole numbers, found {ids.dtype}",
                "Name another attribute as id_attribute.",
                column=attribute,
            )
        if ids.null_count():
            line = self.nodes.lines[int(ids.is_null().arg_true()[0])]
            raise self.fault(
                "expected an id, found none",
                "Fill it, or read without id_attribute.",
                line,
                attribute,
            )

    def end_rows(self) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
        """Find the node of both ends of each edge.

        Returns
        -------
        tuple of ndarray
            (m,) rows of the sources and (m,) rows of the targets.

        Raises
        ------
        InputError
            When two nodes have the same id, or an edge names an unknown one; names the line.
        """
        ids = pl.Series(self.ids, dtype=pl.String)
        repeated = ~ids.is_first_distinct()
        if repeated.any():
            row = int(repeated.arg_true()[0])
            raise self.fault(
                f"expected each node once, found the id {self.ids[row]!r} again",
                "Keep one node of each id.",
                self.nodes.lines[row],
            )
        return self._find(self.ends[0], ids), self._find(self.ends[1], ids)

    def fault(
        self, what: str, repair: str, line: int | None = None, column: str | None = None
    ) -> InputError:
        """Build an error that names the file, the line and the attribute.

        Parameters
        ----------
        what : str
            What was expected and what was found.
        repair : str
            The next step.
        line : int, optional
            Line of the file.
        column : str, optional
            Name of the attribute.

        Returns
        -------
        InputError
            To be raised.
        """
        place = [str(self.path)]
        place += [f"line {line}"] if line is not None else []
        place += [f"attribute {column}"] if column is not None else []
        return InputError(what, where=", ".join(place), repair=repair)

    def _find(self, ends: Sequence[str], ids: pl.Series) -> npt.NDArray[np.int32]:
        rows = find_rows(pl.Series(ends, dtype=pl.String), ids)
        if rows.null_count():
            row = int(rows.is_null().arg_true()[0])
            raise self.fault(
                f"expected an edge between nodes of the file, found the unknown id {ends[row]!r}",
                "Add the node, or drop the edge.",
                self.edges.lines[row],
            )
        return rows.to_numpy()

    def _require(self, attributes: Mapping[str, str], name: str, tag: str, line: int) -> str:
        if name not in attributes:
            raise self.fault(
                f"expected a {tag} with the attribute {name}, found none", "Add it.", line
            )
        return attributes[name]

    def _start_key(self, attributes: Mapping[str, str], line: int) -> None:
        identity = self._require(attributes, "id", "key", line)
        name = attributes.get("attr.name")
        # Default of the specification: a key without `for` belongs to every element.
        domain = attributes.get("for", "all")
        written = attributes.get("attr.type", "string")
        if written not in _TYPES:
            raise self.fault(
                f"expected attr.type to be one of {', '.join(_TYPES)}, found {written!r}",
                "Correct the key.",
                line,
                name,
            )
        key = _Key(identity, name, domain, _TYPES[written])
        if identity in self._keys:
            raise self.fault(f"expected each key once, found {identity} again", "Rename it.", line)
        self._keys[identity] = self._key = key
        for values in (self.nodes, self.edges):
            if domain not in (values.domain, "all"):
                continue
            # Ids of keys are unique, their names need not be: two columns of one name could not be
            # told apart.
            if name in values.names():
                raise self.fault(
                    f"expected each {values.domain} attribute once, found {name} again",
                    "Rename one of the keys.",
                    line,
                )
            values.keys.append(key)

    def _start_text(self, _: Mapping[str, str], __: int) -> None:
        self._pieces = []

    def _start_graph(self, attributes: Mapping[str, str], line: int) -> None:
        if self._direction is not None:
            raise self.fault(
                "expected one graph, found another", "Write each graph to a file of its own.", line
            )
        self._direction = attributes.get("edgedefault", "")
        # The specification requires edgedefault; guessing would double or halve the edges.
        if self._direction not in _DIRECTIONS:
            raise self.fault(
                "expected edgedefault to be directed or undirected, "
                f"found {self._direction or 'none'}",
                "Correct the graph element.",
                line,
            )

    def _start_node(self, attributes: Mapping[str, str], line: int) -> None:
        self.ids.append(self._require(attributes, "id", "node", line))
        self.nodes.lines.append(line)

    def _start_edge(self, attributes: Mapping[str, str], line: int) -> None:
        for name, ends in zip(("source", "target"), self.ends, strict=True):
            ends.append(self._require(attributes, name, "edge", line))
        # An edge may override the default of its graph.
        default = "true" if self._direction == "directed" else "false"
        self.undirected.append(attributes.get("directed", default) == "false")
        self.edges.lines.append(line)

    def _refuse_hyperedge(self, _: Mapping[str, str], line: int) -> None:
        raise self.fault(
            "expected edges of two ends, found a hyperedge", "Split it into edges.", line
        )

    def _start_data(self, attributes: Mapping[str, str], line: int) -> None:
        identity = self._require(attributes, "key", "data", line)
        if identity not in self._keys:
            raise self.fault(
                f"expected a declared key, found {identity!r}", "Add a key element for it.", line
            )
        self._key, self._pieces = self._keys[identity], []
        # The element that data stand in: data itself is opened only after this.
        owner = self._open[-1]
        if self._key.domain not in (owner, "all"):
            raise self.fault(
                f"expected this key in {self._key.domain} elements, found it in a {owner}",
                "Correct the key.",
                line,
                self._key.name,
            )
