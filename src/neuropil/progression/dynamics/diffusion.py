"""Network diffusion, c(t) = exp(-L t) c(0), at many times at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

import numpy as np
import numpy.typing as npt

from neuropil.contracts import ConfigError, InputError

__all__ = ["Method", "diffuse"]

Array = npt.NDArray[np.float64]
Method = Literal["auto", "series", "spectrum", "exponential"]

_MOST_TERMS = 2000
"""Longest series of its own accord. At 400 regions it takes as long as 40 matrix exponentials."""
_SYMMETRY = 1e-12  # relative; a mix of two directions is symmetric up to rounding


def diffuse(
    laplacian: npt.ArrayLike,
    start: npt.ArrayLike,
    times: npt.ArrayLike,
    *,
    method: Method = "auto",
) -> Array:
    """Return concentrations at many times, in closed form.

    The series is sum_k Poisson(k; q t) (I - L / q)^k c(0), with q the largest element of the
    diagonal. All its terms are 0 or more, so that every concentration, however small, keeps its
    relative accuracy: those far from the seed are as small as 1e-30, and are compared on a
    logarithmic scale. The same powers serve all times. Eigenvectors and matrix exponentials add up
    terms of both signs and are accurate relative to the largest concentration alone.

    Parameters
    ----------
    laplacian : (n, n) array
        As :func:`build_laplacian` makes it, times the rate of spread [1 / time].
    start : (n,) or (n, m) array
        Concentrations at time 0, each column a start of its own; 0 or more.
    times : (t,) array
        Times, 0 or more, in any order.
    method : {"auto", "series", "spectrum", "exponential"}
        ``auto`` takes the series unless it would be longer than 2,000 terms, and then eigenvectors
        (``spectrum``) where the Laplacian is symmetric, and one matrix exponential a time
        elsewhere.

    Returns
    -------
    (t, n) or (t, n, m) float64 array
        Concentrations.

    Raises
    ------
    InputError
        When shapes do not fit, a value is not finite, a start or time is negative, or the matrix
        is no Laplacian; the message says what to give instead.
    ConfigError
        When ``spectrum`` is asked for a Laplacian that is not symmetric, or the method is unknown.

    References
    ----------
    Grassmann 1977, Comput. Oper. Res. 4:47, for the series. Xue and Ye 2013, Math. Comput. 82:1577,
    for its accuracy in every element.

    Examples
    --------
    >>> pair = [[1.0, -1.0], [-1.0, 1.0]]
    >>> diffuse(pair, [1.0, 0.0], [0.0, 100.0])
    array([[1. , 0. ],
           [0.5, 0.5]])
    """
    matrix = _check_laplacian(laplacian)
    state = _check_start(start, len(matrix))
    moments = _check_times(times)
    chosen = _choose_method(method, matrix, float(moments.max(initial=0)))
    return _METHODS[chosen](matrix, state, moments)


def _choose_method(method: str, matrix: Array, latest: float) -> str:
    if method != "auto" and method not in _METHODS:
        raise ConfigError(
            f"expected auto, {', '.join(_METHODS)}, found {method!r}",
            where="method",
            repair="Choose one of them.",
        )
    symmetric = np.abs(matrix - matrix.T).max() <= _SYMMETRY * np.abs(matrix).max()
    if method == "spectrum" and not symmetric:
        raise ConfigError(
            "expected a symmetric Laplacian for the method spectrum, found one with directions",
            where="method",
            repair="Use series or exponential.",
        )
    if method != "auto":
        return method
    if _count_terms(matrix, latest) <= _MOST_TERMS:
        return "series"
    return "spectrum" if symmetric else "exponential"


def _count_terms(matrix: Array, latest: float) -> int:
    # Poisson weights beyond nine standard deviations and forty terms are below 1e-19 of all for
    # every mean, and fall faster than the powers grow.
    mean = float(np.diag(matrix).max()) * latest
    return int(mean + 9 * np.sqrt(mean)) + 40


def _sum_series(matrix: Array, start: Array, times: Array) -> Array:
    from scipy.special import gammaln

    rate = float(np.diag(matrix).max())
    if rate == 0:
        return np.broadcast_to(start, (len(times), *start.shape)).copy()
    step = np.eye(len(matrix)) - matrix / rate
    powers = np.empty((_count_terms(matrix, float(times.max(initial=0))), *start.shape))
    powers[0] = start
    for term in range(1, len(powers)):
        powers[term] = step @ powers[term - 1]
    terms, mean = np.arange(len(powers)), rate * times[:, None]
    # By logarithms: k! overflows where the weight does not. At time 0 all weight is on k = 0.
    logs = terms * np.log(np.where(mean > 0, mean, 1)) - mean - gammaln(terms + 1)
    poisson = np.where(mean > 0, np.exp(logs), terms == 0)
    # Weights of a cut series add up to a little less than 1.
    poisson /= poisson.sum(axis=1, keepdims=True)
    return np.tensordot(poisson, powers, axes=1)


def _use_spectrum(matrix: Array, start: Array, times: Array) -> Array:
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    parts = vectors.T @ start.reshape(len(matrix), -1)
    decayed = np.exp(-values * times[:, None])[:, :, None] * parts
    return (vectors @ decayed).reshape(len(times), *start.shape)


def _use_exponentials(matrix: Array, start: Array, times: Array) -> Array:
    from scipy.linalg import expm

    states = [expm(-matrix * time) @ start for time in times]
    return np.array(states).reshape(len(times), *start.shape)


_METHODS: Mapping[str, Callable[[Array, Array, Array], Array]] = {
    "series": _sum_series,
    "spectrum": _use_spectrum,
    "exponential": _use_exponentials,
}


def _check_laplacian(laplacian: npt.ArrayLike) -> Array:
    matrix = np.asarray(laplacian, dtype=np.float64)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or not np.isfinite(matrix).all():
        raise InputError(
            f"expected a square matrix of finite numbers, found shape {matrix.shape}",
            where="laplacian",
            repair="Make it with build_laplacian.",
        )
    # Weights given in place of their Laplacian would grow without bound.
    off = matrix - np.diag(np.diag(matrix))
    unbalanced = np.abs(matrix.sum(axis=1)).max() > 1e-8 * max(np.abs(matrix).max(), 1e-300)
    if (off > 0).any() or unbalanced:
        raise InputError(
            "expected rows whose sum is 0 and nothing above 0 beside the diagonal, found "
            f"{int((off > 0).sum())} such elements and a largest sum of "
            f"{np.abs(matrix.sum(axis=1)).max():.3g}",
            where="laplacian",
            repair="Make it with build_laplacian.",
        )
    return matrix


def _check_start(start: npt.ArrayLike, n: int) -> Array:
    state = np.asarray(start, dtype=np.float64)
    if state.ndim not in (1, 2) or state.shape[0] != n:
        raise InputError(
            f"expected {n} concentrations, found shape {state.shape}",
            where="start",
            repair="Give one for each region, and one column for each start.",
        )
    if not (np.isfinite(state) & (state >= 0)).all():
        raise InputError(
            "expected finite concentrations of 0 or more, found "
            f"{int((~(np.isfinite(state) & (state >= 0))).sum())} others",
            where="start",
            repair="Pathology is an amount; subtract no mean from it.",
        )
    return state


def _check_times(times: npt.ArrayLike) -> Array:
    moments = np.asarray(times, dtype=np.float64)
    if moments.ndim != 1 or not (np.isfinite(moments) & (moments >= 0)).all():
        raise InputError(
            f"expected a list of finite times of 0 or more, found shape {moments.shape}",
            where="times",
            repair="Diffusion cannot be run backwards; measure time from the start.",
        )
    return moments
