"""The wiring of a graph as numbers, each beside what its null model gives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy import sparse

from neuropil.connectome import Connectome
from neuropil.contracts import ConfigError, Metric, Progress, SeedTree, SilentProgress
from neuropil.measures.comparison import NullTally
from neuropil.measures.graphs.graph import compute_density, compute_reciprocity, without_loops
from neuropil.measures.graphs.labels import Labels, labels_of
from neuropil.measures.graphs.matrix import Graph, is_directed, weight_matrix
from neuropil.measures.graphs.null_models import NullModel, choose_model, draw_nulls
from neuropil.measures.graphs.type_pairs import TypePairs, tabulate_types
from neuropil.measures.intervals import summarise_null

__all__ = ["FEWEST_NULLS", "Wiring", "check_wiring", "measure_wiring"]

FEWEST_NULLS = 19
"""With fewer draws no one-sided p-value is 0.05."""

_LEVEL = 0.05  # at which a note says what q can reach
_KEPT = "The null model keeps it."
_EXCESS = "p is for as much or more by chance."
_LABELS = {
    "reciprocity": (
        "reciprocity",
        f"Share of the connected pairs that are connected the other way too. {_EXCESS}",
    ),
    "reciprocity_corrected": (
        "reciprocity beyond density",
        "0 where it is the density, 1 where all pairs are returned (Garlaschelli and Loffredo "
        "2004).",
    ),
    "weighted_reciprocity": (
        "reciprocity of the weight",
        f"Sum of the smaller weight of both directions, as a share of all weight. {_EXCESS}",
    ),
    "weighted_reciprocity_corrected": (
        "reciprocity of the weight beyond the null",
        "0 where it is the mean of the null, 1 where all weight is returned (Squartini et al. "
        "2013).",
    ),
    "within_types": (
        "weight within types",
        f"Share of the weight that joins neurons of one type. {_EXCESS}",
    ),
}


@dataclass(frozen=True)
class Wiring:
    """What was measured.

    Parameters
    ----------
    metrics : tuple of Metric
        Quantities of the whole graph; those that the null model changes have a null.
    types : pl.DataFrame or None
        One row for each pair of types, as :func:`tabulate_types` writes it; None without types.
    draws : pl.DataFrame
        One row for each null draw: the metrics that have a null, other than corrected ones.
    null : str
        What the null model keeps and destroys.
    notes : tuple of str
        What a reader should know first.
    directed : bool
        False where it was measured as undirected: each edge counts once, and there is no
        reciprocity.
    """

    metrics: tuple[Metric, ...]
    types: pl.DataFrame | None
    draws: pl.DataFrame
    null: str
    notes: tuple[str, ...]
    directed: bool = True


def measure_wiring(
    graph: Graph,
    by: str | Labels | None = None,
    *,
    model: NullModel | None = None,
    n_nulls: int = 100,
    seed: int = 0,
    directed: bool | None = None,
    progress: Progress | None = None,
) -> Wiring:
    """Measure a graph and its nulls.

    Synapses of neurons onto themselves are left out. In an undirected graph each edge counts
    once, nothing is said of reciprocity, and the nulls are undirected too.

    Parameters
    ----------
    graph : Connectome or (n, n) array or scipy.sparse array
        Weights of 0 or more, row = pre, column = post.
    by : str or (n,) sequence, optional
        Node column of a connectome, or the type of each neuron; no types when not given.
    model : NullModel, optional
        :class:`DegreePreserving` when not given, of the kind of the graph.
    n_nulls : int
        Number of null draws.
    seed : int
        Root of every draw.
    directed : bool, optional
        Whether the graph is directed. When not given, it is undirected if its connectome says so
        or its matrix is symmetric.
    progress : Progress, optional
        Told after each draw.

    Returns
    -------
    Wiring
        Density, reciprocity and share of weight within types; and the table of types.

    Raises
    ------
    ConfigError
        When the column does not exist, there are fewer than 19 nulls, or the null model is for
        the other kind of graph.
    InputError
        When a weight is NaN, infinite or negative, no two neurons are connected, or the graph is
        stated to be undirected and its matrix is not symmetric.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> reciprocal = rng.random((60, 60)) < 0.05
    >>> reciprocal[:30] |= reciprocal[:, :30].T
    >>> measured = measure_wiring(reciprocal).metrics[4]
    >>> measured.id, round(measured.null.p, 4)
    ('reciprocity', 0.0099)
    """
    prepared = _prepare(graph, by, n_nulls, directed)
    matrix, types = prepared.matrix, prepared.types
    model = choose_model(model, directed=prepared.directed)
    observed = _measure(prepared, matrix)
    draws: dict[str, list[float]] = {name: [] for name in observed}
    tally = NullTally(types.count(matrix) if types else np.empty(0))
    root = SeedTree(seed).child("nulls")
    # Without anything that the nulls change, none is drawn.
    n_drawn = n_nulls if observed else 0
    nulls = draw_nulls(matrix, model, n_drawn, root, directed=prepared.directed)
    with (progress or SilentProgress()).track("nulls", n_drawn) as advance:
        for null in nulls:
            for name, value in _measure(prepared, null).items():
                draws[name].append(value)
            tally.add(types.count(null) if types else np.empty(0))
            advance(1)
    unit = graph.units[graph.weight_names[0]] if isinstance(graph, Connectome) else "1"
    return Wiring(
        (*_sizes(prepared, unit), *_metrics(matrix, observed, draws, model.name)),
        tabulate_types(types, types.expect(matrix), tally.compare()) if types else None,
        pl.DataFrame(draws),
        model.name,
        tuple(_notes(prepared, n_nulls)),
        prepared.directed,
    )


def check_wiring(
    graph: Graph,
    by: str | Labels | None = None,
    *,
    n_nulls: int = 100,
    directed: bool | None = None,
) -> None:
    """Check what :func:`measure_wiring` needs, before anything long is begun.

    Parameters
    ----------
    graph : Connectome or (n, n) array or scipy.sparse array
        Weights of 0 or more, row = pre, column = post.
    by : str or (n,) sequence, optional
        Node column of a connectome, or the type of each neuron.
    n_nulls : int
        Number of null draws.
    directed : bool, optional
        As in :func:`measure_wiring`.

    Raises
    ------
    ConfigError, InputError
        As :func:`measure_wiring`.
    """
    prepared = _prepare(graph, by, n_nulls, directed)
    # Measured once for its errors alone: a graph without edges is refused here and not after an
    # hour.
    _measure(prepared, prepared.matrix)


@dataclass(frozen=True)
class _Prepared:
    """A graph without loops, its loops, its types, and whether it is directed and stated so."""

    matrix: sparse.csr_array
    loops: sparse.csr_array
    types: TypePairs | None
    directed: bool
    stated: bool


def _prepare(
    graph: Graph, by: str | Labels | None, n_nulls: int, directed: bool | None
) -> _Prepared:
    if n_nulls < FEWEST_NULLS:
        raise ConfigError(
            f"expected at least {FEWEST_NULLS} nulls, found {n_nulls}",
            where="nulls",
            repair="With fewer no p-value can be 0.05.",
        )
    labels = None if by is None else labels_of(graph, by)
    whole = weight_matrix(graph)
    matrix = without_loops(whole)
    found = is_directed(graph, directed)
    stated = directed is not None or (isinstance(graph, Connectome) and not graph.directed)
    types = None if labels is None else TypePairs.of(matrix, labels, directed=found)
    return _Prepared(matrix, whole - matrix, types, found, stated)


def _measure(prepared: _Prepared, matrix: sparse.csr_array) -> dict[str, float]:
    """Measure what the null models change."""
    values: dict[str, float] = {}
    if prepared.directed:
        reciprocity = compute_reciprocity(matrix)
        values |= {"reciprocity": reciprocity.binary, "weighted_reciprocity": reciprocity.weighted}
    types = prepared.types
    if types:
        pre = np.repeat(types.codes, np.diff(matrix.indptr))
        within = pre == types.codes[matrix.indices]
        values["within_types"] = float(matrix.data[within].sum() / matrix.data.sum())
    return values


def _sizes(prepared: _Prepared, unit: str) -> Iterator[Metric]:
    """List what every null model keeps."""
    matrix, each = prepared.matrix, 1 if prepared.directed else 2
    n, density, pairs = matrix.shape[0], compute_density(matrix), matrix.nnz // each
    places = n * (n - 1) // each
    total = float(matrix.sum()) / each
    yield Metric("neurons", "neurons", n, "neurons", n, note=_KEPT)
    yield Metric("pairs", "connected pairs of neurons", pairs, "pairs", n, note=_KEPT)
    yield Metric("weight", "total weight", total, unit, pairs, note=_KEPT)
    yield Metric("density", "density", density, "1", places, note=_KEPT)
    if not prepared.directed:
        mean = matrix.nnz / n
        yield Metric("degree", "mean number of partners", mean, "neurons", n, note=_KEPT)


def _metrics(
    matrix: sparse.csr_array,
    observed: Mapping[str, float],
    draws: Mapping[str, list[float]],
    null: str,
) -> Iterator[Metric]:
    """Set each quantity beside its null; reciprocity is also given as what exceeds chance."""
    chance = {}
    if "reciprocity" in observed:
        chance["reciprocity"] = compute_density(matrix)
        chance["weighted_reciprocity"] = float(np.mean(draws["weighted_reciprocity"]))
    for name, value in observed.items():
        values = np.asarray(draws[name])
        yield _beside_null(name, value, values, null, matrix.nnz)
        # Where chance alone returns everything, nothing can exceed it.
        if chance.get(name, 1.0) < 1:
            excess, free = np.append(values, value) - chance[name], 1 - chance[name]
            *above, corrected = excess / free
            yield _beside_null(f"{name}_corrected", corrected, above, null, matrix.nnz)


def _beside_null(
    name: str, value: float, draws: Sequence[float] | np.ndarray, null: str, n: int
) -> Metric:
    label, note = _LABELS[name]
    summary = summarise_null(null, draws, value, smaller_is_better=False)
    headline = not name.endswith("_corrected")
    return Metric(name, label, float(value), "1", n, null=summary, headline=headline, note=note)


def _notes(prepared: _Prepared, n_nulls: int) -> Iterator[str]:
    loops, types = prepared.loops, prepared.types
    if not prepared.directed and not prepared.stated:
        yield (
            "Every weight equals that of the other direction, so that the graph was measured as "
            "undirected; state that it is directed (--directed, directed=True) if it is."
        )
    if not prepared.directed and types is None:
        yield "Without types nothing is tested in an undirected graph: its degrees are kept."
    if loops.nnz:
        yield (
            f"{loops.nnz} neurons with synapses onto themselves (weight {loops.sum():g}): these "
            "are left out of every measure."
        )
    if types and types.cells.size < types.n_possible:
        yield (
            f"Of {types.n_possible:,} pairs of types the {types.cells.size:,} that are connected "
            "are tabulated; q counts them all."
        )
    lowest = 2 / (1 + n_nulls)
    if types and lowest * types.n_possible > _LEVEL:
        yield (
            f"With {n_nulls} nulls no p of a pair of types is below {lowest:.3g}, so that of "
            f"{types.n_possible:,} pairs a single one cannot reach q = {_LEVEL}; "
            "its z tells how far it stands out."
        )
