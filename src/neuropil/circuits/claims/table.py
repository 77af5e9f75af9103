"""The protocol of the study's targets, over seeds."""

from __future__ import annotations

from collections.abc import Sequence

from neuropil.circuits.claims.experiments import EXPERIMENT_ROWS
from neuropil.circuits.claims.fits import FIT_ROWS, measure_criterion
from neuropil.circuits.claims.kept_fits import KeptFits
from neuropil.circuits.config import SYNTHETIC, HeadDirectionConfig, load_default
from neuropil.circuits.criteria import GROUPS
from neuropil.contracts import Reproduction, SeedTree, Target
from neuropil.learning import TaskBook

__all__ = ["reproduce_targets"]


def reproduce_targets(
    config: HeadDirectionConfig,
    targets: Sequence[Target],
    seed: SeedTree,
    book: TaskBook,
    *,
    n_seeds: int,
) -> list[Reproduction]:
    """Measure the given targets and return one row each.

    Parameters
    ----------
    config : HeadDirectionConfig
        Settings; ``data`` names the connectome of all rows but B5.
    targets : sequence of Target
        What to measure.
    seed : SeedTree
        The first seed; the others follow it.
    book : TaskBook
        Does the pieces, and keeps them.
    n_seeds : int
        Number of seeds.
    """
    connectome, note = load_default(config.data)
    real = KeptFits(connectome, config, seed, n_seeds, book)

    def synthetic() -> KeptFits:
        if connectome.source.name == SYNTHETIC:
            return real
        generated = config.model_copy(update={"data": SYNTHETIC})
        return KeptFits(load_default(SYNTHETIC)[0], generated, seed, n_seeds, book)

    rows = []
    for target in targets:
        seeds = synthetic() if target.id == "B5" else real
        measured = _measure(target, seeds)
        rows.append(_complete(measured, seeds, note))
    return rows


def _measure(target: Target, seeds: KeptFits) -> Reproduction:
    group, _, name = target.id.partition("-")
    if group in GROUPS:
        return measure_criterion(target, seeds, name)
    return {**FIT_ROWS, **EXPERIMENT_ROWS}[target.id](target, seeds)


def _complete(row: Reproduction, seeds: KeptFits, note: str) -> Reproduction:
    if row.passed is None:
        return row
    command = f"neuropil reproduce head-direction --target {row.target.id} --seed {seeds.seed.root}"
    notes = " ".join(part for part in (row.note, note) if part)
    return Reproduction(
        row.target,
        row.value,
        row.low,
        row.high,
        row.n,
        row.passed,
        seeds.connectome.source.name,
        command,
        notes,
    )
