"""The protocol of the study's targets."""

from __future__ import annotations

from collections.abc import Sequence

from neuropil.contracts import Reproduction, SeedTree, Target
from neuropil.learning import TaskBook
from neuropil.transcriptome.claims.measured import ROWS, Protocol
from neuropil.transcriptome.config import SYNTHETIC, TranscriptomeConfig, load_atlas

__all__ = ["reproduce_targets"]

_NULLS = 1000


def reproduce_targets(
    config: TranscriptomeConfig,
    targets: Sequence[Target],
    seed: SeedTree,
    book: TaskBook,
    *,
    fast: bool,
) -> list[Reproduction]:
    """Measure the given targets and return one row each.

    Parameters
    ----------
    config : TranscriptomeConfig
        Settings.
    targets : sequence of Target
        What to measure.
    seed : SeedTree
        Named in the commands; splits and null maps of the protocol have seeds of their own.
    book : TaskBook
        Does the pieces, and keeps them.
    fast : bool
        Whether embedded data and few nulls are used, as a check that the protocol runs.
    """
    atlas, note = load_atlas(config)
    chosen = config if fast else config.model_copy(update={"nulls": _NULLS})
    if atlas.source.synthetic and chosen.data is None:
        chosen = chosen.model_copy(update={"data": SYNTHETIC})
    protocol = Protocol(chosen, book, fast)
    return [
        _complete(ROWS[target.id](target, protocol), atlas.source.name, note, seed)
        for target in targets
    ]


def _complete(row: Reproduction, data: str, note: str, seed: SeedTree) -> Reproduction:
    if row.passed is None:
        return row
    command = f"neuropil reproduce transcriptome --target {row.target.id} --seed {seed.root}"
    used = SYNTHETIC if row.target.id.startswith("w-") else data
    notes = " ".join(part for part in (row.note, note) if part)
    return Reproduction(
        row.target, row.value, row.low, row.high, row.n, row.passed, used, command, notes
    )
