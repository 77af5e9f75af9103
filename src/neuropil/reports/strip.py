"""A metric beside its null, drawn small enough to stand in a row of a table."""

from __future__ import annotations

from neuropil.contracts import Metric
from neuropil.reports.markup import Markup, concatenate, element

__all__ = ["draw_strip"]

_WIDTH = 168.0
_HEIGHT = 26.0
_MARGIN = 6.0


def draw_strip(metric: Metric) -> Markup:
    """Draw value and interval over the interval of the null, on one axis of their own.

    The drawing repeats numbers that stand beside it and is hidden from screen readers.

    Parameters
    ----------
    metric : Metric
        A metric with a value and an interval or a null.

    Returns
    -------
    Markup
        An ``<svg>`` element; empty where there is nothing to compare.
    """
    null = metric.null
    shown = [metric.value, metric.low, metric.high]
    if null is not None:
        shown += [null.low, null.median, null.high]
    known = [number for number in shown if number is not None]
    start, stop = min(known, default=0.0), max(known, default=0.0)
    if metric.value is None or start == stop:
        return Markup()

    def place(number: float) -> float:
        return _MARGIN + (number - start) / (stop - start) * (_WIDTH - 2 * _MARGIN)

    middle = _HEIGHT / 2
    parts = [_line("axis", (0.0, middle), (_WIDTH, middle))]
    if null is not None:
        left, right = place(null.low), place(null.high)
        width = max(right - left, 2.0)
        parts.append(_box("null", left, middle - 8, width, 16))
        parts.append(
            _line("median", (place(null.median), middle - 8), (place(null.median), middle + 8))
        )
    if metric.low is not None and metric.high is not None:
        parts.append(_line("interval", (place(metric.low), middle), (place(metric.high), middle)))
    parts.append(
        element("circle", class_="value", cx=f"{place(metric.value):.1f}", cy=f"{middle}", r="4")
    )
    return element(
        "svg",
        concatenate(parts),
        class_="strip",
        viewBox=f"0 0 {_WIDTH:.0f} {_HEIGHT:.0f}",
        width=f"{_WIDTH:.0f}",
        height=f"{_HEIGHT:.0f}",
        aria_hidden="true",
    )


def _line(name: str, start: tuple[float, float], stop: tuple[float, float]) -> Markup:
    (x1, y1), (x2, y2) = start, stop
    return element(
        "line", class_=name, x1=f"{x1:.1f}", y1=f"{y1:.1f}", x2=f"{x2:.1f}", y2=f"{y2:.1f}"
    )


def _box(name: str, x: float, y: float, width: float, height: float) -> Markup:
    return element(
        "rect",
        class_=name,
        x=f"{x:.1f}",
        y=f"{y:.1f}",
        width=f"{width:.1f}",
        height=f"{height:.1f}",
        rx="2",
    )
