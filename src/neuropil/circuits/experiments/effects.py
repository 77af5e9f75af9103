"""Experiments on a fitted circuit: cell types removed, counts perturbed, numbers left loose."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from neuropil.circuits.data import Circuit
from neuropil.circuits.experiments.ablation import ablate_and_refit, without
from neuropil.circuits.experiments.fitted import FittedNetwork
from neuropil.circuits.experiments.perturbation import Perturbation, perturb
from neuropil.circuits.experiments.ring_neurons import cue_objective, extend_parameters
from neuropil.circuits.network import Network
from neuropil.circuits.score import sketch
from neuropil.circuits.search import fitting_dynamics
from neuropil.contracts import Advance

__all__ = [
    "fit_ring_neurons",
    "measure_ablations",
    "measure_perturbation",
    "measure_regularisation",
]


def fit_ring_neurons(fitted: FittedNetwork, circuit: Circuit) -> Network:
    """Let a fit go on with ring neurons as one more type, and with an objective that sees a cue.

    Parameters
    ----------
    fitted : FittedNetwork
        The network as it was fitted without ring neurons.
    circuit : Circuit
        With ring neurons as its last type.
    """
    network = fitted.network
    start = Network(extend_parameters(network.parameters, circuit), circuit, network.dynamics)
    return fitted.refitted(
        start, further=cue_objective(circuit, fitting_dynamics(network.dynamics).step)
    )


def measure_ablations(
    fitted: FittedNetwork, sets: Sequence[Sequence[str]], *, retrain: bool, advance: Advance
) -> pl.DataFrame:
    """Remove each set of types, with the other numbers frozen and, if asked, refitted.

    Parameters
    ----------
    fitted : FittedNetwork
        The intact network, which rows are compared with.
    sets : sequence of sets of str
        Cell types that are removed together.
    retrain : bool
        Whether the other numbers are refitted too.
    advance : Advance
        Told after each set.

    Returns
    -------
    pl.DataFrame
        ``ablated`` (``none`` for the intact network), ``mode`` and a column for each value of
        :func:`~neuropil.circuits.score.sketch`.
    """
    rows = [{"ablated": "none", "mode": "intact", **sketch(fitted.network)}]
    for types in sets:
        name = "+".join(types)
        frozen = sketch(without(fitted.network, types))
        rows.append({"ablated": name, "mode": "frozen", **frozen})
        if retrain:
            refitted = sketch(ablate_and_refit(fitted, types))
            rows.append({"ablated": name, "mode": "retrained", **refitted})
        advance(1, name)
    return pl.DataFrame(rows)


def measure_perturbation(
    fitted: FittedNetwork,
    perturbation: Perturbation,
    *,
    retrain: bool,
    advance: Advance,
    draws: int = 5,
) -> pl.DataFrame:
    """Measure the network on perturbed wiring, at each dose.

    Parameters
    ----------
    fitted : FittedNetwork
        The network as it was fitted to the wiring as it is.
    perturbation : Perturbation
        Kind and doses.
    retrain : bool
        Whether the network is also refitted to the first draw of each dose.
    advance : Advance
        Told after each dose.
    draws : int
        Perturbed copies at each dose.

    Returns
    -------
    pl.DataFrame
        ``kind``, ``dose``, ``draw``, ``mode`` and a column for each value of
        :func:`~neuropil.circuits.score.sketch`.
    """
    rows = []
    for dose in perturbation.doses:
        for draw in range(draws if dose else 1):
            seed = fitted.seed.child(f"{perturbation.kind} {draw}")
            wiring = perturb(fitted.network.circuit, perturbation.kind, dose, seed)
            changed = fitted.network.with_circuit(wiring)
            about = {"kind": perturbation.kind, "dose": dose, "draw": draw}
            rows.append({**about, "mode": "frozen", **sketch(changed)})
            if retrain and draw == 0:
                rows.append({**about, "mode": "retrained", **sketch(fitted.refitted(changed))})
        advance(1, f"{perturbation.kind} {dose:g}")
    return pl.DataFrame(rows)


def measure_regularisation(
    fitted: FittedNetwork, penalties: Sequence[float], advance: Advance
) -> pl.DataFrame:
    """Refit the network under other weights of the L2 term: the cost of nearness to the data.

    Parameters
    ----------
    fitted : FittedNetwork
        Where each of these fits begins.
    penalties : sequence of float
        Weights of the squared deviations from the raw wiring.
    advance : Advance
        Told after each.

    Returns
    -------
    pl.DataFrame
        ``l2``, ``distance`` (root-mean-square of Z) and a column for each value of
        :func:`~neuropil.circuits.score.sketch`.
    """
    rows = []
    for penalty in penalties:
        weights = fitted.weights.model_copy(update={"l2": penalty})
        refitted = fitted.refitted(fitted.network, weights)
        distance = float(np.sqrt(np.mean(np.square(refitted.parameters.deviation))))
        rows.append({"l2": penalty, "distance": distance, **sketch(refitted)})
        advance(1, f"l2 {penalty:g}")
    return pl.DataFrame(rows)
