"""Cached pieces of work of the claims about samples: generated brains, and breaks on neurons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from neuropil import datasets
from neuropil.connectome import Skeleton
from neuropil.contracts import SeedTree
from neuropil.preservation.sampling.blocks import BlockCounts
from neuropil.preservation.sampling.bounds import bound_fraction
from neuropil.preservation.sampling.correlation import estimate_correlation
from neuropil.preservation.sampling.patchy_brains import (
    SamplePlan,
    generate_brain,
    sample_brain,
)
from neuropil.preservation.tracing.break_rates import TracedBlocks, estimate_break_rate
from neuropil.preservation.tracing.recovery import (
    DENDRITE,
    recover_independent,
    recover_on_tree,
    recover_shared_trunk,
)
from neuropil.preservation.tracing.run_lengths import expected_run_length, run_length_of_tree
from neuropil.preservation.tracing.simulation import break_lines, break_tree, simulate_recovery
from neuropil.preservation.tracing.trees import NeuriteTree

__all__ = [
    "BreakCase",
    "compare_recovery",
    "compare_run_lengths",
    "cover_brains",
    "cover_correlations",
    "cover_rates",
]

Floats = npt.NDArray[np.float64]

# Samples that laboratories take: blocks of a brain, and tiles of a block.
_BLOCKS, _TILES = (4, 6, 10, 16, 30), (5, 10, 20)
# A hundredth to half of the brain, and patches from a tile to half the brain across.
_SHARES, _PATCHES = (0.01, 0.5), (1.0, 8.0)
# A few wide territories, and scattered bad tiles that make blocks look alike.
_WIDE, _SCATTERED, _WIDE_SHARES, _MANY = 10.0, 0.05, (0.1, 0.4), (16, 30)
# Synapses of one pair in the fly's brain: from few to many.
_SYNAPSES = (1, 3, 5)


@dataclass(frozen=True, slots=True)
class BreakCase:
    """Breaks on the neurites of some neurons.

    Parameters
    ----------
    dataset : str
        Skeletons.
    rates : tuple of float
        Breaks for each mm [1/mm].
    draws : int
        How often all neurons, or all connections, are broken.
    connections : int
        Connections, of each number of synapses.
    seed : int
        Of the breaks and of the places of synapses.
    """

    dataset: str
    rates: tuple[float, ...] = (0.4, 2.0, 4.0)
    draws: int = 400
    connections: int = 40
    seed: int = 0

    def tree(self) -> NeuriteTree:
        """Return the neurons."""
        return NeuriteTree.of(datasets.load(self.dataset, kind=Skeleton))


def cover_brains(kind: Literal["patches", "territories"], brains: int, seed: int) -> dict[str, Any]:
    """Count the brains whose bad share lies below each upper bound.

    Parameters
    ----------
    kind : {"patches", "territories"}
        Patches of every size, or few wide territories with scattered bad tiles.
    brains : int
        Generated brains, each with a share, a sample and patches of its own.
    seed : int
        Of all draws.

    Returns
    -------
    dict
        ``n``, the count of covered brains for ``blocks``, ``model`` and ``tiles``, and the mean
        bound of each under ``means``.
    """
    names = ("blocks", "model", "tiles")
    covered, bounds = np.zeros(3, dtype=int), np.zeros(3)
    root = SeedTree(seed).child(kind)
    for index in range(brains):
        rng = root.child(index).generator()
        truth, counts = _draw_brain(kind, rng)
        found = bound_fraction(counts)
        highs = np.array([found.high, found.model_high, found.tile_high])
        covered += highs >= truth
        bounds += highs
    means = dict(zip(names, (bounds / brains).tolist(), strict=True))
    return {"n": brains, **dict(zip(names, covered.tolist(), strict=True)), "means": means}


def _draw_brain(kind: str, rng: np.random.Generator) -> tuple[float, BlockCounts]:
    wide = kind == "territories"
    share = _draw_evenly(_WIDE_SHARES if wide else _SHARES, rng)
    patch = _WIDE if wide else _draw_evenly(_PATCHES, rng)
    brain = generate_brain(share, patch, rng, scattered=_SCATTERED if wide else 0.0)
    blocks, tiles = rng.choice(_MANY if wide else _BLOCKS), rng.choice(_TILES)
    return brain.share, sample_brain(brain, SamplePlan(int(blocks), int(tiles)), rng)


def _draw_evenly(ends: tuple[float, float], rng: np.random.Generator) -> float:
    """Draw a number whose logarithm is uniform."""
    return float(np.exp(rng.uniform(*np.log(ends))))


def cover_correlations(samples: int, seed: int) -> dict[str, Any]:
    """Count the samples of beta-binomial blocks whose correlation lies below its upper end.

    Parameters
    ----------
    samples : int
        For each of three correlations.
    seed : int
        Of all draws.

    Returns
    -------
    dict
        ``n`` samples and ``covered`` ones; in ``least`` the smallest share over correlations.
    """
    rng = SeedTree(seed).child("correlations").generator()
    shares = []
    for correlation in (0.1, 0.3, 0.6):
        spread = (1 - correlation) / correlation
        held = 0
        for _ in range(samples):
            blocks, mean = int(rng.choice(_BLOCKS)), rng.uniform(0.1, 0.5)
            own = rng.beta(mean * spread, (1 - mean) * spread, blocks)
            counts = BlockCounts(rng.binomial(10, own), np.full(blocks, 10))
            held += estimate_correlation(counts).high >= correlation
        shares.append(held / samples)
    return {"n": 3 * samples, "covered": round(sum(shares) * samples), "least": min(shares)}


def cover_rates(samples: int, seed: int) -> dict[str, Any]:
    """Count the samples of blocks with rates of their own whose mean rate lies below its bounds.

    Parameters
    ----------
    samples : int
        Of 8 to 30 blocks, with gamma rates of coefficients of variation 0 to 1.4.
    seed : int
        Of all draws.

    Returns
    -------
    dict
        ``n`` samples, and those covered by the bounds with ``blocks`` and ``poisson``.
    """
    rng = SeedTree(seed).child("rates").generator()
    covered = np.zeros(2, dtype=int)
    for _ in range(samples):
        blocks, length = int(rng.choice((8, 16, 30))), _draw_evenly((0.5, 8.0), rng)
        shape = float(rng.choice((0.5, 2.0, 1e6)))
        rates = rng.gamma(shape, 1 / shape, blocks)
        traced = TracedBlocks.of(rng.poisson(rates * length).tolist(), [length] * blocks)
        found = estimate_break_rate(traced)
        covered += np.array([found.high, found.poisson_high]) >= 1.0
    return {"n": samples, "blocks": int(covered[0]), "poisson": int(covered[1])}


def compare_run_lengths(case: BreakCase) -> dict[str, Any]:
    """Compare run lengths of broken neurites with the closed forms.

    Parameters
    ----------
    case : BreakCase
        Neurons and rates.

    Returns
    -------
    dict
        ``n`` paths from root to tip, and for each rate the relative error of ``paths`` and of whole
        ``trees``, and the ``branching`` factor: the run length of the trees over 2 / rate.
    """
    tree = case.tree()
    lengths = tree.depths()[tree.tips()]
    lengths = lengths[lengths > 0]
    seed = SeedTree(case.seed).child("run lengths")
    paths, trees, branching = [], [], []
    for rate in case.rates:
        rng = seed.child(f"{rate:g}").generator()
        closed = float(np.average(expected_run_length(lengths, rate), weights=lengths))
        drawn = break_lines(np.tile(lengths, case.draws), rate, rng).run_length()
        paths.append(drawn / closed - 1)
        whole = run_length_of_tree(tree, rate)
        # Sums of squares, not the mean of ratios: neurons are as long as they are.
        squares = [np.square(break_tree(tree, rate, rng).pieces).sum() for _ in range(case.draws)]
        trees.append(float(np.mean(squares)) / tree.total_length / whole - 1)
        branching.append(whole * rate / 2)
    return {"n": len(lengths), "paths": paths, "trees": trees, "branching": branching}


def compare_recovery(case: BreakCase) -> dict[str, Any]:
    """Compare how often connections of real axons are recovered with the closed forms.

    Synapses lie at random tips of one neuron: one, or several behind one tip (a shared trunk), or
    several at tips of their own, for which the exact sum over the tree holds.

    Parameters
    ----------
    case : BreakCase
        Neurons and rates.

    Returns
    -------
    dict
        ``n`` connections, and the relative error of the mean share by ``case``; in ``models`` the
        mean of the exact share, of independent synapses and of a trunk, for five synapses.
    """
    tree = case.tree()
    seed = SeedTree(case.seed).child("recovery")
    rng = seed.generator()
    roots, tips, depths = tree.roots(), tree.tips(), tree.depths()
    # A root that nothing hangs on is a tip without a way, in a tree without a length.
    tips = tips[depths[tips] > 0]
    owners = rng.choice(roots[tips], case.connections)
    errors, models = {}, []
    for synapses in _SYNAPSES:
        chosen = [rng.choice(tips[roots[tips] == owner], synapses) for owner in owners]
        for rate in case.rates:
            pairs = []
            for index, sites in enumerate(chosen):
                for name, at in (("tips", sites), ("trunk", np.repeat(sites[:1], synapses))):
                    drawn = (case.draws, seed.child(f"{name}-{synapses}-{rate:g}-{index}"))
                    simulated = simulate_recovery(tree, at, rate, DENDRITE, drawn)
                    pairs.append((name, simulated, _close(tree, at, rate, depths, name)))
            for name in ("tips", "trunk"):
                shares = np.array([pair[1:] for pair in pairs if pair[0] == name]).mean(axis=0)
                errors[f"{name}, k={synapses}, {rate:g} /mm"] = shares[0] / shares[1] - 1
            models.append(_average_models(tree, chosen, rate, depths))
    return {"n": len(owners) * len(_SYNAPSES), "errors": errors, "models": models}


def _close(tree: NeuriteTree, sites: Any, rate: float, depths: Floats, name: str) -> float:  # noqa: ANN401
    """Return the closed form: of a trunk, or exactly over the tree."""
    if name == "trunk":
        return float(recover_shared_trunk(rate, depths[sites[0]], len(sites)))
    return recover_on_tree(tree, sites, rate)


def _average_models(
    tree: NeuriteTree, chosen: list[Any], rate: float, depths: Floats
) -> dict[str, float]:
    """Average the exact share, and what the two simple models make of it."""
    ways = [float(depths[sites].mean()) for sites in chosen]
    k = len(chosen[0])
    return {
        "synapses": k,
        "rate": rate,
        "exact": float(np.mean([recover_on_tree(tree, sites, rate) for sites in chosen])),
        "independent": float(recover_independent(rate, np.array(ways), k).mean()),
        "trunk": float(recover_shared_trunk(rate, np.array(ways), k).mean()),
    }
