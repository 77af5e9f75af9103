"""The elements of a GraphML file, collected while it is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from neuropil.connectome import find_missing_ids, find_rows
from neuropil.contracts import InputError
from neuropil.formats.graphml.attributes import OBJECTS, TYPES, Key, Values

__all__ = ["METADATA", "GraphElements"]

METADATA = "neuropil"
"""Attribute of the graph in which neuropil keeps what GraphML has no place for."""

_DIRECTIONS = ("directed", "undirected")
# As R and Python write a float of 18 digits: 7.20575940612346e+17.
_ROUNDED = r"^[+-]?[0-9]+(\.[0-9]*)?[eE][+-]?[0-9]+$"
# All four are booleans of XML Schema.
_TRUTH = {"true": True, "1": True, "false": False, "0": False}


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
        self.properties: dict[str, str] = {}
        self._keys: dict[str, Key] = {}
        self._open: list[str] = []
        # None until a graph has begun: an empty text is a graph that does not state its direction.
        self._direction: str | None = None
        self._key: Key | None = None
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
        elif self._open[-1] == "graph" and self._key.name:
            self.properties[self._key.name] = text
        elif owner and self._key.name and not owner.add(self._key.id, text):
            raise self.fault(
                f"expected one value of the attribute {self._key.name}, found two",
                "Keep one of them.",
                owner.lines[-1],
            )

    def skipped(self) -> list[str]:
        """Name the attributes of no kind that a connectome has room for."""
        unnamed = [key.id for key in self._keys.values() if not key.name]
        graph = [
            key.name
            for key in self._keys.values()
            if key.name and key.domain in ("graph", "graphml") and key.name != METADATA
        ]
        return sorted({*self.nodes.objects(), *self.edges.objects(), *unnamed, *graph})

    def trim(self) -> None:
        """Take the blanks off both ends of names and ids, and check that every node has an id.

        Raises
        ------
        InputError
            When an id is empty or stands for none, as ``NA`` does; names the line.
        """
        for key in self._keys.values():
            key.name = key.name.strip() if key.name else None
        self.ids = [each.strip() for each in self.ids]
        self.ends = (
            [each.strip() for each in self.ends[0]],
            [each.strip() for each in self.ends[1]],
        )
        missing = find_missing_ids(pl.Series(self.ids, dtype=pl.String))
        if missing.any():
            row = int(missing.arg_true()[0])
            raise self.fault(
                f"expected the id of a node, found {self.ids[row]!r}, which stands for none",
                "Give the node an id, or drop it and its edges.",
                self.nodes.lines[row],
            )
        self._require_unrounded(pl.Series(self.ids, dtype=pl.String))

    def _require_unrounded(self, ids: pl.Series) -> None:
        """Refuse ids as a program writes long whole numbers that it held as floats."""
        if ids.dtype != pl.String:
            return
        rounded = ids.str.contains(_ROUNDED).fill_null(value=False)
        if rounded.any():
            row = int(rounded.arg_true()[0])
            raise self.fault(
                f"expected ids that were not rounded, found {ids[row]!r} "
                f"({rounded.sum()} such nodes)",
                "Write the ids as text in the program that made the file.",
                self.nodes.lines[row],
            )

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
        missing = find_missing_ids(ids)
        if missing.any():
            row = int(missing.arg_true()[0])
            line = self.nodes.lines[row]
            found = "none" if ids[row] is None else f"{ids[row]!r}, which stands for none"
            raise self.fault(
                f"expected an id, found {found}",
                "Fill it, or read without id_attribute.",
                line,
                attribute,
            )
        self._require_unrounded(ids)

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
        # Lists and objects are left out; a word that is no type at all is a damaged file.
        if written not in TYPES and not OBJECTS.match(written):
            raise self.fault(
                f"expected attr.type to be one of {', '.join(list(TYPES)[:6])}, found {written!r}",
                "Correct the key.",
                line,
                name,
            )
        key = Key(identity, name, domain, TYPES.get(written))
        if identity in self._keys:
            raise self.fault(f"expected each key once, found {identity} again", "Rename it.", line)
        self._keys[identity] = self._key = key
        for values in (self.nodes, self.edges):
            if domain in (values.domain, "all"):
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
        written = attributes.get("directed", default).strip()
        if written not in _TRUTH:
            raise self.fault(
                f"expected directed to be true or false, found {written!r}",
                "Correct the edge.",
                line,
            )
        self.undirected.append(not _TRUTH[written])
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
