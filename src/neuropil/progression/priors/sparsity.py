"""The strongest pairs of a prior, and the tree that keeps the graph connected."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from neuropil.contracts import ConfigError, InputError

__all__ = ["find_maximum_tree", "is_connected", "sparsify"]

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]


def sparsify(matrix: Floats, share: float = 0.2) -> Floats:
    """Keep the strongest pairs, and what else keeps the graph connected.

    Kept are the strongest ``round(share x n_pairs)`` pairs and the edges of the maximum spanning
    tree, which joins all regions by the largest possible probabilities. Between equal pairs the
    earlier one of the upper triangle, row by row, is the stronger, so that the result depends on
    nothing but the numbers.

    Parameters
    ----------
    matrix : (n_regions, n_regions) array
        Symmetric probabilities or weights of 0 or more.
    share : float
        Share of the pairs, in (0, 1]. Group connectomes hold 10 to 30 % of their pairs; a fifth is
        what this room calls an edge elsewhere.

    Returns
    -------
    ndarray
        (n_regions, n_regions), 0 where a pair is left out.

    Raises
    ------
    ConfigError
        When the share is not in (0, 1].
    InputError
        When not even all pairs together make a connected graph; add a floor.

    Examples
    --------
    >>> chain = np.array([[0, 0.9, 0.1], [0.9, 0, 0.2], [0.1, 0.2, 0]])
    >>> sparsify(chain, 0.3).tolist()
    [[0.0, 0.9, 0.0], [0.9, 0.0, 0.2], [0.0, 0.2, 0.0]]
    """
    if not 0 < share <= 1:
        raise ConfigError(
            f"expected a share above 0 and up to 1, found {share:g}",
            where="share",
            repair="Give a part of the pairs, such as 0.2 for the strongest fifth.",
        )
    rows, columns = np.triu_indices(len(matrix), 1)
    values = matrix[rows, columns]
    # A threshold would keep all of a group of equals or none; rules give many equals.
    kept = np.zeros(len(values), dtype=bool)
    kept[np.argsort(-values, kind="stable")[: round(share * len(values))]] = True
    kept[find_maximum_tree(matrix)] = True
    thinned = np.zeros_like(matrix)
    thinned[rows[kept], columns[kept]] = values[kept]
    return thinned + thinned.T


def find_maximum_tree(matrix: Floats) -> Places:
    """Find the spanning tree with the largest weights, by Prim's algorithm.

    Parameters
    ----------
    matrix : (n_regions, n_regions) array
        Symmetric weights of 0 or more; 0 is no edge.

    Returns
    -------
    ndarray
        (n_regions - 1,) pairs of the upper triangle, row by row, sorted.

    Raises
    ------
    InputError
        When the regions are not all joined by pairs above 0.

    References
    ----------
    Prim 1957, Bell System Technical Journal 36:1389.
    """
    n = len(matrix)
    pair = np.zeros((n, n), dtype=np.int64)
    pair[np.triu_indices(n, 1)] = np.arange(n * (n - 1) // 2)
    pair += pair.T
    # Of each region outside: its strongest edge into the tree, and where that ends. Marked by -1
    # once it is inside; `argmax` takes the first of equal ones, which makes the tree unique.
    strength, end = matrix[0].copy(), np.zeros(n, dtype=np.int64)
    strength[0] = -1
    # Written out, since SciPy's routine minimises, and which of equals it takes is not documented.
    chosen = []
    for _ in range(n - 1):
        best = int(strength.argmax())
        if strength[best] <= 0:
            raise InputError(
                f"expected all regions to be joined by pairs above 0, found "
                f"{int((strength >= 0).sum())} of {n} that are not",
                where="prior",
                repair="Add a floor, which leaves no pair at 0.",
            )
        chosen.append(pair[best, end[best]])
        strength[best] = -1
        closer = (matrix[best] > strength) & (strength >= 0)
        strength[closer], end[closer] = matrix[best][closer], best
    return np.sort(np.array(chosen, dtype=np.int64))


def is_connected(matrix: Floats) -> bool:
    """Tell whether pairs above 0 join all regions."""
    reached = np.zeros(len(matrix), dtype=bool)
    front = [0]
    while front:
        region = front.pop()
        if not reached[region]:
            reached[region] = True
            front.extend(np.flatnonzero((matrix[region] > 0) & ~reached).tolist())
    return bool(reached.all())
