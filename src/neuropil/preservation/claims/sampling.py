"""Claims about samples: what tiles and traced neurites show of a brain, and what they cannot."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import polars as pl

from neuropil import datasets
from neuropil.connectome import Skeleton, Volume
from neuropil.contracts import (
    Claim,
    DataUnavailableError,
    Finding,
    Piece,
    at_least,
    at_most,
    below,
    between,
    exactly,
)
from neuropil.measures import (
    compute_integrity,
    compute_run_length,
    find_share,
    tabulate_overlaps,
)
from neuropil.preservation.claims.bench import Bench, needs_real
from neuropil.preservation.claims.sampling_pieces import (
    BreakCase,
    compare_recovery,
    compare_run_lengths,
    cover_brains,
    cover_correlations,
    cover_rates,
)
from neuropil.preservation.config import REAL
from neuropil.preservation.sampling.statements import audit
from neuropil.preservation.tracing.break_rates import TracedBlocks, bound_rate_above
from neuropil.preservation.tracing.lengths import estimate_length
from neuropil.preservation.tracing.recovery import tabulate_scaling
from neuropil.preservation.tracing.refusals import Sample, refuse_claim

__all__ = ["SAMPLING_CLAIMS"]

_REAL, _GROWN = "hemibrain-skeletons", "synthetic-skeletons"
_NEEDS = "Needs real data: the bound is of breaks on neurons of the hemibrain."
# The target speaks of 2,000 brains; parts are done side by side, and of a fast check one brain.
_BRAINS, _PARTS, _SAMPLES = 2000, 4, 1000
_FEW = 8
# Terminals, and pieces of a neuron, for which the closed forms are held.
_TERMINALS, _PIECES = (4, 10, 50, 400), (1, 2, 3, 5, 10)

# As printed with the claims: run length, and the columns of the table [mm].
# fmt: off
_PRINTED = {
    0.5: (0.165, 0.010, 0.0, 0.049, 0.75),
    1.0: (0.407, 0.100, 0.0, 0.41, 1.5),
    5.0: (0.835, 0.631, 0.127, 0.993, 7.5),
    20.0: (0.956, 0.891, 0.598, 1.0, 30.0),
    100.0: (0.991, 0.977, 0.902, 1.0, 150.0),
}
# fmt: on
_COLUMNS = ("d=0.3, k=1", "d=1, k=1", "d=5, k=1", "d=1, k=5", "length_needed")
# A table prints three digits, and an ERL or a length two.
_DIGITS = (0.0005, 0.0005, 0.0005, 0.0005, 0.0)
_ERLS = (0.1, 0.3, 0.5, 1.0, 5.0, 20.0, 100.0)
# The most that a cube of 2.5 um with about 200 processes can hold [mm].
_CUBE = 0.5


def _integrity(bench: Bench) -> Finding:
    del bench
    errors = []
    for n in _TERMINALS:
        halves, missed = np.repeat([1, 2], n // 2), (n / 2 - 1) / (n - 1)
        whole = np.ones(n, dtype=np.int64)
        expected = 2 * missed / (1 + missed)
        split = compute_integrity(tabulate_overlaps(whole, halves))
        merged = compute_integrity(tabulate_overlaps(halves, whole))
        errors += [split.recall - missed, split.precision - 1, split.integrity - expected]
        errors += [merged.precision - missed, merged.recall - 1, merged.integrity - expected]
    note = f"Equal halves, and two merged equal neurons, of {_TERMINALS} terminals."
    return Finding(float(np.abs(errors).max()), len(errors), note=note, data="none")


def _run_length(bench: Bench) -> Finding:
    del bench
    errors = []
    for pieces in _PIECES:
        line, places = _cut_line(pieces)
        found = compute_run_length([line], [places])
        errors.append(found.expected * pieces - line.length())
    line, _ = _cut_line(3)
    one = np.ones(line.n_points, dtype=np.int64)
    merged = compute_run_length([line, line], [one, one]).expected
    note = f"Of {_PIECES} equal pieces; two neurons in one segment have {merged:g}."
    further = {"merged": merged}
    value = float(np.abs(errors).max())
    return Finding(value, len(errors) + 1, further=further, note=note, data="none")


def _cut_line(pieces: int) -> tuple[Skeleton, npt.NDArray[np.int64]]:
    """Return a straight neuron of length 12 and a segment for each equal piece of it."""
    # Two points at each cut, so that no length lies between segments.
    x = np.repeat(np.linspace(0, 12, pieces + 1), 2)[1:-1]
    n = len(x)
    points = pl.DataFrame({"id": range(1, n + 1), "x": x, "parent": [None, *range(1, n)]})
    fixed = [pl.lit(0.0).alias(name) for name in ("y", "z", "radius")]
    line = Skeleton(points.with_columns(pl.lit(0).alias("structure"), *fixed), "um")
    return line, np.repeat(np.arange(1, pieces + 1), 2)


def _brains(bench: Bench, kind: Literal["patches", "territories"]) -> dict[str, Any]:
    """Return counts over all parts; each is done once, whoever asks for it."""
    parts = 1 if bench.fast else _PARTS
    each = _FEW if bench.fast else _BRAINS // _PARTS
    seeds = [bench.seed.child(kind).child(part).integer() for part in range(parts)]
    pieces = [
        Piece(f"sampling-{kind}-{part}-{each}", cover_brains, (kind, each, seed))
        for part, seed in enumerate(seeds)
    ]
    found = bench.do_all(f"brains with {kind}", pieces)
    total: dict[str, Any] = {
        name: sum(one[name] for one in found) for name in ("n", "blocks", "model", "tiles")
    }
    names = ("blocks", "model", "tiles")
    total["means"] = {name: float(np.mean([one["means"][name] for one in found])) for name in names}
    return total


def _say_means(found: dict[str, Any]) -> str:
    each = ", ".join(f"{name} {100 * mean:.1f} %" for name, mean in found["means"].items())
    return f"Mean upper bound by {each}."


def _coverage(bench: Bench) -> Finding:
    found = _brains(bench, "patches")
    return find_share(found["blocks"], found["n"], of=1, note=_say_means(found), data="none")


def _naive(bench: Bench) -> Finding:
    found = _brains(bench, "patches")
    note = "Of the same brains and samples, with tiles taken as independent."
    return find_share(found["tiles"], found["n"], of=1, note=note, data="none")


def _model(bench: Bench) -> Finding:
    found = _brains(bench, "patches")
    note = "Of the same brains and samples, with the correlation at the upper end of its interval."
    return find_share(found["model"], found["n"], of=1, note=note, data="none")


def _territories(bench: Bench) -> Finding:
    found = _brains(bench, "territories")
    model, tiles = (found[name] / found["n"] for name in ("model", "tiles"))
    note = f"By the beta-binomial model {model:.3f}, by tiles {tiles:.3f}. {_say_means(found)}"
    return find_share(found["blocks"], found["n"], of=1, note=note, data="none")


def _correlation(bench: Bench) -> Finding:
    samples = _FEW if bench.fast else _SAMPLES // 2
    seed = bench.seed.child("correlations").integer()
    found = bench.do(f"sampling-correlations-{samples}", cover_correlations, samples, seed)
    note = f"Correlations of .1, .3 and .6; the least covered: {found['least']:.3f}."
    return find_share(found["covered"], found["n"], of=1, note=note, data="none")


def _audit(bench: Bench) -> Finding:
    del bench
    found = audit("4 blocks, 0 bad")
    names = {0.1: "tiles for 10 %", 0.05: "for 5 %", 0.01: "for 1 %", 0.001: "for 0.1 %"}
    further = {name: float(found.needed[share]) for share, name in names.items()}
    note = " ".join(found.sentences)
    return Finding(100 * found.bounds.high, 4, further=further, note=note, data="none")


def _case(bench: Bench, draws: int, connections: int = 40) -> BreakCase | Finding:
    """Return the neurons to break, or why there are none."""
    seed = bench.seed.child("breaks").integer()
    if bench.fast:
        return BreakCase(_GROWN, (2.0,), draws=4, connections=2, seed=seed)
    try:
        datasets.load(_REAL, kind=Skeleton)
    except DataUnavailableError:
        return Finding.not_run(_NEEDS)
    return BreakCase(_REAL, draws=draws, connections=connections, seed=seed)


def _compare_lengths(bench: Bench) -> tuple[dict[str, Any], BreakCase] | Finding:
    case = _case(bench, draws=400)
    if isinstance(case, Finding):
        return case
    name = f"sampling-run-lengths-{case.dataset}"
    return bench.do(name, compare_run_lengths, case), case


def _line_lengths(bench: Bench) -> Finding:
    done = _compare_lengths(bench)
    if isinstance(done, Finding):
        return done
    found, case = done
    note = f"Ways from root to tip; {_say_errors(case.rates, found['paths'])}."
    value = float(np.abs(found["paths"]).max())
    return Finding(value, found["n"], note=note, data=case.dataset)


def _tree_lengths(bench: Bench) -> Finding:
    done = _compare_lengths(bench)
    if isinstance(done, Finding):
        return done
    found, case = done
    factors = ", ".join(f"{each:.2f}" for each in found["branching"])
    note = (
        f"Whole neurons; {_say_errors(case.rates, found['trees'])}. As multiples of 2 / rate: "
        f"{factors}: branches make runs longer."
    )
    value = float(np.abs(found["trees"]).max())
    return Finding(value, case.draws, note=note, data=case.dataset)


def _say_errors(rates: tuple[float, ...], errors: list[float]) -> str:
    pairs = zip(rates, errors, strict=True)
    return ", ".join(f"{100 * error:+.2f} % at {rate:g} /mm" for rate, error in pairs)


def _compare_connections(bench: Bench) -> tuple[dict[str, Any], BreakCase] | Finding:
    case = _case(bench, draws=8000)
    if isinstance(case, Finding):
        return case
    return bench.do(f"sampling-recovery-{case.dataset}", compare_recovery, case), case


def _recovered(bench: Bench) -> Finding:
    done = _compare_connections(bench)
    if isinstance(done, Finding):
        return done
    found, case = done
    worst = max(found["errors"], key=lambda name: abs(found["errors"][name]))
    note = f"Worst of {len(found['errors'])} cases: {worst}."
    return Finding(abs(found["errors"][worst]), found["n"], note=note, data=case.dataset)


def _shared(bench: Bench) -> Finding:
    done = _compare_connections(bench)
    if isinstance(done, Finding):
        return done
    found, case = done
    many = [each for each in found["models"] if each["synapses"] > 1]
    last = max(many, key=lambda each: each["independent"] - each["exact"])
    note = (
        f"{last['synapses']} synapses at {last['rate']:g} breaks /mm: exact {last['exact']:.3f}, "
        f"independent {last['independent']:.3f}, one trunk {last['trunk']:.3f}."
    )
    value = last["independent"] - last["exact"]
    return Finding(value, case.connections, note=note, data=case.dataset)


def _table(bench: Bench) -> Finding:
    del bench
    table = tabulate_scaling()
    wrong = 0
    for row in table.iter_rows(named=True):
        for name, printed, digit in zip(
            _COLUMNS, _PRINTED[row["run_length"]], _DIGITS, strict=True
        ):
            # Of the length needed two digits are printed; of .41 and 1.0 as well.
            allowed = max(digit, 0.005 * printed)
            wrong += abs(row[name] - printed) > allowed
    return Finding(float(wrong), table.height * len(_COLUMNS), data="none")


def _refusal(bench: Bench) -> Finding:
    del bench
    wrong, n = 0, 0
    for run_length in _ERLS:
        # At -log(.05) over the rate, which is 2 over the run length, from just below to far above.
        needed = -np.log(0.05) * run_length / 2
        for factor in (1e-3, 0.5, 1 - 1e-9, 1 + 1e-9, 2.0, 1e3):
            sample = Sample(traced=TracedBlocks.of([0], [factor * needed]))
            wrong += refuse_claim(f"ERL > {run_length} mm", sample).refused != (factor < 1)
            n += 1
    note = refuse_claim("ERL > 1 mm", Sample(traced=TracedBlocks.of([0], [_CUBE]))).sentence
    further = {"ERL that 0.5 mm can show": 2 / bound_rate_above(0, _CUBE)}
    return Finding(float(wrong), n, further=further, note=note, data="none")


def _tissue(bench: Bench) -> Finding:
    del bench
    length = estimate_length(datasets.load(REAL, kind=Volume))
    best = 2 / bound_rate_above(0, length)
    sample = Sample(traced=TracedBlocks.of([0], [length]))
    return Finding(best, note=refuse_claim("ERL > 1 mm", sample).sentence, data=REAL)


def _rates(bench: Bench) -> Finding:
    samples = _FEW if bench.fast else 2 * _SAMPLES
    seed = bench.seed.child("rates").integer()
    found = bench.do(f"sampling-rates-{samples}", cover_rates, samples, seed)
    alike = found["poisson"] / found["n"]
    note = f"Blocks of gamma rates, coefficients of variation 0 to 1.4; Poisson bound: {alike:.3f}."
    return find_share(found["blocks"], found["n"], of=1, note=note, data="none")


_COVERED = "share of generated brains whose bad share lies below the 95 % bound"

# fmt: off
SAMPLING_CLAIMS = (
    Claim("3-nri", "largest error of NRI, precision and recall against the finite forms", "1",
          at_most(1e-12), _integrity),
    Claim("3-erl", "largest error of the ERL of k equal pieces against L / k", "um",
          at_most(1e-12) & exactly(0, of="merged"), _run_length),
    Claim("9-coverage", f"{_COVERED} of blocks, patches of all sizes", "1", at_least(0.94),
          _coverage),
    Claim("9-naive", f"{_COVERED} of independent tiles, patches of all sizes", "1", below(0.94),
          _naive),
    Claim("9-model", f"{_COVERED} of a beta-binomial model, patches of all sizes", "1", None,
          _model),
    Claim("9-territories", f"{_COVERED} of blocks, few wide territories", "1", at_least(0.94),
          _territories),
    Claim("9-correlation", "share of samples whose correlation lies below the upper end of its "
          "interval", "1", None, _correlation),
    Claim("9-audit", 'bad share that "4 blocks, 0 bad" leaves open', "%",
          between(52.65, 52.75) & exactly(29, of="tiles for 10 %") & exactly(59, of="for 5 %")
          & exactly(299, of="for 1 %") & exactly(2995, of="for 0.1 %"), _audit),
    Claim("10-erl", "largest relative error of the closed ERL, breaks on ways of real neurons", "1",
          at_most(0.02), _line_lengths),
    Claim("10-tree", "largest relative error of the ERL summed over trees, breaks on real neurons",
          "1", at_most(0.02), _tree_lengths),
    Claim("10-recovered", "largest relative error of the closed share of recovered connections, "
          "breaks on axons of real neurons", "1", at_most(0.02), _recovered),
    Claim("10-shared", "by how much independent synapses overstate recovery on real axons, at most",
          "1", None, _shared),
    Claim("10-table", "cells of the table of scaling that differ from what is printed", "cells",
          exactly(0), _table),
    Claim("10-refusal", "samples and claims that are refused or let through wrongly", "pairs",
          exactly(0) & between(0.333, 0.335, of="ERL that 0.5 mm can show"), _refusal),
    Claim("10-cube", "largest ERL that the loaded block of tissue could show without a break",
          "mm", at_most(0.334), needs_real(_tissue)),
    Claim("10-rates", "share of samples whose rate of breaks lies below the 95 % bound of blocks",
          "1", None, _rates),
)
# fmt: on
