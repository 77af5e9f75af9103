"""Claims about closed-form models: correlations, gains over nulls and over coordinates, times."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from neuropil.contracts import Claim, Finding, at_least, at_most, below, between, exactly, fact
from neuropil.measures import find_share, summarise_null
from neuropil.transcriptome.claims.bench import Bench, Measure, settings_of
from neuropil.transcriptome.claims.pieces import (
    evaluate_world,
    score_best_spins,
    score_minimal_file,
    score_model,
    score_nulls,
    score_pair,
    time_fits,
    time_spins,
)
from neuropil.transcriptome.config import SYNTHETIC
from neuropil.transcriptome.splits import SplitKind

__all__ = ["CLOSED_FORM_CLAIMS", "mean_over_runs"]

_WORLDS, _FAST_WORLDS = 20, 2
_CLOSER = "closer to the map's own than the median spin"
_NULL = "genes spun over the cortex; trained again"
_PARCELLATIONS = ("schaefer400", "schaefer100", "dk82")


def mean_over_runs(record: Mapping[str, Any], score: str = "r", beside: str = "") -> Finding:
    """Return the mean of a score over runs; r with its interval over regions."""
    runs = np.array(record["r"], dtype=float)
    value = float(runs.mean()) if score == "r" else record[score]
    if value is None or not np.isfinite(value):
        return Finding.not_run("No run has enough such pairs, or its predictions do not vary.")
    note = f"Mean of {runs.size} runs"
    low = high = None
    if score == "r":
        low, high = record["low"], record["high"]
        spread = runs.std(ddof=1) if runs.size > 1 else 0.0
        note = f"{note}, SD over runs {spread:.3f}; interval over {record['regions']} regions"
    how = "" if low is None else "bootstrap over regions"
    return Finding(value, runs.size, low, high, how, note=f"{note}. {beside}".strip())


def _random_folds(model: str, score: str = "r") -> Measure:
    """Score a model of the catalogue on the random folds."""
    return lambda bench: mean_over_runs(_on_random_folds(bench, model), score)


def _on_random_folds(bench: Bench, model: str) -> dict[str, Any]:
    name = f"model-random-{model}"
    found: dict[str, Any] = bench.do(name, score_model, settings_of(bench), "random", model)
    return found


def _pair(bench: Bench, kind: SplitKind) -> dict[str, Any]:
    found: dict[str, Any] = bench.do(f"pair-{kind}", score_pair, settings_of(bench), kind)
    return found


def _beside_coordinates(kind: SplitKind, score: str = "r") -> Measure:
    """Score genes beside the coordinate learner, which is named in the note."""

    def measure(bench: Bench) -> Finding:
        found = _pair(bench, kind)
        alone = f"Coordinates alone: r {_mean(found['coordinates']['r']):.3f}."
        return mean_over_runs(found["genes+coordinates"], score, alone)

    return measure


def _mean(values: list[float | None]) -> float:
    return float(np.mean(np.array(values, dtype=float)))  # None becomes NaN


def _gain_over_coordinates(bench: Bench) -> Finding:
    """Compare genes + coordinates with coordinates alone, run by run, on the spatial folds."""
    found = _pair(bench, "spatial")
    value, low, high = found["gain"]
    alone, both = (_mean(found[name]["r"]) for name in ("coordinates", "genes+coordinates"))
    note = (
        f"Coordinates {alone:.3f}, genes + coordinates {both:.3f}; paired by run, SD over runs "
        f"{found['deviation']:.3f}; interval over regions; p in row e-gain."
    )
    n = len(found["coordinates"]["r"])
    return Finding(value, n, low, high, "bootstrap over regions", note=note)


def _gain_over_spins(kind: SplitKind, model: str) -> Measure:
    """Compare a model with itself on the best spins, one a seed, as the published protocol does."""

    def measure(bench: Bench) -> Finding:
        config = settings_of(bench)
        found = bench.do(f"best-{kind}-{model}", score_best_spins, config, kind, model)
        true, null = (np.array(found[name], dtype=float) for name in ("true", "null"))
        gain = true - null
        note = (
            f"Best {gain.size // 4} of {config.spin.spins:,} spins ({found['points']}), one a "
            f"seed: r {true.mean():.3f} to {null.mean():.3f}; SD of the gain over runs "
            f"{gain.std(ddof=1):.3f}."
        )
        return Finding(float(gain.mean()), gain.size, note=note)

    return measure


def _smoothness(bench: Bench) -> Finding:
    """Compare the decay length of the best spins with the map's own and the median spin's."""
    found = bench.do("best-random-genes", score_best_spins, settings_of(bench), "random", "genes")
    best, median, true = found["lengths"]
    closer = float(abs(best - true) < abs(median - true))
    note = f"Median spin {median:.1f} mm, the map itself {true:.1f} mm; points: {found['points']}."
    return Finding(best, n=10, further={_CLOSER: closer}, note=note)


def _p_value(kind: SplitKind, model: str, *, gain: bool = False) -> Measure:
    """Set a model's r, or its gain over coordinates, among the same on retrained null maps."""

    def measure(bench: Bench) -> Finding:
        found = bench.do(f"nulls-{kind}-{model}", score_nulls, settings_of(bench), kind, model)
        base = _mean(found["base"]) if gain else 0.0
        draws = np.array(found["null"], dtype=float) - base
        value = _mean(found["true"]) - base
        null = summarise_null(_NULL, draws, value, smaller_is_better=False)
        note = (
            f"{'gain' if gain else 'r'} {value:.3f}; null maps: median {null.median:.3f}, 95 % "
            f"{null.low:.3f} to {null.high:.3f}; the best-ranked spins, four runs of the first "
            "seed."
        )
        return Finding(null.p, n=null.n, note=note)

    return measure


