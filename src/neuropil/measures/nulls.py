"""Null models of a connectome."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from neuropil.contracts import InputError

__all__ = ["shuffle_within_blocks"]


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
    off_diagonal = ~np.eye(groups.size, dtype=bool)
    for code in np.unique(block):
        inside = (block == code) & off_diagonal
        shuffled[inside] = rng.permutation(shuffled[inside])
    return shuffled
