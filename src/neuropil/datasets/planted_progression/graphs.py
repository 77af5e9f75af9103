"""The graph along which a generated disease spreads, mixed from views of one connectome."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = [
    "PlantedGraph",
    "clean_view",
    "find_strongest",
    "plant_easy_graph",
    "plant_harder_graph",
    "scale_graph",
]

Floats = npt.NDArray[np.float64]
Truths = npt.NDArray[np.bool_]
Pairs = npt.NDArray[np.int64]

_SHARES = {"SC": 0.5, "FC": 0.2, "gene_coexpression": 0.2, "laminar_similarity": 0.1}
# A fifth of the pairs are edges, and a quarter of the edges of the harder truth are in no view.
_QUANTILE, _KEPT = 0.8, 0.75
# Of the published draws.
_HARDER_SEED = 7


@dataclass(frozen=True, eq=False)
class PlantedGraph:
    """A graph and which of its edges no view shows.

    Parameters
    ----------
    matrix : (n_regions, n_regions) array
        Symmetric weights, whose Laplacian has the largest eigenvalue 1.
    absent : array of int
        Pairs of the upper triangle, row by row, that are edges and in no view; empty where every
        edge is in one.
    """

    matrix: Floats
    absent: Pairs

    @property
    def edges(self) -> Truths:
        """Which pairs of the upper triangle, row by row, are edges."""
        return upper_triangle(self.matrix) > 0


def upper_triangle(matrix: Floats) -> Floats:
    """Return the upper triangle of a matrix, row by row."""
    values: Floats = matrix[np.triu_indices(len(matrix), 1)]
    return values


def scale_graph(matrix: Floats) -> Floats:
    """Divide a graph by the largest eigenvalue of its Laplacian.

    Parameters
    ----------
    matrix : (n_regions, n_regions) array
        Symmetric weights of 0 or more.

    Returns
    -------
    ndarray
        (n_regions, n_regions), so that rates of spread on different graphs can be compared.

    Examples
    --------
    >>> scale_graph(np.array([[0.0, 3.0], [3.0, 0.0]])).tolist()
    [[0.0, 0.5], [0.5, 0.0]]
    """
    laplacian = np.diag(matrix.sum(axis=1)) - matrix
    scaled: Floats = matrix / np.linalg.eigvalsh(laplacian)[-1]
    return scaled


def clean_view(matrix: Floats) -> Floats:
    """Make a graph of a matrix of connectivity or similarity.

    Parameters
    ----------
    matrix : (n_regions, n_regions) array
        Any values.

    Returns
    -------
    ndarray
        (n_regions, n_regions) with 0 for missing and negative values and on the diagonal,
        symmetric, scaled as :func:`scale_graph` does.
    """
    positive = np.maximum(np.nan_to_num(np.asarray(matrix, dtype=np.float64), nan=0.0), 0.0)
    graph = (positive + positive.T) / 2
    np.fill_diagonal(graph, 0.0)
    return scale_graph(graph)


def find_strongest(matrix: Floats) -> Truths:
    """Find the strongest fifth of the pairs.

    Parameters
    ----------
    matrix : (n_regions, n_regions) array
        Symmetric weights.

    Returns
    -------
    ndarray
        (n_pairs,) booleans of the upper triangle, row by row.
    """
    values = upper_triangle(matrix)
    return np.asarray(values > np.quantile(values, _QUANTILE))


def plant_easy_graph(views: Mapping[str, Floats]) -> PlantedGraph:
    """Mix four views and keep the strongest fifth of the pairs.

    Parameters
    ----------
    views : mapping of str to (n_regions, n_regions) array
        Cleaned views ``SC``, ``FC``, ``gene_coexpression`` and ``laminar_similarity``.

    Returns
    -------
    PlantedGraph
        Half of it is SC, a fifth each FC and gene co-expression, a tenth laminar similarity.
    """
    mixed = scale_graph(sum(share * views[name] for name, share in _SHARES.items()))  # type: ignore[arg-type]
    kept = np.where(mixed > np.quantile(upper_triangle(mixed), _QUANTILE), mixed, 0.0)
    return PlantedGraph(scale_graph(kept), np.zeros(0, dtype=np.int64))


def plant_harder_graph(views: Mapping[str, Floats], seed: int = _HARDER_SEED) -> PlantedGraph:
    """Replace a quarter of the edges of the easy graph by pairs that no view shows.

    Parameters
    ----------
    views : mapping of str to (n_regions, n_regions) array
        As for :func:`plant_easy_graph`.
    seed : int
        Seed of the draws.

    Returns
    -------
    PlantedGraph
        Absent edges are pairs in no view's strongest fifth and without SC, with weights drawn from
        those of the edges that were kept.
    """
    easy = plant_easy_graph(views)
    rng = np.random.default_rng(seed)
    weights = upper_triangle(easy.matrix)
    base = np.flatnonzero(easy.edges)
    shown = np.any([find_strongest(views[name]) for name in _SHARES], axis=0)
    pool = np.flatnonzero(~shown & (upper_triangle(views["SC"]) == 0))
    n_kept = round(_KEPT * len(base))
    kept = np.sort(rng.choice(base, n_kept, replace=False))
    absent = np.sort(rng.choice(pool, len(base) - n_kept, replace=False))
    chosen = np.zeros_like(weights)
    chosen[kept] = weights[kept]
    chosen[absent] = rng.choice(weights[kept], len(absent), replace=True)
    return PlantedGraph(scale_graph(fill_symmetric(chosen, len(easy.matrix))), absent)


def fill_symmetric(values: Floats, n: int) -> Floats:
    """Place the pairs of an upper triangle, row by row, in a symmetric matrix."""
    rows, columns = np.triu_indices(n, 1)
    matrix = np.zeros((n, n))
    matrix[rows, columns] = values
    matrix[columns, rows] = values
    return matrix
