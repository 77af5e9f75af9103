"""Claims about closed-form models: correlations, gains over nulls and over coordinates, times."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from neuropil.contracts import Finding
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

__all__ = [
    "beside_coordinates",
    "gain_over_coordinates",
    "gain_over_spins",
    "mean_over_runs",
    "other_target",
    "p_value",
    "parcellations",
    "random_folds",
    "smoothness",
    "time_of_fits",
    "time_of_spins",
    "width_of_interval",
    "worlds",
]

_WORLDS, _FAST_WORLDS = 20, 2
_NULL = "genes spun over the cortex; trained again"
_PARCELLATIONS = ("schaefer400", "schaefer100", "dk82")


def mean_over_runs(record: Mapping[str, Any], score: str = "r", beside: str = "") -> Finding:
    """Return the mean of a score over runs; r with its interval over regions.

    Parameters
    ----------
    record : mapping
        What a piece found.
    score : {"r", "r_squared", "r_mid"}
        Which score.
    beside : str
        A sentence to add to the note.
    """
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


def random_folds(model: str, score: str = "r") -> Measure:
    """Score a model of the catalogue on the random folds.

    Parameters
    ----------
    model : str
        Name of :data:`~neuropil.transcriptome.catalogue.CATALOGUE`.
    score : {"r", "r_squared", "r_mid"}
        Which score.
    """
    return lambda bench: mean_over_runs(_on_random_folds(bench, model), score)


def _on_random_folds(bench: Bench, model: str) -> dict[str, Any]:
    name = f"model-random-{model}"
    found: dict[str, Any] = bench.do(name, score_model, settings_of(bench), "random", model)
    return found


def _pair(bench: Bench, kind: SplitKind) -> dict[str, Any]:
    found: dict[str, Any] = bench.do(f"pair-{kind}", score_pair, settings_of(bench), kind)
    return found


def beside_coordinates(kind: SplitKind, score: str = "r") -> Measure:
    """Score genes beside the coordinate learner, which is named in the note.

    Parameters
    ----------
    kind : {"random", "spatial"}
        Kind of split.
    score : {"r", "r_squared"}
        Which score.
    """

    def measure(bench: Bench) -> Finding:
        found = _pair(bench, kind)
        alone = f"Coordinates alone: r {_mean(found['coordinates']['r']):.3f}."
        return mean_over_runs(found["genes+coordinates"], score, alone)

    return measure


def _mean(values: list[float | None]) -> float:
    return float(np.mean(np.array(values, dtype=float)))  # None becomes NaN


def gain_over_coordinates(bench: Bench) -> Finding:
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


def gain_over_spins(kind: SplitKind, model: str) -> Measure:
    """Compare a model with itself on the best spins, one a seed, as the published protocol does.

    Parameters
    ----------
    kind : {"random", "spatial"}
        Kind of split.
    model : str
        Name of the model.
    """

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


def smoothness(bench: Bench) -> Finding:
    """Compare the decay length of the best spins with the map's own and the median spin's."""
    found = bench.do("best-random-genes", score_best_spins, settings_of(bench), "random", "genes")
    best, median, true = found["lengths"]
    closer = float(abs(best - true) < abs(median - true))
    note = f"Median spin {median:.1f} mm, the map itself {true:.1f} mm; points: {found['points']}."
    further = {"closer to the map's own than the median spin": closer}
    return Finding(best, n=10, further=further, note=note)


def p_value(kind: SplitKind, model: str, *, gain: bool = False) -> Measure:
    """Set a model's r, or its gain over coordinates, among the same on retrained null maps.

    Parameters
    ----------
    kind : {"random", "spatial"}
        Kind of split.
    model : str
        Name of the model.
    gain : bool
        Whether the gain is described; p is the same, since null maps leave coordinates alone.
    """

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


def parcellations(bench: Bench) -> Finding:
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


def time_of_fits(bench: Bench) -> Finding:
    """Measure the processor time of the slowest closed-form fit."""
    seconds = bench.do("time-fits", time_fits, settings_of(bench))
    slowest = max(seconds, key=seconds.__getitem__)
    note = f"Slowest: {slowest}; {', '.join(f'{k} {v:.2f}' for k, v in seconds.items())}."
    return Finding(seconds[slowest], n=len(seconds), note=note)


def time_of_spins(bench: Bench) -> Finding:
    """Measure the processor time of drawing spins."""
    found = bench.do("time-spins", time_spins, settings_of(bench))
    note = f"{found['n']:,} spins of {found['regions']} regions, without ranking."
    return Finding(found["seconds"], note=note)


def other_target(name: str) -> Measure:
    """Predict another matrix by the same call.

    Parameters
    ----------
    name : str
        Name of a matrix of the atlas.
    """

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


def width_of_interval(bench: Bench) -> Finding:
    """Say how wide the interval of r over regions is."""
    record = _on_random_folds(bench, "genes")
    low, high, n = record["low"], record["high"], record["regions"]
    note = f"r {_mean(record['r']):.3f} [{low:.3f}, {high:.3f}], {n} regions."
    return Finding(high - low, n=n, note=note)


def worlds(world: str) -> Measure:
    """Count generated worlds in which genes gain over coordinates.

    Parameters
    ----------
    world : {"genes", "coordinates"}
        What makes the wiring: with the first genes should gain in all, with the second in none.
    """

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
