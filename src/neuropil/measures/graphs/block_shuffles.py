"""Shuffles of one matrix inside the blocks between groups of nodes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import sparse

from neuropil.contracts import InputError
from neuropil.measures.graphs.labels import group_codes
from neuropil.measures.graphs.matrix import square_matrix
from neuropil.measures.graphs.null_models import ROUNDS
from neuropil.measures.graphs.rewiring import rewire_matrix

__all__ = ["shuffle_degree_preserving_within_blocks", "shuffle_within_blocks"]


def shuffle_within_blocks(
    matrix: np.ndarray, labels: Sequence[object] | np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Permute the entries of each block between two groups of nodes.

    Every block keeps its weights, so its density, total and distribution; which node of a group
    they join is lost. The diagonal stays as it is.

    Parameters
    ----------
    matrix : (n, n) array
        Weights, row = pre, column = post.
    labels : (n,) sequence
        Group of each node, such as its cell type.
    rng : numpy.random.Generator
        Source of the permutations.

    Returns
    -------
    (n, n) array
        A shuffled copy.

    Raises
    ------
    InputError
        When the labels and the matrix differ in length.
    """
    groups = np.unique(np.asarray(labels), return_inverse=True)[1]
    if matrix.shape != (groups.size, groups.size):
        raise InputError(
            f"expected a ({groups.size}, {groups.size}) matrix, found {matrix.shape}",
            where="shuffle_within_blocks",
            repair="Give one label for each row.",
        )
    shuffled = np.array(matrix)
    block = groups[:, None] * (groups.max() + 1) + groups[None, :]
    # Loops stay: a neuron's synapses onto itself are no choice of partner.
    off_diagonal = ~np.eye(groups.size, dtype=bool)
    for code in np.unique(block):
        inside = (block == code) & off_diagonal
        shuffled[inside] = rng.permutation(shuffled[inside])
    return shuffled


def shuffle_degree_preserving_within_blocks(
    matrix: np.ndarray | sparse.csr_array,
    labels: Sequence[object] | np.ndarray,
    rng: np.random.Generator,
    *,
    rounds: int = ROUNDS,
) -> np.ndarray | sparse.csr_array:
    """Redraw who is connected inside each block and keep every node's number of partners there.

    In each block between two groups every row keeps its number of cells and their weights, and
    every column its number of cells: what a node sends to and gets from each group. Which nodes
    of the groups are joined is lost. The diagonal stays as it is.

    Parameters
    ----------
    matrix : (n, n) array or scipy.sparse.csr_array
        Weights of either sign; a cell of 0 is no connection.
    labels : (n,) sequence
        Group of each node, such as its cell type.
    rng : numpy.random.Generator
        Source of every draw.
    rounds : int
        Global trades; see :class:`DegreePreserving`.

    Returns
    -------
    (n, n) array or scipy.sparse.csr_array
        A shuffled copy: an array of the same type of numbers for an array, else sparse.

    Raises
    ------
    InputError
        When the labels and the matrix differ in length, or a weight is not finite.

    References
    ----------
    Carstens, Berger and Strona 2018, MethodsX 5:773.

    Examples
    --------
    >>> ring = np.roll(np.eye(6, dtype=int), 1, axis=1)
    >>> shuffled = shuffle_degree_preserving_within_blocks(
    ...     ring, ["a", "a", "a", "b", "b", "b"], np.random.default_rng(0)
    ... )
    >>> shuffled.sum(axis=0), shuffled.sum(axis=1)
    (array([1, 1, 1, 1, 1, 1]), array([1, 1, 1, 1, 1, 1]))
    """
    cells = square_matrix(matrix)
    groups = group_codes(labels, cells.shape[0])[1]
    shuffled = rewire_matrix(cells, groups, rounds, rng, carry=True)
    if sparse.issparse(matrix):
        return shuffled
    return shuffled.toarray().astype(np.asarray(matrix).dtype)
