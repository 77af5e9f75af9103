"""How far one follows a neurite before a break, when breaks are a Poisson process."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from neuropil.contracts import InputError
from neuropil.preservation.tracing.trees import NeuriteTree

__all__ = [
    "check_rate",
    "expected_run_length",
    "rate_of_run_length",
    "run_length_of_tree",
]

Floats = npt.NDArray[np.float64]

# Below, the closed forms lose more digits than the terms left out of their series are large.
_FEW_BREAKS = 1e-4


def expected_run_length(length: npt.ArrayLike, rate: npt.ArrayLike) -> Floats:
    r"""Return the expected run length (ERL) of an unbranched neurite.

    A random place of a neurite of length L lies in a stretch between breaks, or to an end. With
    breaks at rate r the mean length of that stretch is ``(2 / r) (1 - (1 - exp(-r L)) / (r L))``.
    It tends to 2 / r for long neurites, and to L where breaks are rare.

    Parameters
    ----------
    length : array
        Length of the neurite [mm]; may be infinite.
    rate : array
        Breaks for each mm [1/mm], 0 or more.

    Returns
    -------
    array
        Expected run length [mm].

    Raises
    ------
    InputError
        When a length is not above 0, or a rate is negative or not finite.

    References
    ----------
    Januszewski et al. 2018, Nat. Methods 15:605, for the expected run length.

    Examples
    --------
    >>> float(expected_run_length(np.inf, 4.0)), round(float(expected_run_length(1.0, 4.0)), 4)
    (0.5, 0.3773)
    """
    lengths, rates = np.broadcast_arrays(np.asarray(length, float), check_rate(rate))
    if not (lengths > 0).all():
        raise InputError(
            f"expected lengths above 0 mm, found {lengths[~(lengths > 0)].flat[0]}",
            where="length",
            repair="Give lengths of neurites [mm]; np.inf for very long ones.",
        )
    with np.errstate(divide="ignore", invalid="ignore"):
        breaks = lengths * rates
        long = 2 / rates * (1 + np.expm1(-breaks) / breaks)
        short = lengths * (1 - breaks / 3)
    none = rates == 0
    return np.where(none, lengths, np.where(breaks < _FEW_BREAKS, short, long))


def rate_of_run_length(run_length: float) -> float:
    """Return the largest rate of breaks at which long neurites have an expected run length.

    Parameters
    ----------
    run_length : float
        Expected run length [mm].

    Returns
    -------
    float
        2 over the run length [1/mm]. Neurites of finite length need a lower one.

    Raises
    ------
    InputError
        When the run length is not above 0 and finite.
    """
    if not (np.isfinite(run_length) and run_length > 0):
        raise InputError(
            f"expected a run length above 0 mm, found {run_length!r}",
            where="run length",
            repair="Give the expected run length that is claimed [mm].",
        )
    return 2.0 / run_length


def run_length_of_tree(tree: NeuriteTree, rate: float) -> float:
    r"""Return the expected run length of branching neurons, exactly.

    It is the mean over two-point sums: for a random place x of all neurons, the integral over all
    places y of the same neuron of the probability ``exp(-r d(x, y))`` that no break lies between
    them. The integral is summed from the tips to the root in one pass. Branches make it longer than
    that of an unbranched neurite, since a place reaches into all of them.

    Parameters
    ----------
    tree : NeuriteTree
        Neurons, each from its root.
    rate : float
        Breaks for each mm [1/mm], 0 or more.

    Returns
    -------
    float
        Expected run length [mm].

    Raises
    ------
    InputError
        When the rate is negative or not finite.
    """
    check_rate(rate)
    kept, reach, pairs = _integrate_stretches(tree.lengths, rate)
    # below: what a point reaches among all that hangs on it.
    below = np.zeros(len(tree.parents))
    total = float(pairs.sum())
    for row in range(len(below) - 1, -1, -1):
        parent = tree.parents[row]
        if parent < 0:
            continue
        total += 2 * reach[row] * below[row]
        arm = reach[row] + kept[row] * below[row]
        # Each pair of arms that meet at a point is counted when the later one arrives.
        total += 2 * arm * below[parent]
        below[parent] += arm
    return total / tree.total_length


def _integrate_stretches(lengths: Floats, rate: float) -> tuple[Floats, Floats, Floats]:
    """Return of each stretch: whether it is whole, what its end reaches of it, and pairs in it."""
    kept = np.exp(-rate * lengths)
    if rate == 0:
        return kept, lengths, np.square(lengths)
    reach = -np.expm1(-rate * lengths) / rate
    pairs = np.zeros_like(lengths)
    some = lengths > 0
    pairs[some] = lengths[some] * expected_run_length(lengths[some], rate)
    return kept, reach, pairs


def check_rate(rate: npt.ArrayLike) -> Floats:
    """Return rates as an array, or refuse them.

    Raises
    ------
    InputError
        When one is negative or not finite; give breaks for each mm.
    """
    rates = np.asarray(rate, dtype=np.float64)
    wrong = ~(np.isfinite(rates) & (rates >= 0))
    if wrong.any():
        raise InputError(
            f"expected breaks for each mm, 0 or more, found {rates[wrong].flat[0]}",
            where="rate",
            repair="Divide breaks by the length along which they were counted [mm].",
        )
    return rates
