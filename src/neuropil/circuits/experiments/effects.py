"""Experiments on a fitted circuit: cell types removed, counts perturbed, numbers left loose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import jax
import numpy as np
import polars as pl

from neuropil.circuits.data import Circuit
from neuropil.circuits.experiments.ablation import ablate, ablate_and_refit, silence
from neuropil.circuits.experiments.perturbation import Perturbation, perturb
from neuropil.circuits.experiments.ring_neurons import cue_objective, extend_parameters
from neuropil.circuits.losses import LossWeights
from neuropil.circuits.model import Dynamics, TypeParameters
from neuropil.circuits.score import sketch
from neuropil.circuits.search import Further, RefitPlan, refit_parameters
from neuropil.contracts import Advance, SeedTree

__all__ = [
    "Network",
    "fit_ring_neurons",
    "measure_ablations",
    "measure_perturbation",
    "measure_regularisation",
]


@dataclass(frozen=True)
class Network:
    """A fitted circuit, and how it is tuned on.

    Parameters
    ----------
    parameters, circuit, dynamics
        The network.
    weights : LossWeights
        Its objectives.
    refit : RefitPlan
        How it is tuned after a change.
    seed : SeedTree
        Source of trials and draws.
    """

    parameters: TypeParameters
    circuit: Circuit
    dynamics: Dynamics
    weights: LossWeights
    refit: RefitPlan
    seed: SeedTree

    def sketch(self, parameters: TypeParameters, circuit: Circuit) -> dict[str, float]:
        """Measure other numbers or other wiring with this network's constants."""
        return sketch(parameters, circuit, self.dynamics)

    def refitted(
        self,
        circuit: Circuit,
        weights: LossWeights | None = None,
        further: Further | None = None,
    ) -> TypeParameters:
        """Tune the numbers on for other wiring, or for other objectives."""
        start = jax.tree.map(lambda leaf: leaf[None], self.parameters)
        fitted = refit_parameters(
            circuit,
            (start, circuit.weights[None]),
            self.dynamics,
            weights or self.weights,
            self.refit,
            self.seed,
            further,
        )
        return jax.tree.map(lambda leaf: leaf[0], fitted.parameters)


def fit_ring_neurons(network: Network, circuit: Circuit) -> TypeParameters:
    """Let a fit go on with ring neurons as one more type, and with an objective that sees a cue.

    Parameters
    ----------
    network : Network
        Fitted without them.
    circuit : Circuit
        With ring neurons as its last type.
    """
    start = extend_parameters(network.parameters, circuit)
    objective = cue_objective(circuit, network.refit.coarse_step)
    return replace(network, parameters=start).refitted(circuit, further=objective)


def measure_ablations(
    network: Network, sets: Sequence[Sequence[str]], *, retrain: bool, advance: Advance
) -> pl.DataFrame:
    """Remove each set of types, with the other numbers frozen and, if asked, tuned on.

    Parameters
    ----------
    network : Network
        Intact.
    sets : sequence of sets of str
        Cell types that are removed together.
    retrain : bool
        Whether the other numbers are tuned on too.
    advance : Advance
        Told after each set.

    Returns
    -------
    pl.DataFrame
        ``ablated`` (``none`` for the intact network), ``mode`` and a column for each value of
        :func:`~neuropil.circuits.score.sketch`.
    """
    parameters, circuit = network.parameters, network.circuit
    rows = [{"ablated": "none", "mode": "intact", **network.sketch(parameters, circuit)}]
    for types in sets:
        name = "+".join(types)
        frozen = network.sketch(silence(parameters, circuit, types), ablate(circuit, types))
        rows.append({"ablated": name, "mode": "frozen", **frozen})
        if retrain:
            fit = (network.dynamics, network.weights, network.refit)
            tuned = ablate_and_refit(parameters, circuit, types, fit, network.seed)
            rows.append({"ablated": name, "mode": "retrained", **network.sketch(*tuned)})
        advance(1, name)
    return pl.DataFrame(rows)


def measure_perturbation(
    network: Network,
    perturbation: Perturbation,
    *,
    retrain: bool,
    advance: Advance,
    draws: int = 5,
) -> pl.DataFrame:
    """Measure the network on perturbed wiring, at each dose.

    Parameters
    ----------
    network : Network
        Fitted to the wiring as it is.
    perturbation : Perturbation
        Kind and doses.
    retrain : bool
        Whether the first draw of each dose is also tuned on.
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
            seed = network.seed.child(f"{perturbation.kind} {draw}")
            wiring = perturb(network.circuit, perturbation.kind, dose, seed)
            about = {"kind": perturbation.kind, "dose": dose, "draw": draw}
            frozen = network.sketch(network.parameters, wiring)
            rows.append({**about, "mode": "frozen", **frozen})
            if retrain and draw == 0:
                tuned = network.sketch(network.refitted(wiring), wiring)
                rows.append({**about, "mode": "retrained", **tuned})
        advance(1, f"{perturbation.kind} {dose:g}")
    return pl.DataFrame(rows)


def measure_regularisation(
    network: Network, penalties: Sequence[float], advance: Advance
) -> pl.DataFrame:
    """Tune the network on under other weights of the L2 term: the cost of nearness to the data.

    Parameters
    ----------
    network : Network
        Fitted.
    penalties : sequence of float
        Weights of Z^2 and bias^2.
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
        weights = network.weights.model_copy(update={"l2": penalty})
        tuned = network.refitted(network.circuit, weights)
        distance = float(np.sqrt(np.mean(np.square(tuned.deviation))))
        rows.append({"l2": penalty, "distance": distance, **network.sketch(tuned, network.circuit)})
        advance(1, f"l2 {penalty:g}")
    return pl.DataFrame(rows)
