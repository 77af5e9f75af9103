"""Rows of the targets: what is measured for each, and when it counts as met."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

import equinox as eqx
import jax
import numpy as np

from neuropil.contracts import Reproduction, Target
from neuropil.learning import Task, TaskBook
from neuropil.measures import bootstrap_interval, share_interval
from neuropil.transcriptome.analysis import contexts_of
from neuropil.transcriptome.catalogue import CATALOGUE
from neuropil.transcriptome.claims.pieces import (
    evaluate_world,
    join_seeds,
    load_problem,
    score_best_spins,
    score_model,
    score_network,
    score_nulls,
    score_pair,
    time_fits,
    time_spins,
)
from neuropil.transcriptome.claims.table import TARGET_MATRICES
from neuropil.transcriptome.config import TranscriptomeConfig, load_atlas
from neuropil.transcriptome.data import PairProblem, build_problem
from neuropil.transcriptome.models.bilinear import count_bilinear
from neuropil.transcriptome.models.distance_decay import DistanceDecay
from neuropil.transcriptome.models.pair_network import count_numbers
from neuropil.transcriptome.models.region_pair_mlp import RegionPairMLP
from neuropil.transcriptome.models.spatiomolecular_transformer import SpatiomolecularTransformer
from neuropil.transcriptome.splits import SplitKind, random_blocks, spatial_blocks

__all__ = ["ROWS", "Protocol"]

_GENES = 7380
_WORLDS = 20


@dataclass(frozen=True)
class Protocol:
    """Settings of the rows, and the book that keeps what is done.

    Parameters
    ----------
    config : TranscriptomeConfig
        Data, seeds and nulls.
    book : TaskBook
        Does the pieces.
    fast : bool
        Whether this is a check that the protocol runs.
    """

    config: TranscriptomeConfig
    book: TaskBook
    fast: bool = False

    @cached_property
    def problem(self) -> PairProblem:
        """The data of the main rows."""
        return build_problem(load_atlas(self.config)[0], self.config.target, self.config.genes)

    @property
    def n_worlds(self) -> int:
        """Number of generated worlds."""
        return 2 if self.fast else _WORLDS

    def with_settings(self, **settings: Any) -> TranscriptomeConfig:  # noqa: ANN401
        """Return the settings with changes; embedded data stay where they are used."""
        if self.config.data is not None:
            settings = {key: each for key, each in settings.items() if key == "seeds"}
        return self.config.model_copy(update=settings)

    def do(self, name: str, function: Callable[..., Any], *arguments: Any) -> Any:  # noqa: ANN401
        """Return what a piece of the protocol found, doing it where it is not kept yet."""
        [found] = self.book.results(name, [Task(name, function, arguments)])
        return found

    def model(self, kind: SplitKind, name: str) -> dict[str, Any]:
        """Return the record of a model on all runs."""
        found: dict[str, Any] = self.do(
            f"model-{kind}-{name}", score_model, self.config, kind, name
        )
        return found

    def pair(self, kind: SplitKind) -> dict[str, Any]:
        """Return the records of the coordinate learner and of genes beside it."""
        found: dict[str, Any] = self.do(f"pair-{kind}", score_pair, self.config, kind)
        return found

    def network(
        self, name: str, config: TranscriptomeConfig, n_seeds: int | None = None
    ) -> dict[str, Any]:
        """Return the record of a network over seeds, each trained as a piece of its own."""
        tasks = [
            Task(f"{name}-{seed}", score_network, (config, name, seed))
            for seed in config.seeds[:n_seeds]
        ]
        return join_seeds(self.book.results(f"training {name}", tasks))


Row = Callable[[Target, Protocol], Reproduction]


def _mean_row(
    target: Target, record: Mapping[str, Any], holds: Callable[[float], bool], score: str = "r"
) -> Reproduction:
    runs = np.array(record["r"])
    value = float(runs.mean()) if score == "r" else record[score]
    if value is None:
        return Reproduction(target, note="Not run: no run has enough such pairs.")
    low, high = (record["low"], record["high"]) if score == "r" else (None, None)
    spread = runs.std(ddof=1) if runs.size > 1 else 0.0
    note = f"Mean of {runs.size} runs"
    if score == "r":
        note = f"{note}, SD over runs {spread:.3f}; interval over {record['regions']} regions"
    return Reproduction(target, value, low, high, runs.size, bool(holds(value)), note=f"{note}.")


def _counts(target: Target, protocol: Protocol) -> Reproduction:
    del protocol
    key = jax.random.key(0)
    built = (
        SpatiomolecularTransformer(),
        SpatiomolecularTransformer(with_cls=True),
        RegionPairMLP(),
    )
    shapes = [eqx.filter_eval_shape(model.build, _GENES, key) for model in built]
    found = [count_numbers(shape) for shape in shapes]
    found += [10 * _GENES, *(count_bilinear(n) for n in (_GENES, 27, 10))]
    expected = [2_162_315, 4_686_987, 7_723_777, 73_800, 54_464_401, 730, 101]
    right = sum(a == b for a, b in zip(found, expected, strict=True))
    note = f"Counted: {', '.join(f'{n:,}' for n in found)}."
    return Reproduction(target, float(right), n=7, passed=right == 7, note=note)


def _splits(target: Target, protocol: Protocol) -> Reproduction:
    blocks = random_blocks(455, 1)
    test = len(blocks[0])
    distance = protocol.problem.regions.distance
    spatial = [len(block) for block in spatial_blocks(distance, 1)]
    n = len(distance)
    facts = [
        (455 - test) * (454 - test) // 2 == 57_970,
        test * (test - 1) // 2 == 6_441,
        sorted(np.concatenate(blocks)) == list(range(455)),
        spatial == [n // 4] * 3 + [n - 3 * (n // 4)],
    ]
    return Reproduction(target, float(sum(facts)), n=4, passed=all(facts))


def _within(model: str, middle: float) -> Row:
    def row(target: Target, protocol: Protocol) -> Reproduction:
        record = protocol.model("random", model)
        return _mean_row(target, record, lambda value: abs(value - middle) <= 0.01)

    return row


def _at_least(model: str, least: float, score: str = "r") -> Row:
    def row(target: Target, protocol: Protocol) -> Reproduction:
        record = protocol.model("random", model)
        return _mean_row(target, record, lambda value: value >= least, score)

    return row


def _both(kind: SplitKind, least: float, score: str = "r") -> Row:
    def row(target: Target, protocol: Protocol) -> Reproduction:
        found = protocol.pair(kind)
        done = _mean_row(target, found["genes+coordinates"], lambda value: value >= least, score)
        alone = np.mean(found["coordinates"]["r"])
        note = f"{done.note} Coordinates alone: r {alone:.3f}."
        return Reproduction(target, done.value, done.low, done.high, done.n, done.passed, note=note)

    return row


def _decay_null(target: Target, protocol: Protocol) -> Reproduction:
    regions = protocol.problem.regions
    connectivity = protocol.problem.connectivity
    rng = np.random.default_rng(0)
    moved = regions.with_genes_of(rng.permutation(regions.n))
    rows = random_blocks(regions.n, 1)
    train = np.sort(np.concatenate(rows[1:]))
    scores = [
        DistanceDecay(folded=True).fit(each, connectivity, train).score(connectivity, rows[0])
        for each in (regions, moved)
    ]
    change = abs(scores[0] - scores[1])
    return Reproduction(target, change, n=1, passed=change == 0)


def _mlp(target: Target, protocol: Protocol) -> Reproduction:
    record = protocol.network("mlp", protocol.config)
    return _mean_row(target, record, lambda value: value >= 0.71)


_GENE_TABLE = MappingProxyType({"target": "FC-ENIGMA", "genes": "expression"})


def _variant(protocol: Protocol, name: str, n_seeds: int) -> dict[str, Any]:
    return protocol.network(name, protocol.with_settings(**_GENE_TABLE), n_seeds)


def _smt(target: Target, protocol: Protocol) -> Reproduction:
    done = _mean_row(target, _variant(protocol, "smt", 10), lambda value: value >= 0.61)
    config = protocol.with_settings(**_GENE_TABLE)
    kernel = protocol.do("gene-table-genes", score_model, config, "random", "genes")
    note = f"{done.note} Gene kernel on the same runs: r {np.mean(kernel['r']):.3f}."
    return replace(done, note=note)


def _smt_time(target: Target, protocol: Protocol) -> Reproduction:
    record = _variant(protocol, "smt", 10)
    genes = load_problem(protocol.with_settings(**_GENE_TABLE)).regions.expression
    n, seconds = len(record["r"]), record["seconds"]
    shape = "" if genes is None else f"; {genes.shape[0]} regions of {genes.shape[1]} genes"
    note = f"Mean of {n} runs on one processor core, without a GPU{shape}."
    return Reproduction(target, seconds, n=n, passed=seconds <= 800, note=note)


def _ablation(first: str, second: str) -> Row:
    def row(target: Target, protocol: Protocol) -> Reproduction:
        with_, without = (np.array(_variant(protocol, name, 2)["r"]) for name in (first, second))
        gain = with_ - without
        low, high = bootstrap_interval(gain, 0, np.mean)
        note = (
            f"{first} {with_.mean():.3f}, {second} {without.mean():.3f}; paired by run, interval "
            f"over {gain.size} runs."
        )
        return Reproduction(target, float(gain.mean()), low, high, gain.size, True, note=note)

    return row


def _spin_gain(kind: SplitKind, model: str, holds: Callable[[float], bool]) -> Row:
    def row(target: Target, protocol: Protocol) -> Reproduction:
        found = protocol.do(f"best-{kind}-{model}", score_best_spins, protocol.config, kind, model)
        gain = np.array(found["true"]) - np.array(found["null"])
        value = float(gain.mean())
        note = (
            f"Best {gain.size // 4} of {protocol.config.spin.spins:,} spins ({found['points']}), "
            f"one a seed: r {np.mean(found['true']):.3f} to {np.mean(found['null']):.3f}; SD of "
            f"the gain over runs {gain.std(ddof=1):.3f}."
        )
        return Reproduction(target, value, n=gain.size, passed=bool(holds(value)), note=note)

    return row


def _smoothness(target: Target, protocol: Protocol) -> Reproduction:
    found = protocol.do("best-random-genes", score_best_spins, protocol.config, "random", "genes")
    best, median, true = found["lengths"]
    passed = abs(best - true) < abs(median - true)
    note = f"Median spin {median:.1f} mm, the map itself {true:.1f} mm; points: {found['points']}."
    return Reproduction(target, best, n=10, passed=passed, note=note)


def _p_value(kind: SplitKind, model: str, *, gain: bool = False) -> Row:
    def row(target: Target, protocol: Protocol) -> Reproduction:
        found = protocol.do(f"nulls-{kind}-{model}", score_nulls, protocol.config, kind, model)
        null, true = np.array(found["null"]), float(np.mean(found["true"]))
        base = float(np.mean(found["base"])) if gain else 0.0
        p = (1 + int((null >= true).sum())) / (1 + null.size)
        name = "gain" if gain else "r"
        note = (
            f"{name} {true - base:.3f}; null maps: median {np.median(null) - base:.3f}, 95 % "
            f"{np.percentile(null, 2.5) - base:.3f} to {np.percentile(null, 97.5) - base:.3f}; "
            "the best-ranked spins, four runs of the first seed."
        )
        return Reproduction(target, p, n=null.size, passed=True, note=note)

    return row


def _parcellations(target: Target, protocol: Protocol) -> Reproduction:
    names = ("schaefer400", "schaefer100", "dk82")
    seeds = protocol.config.seeds[:1]
    found = {}
    for name in names:
        config = protocol.with_settings(parcellation=name)
        config = config.model_copy(update={"seeds": seeds})
        record = protocol.do(f"parcellation-{name}", score_model, config, "random", "genes")
        found[name] = f"{name} {record['regions']} regions r {np.mean(record['r']):.3f}"
    minimal = protocol.do(
        "minimal-file", _score_minimal, protocol.config, str(protocol.book.folder)
    )
    found["minimal"] = f"minimal file r {minimal:.3f}"
    return Reproduction(target, 4.0, n=4, passed=True, note=f"Seed 1: {'; '.join(found.values())}.")


def _score_minimal(config: TranscriptomeConfig, folder: str) -> float:
    """Write a file with the needed arrays alone, read it and score the gene kernel."""
    atlas, _ = load_atlas(config)
    keep = atlas.expressed()
    chosen = atlas.select(keep, "without expression")
    name = next(each for each in ("FC-ENIGMA", "FC") if each in chosen.matrices)
    path = Path(folder) / "minimal.npz"
    np.savez(
        path,
        expr=chosen.expression,
        genes=np.array(chosen.genes["symbol"].to_list()),
        regions=np.array(chosen.region_names),
        coords_mni=chosen.coordinates,
        fc_enigma=chosen.matrix(name),
    )
    record = score_model(TranscriptomeConfig(data=str(path), seeds=(1,)), "random", "genes")
    return float(np.mean(record["r"]))


def _closed_time(target: Target, protocol: Protocol) -> Reproduction:
    seconds = protocol.do("time-fits", time_fits, protocol.config)
    slowest = max(seconds, key=seconds.__getitem__)
    note = f"Slowest: {slowest}; {', '.join(f'{k} {v:.2f}' for k, v in seconds.items())}."
    return Reproduction(
        target, seconds[slowest], n=len(seconds), passed=seconds[slowest] <= 1, note=note
    )


def _not_run(reason: str) -> Row:
    def row(target: Target, protocol: Protocol) -> Reproduction:
        del protocol
        return Reproduction(target, note=f"Not run: {reason}")

    return row


def _gain(target: Target, protocol: Protocol) -> Reproduction:
    found = protocol.pair("spatial")
    value, low, high = found["gain"]
    n = len(found["coordinates"]["r"])
    note = (
        f"Coordinates {np.mean(found['coordinates']['r']):.3f}, genes + coordinates "
        f"{np.mean(found['genes+coordinates']['r']):.3f}; paired by run, SD over runs "
        f"{found['deviation']:.3f}; interval over regions; p in row e-gain."
    )
    return Reproduction(target, value, low, high, n, True, note=note)


def _asymmetry(target: Target, protocol: Protocol) -> Reproduction:
    config = protocol.config
    problem = protocol.problem
    [context, *_] = contexts_of("random", problem, config, config.seeds[:1])
    worst, names = 0.0, []
    for name, entry in CATALOGUE.items():
        if entry.network or name == "low-rank":
            continue
        model = entry.build(context)
        model.fit(problem.regions, problem.connectivity, context.split.train)
        pairs = np.argwhere(~np.eye(10, dtype=bool))
        test = context.split.test[pairs]
        worst = max(worst, float(np.abs(model.predict(test) - model.predict(test[:, ::-1])).max()))
        names.append(name)
    note = f"{len(names)} closed-form models; networks average both orders, asserted in the tests."
    return Reproduction(target, worst, n=len(names), passed=worst <= 1e-6, note=note)


def _spin_time(target: Target, protocol: Protocol) -> Reproduction:
    found = protocol.do("time-spins", time_spins, protocol.config)
    note = f"{found['n']:,} spins of {found['regions']} regions, without ranking."
    return Reproduction(target, found["seconds"], n=1, passed=found["seconds"] < 60, note=note)


def _other_target(name: str) -> Row:
    def row(target: Target, protocol: Protocol) -> Reproduction:
        if protocol.fast:
            return Reproduction(target, note="Not run: the embedded atlas has one matrix.")
        config = protocol.with_settings(target=name)
        config = config.model_copy(update={"seeds": config.seeds[:2]})
        found = protocol.do(f"target-{name}", score_pair, config, "spatial")
        done = _mean_row(target, found["genes+coordinates"], lambda _: True)
        gain, low, high = found["gain"]
        alone = np.mean(found["coordinates"]["r"])
        note = (
            f"{done.note} Coordinates alone {alone:.3f}; gain {gain:.3f} [{low:.3f}, {high:.3f}]."
        )
        return Reproduction(target, done.value, done.low, done.high, done.n, True, note=note)

    return row


def _interval_width(target: Target, protocol: Protocol) -> Reproduction:
    record = protocol.model("random", "genes")
    low, high = record["low"], record["high"]
    note = f"r {np.mean(record['r']):.3f} [{low:.3f}, {high:.3f}], {record['regions']} regions."
    return Reproduction(target, high - low, n=record["regions"], passed=True, note=note)


def _worlds(world: str) -> Row:
    def row(target: Target, protocol: Protocol) -> Reproduction:
        n = protocol.n_worlds
        found = [
            protocol.do(f"world-{world}-{seed}", evaluate_world, world, seed) for seed in range(n)
        ]
        alarms = sum(each["low"] > 0 for each in found)
        low, high = (n * limit for limit in share_interval(alarms, n))
        passed = alarms == n if world == "genes" else alarms <= n // 20
        mean = np.mean([each["gain"] for each in found])
        note = f"Worlds whose gain has an interval above 0; mean gain {mean:.3f}. Wilson interval."
        return Reproduction(target, float(alarms), low, high, n, passed, note=note)

    return row


ROWS: Mapping[str, Row] = MappingProxyType(
    {
        "1": _counts,
        "2": _splits,
        "3-decay": _within("decay", 0.355),
        "3-coexpression": _within("coexpression", 0.290),
        "3-null": _decay_null,
        "4-components": _at_least("components-40", 0.63),
        "4-genes": _at_least("genes", 0.75),
        "5-mlp": _mlp,
        "5-smt": _smt,
        "6-random": _both("random", 0.82),
        "6-spatial": _both("spatial", 0.65),
        "7-genes": _at_least("genes", 0.56, "r_squared"),
        "7-coordinates": _both("random", 0.68, "r_squared"),
        "8-smoothness": _smoothness,
        "8-random": _spin_gain("random", "genes", lambda x: 0.2 <= x <= 0.45),
        "8-spatial": _spin_gain("spatial", "genes", lambda x: 0.2 <= x <= 0.45),
        "8-coordinates": _spin_gain("random", "genes+coordinates", lambda x: x < 0.1),
        "9": _at_least("genes", 0.70, "r_mid"),
        "10-cls": _ablation("cls", "smt"),
        "10-alibi": _ablation("smt", "no-alibi"),
        "10-token": _ablation("token-20", "smt"),
        "11": _parcellations,
        "12-closed": _closed_time,
        "12-smt": _smt_time,
        "a": _gain,
        "b-random": _both("random", 0.86),
        "b-spatial": _both("spatial", 0.70),
        "c": _not_run("timed in benchmarks/transformer_epoch.py."),
        "d": _asymmetry,
        "e-spins": _spin_time,
        "e-random": _p_value("random", "genes"),
        "e-spatial": _p_value("spatial", "genes"),
        "e-gain": _p_value("spatial", "genes+coordinates", gain=True),
        **{f"f-{name}": _other_target(name) for name in TARGET_MATRICES},
        "g": _interval_width,
        "w-genes": _worlds("genes"),
        "w-coordinates": _worlds("coordinates"),
    }
)
"""Each takes a target and the protocol, and returns the target's row."""
