"""Logic: gate networks whose wiring is learned, and the circuits they become."""

from neuropil.logic.config import LogicConfig
from neuropil.logic.fit import LogicNetClassifier
from neuropil.logic.netlist.circuit import CONSTANT, Circuit
from neuropil.logic.netlist.compiled import CompiledCircuit
from neuropil.logic.netlist.export_verilog import count_registers, write_test_bench
from neuropil.logic.netlist.gates import BASIS, GATE_NAMES, TRUTH
from neuropil.logic.netlist.hardware import Synthesis, prove_equal, simulate, synthesise
from neuropil.logic.netlist.placement import Placement, find_placer, place_circuit
from neuropil.logic.netlist.simplify import merge_gates, simplify
from neuropil.logic.score import Hardware, Outcome, check_hardware, score_model
from neuropil.logic.study import Logic
from neuropil.logic.timing import measure_speed
from neuropil.logic.training.augment import AffineElastic, augment
from neuropil.logic.training.crops import ShiftFlip
from neuropil.logic.training.encoders import BitEncoder, Encoding, fit_encoder
from neuropil.logic.training.kernel import load_kernel
from neuropil.logic.training.schedule import Dense, Fixed, Local, TopK, TrainingSchedule

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
    "Local",
    "Logic",
    "LogicConfig",
    "LogicNetClassifier",
    "Outcome",
    "Placement",
    "ShiftFlip",
    "Synthesis",
    "TopK",
    "TrainingSchedule",
    "augment",
    "check_hardware",
    "count_registers",
    "find_placer",
    "fit_encoder",
    "load_kernel",
    "measure_speed",
    "merge_gates",
    "place_circuit",
    "prove_equal",
    "score_model",
    "simplify",
    "simulate",
    "synthesise",
    "write_test_bench",
]
