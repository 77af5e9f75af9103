"""Claims that the fits themselves and their controls are held to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import jax
import numpy as np

from neuropil.circuits.claims.bench import (
    SEEDS,
    Bench,
    Measure,
    fit_all,
    name_wiring,
    synthetic,
    values,
)
from neuropil.circuits.claims.pieces import fit_shuffled_seed, fit_uniform
from neuropil.circuits.config import REAL
from neuropil.circuits.criteria import CRITERIA, NEEDED, groups_met, meets
from neuropil.circuits.data import build_circuit
from neuropil.circuits.model import effective_weights, initial_parameters
from neuropil.contracts import Bound, Finding, Piece, SeedTree
from neuropil.measures import find_share, find_statistic

__all__ = [
    "INTEGRATION",
    "assert_counts",
    "block_shuffle",
    "count_parameters",
    "count_seeds",
    "count_synthetic_seeds",
    "criterion",
    "error_at_10_s",
    "error_at_60_s",
    "fast_turns",
    "time_training",
    "uniform_gain",
]

_ERROR = "median integration error [deg]"
INTEGRATION = (CRITERIA["integration"].bound or Bound(())).named(_ERROR)
"""The bound of the integration error, where another value stands first."""

_COUNTS = {"EPG": 46, "EPGt": 4, "PEN_a": 20, "PEN_b": 22, "PEG": 18, "Delta7": 42}
_SHUFFLES = 5  # fits of 5 min each; none has met one of the groups


def median(found: Sequence[float | None], seed: SeedTree, note: str = "") -> Finding:
    """Return the median over seeds with its interval."""
    return find_statistic(found, seed, note=note)


def criterion(name: str) -> Measure:
    """Measure a criterion of a network as its median over seeds.

    Parameters
    ----------
    name : str
        One of :data:`~neuropil.circuits.criteria.CRITERIA`.
    """

    def measure(bench: Bench) -> Finding:
        found = values(bench, name)
        held = sum(meets(name, value) for value in found)
        note = f"Median over seeds; {held} of {len(found)} seeds meet it."
        return median(found, bench.seed.child(name), note)

    return measure


def count_parameters(bench: Bench) -> Finding:
    """Count the fitted numbers, and check that none of them changes the raw wiring at Z = 0."""
    circuit = build_circuit(bench.data, bench.config.readout, bench.config.velocity)
    raw = initial_parameters(circuit.n_types, jax.random.key(0), spread=0.0, scale=1.0)
    unchanged = np.allclose(effective_weights(raw, circuit), circuit.weights, rtol=1e-6)
    seven = initial_parameters(7, jax.random.key(0)).size
    further = {"seven types": float(seven), "Z = 0 is the raw wiring": float(unchanged)}
    note = f"Seven types: {seven}. Z = 0 equals the raw wiring: {'yes' if unchanged else 'no'}."
    return Finding(float(raw.size), further=further, note=note)


def assert_counts(bench: Bench) -> Finding:
    """Compare the wiring with the published counts."""
    connectome = bench.data
    if connectome.source.name != REAL:
        return Finding.not_run("The published counts are those of the real data.")
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
        *(types[name] == n for name, n in _COUNTS.items()),
    ]
    return Finding(float(sum(facts)), n=len(facts))


def time_training(bench: Bench) -> Finding:
    """Measure how long a fit takes."""
    minutes = [fit["minutes"] for fit in fit_all(bench)]
    note = "Training of one seed, compilation included for the first; a test replaces cues by NaN."
    seed = bench.seed.child("minutes")
    return find_statistic(minutes, seed, note=note, further={"slowest": max(minutes)})


def _is_compass(found: Mapping[str, float | None]) -> bool:
    met = groups_met(found)
    return all(met[group] for group in NEEDED)


def count_seeds(bench: Bench) -> Finding:
    """Count the seeds whose network meets all of groups 4 to 7."""
    found = fit_all(bench)
    good = sum(_is_compass(fit["values"]) for fit in found)
    return find_share(good, len(found), of=SEEDS, note="Wilson interval.")


def count_synthetic_seeds(bench: Bench) -> Finding:
    """Count the seeds that meet groups 4 to 7 on the embedded wiring, and integrate there."""
    bench = synthetic(bench)
    found = fit_all(bench)
    error = float(np.median(np.array(values(bench, "integration"), dtype=float)))
    good = sum(_is_compass(fit["values"]) for fit in found)
    note = f"Median integration error {error:.1f} deg over seeds. Wilson interval."
    data = bench.data.source.name
    return find_share(good, len(found), of=SEEDS, note=note, further={_ERROR: error}, data=data)


def uniform_gain(bench: Bench) -> Finding:
    """Measure the best of a grid of one gain and one bias for all types."""
    name = f"uniform-{name_wiring(bench)}"
    found = bench.do(name, fit_uniform, bench.config, bench.seed.root)
    best, n = found["values"], found["settings"]
    met = sum(groups_met(best)[group] for group in NEEDED)
    note = (
        f"Best of {n} settings; error at 10 s {_say(best['hold_median'], '.0f')} deg, drift "
        f"{_say(best['drift'], '.1f')} deg/s, R2 {_say(best['linearity'], '.2f')}."
    )
    return Finding(float(met), n=n, note=note)


def _say(value: float | None, form: str) -> str:
    return "not defined" if value is None else format(value, form)


def block_shuffle(bench: Bench) -> Finding:
    """Fit block-shuffled copies of the wiring, and count those that are a compass."""
    wiring = name_wiring(bench)
    pieces = [
        Piece(f"shuffled-{wiring}-{seed}", fit_shuffled_seed, (bench.config, seed))
        for seed in bench.seeds(_SHUFFLES)
    ]
    found = bench.do_all("fitting shuffled wiring", pieces)
    errors = np.array([each["hold_median"] for each in found], dtype=float)
    note = f"Retrained as the data; median error at 10 s {np.median(errors):.0f} deg."
    return find_share(sum(map(_is_compass, found)), len(found), of=len(found), note=note)


def error_at_10_s(bench: Bench) -> Finding:
    """Measure the error after 10 s without input."""
    return median(values(bench, "hold_median"), bench.seed.child("B1-10_s"))


def error_at_60_s(bench: Bench) -> Finding:
    """Measure the error after 60 s without input."""
    found = [fit["beyond"]["error_60_s"] for fit in fit_all(bench)]
    return median(found, bench.seed.child("B1-60_s"))


def fast_turns(bench: Bench) -> Finding:
    """Measure how linear the speed of the bump is up to 500 deg/s."""
    found = [fit["beyond"]["linearity_500"] for fit in fit_all(bench)]
    return median(found, bench.seed.child("B1-fast"))