def _parcellations(bench: Bench) -> Finding:
    """Count the parcellations that are at hand and have a defined r, and read a minimal file."""
    records = {}
    for name in _PARCELLATIONS:
        config = settings_of(bench, parcellation=name, seeds=bench.config.seeds[:1])
        piece = f"parcellation-{name}"
        records[name] = bench.do(piece, score_model, config, "random", "genes")
    embedded = bench.data.source.synthetic
    runs = {
        record["data"]: record
        for record in records.values()
        if embedded or not record["synthetic"]  # which a missing parcellation falls back to
    }
    parts = [
        f"{name} {record['regions']} regions r {_mean(record['r']):.3f}"
        for name, record in runs.items()
    ]
    place = str(Path(bench.folder) / "minimal.npz")
    minimal = bench.do("minimal-file", score_minimal_file, settings_of(bench), place)
    parts.append(f"minimal file r {minimal:.3f}" if minimal is not None else "minimal file: no r")
    ran = [_mean(record["r"]) for record in runs.values()]
    works = sum(map(np.isfinite, ran)) + (minimal is not None)
    return Finding(float(works), n=len(ran) + 1, note=f"Seed 1: {'; '.join(parts)}.")


def _time_of_fits(bench: Bench) -> Finding:
    """Measure the processor time of the slowest closed-form fit."""
    seconds = bench.do("time-fits", time_fits, settings_of(bench))
    slowest = max(seconds, key=seconds.__getitem__)
    note = f"Slowest: {slowest}; {', '.join(f'{k} {v:.2f}' for k, v in seconds.items())}."
    return Finding(seconds[slowest], n=len(seconds), note=note)


def _time_of_spins(bench: Bench) -> Finding:
    """Measure the processor time of drawing spins."""
    found = bench.do("time-spins", time_spins, settings_of(bench))
    note = f"{found['n']:,} spins of {found['regions']} regions, without ranking."
    return Finding(found["seconds"], note=note)


def _other_target(name: str) -> Measure:
    """Predict another matrix by the same call."""

    def measure(bench: Bench) -> Finding:
        if bench.data.source.synthetic:
            return Finding.not_run("The embedded atlas has one matrix.")
        config = settings_of(bench, target=name, seeds=bench.config.seeds[:2])
        found = bench.do(f"target-{name}", score_pair, config, "spatial")
        gain, low, high = found["gain"]
        alone = _mean(found["coordinates"]["r"])
        beside = f"Coordinates alone {alone:.3f}; gain {gain:.3f} [{low:.3f}, {high:.3f}]."
        return mean_over_runs(found["genes+coordinates"], beside=beside)

    return measure


def _width_of_interval(bench: Bench) -> Finding:
    """Say how wide the interval of r over regions is."""
    record = _on_random_folds(bench, "genes")
    low, high, n = record["low"], record["high"], record["regions"]
    note = f"r {_mean(record['r']):.3f} [{low:.3f}, {high:.3f}], {n} regions."
    return Finding(high - low, n=n, note=note)


