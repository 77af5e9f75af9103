"""Pieces of work behind the claims: plain settings in, JSON values out, each done once.

Each takes settings that name data, seeds and nulls, and where it needs them a kind of split and
the name of a model of the catalogue.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from neuropil.contracts import SeedTree
from neuropil.datasets import generate_gene_atlas
from neuropil.transcriptome.analysis import (
    BASE,
    BOTH,
    contexts_of,
    evaluate_entry,
)
from neuropil.transcriptome.catalogue import CATALOGUE, Context, ModelEntry
from neuropil.transcriptome.config import TranscriptomeConfig, load_atlas
from neuropil.transcriptome.data import PairProblem, build_problem
from neuropil.transcriptome.evaluation import (
    Evaluation,
    draw_means,
    interval_of,
    interval_of_means,
    measure_gain,
)
from neuropil.transcriptome.models.base import PairModel
from neuropil.transcriptome.models.spatiomolecular_transformer import SpatiomolecularTransformer
from neuropil.transcriptome.nulls import draw_null_maps, retrain_on_nulls
from neuropil.transcriptome.splits import SplitKind

__all__ = [
    "NETWORKS",
    "evaluate_world",
    "join_seeds",
    "load_problem",
    "score_best_spins",
    "score_minimal_file",
    "score_model",
    "score_network",
    "score_nulls",
    "score_pair",
    "time_fits",
    "time_spins",
]


def _transformer(**settings: Any) -> Callable[[Context], PairModel]:  # noqa: ANN401
    def build(context: Context) -> PairModel:
        plan, run = context.network, context.split.run
        return SpatiomolecularTransformer(**settings, plan=plan, random_state=run)

    return build


NETWORKS: Mapping[str, Callable[[Context], PairModel]] = MappingProxyType(
    {
        "mlp": CATALOGUE["mlp"].build,
        "smt": CATALOGUE["smt"].build,
        "cls": _transformer(with_cls=True, token_size=60),
        "no-alibi": _transformer(slopes="none"),
        "token-20": _transformer(token_size=20),
    }
)
"""The networks of the protocol: the MLP, the transformer and its ablations."""


def load_problem(config: TranscriptomeConfig) -> PairProblem:
    """Load the data of some settings."""
    return build_problem(load_atlas(config).data, config.target, config.genes)


def score_model(config: TranscriptomeConfig, kind: SplitKind, model: str) -> dict[str, Any]:
    """Evaluate a model of the catalogue on all runs."""
    problem = load_problem(config)
    contexts = contexts_of(kind, problem, config, config.seeds)
    return _record(evaluate_entry(CATALOGUE[model], problem, contexts))


def score_minimal_file(config: TranscriptomeConfig, path: str) -> float | None:
    """Write a file with the needed arrays alone, read it, and score the gene kernel."""
    atlas = load_atlas(config).data
    chosen = atlas.select(atlas.expressed(), "without expression")
    name = next(each for each in ("FC-ENIGMA", "FC") if each in chosen.matrices)
    np.savez(
        path,
        expr=chosen.expression,
        genes=np.array(chosen.genes["symbol"].to_list()),
        regions=np.array(chosen.region_names),
        coords_mni=chosen.coordinates,
        fc_enigma=chosen.matrix(name),
    )
    runs = score_model(TranscriptomeConfig(data=path, seeds=(1,)), "random", "genes")["r"]
    return None if None in runs else float(np.mean(runs))


def score_pair(config: TranscriptomeConfig, kind: SplitKind) -> dict[str, Any]:
    """Evaluate the coordinate learner and genes beside it, and compare them run by run."""
    problem = load_problem(config)
    contexts = contexts_of(kind, problem, config, config.seeds)
    base, both = (evaluate_entry(CATALOGUE[name], problem, contexts) for name in (BASE, BOTH))
    gain = measure_gain(both, base, 0)
    return {
        BASE: _record(base),
        BOTH: _record(both),
        "gain": [gain.mean, gain.low, gain.high],
        "deviation": gain.deviation,
    }


def score_best_spins(config: TranscriptomeConfig, kind: SplitKind, model: str) -> dict[str, Any]:
    """Train a model on the ten best spins, one for each seed, as the published protocol does."""
    problem = load_problem(config)
    maps = draw_null_maps(problem, config.spin, SeedTree(0))
    entry = CATALOGUE[model]
    true, null = [], []
    for seed, permutation in zip(config.seeds, maps.best(len(config.seeds)), strict=True):
        contexts = contexts_of(kind, problem, config, [seed])
        true += evaluate_entry(entry, problem, contexts).values().tolist()
        null += retrain_on_nulls(entry, problem, contexts, permutation[None])[0].tolist()
    return {
        "true": true,
        "null": null,
        "points": maps.null.points,
        "lengths": [maps.best_length, maps.median_length, maps.ranking.true_length],
    }


def score_nulls(config: TranscriptomeConfig, kind: SplitKind, model: str) -> dict[str, Any]:
    """Train a model on many null maps, on the runs of the first seed."""
    problem = load_problem(config)
    maps = draw_null_maps(problem, config.spin, SeedTree(0))
    contexts = contexts_of(kind, problem, config, config.seeds[:1])
    entry = CATALOGUE[model]
    true = evaluate_entry(entry, problem, contexts).values()
    null = retrain_on_nulls(entry, problem, contexts, maps.best(config.nulls))
    base = evaluate_entry(CATALOGUE[BASE], problem, contexts).values()
    return {"true": true.tolist(), "null": null.mean(axis=1).tolist(), "base": base.tolist()}


def score_network(config: TranscriptomeConfig, name: str, seed: int) -> dict[str, Any]:
    """Train a network on the random folds of one seed.

    Parameters
    ----------
    config : TranscriptomeConfig
        Data and training.
    name : str
        One of :data:`NETWORKS`.
    seed : int
        Seed of the splits.

    Returns
    -------
    dict
        Scores of the four folds; ``drawn``: their mean r on each resample of the regions; and
        ``seconds``: processor time of the four folds, compilation included.
    """
    problem = load_problem(config)
    contexts = contexts_of("random", problem, config, [seed])
    entry = ModelEntry(name, name, "genes", NETWORKS[name], network=True)
    begin = time.process_time()
    evaluation = evaluate_entry(entry, problem, contexts)
    return {
        "seconds": time.process_time() - begin,
        "r": evaluation.values().tolist(),
        "drawn": draw_means(evaluation, 0).tolist(),
        "regions": problem.n,
    }


def join_seeds(records: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the record of a network over seeds.

    Parameters
    ----------
    records : sequence of dict
        What :func:`score_network` returned, each with its own seed.

    Returns
    -------
    dict
        ``r`` of all runs, the interval ``low`` to ``high`` of their mean over resampled regions,
        ``regions``, and ``seconds`` of a run.
    """
    drawn = np.array([record["drawn"] for record in records], dtype=float)
    means = drawn.mean(axis=0)
    low, high = interval_of_means(means)
    runs = [value for record in records for value in record["r"]]
    seconds = sum(record["seconds"] for record in records) / len(runs)
    regions = records[0]["regions"]
    return {"r": runs, "low": low, "high": high, "regions": regions, "seconds": seconds}


