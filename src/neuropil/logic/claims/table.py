"""The claims of the study, in the order and with the thresholds of its protocol.

Accuracies are those of the exported hard circuit on the test images, used once for each final
model. A published number that could be read only in third-party notes is marked second-hand.
"""

from __future__ import annotations

from neuropil.contracts import Target

__all__ = ["PUBLISHED", "TARGETS"]

PUBLISHED = (
    ("LILogic Net S", 4_000, 97.96),
    ("LILogic Net M", 8_000, 98.45),
    ("LILogic Net L", 32_000, 98.95),
    ("DiffLogicNet", 48_000, 97.69),
    ("DiffLogicNet", 384_000, 98.47),
    ("LogicTreeNet", 147_000, 98.46),
    ("LogicTreeNet", 566_000, 99.23),
    ("Mommen et al. 2025", 12_000, 98.14),
)
"""Published models on MNIST: name, two-input gates, accuracy [%]; most are second-hand."""

TARGETS = (
    Target("1-mean", "MNIST, 8,000 gates: mean over seeds", ">= 98.35", "%", "98.45"),
    Target("1-best", "MNIST, 8,000 gates: best seed", ">= 98.45", "%", "98.45"),
    Target("2", "MNIST, 4,000 gates: mean over seeds", ">= 97.9", "%", "97.96 (second-hand)"),
    Target("3", "MNIST, 2 x 16,000 gates: mean over seeds", ">= 98.9", "%", "98.95 (second-hand)"),
    Target("4-model", "training of the model of row 1", "<= 40", "min of 2 cores", "< 5 on a GPU"),
    Target("4-98", "training of a model of at least 98.0 %", "<= 3", "min of 2 cores"),
    Target("4-98.4", "training of a model of at least 98.4 %", "<= 10", "min of 2 cores"),
    Target("5", "soft minus hard accuracy, largest of all models", "<= 0.15", "points"),
    Target(
        "6",
        "learned minus fixed wiring, 8,000 gates, trained alike",
        ">= 3",
        "points",
        "11.76 at 1,000 gates (84.40 to 96.16)",
    ),
    Target("6-curve", "accuracy with K candidates, the best K", "curve reported", "%"),
    Target("7-equal", "projected against all 16 gates: largest difference", "<= 1e-6", "1"),
    Target(
        "7-speed",
        "whole step, all 16 gates over projected",
        ">= 1.9",
        "x",
        "1.9 to 4 (second-hand)",
    ),
    Target("8-ratio", "packed inference over generated C, one core", ">= 1", "x"),
    Target("8-speed", "packed inference, 8,000 gates, one core", ">= 5", "million images/s"),
    Target("9-8000", "export of 8,000 gates to C, Verilog, BLIF and DOT", "< 10", "s"),
    Target("9-256000", "export of 256,000 gates, and simplification", "< 30", "s"),
    Target("10-exact", "images of 1,000 on which simulated Verilog differs", "0", "images"),
    Target("10-cells", "cells of the gate part over gates", "<= 1", "1"),
    Target("10-latches", "latches and flip-flops after synthesis", "0", "cells"),
    Target("10-proof", "simplified netlist proved equal by ABC", "proved", "1"),
    Target("11", "Fashion-MNIST, 8,000 gates", ">= 89.5", "%", "89.95 (second-hand)"),
    Target(
        "12",
        "CIFAR-10 (lossless, else the JPEG copy), 8,000 gates",
        ">= 54.5",
        "%",
        "55.11 lossless (second-hand)",
    ),
    Target(
        "12-64000",
        "CIFAR-10 (lossless, else the JPEG copy), 64,000 gates",
        ">= 58.5",
        "%",
        "57.66 lossless (second-hand)",
    ),
    Target(
        "12-256000",
        "CIFAR-10 (lossless, else the JPEG copy), 256,000 gates in one layer",
        ">= 62",
        "%",
        "60.98 lossless, two layers (second-hand)",
    ),
)
"""Every claim."""