def _worlds(world: str) -> Measure:
    """Count generated worlds in which genes gain over coordinates."""

    def measure(bench: Bench) -> Finding:
        n = _FAST_WORLDS if bench.fast else _WORLDS
        found = [
            bench.do(f"world-{world}-{seed}", evaluate_world, world, seed) for seed in range(n)
        ]
        gains = sum(each["low"] > 0 for each in found)
        mean = np.mean([each["gain"] for each in found])
        note = f"Worlds whose gain has an interval above 0; mean gain {mean:.3f}. Wilson interval."
        return find_share(gains, n, of=n, note=note, data=SYNTHETIC)

    return measure


# fmt: off
CLOSED_FORM_CLAIMS = (
    Claim("3-decay", "r of exponential decay, random", "r", between(0.345, 0.365),
          _random_folds("decay"), ".346"),
    Claim("3-coexpression", "r of co-expression, random", "r", between(0.28, 0.3),
          _random_folds("coexpression"), ".226"),
    Claim("4-components", "r of ridge on 40 components, random", "r", at_least(0.63),
          _random_folds("components-40"), ".506"),
    Claim("4-genes", "r of the gene kernel, random", "r", at_least(0.75),
          _random_folds("genes"), ".772"),
    Claim("6-random", "r of genes + coordinates, random", "r", at_least(0.82),
          _beside_coordinates("random"), ".844"),
    Claim("6-spatial", "r of genes + coordinates, spatial", "r", at_least(0.65),
          _beside_coordinates("spatial"), ".699"),
    Claim("7-genes", "R^2 of genes, random", "R^2", at_least(0.56),
          _random_folds("genes", "r_squared"), ".610"),
    Claim("7-coordinates", "R^2 of genes + coordinates, random", "R^2", at_least(0.68),
          _beside_coordinates("random", "r_squared"), ".707"),
    Claim("8-smoothness", "decay length of the ten best of 10,000 spins, mean", "mm",
          fact(_CLOSER), _smoothness),
    Claim("8-random", "gain of genes over the ten best spins, random", "r", between(0.2, 0.45),
          _gain_over_spins("random", "genes"), ".451"),
    Claim("8-spatial", "gain of genes over the ten best spins, spatial", "r", between(0.2, 0.45),
          _gain_over_spins("spatial", "genes"), ".418"),
    Claim("8-coordinates", "the same with coordinates added, random", "r", below(0.1),
          _gain_over_spins("random", "genes+coordinates"), ".112 (SMT CLS)"),
    Claim("9", "r of genes at middle distances, random", "r", at_least(0.7),
          _random_folds("genes", "r_mid"), ".763"),
    Claim("11", "parcellations, and a minimal file, that the same code runs", "of 4", exactly(4),
          _parcellations),
    Claim("12-closed", "longest closed-form fit at n = 400, processor time", "s", at_most(1),
          _time_of_fits),
    Claim("a", "gain of genes over coordinates, spatial, widths chosen inside by a spatial split",
          "r", None, _gain_over_coordinates),
    Claim("b-random", "best r with genes + coordinates, random", "r", at_least(0.86),
          _beside_coordinates("random"), ".844"),
    Claim("b-spatial", "best r with genes + coordinates, spatial", "r", at_least(0.7),
          _beside_coordinates("spatial"), ".735"),
    Claim("e-spins", "10,000 Vasa spins at n = 400, processor time", "s", below(60),
          _time_of_spins),
    Claim("e-random", "p of genes against 1,000 retrained nulls, random", "p", None,
          _p_value("random", "genes")),
    Claim("e-spatial", "p of genes against 1,000 retrained nulls, spatial", "p", None,
          _p_value("spatial", "genes")),
    Claim("e-gain", "p of the gain over coordinates, 1,000 retrained nulls, spatial", "p", None,
          _p_value("spatial", "genes+coordinates", gain=True)),
    *(
        Claim(f"f-{name}", f"r of genes + coordinates, {name}, spatial", "r", None,
              _other_target(name))
        for name in ("SC", "MEG", "FDG", "receptor", "laminar", "temporal")
    ),
    Claim("g", "width of the 95 % interval of r over regions, genes, random", "r", None,
          _width_of_interval),
    Claim("w-genes", "planted gene worlds in which genes gain over coordinates", "of 20",
          exactly(20), _worlds("genes")),
    Claim("w-coordinates", "worlds of coordinates alone with a gain of genes", "of 20",
          at_most(1), _worlds("coordinates")),
)
# fmt: on
