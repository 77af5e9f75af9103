"""Claims about planted protocols: what is recovered of a known truth."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.stats import ttest_rel

from neuropil.cohorts.hybrid.claims.bench import Bench, Measure, untrained
from neuropil.cohorts.hybrid.claims.pieces import (
    World,
    measure_age,
    measure_contents,
    recover,
    survive,
    time_fit,
)
from neuropil.cohorts.hybrid.score import compare_seeds, shuffle_agreement
from neuropil.contracts import (
    Claim,
    Finding,
    Piece,
    at_least,
    at_most,
    below,
    between,
    exactly,
)
from neuropil.measures import find_mean

__all__ = ["WORLD_CLAIMS"]

_SEEDS = 10
_TEN = ("k-means", "white-k-means", "tied", "vae-k-means", "mixture", "hybrid")
_TWENTY_FIVE = ("tied", "loss", "architecture", "mixture", "hybrid")
_FEW = ("tied", "mixture", "hybrid")
_QUICK = ("k-means", "mixture", "hybrid")


def _world(bench: Bench, protocols: Any, **more: Any) -> World:  # noqa: ANN401
    return World(protocols, small=bench.fast, **more)


def _recover(bench: Bench, world: World, models: tuple[str, ...], seeds: int) -> dict[str, Any]:
    count = len(bench.seeds(seeds))
    used = tuple(name for name in models if not bench.fast or name in _QUICK)
    found: dict[str, Any] = bench.do(
        f"recover-{world.name}", recover, world, used, count, untrained(bench)
    )
    return found


def _ten(bench: Bench) -> dict[str, Any]:
    return _recover(bench, _world(bench, 10), _TEN, _SEEDS)


def _twenty_five(bench: Bench) -> dict[str, Any]:
    return _recover(bench, _world(bench, 25), _TWENTY_FIVE, _SEEDS)


def _values(found: dict[str, Any], name: str, quantity: str = "ari") -> list[float]:
    return [float(one[quantity]) for one in found[name]]


def _beside(found: dict[str, Any]) -> str:
    rivals = [name for name in found if name not in ("sites", "hybrid", "number")]
    return "; ".join(f"{name} {np.mean(_values(found, name)):.3f}" for name in rivals)


def _agreement(which: Any, data: str) -> Measure:  # noqa: ANN401
    def find(bench: Bench) -> Finding:
        found = which(bench)
        return find_mean(_values(found, "hybrid"), f"{_beside(found)}.", data=data)

    return find


def _gain(which: Any, first: str, second: str, data: str) -> Measure:  # noqa: ANN401
    """Compare two models seed by seed."""

    def find(bench: Bench) -> Finding:
        found = which(bench)
        if first not in found or second not in found:
            return Finding.not_run("Needs real data or hours: a fast check fits no such model.")
        pair = _values(found, first), _values(found, second)
        gains = np.subtract(*pair)
        p = float("nan")
        if len(gains) > 1:
            # Of gains that are all the same there is no spread to compare with.
            p = float(ttest_rel(*pair).pvalue) if gains.std() > 0 else float(gains.mean() == 0)
        note = f"Paired t-test over model seeds: p = {p:.2g}."
        return find_mean(gains.tolist(), note, further={"p": p}, data=data)

    return find


def _over_data(protocols: int, seeds: tuple[int, ...]) -> Measure:
    def find(bench: Bench) -> Finding:
        if bench.fast:
            # One small world has shown that it can be measured.
            found = [_ten(bench) if protocols == 10 else _twenty_five(bench)]
        else:
            pieces = [
                Piece(
                    f"few-{world.name}", recover, (world, _FEW, len(bench.seeds(3)), bench.config)
                )
                for world in (_world(bench, protocols, seed=seed) for seed in seeds)
            ]
            found = bench.do_all("worlds", pieces)
        means = [float(np.mean(_values(one, "hybrid"))) for one in found]
        said = {
            name: np.mean([np.mean(_values(one, name)) for one in found])
            for name in _FEW
            if name != "hybrid" and name in found[0]
        }
        note = "; ".join(f"{name} {value:.3f}" for name, value in said.items())
        return find_mean(means, f"One value a data seed. {note}.", data=f"planted, {protocols}")

    return find


def _null(bench: Bench) -> Finding:
    world = _world(bench, 10, strength=0.0)
    found = _recover(bench, world, ("mixture", "hybrid"), 3)
    return find_mean(_values(found, "hybrid"), data="planted, no effect of protocols")


def _shuffled(bench: Bench) -> Finding:
    found = _ten(bench)
    labels = np.array(found["hybrid"][0]["labels"])
    null = shuffle_agreement(np.array(found["sites"]), labels, bench.seed, 100)
    low, high = np.percentile(null, [2.5, 97.5])
    how = "central 95 % of the shuffles"
    return Finding(float(null.mean()), len(null), float(low), float(high), how, data="planted, 10")


def _start(bench: Bench) -> Finding:
    found = _ten(bench)
    change = np.subtract(_values(found, "hybrid"), _values(found, "mixture"))
    return find_mean(change.tolist(), data="planted, 10")


def _seeds(quantity: str) -> Measure:
    def find(bench: Bench) -> Finding:
        found = _ten(bench)
        runs = [np.array(one["labels"]) for one in found["hybrid"]]
        value = (
            compare_seeds(runs) if quantity == "pairs" else float(np.std(_values(found, "hybrid")))
        )
        return Finding(value, len(runs), data="planted, 10")

    return find


def _number(bench: Bench) -> Finding:
    said = {10: _ten(bench)["number"], 25: _twenty_five(bench)["number"]}
    low, best, high = said[10]
    note = f"Planted 10. Of 25 planted: {said[25][1]}, range {said[25][0]} to {said[25][2]}."
    return Finding(best, 1, low, high, "range without labels", note=note, data="planted, 10 and 25")


def _contents(bench: Bench) -> dict[str, Any]:
    world = _world(bench, 10)
    found: dict[str, Any] = bench.do(
        f"contents-{world.name}", measure_contents, world, 0, ("age", "sex"), bench.config
    )
    return found


def _take(quantity: str) -> Measure:
    def find(bench: Bench) -> Finding:
        found = _contents(bench)
        return Finding(found[quantity], found["n"], data="planted, 10")

    return find


def _age(bench: Bench) -> Finding:
    world = _world(bench, 10, confounded=False)
    found = bench.do(f"age-{world.name}", measure_age, world, 0, untrained(bench))
    note = f"Of z {found['hybrid']:.3f}, of 50 components {found['components']:.3f}."
    return Finding(found["hybrid"] / found["components"], note=note, data="planted, unconfounded")


def _time(quantity: str) -> Measure:
    def find(bench: Bench) -> Finding:
        found = bench.do("time-planted", time_fit, _world(bench, 10), bench.config)
        note = "All epochs; the processes of other claims may have run beside it."
        return Finding(found[quantity], int(found["n"]), note=note, data="planted, 10")

    return find


def _survive(bench: Bench) -> Finding:
    found = bench.do("survive", survive, untrained(bench))
    said = ", ".join(f"{name}: {'finite' if fine else 'not'}" for name, fine in found.items())
    return Finding(float(sum(found.values())), len(found), note=said, data="planted, small")


_ARI = "adjusted Rand index of the hybrid model's categories with"

WORLD_CLAIMS = (
    Claim(
        "7-ari",
        f"{_ARI} ten planted protocols",
        "ARI",
        at_least(0.65),
        _agreement(_ten, "planted, 10"),
        ".65 on another cohort",
    ),
    *(
        Claim(
            f"7-{rival}",
            f"its gain over {words}",
            "ARI",
            at_least(0.05) & below(0.05, of="p") if decided else None,
            _gain(_ten, "hybrid", rival, "planted, 10"),
        )
        for rival, words, decided in (
            ("k-means", "k-means of 20 components", True),
            ("vae-k-means", "k-means of a VAE of the same size", True),
            ("white-k-means", "k-means of 50 whitened components", False),
        )
    ),
    Claim(
        "8-ari",
        f"{_ARI} 25 planted protocols",
        "ARI",
        at_least(0.53),
        _agreement(_twenty_five, "planted, 25"),
        ".53 on another cohort",
    ),
    Claim(
        "8-annealing",
        "gain of gates that open over capacities that rise, both from random weights, 25 protocols",
        "ARI",
        None,
        _gain(_twenty_five, "architecture", "loss", "planted, 25"),
    ),
    Claim("10-labels", f"{_ARI} shuffled labels", "ARI", between(-0.01, 0.01), _shuffled),
    Claim("10-null", f"{_ARI} protocols without effect", "ARI", below(0.02), _null),
    Claim(
        "11-planted",
        "squared error of reconstruction over that of as many components, planted",
        "1",
        at_most(1.05),
        _take("mse"),
    ),
    Claim(
        "12-planted",
        "time of 200 epochs, 5,761 subjects with 7,260 edges",
        "s",
        at_most(600),
        _time("seconds"),
    ),
    Claim("12-memory", "peak memory of that process", "GiB", None, _time("peak")),
    Claim(
        "12-saved",
        "largest change of an output by saving and loading",
        "1",
        at_most(1e-6),
        _take("saved"),
    ),
    Claim(
        "b6-ten",
        f"{_ARI} ten planted protocols",
        "ARI",
        at_least(0.98),
        _agreement(_ten, "planted, 10"),
    ),
    Claim(
        "b6-worlds",
        "the same on data seeds 1 to 5",
        "ARI",
        at_least(0.9),
        _over_data(10, (1, 2, 3, 4, 5)),
    ),
    Claim(
        "b6-25",
        "the same with 25 protocols, data seeds 0 to 2",
        "ARI",
        at_least(0.8),
        _over_data(25, (0, 1, 2)),
    ),
    Claim(
        "b6-start",
        "change of the adjusted Rand index from the mixture to the trained model, planted",
        "ARI",
        at_least(-0.02),
        _start,
    ),
    Claim(
        "b8-spread",
        "standard deviation of the adjusted Rand index over seeds, planted",
        "ARI",
        at_most(0.03),
        _seeds("spread"),
    ),
    Claim(
        "b8-pairs",
        "adjusted Rand index between seeds, planted",
        "ARI",
        at_least(0.85),
        _seeds("pairs"),
    ),
    Claim(
        "b8-number",
        "number of categories that is found without labels, planted",
        "categories",
        None,
        _number,
    ),
    Claim(
        "b9-age",
        "R^2 of age from z over that from 50 components, unconfounded",
        "1",
        at_least(0.9),
        _age,
    ),
    Claim(
        "b11-alone",
        "cohorts with a site of one subject, with blanks, with one site, that give finite output",
        "cohorts",
        exactly(3),
        _survive,
    ),
)
"""Claims about planted worlds."""
