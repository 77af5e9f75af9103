"""Figures of a trained gate network, each with the numbers it shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from neuropil.connectome import ImageSet
from neuropil.contracts import ACCENT, INK, WARM, Figure, RunWriter
from neuropil.logic.fit import LogicNetClassifier
from neuropil.logic.netlist.circuit import CONSTANT, Circuit
from neuropil.logic.netlist.gates import GATE_NAMES
from neuropil.logic.score import Outcome

if TYPE_CHECKING:
    import matplotlib.axes
    import matplotlib.figure

__all__ = ["draw_circuit", "draw_control", "draw_pareto", "write_figures"]

PUBLISHED = (
    ("LILogic Net S", 4_000, 97.96),
    ("LILogic Net M", 8_000, 98.45),
    ("LILogic Net L", 32_000, 98.95),
    ("DiffLogicNet", 48_000, 97.69),
    ("DiffLogicNet", 384_000, 98.47),
    ("LogicTreeNet", 147_000, 98.46),
    ("LogicTreeNet", 566_000, 99.23),
    ("Mommen et al. 2025", 12_000, 98.14),
)
"""Published models on MNIST: name, two-input gates, accuracy [%]; most are second-hand."""


def write_figures(
    writer: RunWriter, model: LogicNetClassifier, outcome: Outcome, images: ImageSet
) -> None:
    """Draw and write the figures of one network into a run folder.

    Parameters
    ----------
    writer : RunWriter
        An open run.
    model : LogicNetClassifier
        Fitted.
    outcome : Outcome
        Its test.
    images : ImageSet
        What it was fitted to.
    """
    writer.draw(
        Figure(
            "learning",
            "Learning curve",
            "Top: accuracy of the hard circuit on held-out training images after each epoch. "
            "Bottom: mean training loss of the epoch, on augmented images where there are any.",
            "Two line plots over epochs: accuracy rising, loss falling.",
        ),
        (4.8, 4.2),
        lambda figure: _draw_learning(figure, model),
    )
    writer.draw(
        Figure(
            "gates",
            "Which gates were learned",
            f"Functions of the {outcome.circuit.n_gates:,} gates after hardening (light) and of "
            f"the {outcome.simplified.n_gates:,} that remain after simplification (dark).",
            "Bar chart of gate counts by function.",
        ),
        (5.6, 4.0),
        lambda figure: _draw_gates(figure, outcome),
    )
    writer.draw(
        Figure(
            "wired",
            "Where the circuit looks",
            "Wires from each pixel to gates after simplification, over all thresholds and colours. "
            "Right: mean of the training images.",
            "Heat map of wires for each pixel beside the mean image.",
        ),
        (6.4, 3.0),
        lambda figure: _draw_wired(figure, outcome.simplified, images),
    )
    if images.source.name == "mnist":
        writer.draw(
            Figure(
                "pareto",
                "Accuracy against gates on MNIST",
                "Filled: this run, hard test accuracy. Open: published models, most of them read "
                "second-hand; they differ in augmentation, test protocol and how gates are "
                "counted.",
                "Scatter of accuracy against number of gates on a logarithmic axis.",
            ),
            (5.6, 3.8),
            lambda figure: draw_pareto(figure, [("this run", outcome)]),
        )


def _draw_learning(figure: matplotlib.figure.Figure, model: LogicNetClassifier) -> pl.DataFrame:
    history = np.array(model.history_)
    above, below = figure.subplots(2, 1, sharex=True)
    above.plot(history[:, 0], 100 * history[:, 3], color=ACCENT, lw=1.4)
    best = history[model.best_epoch_]
    above.plot(best[0], 100 * best[3], "o", color=ACCENT, ms=5)
    beside = {"xytext": (0, -12), "textcoords": "offset points", "ha": "right", "va": "top"}
    above.annotate("kept", (best[0], 100 * best[3]), color=ACCENT, **beside)
    above.set(ylabel="hard accuracy [%]")
    below.plot(history[:, 0], history[:, 1], color=WARM, lw=1.4)
    below.set(xlabel="epoch", ylabel="training loss", ylim=(0, None))
    return pl.DataFrame(history, schema=["epoch", "loss", "tau", "validation_accuracy"])


def _draw_gates(figure: matplotlib.figure.Figure, outcome: Outcome) -> pl.DataFrame:
    axes = figure.subplots()
    before, after = (
        list(circuit.count_kinds().values()) for circuit in (outcome.circuit, outcome.simplified)
    )
    places = np.arange(len(GATE_NAMES))
    axes.barh(places - 0.2, before, 0.4, color=ACCENT, alpha=0.35, label="hardened")
    axes.barh(places + 0.2, after, 0.4, color=ACCENT, label="simplified")
    axes.set_yticks(places, GATE_NAMES)
    axes.invert_yaxis()
    axes.set(xlabel="gates")
    axes.legend(frameon=False)
    return pl.DataFrame({"gate": GATE_NAMES, "hardened": before, "simplified": after})


def count_wires(circuit: Circuit, shape: tuple[int, ...]) -> np.ndarray:
    """Count the wires from each pixel to gates and outputs.

    Parameters
    ----------
    circuit : Circuit
        Its inputs are the bits of images in the order of their pixels.
    shape : tuple of int
        Height, width and, for colour, channels of an image.

    Returns
    -------
    (height, width) int array
        Wires, summed over thresholds and channels.
    """
    reads = np.concatenate([circuit.left, circuit.right, circuit.outputs])
    reads = reads[(reads != CONSTANT) & (reads < circuit.n_inputs)]
    counts = np.bincount(reads, minlength=circuit.n_inputs)
    wires: np.ndarray = counts.reshape(*shape[:2], -1).sum(axis=2)
    return wires


def _draw_wired(
    figure: matplotlib.figure.Figure, circuit: Circuit, images: ImageSet
) -> pl.DataFrame:
    wires = count_wires(circuit, images.shape)
    mean = images.train_images.mean(axis=0).reshape(*images.shape[:2], -1).mean(axis=2)
    left, right = figure.subplots(1, 2)
    shown = left.imshow(wires, cmap="Greys", interpolation="nearest")
    figure.colorbar(shown, ax=left, label="wires")
    shown = right.imshow(mean, cmap="Greys", interpolation="nearest")
    figure.colorbar(shown, ax=right, label="mean brightness")
    for axes in (left, right):
        axes.set(xlabel="column", ylabel="row")
    row, column = np.indices(wires.shape)
    return pl.DataFrame(
        {
            "row": row.ravel(),
            "column": column.ravel(),
            "wires": wires.ravel(),
            "mean_brightness": mean.ravel(),
        }
    )


def draw_control(writer: RunWriter, outcome: Outcome, controls: Sequence[Outcome]) -> None:
    """Draw learned beside fixed wiring.

    Parameters
    ----------
    writer : RunWriter
        An open run.
    outcome : Outcome
        Learned wiring.
    controls : sequence of Outcome
        Fixed wiring.
    """

    def draw(figure: matplotlib.figure.Figure) -> pl.DataFrame:
        names = ["learned", *(f"fixed {number}" for number in range(1, len(controls) + 1))]
        values = [100 - item.accuracy for item in (outcome, *controls)]
        axes = figure.subplots()
        axes.barh(names, values, color=[ACCENT] + [WARM] * len(controls))
        for place, value in enumerate(values):
            axes.text(value, place, f" {value:.2f} %", va="center", color=INK)
        axes.invert_yaxis()
        axes.set(xlabel="test error of the hard circuit [%]", xlim=(0, 1.2 * max(values)))
        return pl.DataFrame({"wiring": names, "test_error_percent": values})

    about = Figure(
        "control",
        "Learned against fixed wiring",
        "Test error of circuits with as many gates, trained for as long. Fixed: wires drawn at "
        "random, each source used equally often; only gates are learned.",
        "Bars of test error for learned and for fixed wiring.",
    )
    writer.draw(about, (4.8, 1.2 + 0.4 * len(controls)), draw)


def draw_pareto(
    figure: matplotlib.figure.Figure, models: Sequence[tuple[str, Outcome]]
) -> pl.DataFrame:
    """Draw accuracy against gates beside published models.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Empty.
    models : sequence of (str, Outcome)
        Names and tests.
    """
    axes = figure.subplots()
    points = [(name, gates, value, True) for name, gates, value in PUBLISHED]
    points += [(name, item.circuit.n_gates, item.accuracy, False) for name, item in models]
    for name, gates, value, published in points:
        face = "none" if published else ACCENT
        axes.plot(gates, value, "o", mfc=face, mec=INK if published else ACCENT, ms=6)
        right = not 1e5 < gates < 3e5  # labels of neighbours would cover each other
        axes.annotate(
            name,
            (gates, value),
            (7 if right else -7, 0),
            textcoords="offset points",
            ha="left" if right else "right",
            va="center",
            fontsize=7,
            color=INK if published else ACCENT,
        )
    axes.set(xscale="log", xlabel="two-input gates", ylabel="accuracy [%]", xlim=(1.5e3, 6e6))
    return pl.DataFrame(
        points, schema=["model", "gates", "accuracy_percent", "published"], orient="row"
    )


def draw_circuit(writer: RunWriter, circuit: Circuit, accuracy: float) -> None:
    """Draw a small circuit: inputs on the left, gates, and classes on the right.

    Parameters
    ----------
    writer : RunWriter
        An open run.
    circuit : Circuit
        Simplified, with at most some dozens of gates.
    accuracy : float
        Its test accuracy [%].
    """
    about = Figure(
        "circuit",
        "A whole circuit",
        f"A small network on the same images, simplified to {circuit.n_gates} gates; test accuracy "
        f"{accuracy:.1f} %. Left: input bits that it reads. Right: classes that count the gates; a "
        "dashed line counts the opposite.",
        "Diagram with lines from input bits to gates and from gates to classes.",
    )
    height = max(3.0, 0.24 * max(circuit.n_gates, 2 * circuit.n_classes))
    writer.draw(about, (7.0, height), lambda figure: _draw_netlist(figure, circuit))


def _draw_netlist(figure: matplotlib.figure.Figure, circuit: Circuit) -> pl.DataFrame:
    axes = figure.subplots()
    places = _place_nodes(circuit)
    rows = []
    for gate in range(circuit.n_gates):
        for port, node in zip("AB", (circuit.left[gate], circuit.right[gate]), strict=True):
            rows.append((int(node), circuit.n_inputs + gate, port, False))
    base = circuit.n_inputs + circuit.n_gates
    outputs = zip(circuit.outputs, circuit.groups, circuit.inverted, strict=True)
    rows += [(int(node), base + int(group), "vote", bool(flip)) for node, group, flip in outputs]
    for pre, post, _, inverted in rows:
        (x0, y0), (x1, y1) = places[pre], places[post]
        axes.plot([x0, x1], [y0, y1], color=INK, lw=0.5, ls="--" if inverted else "-", zorder=1)
    for node, (x, y) in places.items():
        gate = circuit.n_inputs <= node < base
        words = f"x{node}" if node < circuit.n_inputs else ""
        words = GATE_NAMES[circuit.kinds[node - circuit.n_inputs]] if gate else words
        words = circuit.classes[node - base] if node >= base else words
        box = {"boxstyle": "round,pad=0.2", "fc": "white", "ec": ACCENT if gate else INK, "lw": 0.8}
        axes.text(x, y, words, ha="center", va="center", fontsize=7, bbox=box, zorder=2)
    axes.set_axis_off()
    axes.set(xlim=(-0.15, 1.15), ylim=(-0.03, 1.03))
    return pl.DataFrame(rows, schema=["pre", "post", "port", "inverted"], orient="row")


def _place_nodes(circuit: Circuit) -> dict[int, tuple[float, float]]:
    """Return a place in the unit square for every node in use: by level, near what reads it."""
    base = circuit.n_inputs + circuit.n_gates
    levels = circuit.levels()
    columns: dict[int, list[int]] = {0: [], circuit.depth + 1: []}
    reads = {*circuit.left.tolist(), *circuit.right.tolist(), *circuit.outputs.tolist()}
    columns[0] = sorted(node for node in reads if 0 <= node < circuit.n_inputs)
    for gate, level in enumerate(levels.tolist()):
        columns.setdefault(level, []).append(circuit.n_inputs + gate)
    columns[circuit.depth + 1] = [base + group for group in range(circuit.n_classes)]
    places: dict[int, tuple[float, float]] = {}
    for level, nodes in columns.items():
        for rank, node in enumerate(_order(circuit, nodes)):
            places[node] = (level / (circuit.depth + 1), 1 - (rank + 0.5) / len(nodes))
    return places


def _order(circuit: Circuit, nodes: list[int]) -> list[int]:
    """Order nodes by the mean class of the outputs that they reach in one or two steps."""
    group: dict[int, list[int]] = {}
    for node, label in zip(circuit.outputs.tolist(), circuit.groups.tolist(), strict=True):
        group.setdefault(node, []).append(label)
    for gate in range(circuit.n_gates - 1, -1, -1):
        reached = group.get(circuit.n_inputs + gate, [])
        for node in (int(circuit.left[gate]), int(circuit.right[gate])):
            group.setdefault(node, []).extend(reached)
    return sorted(nodes, key=lambda node: (float(np.mean(group.get(node, [node]))), node))
