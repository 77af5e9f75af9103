"""Finished pieces of an analysis in a folder: what is there is not computed again."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from neuropil.contracts import Advance, atomic_write, side_by_side

__all__ = ["Checkpoints"]

Call = tuple[Callable[..., np.ndarray], tuple[Any, ...]]


@dataclass(frozen=True)
class Checkpoints:
    """Where finished pieces are kept.

    Parameters
    ----------
    folder : Path, optional
        One file for each piece; a run folder's checkpoint, which is tied to one study, seed and
        settings. None keeps nothing.
    """

    folder: Path | None = None

    def within(self, name: str) -> Checkpoints:
        """Return the place for the pieces of one part of the analysis.

        Parameters
        ----------
        name : str
            Its name, such as that of a model.
        """
        # A plus is no letter that every file system and archive program keeps.
        part = name.replace("+", "_and_")
        return self if self.folder is None else Checkpoints(self.folder / part)

    def find_arrays(
        self, n: int, build: Callable[[Sequence[int]], Sequence[Call]], jobs: int, advance: Advance
    ) -> list[np.ndarray]:
        """Return one array for each of n calls, of which only the missing ones are made.

        Parameters
        ----------
        n : int
            Number of calls.
        build : callable
            Makes the calls of some numbers, each a module's function and its arguments.
        jobs : int
            Calls at a time, each in a process of its own.
        advance : Advance
            Told the number of rows of each array.

        Returns
        -------
        list of ndarray
            In the order of the calls.
        """
        found = {number: self.read(f"{number}", "values") for number in range(n)}
        missing = [number for number, kept in found.items() if kept is None]
        for kept in found.values():
            if kept is not None:
                advance(len(kept["values"]))
        calls = [
            (_call_and_keep, (call, self, f"{number}"))
            for number, call in zip(missing, build(missing) if missing else (), strict=True)
        ]
        arrays = {number: kept["values"] for number, kept in found.items() if kept is not None}
        for number, values in zip(missing, side_by_side(calls, jobs), strict=True):
            arrays[number] = values
            advance(len(values))
        return [arrays[number] for number in range(n)]

    def read(self, piece: str, *needed: str) -> dict[str, np.ndarray] | None:
        """Read the arrays of a piece.

        Parameters
        ----------
        piece : str
            Its name.
        *needed : str
            Names of the arrays.

        Returns
        -------
        dict of str to ndarray, optional
            None where it is not finished, or its file was damaged by a crash of the machine: it
            is then made again.
        """
        if self.folder is None or not self._path(piece).is_file():
            return None
        try:
            # Opened here, because NumPy leaves the file open when it finds it damaged.
            with (
                self._path(piece).open("rb") as handle,
                np.load(handle, allow_pickle=False) as archive,
            ):
                return {name: archive[name] for name in needed}
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            return None

    def write(self, piece: str, arrays: dict[str, np.ndarray]) -> None:
        """Keep the arrays of a piece; a file is whole or absent.

        Parameters
        ----------
        piece : str
            Its name.
        arrays : dict of str to ndarray
            Numbers and text.
        """
        if self.folder is None:
            return
        with atomic_write(self._path(piece)) as temporary, temporary.open("wb") as handle:
            np.savez(handle, allow_pickle=False, **arrays)

    def _path(self, piece: str) -> Path:
        assert self.folder is not None
        return self.folder / f"{piece}.npz"


def _call_and_keep(call: Call, checkpoints: Checkpoints, piece: str) -> np.ndarray:
    function, arguments = call
    values = function(*arguments)
    checkpoints.write(piece, {"values": values})
    return values
