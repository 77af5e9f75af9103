"""What a run of the study writes: metrics, tables and figures."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict

import numpy as np
import polars as pl

from neuropil.connectome import ImageSet
from neuropil.contracts import Advance, Metric, Progress, RunWriter, Task
from neuropil.learning import Listener
from neuropil.logic.config import LogicConfig
from neuropil.logic.figures import draw_circuit, draw_control, write_figures
from neuropil.logic.fit import LogicNetClassifier
from neuropil.logic.score import (
    Hardware,
    Outcome,
    check_hardware,
    hardware_metrics,
    metrics_of,
    score_model,
)
from neuropil.logic.timing import measure_speed
from neuropil.measures import share_interval

__all__ = ["write_hardware", "write_results", "write_run", "write_small_circuit"]

_TIMED = 5_120  # images


def write_run(task: Task[LogicConfig, ImageSet]) -> None:
    """Train a network and its controls, and write what they show.

    Parameters
    ----------
    task : Task
        The run.
    """
    config, images, writer, seed = task.config, task.data, task.writer, task.seed.root
    model = _fit(config, images, seed, Listener(task.progress, writer.checkpoint / "net.st"))
    outcome = score_model(model, images)
    controls = [_fit_control(task, seed + number) for number in range(config.controls)]
    write_results(writer, model, outcome, controls, images)
    if config.drawn:
        write_small_circuit(writer, _fit_small(task), images)
    if config.verify:
        bits = model.encode(images.test_images[: config.verify_images])
        with task.progress.track("checking hardware", 1) as advance:
            write_hardware(writer, check_hardware(outcome.circuit, bits))
            advance(1)
    shutil.rmtree(writer.model, ignore_errors=True)  # of an interrupted process
    model.save(writer.model)


def _fit(
    config: LogicConfig, images: ImageSet, seed: int, listener: Listener
) -> LogicNetClassifier:
    labels = [images.classes[label] for label in images.train_labels]
    return config.model(images, seed).fit(images.train_images, labels, listener)


def _fit_control(task: Task[LogicConfig, ImageSet], seed: int) -> Outcome:
    """Train and test a network with fixed random wires, the null of the wiring."""
    fixed = task.config.model_copy(update={"wiring": "fixed"})
    progress = _Purpose(task.progress, f"of a control with fixed wires, seed {seed}")
    listener = Listener(progress, task.writer.checkpoint / f"fixed-{seed}.st")
    return score_model(_fit(fixed, task.data, seed, listener), task.data)


def _fit_small(task: Task[LogicConfig, ImageSet]) -> LogicNetClassifier:
    """Train a network that is small enough to be drawn gate by gate."""
    update = {"layers": (task.config.drawn * len(task.data.classes),), "wiring": "topk:32"}
    small = task.config.model_copy(update=update)
    progress = _Purpose(task.progress, f"of the {small.layers[0]} gates that are drawn")
    return _fit(small, task.data, task.seed.root, Listener(progress))


class _Purpose:
    """Says what further networks are trained for, whose accuracies are not those of the run.

    Parameters
    ----------
    progress : Progress
        Who listens.
    purpose : str
        Follows every label.
    """

    def __init__(self, progress: Progress, purpose: str) -> None:
        self._progress = progress
        self._purpose = purpose

    def track(self, label: str, total: int) -> AbstractContextManager[Advance]:
        """Open a task of ``total`` steps."""
        return self._progress.track(f"{label} {self._purpose}", total)


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
    predicted = np.argmax(model.votes(images.test_images), axis=1)
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
