"""Degrees, strengths, density and reciprocity of a weighted graph."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from neuropil.connectome import Connectome
from neuropil.contracts import InputError
from neuropil.measures.graphs.matrix import Graph, is_directed, weight_matrix

__all__ = [
    "Degrees",
    "Reciprocity",
    "UndirectedDegrees",
    "compute_degrees",
    "compute_density",
    "compute_reciprocity",
    "compute_undirected_degrees",
    "without_loops",
]


@dataclass(frozen=True)
class Degrees:
    """Partners and summed weights of every neuron.

    Parameters
    ----------
    incoming, outgoing : (n,) array
        Number of presynaptic and of postsynaptic partners: in-degree and out-degree. A neuron
        with synapses onto itself is its own partner.
    incoming_strength, outgoing_strength : (n,) array
        Sum of the weights from and to them, in the unit of the weights.
    """

    incoming: np.ndarray
    outgoing: np.ndarray
    incoming_strength: np.ndarray
    outgoing_strength: np.ndarray


@dataclass(frozen=True)
class UndirectedDegrees:
    """Partners and summed weights of every neuron of an undirected graph.

    Parameters
    ----------
    degree : (n,) array
        Number of partners. A neuron that is joined to itself is its own partner.
    strength : (n,) array
        Sum of the weights of its edges, in the unit of the weights.
    """

    degree: np.ndarray
    strength: np.ndarray


@dataclass(frozen=True, slots=True)
class Reciprocity:
    """How much of the wiring is returned.

    Parameters
    ----------
    binary : float
        Share of the connected pairs (i, j) whose pair (j, i) is connected too: L<-> / L.
    corrected : float or None
        The share corrected for density d: (binary - d) / (1 - d). It is 0 in a random graph, 1
        where all is returned, negative where less is returned than by chance. None where every
        pair is connected.
    weighted : float
        Share of the weight that is returned: the sum of min(w_ij, w_ji) over all ordered pairs,
        divided by the sum of w_ij.
    """

    binary: float
    corrected: float | None
    weighted: float


def without_loops(matrix: sparse.csr_array) -> sparse.csr_array:
    """Leave out the synapses of neurons onto themselves.

    Parameters
    ----------
    matrix : scipy.sparse.csr_array
        (n, n) weights.

    Returns
    -------
    scipy.sparse.csr_array
        (n, n) weights with an empty diagonal; the same matrix where it was empty already.
    """
    cells = matrix.tocoo()
    other = cells.row != cells.col
    if other.all():
        return matrix
    kept = (cells.data[other], (cells.row[other], cells.col[other]))
    return sparse.csr_array(kept, shape=matrix.shape)


def compute_degrees(graph: Graph) -> Degrees:
    """Count the partners of every neuron and sum their weights.

    Parameters
    ----------
    graph : Connectome or (n, n) array or scipy.sparse array
        Weights of 0 or more, row = pre, column = post; 0 is no connection.

    Returns
    -------
    Degrees
        In the order of the nodes.

    Raises
    ------
    InputError
        When the matrix is not square, a weight is NaN, infinite or negative, or the connectome is
        undirected.

    Examples
    --------
    >>> degrees = compute_degrees(np.array([[0, 3, 4], [0, 0, 5], [0, 0, 0]]))
    >>> degrees.outgoing, degrees.incoming_strength
    (array([2, 1, 0]), array([0., 3., 9.]))
    """
    _refuse_undirected(graph, "compute_degrees", "Use compute_undirected_degrees.")
    weights = weight_matrix(graph)
    return Degrees(
        # Stored cells are partners, because `square_matrix` has removed stored zeros.
        np.bincount(weights.indices, minlength=weights.shape[1]),
        np.diff(weights.indptr).astype(np.int64),
        np.asarray(weights.sum(axis=0)).ravel(),
        np.asarray(weights.sum(axis=1)).ravel(),
    )


def compute_undirected_degrees(graph: Graph) -> UndirectedDegrees:
    """Count the partners of every neuron of an undirected graph and sum their weights.

    Parameters
    ----------
    graph : Connectome or (n, n) array or scipy.sparse array
        Symmetric weights of 0 or more; 0 is no connection.

    Returns
    -------
    UndirectedDegrees
        In the order of the nodes.

    Raises
    ------
    InputError
        When the matrix is not symmetric, or a weight is NaN, infinite or negative.

    Examples
    --------
    >>> degrees = compute_undirected_degrees(np.array([[0, 3, 4], [3, 0, 0], [4, 0, 0]]))
    >>> degrees.degree, degrees.strength
    (array([2, 1, 1]), array([7., 3., 4.]))
    """
    is_directed(graph, stated=False)
    weights = weight_matrix(graph)
    return UndirectedDegrees(
        np.diff(weights.indptr).astype(np.int64), np.asarray(weights.sum(axis=1)).ravel()
    )


def _refuse_undirected(graph: Graph, where: str, repair: str) -> None:
    if isinstance(graph, Connectome) and not graph.directed:
        raise InputError(
            "expected a directed graph, found an undirected one", where=where, repair=repair
        )


def compute_density(graph: Graph) -> float:
    """Return the share of pairs of two different neurons that are connected.

    Of a directed graph pairs are ordered; of an undirected one both ways of counting are equal.

    Parameters
    ----------
    graph : Connectome or (n, n) array or scipy.sparse array
        Weights of 0 or more, row = pre, column = post.

    Returns
    -------
    float
        From 0 to 1.

    Raises
    ------
    InputError
        When there are fewer than two neurons, or a weight is NaN, infinite or negative.

    Examples
    --------
    >>> compute_density(np.array([[9, 3], [0, 0]]))
    0.5
    """
    weights = weight_matrix(graph)
    n = weights.shape[0]
    if n < 2:
        raise InputError(
            f"expected at least two neurons, found {n}",
            where="matrix",
            repair="A density needs pairs of neurons.",
        )
    return without_loops(weights).nnz / (n * (n - 1))


def compute_reciprocity(graph: Graph) -> Reciprocity:
    """Measure how much of the wiring is returned; synapses onto oneself do not count.

    Parameters
    ----------
    graph : Connectome or (n, n) array or scipy.sparse array
        Weights of 0 or more, row = pre, column = post.

    Returns
    -------
    Reciprocity
        Share of the pairs, the same corrected for density, and share of the weight.

    Raises
    ------
    InputError
        When no two different neurons are connected, a weight is NaN, infinite or negative, or the
        connectome is undirected, where all is returned by definition.

    References
    ----------
    Garlaschelli and Loffredo 2004, Phys. Rev. Lett. 93:268701, for the correction. Squartini,
    Picciolo, Ruzzenenti and Garlaschelli 2013, Sci. Rep. 3:2729, for the weights.

    Examples
    --------
    >>> compute_reciprocity(np.array([[0, 4, 0], [1, 0, 5], [0, 0, 0]])).weighted
    0.2
    """
    _refuse_undirected(graph, "compute_reciprocity", "In an undirected graph all is returned.")
    weights = without_loops(weight_matrix(graph))
    if weights.nnz == 0:
        raise InputError(
            "expected a connection between two different neurons, found none",
            where="matrix",
            repair="Reciprocity is not defined without one.",
        )
    # The smaller weight of both directions is 0 where one is missing, so that its cells are the
    # returned pairs.
    returned = weights.minimum(weights.T.tocsr())
    n = weights.shape[0]
    binary, density = returned.nnz / weights.nnz, weights.nnz / (n * (n - 1))
    # Garlaschelli and Loffredo 2004; in a full graph every pair is returned, and nothing can exceed
    # it.
    corrected = (binary - density) / (1 - density) if density < 1 else None
    return Reciprocity(binary, corrected, float(returned.sum() / weights.sum()))
