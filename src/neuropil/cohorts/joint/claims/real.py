"""Claims about the real paired cohort."""

from __future__ import annotations

from typing import Any

import numpy as np

from neuropil.cohorts.joint.claims.bench import Bench, Measure
from neuropil.cohorts.joint.claims.pieces import evaluate_real, measure_pairing
from neuropil.contracts import Bound, Claim, Finding, Piece, above, at_least, at_most
from neuropil.measures import summarise_null

__all__ = ["REAL_CLAIMS"]

_MODEL = "attention"
_MODELS = ("mean", "component-ridge", "partial-least-squares", "canonical", "ajive", "curved")
# Five divisions of 100 subjects into five folds; the range over them is the interval.
_SEEDS = 5
_OVER_SEEDS = "smallest and largest of the seeds"
_NEEDS = "Needs real data: the bound is of the real paired cohort."


def _scores(bench: Bench) -> dict[str, list[dict[str, Any]]] | None:
    """Return the scores of every model, one of each seed; None where data are wanting."""
    if bench.data.source.synthetic:
        return None
    models = (_MODEL, *_MODELS)
    seeds = range(len(bench.seeds(_SEEDS)))
    pieces = [
        Piece(f"real-{name}-{seed}", evaluate_real, (name, seed, bench.config))
        for name in models
        for seed in seeds
    ]
    found = bench.do_all("models, real cohort", pieces)
    return {name: found[at * len(seeds) : (at + 1) * len(seeds)] for at, name in enumerate(models)}


def _mean_of(target: str, quantity: str) -> Measure:
    def find(bench: Bench) -> Finding:
        scores = _scores(bench)
        if scores is None:
            return Finding.not_run(_NEEDS)
        values = {
            name: [float(np.mean(one[f"{target}_{quantity}"])) for one in each]
            for name, each in scores.items()
        }
        own = values.pop(_MODEL)
        beside = "; ".join(f"{name} {np.mean(each):.5g}" for name, each in values.items())
        n = len(scores[_MODEL][0][f"{target}_{quantity}"])
        note = f"Mean of {len(own)} times five folds. {beside}."
        return Finding(float(np.mean(own)), n, min(own), max(own), _OVER_SEEDS, note=note)

    return find


def _pairing(bench: Bench) -> Finding:
    if bench.data.source.synthetic:
        return Finding.not_run(_NEEDS)
    found = bench.do("pairing-real", measure_pairing, "real", bench.seed.root, bench.config)
    null = summarise_null(
        "subjects of one modality shuffled",
        np.array(found["null"]),
        found["value"],
        smaller_is_better=False,
    )
    note = f"Mantel's r {found['value']:.3f}; the null is of r."
    return Finding(found["p"], found["n"], null=null, note=note)


def _claim(name: str, what: str, bound: Bound, target: str, quantity: str) -> Claim:
    unit = "r" if quantity == "unit_r" else "1"
    return Claim(name, what, unit, bound, _mean_of(target, quantity))


REAL_CLAIMS = (
    _claim(
        "4-fc", "squared error of FC from SC, of correlations", at_most(0.0425), "FC", "unit_mse"
    ),
    _claim("4-fc-r", "r of FC from SC", at_least(0.743), "FC", "unit_r"),
    _claim("4-sc", "squared error of SC from FC", at_most(0.0078), "SC", "unit_mse"),
    _claim("4-sc-r", "r of SC from FC", at_least(0.902), "SC", "unit_r"),
    _claim(
        "4-fc-own",
        "squared error of FC from 20 coordinates of itself",
        at_most(0.0178),
        "FC",
        "unit_own_mse",
    ),
    _claim(
        "4-sc-own",
        "squared error of SC from 20 coordinates of itself",
        at_most(0.0075),
        "SC",
        "unit_own_mse",
    ),
    Claim("6-real", "p of the pairing of the real cohort", "p", above(0.05), _pairing),
    _claim(
        "b3",
        "squared error of FC from 20 coordinates of itself",
        at_most(0.0155),
        "FC",
        "unit_own_mse",
    ),
)
"""Claims about the real cohort."""
