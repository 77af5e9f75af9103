"""Intervals of correlations over pairs: the regions are resampled, since pairs share them."""

from __future__ import annotations

import numpy as np

from neuropil.contracts import InputError

__all__ = ["correlate_resampled", "resample_regions"]


def resample_regions(n: int, n_resamples: int, rng: np.random.Generator) -> np.ndarray:
    """Draw n regions with replacement, many times.

    Parameters
    ----------
    n : int
        Number of regions.
    n_resamples : int
        Number of resamples.
    rng : numpy.random.Generator
        Source of every draw.

    Returns
    -------
    (n_resamples, n) int array
        How often each region was drawn.
    """
    return rng.multinomial(n, np.full(n, 1 / n), size=n_resamples)


def correlate_resampled(
    predicted: np.ndarray, measured: np.ndarray, counts: np.ndarray
) -> np.ndarray:
    """Correlate prediction and measurement over the pairs of resampled regions.

    A pair counts as often as its two regions were drawn together; a region's pair with its own
    copy is left out.

    Parameters
    ----------
    predicted, measured : (k, k) array
        Matrices of the pairs of k regions, symmetric.
    counts : (n_resamples, k) array
        How often each region was drawn.

    Returns
    -------
    (n_resamples,) array
        Pearson r; NaN where fewer than three pairs or no variance are left.

    Raises
    ------
    InputError
        When the shapes do not fit.

    Examples
    --------
    >>> both = np.array([[0, 1.0, 2.0], [1.0, 0, 3.0], [2.0, 3.0, 0]])
    >>> correlate_resampled(both, 2 * both, np.ones((1, 3))).round(6)
    array([1.])
    """
    k = counts.shape[1]
    if predicted.shape != (k, k) or measured.shape != (k, k):
        raise InputError(
            f"expected two ({k}, {k}) matrices, found {predicted.shape} and {measured.shape}",
            where="correlate_resampled",
            repair="Select the matrices and the counts alike.",
        )
    weights = np.asarray(counts, dtype=float)
    off = ~np.eye(k, dtype=bool)
    x, y = np.where(off, predicted, 0.0), np.where(off, measured, 0.0)

    def total(matrix: np.ndarray) -> np.ndarray:
        return np.asarray(((weights @ matrix) * weights).sum(axis=1))

    n = total(off.astype(float))
    with np.errstate(invalid="ignore", divide="ignore"):
        mean_x, mean_y = total(x) / n, total(y) / n
        covariance = total(x * y) / n - mean_x * mean_y
        spread = (total(x * x) / n - mean_x**2) * (total(y * y) / n - mean_y**2)
        r = covariance / np.sqrt(spread)
    # Two regions have one pair, and no correlation.
    return np.where(((weights > 0).sum(axis=1) >= 3) & (spread > 0), r, np.nan)
