"""Settings of the study ``head-direction``, and the data it takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from neuropil import datasets
from neuropil.circuits.data import RingReadout, VelocityInput, build_circuit
from neuropil.circuits.experiments.ablation import ablate
from neuropil.circuits.experiments.perturbation import parse_perturbation
from neuropil.circuits.experiments.ring_neurons import RING_TYPE, add_ring_neurons
from neuropil.circuits.fit import RingAttractor
from neuropil.circuits.model import Dynamics
from neuropil.circuits.objectives.weights import LossWeights
from neuropil.circuits.search import FitPlan, RefitPlan
from neuropil.connectome import Connectome
from neuropil.contracts import Citation, Loaded, Names, Settings, Several

__all__ = [
    "FAST",
    "REAL",
    "SMALL_MINUTES",
    "SMALL_TURNS",
    "SYNTHETIC",
    "HeadDirectionConfig",
    "check_wiring",
    "load_wiring",
]

REAL, SYNTHETIC = "hemibrain-head-direction", "synthetic-head-direction"


class HeadDirectionConfig(Settings):
    """Settings of the study.

    Parameters
    ----------
    data : str or None
        Dataset name, or a file or folder that ``neuropil convert`` reads. None takes the
        hemibrain circuit where it can be had and the synthetic one elsewhere.
    counts : {"raw", "symmetrised"}
        Synapse counts as they are, or the mean over pairs that a mirrored and rotated brain
        would not tell apart.
    readout, velocity, dynamics, weights, plan
        Declarations and constants of :class:`~neuropil.circuits.RingAttractor`.
    include : tuple of str
        ``ER`` adds the ring neurons as a seventh type.
    ablate : tuple of str
        Cell types that are removed from the fitted circuit, one by one and all together.
    perturb : str or None
        Perturbation of the counts, such as ``noise:0:1:11``.
    retrain : bool
        Whether ablated and perturbed circuits are refitted too.
    ensemble : int
        Number of further fits from other starts.
    refit : RefitPlan
        How a changed circuit is refitted.
    shuffles : int
        Block-shuffled copies of the wiring that the fitted parameters are measured on.
    walks : int
        Random-turning trials that are scored.
    walk_seconds : float
        Length of each [s].
    ring_starts : int
        Headings from which end angles, drift and eigenvalues are measured.
    """

    data: str | None = None
    counts: Literal["raw", "symmetrised"] = "raw"
    readout: RingReadout = RingReadout()
    velocity: VelocityInput = VelocityInput()
    dynamics: Dynamics = Dynamics()
    weights: LossWeights = LossWeights()
    plan: FitPlan = FitPlan()
    include: Annotated[tuple[Literal["ER"], ...], Several] = ()
    ablate: Names = ()
    perturb: str | None = None
    retrain: bool = False
    ensemble: int = Field(default=0, ge=0)
    refit: RefitPlan = RefitPlan()
    shuffles: int = Field(default=20, ge=0)
    walks: int = Field(default=100, ge=3)
    walk_seconds: float = Field(default=60.0, gt=0)
    ring_starts: int = Field(default=360, ge=72)

    def model(self, seed: int) -> RingAttractor:
        """Return the unfitted estimator of these settings."""
        return RingAttractor(
            self.readout, self.velocity, self.dynamics, self.weights, self.plan, seed
        )


SMALL_TRIALS: Mapping[str, Any] = {
    "hold": 8,
    "speeds": [60, 180],
    "starts": 2,
    "walks": 8,
    "duration": 1.0,
}
SMALL_TURNS: Mapping[str, Any] = {
    "hold": 8,
    "speeds": [60, 180],
    "starts": 2,
    "walks": 1,
    "duration": 1.2,
}
SMALL_MINUTES: Mapping[str, Any] = {
    "minutes": 16,
    "hold": 8,
    "speeds": [180],
    "starts": 2,
    "duration": 1.2,
}
FAST: Mapping[str, Any] = {
    "data": SYNTHETIC,
    "plan": {
        "restarts": 1,
        "explore_steps": 100,
        "finalists": 1,
        "soften_stages": 1,
        "soften_steps": 1,
        "compare_steps": 1,
        "polish_steps": 2,
        "explore_trials": SMALL_TRIALS,
        "trials": SMALL_MINUTES,
    },
    "refit": {"steps": 2, "adam_steps": 50, "trials": SMALL_TURNS},
    "shuffles": 2,
    "walks": 8,
    "walk_seconds": 10.0,
    "ring_starts": 72,
}

CITATIONS = (
    Citation(
        "duan2025",
        "Duan S, Dong LL, Fiete I 2025, From Synapses to Dynamics: Obtaining Function from "
        "Structure in a Connectome Constrained Model of the Head Direction Circuit, NeurIPS",
        "10.1101/2025.05.26.655406",
    ),
    Citation(
        "marquardt1963",
        "Marquardt DW 1963, An Algorithm for Least-Squares Estimation of Nonlinear "
        "Parameters, J. Soc. Ind. Appl. Math. 11:431",
        "10.1137/0111030",
    ),
)
"""The method, and how it is fitted."""

# Seconds of a fit on the real circuit (seed 13), two processes beside other work.
STAGES: Mapping[str, float] = {
    "exploring": 35,
    "judging": 2,
    "softening 1": 40,
    "softening 2": 39,
    "softening 3": 45,
    "softening 4": 45,
    "softening 5": 45,
    "comparing 1": 74,
    "comparing 2": 30,
    "comparing 3": 19,
    "polishing": 39,
    "measuring": 57,
}


def load_wiring(config: HeadDirectionConfig) -> Loaded[Connectome]:
    """Return the connectome that the settings name, with ring neurons where they are included.

    Parameters
    ----------
    config : HeadDirectionConfig
        ``data`` names a dataset, a file or a folder; None stands for the real circuit with the
        synthetic one in reserve.

    Raises
    ------
    ConfigError
        When the name is neither a dataset nor something that exists.
    """
    notes: tuple[str, ...] = ()
    if config.data is None:
        connectome, notes = datasets.load_or_substitute(REAL, kind=Connectome)
    else:
        connectome = datasets.load_or_read(config.data, kind=Connectome)
    if config.counts == "symmetrised":
        connectome = datasets.symmetrise(connectome)
    whole = add_ring_neurons(connectome) if RING_TYPE in config.include else connectome
    return Loaded(whole, notes)


def check_wiring(config: HeadDirectionConfig, connectome: Connectome) -> None:
    """Refuse settings that the wiring rules out: missing columns, unknown types and doses.

    Parameters
    ----------
    config : HeadDirectionConfig
        Settings.
    connectome : Connectome
        What will be fitted.

    Raises
    ------
    InputError
        When a column or a value that the circuit needs is missing.
    ConfigError
        When a cell type or a perturbation is unknown.
    """
    circuit = build_circuit(connectome, config.readout, config.velocity)
    ablate(circuit, config.ablate)
    if config.perturb:
        parse_perturbation(config.perturb)
