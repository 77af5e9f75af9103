"""A metric beside its null, drawn small enough to stand in a row of a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from neuropil.contracts import Metric

__all__ = ["Strip", "place_strip"]

# Room for half of the dot that marks the value.
_MARGIN = 6.0
# A null whose draws are all the same is still seen.
_LEAST_WIDTH = 2.0


@dataclass(frozen=True, slots=True)
class Strip:
    """Places along one axis [px], from the left, in a drawing of ``WIDTH`` and ``HEIGHT``.

    Parameters
    ----------
    value : float
        The metric's value.
    interval : (float, float) or None
        Its 95 % interval.
    null : (float, float, float) or None
        Left end, width and median of the interval of the null.
    """

    WIDTH: ClassVar[int] = 168
    HEIGHT: ClassVar[int] = 26

    value: float
    interval: tuple[float, float] | None
    null: tuple[float, float, float] | None


def place_strip(metric: Metric) -> Strip | None:
    """Place value and interval over the interval of the null, on one axis of their own.

    Parameters
    ----------
    metric : Metric
        A metric with a value and an interval or a null.

    Returns
    -------
    Strip or None
        None where there is nothing to compare.

    Examples
    --------
    >>> place_strip(Metric("r", "R", 0.5, "1", 10, 0.0, 1.0))
    Strip(value=84.0, interval=(6.0, 162.0), null=None)
    """
    null = metric.null
    shown = [metric.value, metric.low, metric.high]
    if null is not None:
        shown += [null.low, null.median, null.high]
    known = [number for number in shown if number is not None]
    start, stop = min(known, default=0.0), max(known, default=0.0)
    # Without two different places there is no axis to draw on, and the division below fails.
    if metric.value is None or start == stop:
        return None

    def place(number: float) -> float:
        return _MARGIN + (number - start) / (stop - start) * (Strip.WIDTH - 2 * _MARGIN)

    interval = box = None
    if metric.low is not None and metric.high is not None:
        interval = (place(metric.low), place(metric.high))
    if null is not None:
        width = max(place(null.high) - place(null.low), _LEAST_WIDTH)
        box = (place(null.low), width, place(null.median))
    return Strip(place(metric.value), interval, box)
