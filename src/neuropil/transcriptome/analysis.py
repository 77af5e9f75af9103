"""One analysis: models on splits, null maps, and the genes that matter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import polars as pl

from neuropil.connectome import GeneAtlas
from neuropil.contracts import InputError, Progress, SeedTree, usable_processors
from neuropil.learning import Listener
from neuropil.transcriptome.catalogue import Context, ModelEntry, find_models
from neuropil.transcriptome.checkpoints import Checkpoints
from neuropil.transcriptome.config import TranscriptomeConfig
from neuropil.transcriptome.data import PairProblem, build_problem
from neuropil.transcriptome.evaluation import Evaluation, evaluate_model, evaluate_network
from neuropil.transcriptome.importance import Shuffling, rank_blocks
from neuropil.transcriptome.models.base import PairModel
from neuropil.transcriptome.models.network_fit import NetworkModel
from neuropil.transcriptome.nulls import NullMaps, draw_null_maps, retrain_on_nulls
from neuropil.transcriptome.splits import InnerKind, Split, SplitKind, make_splits

__all__ = [
    "ALWAYS",
    "BASE",
    "BOTH",
    "NULL_MODELS",
    "Analysis",
    "NullScores",
    "analyse",
    "check_analysis",
    "contexts_of",
    "evaluate_entry",
    "rank_genes",
]

BASE, BOTH = "coordinates", "genes+coordinates"
"""The coordinate learner, and genes beside it."""
NULL_MODELS = ("genes", BOTH)
"""Models that are trained again on null maps."""
ALWAYS = ("genes", BASE, BOTH)
"""Models that every analysis has, since the gains are made of them."""
# The null of the genes pools all blocks of a level, so that few maps give many values; their number
# is part of the row that card.md quotes ("20 spun maps").
_MAPS_FOR_GENES = 20
_SPINS_FOR_GENES = 1000  # spins of which those maps are the best; not tuned
_MOST_PROCESSES = 8  # each holds a copy of the data; not tuned


@dataclass(frozen=True, eq=False)
class NullScores:
    """A model's r on its runs under null maps, beside the same on the data.

    Parameters
    ----------
    true : (n_runs,) array
        On the data.
    null : (m, n_runs) array
        On each null map, the one that keeps most smoothness first.
    """

    true: np.ndarray
    null: np.ndarray

    @property
    def gain(self) -> float:
        """Mean r on the data minus mean r under the nulls."""
        return float(self.true.mean() - self.null.mean())


@dataclass(frozen=True, eq=False)
class Analysis:
    """What was measured.

    Parameters
    ----------
    problem : PairProblem
        Data.
    evaluations : dict
        Evaluation by kind of split and name of model.
    null_maps : NullMaps or None
        Drawn spins.
    nulls : dict
        Null scores by kind of split and name of model, on the runs of the first seed.
    genes : pl.DataFrame or None
        Ranking of genes.
    notes : tuple of str
        What a reader should know.
    """

    problem: PairProblem
    evaluations: Mapping[tuple[str, str], Evaluation]
    null_maps: NullMaps | None
    nulls: Mapping[tuple[str, str], NullScores]
    genes: pl.DataFrame | None
    notes: tuple[str, ...] = ()


def contexts_of(
    kind: SplitKind, problem: PairProblem, config: TranscriptomeConfig, seeds: Sequence[int]
) -> list[Context]:
    """Return what models are built from, for each run of some seeds.

    Parameters
    ----------
    kind : {"random", "spatial", "network", "hemisphere"}
        Kind of split.
    problem : PairProblem
        Data.
    config : TranscriptomeConfig
        Inner splits and networks.
    seeds : sequence of int
        Seeds of the splits.
    """
    automatic: InnerKind = "random" if kind == "random" else "spatial"
    inner = automatic if config.inner == "auto" else config.inner
    return [
        Context(split, problem.regions, inner, config.network)
        for seed in (seeds[:1] if kind == "hemisphere" else seeds)
        for split in make_splits(kind, problem.regions, seed)
    ]


def evaluate_entry(
    entry: ModelEntry,
    problem: PairProblem,
    contexts: Sequence[Context],
    *,
    jobs: int = 1,
    progress: Progress | None = None,
    checkpoints: Checkpoints | None = None,
) -> Evaluation:
    """Fit and score a model of the catalogue on some runs.

    Parameters
    ----------
    entry : ModelEntry
        The model.
    problem : PairProblem
        Data.
    contexts : sequence of Context
        One for each run.
    jobs : int
        Processes for closed-form models; networks train in this one.
    progress : Progress, optional
        Told after each run.
    checkpoints : Checkpoints, optional
        Keeps each run, and has those that were finished before.
    """
    splits = [context.split for context in contexts]
    if entry.network:
        models = [cast(NetworkModel, entry.build(context)) for context in contexts]
        listener = Listener(progress) if progress is not None else None
        return evaluate_network(entry.name, models, problem, splits, listener, checkpoints)
    by_run = {id(context.split): context for context in contexts}

    def build(split: Split) -> PairModel:
        return entry.build(by_run[id(split)])

    return evaluate_model(
        entry.name, build, problem, splits, jobs=jobs, progress=progress, checkpoints=checkpoints
    )


def check_analysis(atlas: GeneAtlas, config: TranscriptomeConfig) -> None:
    """Refuse settings that an atlas rules out, before anything is computed.

    Parameters
    ----------
    atlas : GeneAtlas
        The data.
    config : TranscriptomeConfig
        Settings.

    Raises
    ------
    ConfigError
        When a model is unknown.
    InputError
        When there is no such target, a split cannot be made, or a network lacks what it sees.
    """
    entries = find_models(config.models)
    problem = build_problem(atlas, config.target, config.genes)
    first = [contexts_of(kind, problem, config, config.seeds[:1])[0] for kind in config.split]
    for model in (entry.build(first[0]) for entry in entries):
        if isinstance(model, NetworkModel):
            model.inputs_of(problem.regions)


def analyse(
    atlas: GeneAtlas,
    config: TranscriptomeConfig,
    seed: SeedTree,
    progress: Progress,
    checkpoints: Checkpoints | None = None,
) -> Analysis:
    """Evaluate the models, train some again on null maps, and rank the genes.

    Parameters
    ----------
    atlas : GeneAtlas
        The data.
    config : TranscriptomeConfig
        Settings, which name what is predicted.
    seed : SeedTree
        Source of null maps and shuffles; splits have seeds of their own.
    progress : Progress
        Told about every step.
    checkpoints : Checkpoints, optional
        Keeps finished pieces: runs of a model, batches of null maps, maps of the genes.
    """
    kept = checkpoints or Checkpoints()
    problem = build_problem(atlas, config.target, config.genes)
    entries = find_models([*config.models, *ALWAYS])
    jobs = min(usable_processors(), _MOST_PROCESSES)
    evaluations: dict[tuple[str, str], Evaluation] = {}
    nulls: dict[tuple[str, str], NullScores] = {}
    maps = None
    if config.nulls:
        maps = draw_null_maps(problem, config.spin, seed, progress)
    for kind in config.split:
        contexts = contexts_of(kind, problem, config, config.seeds)
        for entry in entries:
            evaluations[kind, entry.name] = evaluate_entry(
                entry,
                problem,
                contexts,
                jobs=jobs,
                progress=progress,
                checkpoints=kept.within(f"runs-{kind}-{entry.name}"),
            )
        if maps is None:
            continue
        first = [each for each in contexts if each.split.seed == config.seeds[0]]
        for entry in entries:
            if entry.name in NULL_MODELS:
                scores = retrain_on_nulls(
                    entry,
                    problem,
                    first,
                    maps.best(config.nulls),
                    jobs=jobs,
                    progress=progress,
                    checkpoints=kept.within(f"nulls-{kind}-{entry.name}"),
                )
                true = evaluations[kind, entry.name].values()[: len(first)]
                nulls[kind, entry.name] = NullScores(true, scores)
    genes, notes = rank_genes(atlas, problem, config, seed, progress, kept.within("genes"))
    return Analysis(problem, evaluations, maps, nulls, genes, notes)


def rank_genes(
    atlas: GeneAtlas,
    problem: PairProblem,
    config: TranscriptomeConfig,
    seed: SeedTree,
    progress: Progress,
    checkpoints: Checkpoints | None = None,
) -> tuple[pl.DataFrame | None, tuple[str, ...]]:
    """Rank the genes of the table, on the regions that have expression.

    Parameters
    ----------
    atlas : GeneAtlas
        Where the table comes from.
    problem : PairProblem
        Names the target.
    config : TranscriptomeConfig
        Repeats, splits and spins.
    seed : SeedTree
        Source of spins and shuffles.
    progress : Progress
        Told about every map.
    checkpoints : Checkpoints, optional
        Keeps each map.

    Returns
    -------
    genes : pl.DataFrame or None
        The ranking; None where it was not asked for or there is no table.
    notes : tuple of str
        Why there is none, or on which regions it rests.
    """
    if not config.importance:
        return None, ()
    try:
        tabled = build_problem(atlas, problem.target, "expression")
    except InputError as error:
        return None, (f"Genes were not ranked: {error.what}.",)
    kind = config.split[-1]
    splits = make_splits(kind, tabled.regions, config.seeds[0])
    permutations = np.empty((0, tabled.n), dtype=np.int64)
    if config.nulls:
        plan = config.spin.model_copy(update={"spins": min(config.spin.spins, _SPINS_FOR_GENES)})
        maps = draw_null_maps(tabled, plan, seed.child("genes"), progress)
        permutations = maps.best(min(_MAPS_FOR_GENES, config.nulls))
    genes = rank_blocks(
        Shuffling(tabled, tuple(splits), permutations, seed.child("importance"), config.importance),
        min(usable_processors(), _MOST_PROCESSES),
        progress,
        checkpoints,
    )
    note = (
        f"Genes are ranked on the {tabled.n} regions of the table of {atlas.n_genes} genes, "
        f"{kind} splits of seed {config.seeds[0]}."
    )
    return genes, (note,)
