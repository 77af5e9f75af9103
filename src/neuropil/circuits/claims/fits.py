"""Rows of the targets that the fits themselves and their controls are held to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import jax
import numpy as np

from neuropil.circuits.claims.kept_fits import NEEDED, KeptFits
from neuropil.circuits.claims.pieces import fit_shuffled_seed
from neuropil.circuits.config import REAL
from neuropil.circuits.criteria import CRITERIA
from neuropil.circuits.experiments.controls import fit_uniform_gain
from neuropil.circuits.model import effective_weights, initial_parameters
from neuropil.circuits.score import groups_met, measure
from neuropil.contracts import Reproduction, Target
from neuropil.learning import Task
from neuropil.measures import bootstrap_interval, share_interval

__all__ = ["FIT_ROWS", "measure_criterion"]


def measure_criterion(target: Target, seeds: KeptFits, name: str) -> Reproduction:
    """Return the row of one criterion: its median over seeds.

    Parameters
    ----------
    target : Target
        The row.
    seeds : KeptFits
        Fits.
    name : str
        One of :data:`~neuropil.circuits.criteria.CRITERIA`.
    """
    values = seeds.values(name)
    low, high = bootstrap_interval(values, seeds.seed.child(name).integer())
    median = float(np.median(values))
    held = sum(CRITERIA[name].holds(value) for value in values)
    note = f"Median over seeds; {held} of {len(values)} seeds meet it."
    passed = CRITERIA[name].holds(median)
    return Reproduction(target, median, low, high, len(values), passed, note=note)


def _count_parameters(target: Target, seeds: KeptFits) -> Reproduction:
    circuit = seeds.circuit
    raw = initial_parameters(circuit.n_types, jax.random.key(0), spread=0.0, scale=1.0)
    unchanged = np.allclose(effective_weights(raw, circuit), circuit.weights, rtol=1e-6)
    seven = initial_parameters(7, jax.random.key(0)).size
    passed = unchanged and seven == 57 and raw.size == circuit.n_types**2 + circuit.n_types + 1
    note = f"Seven types: {seven}. Z = 0 equals the raw wiring: {'yes' if unchanged else 'no'}."
    return Reproduction(target, float(raw.size), n=1, passed=passed, note=note)


def _assert_counts(target: Target, seeds: KeptFits) -> Reproduction:
    connectome = seeds.connectome
    if connectome.source.name != REAL:
        return Reproduction(
            target, note="Not run: the published counts are those of the real data."
        )
    counts = connectome.adjacency().toarray()
    types = dict(connectome.nodes["cell_type"].value_counts().iter_rows())
    sign = connectome.nodes["sign"].to_numpy()
    inhibitory = set(connectome.nodes["cell_type"].to_numpy()[sign < 0])
    facts = [
        counts.shape == (152, 152),
        np.count_nonzero(counts) == 9722,
        counts.sum() == 129473,
        counts.max() == 184,
        bool((counts == np.round(counts)).all()),
        not np.diag(counts).any(),
        not np.array_equal(counts, counts.T),
        inhibitory == {"Delta7"},
        *(types[name] == n for name, n in zip(_TYPES, (46, 4, 20, 22, 18, 42), strict=True)),
    ]
    return Reproduction(target, float(sum(facts)), n=len(facts), passed=all(facts))


_TYPES = ("EPG", "EPGt", "PEN_a", "PEN_b", "PEG", "Delta7")


def _time_training(target: Target, seeds: KeptFits) -> Reproduction:
    minutes = [fit["minutes"] for fit in seeds.fits]
    low, high = bootstrap_interval(minutes, seeds.seed.child("minutes").integer())
    note = "Training of one seed, compilation included for the first; a test replaces cues by NaN."
    worst = max(minutes)
    return Reproduction(
        target, float(np.median(minutes)), low, high, len(minutes), worst < 10, note=note
    )


def _count_seeds(target: Target, seeds: KeptFits) -> Reproduction:
    n = len(seeds.fits)
    low, high = (10 * limit for limit in share_interval(seeds.good, n))
    value = 10 * seeds.good / n
    return Reproduction(target, value, low, high, n, value >= 8, note="Wilson interval.")


def _count_seeds_and_integration(target: Target, seeds: KeptFits) -> Reproduction:
    row = _count_seeds(target, seeds)
    error = float(np.median(seeds.values("integration")))
    passed = bool(row.passed) and CRITERIA["integration"].holds(error)
    note = f"Median integration error {error:.1f} deg over seeds. Wilson interval."
    return Reproduction(target, row.value, row.low, row.high, row.n, passed, note=note)


def _uniform_gain(target: Target, seeds: KeptFits) -> Reproduction:
    config = seeds.config
    best = fit_uniform_gain(seeds.circuit, config.dynamics, config.weights, seeds.seed)
    values = measure(best.parameters, seeds.circuit, config.dynamics, seeds.seed).values()
    met = [group for group in NEEDED if groups_met(values)[group]]
    note = (
        f"Best of {best.loss.size} settings; error at 10 s {values['hold_median']:.0f} deg, "
        f"drift {values['drift']:.1f} deg/s, R2 {values['linearity']:.2f}."
    )
    return Reproduction(target, float(len(met)), n=best.loss.size, passed=not met, note=note)


def _block_shuffle(target: Target, seeds: KeptFits) -> Reproduction:
    numbers = seeds.numbers(max(2, seeds.n_seeds // 2))
    tasks = [
        Task(f"shuffled-{seeds.kind}-{number}", fit_shuffled_seed, (seeds.config, number))
        for number in numbers
    ]
    fits = seeds.book.results("fitting shuffled wiring", tasks)
    n = len(fits)
    passing = sum(all(groups_met(values)[group] for group in NEEDED) for values in fits)
    error = float(np.median([values["hold_median"] for values in fits]))
    note = f"Retrained as the data; median error at 10 s {error:.0f} deg."
    low, high = (n * limit for limit in share_interval(passing, n))
    return Reproduction(target, float(passing), low, high, n, passing == 0, note=note)


Row = Callable[[Target, KeptFits], Reproduction]
FIT_ROWS: Mapping[str, Row] = MappingProxyType(
    {
        "1": _count_parameters,
        "2": _assert_counts,
        "3": _time_training,
        "9": _count_seeds,
        "11-uniform": _uniform_gain,
        "11-shuffle": _block_shuffle,
        "B5": _count_seeds_and_integration,
    }
)
"""Each takes a target and the fits, and returns the target's row."""
