"""Pieces of work behind the claims: plain settings and a seed in, JSON values out."""

from __future__ import annotations

import shutil
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from neuropil.circuits.attractor import measure_hold, measure_speed_curve
from neuropil.circuits.config import HeadDirectionConfig, load_wiring
from neuropil.circuits.data import build_circuit
from neuropil.circuits.experiments.ablation import ABLATIONS
from neuropil.circuits.experiments.controls import fit_shuffled, fit_uniform_gain, fit_upper_bound
from neuropil.circuits.experiments.effects import (
    Network,
    fit_ring_neurons,
    measure_ablations,
    measure_perturbation,
    measure_regularisation,
)
from neuropil.circuits.experiments.ensemble import compute_stiffness, fit_ensemble, simulate_many
from neuropil.circuits.experiments.perturbation import parse_perturbation
from neuropil.circuits.experiments.ring_neurons import add_ring_neurons, measure_anchoring
from neuropil.circuits.fit import RingAttractor
from neuropil.circuits.model import with_time_constants
from neuropil.circuits.score import measure
from neuropil.contracts import SeedTree

__all__ = [
    "ablate_seed",
    "bound_seed",
    "ensemble_task",
    "fit_seed",
    "fit_shuffled_seed",
    "fit_uniform",
    "perturb_seed",
    "ring_seed",
    "tau_seed",
]

_FAST_TURNS = (25.0, 50.0, 100.0, 200.0, 300.0, 400.0, 500.0)


def fit_seed(config: HeadDirectionConfig, seed: int, model_folder: Path) -> dict[str, Any]:
    """Fit one seed, measure it, and keep the model.

    Parameters
    ----------
    config : HeadDirectionConfig
        Settings; ``data`` names the connectome.
    seed : int
        Seed of the fit.
    model_folder : Path
        Where the model goes; what an interrupted process left there is replaced.

    Returns
    -------
    dict
        ``minutes`` of training, ``values`` of every criterion, and ``beyond``: error [deg] after
        10 s and 60 s and R^2 of the speed up to 500 deg/s.
    """
    connectome = load_wiring(config).data
    model = config.model(seed)
    before = time.perf_counter()
    model.fit(connectome)
    minutes = (time.perf_counter() - before) / 60
    shutil.rmtree(model_folder, ignore_errors=True)
    model.save(model_folder)
    battery = model.measure(n_walks=config.walks, walk_seconds=config.walk_seconds)
    return {"minutes": minutes, "values": battery.values(), "beyond": _beyond(model)}


def _beyond(model: RingAttractor) -> dict[str, float]:
    network = (model.parameters_, model.circuit_, model.dynamics_)
    hold = measure_hold(*network, seconds=60.0)
    return {
        "error_60_s": float(np.median(hold.error)),
        "linearity_500": measure_speed_curve(*network, speeds=_FAST_TURNS).r_squared,
    }


def fit_shuffled_seed(config: HeadDirectionConfig, seed: int) -> dict[str, float]:
    """Fit one block-shuffled copy of the wiring as the wiring itself is fitted, and measure it.

    Parameters
    ----------
    config : HeadDirectionConfig
        Settings.
    seed : int
        Seed of the shuffle and of the fit.

    Returns
    -------
    dict
        Values of every criterion.
    """
    circuit = build_circuit(load_wiring(config).data, config.readout, config.velocity)
    [(parameters, shuffled)] = fit_shuffled(
        circuit, config.dynamics, config.weights, config.plan, [SeedTree(seed)]
    )
    return measure(parameters, shuffled, config.dynamics, SeedTree(seed)).values()


def fit_uniform(config: HeadDirectionConfig, seed: int) -> dict[str, Any]:
    """Measure the best of a grid of one gain and one bias for all types.

    Parameters
    ----------
    config : HeadDirectionConfig
        Settings.
    seed : int
        Seed of the trials.

    Returns
    -------
    dict
        ``values`` of every criterion, and the number of ``settings`` of the grid.
    """
    circuit = build_circuit(load_wiring(config).data, config.readout, config.velocity)
    best = fit_uniform_gain(circuit, config.dynamics, config.weights, SeedTree(seed))
    values = measure(best.parameters, circuit, config.dynamics, SeedTree(seed)).values()
    return {"values": values, "settings": best.loss.size}


def _load_network(config: HeadDirectionConfig, number: int, model_folder: Path) -> Network:
    model = RingAttractor.load(model_folder)
    return Network(
        model.parameters_,
        model.circuit_,
        config.dynamics,
        config.weights,
        config.refit,
        SeedTree(number),
    )


def ablate_seed(
    config: HeadDirectionConfig, number: int, model_folder: Path
) -> list[dict[str, Any]]:
    """Remove every type from a kept fit, frozen and retrained.

    Parameters
    ----------
    config : HeadDirectionConfig
        Settings.
    number : int
        Seed of the fit.
    model_folder : Path
        Where the fit is kept.

    Returns
    -------
    list of dict
        Rows of :func:`~neuropil.circuits.experiments.effects.measure_ablations`.
    """
    network = _load_network(config, number, model_folder)
    present = [types for types in ABLATIONS if set(types) <= set(network.circuit.type_names)]
    return measure_ablations(network, present, retrain=True, advance=_silent).to_dicts()


