"""Settings of the study ``head-direction``, and the data it takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from neuropil import datasets, formats
from neuropil.circuits.data import RingReadout, VelocityInput
from neuropil.circuits.fit import RingAttractor
from neuropil.circuits.losses import LossWeights
from neuropil.circuits.model import Dynamics
from neuropil.circuits.search import FitPlan, RefitPlan
from neuropil.connectome import Connectome
from neuropil.contracts import DataUnavailableError, StudyConfig

__all__ = ["FAST", "REAL", "SYNTHETIC", "HeadDirectionConfig", "load_default"]

REAL, SYNTHETIC = "hemibrain-head-direction", "synthetic-head-direction"


def _split(value: object) -> object:
    return tuple(part.strip() for part in value.split(",")) if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], BeforeValidator(_split)]
"""Names, or one text with commas between them."""


class HeadDirectionConfig(StudyConfig):
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
        Whether ablated and perturbed circuits are tuned on too.
    ensemble : int
        Number of further fits from other starts.
    refit : RefitPlan
        How a changed circuit is tuned on.
    shuffles : int
        Block-shuffled copies of the wiring that the fitted parameters are measured on.
    walks : int
        Random-turning trials that are scored.
    walk_seconds : float
        Length of each [s].
    """

    data: str | None = None
    counts: Literal["raw", "symmetrised"] = "raw"
    readout: RingReadout = RingReadout()
    velocity: VelocityInput = VelocityInput()
    dynamics: Dynamics = Dynamics()
    weights: LossWeights = LossWeights()
    plan: FitPlan = FitPlan()
    include: Annotated[tuple[Literal["ER"], ...], BeforeValidator(_split)] = ()
    ablate: Names = ()
    perturb: str | None = None
    retrain: bool = False
    ensemble: int = Field(default=0, ge=0)
    refit: RefitPlan = RefitPlan()
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
        "refine_stages": 1,
        "refine_steps": 1,
        "finish_steps": 2,
        "explore_trials": SMALL_TRIALS,
        "refine_trials": SMALL_TRIALS,
        "finish_trials": SMALL_TRIALS,
    },
    "refit": {"steps": 2, "adam_steps": 50, "trials": SMALL_TRIALS},
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
