"""Fits of one connectome under several seeds, and what is found on them: made once, and kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from neuropil.circuits.claims.pieces import fit_seed
from neuropil.circuits.config import HeadDirectionConfig
from neuropil.circuits.data import Circuit, build_circuit
from neuropil.circuits.score import groups_met
from neuropil.connectome import Connectome
from neuropil.contracts import SeedTree
from neuropil.learning import Task, TaskBook

__all__ = ["NEEDED", "KeptFits"]

NEEDED = ("4", "5", "6", "7")
"""Groups of targets that a seed must meet for target 9."""


@dataclass(frozen=True)
class KeptFits:
    """Fits of one connectome under several seeds.

    Parameters
    ----------
    connectome : Connectome
        The wiring.
    config : HeadDirectionConfig
        Settings; ``data`` names the same wiring.
    seed : SeedTree
        The first seed; the others follow it.
    n_seeds : int
        Number of seeds.
    book : TaskBook
        Does the work, and keeps it.
    """

    connectome: Connectome
    config: HeadDirectionConfig
    seed: SeedTree
    n_seeds: int
    book: TaskBook

    @cached_property
    def circuit(self) -> Circuit:
        """Arrays of the wiring."""
        return build_circuit(self.connectome, self.config.readout, self.config.velocity)

    @property
    def kind(self) -> str:
        """What tells apart the pieces of two connectomes."""
        return "synthetic" if self.connectome.source.synthetic else "measured"

    def numbers(self, n: int | None = None) -> list[int]:
        """Return the first ``n`` seeds; all when ``n`` is not given."""
        return [self.seed.root + index for index in range(min(n or self.n_seeds, self.n_seeds))]

    @cached_property
    def fits(self) -> list[dict[str, Any]]:
        """What :func:`fit_seed` found, for each seed."""
        return self._fit(None)

    def values(self, name: str) -> list[float]:
        """Return one criterion of each seed."""
        return [fit["values"][name] for fit in self.fits]

    @cached_property
    def good(self) -> int:
        """Seeds that meet 4 to 7."""
        met = [groups_met(fit["values"]) for fit in self.fits]
        return sum(all(groups[group] for group in NEEDED) for groups in met)

    def pieces(
        self,
        kind: str,
        function: Callable[..., Any],
        n: int | None = None,
        *more: Any,  # noqa: ANN401
    ) -> list[Any]:
        """Return what a function of :mod:`neuropil.circuits.claims.pieces` finds on each kept fit.

        Parameters
        ----------
        kind : str
            Name of the pieces.
        function : callable
            Takes the settings, the seed, the folder of its model, and ``more``.
        n : int, optional
            Number of seeds, all when not given.
        *more
            Further arguments.
        """
        self._fit(n)
        return self._work(kind, kind, function, n, *more)

    def _fit(self, n: int | None) -> list[dict[str, Any]]:
        return self._work("fit", f"fitting {self.kind} wiring", fit_seed, n)

    def _work(
        self,
        name: str,
        label: str,
        function: Callable[..., Any],
        n: int | None,
        *more: Any,  # noqa: ANN401
    ) -> list[Any]:
        tasks = [
            Task(
                f"{name}-{self.kind}-{number}",
                function,
                (self.config, number, self._model_folder(number), *more),
            )
            for number in self.numbers(n)
        ]
        return self.book.results(label, tasks)

    def _model_folder(self, number: int) -> Path:
        return self.book.folder / f"model-{self.kind}-{number}"