def perturb_seed(
    config: HeadDirectionConfig, number: int, model_folder: Path
) -> dict[str, list[dict[str, Any]]]:
    """Measure a kept fit under count noise and under weights of the L2 term.

    Parameters
    ----------
    config, number, model_folder
        As for :func:`ablate_seed`.

    Returns
    -------
    dict
        ``noise`` and ``l2``: rows of the two experiments.
    """
    network = _load_network(config, number, model_folder)
    noise = measure_perturbation(
        network, parse_perturbation("noise:0:1:6"), retrain=True, advance=_silent, draws=1
    )
    l2 = measure_regularisation(network, (0.0, 1e-3, 1e-2, 1e-1, 1.0), _silent)
    return {"noise": noise.to_dicts(), "l2": l2.to_dicts()}


def bound_seed(
    config: HeadDirectionConfig, number: int, model_folder: Path
) -> dict[str, dict[str, float]]:
    """Tune a kept fit on with a gain for every neuron, and for every synapse.

    Parameters
    ----------
    config, number, model_folder
        As for :func:`ablate_seed`.

    Returns
    -------
    dict
        For ``per neuron`` and ``per synapse``: fitted numbers and what ``sketch`` measures.
    """
    network = _load_network(config, number, model_folder)
    found = {}
    for grain in ("neuron", "synapse"):
        parameters, circuit = fit_upper_bound(network, grain)
        found[f"per {grain}"] = {
            "parameters": float(parameters.size),
            **network.sketch(parameters, circuit),
        }
    return found


def ring_seed(config: HeadDirectionConfig, number: int, model_folder: Path) -> dict[str, Any]:
    """Add the ring neurons to a kept fit, tune all seven types on, and show a cue.

    Parameters
    ----------
    config, number, model_folder
        As for :func:`ablate_seed`.

    Returns
    -------
    dict
        ``parameters``, ``values`` of every criterion, and median distance [deg] of 16 bumps from
        the cue: ``before``, ``after`` 4 s of it, and ``shifted`` 4 s after it jumped.
    """
    network = _load_network(config, number, model_folder)
    connectome = add_ring_neurons(load_wiring(config).data)
    circuit = build_circuit(connectome, config.readout, config.velocity)
    parameters = fit_ring_neurons(network, circuit)
    battery = measure(
        parameters, circuit, config.dynamics, SeedTree(number), n_walks=30, n_ring=180
    )
    trace = measure_anchoring(parameters, circuit, config.dynamics)
    cues = {"before": 4.1, "after": 8.0, "shifted": 12.0}
    return {
        "parameters": parameters.size,
        "values": battery.values(),
        "anchoring": {name: float(np.median(trace.distance(at))) for name, at in cues.items()},
    }


def tau_seed(config: HeadDirectionConfig, number: int, model_folder: Path) -> dict[str, Any]:
    """Tune a kept fit on with a time constant for each type.

    Parameters
    ----------
    config, number, model_folder
        As for :func:`ablate_seed`.

    Returns
    -------
    dict
        ``parameters``, ``tau`` of each type [s] and ``values`` of every criterion.
    """
    network = _load_network(config, number, model_folder)
    dynamics = config.dynamics.model_copy(update={"tuned_time_constants": True})
    start = with_time_constants(network.parameters)
    parameters = replace(network, parameters=start, dynamics=dynamics).refitted(network.circuit)
    tau = dynamics.time_constant * np.asarray(parameters.tau_factor)
    battery = measure(parameters, network.circuit, dynamics, SeedTree(number))
    return {
        "parameters": parameters.size,
        "tau": dict(zip(network.circuit.type_names, tau.tolist(), strict=True)),
        "values": battery.values(),
    }


def ensemble_task(
    config: HeadDirectionConfig, number: int, model_folder: Path, members: int
) -> dict[str, Any]:
    """Fit an ensemble in one program, and simulate a thousand sets of numbers in one call.

    Parameters
    ----------
    config, number, model_folder
        As for :func:`ablate_seed`; the kept fit gives the stiff and sloppy directions.
    members : int
        Fits of the ensemble.

    Returns
    -------
    dict
        ``seconds`` of the ensemble, of one member alone and of the simulation; ``loss`` of each
        member; ``eigenvalues`` of the Gauss-Newton Hessian; ``pinned`` and ``spread`` of each
        gain.
    """
    network = _load_network(config, number, model_folder)
    fit = (network.dynamics, network.weights, network.seed)
    seconds = {}
    for name, n in (("one", 1), ("ensemble", members)):
        before = time.perf_counter()
        ensemble = fit_ensemble(network.circuit, n, *fit)
        seconds[name] = time.perf_counter() - before
    before = time.perf_counter()
    simulate_many(network.parameters, network.circuit, network.dynamics, network.seed)
    seconds["simulate_1000"] = time.perf_counter() - before
    stiffness = compute_stiffness(network.parameters, network.circuit, *fit)
    spread, _ = ensemble.best().spread()
    return {
        "seconds": seconds,
        "loss": ensemble.loss.tolist(),
        "eigenvalues": stiffness.eigenvalues.tolist(),
        "pinned": stiffness.pinned.tolist(),
        "spread": spread.tolist(),
        "types": list(network.circuit.type_names),
    }


def _silent(steps: int, note: str = "") -> None:
    del steps, note
