"""How well a predicted map agrees with a measured one."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from neuropil.contracts import InputError

__all__ = ["compute_aicc", "correlate_maps", "scale_to_unit"]

Array = npt.NDArray[np.float64]


def correlate_maps(
    measured: npt.ArrayLike, predicted: npt.ArrayLike, *, logarithm: bool = False
) -> Array:
    """Correlate predicted maps with measured ones over the regions that both have.

    Parameters
    ----------
    measured : (..., n) array
        Pathology of n regions; NaN where it was not scored.
    predicted : (..., n) array
        Predictions; both are broadcast against each other.
    logarithm : bool
        Whether logarithms are correlated. Regions without pathology, or that the prediction does
        not reach, are left out then.

    Returns
    -------
    (...) array
        Pearson r; NaN where fewer than three regions are left or one side does not vary.

    Examples
    --------
    >>> r = correlate_maps([1.0, 10.0, 0.0, 1000.0], [2.0, 4.0, 7.0, 16.0], logarithm=True)
    >>> round(float(r), 3)
    1.0
    """
    y, x = np.broadcast_arrays(np.asarray(measured, np.float64), np.asarray(predicted, np.float64))
    used = np.isfinite(y) & np.isfinite(x)
    if logarithm:
        used &= (y > 0) & (x > 0)
        y, x = (np.log10(np.where(used, side, 1.0)) for side in (y, x))
    count = used.sum(axis=-1)
    y, x = (_centre(side, used, count) for side in (y, x))
    norm = np.sqrt((y**2).sum(axis=-1) * (x**2).sum(axis=-1))
    with np.errstate(invalid="ignore", divide="ignore"):
        r = (y * x).sum(axis=-1) / norm
    return np.where((count > 2) & (norm > 0), r, np.nan)


def _centre(values: Array, used: npt.NDArray[np.bool_], count: npt.NDArray[np.int64]) -> Array:
    kept = np.where(used, values, 0.0)
    mean = kept.sum(axis=-1) / np.maximum(count, 1)
    return np.where(used, kept - mean[..., None], 0.0)


def scale_to_unit(values: npt.ArrayLike) -> Array:
    """Scale a map from 0 at its smallest to 1 at its largest value.

    Parameters
    ----------
    values : (n,) array
        A map that varies.

    Returns
    -------
    (n,) array
        The scaled map.

    Raises
    ------
    InputError
        When a value is not finite or all are equal; leave such regions out.
    """
    given = np.asarray(values, dtype=np.float64)
    if not np.isfinite(given).all() or not given.size or np.ptp(given) == 0:
        raise InputError(
            f"expected finite values that differ, found {int((~np.isfinite(given)).sum())} of "
            f"{given.size} not finite",
            where="scale_to_unit",
            repair="Leave out regions that were not measured.",
        )
    return (given - given.min()) / np.ptp(given)


def compute_aicc(sse: float, n: int, parameters: int) -> float:
    """Return Akaike's criterion for small samples; smaller is better.

    Parameters
    ----------
    sse : float
        Sum of squared errors, above 0.
    n : int
        Regions; at least two more than parameters.
    parameters : int
        Fitted numbers.

    Returns
    -------
    float
        n ln(SSE / n) + 2 p + 2 p (p + 1) / (n - p - 1).

    Raises
    ------
    InputError
        When the error is not above 0, or there are too few regions for so many parameters.

    References
    ----------
    Hurvich and Tsai 1989, Biometrika 76:297.

    Examples
    --------
    >>> round(compute_aicc(2.0, 20, 3), 2)
    -38.55
    """
    if not sse > 0 or n - parameters < 2:
        raise InputError(
            f"expected an error above 0 and at least {parameters + 2} regions, found {sse:g} and "
            f"{n}",
            where="compute_aicc",
            repair="Use more regions or fewer parameters.",
        )
    correction = 2 * parameters * (parameters + 1) / (n - parameters - 1)
    return float(n * np.log(sse / n) + 2 * parameters + correction)
