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
    Target("10-Delta7", "starts with a bump without Delta7, frozen", "no single bump", "of 32"),
    Target(
        "10-PEN",
        "gain without PEN_a and PEN_b, frozen, relative to intact",
        "< 10 %, bump stays",
        "%",
    ),
    Target("11-uniform", "uniform-gain wiring: groups 4 to 7 that it meets", "0", "of 4"),
    Target(
        "11-shuffle", "block-shuffled wiring, retrained: networks that meet 4 to 7", "0", "networks"
    ),
    Target("11-bounds", "error at 10 s with a gain for every synapse", "reported", "deg"),
    Target("12-noise", "error at 10 s against count noise", "curve reported", "deg"),
    Target("12-l2", "error at 10 s against the weight of the L2 term", "curve reported", "deg"),
    Target("B1-10_s", "error at 10 s, median over starts", "<= 1", "deg"),
    Target("B1-60_s", "error at 60 s, median over starts", "<= 5", "deg"),
    Target("B1-fast", "R^2 of bump speed on velocity over +-500 deg/s", ">= 0.99", "1"),
    Target(
        "B2-time",
        "ensemble of >= 100 fits in one program, relative to one fit",
        "< 10; 1,000 parameter sets in one call",
        "1",
    ),
    Target("B2-directions", "stiff directions of the fitted numbers", "reported", "directions"),
    Target("B3-groups", "seven types with ER, 57 numbers: groups 4 to 7 met", "4", "of 4"),
    Target("B3-anchoring", "distance of the bump from an ER cue after 4 s", "< 45", "deg"),
    Target("B4-tau", "error at 10 s with time constants by type", "reported", "deg"),
    Target(
        "B4-physiology",
        "left and right PEN whose EPG output is shifted against each other",
        "4 of 4",
        "of 4",
    ),
    Target(
        "B5",
        "synthetic default with no file on disk: seeds that meet 4 to 7, and 8",
        ">= 8 of 10",
        "of 10",
    ),
)
