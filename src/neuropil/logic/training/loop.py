"""The training loop: epochs of steps in an engine, with sharpening and a cosine rate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from neuropil.contracts import ConfigError, SeedTree
from neuropil.learning import Listener, load_tree, save_tree
from neuropil.logic.training.data import TrainingBits
from neuropil.logic.training.engine import ChoiceRule, Chunk, Engine
from neuropil.logic.training.network import (
    GateNetwork,
    average_networks,
    draw_network,
    harden,
)
from neuropil.logic.training.rewiring import (
    drop_candidates,
    pad_candidates,
    redraw_candidates,
    trim_candidates,
)
from neuropil.logic.training.schedule import TrainingSchedule, Wiring

__all__ = ["Architecture", "Epoch", "select_epoch", "train_network"]


class Epoch(NamedTuple):
    """What is known after an epoch.

    Parameters
    ----------
    epoch : float
        Passes over the training images so far.
    loss : float
        Mean training loss of the epoch.
    tau : float
        Divisor of the class counts.
    validation : float
        Accuracy of the hard circuit on held-out training images.
    """

    epoch: float
    loss: float
    tau: float
    validation: float


@dataclass(frozen=True)
class Architecture:
    """The layers of a network, and what its last one votes for.

    Parameters
    ----------
    gates : tuple of int
        Gates of each layer.
    wirings : tuple of Wiring
        Of each layer.
    classes : tuple of str
        Names of the classes.
    """

    gates: tuple[int, ...]
    wirings: tuple[Wiring, ...]
    classes: tuple[str, ...]

    @property
    def voters(self) -> int:
        """Gates of each class in the last layer."""
        return self.gates[-1] // len(self.classes)


def train_network(
    architecture: Architecture,
    schedule: TrainingSchedule,
    data: TrainingBits,
    engine: Engine,
    seed: SeedTree,
    listener: Listener,
) -> tuple[GateNetwork, list[Epoch]]:
    """Train a network from a random start.

    Every draw depends on the seed and the epoch alone, so that an interrupted training goes on as
    if nothing had happened.

    Parameters
    ----------
    architecture : Architecture
        What is trained.
    schedule : TrainingSchedule
        How long and how sharply.
    data : TrainingBits
        What it sees.
    engine : Engine
        What runs the steps.
    seed : SeedTree
        Root of all draws.
    listener : Listener
        Told after every epoch; keeps a checkpoint.

    Returns
    -------
    network : GateNetwork
        After the epoch that :func:`select_epoch` names.
    history : list of Epoch
        One entry an epoch.
    """
    network = _draw(architecture, schedule, data, seed)
    widths = tuple(layer.sources.shape[1] for layer in network.layers)
    noise = seed.child("noise").integer()
    per_epoch = max(1, data.n // schedule.batch)
    total = max(1, round(schedule.epochs * per_epoch))
    starts = range(0, total, per_epoch)
    network, mean, best, history = _restore(listener, network, len(starts))
    with listener.progress.track("training", len(starts)) as advance:
        advance(len(history))
        for epoch in range(len(history), len(starts)):
            steps = np.arange(starts[epoch], min(starts[epoch] + per_epoch, total))
            place, begins = seed.child("epoch").child(epoch), float(steps[0] / total)
            network = _rewire(network, schedule, widths, data, begins, place)
            choice = schedule.choice_rule(begins, noise)
            chunk = _draw_chunk(architecture, schedule, data, steps / total, place, choice)
            network, losses = engine.run(network, chunk)
            averaged = sum(schedule.averages(start / total) for start in starts[:epoch])
            mean = _average(mean, network, averaged, schedule.average)
            circuit = harden(mean, data.n_inputs, architecture.classes)
            right = circuit.predict(data.validation_bits) == data.validation_labels
            reached = float((steps[-1] + 1) / per_epoch)
            history.append(Epoch(reached, float(losses.mean()), network.tau, float(right.mean())))
            best = mean if select_epoch(history, schedule) == epoch else best
            _keep(listener, (network, mean, best), widths, history, len(starts))
            advance(1, f"hard validation accuracy {100 * history[-1].validation:.2f} %")
    return best, history


def _average(mean: GateNetwork, network: GateNetwork, averaged: int, share: float) -> GateNetwork:
    """Take one more network into a running average of ``averaged`` ones with the same candidates.

    The first ones weigh alike, so that the average does not hang on where it began.
    """
    if not averaged:
        return network
    return average_networks(mean, network, min(share, averaged / (averaged + 1)))


def select_epoch(history: list[Epoch], schedule: TrainingSchedule) -> int:
    """Return the epoch whose circuit is kept.

    It is that of highest hard validation accuracy, the last one among equals, as choices have
    become sharper by then. Where logits are averaged, earlier epochs do not count once there is an
    average: hundreds of epochs that swing would be chosen for their luck.

    Parameters
    ----------
    history : list of Epoch
        At least one.
    schedule : TrainingSchedule
        Of the training.
    """
    averaged = [
        epoch for epoch in range(len(history)) if schedule.averages(epoch / schedule.epochs)
    ]
    return max(
        averaged or range(len(history)), key=lambda epoch: (history[epoch].validation, epoch)
    )


def _draw(
    architecture: Architecture, schedule: TrainingSchedule, data: TrainingBits, seed: SeedTree
) -> GateNetwork:
    candidates = tuple(kind.candidates for kind in architecture.wirings)
    tau = schedule.first_tau(architecture.voters)
    rng = seed.child("network").generator()
    reaches = tuple(kind.reach for kind in architecture.wirings)
    if schedule.regrowth and any(reaches):
        raise ConfigError(
            "expected no regrowth, which draws from the whole image, beside local wiring",
            where="schedule.regrowth",
            repair="Set it to 0, or take topk:K.",
        )
    classes = len(architecture.classes)
    return draw_network(architecture.gates, candidates, data.sources, tau, rng, reaches, classes)


def _rewire(
    network: GateNetwork,
    schedule: TrainingSchedule,
    widths: tuple[int, ...],
    data: TrainingBits,
    progress: float,
    seed: SeedTree,
) -> GateNetwork:
    """Change the candidates before an epoch that begins at ``progress``, not before the first."""
    if progress == 0:
        return network
    limits = tuple(schedule.candidates_left(width, progress) for width in widths)
    network = drop_candidates(network, limits)
    if not schedule.regrows(progress):
        return network
    rng = seed.child("candidates").generator()
    return redraw_candidates(network, schedule.regrowth, data.usable, rng)


def _draw_chunk(
    architecture: Architecture,
    schedule: TrainingSchedule,
    data: TrainingBits,
    progress: npt.NDArray[np.float64],
    seed: SeedTree,
    choice: ChoiceRule,
) -> Chunk:
    """Draw the images of an epoch's steps, whose places in the training are given from 0 to 1."""
    wanted = progress.size * schedule.batch
    packed, images = data.draw_epoch(wanted, schedule.clean, seed.generator())
    return Chunk(
        packed,
        data.labels,
        images.reshape(progress.size, schedule.batch).astype(np.int32),
        _settings(schedule, progress),
        data.n_inputs,
        len(architecture.classes),
        schedule.tau_rule(architecture.voters),
        choice,
        schedule.smoothing,
    )


