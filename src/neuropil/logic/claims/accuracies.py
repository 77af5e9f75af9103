"""Claims about accuracies over seeds, and the time that training takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from neuropil.contracts import Claim, Finding, at_least, at_most
from neuropil.datasets import info
from neuropil.logic.claims.networks import Bench, Measure, choose_recipe, train
from neuropil.logic.claims.pieces import CURVE
from neuropil.logic.score import GAP
from neuropil.measures import find_share, find_statistic

__all__ = ["ACCURACY_CLAIMS"]

_ACCURACY = "mean hard accuracy [%]"
_CIFAR10 = "CIFAR-10 (lossless, else the JPEG copy)"


def _accuracies(fits: list[dict[str, Any]]) -> list[float]:
    return [100 * fit["right"] / fit["n"] for fit in fits]


def _list(values: list[float]) -> str:
    return ", ".join(f"{value:.2f}" for value in values)


def _mean_of(recipe: str, n_seeds: int = 3) -> Measure:
    """Average the hard accuracy of a recipe over seeds."""
    return lambda bench: _mean(bench, recipe, n_seeds)


def _mean(bench: Bench, recipe: str, n_seeds: int) -> Finding:
    fits = train(bench, recipe, n_seeds)
    values = _accuracies(fits)
    note = f"Hard accuracies {_list(values)}; {fits[0]['engine']}."
    finding = find_statistic(values, bench.seed.child(recipe), np.mean, note=note)
    if finding.low is not None:
        return finding
    # One seed has no spread over seeds: what is left is that of the test images.
    images = find_share(fits[0]["right"], fits[0]["n"], of=100)
    return replace(
        finding,
        low=images.low,
        high=images.high,
        interval="Wilson interval over test images",
        note=f"{note} The interval is over test images.",
    )


def _best(recipe: str) -> Measure:
    """Take the best of three seeds, with an interval over test images."""

    def measure(bench: Bench) -> Finding:
        fits = train(bench, recipe)
        chosen = max(fits, key=lambda fit: fit["right"])
        note = "The interval is over test images; a best seed is not a mean."
        finding = find_share(chosen["right"], chosen["n"], of=100, note=note)
        return replace(finding, n=len(fits))

    return measure


def _minutes(recipe: str) -> Measure:
    """Average the training time of a recipe, in minutes of two cores."""

    def measure(bench: Bench) -> Finding:
        fits = train(bench, recipe)
        accuracy = float(np.mean(_accuracies(fits)))
        note = (
            f"Processor seconds of training over 120; mean hard accuracy {accuracy:.2f} %; "
            f"{fits[0]['engine']}."
        )
        values = [fit["minutes"] for fit in fits]
        seed = bench.seed.child(f"minutes {recipe}")
        return find_statistic(values, seed, np.mean, note=note, further={_ACCURACY: accuracy})

    return measure


def _largest_gap(bench: Bench) -> Finding:
    """Find the largest difference between soft and hard accuracy among nine networks."""
    gaps = {
        f"{recipe}, seed {bench.seed.root + number}": 100
        * (fit["soft_right"] - fit["right"])
        / fit["n"]
        for recipe in ("8000", "quick", "4000")
        for number, fit in enumerate(train(bench, recipe))
    }
    worst = max(gaps, key=lambda name: gaps[name])
    note = f"Largest: {worst}. The same test images for both."
    return Finding(gaps[worst], n=len(gaps), note=note)


def _learned_wiring(bench: Bench) -> Finding:
    """Compare learned with fixed wiring, seed by seed."""
    learned, fixed = (_accuracies(train(bench, recipe)) for recipe in ("quick", "fixed"))
    gains = np.subtract(learned, fixed).tolist()
    note = f"Learned {_list(learned)}, fixed {_list(fixed)}, seed by seed, with one tau for both."
    return find_statistic(gains, bench.seed.child("gain"), np.mean, note=note)


def _curve_of_candidates(bench: Bench) -> Finding:
    """Train with different numbers of candidates for each wire."""
    values = {k: _accuracies(train(bench, f"curve-{k}", 1))[0] for k in CURVE}
    top = max(values, key=lambda k: values[k])
    curve = ", ".join(f"K = {k}: {value:.2f}" for k, value in values.items())
    note = f"{curve}; four epochs each, one seed. K = 1 is fixed, all is dense."
    return Finding(values[top], note=note)


def _mean_of_first(recipes: Sequence[str], n_seeds: int) -> Measure:
    """Average over seeds of the first recipe whose images can be had, and say which they are."""

    def measure(bench: Bench) -> Finding:
        recipe = choose_recipe(bench, recipes)
        finding = _mean(bench, recipe, n_seeds)
        data = train(bench, recipe, n_seeds)[0]["data"]
        lossy = "lossy" in info(data).capabilities
        compared = " They compare with no published number." if lossy else ""
        note = f"{finding.note} Images of {data}{', a lossy copy' if lossy else ''}.{compared}"
        return replace(finding, data=data, note=note)

    return measure


# fmt: off
ACCURACY_CLAIMS = (
    Claim("1-mean", "MNIST, 8,000 gates: mean over seeds", "%", at_least(98.35), _mean_of("8000"),
          "98.45"),
    Claim("1-best", "MNIST, 8,000 gates: best seed", "%", at_least(98.45), _best("8000"), "98.45"),
    Claim("2", "MNIST, 4,000 gates: mean over seeds", "%", at_least(97.9), _mean_of("4000"),
          "97.96 (second-hand)"),
    Claim("3", "MNIST, 2 x 16,000 gates: mean over seeds", "%", at_least(98.9),
          _mean_of("32000", 1), "98.95 (second-hand)"),
    Claim("4-model", "training of the model of row 1", "min of 2 cores",
          at_most(40) & at_least(98.35, of=_ACCURACY), _minutes("8000"), "< 5 on a GPU"),
    Claim("4-98", "training of a model of at least 98.0 %", "min of 2 cores",
          at_most(3) & at_least(98.0, of=_ACCURACY), _minutes("quick")),
    Claim("4-98.4", "training of a model of at least 98.4 %", "min of 2 cores",
          at_most(10) & at_least(98.4, of=_ACCURACY), _minutes("8000")),
    Claim("5", "soft minus hard accuracy, largest of all models", "points", GAP.bound,
          _largest_gap),
    Claim("6", "learned minus fixed wiring, 8,000 gates, trained alike", "points", at_least(3),
          _learned_wiring, "11.76 at 1,000 gates (84.40 to 96.16)"),
    Claim("6-curve", "accuracy with K candidates, the best K", "%", None, _curve_of_candidates),
    Claim("11", "Fashion-MNIST, 8,000 gates", "%", at_least(89.5),
          _mean_of_first(("fashion",), 3), "89.95 (second-hand)"),
    Claim("12", f"{_CIFAR10}, 8,000 gates", "%", at_least(54.5),
          _mean_of_first(("cifar-lossless", "cifar"), 1), "55.11 lossless (second-hand)"),
    Claim("12-64000", f"{_CIFAR10}, 64,000 gates", "%", at_least(58.5),
          _mean_of_first(("cifar-64000-lossless", "cifar-64000"), 1),
          "57.66 lossless (second-hand)"),
    Claim("12-256000", f"{_CIFAR10}, 256,000 gates in one layer", "%", at_least(62),
          _mean_of_first(("cifar-256000-lossless", "cifar-256000"), 1),
          "60.98 lossless, two layers (second-hand)"),
)
# fmt: on
