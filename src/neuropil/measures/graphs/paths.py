"""How strongly types reach each other through chains of synapses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from neuropil.contracts import ConfigError
from neuropil.measures.graphs.labels import Labels, group_codes, labels_of
from neuropil.measures.graphs.matrix import Graph, weight_matrix

__all__ = ["PathStrength", "compute_path_strength"]

_TYPES_AT_ONCE = 64  # columns of a dense (n, types) array, which bounds the memory; not tuned


@dataclass(frozen=True)
class PathStrength:
    """Strength of the paths between types.

    Parameters
    ----------
    names : tuple of str
        The k types, in order of first appearance.
    by_length : (length, k, k) array
        Strength of the paths of 1, 2, ... synapses; row = pre, column = post.
    """

    names: tuple[str, ...]
    by_length: np.ndarray

    @property
    def total(self) -> np.ndarray:
        """(k, k) strength of all paths up to the longest."""
        return self.by_length.sum(axis=0)


def compute_path_strength(graph: Graph, by: str | Labels, max_length: int = 3) -> PathStrength:
    """Sum over paths between types the product of the shares of input along each path.

    The weight of a synapse is the share of its target's input, w_ij / sum_i w_ij; the strength
    of a path is the product of its weights. Summed over all paths of one length from any neuron
    of type A, and averaged over the neurons of type B, it is the share of B's input that A
    accounts for when signals pass that many synapses and nothing else happens to them. Paths
    may visit a neuron again. Sign and dynamics play no part.

    Parameters
    ----------
    graph : Connectome or (n, n) array or scipy.sparse array
        Weights of 0 or more, row = pre, column = post.
    by : str or (n,) sequence
        Node column of a connectome, or the type of each neuron.
    max_length : int
        Number of synapses of the longest path.

    Returns
    -------
    PathStrength
        For every length and pair of types, from 0 to 1. At each length the strengths onto a type
        sum to 1 where every neuron on the way has input.

    Raises
    ------
    ConfigError
        When the column does not exist or the length is less than 1.
    InputError
        When a weight is NaN, infinite or negative, or there is not one label for each neuron.

    References
    ----------
    Katz 1953, Psychometrika 18:39, for sums over paths; Schlegel et al. 2021, eLife 10:e66018,
    for shares of input as weights between neurons.

    Examples
    --------
    >>> chain = np.array([[0, 4, 0], [0, 0, 2], [0, 0, 0]])
    >>> compute_path_strength(chain, ["a", "b", "c"], max_length=2).by_length[1]
    array([[0., 0., 1.],
           [0., 0., 0.],
           [0., 0., 0.]])
    """
    if max_length < 1:
        raise ConfigError(
            f"expected a length of 1 or more, found {max_length}",
            where="max_length",
            repair="Count the synapses of the longest path.",
        )
    weights = weight_matrix(graph)
    n = weights.shape[0]
    names, codes = group_codes(labels_of(graph, by), n)
    k = len(names)
    inputs = np.asarray(weights.sum(axis=0)).ravel()
    # Turned round and multiplied with one column a type: products of whole matrices would fill up.
    onward = _scale_columns(weights, inputs).T.tocsr()
    mean = sparse.csr_array((1 / np.bincount(codes)[codes], (codes, np.arange(n))), shape=(k, n))
    strength = np.empty((max_length, k, k))
    for start in range(0, k, _TYPES_AT_ONCE):
        senders = np.arange(start, min(start + _TYPES_AT_ONCE, k))
        reached = (codes[:, None] == senders).astype(np.float64)
        for length in range(max_length):
            reached = onward @ reached
            strength[length, senders] = (mean @ reached).T
    return PathStrength(names, strength)


def _scale_columns(weights: sparse.csr_array, inputs: np.ndarray) -> sparse.csr_array:
    # Stored cells only: a neuron without input has none, so that nothing is divided by 0.
    data = weights.data / inputs[weights.indices]
    return sparse.csr_array((data, weights.indices, weights.indptr), shape=weights.shape)
