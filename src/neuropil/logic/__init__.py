"""Logic: gate networks whose wiring is learned, and the circuits they become."""

from neuropil.logic.augment import AffineElastic, ShiftFlip, augment
from neuropil.logic.circuit import CONSTANT, Circuit
from neuropil.logic.config import LogicConfig
from neuropil.logic.encoders import BitEncoder, Encoding, fit_encoder
from neuropil.logic.export_verilog import write_test_bench
from neuropil.logic.fit import LogicNetClassifier
from neuropil.logic.gates import BASIS, GATE_NAMES, TRUTH
from neuropil.logic.hardware import Synthesis, prove_equal, simulate, synthesise
from neuropil.logic.kernel import CompiledCircuit, load_kernel
from neuropil.logic.schedule import Dense, Fixed, TopK, TrainingSchedule
from neuropil.logic.score import Hardware, Outcome, check_hardware, score_model
from neuropil.logic.simplify import merge_gates, simplify
from neuropil.logic.study import Logic
from neuropil.logic.timing import measure_speed

__all__ = [
    "BASIS",
    "CONSTANT",
    "GATE_NAMES",
    "TRUTH",
    "AffineElastic",
    "BitEncoder",
    "Circuit",
    "CompiledCircuit",
    "Dense",
    "Encoding",
    "Fixed",
    "Hardware",
    "Logic",
    "LogicConfig",
    "LogicNetClassifier",
    "Outcome",
    "ShiftFlip",
    "Synthesis",
    "TopK",
    "TrainingSchedule",
    "augment",
    "check_hardware",
    "fit_encoder",
    "load_kernel",
    "measure_speed",
    "merge_gates",
    "prove_equal",
    "score_model",
    "simplify",
    "simulate",
    "synthesise",
    "write_test_bench",
]
