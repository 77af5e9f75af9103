"""Claims that experiments on the fits are held to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from neuropil.circuits.claims.bench import (
    SEEDS,
    Bench,
    fit_all,
    median,
    on_fits,
    pieces_of,
    time_fits,
)
from neuropil.circuits.claims.pieces import (
    FULL,
    QUICK,
    ablate_seed,
    bound_seed,
    ensemble_task,
    noise_seed,
    penalty_seed,
    ring_seed,
    tau_seed,
)
from neuropil.circuits.config import REAL
from neuropil.circuits.criteria import NEEDED, bound_of, groups_met
from neuropil.contracts import Claim, Finding, at_least, below, exactly
from neuropil.datasets import compute_phase_shift

__all__ = ["EXPERIMENT_CLAIMS"]

# What takes about ten refits a fit and is reported without a bound is done on the first fits only.
_SHORT = 3

_BUMPS = "starts with a bump"
_NO_RING_NEURONS = "Ring neurons belong to the real circuit."


def _found(bench: Bench, kind: str, n: int = SEEDS) -> list[Any]:
    """Return what an experiment finds on each fit."""
    effort = QUICK if bench.fast else FULL
    work: dict[str, tuple[Any, ...]] = {
        "ablation": (ablate_seed, False),
        "retrained": (ablate_seed, True),
        "noise": (noise_seed, effort),
        "penalty": (penalty_seed, effort),
        "bound": (bound_seed,),
        "ensemble": (ensemble_task, effort),
        "tau": (tau_seed,),
    }
    if bench.fast:
        # One seed leaves nothing to do side by side but the experiments themselves.
        fit_all(bench, n)
        ahead = [
            pieces_of(bench, name, *call, n=1) for name, call in work.items() if name != "retrained"
        ]
        bench.do_all("experiments", [piece for pieces in ahead for piece in pieces])
    return on_fits(bench, kind, *work[kind], n=n)


def _frame(rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame(rows, infer_schema_length=None)


def _median(found: Sequence[float | None]) -> float:
    return float(np.median(np.array(found, dtype=float)))  # None becomes NaN


def _ablated(bench: Bench, kind: str = "ablation", n: int = SEEDS) -> pl.DataFrame:
    tables = _found(bench, kind, n)
    return _frame([{**row, "seed": seed} for seed, rows in enumerate(tables) for row in rows])


def _chosen(table: pl.DataFrame, ablated: str) -> pl.DataFrame:
    """Return the frozen networks without some types, or the intact ones, in order of the seeds."""
    mode = "intact" if ablated == "none" else "frozen"
    return table.filter((pl.col("ablated") == ablated) & (pl.col("mode") == mode)).sort("seed")


def _describe_ablations(table: pl.DataFrame) -> str:
    kinds = table.group_by("ablated", "mode", maintain_order=True).agg(
        pl.col("bumps", "hold_median", "gain").median()
    )
    return "; ".join(
        f"{name} {mode}: {bumps:.0f} bumps, {_say(hold, '.0f')} deg, gain {_say(gain, '.2f')}"
        for name, mode, bumps, hold, gain in kinds.iter_rows()
    )


def _say(value: float | None, form: str) -> str:
    return "undefined" if value is None else format(value, form)


def _without_delta7(bench: Bench) -> Finding:
    """Count the starts that keep a bump without Delta7."""
    table = _ablated(bench)
    bumps = _chosen(table, "Delta7")["bumps"].to_list()
    again = _describe_ablations(_ablated(bench, "retrained", _SHORT))
    note = (
        f"Medians over seeds. {_describe_ablations(table)}. Of {_SHORT} seeds, retrained: {again}."
    )
    return median(bumps, bench.seed.child("10-Delta7"), note)


def _without_pen(bench: Bench) -> Finding:
    """Measure what is left of the velocity gain without both PEN, and whether the bump stays."""
    table = _ablated(bench)
    lost = _chosen(table, "PEN_a+PEN_b")
    shares = ((lost["gain"] / _chosen(table, "none")["gain"]).abs() * 100).to_list()
    bumps = _median(lost["bumps"].to_list())
    found = median(shares, bench.seed.child("10-PEN"), f"Starts of 32 with a bump: {bumps:.0f}.")
    return replace(found, further={_BUMPS: bumps})


def _curve(table: pl.DataFrame, by: str) -> str:
    kinds = table.group_by(by, *(["mode"] if "mode" in table.columns else []), maintain_order=True)
    medians = kinds.agg(pl.col("hold_median").median())
    return "; ".join(
        " ".join(f"{value:g}" if isinstance(value, float) else str(value) for value in row[:-1])
        + f": {_say(row[-1], '.0f')} deg"
        for row in medians.iter_rows()
    )


def _take_worst(table: pl.DataFrame) -> pl.DataFrame:
    """Return the frozen networks at dose 1."""
    return table.filter(pl.col("dose") == 1, pl.col("mode") == "frozen")


def _count_noise(bench: Bench) -> Finding:
    """Measure the error under noise on the counts, frozen and retrained."""
    tables = [_frame(rows) for rows in _found(bench, "noise", _SHORT)]
    worst = [_median(_take_worst(table)["hold_median"].to_list()) for table in tables]
    curve = _curve(pl.concat(tables, how="vertical_relaxed"), "dose")
    note = f"Value: frozen at dose 1. Median error at 10 s by dose: {curve}."
    return median(worst, bench.seed.child("12-noise"), note)


def _regularisation(bench: Bench) -> Finding:
    """Measure the error under weights of the L2 term."""
    found = _found(bench, "penalty", _SHORT)
    table = _frame([row for rows in found for row in rows])
    strongest = [rows[-1]["hold_median"] for rows in found]
    note = f"Value: at weight 1. By weight, refitted above that of the fit: {_curve(table, 'l2')}."
    return median(strongest, bench.seed.child("12-l2"), note)


def _upper_bounds(bench: Bench) -> Finding:
    """Measure the error with a gain for every neuron, and for every synapse."""
    found = _found(bench, "bound", _SHORT)
    parts = []
    for grain in ("per neuron", "per synapse"):
        error = _median([item[grain]["hold_median"] for item in found])
        parts.append(f"{grain} ({found[0][grain]['parameters']:.0f} numbers) {error:.1f} deg")
    values = [item["per synapse"]["hold_median"] for item in found]
    return median(values, bench.seed.child("11-bounds"), f"Error at 10 s: {'; '.join(parts)}.")


def _ensemble(bench: Bench) -> dict[str, Any]:
    return dict(_found(bench, "ensemble", 1)[0])


def _ensemble_time(bench: Bench) -> Finding:
    """Compare the time of an ensemble in one program with that of one fit."""
    found = _ensemble(bench)
    seconds, fit = found["seconds"], 60 * time_fits(bench)[0]
    n = len(found["loss"])
    note = (
        f"{n} short fits in one program: {seconds['ensemble']:.0f} s, one full fit {fit:.0f} s, "
        f"one short fit {seconds['one']:.0f} s (both with compilation); 1,000 parameter sets in "
        f"one call: {seconds['simulate']:.0f} s."
    )
    further = {"fits in the program": float(n)}
    return Finding(seconds["ensemble"] / fit, n=n, further=further, note=note)


def _stiff_directions(bench: Bench) -> Finding:
    """Count the directions of the fitted numbers that the loss determines."""
    found = _ensemble(bench)
    eigenvalues = np.array(found["eigenvalues"], dtype=float)
    types = found["types"]
    order = np.argsort(-np.array(found["pinned"], dtype=float), axis=None)[:5]
    pairs = [divmod(int(index), len(types)) for index in order]
    names = ", ".join(f"{types[pre]} to {types[post]}" for post, pre in pairs)
    note = (
        f"Directions of {eigenvalues.size} in which one prior standard deviation costs more than "
        f"one unit of loss. Best known gains: {names}."
    )
    return Finding(float((eigenvalues > 1).sum()), n=eigenvalues.size, note=note)


def _groups_with_ring_neurons(bench: Bench) -> Finding:
    """Count the groups that a network with ring neurons as a seventh type meets."""
    if bench.data.source.name != REAL:
        return Finding.not_run(_NO_RING_NEURONS)
    found = on_fits(bench, "ring", ring_seed)
    met = [float(sum(groups_met(item["values"])[group] for group in NEEDED)) for item in found]
    error = _median([item["values"]["hold_median"] for item in found])
    note = f"{found[0]['parameters']} fitted numbers; median error at 10 s {error:.1f} deg."
    return median(met, bench.seed.child("B3-groups"), note)


def _anchoring(bench: Bench) -> Finding:
    """Measure how near the bump comes to a cue, and to the same cue after a jump."""
    if bench.data.source.name != REAL:
        return Finding.not_run(_NO_RING_NEURONS)
    cues = [item["anchoring"] for item in on_fits(bench, "ring", ring_seed)]
    before, after, shifted = (
        [cue[name] for cue in cues] for name in ("before", "after", "shifted")
    )
    note = (
        f"Median distance of 16 bumps from the cue: {_median(before):.0f} deg when it appears, "
        f"{_median(after):.0f} deg after 4 s, {_median(shifted):.0f} deg 4 s after a jump of "
        "90 deg."
    )
    worst = np.maximum(np.array(after, dtype=float), np.array(shifted, dtype=float)).tolist()
    return median(worst, bench.seed.child("B3-anchoring"), note)


def _time_constants(bench: Bench) -> Finding:
    """Measure the error with a time constant for each type."""
    found = _found(bench, "tau")
    taus = "; ".join(
        f"{name} {1000 * _median([item['tau'][name] for item in found]):.0f} ms"
        for name in found[0]["tau"]
    )
    integration = _median([item["values"]["integration"] for item in found])
    note = f"{found[0]['parameters']} numbers. {taus}. Integration error {integration:.0f} deg."
    values = [item["values"]["hold_median"] for item in found]
    return median(values, bench.seed.child("B4-tau"), note)


def _phase_shift(bench: Bench) -> Finding:
    """Measure on the wiring to which side each PEN shifts the bump."""
    parts, sides = [], []
    for name in ("PEN_a", "PEN_b"):
        shift = compute_phase_shift(bench.data, name)
        for side, sign in (("L", 1), ("R", -1)):
            mean = float(shift.filter(pl.col("side") == side)["shift_deg"].mean())  # type: ignore[arg-type]
            parts.append(f"{name} {side} {mean:+.1f} deg")
            sides.append(sign * mean > 0)
    lost = _ablated(bench)
    for name in ("none", "PEN_a", "PEN_b"):
        gain = _median(_chosen(lost, name)["gain"].to_list())
        parts.append(f"gain without {name} {gain:.2f}")
    note = f"Measured on the wiring and on frozen ablations: {'; '.join(parts)}."
    return Finding(float(sum(sides)), n=len(sides), note=note)


# fmt: off
EXPERIMENT_CLAIMS = (
    Claim("10-Delta7", "starts with a bump without Delta7, frozen", "of 32", below(30),
          _without_delta7),
    Claim("10-PEN", "gain without PEN_a and PEN_b, frozen, relative to intact", "%",
          below(10) & bound_of("bumps", _BUMPS), _without_pen),
    Claim("11-bounds", "error at 10 s with a gain for every synapse", "deg", None, _upper_bounds),
    Claim("12-noise", "error at 10 s against count noise", "deg", None, _count_noise),
    Claim("12-l2", "error at 10 s against the weight of the L2 term", "deg", None,
          _regularisation),
    Claim("B2-time", "ensemble of fits in one program, relative to one fit", "1",
          below(10) & at_least(100, of="fits in the program"), _ensemble_time),
    Claim("B2-directions", "stiff directions of the fitted numbers", "directions", None,
          _stiff_directions),
    Claim("B3-groups", "seven types with ER, 57 numbers: groups 4 to 7 met", "of 4",
          at_least(len(NEEDED)), _groups_with_ring_neurons),
    Claim("B3-anchoring", "distance of the bump from an ER cue after 4 s", "deg", below(45),
          _anchoring),
    Claim("B4-tau", "error at 10 s with time constants by type", "deg", None, _time_constants),
    Claim("B4-physiology", "left and right PEN whose EPG output is shifted against each other",
          "of 4", exactly(4), _phase_shift),
)
# fmt: on
