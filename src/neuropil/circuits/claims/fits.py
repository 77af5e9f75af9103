"""Claims that the fits themselves and their controls are held to."""

from __future__ import annotations

import math
from collections.abc import Mapping

import jax
import numpy as np

from neuropil.circuits.claims.bench import (
    SEEDS,
    Bench,
    Measure,
    fit_all,
    median,
    median_error,
    on_fits,
    shuffled_pieces,
    synthetic,
    time_fits,
    uniform_piece,
    values,
)
from neuropil.circuits.claims.pieces import additive_seed
from neuropil.circuits.config import REAL
from neuropil.circuits.criteria import CRITERIA, GROUPS, NEEDED, bound_of, groups_met, meets
from neuropil.circuits.data import build_circuit
from neuropil.circuits.model import effective_weights, initial_parameters
from neuropil.contracts import (
    Claim,
    Finding,
    at_least,
    at_most,
    below,
    exactly,
    fact,
    usable_processors,
)
from neuropil.measures import find_share, find_statistic

__all__ = ["FIT_CLAIMS"]

_ERROR = "median integration error [deg]"
_RAW = "Z = 0 is the raw wiring"

_COUNTS = {"EPG": 46, "EPGt": 4, "PEN_a": 20, "PEN_b": 22, "PEG": 18, "Delta7": 42}


def _criterion(name: str) -> Measure:
    """Measure a criterion of a network as its median over seeds."""

    def measure(bench: Bench) -> Finding:
        found = values(bench, name)
        held = sum(meets(name, value) for value in found)
        note = f"Median over seeds; {held} of {len(found)} seeds meet it."
        middle = median_error if name == "integration" else median
        return middle(found, bench.seed.child(name), note)

    return measure


def _part(name: str) -> Measure:
    """Measure a part of the integration error as its median over seeds."""

    def measure(bench: Bench) -> Finding:
        found = [fit["integration"][name] for fit in fit_all(bench)]
        return median_error(found, bench.seed.child(name))

    return measure


def _additive_input(bench: Bench) -> Finding:
    """Measure the integration error when velocity is added to the drive and all is refitted."""
    found = on_fits(bench, "additive", additive_seed)
    gain = float(np.median([each["gain"] for each in found]))
    errors = [each["integration"] for each in found]
    note = f"The same objectives, from the same numbers; median gain {gain:.2f}."
    return median_error(errors, bench.seed.child("8-additive"), note)


def _count_parameters(bench: Bench) -> Finding:
    """Count the fitted numbers, and check that none of them changes the raw wiring at Z = 0."""
    circuit = build_circuit(bench.data, bench.config.readout, bench.config.velocity)
    raw = initial_parameters(circuit.n_types, jax.random.key(0), spread=0.0, scale=1.0)
    unchanged = np.allclose(effective_weights(raw, circuit), circuit.weights, rtol=1e-6)
    seven = initial_parameters(7, jax.random.key(0)).size
    further = {"seven types": float(seven), _RAW: float(unchanged)}
    note = f"Seven types: {seven}. Z = 0 equals the raw wiring: {'yes' if unchanged else 'no'}."
    return Finding(float(raw.size), further=further, note=note)


def _assert_counts(bench: Bench) -> Finding:
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


def _time_training(bench: Bench) -> Finding:
    """Measure how long a fit takes."""
    minutes = time_fits(bench)
    note = (
        f"Alone, on {usable_processors()} processors, compilation included for the first; a test "
        "replaces cues by NaN."
    )
    seed = bench.seed.child("minutes")
    return find_statistic(minutes, seed, note=note, further={"slowest": max(minutes)})


def _is_compass(found: Mapping[str, float | None]) -> bool:
    met = groups_met(found)
    return all(met[group] for group in NEEDED)


def _count_seeds(bench: Bench) -> Finding:
    """Count the seeds whose network meets all of groups 4 to 7."""
    found = fit_all(bench)
    good = sum(_is_compass(fit["values"]) for fit in found)
    return find_share(good, len(found), of=SEEDS, note="Wilson interval.")


def _count_integrating(bench: Bench) -> Finding:
    """Count the seeds whose network integrates."""
    found = values(bench, "integration")
    good = sum(meets("integration", error) for error in found)
    return find_share(good, len(found), of=SEEDS, note="Wilson interval.")


