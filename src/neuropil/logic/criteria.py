"""What a trained network and its exported circuit are held to."""

from __future__ import annotations

from neuropil.contracts import Criterion, at_most, exactly, fact

__all__ = ["GAP", "LATCHES", "PROOF", "differing"]

GAP = Criterion("gap", "soft minus hard accuracy", "points", at_most(0.15), headline=True)
LATCHES = Criterion("latches", "latches and flip-flops", "cells", exactly(0))
PROOF = Criterion(
    "proof", "merged netlist proved equal to the original by ABC", "1", fact("proved")
)


def differing(tool: str) -> Criterion:
    """Return what a simulator is held to."""
    what = f"images on which {tool} differs from Python"
    return Criterion(f"{tool}_differing", what, "images", exactly(0), headline=True)
