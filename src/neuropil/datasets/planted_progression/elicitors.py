"""Answers of an expert about edges, drawn around a known graph, and priors made of them."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from neuropil.contracts import ConfigError, InputError
from neuropil.datasets.planted_progression.graphs import (
    PlantedGraph,
    fill_symmetric,
    scale_graph,
    upper_triangle,
)
from neuropil.datasets.planted_progression.views import VIEWS, GraphViews

__all__ = ["Strength", "build_prior", "elicit_edges", "join_priors", "permute_prior"]

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]

Strength = Literal["weak", "strong"]
"""How well an elicitor tells edges from other pairs."""

# Beta distributions of the answers about edges; those about other pairs are Beta(2, 4).
_ABOUT_EDGES: dict[str, tuple[float, float]] = {"weak": (3, 3), "strong": (4, 2)}
_ABOUT_OTHERS = (2.0, 4.0)
# Of the published draws.
_ELICITOR_SEED, _PERMUTATION_SEED = 11, 5


def elicit_edges(graph: PlantedGraph, strength: Strength, seed: int = _ELICITOR_SEED) -> Floats:
    """Draw the probability that an expert gives to each pair.

    Parameters
    ----------
    graph : PlantedGraph
        The truth.
    strength : {"weak", "strong"}
        Weak answers about edges follow Beta(3, 3), strong ones Beta(4, 2); those about other pairs
        follow Beta(2, 4).
    seed : int
        Seed of the draws.

    Returns
    -------
    ndarray
        (n_pairs,) probabilities of the upper triangle, row by row.

    Raises
    ------
    ConfigError
        When the strength is another word.
    """
    if strength not in get_args(Strength):
        raise ConfigError(
            f"expected weak or strong, found {strength!r}",
            where="strength",
            repair="Write one of them.",
        )
    rng = np.random.default_rng(seed)
    edges = graph.edges
    about_edges = rng.beta(*_ABOUT_EDGES[strength], len(edges))
    about_others = rng.beta(*_ABOUT_OTHERS, len(edges))
    return np.where(edges, about_edges, about_others)


def build_prior(probabilities: Floats) -> Floats:
    """Make a graph of probabilities: their squares, scaled.

    Parameters
    ----------
    probabilities : (n_pairs,) array
        Upper triangle, row by row, in [0, 1].

    Returns
    -------
    ndarray
        (n_regions, n_regions) prior.

    Raises
    ------
    InputError
        When the number of pairs is that of no number of regions.
    """
    n = (1 + int(np.sqrt(1 + 8 * len(probabilities)))) // 2
    if n * (n - 1) // 2 != len(probabilities):
        raise InputError(
            f"expected the pairs of a number of regions, found {len(probabilities)}",
            where="probabilities",
            repair="Give the upper triangle row by row.",
        )
    return scale_graph(fill_symmetric(np.asarray(probabilities) ** 2, n))


def join_priors(views: GraphViews, probabilities: Floats) -> Floats:
    """Join the sum of four views and the prior of an elicitor, half each.

    Parameters
    ----------
    views : GraphViews
        The views.
    probabilities : (n_pairs,) array
        Answers of the elicitor.

    Returns
    -------
    ndarray
        (n_regions, n_regions) prior.
    """
    shown = scale_graph(np.sum([views.graphs[name] for name in VIEWS], axis=0))
    return scale_graph(shown + build_prior(probabilities))


def permute_prior(
    prior: Floats, share: float = 0.3, seed: int = _PERMUTATION_SEED
) -> tuple[Floats, Places]:
    """Exchange some entries of a prior among each other, as a wrong source would.

    Parameters
    ----------
    prior : (n_regions, n_regions) array
        Symmetric prior.
    share : float
        Share of the pairs.
    seed : int
        Seed of the draws.

    Returns
    -------
    prior : ndarray
        (n_regions, n_regions), scaled again.
    pairs : ndarray
        Permuted pairs of the upper triangle, row by row, sorted.
    """
    rng = np.random.default_rng(seed)
    values = upper_triangle(prior).copy()
    pairs = rng.choice(len(values), int(share * len(values)), replace=False)
    values[pairs] = rng.permutation(values[pairs])
    pairs = np.sort(pairs)
    return scale_graph(fill_symmetric(values, len(prior))), pairs
