"""The claims of the head-direction study, in the order and with the thresholds of its protocol.

No result value of the paper could be read, so every threshold is this project's own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType

from neuropil.contracts import Target

__all__ = ["CRITERIA", "GROUPS", "TARGETS", "Criterion"]


@dataclass(frozen=True, slots=True)
class Criterion:
    """One measured quantity of one network, and the threshold it is held to.

    Parameters
    ----------
    label : str
        Name for readers.
    unit : str
        Unit of the value.
    target : str
        The threshold in words.
    holds : callable
        ``holds(value) -> bool``.
    smaller_is_better : bool
        Direction in which a null counts as at least as good.
    headline : bool
        Whether a report shows it first.
    """

    label: str
    unit: str
    target: str
    holds: Callable[[float], bool]
    smaller_is_better: bool = True
    headline: bool = False


CRITERIA = MappingProxyType(
    {
        "bumps": Criterion(
            "starts that hold a bump for 10 s", "of 32", ">= 30", lambda x: x >= 30, False, True
        ),
        "maxima": Criterion(
            "starts with a single maximum over the ring", "of 32", ">= 30", lambda x: x >= 30, False
        ),
        "width": Criterion(
            "full width at half maximum, median", "deg", "60 to 130", lambda x: 60 <= x <= 130
        ),
        "hold_median": Criterion(
            "error at 10 s, median over starts", "deg", "<= 5", lambda x: x <= 5, True, True
        ),
        "hold_maximum": Criterion(
            "error at 10 s, largest", "deg", "<= 15", lambda x: x <= 15, True, True
        ),
        "end_angles": Criterion(
            "distinct end angles from 360 starts", "of 72", ">= 32", lambda x: x >= 32, False, True
        ),
        "drift": Criterion(
            "mean drift speed, 0.5 to 1.5 s", "deg/s", "< 1", lambda x: x < 1, True, True
        ),
        "first_eigenvalue": Criterion(
            "distance of the largest eigenvalue from 0, median over end states",
            "1/tau",
            "<= 0.05",
            lambda x: x <= 0.05,
        ),
        "second_eigenvalue": Criterion(
            "next eigenvalue, median over end states", "1/tau", "<= -0.2", lambda x: x <= -0.2
        ),
        "linearity": Criterion(
            "R^2 of bump speed on velocity over +-200 deg/s",
            "1",
            ">= 0.99",
            lambda x: x >= 0.99,
            False,
            True,
        ),
        "left_right": Criterion(
            "left / right gain ratio", "1", "0.9 to 1.1", lambda x: 0.9 <= x <= 1.1
        ),
        "slowest_gain": Criterion(
            "smallest relative gain above 10 deg/s", "1", "> 0", lambda x: x > 0, False
        ),
        "integration": Criterion(
            "heading error over 60 s of random turning, median over trials",
            "deg",
            "<= 15",
            lambda x: x <= 15,
            True,
            True,
        ),
    }
)

GROUPS = MappingProxyType(
    {
        "4": ("bumps", "maxima", "width"),
        "5": ("hold_median", "hold_maximum"),
        "6": ("end_angles", "drift", "first_eigenvalue", "second_eigenvalue"),
        "7": ("linearity", "left_right", "slowest_gain"),
        "8": ("integration",),
    }
)
"""Quantities of each target that a single network meets or misses."""

TARGETS = (
    Target(
        "1",
        "fitted numbers for six (seven) types",
        "43 (57); Z = 0 is the raw wiring",
        "count",
        "57 for seven types",
    ),
    Target("2", "counts asserted by the loader", "all bit for bit", "of 14"),
    Target("3", "training from raw wiring; no loss sees a heading", "< 10 min on a CPU", "min"),
    *(
        Target(f"{group}-{name}", CRITERIA[name].label, CRITERIA[name].target, CRITERIA[name].unit)
        for group, names in GROUPS.items()
        for name in names
    ),
    Target("9", "seeds that meet 4 to 7", ">= 8 of 10", "of 10"),
    Target(
        "10",
        "ablation of every type, frozen and retrained",
        "no bump without Delta7; gain < 10 % without PEN_a and PEN_b",
        "see table",
    ),
    Target("11-uniform", "uniform-gain wiring: groups 4 to 7 that it meets", "0", "of 4"),
    Target(
        "11-shuffle", "block-shuffled wiring, retrained: networks that meet 4 to 7", "0", "networks"
    ),
    Target("12", "error against count noise and L2 weight", "curve reported", "deg"),
    Target("B1", "error at 10 s and 60 s; linear to +-500 deg/s", "<= 1 and <= 5", "deg"),
    Target("B2", "ensemble of >= 100 fits; >= 1,000 parameter sets in one call", "reported", "s"),
    Target("B3", "seven types with ER: 57 parameters, meets 4 to 7", "meets 4 to 7", "groups"),
    Target("B4", "type-level time constants; physiology", "reported", "see table"),
    Target(
        "B5",
        "synthetic default with no file on disk: seeds that meet 4 to 7, and 8",
        ">= 8 of 10",
        "of 10",
    ),
)
