"""From the weights of a connectome to the Laplacian along which pathology spreads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from neuropil.contracts import ConfigError, InputError
from neuropil.progression.checks import check_choice

__all__ = [
    "Kind",
    "Scale",
    "build_laplacian",
    "check_weights",
    "find_largest_eigenvalue",
    "mix_directions",
    "mix_graphs",
]

Array = npt.NDArray[np.float64]
Kind = Literal["combinatorial", "row-normalised"]
Scale = Literal["none", "eigenvalue", "row-sum", "total"]


def check_weights(weights: npt.ArrayLike, where: str = "weights") -> Array:
    """Return a copy of the weights that can be computed with.

    Parameters
    ----------
    weights : (n, n) array
        Strength of each connection, row = source, column = target.
    where : str
        What the message calls them.

    Returns
    -------
    (n, n) float64 array
        Without the diagonal: what a region sends to itself does not spread.

    Raises
    ------
    InputError
        When the matrix is not square, holds NaN, infinity or a negative number, or no connection;
        the message names the cell and how to mend it.

    Examples
    --------
    >>> check_weights([[5, 1], [2, 0]])
    array([[0., 1.],
           [2., 0.]])
    """
    matrix = np.array(weights, dtype=np.float64)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or matrix.size == 0:
        raise InputError(
            f"expected a square matrix, found shape {matrix.shape}",
            where=where,
            repair="Give one row and one column for each region.",
        )
    _refuse(matrix, ~np.isfinite(matrix), where, "Use 0 where there is no connection.")
    # Correlations are negative: what a negative edge would do to pathology is not for us to guess.
    repair = "Set negative weights to 0, or take their size, and say so."
    _refuse(matrix, matrix < 0, where, repair)
    np.fill_diagonal(matrix, 0)
    if not matrix.any():
        raise InputError(
            "expected at least one connection between two regions, found none",
            where=where,
            repair="Nothing spreads on such a graph; give its weights.",
        )
    return matrix


def _refuse(matrix: Array, wrong: npt.NDArray[np.bool_], where: str, repair: str) -> None:
    if wrong.any():
        row, column = np.argwhere(wrong)[0]
        raise InputError(
            f"expected finite weights of 0 or more, found {matrix[row, column]:g} "
            f"({int(wrong.sum())} such weights)",
            where=f"{where}, row {row}, column {column}",
            repair=repair,
        )


def mix_directions(weights: npt.ArrayLike, retrograde: float) -> Array:
    """Return the weights for spread against axons, along them, or both.

    Parameters
    ----------
    weights : (n, n) array
        Strength of each connection, row = source, column = target.
    retrograde : float
        Share of spread against axons: 1 lets a region take up from its targets, 0 from its
        sources.

    Returns
    -------
    (n, n) array
        s W + (1 - s) W^T, to be read as the weights of retrograde spread.

    Raises
    ------
    ConfigError
        When the share is not between 0 and 1; choose another.

    References
    ----------
    Mezias, Rey, Brundin and Raj 2020, Neurobiol. Dis. 134:104623, for both directions at once.

    Examples
    --------
    >>> mix_directions([[0, 4], [0, 0]], retrograde=0.25)
    array([[0., 1.],
           [3., 0.]])
    """
    matrix = check_weights(weights)
    _check_share(retrograde, "retrograde")
    return retrograde * matrix + (1 - retrograde) * matrix.T


def mix_graphs(graphs: Sequence[npt.ArrayLike], shares: Sequence[float]) -> Array:
    """Add graphs of different units, each first divided by the sum of its weights.

    Parameters
    ----------
    graphs : sequence of (n, n) array
        Weights of each graph, row = source, column = target.
    shares : sequence of float
        Share of each, 0 or more; they are divided by their sum.

    Returns
    -------
    (n, n) array
        Weights whose sum is 1.

    Raises
    ------
    ConfigError
        When there is not one share for each graph, one is negative or all are 0; correct them.
    InputError
        When the graphs differ in size, or one cannot be computed with; correct it.

    Examples
    --------
    >>> mix_graphs([[[0, 3], [0, 0]], [[0, 0], [90, 0]]], [0.75, 0.25])
    array([[0.  , 0.75],
           [0.25, 0.  ]])
    """
    given = np.asarray(shares, dtype=np.float64)
    if len(graphs) != given.size or not given.size or (given < 0).any() or not given.sum() > 0:
        raise ConfigError(
            f"expected {len(graphs)} shares of 0 or more, not all 0, found {list(shares)}",
            where="mix_graphs",
            repair="Give one share for each graph.",
        )
    parts = [check_weights(graph, f"graph {place}") for place, graph in enumerate(graphs)]
    sizes = {len(part) for part in parts}
    if len(sizes) > 1:
        raise InputError(
            f"expected graphs of one size, found {', '.join(map(str, sorted(sizes)))} regions",
            where="mix_graphs",
            repair="Bring all graphs to the same regions in the same order.",
        )
    return np.sum(
        [share / part.sum() * part for share, part in zip(given / given.sum(), parts, strict=True)],
        axis=0,
    )


def build_laplacian(
    weights: npt.ArrayLike,
    *,
    kind: Kind = "combinatorial",
    retrograde: float = 1.0,
    scale: Scale = "none",
    volumes: npt.ArrayLike | None = None,
    isolated: Literal["refuse", "keep"] = "refuse",
) -> Array:
    """Build the matrix L of dc/dt = -L c.

    A row of L says from where a region takes up pathology. Its sum is 0, so that equal
    concentrations everywhere are at rest. With ``retrograde=1`` region i takes up from the targets
    of its axons, the columns of row i; for symmetric weights the direction changes nothing.

    Parameters
    ----------
    weights : (n, n) array
        Strength of each connection, row = source, column = target. The diagonal is left out.
    kind : {"combinatorial", "row-normalised"}
        D - A, with the sums of the rows in D, or D^-1 (D - A), in which every region takes up at
        the same rate.
    retrograde : float
        Share of spread against axons, from 1 (all of it) to 0 (all along them).
    scale : {"none", "eigenvalue", "row-sum", "total"}
        What L is divided by: nothing, the real part of its largest eigenvalue, the largest sum of
        a row of weights, or the sum of all weights.
    volumes : (n,) array, optional
        Size of each region. Rows are divided by it: what enters a large region dilutes.
    isolated : {"refuse", "keep"}
        What is done with a region that takes up from nowhere, for which D^-1 does not exist: an
        error, or a row of 0, with which it stays as it is. In the combinatorial form its row is 0.

    Returns
    -------
    (n, n) float64 array
        The Laplacian.

    Raises
    ------
    InputError
        When the weights cannot be computed with, a volume is not positive, or a region takes up
        from nowhere and ``kind`` is row-normalised; the message names the region.
    ConfigError
        When a setting is none of those above; choose one of them.

    References
    ----------
    Raj, Kuceyeski and Weiner 2012, Neuron 73:1204, for diffusion on a connectome. Henderson et al.
    2019, Nat. Neurosci. 22:1248, for the out-degree form. He et al. 2023, MICCAI, arXiv 2308.05536,
    for the row-normalised one.

    Examples
    --------
    >>> build_laplacian([[0, 2], [1, 0]], scale="row-sum")
    array([[ 1. , -1. ],
           [-0.5,  0.5]])
    """
    for name, value, allowed in (("kind", kind, Kind), ("scale", scale, Scale)):
        check_choice(name, value, get_args(allowed))
    check_choice("isolated", isolated, ("refuse", "keep"))
    matrix = mix_directions(weights, retrograde)
    sums = matrix.sum(axis=1)
    laplacian = np.diag(sums) - matrix
    if kind == "row-normalised":
        laplacian = _normalise_rows(laplacian, sums, isolated)
    if volumes is not None:
        laplacian /= _check_volumes(volumes, len(sums))[:, None]
    return laplacian / _measure_scale(laplacian, sums, scale)


def find_largest_eigenvalue(laplacian: npt.ArrayLike) -> float:
    """Return the largest real part of the eigenvalues of a Laplacian.

    Parameters
    ----------
    laplacian : (n, n) array
        As :func:`build_laplacian` makes it.

    Returns
    -------
    float
        The rate at which the fastest pattern decays.
    """
    return float(np.linalg.eigvals(np.asarray(laplacian, dtype=np.float64)).real.max())


def _normalise_rows(laplacian: Array, sums: Array, isolated: str) -> Array:
    alone = np.flatnonzero(sums == 0)
    if alone.size and isolated == "refuse":
        raise InputError(
            f"expected regions that are connected, found {alone.size} that take up from nowhere",
            where=f"weights, row {alone[0]}",
            repair="Drop the region, or let it stay as it is with isolated='keep'.",
        )
    return laplacian / np.where(sums > 0, sums, 1)[:, None]


def _measure_scale(laplacian: Array, sums: Array, scale: Scale) -> float:
    if scale == "eigenvalue":
        return find_largest_eigenvalue(laplacian)
    return {"none": 1.0, "row-sum": float(sums.max()), "total": float(sums.sum())}[scale]


def _check_volumes(volumes: npt.ArrayLike, n: int) -> Array:
    sizes = np.asarray(volumes, dtype=np.float64)
    if sizes.shape != (n,) or not (np.isfinite(sizes) & (sizes > 0)).all():
        raise InputError(
            f"expected {n} positive volumes, found shape {sizes.shape}, "
            f"{int((~(np.isfinite(sizes) & (sizes > 0))).sum())} of them not positive",
            where="volumes",
            repair="Give the volume of each region, in the order of the weights.",
        )
    return sizes


def _check_share(share: float, name: str) -> None:
    if not 0 <= share <= 1:
        raise ConfigError(
            f"expected a share from 0 to 1, found {share!r}",
            where=name,
            repair="1 is spread against axons, 0 along them.",
        )
