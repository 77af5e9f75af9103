"""How often random undirected graphs with random types are called significant.

Each world is a random graph of 60 nodes whose types are drawn without regard to it, so that 5 % of
the p-values should be 0.05 or less. Half of the numbers are of graphs without weights, half of
graphs with log-normal ones. ``python benchmarks/undirected_false_alarms.py --worlds 200``.
"""

from __future__ import annotations

import argparse

import numpy as np

from neuropil.measures import measure_wiring

_NODES, _DENSITY, _TYPES = 60, 0.15, 4
_NULLS = 39  # the least with which a two-sided p can be 0.05
_LEVEL = 0.05


def count_alarms(worlds: int, seed: int, *, weighted: bool) -> tuple[float, float]:
    """Return the share of p at most 0.05: of the weight within types, and of pairs of types."""
    rng = np.random.default_rng(seed)
    within, pairs = [], []
    for world in range(worlds):
        matrix = np.triu(rng.random((_NODES, _NODES)) < _DENSITY, 1).astype(float)
        if weighted:
            matrix *= rng.lognormal(size=matrix.shape)
        labels = rng.integers(0, _TYPES, _NODES).astype(str).tolist()
        wiring = measure_wiring(matrix + matrix.T, labels, n_nulls=_NULLS, seed=world)
        within += [
            metric.null.p <= _LEVEL
            for metric in wiring.metrics
            if metric.id == "within_types" and metric.null
        ]
        if wiring.types is not None:
            pairs.append(float((wiring.types["weight_p"] <= _LEVEL).mean()))
    return float(np.mean(within)), float(np.mean(pairs))


def main() -> None:
    """Print the shares."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    print(f"{given.worlds} undirected random graphs, share of p <= {_LEVEL}")
    for weighted in (False, True):
        within, pairs = count_alarms(given.worlds, given.seed, weighted=weighted)
        kind = "weighted" if weighted else "without weights"
        print(f"{kind}: weight within types {within:.1%}, pairs of types {pairs:.1%}")


if __name__ == "__main__":
    main()