def evaluate_world(world: str, seed: int) -> dict[str, float]:
    """Return the gain of genes over coordinates in a generated world, and its interval."""
    atlas = generate_gene_atlas(seed, "genes" if world == "genes" else "coordinates")
    problem = build_problem(atlas)
    config = TranscriptomeConfig(seeds=(1,))
    contexts = contexts_of("spatial", problem, config, config.seeds)
    base, both = (evaluate_entry(CATALOGUE[name], problem, contexts) for name in (BASE, BOTH))
    gain = measure_gain(both, base, seed)
    assert gain.low is not None
    assert gain.high is not None
    return {"gain": gain.mean, "low": gain.low, "high": gain.high}


def time_fits(config: TranscriptomeConfig) -> dict[str, float]:
    """Measure the processor time of a fit of each closed-form model on the first random run [s]."""
    problem = load_problem(config)
    [context, *_] = contexts_of("random", problem, config, config.seeds[:1])
    seconds = {}
    for name in ("decay", "coexpression", "bilinear", "bilinear-pca", "components-40", "genes"):
        model = CATALOGUE[name].build(context)
        begin = time.process_time()
        model.fit(problem.regions, problem.connectivity, context.split.train)
        seconds[name] = time.process_time() - begin
    return seconds


def time_spins(config: TranscriptomeConfig) -> dict[str, float]:
    """Measure the processor time of drawing the spins, without their ranking [s]."""
    problem = load_problem(config)
    maps = draw_null_maps(problem, config.spin.model_copy(update={"spins": 2}), SeedTree(0))
    begin = time.process_time()
    drawn = maps.null.draw(config.spin.spins, np.random.default_rng(0))
    return {"seconds": time.process_time() - begin, "n": len(drawn), "regions": problem.n}


def _record(evaluation: Evaluation) -> dict[str, Any]:
    low, high = interval_of(evaluation, 0)
    return {
        "r": evaluation.values().tolist(),
        "r_squared": evaluation.mean("r_squared"),
        "r_mid": evaluation.mean("r_mid"),
        "low": low,
        "high": high,
        "regions": evaluation.problem.n,
        "data": evaluation.problem.source.name,
        "synthetic": evaluation.problem.source.synthetic,
    }
