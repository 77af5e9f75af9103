"""What a run of the study writes: metrics, tables, figures, experiments and the model."""

from __future__ import annotations

import shutil

import numpy as np
import polars as pl

from neuropil.circuits.config import HeadDirectionConfig
from neuropil.circuits.experiments.ablation import ablation_sets
from neuropil.circuits.experiments.effects import Network, measure_ablations, measure_perturbation
from neuropil.circuits.experiments.ensemble import compute_stiffness, fit_ensemble
from neuropil.circuits.experiments.figures import (
    draw_ablations,
    draw_anchoring,
    draw_perturbation,
    draw_stiffness,
)
from neuropil.circuits.experiments.perturbation import parse_perturbation
from neuropil.circuits.experiments.physiology import compare_physiology
from neuropil.circuits.experiments.ring_neurons import RING_TYPE, measure_anchoring
from neuropil.circuits.figures import write_figures
from neuropil.circuits.fit import RingAttractor
from neuropil.circuits.score import Battery, metrics_of
from neuropil.contracts import Metric, Progress, RunWriter, SeedTree
from neuropil.learning import Listener

__all__ = ["write_experiments", "write_results"]


def write_experiments(
    writer: RunWriter, network: Network, config: HeadDirectionConfig, progress: Progress
) -> None:
    """Do the experiments that the settings ask for, and write their tables and figures.

    Parameters
    ----------
    writer : RunWriter
        An open run.
    network : Network
        Fitted.
    config : HeadDirectionConfig
        Which experiments.
    progress : Progress
        Told about each.
    """
    _write_stiffness(writer, network, config, progress)
    if config.ablate:
        sets = ablation_sets(config.ablate)
        with progress.track("ablating", len(sets)) as advance:
            table = measure_ablations(network, sets, retrain=config.retrain, advance=advance)
        writer.add_table("ablations", table)
        draw_ablations(writer, table)
    if config.perturb:
        wanted = parse_perturbation(config.perturb)
        with progress.track("perturbing", len(wanted.doses)) as advance:
            table = measure_perturbation(network, wanted, retrain=config.retrain, advance=advance)
        writer.add_table("perturbation", table)
        draw_perturbation(writer, table)
    if RING_TYPE in config.include:
        trace = measure_anchoring(network.parameters, network.circuit, network.dynamics)
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
    writer: RunWriter, network: Network, config: HeadDirectionConfig, progress: Progress
) -> None:
    fit = (network.dynamics, network.weights, network.seed)
    stiffness = compute_stiffness(network.parameters, network.circuit, *fit)
    ensemble = None
    if config.ensemble:
        listener = Listener(progress, writer.checkpoint / "ensemble" / "training.safetensors")
        ensemble = fit_ensemble(network.circuit, config.ensemble, *fit, listener=listener)
        names = network.circuit.type_names
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
    draw_stiffness(writer, network.circuit.type_names, stiffness, ensemble)


def write_results(
    writer: RunWriter,
    model: RingAttractor,
    battery: Battery,
    nulls: list[dict[str, float]],
) -> None:
    """Write metrics, tables, figures and the model of a fit.

    Parameters
    ----------
    writer : RunWriter
        An open run.
    model : RingAttractor
        Fitted.
    battery : Battery
        Its measurements.
    nulls : list of dict
        The same quantities on shuffled wiring.
    """
    parameters = model.parameters_
    physiology, disagreements = compare_physiology(parameters, model.circuit_, model.dynamics_)
    if disagreements:
        writer.note(f"Not as in the living fly: {'; '.join(disagreements)}.")
    writer.add_metrics(
        [
            *metrics_of(battery, nulls, SeedTree(model.seed)),
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
    write_figures(writer, model, battery)
    shutil.rmtree(writer.model, ignore_errors=True)  # of an interrupted process
    model.save(writer.model)
