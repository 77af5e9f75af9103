"""Circuits: what raw wiring computes once a few numbers per cell type are tuned."""

from neuropil.circuits.config import HeadDirectionConfig
from neuropil.circuits.criteria import groups_met
from neuropil.circuits.data import Circuit, RingReadout, VelocityInput, build_circuit
from neuropil.circuits.experiments.controls import UniformGain, fit_shuffled, fit_uniform_gain
from neuropil.circuits.experiments.fitted import FittedNetwork
from neuropil.circuits.experiments.physiology import compare_physiology
from neuropil.circuits.fit import RingAttractor
from neuropil.circuits.model import (
    Dynamics,
    TypeParameters,
    cue_state,
    decode,
    effective_weights,
    initial_parameters,
    simulate,
    unwrap_heading,
)
from neuropil.circuits.network import Network
from neuropil.circuits.objectives.forming import forming_terms
from neuropil.circuits.objectives.integrating import integrating_terms
from neuropil.circuits.objectives.ring import Ring, follow_ring
from neuropil.circuits.objectives.turning import turning_terms
from neuropil.circuits.objectives.weights import IntegratingWeights, LossWeights, TurningWeights
from neuropil.circuits.protocol.bump import BumpShape, compute_bump_shape, compute_ring_profile
from neuropil.circuits.protocol.hold import (
    DriftField,
    Hold,
    compute_drift_field,
    count_end_angles,
    measure_hold,
)
from neuropil.circuits.protocol.motion import (
    Integration,
    LocalSpeed,
    SpeedCurve,
    measure_integration,
    measure_local_speed,
    measure_speed_curve,
)
from neuropil.circuits.protocol.states import (
    Linearised,
    compute_principal_components,
    linearise,
)
from neuropil.circuits.protocol.trials import (
    IntegratingPlan,
    IntegratingTrials,
    RandomWalk,
    TrialPlan,
    Trials,
    TurningPlan,
    make_integrating_trials,
    make_trials,
    make_turning_trials,
    random_velocity,
)
from neuropil.circuits.score import Battery, measure
from neuropil.circuits.search import FitPlan, RefitPlan, fit_parameters
from neuropil.circuits.study import HeadDirection

__all__ = [
    "Battery",
    "BumpShape",
    "Circuit",
    "DriftField",
    "Dynamics",
    "FitPlan",
    "FittedNetwork",
    "HeadDirection",
    "HeadDirectionConfig",
    "Hold",
    "IntegratingPlan",
    "IntegratingTrials",
    "IntegratingWeights",
    "Integration",
    "Linearised",
    "LocalSpeed",
    "LossWeights",
    "Network",
    "RandomWalk",
    "RefitPlan",
    "Ring",
    "RingAttractor",
    "RingReadout",
    "SpeedCurve",
    "TrialPlan",
    "Trials",
    "TurningPlan",
    "TurningWeights",
    "TypeParameters",
    "UniformGain",
    "VelocityInput",
    "build_circuit",
    "compare_physiology",
    "compute_bump_shape",
    "compute_drift_field",
    "compute_principal_components",
    "compute_ring_profile",
    "count_end_angles",
    "cue_state",
    "decode",
    "effective_weights",
    "fit_parameters",
    "fit_shuffled",
    "fit_uniform_gain",
    "follow_ring",
    "forming_terms",
    "groups_met",
    "initial_parameters",
    "integrating_terms",
    "linearise",
    "make_integrating_trials",
    "make_trials",
    "make_turning_trials",
    "measure",
    "measure_hold",
    "measure_integration",
    "measure_local_speed",
    "measure_speed_curve",
    "random_velocity",
    "simulate",
    "turning_terms",
    "unwrap_heading",
]
