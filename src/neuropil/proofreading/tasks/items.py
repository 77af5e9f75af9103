"""Question items: what is shown, where, and which answer is right."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt

__all__ = ["TASKS", "Item", "Part", "Piece"]

TASKS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "segment-type": tuple("abcdefg"),
        "split-error-binary": ("1", "-1"),
        "split-error-choice": ("1", "2", "-1"),
        "merge-error-binary": ("1", "-1"),
        "merge-error-choice": ("1", "2", "-1"),
    }
)
"""Allowed answers of each task; -1 says no, or none of what is shown."""

Part = Literal["train", "validation", "test"]


@dataclass(frozen=True)
class Piece:
    """An object that is shown: labels of a segmentation, in a range of sections where cut.

    Parameters
    ----------
    labels : tuple of int
        Labels whose voxels it has.
    sections : tuple of int, optional
        First section, and the one after the last; all when not given.
    center : tuple of float, optional
        Middle of the box in which it is shown, along z, y and x [nm], where that is not the item's:
        the two segments of a choice may lie in different places.
    """

    labels: tuple[int, ...]
    sections: tuple[int, int] | None = None
    center: tuple[float, float, float] | None = None

    def mask(self, labels: npt.NDArray[np.integer[Any]], first: int = 0) -> npt.NDArray[np.bool_]:
        """Find the voxels of the object.

        Parameters
        ----------
        labels : (nz, ny, nx) integer array
            A part of the segmentation.
        first : int
            Section of the volume with which that part begins.

        Returns
        -------
        (nz, ny, nx) bool array
            True inside the object.
        """
        inside = np.isin(labels, self.labels)
        if self.sections is not None:
            z = first + np.arange(len(labels))
            inside &= ((z >= self.sections[0]) & (z < self.sections[1]))[:, None, None]
        return inside

    def content(self) -> list[Any]:
        """Return what tells it from other objects."""
        place = [] if self.center is None else [[round(along, 3) for along in self.center]]
        return [self.labels, self.sections, *place]

    def to_json(self) -> dict[str, Any]:
        """Return the object as plain JSON values."""
        place = {} if self.center is None else {"center_nm": list(self.center)}
        return {"labels": list(self.labels), "sections": self.sections, **place}

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Self:
        """Return the object that :meth:`to_json` wrote."""
        sections, center = record["sections"], record.get("center_nm")
        return cls(
            tuple(record["labels"]),
            None if sections is None else tuple(sections),
            None if center is None else tuple(center),
        )


@dataclass(frozen=True)
class Item:
    """One question about a segmentation.

    Parameters
    ----------
    task : str
        One of :data:`TASKS`.
    shown : tuple of Piece
        The objects in order: the base and its candidates, or the segments that are judged.
    center : tuple of float
        Middle of the box that is shown, along z, y and x [nm from the corner of the volume].
    half_width : float
        Half the edge of that box [nm]; infinite where whole segments are shown.
    answer : str
        The right answer.
    origin : str
        Which segmentation and which generator it comes from.
    part : {"train", "validation", "test"}
        What it may be used for.
    facts : mapping
        What is known of it and not shown, such as its gap [nm] or its sizes [voxels].
    """

    task: str
    shown: tuple[Piece, ...]
    center: tuple[float, float, float]
    half_width: float
    answer: str
    origin: str
    part: Part = "test"
    facts: Mapping[str, Any] = field(default_factory=dict, compare=False)

    @property
    def id(self) -> str:
        """Name that depends on what is asked alone, so that it is the same wherever it is built."""
        content = [
            self.task,
            self.origin,
            [piece.content() for piece in self.shown],
            [round(place, 3) for place in self.center],
            self.half_width,
        ]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:16]

    def to_json(self) -> dict[str, Any]:
        """Return the item as plain JSON values, its id among them."""
        return {
            "id": self.id,
            "task": self.task,
            "shown": [piece.to_json() for piece in self.shown],
            "center_nm": list(self.center),
            "half_width_nm": None if np.isinf(self.half_width) else self.half_width,
            "answer": self.answer,
            "origin": self.origin,
            "part": self.part,
            "facts": dict(self.facts),
        }

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Self:
        """Return the item that :meth:`to_json` wrote."""
        shown = tuple(Piece.from_json(one) for one in record["shown"])
        z, y, x = record["center_nm"]
        width = record["half_width_nm"]
        return cls(
            record["task"],
            shown,
            (z, y, x),
            np.inf if width is None else width,
            record["answer"],
            record["origin"],
            record["part"],
            record["facts"],
        )
