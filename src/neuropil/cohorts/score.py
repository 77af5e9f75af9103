"""How well connections are predicted beyond the group's mean, and what latents hold."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from neuropil.cohorts.models.curved import QuadraticRidge

__all__ = [
    "canonical_correlations",
    "explained_variance",
    "identify",
    "score_subjects",
]

Array = npt.NDArray[np.floating]


def score_subjects(predicted: Array, measured: Array, mean: Array) -> dict[str, Array]:
    """Score the predicted connections of each subject; a missing edge of a subject is left out.

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
        mean.
    """
    seen = ~np.isnan(measured)
    count = seen.sum(axis=1)
    around = np.where(seen, measured - mean, 0.0)
    error = np.where(seen, predicted - measured, 0.0)
    return {
        "r": _correlate_rows(predicted, measured, seen),
        "demeaned_r": _correlate_rows(predicted - mean, measured - mean, seen),
        "mse": (error**2).sum(axis=1) / count,
        "mean_mse": (around**2).sum(axis=1) / count,
        "likeness": _standardise(around) @ _standardise(predicted - mean).T,
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
        Share of the others whose prediction fits worse than the subject's own; a half is chance.
    """
    own = np.diag(likeness)[:, None]
    # The own one is equal to itself.
    equal = np.isclose(likeness, own, rtol=0, atol=1e-12).sum(axis=1) - 1
    above = ((likeness > own) & ~np.isclose(likeness, own, rtol=0, atol=1e-12)).sum(axis=1)
    top1 = np.where(above == 0, 1 / (1 + equal), 0.0)
    return top1, 1 - (above + equal / 2) / max(1, len(own) - 1)


def canonical_correlations(first: Array, second: Array) -> Array:
    """Return the canonical correlations of two sets of coordinates, largest first.

    Parameters
    ----------
    first, second : (n, k) and (n, m) arrays
        Of the same subjects.

    Returns
    -------
    (min(k, m),) array
        Between 0 and 1; none where either has no column.
    """
    if not first.shape[1] or not second.shape[1]:
        return np.zeros(0)
    bases = [np.linalg.qr(each - each.mean(axis=0))[0] for each in (first, second)]
    return np.minimum(np.linalg.svd(bases[0].T @ bases[1], compute_uv=False), 1.0)


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


def _standardise(rows: Array) -> Array:
    centred = rows - rows.mean(axis=1, keepdims=True)
    norm = np.linalg.norm(centred, axis=1, keepdims=True)
    return np.divide(centred, norm, out=np.zeros_like(centred, dtype=float), where=norm > 1e-12)


def _correlate_rows(first: Array, second: Array, seen: npt.NDArray[np.bool_]) -> Array:
    count = seen.sum(axis=1, keepdims=True)
    centred = [
        np.where(seen, each - np.where(seen, each, 0.0).sum(axis=1, keepdims=True) / count, 0.0)
        for each in (first, second)
    ]
    norms = np.linalg.norm(centred[0], axis=1) * np.linalg.norm(centred[1], axis=1)
    product = (centred[0] * centred[1]).sum(axis=1)
    return np.divide(product, norms, out=np.zeros_like(norms), where=norms > 1e-12)
