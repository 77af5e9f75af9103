"""Claims about the real cohort of twenty sites."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score

from neuropil.cohorts.hybrid.claims.bench import Bench, Measure, needs_real
from neuropil.cohorts.hybrid.claims.pieces import (
    World,
    harmonise_fold,
    leave_site_out,
    measure_contents,
    recover,
    time_fit,
)
from neuropil.cohorts.hybrid.score import compare_seeds
from neuropil.contracts import Bound, Claim, Finding, Piece, at_least, at_most
from neuropil.measures import find_mean, summarise_null

__all__ = ["REAL_CLAIMS"]

_SEEDS = 10
_MODELS = ("k-means", "white-k-means", "diagonal", "tied", "mixture", "hybrid")
_REAL = World(0)
_SITES = 20


def _real(bench: Bench) -> dict[str, Any]:
    found: dict[str, Any] = bench.do(
        "recover-real", recover, _REAL, _MODELS, len(bench.seeds(_SEEDS)), bench.config
    )
    return found


def _agreement(quantity: str) -> Measure:
    def find(bench: Bench) -> Finding:
        found = _real(bench)
        means = {
            name: np.mean([one[quantity] for one in found[name]])
            for name in _MODELS
            if name != "hybrid"
        }
        said = "; ".join(f"{name} {value:.3f}" for name, value in means.items())
        return find_mean([one[quantity] for one in found["hybrid"]], f"{said}.")

    return find


def _start(bench: Bench) -> Finding:
    found = _real(bench)
    pairs = zip(found["hybrid"], found["mixture"], strict=True)
    return find_mean([one["ari"] - other["ari"] for one, other in pairs])


def _spread(bench: Bench) -> Finding:
    values = [one["ari"] for one in _real(bench)["hybrid"]]
    return Finding(float(np.std(values)), len(values))


def _pairs(bench: Bench) -> Finding:
    runs = [np.array(one["labels"]) for one in _real(bench)["hybrid"]]
    return Finding(compare_seeds(runs), len(runs))


def _number(bench: Bench) -> Finding:
    low, best, high = _real(bench)["number"]
    note = "The sites are 20; their scanners and protocols need not be as many."
    return Finding(best, 1, low, high, "range without labels", note=note)


def _contents(bench: Bench) -> dict[str, Any]:
    traits = ("age", "sex", "diagnosis")
    found: dict[str, Any] = bench.do(
        "contents-real", measure_contents, _REAL, bench.seed.root, traits, bench.config
    )
    return found


def _told(name: str) -> Measure:
    """Score a trait from z, with what as many components tell in the note."""

    def find(bench: Bench) -> Finding:
        found = _contents(bench)
        own, other = found["hybrid"][name], found["components"][name]
        null = summarise_null(
            "trait shuffled between subjects, fitted anew",
            np.array(own["null"]),
            own["value"],
            smaller_is_better=False,
        )
        return Finding(
            own["value"],
            own["n"],
            own["low"],
            own["high"],
            "bootstrap over subjects",
            null,
            note=f"Of as many principal components {other['value']:.3f}.",
        )

    return find


def _age(bench: Bench) -> Finding:
    found = _contents(bench)
    own, other = (found[kind]["age"]["value"] for kind in ("hybrid", "components"))
    note = f"Site taken out. Of z {own:.3f}, of as many components {other:.3f}."
    return Finding(own - other, found["hybrid"]["age"]["n"], note=note)


def _leakage(bench: Bench) -> Finding:
    found = _contents(bench)
    own, other = (found[kind]["leakage"]["value"] for kind in ("hybrid", "components"))
    note = f"Balanced accuracy of z {own:.3f}, of as many components {other:.3f}."
    return Finding(own / other, found["n"], note=note)


def _rebuilt(bench: Bench) -> Finding:
    found = _contents(bench)
    return Finding(found["mse"], found["n"])


def _time(bench: Bench) -> Finding:
    found = bench.do("time-real", time_fit, _REAL, bench.config)
    note = f"Peak memory {found['peak']:.1f} GiB; other claims may have run beside it."
    return Finding(found["seconds"], int(found["n"]), note=note)


def _folds(bench: Bench) -> list[dict[str, Any]]:
    pieces = [
        Piece(f"harmonise-real-{fold}", harmonise_fold, (fold, bench.seed.root, bench.config))
        for fold in range(bench.config.folds)
    ]
    return bench.do_all("harmonising, real cohort", pieces)


def _left(quantity: str) -> Measure:
    def find(bench: Bench) -> Finding:
        parts = _folds(bench)
        ways = ("raw", "standardised", "combat", "combat-logarithm")
        said = "; ".join(
            f"{way} {np.mean([part[way][quantity] for part in parts]):.3f}" for way in ways
        )
        return find_mean([part["found"][quantity] for part in parts], f"One value a fold. {said}.")

    return find


def _kept(bench: Bench) -> Finding:
    parts = _folds(bench)
    measured = np.concatenate([part["measured"] for part in parts])
    areas = {
        way: float(
            roc_auc_score(measured, np.concatenate([part[way]["diagnosis"] for part in parts]))
        )
        for way in ("raw", "standardised", "combat", "combat-logarithm", "found")
    }
    said = ", ".join(f"{way} {value:.3f}" for way, value in areas.items())
    strengths = ", ".join(f"{part['shrinkage']:g}" for part in parts)
    note = f"{said}; shrinkage {strengths}."
    return Finding(areas["raw"] - areas["found"], len(measured), note=note)


def _novel(bench: Bench) -> Finding:
    pieces = [
        Piece(f"without-site-{place}", leave_site_out, (_REAL, place, bench.config))
        for place in range(_SITES)
    ]
    found = bench.do_all("leaving sites out", pieces)
    return find_mean([one["auc"] for one in found], "One value a site that was left out.")


def _claim(name: str, what: str, unit: str, bound: Bound | None, measure: Measure) -> Claim:
    return Claim(name, what, unit, bound, needs_real(measure))


_ARI = "adjusted Rand index of categories with sites, real cohort"

REAL_CLAIMS = (
    _claim("9", _ARI, "ARI", at_least(0.25), _agreement("ari")),
    _claim(
        "11-real",
        "squared error of reconstruction over that of as many components, real cohort",
        "1",
        at_most(1.05),
        _rebuilt,
    ),
    _claim("12-real", "time of 200 epochs, real cohort", "s", at_most(120), _time),
    _claim(
        "b6-start-real", "its change from the mixture, real cohort", "ARI", at_least(-0.02), _start
    ),
    _claim("b7-ari", _ARI, "ARI", at_least(0.65), _agreement("ari")),
    _claim(
        "b7-nmi", "normalised mutual information with sites", "1", at_least(0.75), _agreement("nmi")
    ),
    _claim("b7-sex", "AUC of sex from z", "AUC", at_least(0.75), _told("sex")),
    _claim("b7-diagnosis", "AUC of diagnosis from z", "AUC", None, _told("diagnosis")),
    _claim(
        "b7-age",
        "r of age within sites from z, beyond that from as many components",
        "r",
        at_least(-0.03),
        _age,
    ),
    _claim(
        "b8-spread-real",
        "standard deviation of the index over seeds, real cohort",
        "ARI",
        at_most(0.03),
        _spread,
    ),
    _claim(
        "b8-pairs-real",
        "adjusted Rand index between seeds, real cohort",
        "ARI",
        at_least(0.85),
        _pairs,
    ),
    _claim(
        "b8-used-real",
        "categories in use of 20, real cohort",
        "categories",
        None,
        _agreement("used"),
    ),
    _claim(
        "b8-number-real",
        "number of categories found without labels, real cohort",
        "categories",
        None,
        _number,
    ),
    _claim(
        "b9-site",
        "balanced accuracy of the site from z over that from as many components",
        "1",
        at_most(0.5),
        _leakage,
    ),
    _claim(
        "b10-k-means",
        "agreement of k-means with sites after harmonising",
        "ARI",
        at_most(0.02),
        _left("k_means"),
    ),
    _claim(
        "b10-mixture",
        "agreement of a tied mixture with sites after harmonising",
        "ARI",
        None,
        _left("tied"),
    ),
    _claim(
        "b10-diagnosis", "AUC of the diagnosis that harmonising costs", "AUC", at_most(0.02), _kept
    ),
    _claim(
        "b11-novel", "AUC of novelty, subjects of a site that was left out", "AUC", None, _novel
    ),
)
"""Claims about the real cohort."""
