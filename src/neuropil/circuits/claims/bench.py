"""Fits of one connectome under several seeds, and what is found on them: done once, cached."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from neuropil.circuits.claims.pieces import fit_seed, fit_shuffled_seed, fit_uniform, time_training
from neuropil.circuits.config import SYNTHETIC, HeadDirectionConfig, load_wiring
from neuropil.connectome import Connectome
from neuropil.contracts import Finding, Piece, SeedTree, Workbench
from neuropil.measures import find_statistic

__all__ = [
    "SEEDS",
    "Bench",
    "Measure",
    "fit_all",
    "median",
    "median_error",
    "name_wiring",
    "on_fits",
    "pieces_of",
    "shuffled_pieces",
    "synthetic",
    "time_fits",
    "uniform_piece",
    "values",
]

SEEDS = 10
"""Seeds of the protocol, and of claims as "8 of 10"."""
_SHUFFLES = 5  # fits of 5 min each; none has met one of the groups

_TIMED = 2  # fits that nothing else runs beside

Bench = Workbench[HeadDirectionConfig, Connectome]
"""Settings and wiring of the claims."""
Measure = Callable[[Bench], Finding]
"""How a claim is measured."""


def name_wiring(bench: Bench) -> str:
    """Return what tells apart the pieces of two connectomes."""
    return "synthetic" if bench.data.source.synthetic else "measured"


def synthetic(bench: Bench) -> Bench:
    """Return the same bench on the embedded wiring."""
    if bench.data.source.synthetic:
        return bench
    config = bench.config.model_copy(update={"data": SYNTHETIC})
    return replace(bench, config=config, data=load_wiring(config).data)


def fit_all(bench: Bench, n: int = SEEDS) -> list[dict[str, Any]]:
    """Return what :func:`~neuropil.circuits.claims.pieces.fit_seed` found, for each seed."""
    fits = pieces_of(bench, "fit", fit_seed, n=n)
    # One seed leaves nothing to do side by side but the controls, which need no fit.
    beside = [uniform_piece(bench), *shuffled_pieces(bench)] if bench.fast else []
    found = bench.do_all(f"fit, {name_wiring(bench)} wiring", [*fits, *beside])
    return found[: len(fits)]


def time_fits(bench: Bench) -> list[float]:
    """Return the minutes of fits that are done alone, one after the other."""
    wiring = name_wiring(bench)
    return [
        float(bench.do(f"alone-{wiring}-{seed}", time_training, bench.config, seed))
        for seed in bench.seeds(_TIMED)
    ]


def uniform_piece(bench: Bench) -> Piece:
    """Return the work that measures the best of a grid of one gain and one bias."""
    name = f"uniform-{name_wiring(bench)}"
    return Piece(name, fit_uniform, (bench.config, bench.seed.root))


def shuffled_pieces(bench: Bench) -> list[Piece]:
    """Return the work that fits block-shuffled copies of the wiring."""
    wiring = name_wiring(bench)
    return [
        Piece(f"shuffled-{wiring}-{seed}", fit_shuffled_seed, (bench.config, seed))
        for seed in bench.seeds(_SHUFFLES)
    ]


def values(bench: Bench, name: str) -> list[float | None]:
    """Return one criterion of each seed; None where it is not defined."""
    return [fit["values"][name] for fit in fit_all(bench)]


def on_fits(
    bench: Bench,
    kind: str,
    function: Callable[..., Any],
    *more: Any,  # noqa: ANN401
    n: int = SEEDS,
) -> list[Any]:
    """Return what a function of :mod:`neuropil.circuits.claims.pieces` finds on each cached fit."""
    fit_all(bench, n)
    return _work(bench, kind, function, n, more)


def _work(
    bench: Bench, kind: str, function: Callable[..., Any], n: int, more: Sequence[Any] = ()
) -> list[Any]:
    label = f"{kind}, {name_wiring(bench)} wiring"
    return bench.do_all(label, pieces_of(bench, kind, function, *more, n=n))


def pieces_of(
    bench: Bench,
    kind: str,
    function: Callable[..., Any],
    *more: Any,  # noqa: ANN401
    n: int = SEEDS,
) -> list[Piece]:
    """Return the work of :func:`on_fits`, one piece a seed."""
    wiring = name_wiring(bench)
    return [
        Piece(
            f"{kind}-{wiring}-{seed}",
            function,
            (bench.config, seed, _model_folder(bench, seed), *more),
        )
        for seed in bench.seeds(n)
    ]


def _model_folder(bench: Bench, seed: int) -> Path:
    return bench.folder / f"model-{name_wiring(bench)}-{seed}"


def median(found: Sequence[float | None], seed: SeedTree, note: str = "") -> Finding:
    """Return the median over seeds with its interval."""
    return find_statistic(found, seed, note=note)


def median_error(found: Sequence[float | None], seed: SeedTree, note: str = "") -> Finding:
    """Return the median over seeds of an error that is None where it is infinite."""
    errors = np.array([np.inf if error is None else error for error in found])
    lost = int(np.isinf(errors).sum())
    if not lost:
        return median(found, seed, note)
    note = f"{note} {lost} of {errors.size} networks do not follow a turn.".strip()
    middle = float(np.median(errors))
    if np.isinf(middle):
        return Finding.infinite(errors.size, note)
    return Finding(middle, errors.size, note=note)