def _settings(
    schedule: TrainingSchedule, progress: npt.NDArray[np.float64]
) -> npt.NDArray[np.float32]:
    """Return (steps, 4) sharpness of wires and gates, and the learning rate of both."""
    sharp = np.stack([schedule.sharpness(share) for share in progress], axis=1)
    fall = (1 + np.cos(np.pi * progress)) / 2
    rate = schedule.rate * (schedule.final_rate + (1 - schedule.final_rate) * fall)
    return np.stack([*sharp, rate, rate], axis=1).astype(np.float32)


def _restore(
    listener: Listener, network: GateNetwork, epochs: int
) -> tuple[GateNetwork, GateNetwork, GateNetwork, list[Epoch]]:
    """Return the network, the average, the selected one, and the history of a checkpoint."""
    if listener.checkpoint is None or not listener.checkpoint.is_file():
        return network, network, network, []
    like = (*(_as_arrays(network),) * 3, np.zeros((epochs, 4)))
    *saved, history = load_tree(listener.checkpoint, like)
    known = [Epoch(*map(float, row)) for row in history if row[0] > 0]
    now, mean, best = (
        trim_candidates(GateNetwork(layers, int(taken), float(tau))) for layers, taken, tau in saved
    )
    return now, mean, best, known


def _keep(
    listener: Listener,
    networks: tuple[GateNetwork, GateNetwork, GateNetwork],
    widths: tuple[int, ...],
    history: list[Epoch],
    epochs: int,
) -> None:
    if listener.checkpoint is not None:
        padded = (pad_candidates(network, widths) for network in networks)
        table = np.zeros((epochs, 4))
        table[: len(history)] = history
        save_tree(listener.checkpoint, (*map(_as_arrays, padded), table))


def _as_arrays(network: GateNetwork) -> Any:  # noqa: ANN401 - a tree of arrays
    return network.layers, np.array(network.taken), np.array(network.tau)
