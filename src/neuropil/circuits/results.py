"""What a run of the study writes: metrics, tables, figures, experiments and the model."""

from __future__ import annotations

import shutil

import numpy as np
import polars as pl

from neuropil.circuits.config import HeadDirectionConfig
from neuropil.circuits.data import build_circuit
from neuropil.circuits.experiments.ablation import ablation_sets
from neuropil.circuits.experiments.controls import refit_additive
from neuropil.circuits.experiments.effects import (
    fit_ring_neurons,
    measure_ablations,
    measure_perturbation,
)
from neuropil.circuits.experiments.ensemble import compute_stiffness, fit_ensemble
from neuropil.circuits.experiments.figures import (
    draw_ablations,
    draw_anchoring,
    draw_perturbation,
    draw_stiffness,
)
from neuropil.circuits.experiments.fitted import FittedNetwork
from neuropil.circuits.experiments.perturbation import parse_perturbation
from neuropil.circuits.experiments.physiology import compare_physiology
from neuropil.circuits.experiments.ring_neurons import (
    RING_TYPE,
    measure_anchoring,
    without_ring_neurons,
)
from neuropil.circuits.figures import Control, write_figures
from neuropil.circuits.fit import RingAttractor
from neuropil.circuits.protocol.motion import measure_integration, measure_local_speed
from neuropil.circuits.score import Battery, measure_shuffled, metrics_of, shuffled_circuit
from neuropil.connectome import Connectome
from neuropil.contracts import Metric, Progress, RunWriter, Task, usable_processors
from neuropil.learning import Listener

__all__ = ["write_experiments", "write_results", "write_run"]


def write_run(task: Task[HeadDirectionConfig, Connectome]) -> None:
    """Fit the circuit, measure it and its shuffled nulls, and write what they show.

    Parameters
    ----------
    task : Task
        The run; its connectome has ring neurons where they are included.
    """
    config, writer, seed = task.config, task.writer, task.seed
    model = config.model(seed.root)
    checkpoint = writer.checkpoint / "training.safetensors"
    listener = Listener(task.progress, checkpoint, usable_processors())
    model.fit(without_ring_neurons(task.data), listener=listener)
    if RING_TYPE in config.include:
        # The search from scratch is done without them, on fewer neurons; a refit takes them in.
        whole = build_circuit(task.data, config.readout, config.velocity)
        network = fit_ring_neurons(_fitted(model, config), whole)
        model.parameters_, model.circuit_ = network.parameters, network.circuit
    with task.progress.track("measuring", 2 + config.shuffles) as advance:
        battery = model.measure(
            n_walks=config.walks,
            walk_seconds=config.walk_seconds,
            n_ring=config.ring_starts,
        )
        advance(1)
        nulls = measure_shuffled(model.network_, seed, config.shuffles, advance)
        controls = _measure_controls(_fitted(model, config), config)
        advance(1)
    write_results(writer, model, battery, nulls, controls)
    write_experiments(writer, _fitted(model, config), config, task.progress)


def _measure_controls(fitted: FittedNetwork, config: HeadDirectionConfig) -> dict[str, Control]:
    """Measure what is shown beside the fit: velocity added to the drive, and shuffled wiring."""
    circuit, seed = fitted.network.circuit, fitted.seed
    networks = {
        "same numbers, shuffled wiring": fitted.network.with_circuit(
            shuffled_circuit(circuit, seed.child("shuffle 0"))
        )
    }
    if circuit.velocity_mode == "gain":
        networks = {"velocity added, refitted": refit_additive(fitted), **networks}
    return {
        name: Control(
            measure_integration(network, seed, n_trials=config.walks, seconds=config.walk_seconds),
            measure_local_speed(network),
        )
        for name, network in networks.items()
    }


def _fitted(model: RingAttractor, config: HeadDirectionConfig) -> FittedNetwork:
    return FittedNetwork(model.network_, config.weights, config.refit, model.seed_)


