"""The claims of the study, in the order and with the bounds of its protocol.

Accuracies are those of the exported hard circuit on the test images, used once for each final
model. A published number that could be read only in third-party notes is marked second-hand.
"""

from __future__ import annotations

from neuropil.contracts import Claim, at_least, at_most, below, exactly, fact
from neuropil.logic.claims import accuracies, hardware
from neuropil.logic.criteria import GAP, LATCHES, PROOF

__all__ = ["CLAIMS"]

_CIFAR10 = "CIFAR-10 (lossless, else the JPEG copy)"
_ACCURACY = accuracies.ACCURACY

CLAIMS = (
    Claim(
        "1-mean",
        "MNIST, 8,000 gates: mean over seeds",
        "%",
        at_least(98.35),
        accuracies.mean("8000"),
        "98.45",
    ),
    Claim(
        "1-best",
        "MNIST, 8,000 gates: best seed",
        "%",
        at_least(98.45),
        accuracies.best("8000"),
        "98.45",
    ),
    Claim(
        "2",
        "MNIST, 4,000 gates: mean over seeds",
        "%",
        at_least(97.9),
        accuracies.mean("4000"),
        "97.96 (second-hand)",
    ),
    Claim(
        "3",
        "MNIST, 2 x 16,000 gates: mean over seeds",
        "%",
        at_least(98.9),
        accuracies.mean("32000", 1),
        "98.95 (second-hand)",
    ),
    Claim(
        "4-model",
        "training of the model of row 1",
        "min of 2 cores",
        at_most(40) & at_least(98.35, of=_ACCURACY),
        accuracies.minutes("8000"),
        "< 5 on a GPU",
    ),
    Claim(
        "4-98",
        "training of a model of at least 98.0 %",
        "min of 2 cores",
        at_most(3) & at_least(98.0, of=_ACCURACY),
        accuracies.minutes("quick"),
    ),
    Claim(
        "4-98.4",
        "training of a model of at least 98.4 %",
        "min of 2 cores",
        at_most(10) & at_least(98.4, of=_ACCURACY),
        accuracies.minutes("8000"),
    ),
    Claim(
        "5",
        "soft minus hard accuracy, largest of all models",
        "points",
        GAP.bound,
        accuracies.largest_gap,
    ),
    Claim(
        "6",
        "learned minus fixed wiring, 8,000 gates, trained alike",
        "points",
        at_least(3),
        accuracies.learned_wiring,
        "11.76 at 1,000 gates (84.40 to 96.16)",
    ),
    Claim(
        "6-curve",
        "accuracy with K candidates, the best K",
        "%",
        None,
        accuracies.curve_of_candidates,
    ),
    Claim(
        "7-equal",
        "projected against all 16 gates: largest difference",
        "1",
        at_most(1e-6),
        hardware.projection_difference,
    ),
    Claim(
        "7-speed",
        "whole step, all 16 gates over projected",
        "x",
        at_least(1.9),
        hardware.projection_speed,
        "1.9 to 4 (second-hand)",
    ),
    Claim(
        "8-ratio",
        "packed inference over generated C, one core",
        "x",
        at_least(1),
        hardware.inference_ratio,
    ),
    Claim(
        "8-speed",
        "packed inference, 8,000 gates, one core",
        "million images/s",
        at_least(5),
        hardware.inference_speed,
    ),
    Claim(
        "9-8000",
        "export of 8,000 gates to C, Verilog, BLIF and DOT",
        "s",
        below(10),
        hardware.export_trained,
    ),
    Claim(
        "9-256000",
        "export of 256,000 gates, and simplification",
        "s",
        below(30),
        hardware.export_large,
    ),
    Claim(
        "10-exact",
        "images of 1,000 on which simulated Verilog differs",
        "images",
        exactly(0) & fact("every image was simulated"),
        hardware.simulated,
    ),
    Claim(
        "10-cells", "cells of the gate part over gates", "1", at_most(1), hardware.cells_over_gates
    ),
    Claim(
        "10-latches",
        "latches and flip-flops after synthesis",
        "cells",
        LATCHES.bound,
        hardware.latches,
    ),
    Claim(
        "10-proof",
        "simplified netlist proved equal by ABC",
        "1",
        PROOF.bound,
        hardware.proof,
    ),
    Claim(
        "11",
        "Fashion-MNIST, 8,000 gates",
        "%",
        at_least(89.5),
        accuracies.mean_of_first(("fashion",), 3),
        "89.95 (second-hand)",
    ),
    Claim(
        "12",
        f"{_CIFAR10}, 8,000 gates",
        "%",
        at_least(54.5),
        accuracies.mean_of_first(("cifar-lossless", "cifar"), 1),
        "55.11 lossless (second-hand)",
    ),
    Claim(
        "12-64000",
        f"{_CIFAR10}, 64,000 gates",
        "%",
        at_least(58.5),
        accuracies.mean_of_first(("cifar-64000-lossless", "cifar-64000"), 1),
        "57.66 lossless (second-hand)",
    ),
    Claim(
        "12-256000",
        f"{_CIFAR10}, 256,000 gates in one layer",
        "%",
        at_least(62),
        accuracies.mean_of_first(("cifar-256000-lossless", "cifar-256000"), 1),
        "60.98 lossless, two layers (second-hand)",
    ),
)
"""Every claim of the study."""
