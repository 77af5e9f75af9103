"""Where claims are measured: settings, data, seeds, and the cached pieces of work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from neuropil.contracts.claims import Finding
from neuropil.contracts.pieces import Piece, PieceCache
from neuropil.contracts.progress import Progress
from neuropil.contracts.seeds import SeedTree

__all__ = ["Workbench", "needs_measured"]

Config = TypeVar("Config")
Data = TypeVar("Data")


@dataclass(frozen=True)
class Workbench(Generic[Config, Data]):
    """What the claims of one study share while they are measured.

    Parameters
    ----------
    config : Settings
        Settings of the study: its defaults, or its fast ones.
    data : object
        What ``Study.load`` returned for them.
    seed : SeedTree
        Root of every random draw.
    pieces : PieceCache
        Does pieces of work side by side, and caches them.
    fast : bool
        Whether this is a check that the claims can be measured: embedded data, one seed.
    """

    config: Config
    data: Data
    seed: SeedTree
    pieces: PieceCache
    fast: bool = False

    @property
    def folder(self) -> Path:
        """Folder of cached work; fitted models may be put there too."""
        return self.pieces.folder

    @property
    def progress(self) -> Progress:
        """Told how far the work is."""
        return self.pieces.progress

    def seeds(self, n: int) -> list[int]:
        """Return ``n`` seeds, the root first; only the root in a fast check."""
        # Consecutive, so that a reader can repeat one fit with --seed.
        return [self.seed.root + index for index in range(1 if self.fast else n)]

    def do(self, name: str, function: Callable[..., Any], *arguments: Any) -> Any:  # noqa: ANN401
        """Return what one piece of work gives; it is done only once.

        Parameters
        ----------
        name : str
            Name of the piece, one for each choice of function and arguments.
        function : callable
            As in :class:`~neuropil.contracts.Piece`.
        *arguments
            What it is called with.
        """
        [found] = self.pieces.results(name, [Piece(name, function, arguments)])
        return found

    def do_all(self, label: str, pieces: list[Piece]) -> list[Any]:
        """Return what several pieces of work give, side by side; each is done only once.

        Parameters
        ----------
        label : str
            Name shown with the progress.
        pieces : list of Piece
            Work with unique names.
        """
        return self.pieces.results(label, pieces)


Measure = Callable[[Any], Finding]


def needs_measured(reason: str) -> Callable[[Measure], Measure]:
    """Make claims that are measured on measured data alone, and not run on generated ones.

    Parameters
    ----------
    reason : str
        Why a claim was not run, for the row that says so.

    Returns
    -------
    callable
        Takes how a claim is measured from a bench, and returns the same for measured data.
    """

    def only(measure: Measure) -> Measure:
        """Return how a claim is measured on measured data, and not run on others.

        Parameters
        ----------
        measure : callable
            How.
        """

        def find(bench: Workbench[Any, Any]) -> Finding:
            return Finding.not_run(reason) if bench.data.source.synthetic else measure(bench)

        return find

    return only
