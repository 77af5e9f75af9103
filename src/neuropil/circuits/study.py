"""The study ``head-direction``: settings, one run, and the protocol of its targets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import polars as pl
from pydantic import Field

from neuropil import datasets, formats
from neuropil.circuits.data import RingReadout, VelocityInput, build_circuit
from neuropil.circuits.figures import write_figures
from neuropil.circuits.fit import FitPlan, RingAttractor
from neuropil.circuits.losses import LossWeights
from neuropil.circuits.model import Dynamics
from neuropil.circuits.reproduction import reproduce_targets
from neuropil.circuits.score import Battery, measure_shuffled, metrics_of
from neuropil.circuits.targets import TARGETS
from neuropil.connectome import Connectome
from neuropil.contracts import (
    Citation,
    ConfigError,
    DataUnavailableError,
    Metric,
    Progress,
    Reproduction,
    RunWriter,
    SeedTree,
    Study,
    StudyConfig,
    Target,
)
from neuropil.learning import Listener, enable_compilation_cache

__all__ = ["HeadDirection", "HeadDirectionConfig", "load_default"]

REAL, SYNTHETIC = "hemibrain-head-direction", "synthetic-head-direction"


class HeadDirectionConfig(StudyConfig):
    """Settings of the study.

    Parameters
    ----------
    data : str or None
        Dataset name, or a file or folder that ``neuropil convert`` reads. None takes the
        hemibrain circuit where it can be had and the synthetic one elsewhere.
    readout, velocity, dynamics, weights, plan
        Declarations and constants of :class:`~neuropil.circuits.RingAttractor`.
    shuffles : int
        Block-shuffled copies of the wiring that the fitted parameters are measured on.
    walks : int
        Random-turning trials that are scored.
    walk_seconds : float
        Length of each [s].
    """

    data: str | None = None
    readout: RingReadout = RingReadout()
    velocity: VelocityInput = VelocityInput()
    dynamics: Dynamics = Dynamics()
    weights: LossWeights = LossWeights()
    plan: FitPlan = FitPlan()
    shuffles: int = Field(default=20, ge=0)
    walks: int = Field(default=100, ge=3)
    walk_seconds: float = Field(default=60.0, gt=0)

    def model(self, seed: int) -> RingAttractor:
        """Return the unfitted estimator of these settings."""
        return RingAttractor(
            self.readout, self.velocity, self.dynamics, self.weights, self.plan, seed
        )


SMALL_TRIALS = {"hold": 8, "speeds": [60, 180], "starts": 2, "walks": 8, "duration": 1.0}
FAST: Mapping[str, Any] = {
    "data": SYNTHETIC,
    "plan": {
        "restarts": 1,
        "explore_steps": 100,
        "descend_steps": 50,
        "refine_stages": 1,
        "refine_steps": 1,
        "explore_trials": SMALL_TRIALS,
        "descend_trials": SMALL_TRIALS,
        "refine_trials": SMALL_TRIALS,
    },
    "shuffles": 2,
    "walks": 8,
    "walk_seconds": 10.0,
}


def load_default(name: str | None) -> tuple[Connectome, str]:
    """Return a connectome and, where another than the real one had to be taken, the reason.

    Parameters
    ----------
    name : str or None
        Dataset, file or folder; None for the real circuit with the synthetic one in reserve.

    Raises
    ------
    ConfigError
        When the name is neither a dataset nor something that exists.
    """
    if name is None:
        try:
            return datasets.load(REAL), ""
        except DataUnavailableError:
            note = f"{REAL} could not be had; the embedded {SYNTHETIC} was used instead."
            return datasets.load(SYNTHETIC), note
    if name in datasets.names():
        return datasets.load(name), ""
    return formats.read(name), ""


class HeadDirection(Study):
    """Recover a compass from the raw wiring of the fly's heading circuit."""

    name: ClassVar[str] = "head-direction"
    title: ClassVar[str] = "A ring attractor from the fly's raw wiring"
    summary: ClassVar[str] = (
        "Tune one gain per pair of cell types until the raw connectome holds and moves a bump."
    )
    package: ClassVar[str] = "neuropil.circuits"
    config: ClassVar[type[StudyConfig]] = HeadDirectionConfig
    fast: ClassVar[Mapping[str, Any]] = FAST
    targets: ClassVar[tuple[Target, ...]] = TARGETS
    citations: ClassVar[tuple[Citation, ...]] = (
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

    def run(
        self, config: StudyConfig, seed: SeedTree, writer: RunWriter, progress: Progress
    ) -> None:
        """Fit the circuit, measure it and its shuffled nulls, and write the results."""
        if not isinstance(config, HeadDirectionConfig):
            raise ConfigError(
                f"expected HeadDirectionConfig, found {type(config).__name__}",
                where="HeadDirection.run",
                repair="Build it with HeadDirection.config.build(settings).",
            )
        enable_compilation_cache()
        connectome, note = load_default(config.data)
        build_circuit(connectome, config.readout, config.velocity)
        writer.begin([connectome.source], connectome.provenance)
        if note:
            writer.note(note)
        model = config.model(seed.root)
        listener = Listener(progress, writer.checkpoint / "training.safetensors")
        model.fit(connectome, listener=listener)
        with progress.track("measuring", 1 + config.shuffles) as advance:
            battery = model.measure(n_walks=config.walks, walk_seconds=config.walk_seconds)
            advance(1)
            nulls = measure_shuffled(
                model.parameters_, model.circuit_, config.dynamics, seed, config.shuffles, advance
            )
        _write_results(writer, model, battery, nulls)

    def reproduce(
        self, targets: Sequence[Target], seed: SeedTree, progress: Progress, *, fast: bool
    ) -> list[Reproduction]:
        """Run the protocol of the given targets over ten seeds and return one row each."""
        enable_compilation_cache()
        config = HeadDirectionConfig.model_validate(FAST if fast else {})
        return reproduce_targets(config, targets, seed, progress, n_seeds=2 if fast else 10)


def _write_results(
    writer: RunWriter,
    model: RingAttractor,
    battery: Battery,
    nulls: list[dict[str, float]],
) -> None:
    parameters = model.parameters_
    writer.add_metrics(
        [
            *metrics_of(battery, nulls, SeedTree(model.seed)),
            Metric("parameters", "fitted numbers", parameters.size, "count", 1),
            Metric("validation_loss", "loss on validation trials", model.validation_loss_, "1", 1),
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
    model.save(writer.model)
