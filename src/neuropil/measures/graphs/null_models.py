"""Null models of a graph behind one interface: a frozen object that draws one more graph."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from scipy import sparse

from neuropil.contracts import ConfigError, SeedTree
from neuropil.measures.graphs.labels import group_codes
from neuropil.measures.graphs.matrix import Graph, is_directed, weight_matrix
from neuropil.measures.graphs.rewiring import rewire_matrix
from neuropil.measures.graphs.swaps import count_rounds, swap_matrix

__all__ = ["DegreePreserving", "ErdosRenyi", "NullModel", "Weights", "choose_model", "draw_nulls"]

Weights = Literal["carried", "permuted"]

ROUNDS = 10
"""Global trades a draw: 3 % of the edges of a generated graph are then still in their place.

Measured for docs/decisions/0006-null-models.md, which tells why fewer would do no harm.
"""


class NullModel(ABC):
    """A distribution over graphs that keeps some properties of a graph and no others.

    Every model keeps the neurons, the number of edges and the synapses of neurons onto
    themselves. A step from one graph to another must be as likely as the step back. A model with
    ``directed`` false draws symmetric matrices from symmetric ones.
    """

    directed: bool = True

    @property
    @abstractmethod
    def name(self) -> str:
        """What the model keeps and what it destroys, in one line."""

    @abstractmethod
    def draw(self, matrix: sparse.csr_array, rng: np.random.Generator) -> sparse.csr_array:
        """Draw a graph.

        Parameters
        ----------
        matrix : scipy.sparse.csr_array
            (n, n) weights, row = pre, column = post, as :func:`draw_nulls` passes them.
        rng : numpy.random.Generator
            Source of every draw.

        Returns
        -------
        scipy.sparse.csr_array
            (n, n) weights.
        """


@dataclass(frozen=True)
class DegreePreserving(NullModel):
    """Draw partners anew and keep how many of them every neuron has.

    Uniform over all graphs with the same in-degrees and out-degrees, without multiple edges and
    without new loops; with ``directed=False`` over all undirected graphs with the same degrees.

    Parameters
    ----------
    weights : {"carried", "permuted"}, optional
        ``carried`` keeps the weights of each presynaptic neuron, and so its strength;
        ``permuted`` gives the weights of the graph to its edges at random. Carried when not given,
        and permuted in undirected graphs, where no neuron sends.
    within : tuple of str, optional
        Type of each neuron. Every neuron then keeps its number of partners in each type, and
        weights stay within their pair of types.
    rounds : int
        Global trades for each draw; in undirected graphs, how often all edges are paired to swap.
        There it is raised where the graph is dense.
    directed : bool
        False for undirected graphs.

    References
    ----------
    Maslov and Sneppen 2002, Science 296:910, for the model. Carstens, Berger and Strona 2018,
    MethodsX 5:773, for the trades that draw from it in directed graphs.
    """

    weights: Weights | None = None
    within: tuple[str, ...] | None = None
    rounds: int = ROUNDS
    directed: bool = True

    def __post_init__(self) -> None:
        if self.weights is None:
            object.__setattr__(self, "weights", "carried" if self.directed else "permuted")
        if self.weights not in get_args(Weights):
            raise ConfigError(
                f"expected weights to be carried or permuted, found {self.weights!r}",
                where="DegreePreserving",
                repair="Choose one of them.",
            )
        if self.weights == "carried" and not self.directed:
            raise ConfigError(
                "expected weights to be permuted in an undirected graph, found 'carried'",
                where="DegreePreserving",
                repair="No neuron sends in it; leave weights out.",
            )
        if self.rounds < 1:
            raise ConfigError(
                f"expected at least one round, found {self.rounds}",
                where="DegreePreserving",
                repair=f"The default is {ROUNDS}.",
            )

    @property
    def name(self) -> str:
        """What the model keeps and what it destroys, in one line."""
        partners = f"{'in-degree and out-degree' if self.directed else 'degree'} of every neuron"
        if self.within is not None:
            partners = f"{partners} towards each type"
        if self.weights == "carried":
            return f"partners redrawn; {partners} kept, and its outgoing weights"
        return f"partners redrawn; {partners} kept, weights permuted"

    def draw(self, matrix: sparse.csr_array, rng: np.random.Generator) -> sparse.csr_array:
        """Draw a graph with the same degrees."""
        n = matrix.shape[0]
        groups = np.zeros(n, dtype=np.int64)
        if self.within is not None:
            groups = group_codes(self.within, n)[1]
        if not self.directed:
            # Whole blocks are what edges swap in; the graph as a whole tells how dense they are.
            rounds = count_rounds(self.rounds, matrix.nnz // 2, n)
            return swap_matrix(matrix, groups, rounds, rng)
        return rewire_matrix(matrix, groups, self.rounds, rng, carry=self.weights == "carried")


@dataclass(frozen=True)
class ErdosRenyi(NullModel):
    """Put the edges anywhere: the weakest null, which keeps the number of edges alone.

    Weights are given to the edges at random.

    Parameters
    ----------
    directed : bool
        False for undirected graphs.

    References
    ----------
    Erdos and Renyi 1959, Publ. Math. Debrecen 6:290.
    """

    directed: bool = True

    @property
    def name(self) -> str:
        """What the model keeps and what it destroys, in one line."""
        return "edges anywhere; number of edges and weights kept, degrees not"

    def draw(self, matrix: sparse.csr_array, rng: np.random.Generator) -> sparse.csr_array:
        """Draw a graph with the same number of edges."""
        n = matrix.shape[0]
        cells = matrix.tocoo()
        loops = cells.row == cells.col
        if not self.directed:
            return _draw_undirected(matrix, rng)
        places = _draw_places(n * (n - 1), int((~loops).sum()), rng)
        rows, columns = np.divmod(places, max(n - 1, 1))
        columns += columns >= rows  # the diagonal is no place
        data = np.concatenate([rng.permutation(cells.data[~loops]), cells.data[loops]])
        rows = np.concatenate([rows, cells.row[loops]])
        columns = np.concatenate([columns, cells.col[loops]])
        return sparse.csr_array((data, (rows, columns)), shape=matrix.shape)


def _draw_undirected(matrix: sparse.csr_array, rng: np.random.Generator) -> sparse.csr_array:
    """Put undirected edges anywhere."""
    n = matrix.shape[0]
    cells = matrix.tocoo()
    upper, loops = cells.row < cells.col, cells.row == cells.col
    places = _draw_places(n * (n - 1) // 2, int(upper.sum()), rng)
    # Place k of the pairs 10, 20, 21, 30, ...: row r begins at r (r - 1) / 2. The square root may
    # be one off for large numbers, which the two lines below put right.
    rows = ((1 + np.sqrt(1 + 8 * places.astype(np.float64))) / 2).astype(np.int64)
    rows -= rows * (rows - 1) // 2 > places
    rows += (rows + 1) * rows // 2 <= places
    columns = places - rows * (rows - 1) // 2
    data = rng.permutation(cells.data[upper])
    return sparse.csr_array(
        (
            np.concatenate([data, data, cells.data[loops]]),
            (
                np.concatenate([rows, columns, cells.row[loops]]),
                np.concatenate([columns, rows, cells.col[loops]]),
            ),
        ),
        shape=matrix.shape,
    )


def _draw_places(n_places: int, size: int, rng: np.random.Generator) -> np.ndarray:
    """Draw distinct places, without a list of all of them where few are drawn."""
    # Above a half it takes fewer draws to find the places that stay empty.
    if 2 * size > n_places:
        left_out = _draw_places(n_places, n_places - size, rng)
        return np.setdiff1d(np.arange(n_places), left_out, assume_unique=True)
    drawn = np.empty(0, dtype=np.int64)
    while drawn.size < size:
        # A quarter more than is missing, since some are drawn twice; not tuned.
        more = rng.integers(n_places, size=size + size // 4 + 8 - drawn.size)
        drawn = np.sort(np.concatenate([drawn, more]))
        drawn = drawn[np.append(True, drawn[1:] != drawn[:-1])]
    return rng.permutation(drawn)[:size]


def choose_model(model: NullModel | None, *, directed: bool) -> NullModel:
    """Take the null model that is named, or that which keeps degrees.

    Parameters
    ----------
    model : NullModel, optional
        What was asked for.
    directed : bool
        Whether the graph is directed.

    Returns
    -------
    NullModel
        For such a graph.

    Raises
    ------
    ConfigError
        When the model is for the other kind of graph: a directed null of an undirected graph finds
        every edge returned, and calls random graphs significant.
    """
    if model is None:
        return DegreePreserving(directed=directed)
    if model.directed != directed:
        kinds = ("an undirected", "a directed")
        raise ConfigError(
            f"expected a null model for {kinds[directed]} graph, found one for "
            f"{kinds[not directed]} one",
            where=type(model).__name__,
            repair=f"Use {type(model).__name__}(directed={directed}), or state directed="
            f"{not directed} for the graph.",
        )
    return model


def draw_nulls(
    graph: Graph,
    model: NullModel | None = None,
    n: int = 100,
    seed: SeedTree | None = None,
    *,
    directed: bool | None = None,
) -> Iterator[sparse.csr_array]:
    """Draw graphs from a null model, such that a p-value from them is exact.

    All are drawn from one further graph, which itself is drawn from the data and not returned.
    If the data come from the null model, they and the draws are then exchangeable: a p-value
    (1 + as extreme) / (1 + n) holds its level even where the steps are too few to forget the
    data, and it can only lose power by it.

    Parameters
    ----------
    graph : Connectome or (n, n) array or scipy.sparse array
        Weights of 0 or more, row = pre, column = post.
    model : NullModel, optional
        :class:`DegreePreserving` when not given, of the kind of the graph.
    n : int
        Number of graphs.
    seed : SeedTree, optional
        Root of every draw; draw i depends on the seed and on i alone.
    directed : bool, optional
        Whether the graph is directed; see :func:`is_directed` for what is taken when not given.

    Yields
    ------
    scipy.sparse.csr_array
        (n, n) weights.

    Raises
    ------
    ConfigError
        When the model is one of undirected graphs and the graph is not, or the other way round.

    References
    ----------
    Besag and Clifford 1989, Biometrika 76:633.

    Examples
    --------
    >>> ring = np.roll(np.eye(5), 1, axis=1)
    >>> [int(null.sum()) for null in draw_nulls(ring, n=3)]
    [5, 5, 5]
    """
    model = choose_model(model, directed=is_directed(graph, directed))
    seed = seed or SeedTree(0)
    hub = model.draw(weight_matrix(graph), seed.child("hub").generator())
    for index in range(n):
        yield model.draw(hub, seed.child(index).generator())