def _count_synthetic_seeds(bench: Bench) -> Finding:
    """Count the seeds that meet groups 4 to 7 on the embedded wiring, and integrate there."""
    bench = synthetic(bench)
    found = fit_all(bench)
    error = median_error(values(bench, "integration"), bench.seed.child("B5")).value
    good = sum(_is_compass(fit["values"]) for fit in found)
    note = f"Median integration error {_say(error, '.1f')} deg over seeds. Wilson interval."
    data = bench.data.source.name
    further = {_ERROR: math.inf if error is None else error}
    return find_share(good, len(found), of=SEEDS, note=note, further=further, data=data)


def _uniform_gain(bench: Bench) -> Finding:
    """Measure the best of a grid of one gain and one bias for all types."""
    [found] = bench.do_all("uniform gain", [uniform_piece(bench)])
    best, n = found["values"], found["settings"]
    met = sum(groups_met(best)[group] for group in NEEDED)
    note = (
        f"Best of {n} settings; error at 10 s {_say(best['hold_median'], '.0f')} deg, drift "
        f"{_say(best['drift'], '.1f')} deg/s, R2 {_say(best['linearity'], '.2f')}."
    )
    return Finding(float(met), n=n, note=note)


def _say(value: float | None, form: str) -> str:
    return "not defined" if value is None else format(value, form)


def _block_shuffle(bench: Bench) -> Finding:
    """Fit block-shuffled copies of the wiring, and count those that are a compass."""
    found = bench.do_all("fitting shuffled wiring", shuffled_pieces(bench))
    errors = np.array([each["hold_median"] for each in found], dtype=float)
    note = f"Retrained as the data; median error at 10 s {np.median(errors):.0f} deg."
    return find_share(sum(map(_is_compass, found)), len(found), of=len(found), note=note)


def _error_at_10_s(bench: Bench) -> Finding:
    """Measure the error after 10 s without input."""
    return median(values(bench, "hold_median"), bench.seed.child("B1-10_s"))


def _error_at_60_s(bench: Bench) -> Finding:
    """Measure the error after 60 s without input."""
    found = [fit["beyond"]["error_60_s"] for fit in fit_all(bench)]
    return median(found, bench.seed.child("B1-60_s"))


def _fast_turns(bench: Bench) -> Finding:
    """Measure how linear the speed of the bump is up to 500 deg/s."""
    found = [fit["beyond"]["linearity_500"] for fit in fit_all(bench)]
    return median(found, bench.seed.child("B1-fast"))


# fmt: off
FIT_CLAIMS = (
    Claim("1", "fitted numbers for six (seven) types", "count",
          exactly(43) & exactly(57, of="seven types") & fact(_RAW), _count_parameters,
          "57 for seven types"),
    Claim("2", "counts asserted by the loader, bit for bit", "of 14", exactly(14), _assert_counts),
    Claim("3", "training from raw wiring on a CPU; no loss sees a heading", "min",
          below(10) & below(10, of="slowest"), _time_training),
    *(
        Claim(f"{group}-{name}", CRITERIA[name].what, CRITERIA[name].unit, CRITERIA[name].bound,
              _criterion(name))
        for group, names in GROUPS.items()
        for name in names
    ),
    Claim("8-accumulated", "part of the integration error that adds up", "deg", None,
          _part("accumulated")),
    Claim("8-periodic", "part of the integration error that depends on the place alone", "deg",
          None, _part("periodic")),
    Claim("8-bias", "size of the mean speed of the integration error", "deg/min", None,
          _part("bias")),
    Claim("8-additive", "integration error with velocity added to the drive, refitted", "deg",
          at_least(40), _additive_input),
    Claim("9", "seeds that meet 4 to 7", "of 10", at_least(8), _count_seeds),
    Claim("9-integration", "seeds that meet 8", "of 10", at_least(8), _count_integrating),
    Claim("11-uniform", "uniform-gain wiring: groups 4 to 7 that it meets", "of 4", exactly(0),
          _uniform_gain),
    Claim("11-shuffle", "block-shuffled wiring, retrained: networks that meet 4 to 7", "networks",
          exactly(0), _block_shuffle),
    Claim("B1-10_s", "error at 10 s, median over starts", "deg", at_most(1), _error_at_10_s),
    Claim("B1-60_s", "error at 60 s, median over starts", "deg", at_most(5), _error_at_60_s),
    Claim("B1-fast", "R^2 of bump speed on velocity over +-500 deg/s", "1", at_least(0.99),
          _fast_turns),
    Claim("B5", "synthetic default with no file on disk: seeds that meet 4 to 7, and 8", "of 10",
          at_least(8) & bound_of("integration", _ERROR), _count_synthetic_seeds),
)
# fmt: on
