"""Numbers as a reader sees them: three significant digits, true minus signs, units."""

from __future__ import annotations

import math
import re

from neuropil.contracts import Metric

__all__ = [
    "DASH",
    "digits_of",
    "format_duration",
    "format_interval",
    "format_null",
    "format_number",
    "format_size",
    "format_value",
]

DASH = "—"
"""Stands for a value that is not defined."""

# The sign of mathematics: a hyphen is narrower than a digit and breaks a line after itself.
_MINUS = "−"
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
# From a million on, and below a thousandth, digits have to be counted; then a power of ten is read
# faster.
_LARGEST_PLAIN = 1e6
_SMALLEST_PLAIN = 1e-3
# Whole numbers are counts and stay exact; beyond a billion nobody reads their digits.
_LARGEST_EXACT = 1e9
_DECIMAL = re.compile(r"\d*\.\d+")


def format_number(value: float | None, digits: int = 3) -> str:
    """Format a number with three significant digits; whole numbers are kept exact.

    Parameters
    ----------
    value : float or None
        The number; None and values that are not finite give a dash.
    digits : int
        Significant digits, where three are too few.

    Examples
    --------
    >>> [format_number(value) for value in (0.12345, -3.0, 129473, 1234.5, 2.5e-7, None)]
    ['0.123', '−3', '129,473', '1,230', '2.50 × 10⁻⁷', '—']
    """
    if value is None or not math.isfinite(value):
        return DASH
    sign = _MINUS if value < 0 else ""
    size = abs(value)
    if size == round(size) and size < _LARGEST_EXACT:
        return f"{sign}{size:,.0f}"
    # The exponent after rounding: 999.7 has one digit more as 1,000, and one decimal less.
    mantissa, exponent = f"{size:.{digits - 1}e}".split("e")
    rounded = float(f"{size:.{digits}g}")
    if not _SMALLEST_PLAIN <= rounded < _LARGEST_PLAIN:
        return f"{sign}{mantissa} × 10{str(int(exponent)).translate(_SUPERSCRIPT)}"
    decimals = max(0, digits - 1 - int(exponent))
    return f"{sign}{rounded:,.{decimals}f}"


def format_value(value: float | None, unit: str, digits: int = 3) -> str:
    """Format a number with its unit; ``"1"`` and ``""`` are ratios and show no unit.

    Parameters
    ----------
    value : float or None
        The number; None and values that are not finite give a dash.
    unit : str
        Its unit.
    digits : int
        Significant digits.

    Returns
    -------
    str
        The number as :func:`format_number` writes it, and the unit.

    Examples
    --------
    >>> format_value(4.25, "deg/s"), format_value(0.5, "1"), format_value(12.0, "%")
    ('4.25 deg/s', '0.500', '12%')
    """
    text = format_number(value, digits)
    if text == DASH or unit in {"", "1"}:
        return text
    # A percent sign stands at its number, as in the tables of English papers.
    return f"{text}{unit}" if unit == "%" else f"{text} {unit}"


def format_interval(low: float | None, high: float | None, digits: int = 3) -> str:
    """Format a 95 % interval.

    Parameters
    ----------
    low, high : float or None
        Bounds; None for both gives a dash.
    digits : int
        Significant digits.

    Returns
    -------
    str
        Both bounds in brackets.

    Examples
    --------
    >>> format_interval(-0.5, 1.25), format_interval(None, None)
    ('[−0.500, 1.25]', '—')
    """
    if low is None and high is None:
        return DASH
    return f"[{format_number(low, digits)}, {format_number(high, digits)}]"


def digits_of(metric: Metric) -> int:
    """Count the significant digits that a metric needs to be held against its bound.

    Parameters
    ----------
    metric : Metric
        The metric.

    Returns
    -------
    int
        Three, or as many as its bound or published number has after the first that is not 0,
        five at most.

    Examples
    --------
    >>> [digits_of(Metric("a", "A", 98.44, "%", 3, bound=text)) for text in (">= 98.45", "< .05")]
    [4, 3]
    """
    numbers = _DECIMAL.findall(f"{metric.bound} {metric.published}")
    # With three digits, .997 and .998 are all that can stand beside a bound of .9975.
    found = (len(number.replace(".", "").lstrip("0")) for number in numbers)
    # More than five digits state a precision that no interval here supports.
    return min(5, max((3, *found)))


def format_null(metric: Metric) -> str:
    """Format the median, interval, number of draws and p-value of a metric's null.

    Parameters
    ----------
    metric : Metric
        The metric; one without a null gives a dash.

    Returns
    -------
    str
        One line; the p-value is left out where there is none.

    Examples
    --------
    >>> from neuropil.contracts import NullSummary
    >>> null = NullSummary("shuffled counts", 0.1, 0.0, 0.25, 999, 0.001)
    >>> format_null(Metric("r", "R", 0.9, "1", 10, null=null))
    '0.100 [0, 0.250], n = 999, p = 0.001'
    """
    null = metric.null
    if null is None:
        return DASH
    text = f"{format_number(null.median)} {format_interval(null.low, null.high)}, n = {null.n:,}"
    return text if null.p is None else f"{text}, p = {null.p:.3g}"


def format_size(size: float) -> str:
    """Format a length in bytes.

    Examples
    --------
    >>> format_size(999), format_size(184_960), format_size(2.5e9)
    ('999 B', '185 kB', '2.50 GB')
    """
    # Powers of 1,000, which kB and MB mean in SI; disks and downloads are labelled so.
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:
            return f"{format_number(size)} {unit}"
        size /= 1000
    return f"{format_number(size)} TB"


def format_duration(seconds: float) -> str:
    """Format a duration.

    Examples
    --------
    >>> format_duration(4.21), format_duration(59.96), format_duration(7384)
    ('4.2 s', '1 min 0 s', '2 h 3 min')
    """
    if round(seconds, 1) < 60:
        return f"{seconds:.1f} s"
    # Rounded before it is split, or 119.7 s would be 1 min 60 s.
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"
