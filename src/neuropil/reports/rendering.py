"""Templates filled in: whatever a template does not mark as checked HTML is escaped."""

from __future__ import annotations

import json
import re
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from neuropil.contracts import Metric
from neuropil.reports.numbers import (
    digits_of,
    format_interval,
    format_null,
    format_number,
    format_size,
    format_value,
)

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["fill", "is_public", "read_style"]

# Bounds are typed in ASCII, in code; readers see the signs.
_SIGNS = {">=": "≥", "<=": "≤", "+-": "±", "^2": "²"}
# Only before a number and after a space: hyphens of words, dates and ranges stay.
_NEGATIVE = re.compile(r"(?<!\S)-(?=\.?\d)")


def fill(template: str, **parts: Any) -> str:  # noqa: ANN401 - whatever the template shows
    """Fill in a template of ``reports/templates``.

    Parameters
    ----------
    template : str
        Its name.
    **parts
        What it shows. Text is escaped.

    Returns
    -------
    str
        HTML.
    """
    return _environment().get_template(template).render(parts)


@cache
def read_style() -> str:
    """Return the style sheet of the page."""
    return resources.files("neuropil.reports").joinpath("report.css").read_text(encoding="utf-8")


def is_public(address: object) -> bool:
    """Tell whether an address may become a link: http and https only.

    Examples
    --------
    >>> is_public("https://example.org/a"), is_public("javascript:alert(1)"), is_public(None)
    (True, False, False)
    """
    # Addresses come from a run folder that anyone may have written: javascript: would run on a
    # click.
    return isinstance(address, str) and address.startswith(("https://", "http://"))


@cache
def _environment() -> Environment:
    # Imported here: commands that write no report need not wait for it.
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("neuropil.reports"),
        # Everything is escaped unless a template says that it was checked; names there begin with
        # checked.
        autoescape=True,
        # A misspelt name in a template fails; by default it would show nothing.
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.tests["public"] = is_public
    environment.filters |= {
        "json": _json,
        "interval": _interval,
        "null": format_null,
        "number": format_number,
        "size": _size,
        "typeset": _typeset,
        "value": _value,
    }
    return environment


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _interval(metric: Metric) -> str:
    return format_interval(metric.low, metric.high, digits_of(metric))


def _value(metric: Metric) -> str:
    return _typeset(format_value(metric.value, metric.unit, digits_of(metric)))


def _size(size: object) -> str:
    return format_size(size) if isinstance(size, int | float) else format_number(None)


def _typeset(text: str) -> str:
    for typed, sign in _SIGNS.items():
        text = text.replace(typed, sign)
    return _NEGATIVE.sub("−", text)
