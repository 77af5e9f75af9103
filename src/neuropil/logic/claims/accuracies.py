"""Claims about accuracies over seeds, and the time that training takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from neuropil.contracts import Finding
from neuropil.datasets import info
from neuropil.logic.claims.networks import Bench, Measure, choose_recipe, train
from neuropil.logic.claims.pieces import CURVE
from neuropil.measures import find_share, find_statistic

__all__ = [
    "ACCURACY",
    "best",
    "curve_of_candidates",
    "largest_gap",
    "learned_wiring",
    "mean",
    "mean_of_first",
    "minutes",
]

ACCURACY = "mean hard accuracy [%]"
"""Words of the bounds for the accuracy of what was timed."""


def _accuracies(fits: list[dict[str, Any]]) -> list[float]:
    return [100 * fit["right"] / fit["n"] for fit in fits]


def _list(values: list[float]) -> str:
    return ", ".join(f"{value:.2f}" for value in values)


def mean(recipe: str, n_seeds: int = 3) -> Measure:
    """Average the hard accuracy of a recipe over seeds.

    Parameters
    ----------
    recipe : str
        One of :data:`~neuropil.logic.claims.pieces.RECIPES`.
    n_seeds : int
        Number of seeds; with fewer than three the interval is over test images.
    """
    return lambda bench: _mean(bench, recipe, n_seeds)


def _mean(bench: Bench, recipe: str, n_seeds: int) -> Finding:
    fits = train(bench, recipe, n_seeds)
    values = _accuracies(fits)
    note = f"Hard accuracies {_list(values)}; {fits[0]['engine']}."
    finding = find_statistic(values, bench.seed.child(recipe), np.mean, note=note)
    if finding.low is not None:
        return finding
    images = find_share(fits[0]["right"], fits[0]["n"], of=100)
    return replace(
        finding,
        low=images.low,
        high=images.high,
        interval="Wilson interval over test images",
        note=f"{note} The interval is over test images.",
    )


def best(recipe: str) -> Measure:
    """Take the best of three seeds, with an interval over test images.

    Parameters
    ----------
    recipe : str
        One of :data:`~neuropil.logic.claims.pieces.RECIPES`.
    """

    def measure(bench: Bench) -> Finding:
        fits = train(bench, recipe)
        chosen = max(fits, key=lambda fit: fit["right"])
        note = "The interval is over test images; a best seed is not a mean."
        finding = find_share(chosen["right"], chosen["n"], of=100, note=note)
        return replace(finding, n=len(fits))

    return measure


def minutes(recipe: str) -> Measure:
    """Average the training time of a recipe, in minutes of two cores.

    Parameters
    ----------
    recipe : str
        One of :data:`~neuropil.logic.claims.pieces.RECIPES`.
    """

    def measure(bench: Bench) -> Finding:
        fits = train(bench, recipe)
        accuracy = float(np.mean(_accuracies(fits)))
        note = (
            f"Processor seconds of training over 120; mean hard accuracy {accuracy:.2f} %; "
            f"{fits[0]['engine']}."
        )
        values = [fit["minutes"] for fit in fits]
        seed = bench.seed.child(f"minutes {recipe}")
        return find_statistic(values, seed, np.mean, note=note, further={ACCURACY: accuracy})

    return measure


def largest_gap(bench: Bench) -> Finding:
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


def learned_wiring(bench: Bench) -> Finding:
    """Compare learned with fixed wiring, seed by seed."""
    learned, fixed = (_accuracies(train(bench, recipe)) for recipe in ("quick", "fixed"))
    gains = np.subtract(learned, fixed).tolist()
    note = f"Learned {_list(learned)}, fixed {_list(fixed)}, seed by seed, with one tau for both."
    return find_statistic(gains, bench.seed.child("gain"), np.mean, note=note)


def curve_of_candidates(bench: Bench) -> Finding:
    """Train with different numbers of candidates for each wire."""
    values = {k: _accuracies(train(bench, f"curve-{k}", 1))[0] for k in CURVE}
    top = max(values, key=lambda k: values[k])
    curve = ", ".join(f"K = {k}: {value:.2f}" for k, value in values.items())
    note = f"{curve}; four epochs each, one seed. K = 1 is fixed, all is dense."
    return Finding(values[top], note=note)


def mean_of_first(recipes: Sequence[str], n_seeds: int) -> Measure:
    """Average over seeds of the first recipe whose images can be had, and say which they are.

    Parameters
    ----------
    recipes : sequence of str
        Alternatives, the preferred one first.
    n_seeds : int
        Number of seeds.
    """

    def measure(bench: Bench) -> Finding:
        recipe = choose_recipe(bench, recipes)
        finding = _mean(bench, recipe, n_seeds)
        data = train(bench, recipe, n_seeds)[0]["data"]
        lossy = "lossy" in info(data).capabilities
        compared = " They compare with no published number." if lossy else ""
        note = f"{finding.note} Images of {data}{', a lossy copy' if lossy else ''}.{compared}"
        return replace(finding, data=data, note=note)

    return measure
