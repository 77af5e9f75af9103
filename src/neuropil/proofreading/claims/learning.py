"""Claims about learning: how few answers do, and what is left on other tissue."""

from __future__ import annotations

from typing import Any

import numpy as np

from neuropil.contracts import Claim, Finding, at_most
from neuropil.proofreading.claims.bench import Bench, needs_real
from neuropil.proofreading.claims.learning_pieces import learn_from_few, transfer
from neuropil.proofreading.config import REAL
from neuropil.proofreading.models.querying import LearningCurve

__all__ = ["LEARNING_CLAIMS"]

# Draws in each half: which contacts are asked first is chance, and intervals are their range.
_REPEATS = 5
# Of the area with all answers, as the claim words it.
_WANTED = 0.95
# The other block of fly tissue with an image and a truth.
_OTHER = "gala-fibsem"


def _needs(curves: list[dict[str, Any]], full: list[float], wanted: float) -> list[float]:
    """Return the share of the answers that each curve needs, those of a half beside each other."""
    repeats = len(curves) // len(full)
    found = []
    for number, curve in enumerate(curves):
        area = np.array([np.nan if one is None else one for one in curve["area"]], float)
        steps = LearningCurve(np.arange(len(area)), area)
        step = steps.find_need(wanted * full[number // repeats])
        found.append(1.0 if step is None else curve["answers"][step])
    return found


def _few_answers(bench: Bench) -> Finding:
    repeats = 1 if bench.fast else _REPEATS
    found = bench.do("few-answers", learn_from_few, bench.config, bench.seed.root, repeats)
    full = found["full"]
    shares, drawn = (_needs(found[choice], full, _WANTED) for choice in ("uncertain", "random"))
    near, near_drawn = (_needs(found[choice], full, 0.99) for choice in ("uncertain", "random"))
    asked = " and ".join(map(str, found["n"]))
    areas = " and ".join(f"{one:.3f}" for one in full)
    note = (
        f"Mean over both halves and {repeats} repeats; with all {asked} answers the area under the "
        f"curve is {areas}. Answers drawn at random: {np.mean(drawn):.2f}. For 99 % of the area: "
        f"{np.mean(near):.2f}, at random {np.mean(near_drawn):.2f}. Interval: smallest and largest."
    )
    return Finding(
        float(np.mean(shares)), len(shares), min(shares), max(shares), "range", note=note
    )


def _transfer(bench: Bench) -> Finding:
    found = bench.do("transfer", transfer, bench.config, bench.seed.root, (REAL, _OTHER))
    note = (
        f"Pairs of {_OTHER}: {found['across']:.3f} by trees of {REAL}, {found['within']:.3f} by "
        f"trees of the other half of its {found['n']} pairs, of which {found['yes']} are one. "
        "pinky40 has no image here and no truth: nothing is said about it."
    )
    lost, low, high = found["lost"]
    how = "bootstrap over pairs"
    return Finding(lost, found["n"], low, high, how, note=note, data=_OTHER)


# fmt: off
LEARNING_CLAIMS = (
    Claim("B5-transfer", "area under the curve lost by training on another block of fly tissue",
          "AUC", None, needs_real(_transfer)),
    Claim("B7", "share of the answers that reach 95 % of the area under the curve, asked where in "
          "doubt", "1", at_most(0.4), _few_answers),
)
# fmt: on
