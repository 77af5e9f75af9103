"""What one network is held to: every quantity, its bound, and the groups they form.

No result value of the paper could be read, so every bound is this project's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from neuropil.contracts import Bound, Criterion, Metric, above, at_least, at_most, below, between

__all__ = ["CRITERIA", "GROUPS", "NEEDED", "bound_of", "groups_met", "meets", "say_result"]

_CRITERIA = (
    Criterion("bumps", "starts that hold a bump for 10 s", "of 32", at_least(30), False, True),
    Criterion("maxima", "starts with a single maximum over the ring", "of 32", at_least(30), False),
    Criterion("width", "full width at half maximum, median", "deg", between(60, 130)),
    Criterion("hold_median", "error at 10 s, median over starts", "deg", at_most(5), headline=True),
    Criterion("hold_maximum", "error at 10 s, largest", "deg", at_most(15), headline=True),
    Criterion(
        "end_angles", "distinct end angles from 360 starts", "of 72", at_least(32), False, True
    ),
    Criterion("drift", "mean drift speed, 0.5 to 1.5 s", "deg/s", below(1), headline=True),
    Criterion(
        "first_eigenvalue",
        "distance of the largest eigenvalue from 0, median over end states",
        "1/tau",
        at_most(0.05),
    ),
    Criterion(
        "second_eigenvalue", "next eigenvalue, median over end states", "1/tau", at_most(-0.2)
    ),
    Criterion(
        "linearity",
        "R^2 of bump speed on velocity over +-200 deg/s",
        "1",
        at_least(0.99),
        False,
        True,
    ),
    Criterion("left_right", "left / right gain ratio", "1", between(0.9, 1.1)),
    Criterion("slowest_gain", "smallest relative gain above 10 deg/s", "1", above(0), False),
    Criterion(
        "integration",
        "heading error over 60 s of random turning, median over trials",
        "deg",
        at_most(15),
        headline=True,
    ),
)

CRITERIA: Mapping[str, Criterion] = MappingProxyType({each.id: each for each in _CRITERIA})
"""Every quantity of one network by its id."""

GROUPS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "4": ("bumps", "maxima", "width"),
        "5": ("hold_median", "hold_maximum"),
        "6": ("end_angles", "drift", "first_eigenvalue", "second_eigenvalue"),
        "7": ("linearity", "left_right", "slowest_gain"),
        "8": ("integration",),
    }
)
"""Quantities of each group of claims that a single network meets or misses."""

NEEDED = ("4", "5", "6", "7")
"""Groups that a network must meet to count as a compass; integration, 8, is asked for apart."""


def say_result(metrics: Mapping[str, Metric]) -> str:
    """Say how well a network keeps a heading, from what was measured on it.

    Parameters
    ----------
    metrics : mapping of str to Metric
        Metrics of a run by id, of :data:`CRITERIA` among others.
    """
    turning, holding = metrics.get("integration"), metrics.get("hold_median")
    if turning is None:
        return ""
    keeps = (
        "does not keep the heading over a minute of random turning"
        if turning.value is None
        else f"keeps the heading to {turning.value:.1f} deg over a minute of random turning"
    )
    if holding is None:
        return keeps
    if holding.value is None:
        return f"{keeps}; does not hold it for 10 s"
    return f"{keeps}; holds it to {holding.value:.1f} deg for 10 s"


def bound_of(name: str, of: str = "") -> Bound:
    """Return the bound of a quantity, for a further number of a finding where one is named."""
    bound = CRITERIA[name].bound
    assert bound is not None
    return bound.named(of)


def meets(name: str, value: float | None) -> bool:
    """Tell whether a quantity keeps to its bound; one that is undefined does not."""
    return value is not None and bound_of(name).holds(value)


def groups_met(values: Mapping[str, float | None]) -> dict[str, bool]:
    """Return which of the groups 4 to 8 one network meets."""
    return {
        group: all(meets(name, values[name]) for name in names) for group, names in GROUPS.items()
    }
