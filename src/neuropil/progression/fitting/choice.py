"""From the words of a person to the kind of graph that is fitted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias, get_args

import numpy as np
import numpy.typing as npt
from pydantic import NonNegativeFloat

from neuropil.contracts import ConfigError, InputError, Settings, did_you_mean
from neuropil.datasets import GraphViews
from neuropil.progression.dynamics.laplacians import check_weights, find_largest_eigenvalue
from neuropil.progression.fitting.graphs import (
    FreeGraph,
    GivenGraph,
    GraphKind,
    PriorGraph,
    ViewMixture,
)

__all__ = ["GraphChoice", "GraphPenalty", "choose_graph_kind", "find_seeds", "prepare_graph"]

Floats = npt.NDArray[np.float64]
Given: TypeAlias = GraphViews | Mapping[str, npt.ArrayLike] | None

GraphChoice = Literal["given", "views", "free", "prior-guided"]

# Of the published reference fit, against sums of squares of a thousand scans' values.
_FREE_STRENGTH, _PRIOR_STRENGTH = 0.05, 0.02
_SYMMETRY = 1e-8  # relative; what writing to text and reading it back leaves


class GraphPenalty(Settings):
    """How strongly a free or a prior-guided graph is held.

    Parameters
    ----------
    strength : float, optional
        Of the penalty; .05 on the sum of free weights and .02 on squared logarithms of factors of a
        prior when not given.
    floor : float
        Added to each pair of a prior, without which data cannot raise what it sets to 0.
    """

    strength: NonNegativeFloat | None = None
    floor: NonNegativeFloat = 0.0


def choose_graph_kind(
    choice: GraphChoice,
    given: tuple[Given, npt.ArrayLike | None],
    regions: Sequence[str],
    penalty: GraphPenalty,
) -> GraphKind:
    """Make the kind of graph that was asked for.

    Parameters
    ----------
    choice : {"given", "views", "free", "prior-guided"}
        Which.
    given : tuple
        Candidate graphs by name, and a prior; each may be None.
    regions : sequence of str
        Names of the n regions.
    penalty : GraphPenalty
        Of a free or a prior-guided graph.

    Returns
    -------
    GraphKind
        Each graph is scaled so that the largest eigenvalue of its Laplacian is 1.

    Raises
    ------
    ConfigError
        When the choice is unknown, or what it needs was not given.
    InputError
        When a graph cannot be computed with.
    """
    graphs, prior = given
    strength = penalty.strength
    if choice not in get_args(GraphChoice):
        raise ConfigError(
            f"expected given, views, free or prior-guided, found {choice!r}",
            where="graph",
            repair="Choose one of them.",
        )
    if choice == "free":
        return FreeGraph(len(regions), _FREE_STRENGTH if strength is None else strength)
    if choice == "prior-guided":
        return _take_prior(prior, regions, penalty)
    return _take_graphs(graphs, regions, mixed=choice == "views")


def _take_prior(
    prior: npt.ArrayLike | None, regions: Sequence[str], penalty: GraphPenalty
) -> PriorGraph:
    if prior is None:
        raise ConfigError(
            "expected a prior for a prior-guided graph, found none",
            where="fit",
            repair="Give prior=, an (n, n) array of expected weights, or graph='views'.",
        )
    strength = _PRIOR_STRENGTH if penalty.strength is None else penalty.strength
    return PriorGraph(prepare_graph(prior, regions, "prior"), strength, penalty.floor)


def _take_graphs(graphs: Given, regions: Sequence[str], *, mixed: bool) -> GraphKind:
    held = graphs.graphs if isinstance(graphs, GraphViews) else dict(graphs or {})
    # Of several, which one is meant is not for us to guess.
    if not held or (len(held) > 1 and not mixed):
        wanted = "graphs for graph='views'" if mixed else "one graph for graph='given'"
        raise ConfigError(
            f"expected {wanted}, found {', '.join(held) or 'none'}",
            where="fit",
            repair="Give graphs={'SC': weights}; several are mixed with graph='views'.",
        )
    cleaned = {name: prepare_graph(one, regions, f"graph {name}") for name, one in held.items()}
    if mixed:
        return ViewMixture(np.stack(list(cleaned.values())), tuple(cleaned))
    return GivenGraph(next(iter(cleaned.values())))


def prepare_graph(weights: npt.ArrayLike, regions: Sequence[str], where: str) -> Floats:
    """Check a graph, and scale it so that the largest eigenvalue of its Laplacian is 1.

    Parameters
    ----------
    weights : (n, n) array
        Symmetric weights of 0 or more.
    regions : sequence of str
        Names of the n regions.
    where : str
        What the message calls it.

    Returns
    -------
    (n, n) float64 array
        Scaled, so that rates of spread along different graphs can be compared.

    Raises
    ------
    InputError
        When the shape does not fit, a weight is negative or not finite, the matrix has directions,
        or a region has no connection; the message names it.
    """
    matrix = check_weights(weights, where)
    if len(matrix) != len(regions):
        raise InputError(
            f"expected {len(regions)} regions as in the visits, found {len(matrix)}",
            where=where,
            repair="Bring the graph to the regions of the visits, in their order.",
        )
    uneven = np.abs(matrix - matrix.T) > _SYMMETRY * matrix.max()
    if uneven.any():
        row, column = np.argwhere(uneven)[0]
        raise InputError(
            f"expected the same weight both ways, found {matrix[row, column]:g} from "
            f"{regions[row]!r} to {regions[column]!r} and {matrix[column, row]:g} back",
            where=where,
            repair="Take the mean of both directions, and say so.",
        )
    # It could only be explained by its own start, and nothing would be learnt about it.
    alone = np.flatnonzero(matrix.sum(axis=1) == 0)
    if alone.size:
        raise InputError(
            f"expected regions that are connected, found {regions[alone[0]]!r} without any "
            f"connection ({alone.size} such regions)",
            where=where,
            repair="Leave the region out, or give its weights: nothing could spread to it.",
        )
    # Scaled so, a rate of spread is that of the fastest pattern, whatever the unit of the graph.
    laplacian = np.diag(matrix.sum(axis=1)) - matrix
    return matrix / find_largest_eigenvalue(laplacian)


def find_seeds(seeds: Sequence[str] | None, regions: Sequence[str]) -> npt.NDArray[np.bool_]:
    """Find the regions where the disease starts.

    Parameters
    ----------
    seeds : sequence of str, optional
        Names, with or without the side: ``entorhinal`` means both sides.
    regions : sequence of str
        Names of all regions.

    Returns
    -------
    (n_regions,) bool array
        Whether each is one.

    Raises
    ------
    ConfigError
        When there is no such region; the message says which is near.
    """
    found = np.zeros(len(regions), dtype=np.bool_)
    for seed in seeds or ():
        # `L_entorhinal` and `entorhinal`: a disease that starts on both sides is named once.
        here = np.array([name == seed or name[2:] == seed for name in regions])
        if not here.any():
            raise ConfigError(
                f"there is no region {seed!r}",
                where="seeds",
                repair=f"{did_you_mean(seed, regions)}Use the names of the regions of the visits.",
            )
        found |= here
    return found
