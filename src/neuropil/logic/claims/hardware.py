"""Claims about exported circuits: exactness, size, speed, and the projection of gates."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import numpy as np

from neuropil.contracts import Claim, Finding, at_least, at_most, below, exactly, fact
from neuropil.logic.claims.networks import Bench, first_network
from neuropil.logic.netlist.circuit import Circuit
from neuropil.logic.netlist.hardware import prove_equal, simulate, synthesise
from neuropil.logic.netlist.simplify import merge_gates
from neuropil.logic.score import LATCHES, PROOF
from neuropil.logic.timing import compare_projection, measure_speed

__all__ = ["HARDWARE_CLAIMS"]

# Test images that Verilog is simulated on, as claim 10 words it.
_SIMULATED = 1000
_ALL_SIMULATED = "every image was simulated"
# Gates of the largest published network, and a hundredth of them for a fast check.
_LARGE, _LARGE_FAST = 256_000, 2_560
_TRAINED = "quick"  # recipe of the circuit that is exported and timed


def _compare_projection(bench: Bench) -> tuple[float, float]:
    difference, ratio = bench.do("projection", compare_projection, _gates(bench))
    return difference, ratio


def _gates(bench: Bench) -> int:
    return 800 if bench.fast else 8000


def _projection_difference(bench: Bench) -> Finding:
    """Find the largest difference between projected gates and the mixture of all sixteen."""
    return Finding(_compare_projection(bench)[0], data="none")


def _projection_speed(bench: Bench) -> Finding:
    """Compare the time of a training step with all sixteen gates with that of projected ones."""
    size = f"{_gates(bench):,} gates"
    note = f"One step of {size} with K = 16 at batch 256 in JAX, both ways in turn."
    return Finding(_compare_projection(bench)[1], note=note, data="none")


def _time_inference(bench: Bench) -> tuple[dict[str, float], str]:
    model, images = first_network(bench, _TRAINED)
    bits = model.encode(images.test_images)
    speeds = measure_speed(model.circuit_.simplify(), bits, generated=model.circuit_)
    listed = ", ".join(f"{name} {speed / 1e6:.2f}" for name, speed in speeds.items())
    note = (
        f"{listed} million images/s, one thread, packing included, cc -O1; equal scores; nothing "
        "is compiled for the circuit in the kernel."
    )
    return speeds, note


_NO_COMPILER = "Needs a C compiler named cc."


def _inference_ratio(bench: Bench) -> Finding:
    """Compare packed inference with C that was generated for the circuit."""
    speeds, note = _time_inference(bench)
    if len(speeds) < 3:
        return Finding.not_run(_NO_COMPILER)
    return Finding(speeds["C kernel"] / speeds["generated C"], note=note)


def _inference_speed(bench: Bench) -> Finding:
    """Measure packed inference."""
    speeds, note = _time_inference(bench)
    if len(speeds) < 3:
        return Finding.not_run(_NO_COMPILER)
    return Finding(speeds["C kernel"] / 1e6, note=note)


def _export_trained(bench: Bench) -> Finding:
    """Time the export of a trained circuit."""
    model, _ = first_network(bench, _TRAINED)
    return Finding(_time_export(model.circuit_))


def _export_large(bench: Bench) -> Finding:
    """Time the export of a large random circuit."""
    rng = bench.seed.child("large").generator()
    n, inputs = (_LARGE_FAST if bench.fast else _LARGE), 784
    circuit = Circuit(
        inputs,
        rng.integers(0, 16, n),
        rng.integers(0, inputs, n),
        rng.integers(0, inputs, n),
        inputs + np.arange(n),
        np.zeros(n),
        np.repeat(np.arange(10), n // 10),
        np.zeros(10),
        tuple("0123456789"),
    )
    note = f"{n:,} random gates on {inputs} inputs."
    return Finding(_time_export(circuit), note=note, data="none")


def _time_export(circuit: Circuit) -> float:
    start = time.perf_counter()
    simplified = circuit.simplify()
    for write in (simplified.to_c, simplified.to_verilog, simplified.to_blif, simplified.to_dot):
        write()
    return time.perf_counter() - start


def _exported(bench: Bench) -> tuple[Circuit, np.ndarray]:
    """Return the trained circuit and the test images it is shown, as bits."""
    model, images = first_network(bench, _TRAINED)
    return model.circuit_, model.encode(images.test_images[:_SIMULATED])


def _simulated(bench: Bench) -> Finding:
    """Count test images on which simulated Verilog differs from Python."""
    circuit, bits = _exported(bench)
    with tempfile.TemporaryDirectory() as folder:
        scores, chosen = simulate(circuit.simplify(), bits, Path(folder), "verilator")
    wrong = (scores != circuit(bits)).any(axis=1) | (chosen != circuit.predict(bits))
    return Finding(
        float(wrong.sum()),
        further={_ALL_SIMULATED: float(len(scores) == len(bits))},
        note=f"Verilator, {len(bits)} test images.",
    )


def _cells_over_gates(bench: Bench) -> Finding:
    """Count the cells that synthesis needs for the gates."""
    circuit, _ = _exported(bench)
    simplified = circuit.simplify()
    with tempfile.TemporaryDirectory() as folder:
        after = synthesise(simplified, Path(folder))
        before = synthesise(circuit, Path(folder))
    note = (
        f"{after.gate_cells:,} cells of {circuit.n_gates:,} gates after our simplification to "
        f"{simplified.n_gates:,} and Yosys with ABC; {before.gate_cells:,} without ours; "
        f"{after.top_cells:,} with population counts and arg-max; for the gate part {after.lut4:,} "
        f"tables of four inputs, or {after.lut6:,} of six, and {after.depth} cells on its longest "
        "path."
    )
    return Finding(after.gate_cells / circuit.n_gates, note=note)


def _latches(bench: Bench) -> Finding:
    """Count what synthesis had to store: a combinational circuit needs nothing."""
    circuit, _ = _exported(bench)
    with tempfile.TemporaryDirectory() as folder:
        found = synthesise(circuit.simplify(), Path(folder))
    note = "Yosys; check -assert passes."
    return Finding(float(found.latches + found.flip_flops), note=note)


def _proof(bench: Bench) -> Finding:
    """Prove that merging gates changed no counted bit."""
    circuit, _ = _exported(bench)
    with tempfile.TemporaryDirectory() as folder:
        proved = float(prove_equal(circuit, merge_gates(circuit), Path(folder)))
    note = "Every counted bit, by combinational equivalence checking."
    return Finding(proved, further={"proved": proved}, note=note)


# fmt: off
HARDWARE_CLAIMS = (
    Claim("7-equal", "projected against all 16 gates: largest difference", "1", at_most(1e-6),
          _projection_difference),
    Claim("7-speed", "whole step, all 16 gates over projected", "x", at_least(1.9),
          _projection_speed, "1.9 to 4 (second-hand)"),
    Claim("8-ratio", "packed inference over generated C, one core", "x", at_least(1),
          _inference_ratio),
    Claim("8-speed", "packed inference, 8,000 gates, one core", "million images/s", at_least(5),
          _inference_speed),
    Claim("9-8000", "export of 8,000 gates to C, Verilog, BLIF and DOT", "s", below(10),
          _export_trained),
    Claim("9-256000", "export of 256,000 gates, and simplification", "s", below(30),
          _export_large),
    Claim("10-exact", "images of 1,000 on which simulated Verilog differs", "images",
          exactly(0) & fact(_ALL_SIMULATED), _simulated),
    Claim("10-cells", "cells of the gate part over gates", "1", at_most(1), _cells_over_gates),
    Claim("10-latches", "latches and flip-flops after synthesis", "cells", LATCHES.bound, _latches),
    Claim("10-proof", "simplified netlist proved equal by ABC", "1", PROOF.bound, _proof),
)
# fmt: on