def write_experiments(
    writer: RunWriter, fitted: FittedNetwork, config: HeadDirectionConfig, progress: Progress
) -> None:
    """Do the experiments that the settings ask for, and write their tables and figures.

    Parameters
    ----------
    writer : RunWriter
        The open run folder that is written to.
    fitted : FittedNetwork
        The fit that the experiments change.
    config : HeadDirectionConfig
        Settings, which name the experiments that are wanted.
    progress : Progress
        Told about each.
    """
    _write_stiffness(writer, fitted, config, progress)
    if config.ablate:
        sets = ablation_sets(config.ablate)
        with progress.track("ablating", len(sets)) as advance:
            table = measure_ablations(fitted, sets, retrain=config.retrain, advance=advance)
        writer.add_table("ablations", table)
        draw_ablations(writer, table)
    if config.perturb:
        wanted = parse_perturbation(config.perturb)
        with progress.track("perturbing", len(wanted.doses)) as advance:
            table = measure_perturbation(fitted, wanted, retrain=config.retrain, advance=advance)
        writer.add_table("perturbation", table)
        draw_perturbation(writer, table)
    if RING_TYPE in config.include:
        trace = measure_anchoring(fitted.network)
        draw_anchoring(writer, trace)
        away = trace.distance(float(trace.time[-1]))
        writer.add_metrics(
            [
                Metric(
                    "anchoring",
                    "distance from the cue after its jump, median of 16 bumps",
                    float(np.median(away)),
                    "deg",
                    away.size,
                )
            ]
        )


def _write_stiffness(
    writer: RunWriter, fitted: FittedNetwork, config: HeadDirectionConfig, progress: Progress
) -> None:
    stiffness, names = compute_stiffness(fitted), fitted.network.circuit.type_names
    ensemble = None
    if config.ensemble:
        listener = Listener(progress, writer.checkpoint / "ensemble" / "training.safetensors")
        ensemble = fit_ensemble(fitted, config.ensemble, listener=listener)
        members = np.asarray(ensemble.parameters.gain)
        m, k = members.shape[:2]
        writer.add_table(
            "ensemble",
            pl.DataFrame(
                {
                    "member": np.repeat(np.arange(m), k * k),
                    "validation_loss": np.repeat(ensemble.loss, k * k),
                    "post": np.tile(np.repeat(names, k), m),
                    "pre": np.tile(names, m * k),
                    "gain": members.ravel(),
                }
            ),
        )
    draw_stiffness(writer, names, stiffness, ensemble)


def write_results(
    writer: RunWriter,
    model: RingAttractor,
    battery: Battery,
    nulls: list[dict[str, float]],
    controls: dict[str, Control],
) -> None:
    """Write metrics, tables, figures and the model of a fit.

    Parameters
    ----------
    writer : RunWriter
        The open run folder that is written to.
    model : RingAttractor
        The fitted model that is written.
    battery : Battery
        What was measured on the model's network.
    nulls : list of dict
        The same quantities of its numbers on shuffled wiring, one dictionary a copy.
    controls : dict of str to Control
        Networks that figures show beside it.
    """
    parameters = model.parameters_
    physiology, disagreements = compare_physiology(model.network_)
    if disagreements:
        writer.note(f"Not as in the living fly: {'; '.join(disagreements)}.")
    writer.add_metrics(
        [
            *metrics_of(battery, nulls, model.seed_),
            Metric("parameters", "fitted numbers", parameters.size, "count", 1),
            Metric("validation_loss", "loss on validation trials", model.validation_loss_, "1", 1),
            *physiology,
        ]
    )
    names = model.circuit_.type_names
    gain = np.asarray(parameters.gain)
    pairs = {"post": np.repeat(names, len(names)), "pre": np.tile(names, len(names))}
    writer.add_table("gains", pl.DataFrame(pairs | {"gain": gain.ravel()}))
    writer.add_table(
        "types", pl.DataFrame({"cell_type": names, "bias": np.asarray(parameters.bias)})
    )
    writer.add_table(
        "hold",
        pl.DataFrame(
            {
                "cue_deg": np.rad2deg(battery.hold.cue),
                "error_deg": battery.hold.error,
                "strength": battery.hold.strength,
                "width_deg": battery.shape.width,
                "maxima": battery.shape.maxima,
            }
        ),
    )
    if nulls:
        writer.add_table("block_shuffled", pl.DataFrame(nulls))
    writer.add_table(
        "training",
        pl.DataFrame(
            {"training_loss": model.history_[:, 0], "validation_loss": model.history_[:, 1]}
        ),
    )
    write_figures(writer, model, battery, controls)
    shutil.rmtree(writer.model, ignore_errors=True)  # of an interrupted process
    model.save(writer.model)
