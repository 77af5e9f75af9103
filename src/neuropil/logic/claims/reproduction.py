"""The protocol of the study's targets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from neuropil.contracts import Reproduction, SeedTree, Target
from neuropil.learning import TaskBook
from neuropil.logic.claims.measured import ROWS
from neuropil.logic.claims.pieces import KeptModels
from neuropil.logic.config import EMBEDDED, REAL

__all__ = ["reproduce_targets"]

_DATA = {"7": "none", "9-256000": "none"}


def reproduce_targets(
    targets: Sequence[Target], seed: SeedTree, book: TaskBook, *, fast: bool
) -> list[Reproduction]:
    """Measure the given targets and return one row each.

    Parameters
    ----------
    targets : sequence of Target
        What to measure.
    seed : SeedTree
        The first seed; the others follow it.
    book : TaskBook
        Does the pieces, and keeps them.
    fast : bool
        Whether to measure small networks on embedded data.
    """
    kept = KeptModels(seed, book, fast)
    rows = []
    for target in targets:
        row = ROWS[target.id](target, kept)
        if row.passed is not None:
            group = target.id.partition("-")[0]
            data = EMBEDDED if fast else row.data or _DATA.get(target.id, _DATA.get(group, REAL))
            command = f"neuropil reproduce logic --target {target.id} --seed {seed.root}"
            row = replace(row, data=data, command=command)
        rows.append(row)
    return rows
