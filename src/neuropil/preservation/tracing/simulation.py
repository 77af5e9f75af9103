"""Poisson breaks on the neurites of real neurons, against the closed forms."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from neuropil.contracts import SeedTree
from neuropil.preservation.tracing.run_lengths import check_rate
from neuropil.preservation.tracing.trees import NeuriteTree

__all__ = ["Broken", "break_lines", "break_tree", "simulate_recovery"]

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Broken:
    """Pieces that are left of neurites.

    Parameters
    ----------
    pieces : (n_pieces,) array
        Length of each [mm].
    """

    pieces: Floats

    def run_length(self) -> float:
        """Return the expected run length: the mean piece of a random place [mm]."""
        return float(np.square(self.pieces).sum() / self.pieces.sum())


def break_lines(lengths: Floats, rate: float, rng: np.random.Generator) -> Broken:
    """Break unbranched neurites at random places.

    Parameters
    ----------
    lengths : (n,) array
        Length of each [mm].
    rate : float
        Breaks for each mm [1/mm].
    rng : numpy Generator
        Draws the places.

    Returns
    -------
    Broken
        Pieces of all of them.
    """
    check_rate(rate)
    # One after another on a line, which is cut at the end of each as well.
    ends = np.cumsum(lengths)
    places = rng.random(rng.poisson(rate * ends[-1])) * ends[-1]
    return Broken(np.diff(np.sort(np.concatenate([places, ends])), prepend=0.0))


def break_tree(tree: NeuriteTree, rate: float, rng: np.random.Generator) -> Broken:
    """Break branching neurites at random places.

    Parameters
    ----------
    tree : NeuriteTree
        Neurons.
    rate : float
        Breaks for each mm [1/mm].
    rng : numpy Generator
        Draws the places.

    Returns
    -------
    Broken
        Connected pieces, each with all branches that hang together.
    """
    check_rate(rate)
    breaks = rng.poisson(rate * tree.lengths)
    near, far = tree.lengths.copy(), np.zeros(len(breaks))
    inner = []
    for row in np.flatnonzero(breaks).tolist():
        places = np.sort(rng.random(breaks[row])) * tree.lengths[row]
        parts = np.diff(places, prepend=0.0, append=tree.lengths[row])
        # Towards the root, away from it, and what lies between two breaks.
        near[row], far[row] = parts[0], parts[-1]
        inner.append(parts[1:-1])
    held = np.zeros(len(breaks))
    for row in range(len(breaks) - 1, -1, -1):
        parent = tree.parents[row]
        if parent < 0:
            continue
        if breaks[row]:
            held[row] += far[row]
            held[parent] += near[row]
        else:
            held[parent] += held[row] + near[row]
    ends = held[(breaks > 0) | (tree.parents < 0)]
    return Broken(np.concatenate([ends, *inner]))


def simulate_recovery(
    tree: NeuriteTree,
    sites: Integers,
    rate: float,
    dendrite: float,
    plan: tuple[int, SeedTree],
) -> float:
    """Count how often a connection is recovered when breaks fall on its axon and dendrites.

    Parameters
    ----------
    tree : NeuriteTree
        The axon.
    sites : (k,) array
        Rows at which its synapses lie.
    rate : float
        Breaks for each mm [1/mm].
    dendrite : float
        Way along the dendrite of each synapse [mm].
    plan : tuple of int and SeedTree
        Draws, and their seed.

    Returns
    -------
    float
        Share of the draws in which a way from soma to soma is whole.
    """
    draws, seed = plan
    rng = seed.child("recovery").generator()
    ways = [tree.way(site) for site in sites.tolist()]
    # Only stretches that some synapse depends on are drawn.
    used = np.unique(np.concatenate(ways))
    broken = rng.random((draws, used.size)) < -np.expm1(-rate * tree.lengths[used])
    dendrites = rng.random((draws, len(ways))) < -np.expm1(-rate * dendrite)
    lost = [
        broken[:, np.searchsorted(used, way)].any(axis=1) | dendrites[:, place]
        for place, way in enumerate(ways)
    ]
    return float(1 - np.all(lost, axis=0).mean())
