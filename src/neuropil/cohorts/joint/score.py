"""How well connections are predicted beyond the group's mean, and what latents hold."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from neuropil.cohorts.joint.models.curved import QuadraticRidge

__all__ = [
    "canonical_correlations",
    "explained_variance",
    "identify",
    "score_subjects",
]

Array = npt.NDArray[np.floating]

# Sums of numbers that are equal but for their last digits spread by less than this.
_CONSTANT = 1e-9


def score_subjects(predicted: Array, measured: Array, mean: Array) -> dict[str, Array]:
    """Score the predicted connections of each subject; an edge that it lacks is left out.

    The correlation of a prediction with a connectome is mostly that of the group's mean. What tells
    subjects apart is the demeaned correlation, the share of the variance around the mean, and
    identification.

    Parameters
    ----------
    predicted, measured : (n, n_edges) arrays
        Of the same subjects, on one scale.
    mean : (n_edges,) array
        Mean of the training subjects.

    Returns
    -------
    dict of str to (n,) or (n, n) array
        ``r`` and ``demeaned_r``: correlations over edges, 0 for a prediction that does not vary;
        ``mse`` and ``mean_mse``: squared error of the prediction and of the mean; ``likeness``:
        (n, n), correlation of the row's measured and the column's predicted difference from the
        mean, over the edges that the row's subject has.
    """
    seen = ~np.isnan(measured)
    count = np.maximum(seen.sum(axis=1), 1)
    around = np.where(seen, measured - mean, 0.0)
    error = np.where(seen, predicted - measured, 0.0)
    return {
        "r": _correlate_rows(predicted, measured, seen),
        "demeaned_r": _correlate_rows(predicted - mean, measured - mean, seen),
        "mse": (error**2).sum(axis=1) / count,
        "mean_mse": (around**2).sum(axis=1) / count,
        "likeness": _correlate_all(measured - mean, predicted - mean, seen),
    }


def identify(likeness: Array) -> tuple[Array, Array]:
    """Look every measured subject up among the predictions of all.

    Parameters
    ----------
    likeness : (n, n) array
        Of measured (rows) and predicted subjects.

    Returns
    -------
    top1 : (n,) array
        1 where the subject's own prediction fits best, in part where others fit as well.
    rank : (n,) array
        Share of the others whose prediction fits worse than the subject's own; a half is chance,
        and stands where there are no others.
    """
    if len(likeness) == 1:
        return np.ones(1), np.full(1, 0.5)
    own = np.diag(likeness)[:, None]
    # The own one is equal to itself.
    equal = np.isclose(likeness, own, rtol=0, atol=1e-12).sum(axis=1) - 1
    above = ((likeness > own) & ~np.isclose(likeness, own, rtol=0, atol=1e-12)).sum(axis=1)
    top1 = np.where(above == 0, 1 / (1 + equal), 0.0)
    return top1, 1 - (above + equal / 2) / (len(own) - 1)


def canonical_correlations(first: Array, second: Array) -> Array:
    """Return the canonical correlations of two sets of coordinates, largest first.

    Parameters
    ----------
    first, second : (n, k) and (n, m) arrays
        Of the same subjects.

    Returns
    -------
    (min(k, m),) array
        Between 0 and 1; 0 for coordinates that do not vary or that others make up, none where
        either has no column.
    """
    found = np.zeros(min(first.shape[1], second.shape[1]))
    bases = [_span(each) for each in (first, second)]
    correlations = np.linalg.svd(bases[0].T @ bases[1], compute_uv=False)
    found[: len(correlations)] = np.minimum(correlations, 1.0)
    return found


def _span(coordinates: Array) -> Array:
    """Return an orthonormal basis of centred columns, without directions that are but rounding."""
    centred = coordinates - coordinates.mean(axis=0)
    left, spreads, _ = np.linalg.svd(centred, full_matrices=False)
    size = np.linalg.norm(coordinates) if coordinates.size else 0.0
    return np.asarray(left[:, spreads > _CONSTANT * size])


def explained_variance(
    sources: tuple[Array, Array], targets: tuple[Array, Array], *, curved: bool = False
) -> float:
    """Return how much of some coordinates others foretell in subjects that were not fitted.

    Parameters
    ----------
    sources, targets : pair of (n, k) and (m, k) arrays
        Coordinates of the fitted and of the unseen subjects.
    curved : bool
        Whether squares and products of the sources are used.

    Returns
    -------
    float
        R^2 over all targets together, against their mean in the fitted subjects; below 0 where the
        fit does worse than that.
    """
    fitted, unseen = sources
    if not fitted.shape[1]:
        return 0.0
    mean = targets[0].mean(axis=0)
    if curved:
        predicted = QuadraticRidge.fit(fitted, targets[0]).predict(unseen)
    else:
        centred = np.column_stack([np.ones(len(fitted)), fitted])
        weights = np.linalg.lstsq(centred, targets[0], rcond=None)[0]
        predicted = np.column_stack([np.ones(len(unseen)), unseen]) @ weights
    error = ((targets[1] - predicted) ** 2).sum()
    return float(1 - error / ((targets[1] - mean) ** 2).sum())


def _correlate_rows(first: Array, second: Array, seen: npt.NDArray[np.bool_]) -> Array:
    centred = [_centre(each, seen) for each in (first, second)]
    norms = [np.linalg.norm(each, axis=1) for each in centred]
    return _divide((centred[0] * centred[1]).sum(axis=1), *norms)


def _correlate_all(measured: Array, predicted: Array, seen: npt.NDArray[np.bool_]) -> Array:
    """Correlate each measured row with each predicted one, over the edges of the former."""
    own = _centre(measured, seen)
    # Centred beforehand, so that the difference of squares below loses no digits.
    other = predicted - predicted.mean(axis=1, keepdims=True)
    held = seen.astype(float)
    count = np.maximum(held.sum(axis=1, keepdims=True), 1)
    squares = held @ (other**2).T - (held @ other.T) ** 2 / count
    norms = np.linalg.norm(own, axis=1)[:, None], np.sqrt(np.maximum(squares, 0.0))
    return _divide(own @ other.T, norms[1], norms[0])


def _centre(rows: Array, seen: npt.NDArray[np.bool_]) -> Array:
    count = np.maximum(seen.sum(axis=1, keepdims=True), 1)
    held = np.where(seen, rows, 0.0)
    return np.where(seen, held - held.sum(axis=1, keepdims=True) / count, 0.0)


def _divide(product: Array, predicted: Array, measured: Array) -> Array:
    """Divide by both norms; 0 where the prediction does not vary beside what was measured."""
    # Against the measured one and not against a number: weights come on any scale.
    varies = (predicted > _CONSTANT * measured) & (measured > 0)
    return np.divide(product, predicted * measured, out=np.zeros_like(product), where=varies)
