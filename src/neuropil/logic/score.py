"""What is measured on a trained network: accuracies, gap, size, speed, and exported hardware."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from neuropil.connectome import ImageSet
from neuropil.contracts import (
    Criterion,
    Finding,
    Metric,
    MissingDependencyError,
    at_most,
    exactly,
    fact,
)
from neuropil.logic.fit import LogicNetClassifier
from neuropil.logic.netlist.circuit import Circuit
from neuropil.logic.netlist.hardware import Simulator, Synthesis, prove_equal, simulate, synthesise
from neuropil.logic.netlist.simplify import merge_gates
from neuropil.measures import share_interval, summarise_null

__all__ = [
    "GAP",
    "LATCHES",
    "PROOF",
    "WIRING_NULL",
    "Hardware",
    "Outcome",
    "check_hardware",
    "hardware_metrics",
    "metrics_of",
    "say_result",
    "score_model",
]

GAP = Criterion("gap", "soft minus hard accuracy", "points", at_most(0.15), headline=True)
"""What hardening may cost."""
LATCHES = Criterion("latches", "latches and flip-flops", "cells", exactly(0))
"""A combinational circuit stores nothing."""
PROOF = Criterion(
    "proof", "merged netlist proved equal to the original by ABC", "1", fact("proved")
)
"""Simplification must not change what is counted."""
WIRING_NULL = "fixed random wires, each source used equally often, gates trained alike"
"""What the null of an accuracy destroys and keeps."""


def say_result(metrics: Mapping[str, Metric]) -> str:
    """Say how many test images a circuit has right, from what was measured on it.

    Parameters
    ----------
    metrics : mapping of str to Metric
        Metrics of a run by id, as :func:`metrics_of` makes them.
    """
    accuracy, gap = metrics.get("accuracy"), metrics.get("gap")
    if accuracy is None or accuracy.value is None:
        return ""
    right = f"{accuracy.value:.1f} % of test images right"
    # Plus nought: a gap that rounds to nothing has no sign.
    return (
        right
        if gap is None or gap.value is None
        else (f"{right}, soft-hard gap {round(gap.value, 1) + 0:.1f} points")
    )


@dataclass(frozen=True)
class Outcome:
    """A trained network on the test images.

    Parameters
    ----------
    right, soft_right : int
        Test images that the hard circuit, and the soft network, classify correctly.
    n : int
        Test images.
    circuit, simplified : Circuit
        The hard netlist, with every gate and after simplification.
    """

    right: int
    soft_right: int
    n: int
    circuit: Circuit
    simplified: Circuit

    @property
    def accuracy(self) -> float:
        """Accuracy of the hard circuit [%]."""
        return 100 * self.right / self.n

    @property
    def gap(self) -> float:
        """Accuracy of the soft network minus that of the hard circuit [points]."""
        return 100 * (self.soft_right - self.right) / self.n


@dataclass(frozen=True)
class Hardware:
    """What simulators and synthesis say about an exported circuit.

    Parameters
    ----------
    images : dict of str to int
        Simulated test images, by simulator.
    differing : dict of str to int
        Images on which the scores or the class differ from Python's, by simulator.
    synthesis, before : Synthesis or None
        Of the simplified circuit, and of the circuit with every gate.
    proved : bool or None
        Whether ABC proved the merged netlist equal to the original.
    missing : tuple of str
        Tools that are not installed.
    """

    images: dict[str, int]
    differing: dict[str, int]
    synthesis: Synthesis | None = None
    before: Synthesis | None = None
    proved: bool | None = None
    missing: tuple[str, ...] = ()


def _differing(tool: str) -> Criterion:
    what = f"images on which {tool} differs from Python"
    return Criterion(f"{tool}_differing", what, "images", exactly(0), headline=True)


def score_model(model: LogicNetClassifier, images: ImageSet) -> Outcome:
    """Use the test images once.

    Parameters
    ----------
    model : LogicNetClassifier
        Fitted.
    images : ImageSet
        With the test images.
    """
    labels = np.asarray(images.classes)[images.test_labels]
    right = int((model.predict(images.test_images) == labels).sum())
    soft = int((model.predict_soft(images.test_images) == labels).sum())
    return Outcome(right, soft, len(labels), model.circuit_, model.circuit_.simplify())


def check_hardware(
    circuit: Circuit,
    bits: npt.NDArray[np.bool_],
    *,
    registers: bool = False,
    wide_adders: bool = False,
) -> Hardware:
    """Simulate and synthesise the simplified circuit with the tools that are installed.

    Parameters
    ----------
    circuit : Circuit
        With every gate.
    bits : (n, n_inputs) array
        Images to simulate; Icarus, which interprets, takes the first hundred.
    registers : bool
        Whether the Verilog of the simplified circuit has pipeline registers.
    wide_adders : bool
        Whether its population counts add six bits at a time.
    """
    style = {"registers": registers, "wide_adders": wide_adders}
    simplified = circuit.simplify()
    images: dict[str, int] = {}
    differing: dict[str, int] = {}
    missing: list[str] = []
    simulators: tuple[tuple[Simulator, int], ...] = (("iverilog", 100), ("verilator", len(bits)))
    for tool, most in simulators:
        shown = bits[:most]
        with tempfile.TemporaryDirectory() as folder:
            try:
                scores, chosen = simulate(simplified, shown, Path(folder), tool, **style)
            except MissingDependencyError:
                missing.append(tool)
                continue
        wrong = (scores != circuit(shown)).any(axis=1) | (chosen != circuit.predict(shown))
        images[tool], differing[tool] = len(shown), int(wrong.sum())
    try:
        with tempfile.TemporaryDirectory() as folder:
            after = synthesise(simplified, Path(folder), **style)
            before = synthesise(circuit, Path(folder))
            proved = prove_equal(circuit, merge_gates(circuit), Path(folder))
    except MissingDependencyError:
        return Hardware(images, differing, missing=(*missing, "yosys"))
    return Hardware(images, differing, after, before, proved, tuple(missing))


def metrics_of(outcome: Outcome, controls: Sequence[Outcome], validation: float) -> list[Metric]:
    """Return the metrics of a run.

    Parameters
    ----------
    outcome : Outcome
        Of the network.
    controls : sequence of Outcome
        Of networks with fixed wiring.
    validation : float
        Accuracy of the hard circuit on held-out training images, from 0 to 1.
    """
    low, high = (100 * bound for bound in share_interval(outcome.right, outcome.n))
    null = [control.accuracy for control in controls]
    summary = None
    if null:
        summary = summarise_null(WIRING_NULL, null, outcome.accuracy, smaller_is_better=False)
    wilson = "Wilson interval over test images"
    soft = 100 * outcome.soft_right / outcome.n
    soft_low, soft_high = (100 * bound for bound in share_interval(outcome.soft_right, outcome.n))
    metrics = [
        Metric(
            "accuracy", "accuracy of the hard circuit", outcome.accuracy, "%", outcome.n, low, high,
            wilson, summary, headline=True,
        ),
        Metric(
            "soft_accuracy", "accuracy of the soft network", soft, "%", outcome.n, soft_low,
            soft_high, wilson,
        ),
        GAP.metric(Finding(outcome.gap, outcome.n)),
        Metric(
            "validation_accuracy", "hard accuracy on held-out images, which chose the epoch",
            100 * validation, "%", 1,
        ),
        *_sizes(outcome),
    ]  # fmt: skip
    if null:
        gain = outcome.accuracy - float(np.mean(null))
        metrics.append(
            Metric(
                "learned_wiring", "learned minus fixed wiring", gain, "points", len(null),
                headline=True, note="Equal gates, epochs, sharpening and tau.",
            )
        )  # fmt: skip
    return metrics


def _sizes(outcome: Outcome) -> list[Metric]:
    circuit, simplified = outcome.circuit, outcome.simplified
    return [
        Metric("gates", "gates", circuit.n_gates, "gates", 1, headline=True),
        Metric(
            "idle_gates", "constants, pass-throughs, inverters and gates that read one node twice",
            circuit.count_idle(), "gates", 1,
        ),
        Metric("simplified_gates", "gates after simplification", simplified.n_gates, "gates", 1),
        Metric("depth", "largest number of gates in a row", simplified.depth, "gates", 1),
    ]  # fmt: skip


def hardware_metrics(hardware: Hardware) -> list[Metric]:
    """Return the metrics of simulation and synthesis.

    Parameters
    ----------
    hardware : Hardware
        What the tools said.
    """
    metrics = [
        _differing(tool).metric(Finding(wrong, hardware.images[tool]))
        for tool, wrong in hardware.differing.items()
    ]
    after, before = hardware.synthesis, hardware.before
    if after is None or before is None:
        return metrics
    rows = (
        ("gate_cells", "cells of the gate part after synthesis", after.gate_cells),
        ("gate_cells_before", "the same without our simplification", before.gate_cells),
        ("top_cells", "cells with population counts and arg-max", after.top_cells),
        ("lut4", "tables of four inputs of the gate part", after.lut4),
        ("lut6", "tables of six inputs of the gate part", after.lut6),
        ("cell_depth", "cells on the longest path of the gate part", after.depth),
        ("chip_lut6", "tables of six inputs of the whole chip", after.chip_lut6),
        ("chip_depth", "tables on the longest path of the whole chip", after.chip_depth),
    )
    metrics += [Metric(name, label, value, "cells", 1) for name, label, value in rows]
    proved = float(bool(hardware.proved))
    return [
        *metrics,
        LATCHES.metric(Finding(after.latches + after.flip_flops)),
        PROOF.metric(Finding(proved, further={"proved": proved})),
    ]
