"""Rows of the targets: accuracies over seeds, and what is exported and timed."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from neuropil.contracts import MissingDependencyError, Reproduction, Target
from neuropil.datasets import info
from neuropil.logic.claims.pieces import CURVE, RECIPES, KeptModels
from neuropil.logic.config import LogicConfig
from neuropil.logic.netlist.circuit import Circuit
from neuropil.logic.netlist.hardware import prove_equal, simulate, synthesise
from neuropil.logic.netlist.simplify import merge_gates
from neuropil.logic.timing import compare_projection, measure_speed
from neuropil.measures import bootstrap_interval, share_interval

__all__ = ["ROWS"]

_SIMULATED = 1000


def _accuracies(fits: list[dict[str, Any]]) -> list[float]:
    return [100 * fit["right"] / fit["n"] for fit in fits]


def _list(values: list[float]) -> str:
    return ", ".join(f"{value:.2f}" for value in values)


def _mean(target: Target, kept: KeptModels, recipe: str, least: float, n: int = 3) -> Reproduction:
    fits = kept.fits(recipe, n)
    values = _accuracies(fits)
    low, high = bootstrap_interval(values, kept.seed.child(target.id).integer(), np.mean)
    if low is None:
        low, high = (100 * bound for bound in share_interval(fits[0]["right"], fits[0]["n"]))
    mean = float(np.mean(values))
    binomial = "" if len(values) > 2 else " The interval is over test images."
    note = f"Hard accuracies {_list(values)}; {fits[0]['engine']}.{binomial}"
    return Reproduction(target, mean, low, high, len(values), mean >= least, note=note)


def _best(target: Target, kept: KeptModels) -> Reproduction:
    fits = kept.fits("8000")
    best = max(fits, key=lambda fit: fit["right"])
    low, high = (100 * bound for bound in share_interval(best["right"], best["n"]))
    value = 100 * best["right"] / best["n"]
    note = "The interval is over test images; a best seed is not a mean."
    return Reproduction(target, value, low, high, len(fits), value >= 98.45, note=note)


def _minutes(
    target: Target, kept: KeptModels, recipe: str, most: float, least: float
) -> Reproduction:
    fits = kept.fits(recipe)
    minutes = [fit["minutes"] for fit in fits]
    low, high = bootstrap_interval(minutes, kept.seed.child(target.id).integer(), np.mean)
    accuracy = float(np.mean(_accuracies(fits)))
    value = float(np.mean(minutes))
    note = (
        f"Processor seconds of training over 120; mean hard accuracy {accuracy:.2f} %, asked for "
        f"{least:g}; {fits[0]['engine']}."
    )
    passed = value <= most and accuracy >= least
    return Reproduction(target, value, low, high, len(fits), passed, note=note)


def _gap(target: Target, kept: KeptModels) -> Reproduction:
    gaps = {
        f"{recipe}, seed {kept.seed.root + number}": 100
        * (fit["soft_right"] - fit["right"])
        / fit["n"]
        for recipe in ("8000", "quick", "4000")
        for number, fit in enumerate(kept.fits(recipe))
    }
    worst = max(gaps, key=lambda name: gaps[name])
    note = f"Largest: {worst}. The same test images for both."
    return Reproduction(target, gaps[worst], n=len(gaps), passed=gaps[worst] <= 0.15, note=note)


def _learned_wiring(target: Target, kept: KeptModels) -> Reproduction:
    learned, fixed = (_accuracies(kept.fits(recipe)) for recipe in ("quick", "fixed"))
    gains = list(np.subtract(learned, fixed))
    low, high = bootstrap_interval(gains, kept.seed.child(target.id).integer(), np.mean)
    gain = float(np.mean(gains))
    note = f"Learned {_list(learned)}, fixed {_list(fixed)}, seed by seed, with one tau for both."
    return Reproduction(target, gain, low, high, len(gains), gain >= 3, note=note)


def _curve(target: Target, kept: KeptModels) -> Reproduction:
    values = {k: _accuracies(kept.fits(f"curve-{k}", 1))[0] for k in CURVE}
    best = max(values, key=lambda k: values[k])
    curve = ", ".join(f"K = {k}: {value:.2f}" for k, value in values.items())
    note = f"{curve}; four epochs each, one seed. K = 1 is fixed, all is dense."
    return Reproduction(target, values[best], n=1, passed=True, note=note)


def _projection(target: Target, kept: KeptModels) -> Reproduction:
    del kept
    difference, ratio = compare_projection()
    if target.id == "7-equal":
        return Reproduction(target, difference, n=1, passed=difference <= 1e-6)
    note = "One step of 8,000 gates with K = 16 at batch 256 in JAX, both ways in turn."
    return Reproduction(target, ratio, n=1, passed=ratio >= 1.9, note=note)


def _inference(target: Target, kept: KeptModels) -> Reproduction:
    model, images = kept.first("quick")
    bits = model.encode(images.test_images)
    speeds = measure_speed(model.circuit_.simplify(), bits, generated=model.circuit_)
    if len(speeds) < 3:
        return Reproduction(target, note="Not run: needs a C compiler named cc.")
    kernel, generated = speeds["C kernel"], speeds["generated C"]
    listed = ", ".join(f"{name} {speed / 1e6:.2f}" for name, speed in speeds.items())
    note = (
        f"{listed} million images/s, one thread, packing included, cc -O1; equal scores; nothing "
        "is compiled for the circuit in the kernel."
    )
    if target.id == "8-ratio":
        return Reproduction(target, kernel / generated, n=1, passed=kernel >= generated, note=note)
    return Reproduction(target, kernel / 1e6, n=1, passed=kernel >= 5e6, note=note)


def _export_trained(target: Target, kept: KeptModels) -> Reproduction:
    model, _ = kept.first("quick")
    seconds = _time_export(model.circuit_)
    return Reproduction(target, seconds, n=1, passed=seconds < 10)


def _export_large(target: Target, kept: KeptModels) -> Reproduction:
    generator = kept.seed.child("large").generator()
    n, inputs = (2_560 if kept.fast else 256_000), 784
    circuit = Circuit(
        inputs,
        generator.integers(0, 16, n),
        generator.integers(0, inputs, n),
        generator.integers(0, inputs, n),
        inputs + np.arange(n),
        np.zeros(n),
        np.repeat(np.arange(10), n // 10),
        np.zeros(10),
        tuple("0123456789"),
    )
    seconds = _time_export(circuit)
    note = f"{n:,} random gates on {inputs} inputs."
    return Reproduction(target, seconds, n=1, passed=seconds < 30, note=note)


def _time_export(circuit: Circuit) -> float:
    start = time.perf_counter()
    simplified = circuit.simplify()
    for write in (simplified.to_c, simplified.to_verilog, simplified.to_blif, simplified.to_dot):
        write()
    return time.perf_counter() - start


def _hardware(target: Target, kept: KeptModels) -> Reproduction:
    model, images = kept.first("quick")
    circuit = model.circuit_
    measure = {
        "10-exact": _simulate,
        "10-cells": _count_cells,
        "10-latches": _count_latches,
        "10-proof": _prove,
    }[target.id]
    try:
        with tempfile.TemporaryDirectory() as folder:
            bits = model.encode(images.test_images[:_SIMULATED])
            value, passed, note = measure(circuit, bits, Path(folder))
    except MissingDependencyError as error:
        return Reproduction(target, note=f"Not run: {error.what}.")
    return Reproduction(target, value, n=1, passed=passed, note=note)


Found = tuple[float, bool, str]


def _simulate(circuit: Circuit, bits: np.ndarray, folder: Path) -> Found:
    scores, best = simulate(circuit.simplify(), bits, folder, "verilator")
    wrong = (scores != circuit(bits)).any(axis=1) | (best != circuit.predict(bits))
    value = float(wrong.sum())
    return value, value == 0 and len(scores) == len(bits), f"Verilator, {len(bits)} test images."


def _count_cells(circuit: Circuit, bits: np.ndarray, folder: Path) -> Found:
    del bits
    after, before = synthesise(circuit.simplify(), folder), synthesise(circuit, folder)
    value = after.gate_cells / circuit.n_gates
    note = (
        f"{after.gate_cells:,} cells of {circuit.n_gates:,} gates after our simplification to "
        f"{circuit.simplify().n_gates:,} and Yosys with ABC; {before.gate_cells:,} without ours; "
        f"{after.top_cells:,} with population counts and arg-max; for the gate part {after.lut4:,} "
        f"tables of four inputs, or {after.lut6:,} of six, and {after.depth} cells on its longest "
        "path."
    )
    return value, value <= 1, note


def _count_latches(circuit: Circuit, bits: np.ndarray, folder: Path) -> Found:
    del bits
    found = synthesise(circuit.simplify(), folder)
    kept = found.latches + found.flip_flops
    return float(kept), kept == 0, "Yosys; check -assert passes."


def _prove(circuit: Circuit, bits: np.ndarray, folder: Path) -> Found:
    del bits
    proved = prove_equal(circuit, merge_gates(circuit), folder)
    return float(proved), proved, "Every counted bit, by combinational equivalence checking."


def _of_images(
    target: Target, kept: KeptModels, recipes: tuple[str, ...], least: float, n: int = 3
) -> Reproduction:
    """Measure the first recipe whose images can be had, and say which images they are."""
    recipe = kept.choose(recipes)
    if recipe is None:
        return Reproduction(target, note=_explain_missing([RECIPES[each] for each in recipes]))
    row = _mean(target, kept, recipe, least, n)
    data = kept.fits(recipe, n)[0]["data"]
    lossy = "lossy" in info(data).capabilities
    compared = " They compare with no published number." if lossy else ""
    note = f"{row.note} Images of {data}{', a lossy copy' if lossy else ''}.{compared}"
    return replace(row, data=data, note=note)


def _explain_missing(configs: list[LogicConfig]) -> str:
    wanted = [str(config.dataset) for config in configs]
    dataset = info(wanted[0])
    folder = Path(dataset.topic, dataset.files[0].name).parent.as_posix()
    return (
        f"Not run: {' or '.join(wanted)} could not be had. Run `neuropil data get {wanted[0]}` "
        f"with a connection, or put its files into {folder} of the folder that NEUROPIL_DATA names."
    )


Row = Callable[[Target, KeptModels], Reproduction]
ROWS: Mapping[str, Row] = MappingProxyType(
    {
        "1-mean": partial(_mean, recipe="8000", least=98.35),
        "1-best": _best,
        "2": partial(_mean, recipe="4000", least=97.9),
        "3": partial(_mean, recipe="32000", least=98.9, n=1),
        "4-model": partial(_minutes, recipe="8000", most=40, least=98.35),
        "4-98": partial(_minutes, recipe="quick", most=3, least=98.0),
        "4-98.4": partial(_minutes, recipe="8000", most=10, least=98.4),
        "5": _gap,
        "6": _learned_wiring,
        "6-curve": _curve,
        "7-equal": _projection,
        "7-speed": _projection,
        "8-ratio": _inference,
        "8-speed": _inference,
        "9-8000": _export_trained,
        "9-256000": _export_large,
        "10-exact": _hardware,
        "10-cells": _hardware,
        "10-latches": _hardware,
        "10-proof": _hardware,
        "11": partial(_of_images, recipes=("fashion",), least=89.5),
        "12": partial(_of_images, recipes=("cifar-lossless", "cifar"), least=54.5, n=1),
        "12-64000": partial(
            _of_images, recipes=("cifar-64000-lossless", "cifar-64000"), least=58.5, n=1
        ),
        "12-256000": partial(
            _of_images, recipes=("cifar-256000-lossless", "cifar-256000"), least=62.0, n=1
        ),
    }
)
"""Each takes a target and the kept models, and returns the target's row."""
