"""Rows of the targets that experiments on the kept fits are held to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
import polars as pl

from neuropil.circuits.claims.kept_fits import NEEDED, KeptFits
from neuropil.circuits.claims.pieces import (
    ablate_seed,
    bound_seed,
    ensemble_task,
    perturb_seed,
    ring_seed,
    tau_seed,
)
from neuropil.circuits.config import REAL
from neuropil.circuits.score import groups_met
from neuropil.contracts import Reproduction, Target
from neuropil.datasets import compute_phase_shift
from neuropil.measures import bootstrap_interval

__all__ = ["EXPERIMENT_ROWS"]


def _row(
    target: Target, seeds: KeptFits, values: Sequence[float], note: str, passed: bool | None = None
) -> Reproduction:
    """Return the median over seeds with its interval; what is only reported passes when run."""
    low, high = bootstrap_interval(values, seeds.seed.child(target.id).integer())
    return Reproduction(
        target, float(np.median(values)), low, high, len(values), passed is not False, note=note
    )


def _ablated(seeds: KeptFits) -> pl.DataFrame:
    tables = seeds.pieces("ablation", ablate_seed)
    return pl.concat(
        pl.DataFrame(rows).with_columns(seed=pl.lit(index)) for index, rows in enumerate(tables)
    )


def _describe_ablations(table: pl.DataFrame) -> str:
    kinds = table.group_by("ablated", "mode", maintain_order=True).agg(
        pl.col("bumps", "hold_median", "gain").median()
    )
    return "; ".join(
        f"{name} {mode}: {bumps:.0f} bumps, {hold:.0f} deg, gain {gain:.2f}"
        for name, mode, bumps, hold, gain in kinds.iter_rows()
    )


def _without_delta7(target: Target, seeds: KeptFits) -> Reproduction:
    table = _ablated(seeds)
    chosen = table.filter((pl.col("ablated") == "Delta7") & (pl.col("mode") == "frozen"))
    bumps = chosen["bumps"].to_list()
    note = f"Medians over seeds. {_describe_ablations(table)}."
    return _row(target, seeds, bumps, note, passed=float(np.median(bumps)) < 30)


def _without_pen(target: Target, seeds: KeptFits) -> Reproduction:
    table = _ablated(seeds)
    intact = table.filter(pl.col("mode") == "intact")
    chosen = table.filter((pl.col("ablated") == "PEN_a+PEN_b") & (pl.col("mode") == "frozen"))
    shares = ((chosen["gain"] / intact["gain"]).abs() * 100).to_list()
    bumps = float(chosen["bumps"].median())  # type: ignore[arg-type]
    note = f"Starts of 32 with a bump: {bumps:.0f}."
    passed = float(np.median(shares)) < 10 and bumps >= 30
    return _row(target, seeds, shares, note, passed=passed)


def _curve(table: pl.DataFrame, by: str) -> str:
    kinds = table.group_by(by, *(["mode"] if "mode" in table.columns else []), maintain_order=True)
    medians = kinds.agg(pl.col("hold_median").median())
    return "; ".join(
        " ".join(f"{value:g}" if isinstance(value, float) else str(value) for value in row[:-1])
        + f": {row[-1]:.0f} deg"
        for row in medians.iter_rows()
    )


def _count_noise(target: Target, seeds: KeptFits) -> Reproduction:
    found = seeds.pieces("perturbation", perturb_seed)
    table = pl.concat(pl.DataFrame(item["noise"]) for item in found)
    worst = [
        float(
            pl.DataFrame(item["noise"])
            .filter((pl.col("dose") == 1.0) & (pl.col("mode") == "frozen"))["hold_median"]
            .median()  # type: ignore[arg-type]
        )
        for item in found
    ]
    note = f"Value: frozen at dose 1. Median error at 10 s by dose: {_curve(table, 'dose')}."
    return _row(target, seeds, worst, note)


def _regularisation(target: Target, seeds: KeptFits) -> Reproduction:
    found = seeds.pieces("perturbation", perturb_seed)
    table = pl.concat(pl.DataFrame(item["l2"]) for item in found)
    strongest = [item["l2"][-1]["hold_median"] for item in found]
    note = f"Value: at weight 1. Retrained, by weight: {_curve(table, 'l2')}."
    return _row(target, seeds, strongest, note)


def _upper_bounds(target: Target, seeds: KeptFits) -> Reproduction:
    found = seeds.pieces("bound", bound_seed)
    parts = []
    for grain in ("per neuron", "per synapse"):
        errors = [item[grain]["hold_median"] for item in found]
        size = found[0][grain]["parameters"]
        parts.append(f"{grain} ({size:.0f} numbers) {np.median(errors):.1f} deg")
    values = [item["per synapse"]["hold_median"] for item in found]
    return _row(target, seeds, values, f"Error at 10 s: {'; '.join(parts)}.")


def _error_at_ten_seconds(target: Target, seeds: KeptFits) -> Reproduction:
    values = seeds.values("hold_median")
    return _row(target, seeds, values, "", passed=float(np.median(values)) <= 1)


def _error_at_sixty_seconds(target: Target, seeds: KeptFits) -> Reproduction:
    values = [fit["beyond"]["error_60_s"] for fit in seeds.fits]
    return _row(target, seeds, values, "", passed=float(np.median(values)) <= 5)


def _fast_turns(target: Target, seeds: KeptFits) -> Reproduction:
    values = [fit["beyond"]["linearity_500"] for fit in seeds.fits]
    return _row(target, seeds, values, "", passed=float(np.median(values)) >= 0.99)


def _ensemble(seeds: KeptFits) -> dict[str, Any]:
    members = 100 if seeds.n_seeds >= 10 else 4
    return dict(seeds.pieces("ensemble", ensemble_task, 1, members)[0])


def _ensemble_time(target: Target, seeds: KeptFits) -> Reproduction:
    found = _ensemble(seeds)
    seconds, fit = found["seconds"], 60 * seeds.fits[0]["minutes"]
    n = len(found["loss"])
    ratio = seconds["ensemble"] / fit
    note = (
        f"{n} short fits in one program: {seconds['ensemble']:.0f} s, one full fit {fit:.0f} s, "
        f"one short fit {seconds['one']:.0f} s (both with compilation); 1,000 parameter sets in "
        f"one call: {seconds['simulate_1000']:.0f} s."
    )
    passed = n >= 100 and ratio < 10
    return Reproduction(target, ratio, n=n, passed=passed, note=note)


def _directions(target: Target, seeds: KeptFits) -> Reproduction:
    found = _ensemble(seeds)
    values = np.maximum(found["eigenvalues"], 0)
    stiff = int((values > 1).sum())
    pinned = np.asarray(found["pinned"])
    types = found["types"]
    order = np.argsort(-pinned, axis=None)[:5]
    pairs = [divmod(int(index), len(types)) for index in order]
    names = ", ".join(f"{types[pre]} to {types[post]}" for post, pre in pairs)
    note = (
        f"Directions of {values.size} in which one prior standard deviation costs more than one "
        f"unit of loss. Best known gains: {names}."
    )
    return Reproduction(target, float(stiff), n=int(values.size), passed=True, note=note)


def _ring(seeds: KeptFits) -> list[dict[str, Any]]:
    return seeds.pieces("ring", ring_seed)


def _ring_groups(target: Target, seeds: KeptFits) -> Reproduction:
    if seeds.connectome.source.name != REAL:
        return Reproduction(target, note="Not run: ring neurons belong to the real circuit.")
    found = _ring(seeds)
    met = [sum(groups_met(item["values"])[group] for group in NEEDED) for item in found]
    numbers = {item["parameters"] for item in found}
    errors = np.median([item["values"]["hold_median"] for item in found])
    note = f"{numbers.pop()} fitted numbers; median error at 10 s {errors:.1f} deg."
    return _row(target, seeds, met, note, passed=float(np.median(met)) >= len(NEEDED))


def _anchoring(target: Target, seeds: KeptFits) -> Reproduction:
    if seeds.connectome.source.name != REAL:
        return Reproduction(target, note="Not run: ring neurons belong to the real circuit.")
    cues = [item["anchoring"] for item in _ring(seeds)]
    before, after, shifted = (
        [cue[name] for cue in cues] for name in ("before", "after", "shifted")
    )
    note = (
        f"Median distance of 16 bumps from the cue: {np.median(before):.0f} deg when it appears, "
        f"{np.median(after):.0f} deg after 4 s, {np.median(shifted):.0f} deg 4 s after a jump of "
        "90 deg."
    )
    worst = np.maximum(after, shifted).tolist()
    return _row(target, seeds, worst, note, passed=float(np.median(worst)) < 45)


def _time_constants(target: Target, seeds: KeptFits) -> Reproduction:
    found = seeds.pieces("tau", tau_seed)
    taus = "; ".join(
        f"{name} {1000 * np.median([item['tau'][name] for item in found]):.0f} ms"
        for name in found[0]["tau"]
    )
    values = [item["values"]["hold_median"] for item in found]
    integration = np.median([item["values"]["integration"] for item in found])
    note = f"{found[0]['parameters']} numbers. {taus}. Integration error {integration:.0f} deg."
    return _row(target, seeds, values, note)


def _phase_shift(target: Target, seeds: KeptFits) -> Reproduction:
    parts, sides = [], []
    for name in ("PEN_a", "PEN_b"):
        shift = compute_phase_shift(seeds.connectome, name)
        for side, sign in (("L", 1), ("R", -1)):
            mean = float(shift.filter(pl.col("side") == side)["shift_deg"].mean())  # type: ignore[arg-type]
            parts.append(f"{name} {side} {mean:+.1f} deg")
            sides.append(sign * mean > 0)
    lost = _ablated(seeds)
    for name in ("none", "PEN_a", "PEN_b"):
        chosen = lost.filter((pl.col("ablated") == name) & (pl.col("mode") != "retrained"))
        parts.append(f"gain without {name} {np.median(chosen['gain'].to_numpy()):.2f}")
    note = f"Measured on the wiring and on frozen ablations: {'; '.join(parts)}."
    return Reproduction(target, float(sum(sides)), n=len(sides), passed=all(sides), note=note)


Row = Callable[[Target, KeptFits], Reproduction]
EXPERIMENT_ROWS: Mapping[str, Row] = MappingProxyType(
    {
        "10-Delta7": _without_delta7,
        "10-PEN": _without_pen,
        "11-bounds": _upper_bounds,
        "12-noise": _count_noise,
        "12-l2": _regularisation,
        "B1-10_s": _error_at_ten_seconds,
        "B1-60_s": _error_at_sixty_seconds,
        "B1-fast": _fast_turns,
        "B2-time": _ensemble_time,
        "B2-directions": _directions,
        "B3-groups": _ring_groups,
        "B3-anchoring": _anchoring,
        "B4-tau": _time_constants,
        "B4-physiology": _phase_shift,
    }
)
"""Each takes a target and the fits, and returns the target's row."""
