"""What of a compass costs what: range against integration, width against drift, over many fits.

Give it folders of fitted networks, such as those that a reproduction keeps:

    python benchmarks/heading_conflicts.py runs/head-direction/model-measured-* --out conflicts.svg

The change of a PEN's answer per velocity, c, is no 44th number to fit: the turn of the bump per
turn of the animal is free, so that to first order another c is the same compass at another gain.
What it sets is the range, up to 1/c, against how much of a turn is drift. Networks are measured at
several c without being refitted.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import jax.numpy as jnp
import matplotlib.figure
import numpy as np

from neuropil.circuits import (
    Network,
    RingAttractor,
    compute_bump_shape,
    compute_drift_field,
    measure_hold,
    measure_integration,
    measure_speed_curve,
)
from neuropil.contracts import SeedTree

# [s/deg] around that of the fits.
_CHANGES = (0.002, 0.003, 0.004, 0.005, 0.006)
_FAST = (50.0, 100.0, 200.0, 300.0, 400.0, 500.0)


def _with_change(network: Network, change: float) -> Network:
    circuit = network.circuit
    # Of the PEN of either side it is plus or minus c, and of all others nothing.
    fitted = float(np.abs(circuit.velocity).max())
    return replace(network, circuit=replace(circuit, velocity=circuit.velocity * change / fitted))


def _measure(network: Network, n_trials: int) -> dict[str, float]:
    found = measure_integration(network, SeedTree(0), n_trials=n_trials)
    return {
        "integration": float(np.median(found.heading_error)),
        "slow": measure_speed_curve(network).r_squared,
        "range": measure_speed_curve(network, speeds=_FAST).r_squared,
    }


def _summarise(values: np.ndarray, form: str) -> str:
    middle, low, high = (format(f(values), form) for f in (np.median, np.min, np.max))
    return f"{middle} [{low}, {high}]"


def _draw(by_change: np.ndarray, ranges: np.ndarray, shape: np.ndarray, out: Path) -> None:
    figure = matplotlib.figure.Figure(figsize=(9, 3.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    left.plot(ranges.T, by_change.T, color="0.8", zorder=1)
    for column, change in enumerate(_CHANGES):
        left.scatter(
            np.median(ranges[:, column]),
            np.median(by_change[:, column]),
            zorder=2,
            label=f"{change:g}",
        )
    left.set(
        xlabel="R² of the speed over ±500 deg/s",
        ylabel="integration error [deg]",
        title="Range costs integration; a line is a fit",
    )
    left.legend(title="c [s/deg]", frameon=False)
    right.scatter(*shape.T, color="C0")
    right.set(
        xlabel="width of the bump [deg]", ylabel="drift [deg/s]", title="Width and drift, by fit"
    )
    figure.savefig(out)


def main() -> None:
    """Measure every network at every c, print the medians and draw them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("models", nargs="+", type=Path, help="folders of fitted networks")
    parser.add_argument("--trials", type=int, default=30, help="random walks of a minute each")
    parser.add_argument("--out", type=Path, help="SVG or PNG of the two conflicts")
    given = parser.parse_args()
    networks = [RingAttractor.load(folder).network_ for folder in given.models]
    found = [
        [_measure(_with_change(each, change), given.trials) for change in _CHANGES]
        for each in networks
    ]
    errors, slow, ranges = (
        np.array([[one[name] for one in row] for row in found])
        for name in ("integration", "slow", "range")
    )
    print(
        f"{len(networks)} networks, {given.trials} walks of a minute each: median, lowest, highest"
    )
    for change, *columns in zip(_CHANGES, errors.T, slow.T, ranges.T, strict=True):
        error, near, far = (
            _summarise(column, form)
            for column, form in zip(columns, (".1f", ".3f", ".3f"), strict=True)
        )
        print(
            f"c {change:g} s/deg: integration {error} deg, "
            f"R2 over +-200 deg/s {near}, over +-500 deg/s {far}"
        )
    shape = []
    for network in networks:
        hold = measure_hold(network, n_starts=72, seconds=2.0)
        width = compute_bump_shape(network.circuit, jnp.asarray(hold.final)).width
        shape.append((float(np.median(width)), compute_drift_field(hold).mean_speed))
    table = np.array(shape)
    if len(networks) > 2:
        print(f"correlation of width with drift: {np.corrcoef(table.T)[0, 1]:.2f}")
    if given.out is not None:
        _draw(errors, ranges, table, given.out)


if __name__ == "__main__":
    main()
