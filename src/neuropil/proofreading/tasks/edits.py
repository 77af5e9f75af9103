"""Logs of edits that people made, and the questions that each edit answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np

from neuropil.contracts import InputError, SeedTree, read_json, write_json
from neuropil.proofreading.tasks.box_sizes import SPLIT_HALF_WIDTH, merge_half_width
from neuropil.proofreading.tasks.items import Item, Piece

__all__ = ["Edit", "make_edit_items", "read_edits", "select_edits", "write_edits"]

Place = tuple[float, float, float]

# Rules of ConnectomeBench: objects of fewer vertices are crumbs, and pieces that lie farther
# apart [nm] were joined for reasons that no picture of the place shows.
_FEWEST_VERTICES, _FARTHEST = 1000, 1000.0

_PLAIN = (
    "operation_id",
    "neuron_id",
    "timestamp",
    "prev_timestamp",
    "is_merge",
    "min_distance",
    "species",
)
_LISTS = (
    "before_root_ids",
    "after_root_ids",
    "before_vertex_counts",
    "after_vertex_counts",
    "nearby_root_ids",
)
_REPAIR = "Write a list of edits with the fields of neuropil.proofreading.Edit."


@dataclass(frozen=True)
class Edit:
    """One edit of a segmentation: a join of objects, or a cut through one.

    Parameters
    ----------
    operation_id : int
        Its number in the log.
    neuron_id : int
        The object that its parts belong to in the end.
    timestamp : int
        When it was made; the objects before it exist until one step earlier.
    is_merge : bool
        Whether objects were joined, which mends a split error; otherwise one was cut.
    before_root_ids, after_root_ids : tuple of int
        Objects before and after, largest first.
    before_vertex_counts, after_vertex_counts : tuple of int
        Vertices of their meshes.
    interface_point : tuple of float
        Where the objects meet, along z, y and x [nm].
    min_distance : float
        Shortest distance between the objects [nm].
    species : str
        Such as ``mouse``.
    nearby_root_ids : tuple of int
        Objects in the window of the image around the interface point.
    smaller_extent : tuple of float
        Edges of the box around the smaller object after a cut, along z, y and x [nm].
    root_labels : mapping of int to tuple of int
        Labels of the segmentation that make up each object; an object without an entry is a label.
    """

    operation_id: int
    neuron_id: int
    timestamp: int
    is_merge: bool
    before_root_ids: tuple[int, ...]
    after_root_ids: tuple[int, ...]
    before_vertex_counts: tuple[int, ...]
    after_vertex_counts: tuple[int, ...]
    interface_point: Place
    min_distance: float = 0.0
    species: str = ""
    nearby_root_ids: tuple[int, ...] = ()
    smaller_extent: Place = (0.0, 0.0, 0.0)
    root_labels: Mapping[int, tuple[int, ...]] = field(default_factory=dict, compare=False)

    @property
    def prev_timestamp(self) -> int:
        """The step before it, at which its objects are shown."""
        return self.timestamp - 1

    def piece(self, root: int, center: Place | None = None) -> Piece:
        """Return an object as it is shown."""
        return Piece(tuple(self.root_labels.get(root, (root,))), center=center)

    def to_json(self) -> dict[str, Any]:
        """Return the edit as plain JSON values; places are written along x, y and z."""
        return {
            **{name: getattr(self, name) for name in _PLAIN},
            **{name: list(getattr(self, name)) for name in _LISTS},
            "interface_point": list(reversed(self.interface_point)),
            "smaller_extent": list(reversed(self.smaller_extent)),
            "root_labels": {str(root): list(some) for root, some in self.root_labels.items()},
        }

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Self:
        """Return the edit that :meth:`to_json` wrote."""
        return cls(
            record["operation_id"],
            record["neuron_id"],
            record["timestamp"],
            record["is_merge"],
            tuple(record["before_root_ids"]),
            tuple(record["after_root_ids"]),
            tuple(record["before_vertex_counts"]),
            tuple(record["after_vertex_counts"]),
            _turn(record["interface_point"]),
            record.get("min_distance", 0.0),
            record.get("species", ""),
            tuple(record.get("nearby_root_ids", ())),
            _turn(record.get("smaller_extent", (0.0, 0.0, 0.0))),
            {int(root): tuple(some) for root, some in record.get("root_labels", {}).items()},
        )


def read_edits(path: Path | str) -> list[Edit]:
    """Read a log of edits.

    Parameters
    ----------
    path : Path or str
        A JSON list of objects with the fields of :class:`Edit`; places along x, y and z, as
        connectome services give them.

    Returns
    -------
    list of Edit
        In the order of the file.

    Raises
    ------
    InputError
        When the file is no such list; the message names the edit and the field.
    """
    records = read_json(path, _REPAIR)
    if not isinstance(records, list):
        raise InputError(
            f"expected a list of edits, found {type(records).__name__}",
            where=str(path),
            repair=_REPAIR,
        )
    return [_read(record, f"{path}, edit {number + 1}") for number, record in enumerate(records)]


def write_edits(path: Path | str, edits: Sequence[Edit]) -> None:
    """Write a log of edits that :func:`read_edits` reads.

    Parameters
    ----------
    path : Path or str
        File to write.
    edits : sequence of Edit
        The edits.
    """
    write_json(path, [edit.to_json() for edit in edits])


def select_edits(edits: Sequence[Edit], fewest_vertices: int = _FEWEST_VERTICES) -> list[Edit]:
    """Keep edits that make fair questions.

    A join needs two objects or more before it, each with enough vertices, that lie within a
    micrometre. A cut needs two objects or more after it, of which a later edit uses one: who cuts
    something off to throw it away leaves no neuron behind.

    Parameters
    ----------
    edits : sequence of Edit
        All edits of the log.
    fewest_vertices : int
        Vertices that each object before a join has at least.

    Returns
    -------
    list of Edit
        Those that are left, in the order given.
    """
    last_use: dict[int, int] = {}
    for edit in edits:
        for root in edit.before_root_ids:
            last_use[root] = max(last_use.get(root, edit.timestamp), edit.timestamp)
    return [edit for edit in edits if _is_fair(edit, fewest_vertices, last_use)]


def make_edit_items(
    edits: Sequence[Edit],
    origin: str,
    seed: SeedTree,
    negatives: Literal["after", "final"] = "after",
) -> list[Item]:
    """Turn edits into questions: a yes and a no for each task, and a choice of the two.

    Joins give split errors. The base is drawn among the two largest objects before the join, so
    that its size tells nothing; the wrong candidate is drawn among the objects nearby that belong
    to another neuron. Cuts give merge errors at the place of the cut.

    Parameters
    ----------
    edits : sequence of Edit
        Edits that :func:`select_edits` kept.
    origin : str
        Name of the log.
    seed : SeedTree
        Bases, wrong candidates and the order of options.
    negatives : {"after", "final"}
        What is right where something was cut: the largest object after the cut, or the finished
        neuron, as in ConnectomeBench, whose size gives the answer away.

    Returns
    -------
    list of Item
        Binary and choice items of both kinds of errors, edit after edit; none is asked twice.
    """
    items: dict[str, Item] = {}
    for edit in edits:
        rng = seed.child(edit.operation_id).generator()
        found = (
            _of_join(edit, origin, rng) if edit.is_merge else _of_cut(edit, origin, rng, negatives)
        )
        # An edit that was undone and done again asks nothing new.
        if not items.keys() & {item.id for item in found}:
            items.update((item.id, item) for item in found)
    return list(items.values())


def _of_join(edit: Edit, origin: str, rng: np.random.Generator) -> list[Item]:
    ends = [edit.piece(edit.before_root_ids[k]) for k in rng.permutation(2)]
    base, right = ends
    own = {label for root in edit.before_root_ids for label in edit.piece(root).labels}
    own |= set(edit.piece(edit.neuron_id).labels)
    others = [edit.piece(root) for root in edit.nearby_root_ids]
    others = [other for other in others if not own & set(other.labels)]
    if not others:
        return []
    wrong = others[int(rng.integers(len(others)))]
    options = [right, wrong] if rng.integers(2) else [wrong, right]
    return [
        _item(edit, "split-error-binary", (base, right), "1", origin),
        _item(edit, "split-error-binary", (base, wrong), "-1", origin),
        _item(edit, "split-error-choice", (base, *options), _number(options, right), origin),
    ]


def _of_cut(
    edit: Edit, origin: str, rng: np.random.Generator, negatives: Literal["after", "final"]
) -> list[Item]:
    merged = edit.piece(edit.before_root_ids[0])
    right = edit.piece(edit.after_root_ids[0] if negatives == "after" else edit.neuron_id)
    options = [merged, right] if rng.integers(2) else [right, merged]
    return [
        _item(edit, "merge-error-binary", (merged,), "1", origin),
        _item(edit, "merge-error-binary", (right,), "-1", origin),
        _item(edit, "merge-error-choice", tuple(options), _number(options, merged), origin),
    ]


def _number(options: Sequence[Piece], right: Piece) -> str:
    return str(options.index(right) + 1)


def _item(edit: Edit, task: str, shown: tuple[Piece, ...], answer: str, origin: str) -> Item:
    width = SPLIT_HALF_WIDTH if edit.is_merge else merge_half_width(edit.smaller_extent)
    facts = {"operation": edit.operation_id, "neuron": edit.neuron_id}
    return Item(task, shown, edit.interface_point, width, answer, origin, facts=facts)


def _is_fair(edit: Edit, fewest_vertices: int, last_use: Mapping[int, int]) -> bool:
    if edit.is_merge:
        enough = min(edit.before_vertex_counts, default=0) >= fewest_vertices
        return len(edit.before_root_ids) > 1 and enough and edit.min_distance <= _FARTHEST
    later = [last_use.get(root, edit.timestamp) > edit.timestamp for root in edit.after_root_ids]
    return len(edit.after_root_ids) > 1 and any(later)


def _read(record: object, where: str) -> Edit:
    if not isinstance(record, dict):
        raise InputError(
            f"expected an object with fields, found {type(record).__name__}",
            where=where,
            repair=_REPAIR,
        )
    try:
        return Edit.from_json(record)
    except KeyError as error:
        raise InputError(
            f"expected the field {error.args[0]!r}, found none", where=where, repair=_REPAIR
        ) from error
    except (TypeError, ValueError, AttributeError) as error:
        raise InputError(
            f"expected lists of whole numbers and places of three numbers ({error})",
            where=where,
            repair=_REPAIR,
        ) from error


def _turn(place: Sequence[float]) -> Place:
    x, y, z = (float(along) for along in place)
    return z, y, x
