"""What a run of the study writes: metrics, tables and figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import numpy as np
import polars as pl

from neuropil.contracts import Metric, RunWriter
from neuropil.datasets import ImageSet
from neuropil.logic.figures import draw_circuit, draw_control, write_figures
from neuropil.logic.fit import LogicNetClassifier
from neuropil.logic.score import (
    Hardware,
    Outcome,
    hardware_metrics,
    metrics_of,
    score_model,
)
from neuropil.logic.timing import measure_speed
from neuropil.measures import share_interval

__all__ = ["write_hardware", "write_results", "write_small_circuit"]

_TIMED = 5_120  # images


def write_results(
    writer: RunWriter,
    model: LogicNetClassifier,
    outcome: Outcome,
    controls: Sequence[Outcome],
    images: ImageSet,
) -> None:
    """Write metrics, tables and figures of a trained network.

    Parameters
    ----------
    writer : RunWriter
        An open run.
    model : LogicNetClassifier
        Fitted.
    outcome : Outcome
        Its test.
    controls : sequence of Outcome
        Tests of networks with fixed wiring.
    images : ImageSet
        What they were fitted to.
    """
    writer.add_metrics(metrics_of(outcome, controls, model.history_[model.best_epoch_].validation))
    writer.add_metrics(_speed(outcome, model, images))
    writer.note(f"The steps ran in: {model.engine_}.")
    writer.add_table("training", pl.DataFrame(np.array(model.history_), schema=_HISTORY))
    kinds = outcome.circuit.count_kinds()
    after = outcome.simplified.count_kinds().values()
    writer.add_table(
        "gates",
        pl.DataFrame({"gate": list(kinds), "hardened": kinds.values(), "simplified": after}),
    )
    writer.add_table("confusion", _confusion(model, images))
    write_figures(writer, model, outcome, images)
    if controls:
        draw_control(writer, outcome, controls)


_HISTORY = ["epoch", "loss", "tau", "validation_accuracy"]


def _speed(outcome: Outcome, model: LogicNetClassifier, images: ImageSet) -> list[Metric]:
    bits = model.encode(images.test_images)
    bits = bits[np.arange(_TIMED) % len(bits)]
    note = "Bytes of 0 or 1 to scores, packing included; one thread, the best of five."
    return [
        Metric(
            f"speed_{name.split()[0].lower()}",
            f"inference with {name}",
            speed,
            "images/s",
            len(bits),
            note=note,
        )
        for name, speed in measure_speed(outcome.simplified, bits).items()
    ]


def _confusion(model: LogicNetClassifier, images: ImageSet) -> pl.DataFrame:
    predicted = np.argmax(model.decision_function(images.test_images), axis=1)
    order = np.searchsorted(model.classes_, images.classes)
    truth = order[images.test_labels]
    n = len(model.classes_)
    counts = np.bincount(truth * n + predicted, minlength=n * n)
    return pl.DataFrame(
        {
            "truth": np.repeat(model.classes_, n),
            "predicted": np.tile(model.classes_, n),
            "images": counts,
        }
    )


def write_small_circuit(writer: RunWriter, model: LogicNetClassifier, images: ImageSet) -> None:
    """Draw a small network that was trained on the same images.

    Parameters
    ----------
    writer : RunWriter
        An open run.
    model : LogicNetClassifier
        Fitted, with some dozens of gates.
    images : ImageSet
        What it was fitted to.
    """
    outcome = score_model(model, images)
    low, high = (100 * bound for bound in share_interval(outcome.right, outcome.n))
    writer.add_metrics(
        [
            Metric(
                "drawn_accuracy",
                f"accuracy of the drawn circuit of {outcome.circuit.n_gates} gates",
                outcome.accuracy,
                "%",
                outcome.n,
                low,
                high,
                "Wilson interval over test images",
            )
        ]
    )
    draw_circuit(writer, outcome.simplified, outcome.accuracy)


def write_hardware(writer: RunWriter, hardware: Hardware) -> None:
    """Write what simulators and synthesis said; a tool that is missing is named.

    Parameters
    ----------
    writer : RunWriter
        An open run.
    hardware : Hardware
        What the tools said.
    """
    if hardware.missing:
        writer.note(
            f"Not installed, so not checked with: {', '.join(hardware.missing)} "
            "(Debian, Ubuntu: apt-get install verilator iverilog yosys)."
        )
    writer.add_metrics(hardware_metrics(hardware))
    rows = [
        {"circuit": name, **asdict(part)}
        for name, part in (("simplified", hardware.synthesis), ("with every gate", hardware.before))
        if part is not None
    ]
    if rows:
        writer.add_table("synthesis", pl.DataFrame(rows))
