"""Claims, the bounds that decide them, and what was found.

One kind of line holds every result: a :class:`Metric` of a run and a row of a reproduction are
the same thing, an id, words, a value with its interval, and a verdict that a bound gave.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from neuropil.contracts.errors import InputError

if TYPE_CHECKING:
    from neuropil.contracts.workbench import Workbench

__all__ = [
    "Bound",
    "Claim",
    "Criterion",
    "Finding",
    "Limit",
    "Metric",
    "NullSummary",
    "Verdict",
    "above",
    "at_least",
    "at_most",
    "below",
    "between",
    "exactly",
    "fact",
    "in_order",
]

# Said and not left empty: reports tell claims from metrics by it.
NOT_PUBLISHED = "not published"


class Verdict(StrEnum):
    """What became of a quantity that was to be measured."""

    MET = "met"
    MISSED = "missed"
    REPORTED = "reported"
    NOT_RUN = "not run"


@dataclass(frozen=True, slots=True)
class Limit:
    """What one number must keep to.

    Parameters
    ----------
    low, high : float
        Smallest and largest number; infinite where there is none.
    strict : bool
        Whether the limits themselves are outside.
    of : str
        Name of the number in :attr:`Finding.further`; empty for the value itself.
    is_fact : bool
        Whether the number is 1 where ``of`` is true, and 0 elsewhere.
    """

    low: float = -math.inf
    high: float = math.inf
    strict: bool = False
    of: str = ""
    is_fact: bool = False

    def holds(self, number: float) -> bool:
        """Tell whether a number keeps to the limit."""
        # A NaN keeps to no limit: every comparison with it is false.
        if self.strict:
            return self.low < number < self.high
        return self.low <= number <= self.high

    def __str__(self) -> str:
        if self.is_fact:
            return self.of
        # "0" and not "0 to 0": a count that must be exact reads better so.
        if self.low == self.high:
            relation = f"{self.low:g}"
        elif math.isinf(self.high):
            relation = f"{'>' if self.strict else '>='} {self.low:g}"
        elif math.isinf(self.low):
            relation = f"{'<' if self.strict else '<='} {self.high:g}"
        else:
            relation = f"{self.low:g} to {self.high:g}"
        return f"{self.of} {relation}".strip()


@dataclass(frozen=True, slots=True)
class Bound:
    """What decides a claim: one limit, or several that must all hold.

    Parameters
    ----------
    limits : tuple of Limit
        In the order in which they are printed.

    Examples
    --------
    >>> bound = below(10) & at_least(30, of="starts with a bump")
    >>> print(bound)
    < 10; starts with a bump >= 30
    >>> bound.holds(4.0, {"starts with a bump": 31})
    True
    """

    limits: tuple[Limit, ...]

    def __and__(self, other: Bound) -> Bound:
        return Bound((*self.limits, *other.limits))

    def holds(self, value: float, further: Mapping[str, float] = MappingProxyType({})) -> bool:
        """Tell whether all limits hold.

        Parameters
        ----------
        value : float
            The value itself.
        further : mapping of str to float
            The numbers that limits name with ``of``.

        Raises
        ------
        InputError
            When one of these numbers is missing.
        """
        # A bare KeyError would not say which claim forgot to bring what.
        missing = [limit.of for limit in self.limits if limit.of and limit.of not in further]
        if missing:
            raise InputError(
                f"expected the number {missing[0]!r} that the bound asks for, found none",
                where="Finding.further",
                repair="Bring it with the finding, by the same words.",
            )
        return all(limit.holds(further[limit.of] if limit.of else value) for limit in self.limits)

    def named(self, of: str) -> Bound:
        """Return the same bound for a number of :attr:`Finding.further`."""
        return Bound(tuple(replace(limit, of=of) for limit in self.limits))

    def __str__(self) -> str:
        return "; ".join(map(str, self.limits))


def at_least(low: float, of: str = "") -> Bound:
    """Bound a number from below, the bound included.

    Parameters
    ----------
    low : float
        The bound.
    of : str
        Name of the number in :attr:`Finding.further`; empty for the value itself.

    Returns
    -------
    Bound
        One limit.
    """
    return Bound((Limit(low=low, of=of),))


def at_most(high: float, of: str = "") -> Bound:
    """Bound a number from above, the bound included.

    Parameters
    ----------
    high : float
        The bound.
    of : str
        Name of the number in :attr:`Finding.further`; empty for the value itself.

    Returns
    -------
    Bound
        One limit.
    """
    return Bound((Limit(high=high, of=of),))


def above(low: float, of: str = "") -> Bound:
    """Bound a number from below, the bound excluded.

    Parameters
    ----------
    low : float
        The bound.
    of : str
        Name of the number in :attr:`Finding.further`; empty for the value itself.

    Returns
    -------
    Bound
        One limit.
    """
    return Bound((Limit(low=low, strict=True, of=of),))


def below(high: float, of: str = "") -> Bound:
    """Bound a number from above, the bound excluded.

    Parameters
    ----------
    high : float
        The bound.
    of : str
        Name of the number in :attr:`Finding.further`; empty for the value itself.

    Returns
    -------
    Bound
        One limit.
    """
    return Bound((Limit(high=high, strict=True, of=of),))


def between(low: float, high: float, of: str = "") -> Bound:
    """Bound a number from both sides, the bounds included.

    Parameters
    ----------
    low, high : float
        The bounds.
    of : str
        Name of the number in :attr:`Finding.further`; empty for the value itself.

    Returns
    -------
    Bound
        One limit.
    """
    return Bound((Limit(low, high, of=of),))


def exactly(number: float, of: str = "") -> Bound:
    """Ask for one number.

    Parameters
    ----------
    number : float
        The number.
    of : str
        Name of the number in :attr:`Finding.further`; empty for the value itself.

    Returns
    -------
    Bound
        One limit.
    """
    return Bound((Limit(number, number, of=of),))


def fact(of: str) -> Bound:
    """Ask that something is true; :attr:`Finding.further` tells it by these words."""
    return Bound((Limit(1, 1, of=of, is_fact=True),))


@dataclass(frozen=True, slots=True)
class NullSummary:
    """Summary of a metric's distribution under a null model.

    Parameters
    ----------
    name : str
        What the null destroys and keeps.
    median, low, high : float
        Median and 2.5th and 97.5th percentile, in the metric's unit.
    n : int
        Number of null draws.
    p : float or None
        One-sided p-value (1 + as extreme) / (1 + n), where it was computed.
    """

    name: str
    median: float
    low: float
    high: float
    n: int
    p: float | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """What measuring gave, before it is judged.

    Parameters
    ----------
    value : float or None
        The value; None where it could not be measured or is infinite, with the reason in ``note``.
    n : int
        Number of independent units behind it; 0 where it could not be measured.
    low, high : float or None
        95 % interval.
    interval : str
        How the interval was computed and over what.
    null : NullSummary, optional
        The null distribution.
    further : mapping of str to float
        Further numbers that the bound asks for, by the words it has for them.
    note : str
        What a reader must know to judge the value.
    data : str
        Dataset, where it is not the one that was loaded; ``"none"`` where none was used.
    """

    value: float | None
    n: int = 1
    low: float | None = None
    high: float | None = None
    interval: str = ""
    null: NullSummary | None = None
    further: Mapping[str, float] = field(default_factory=dict)
    note: str = ""
    data: str = ""

    def __post_init__(self) -> None:
        # A gap in a table without a reason cannot be told from a failure.
        if self.value is None and not self.note:
            raise InputError(
                "a value that could not be measured has no reason",
                where="Finding",
                repair="Give the reason in `note`, as Finding.not_run(reason) does.",
            )

    @classmethod
    def not_run(cls, reason: str) -> Finding:
        """Say why there is no value."""
        return cls(None, 0, note=reason)

    @classmethod
    def infinite(cls, n: int, reason: str) -> Finding:
        """Say why an error that was measured has no end; a bound judges it as infinity."""
        return cls(None, n, note=reason)


@dataclass(frozen=True, slots=True)
class Metric:
    """One line of results: a quantity in words, its value, and the verdict.

    Parameters
    ----------
    id : str
        Stable machine name.
    what : str
        The quantity, for readers.
    value : float or None
        The value; None where it was not measured or is infinite, with the reason in ``note``.
    unit : str
        Unit; ``"1"`` for a ratio.
    n : int
        Number of independent units behind the value.
    low, high : float or None
        95 % interval, in the unit of the value.
    interval : str
        How the interval was computed and over what.
    null : NullSummary, optional
        The null distribution.
    published : str
        The published number, or ``"not published"``; empty where nothing claims it.
    bound : str
        What decides, in words and numbers; empty where nothing does.
    verdict : Verdict or None
        ``met`` or ``missed`` with a bound, ``reported`` without one, ``not run`` without a
        value; None in a fast run, which gives no verdicts.
    headline : bool
        Whether a report shows it first.
    data, command : str
        Dataset, and the command that measures a claim again.
    note : str
        What a reader must know to judge the value.

    Raises
    ------
    InputError
        When a number is not finite, or a verdict has no bound behind it.
    """

    id: str
    what: str
    value: float | None
    unit: str
    n: int
    low: float | None = None
    high: float | None = None
    interval: str = ""
    null: NullSummary | None = None
    # Bounds are text here, since a report reads results without the study that judged them.
    published: str = ""
    bound: str = ""
    verdict: Verdict | None = Verdict.REPORTED
    headline: bool = False
    data: str = ""
    command: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        # JSON has no NaN, and a report that shows one has hidden why.
        for name in ("value", "low", "high"):
            number = getattr(self, name)
            # JSON has no NaN, and readers of other languages would fail on it.
            if number is not None and not math.isfinite(number):
                raise InputError(
                    f"expected a finite {name} or None, found {number}",
                    where=f"metric {self.id!r}",
                    repair="Write None and give the reason in `note`.",
                )
        # Twenty published rows once said "passed" although nothing had been asked of them.
        if self.verdict in (Verdict.MET, Verdict.MISSED) and not self.bound:
            raise InputError(
                f"expected a bound behind the verdict {self.verdict.value!r}, found none",
                where=f"metric {self.id!r}",
                repair="Judge it by a Criterion or a Claim with a bound.",
            )

    def to_json(self) -> dict[str, Any]:
        """Return the line as JSON values."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Criterion:
    """A quantity that a run measures, and the bound it is held to.

    Parameters
    ----------
    id : str
        Stable machine name.
    what : str
        The quantity, for readers.
    unit : str
        Unit of the value.
    bound : Bound or None
        What decides; None where the quantity is only reported.
    smaller_is_better : bool
        Direction in which a null counts as at least as good.
    headline : bool
        Whether a report shows it first.
    """

    id: str
    what: str
    unit: str
    bound: Bound | None = None
    smaller_is_better: bool = True
    headline: bool = False

    def metric(self, finding: Finding) -> Metric:
        """Judge what was found."""
        return _judge(self, finding, headline=self.headline)


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim of a study: in words, with the bound that decides it, and how it is measured.

    Parameters
    ----------
    id : str
        Short name, used with ``--target``.
    what : str
        The quantity.
    unit : str
        Unit of the value.
    bound : Bound or None
        What decides, set before it is measured; None where the value is only reported.
    measure : callable
        ``measure(bench) -> Finding``.
    published : str
        The published number, or ``"not published"``.
    """

    id: str
    what: str
    unit: str
    bound: Bound | None
    measure: Callable[[Workbench[Any, Any]], Finding]
    published: str = NOT_PUBLISHED

    def metric(self, finding: Finding, *, data: str = "", command: str = "") -> Metric:
        """Judge what was found."""
        # Some claims use other data than those that were loaded, or none.
        used = finding.data or data
        return _judge(self, finding, published=self.published, data=used, command=command)


def in_order(*tables: Iterable[Claim]) -> tuple[Claim, ...]:
    """Join tables of claims in the order of their groups: 1, 2, ..., then those with letters.

    Parameters
    ----------
    *tables : iterable of Claim
        Within a group the order of the tables stays.
    """
    # Python's sort is stable, so that a group keeps the order in which it was written.
    return tuple(sorted((claim for table in tables for claim in table), key=_group_of))


def _group_of(claim: Claim) -> tuple[str, int]:
    group = claim.id.partition("-")[0]
    # 10 comes after 9, and B10 after B2, which text alone would not give.
    letters = group.rstrip("0123456789")
    return letters, int(group[len(letters) :] or 0)


def _judge(
    about: Criterion | Claim,
    finding: Finding,
    **more: Any,  # noqa: ANN401 - fields of a metric
) -> Metric:
    if finding.value is None and not finding.n:
        verdict = Verdict.NOT_RUN
    elif about.bound is None:
        verdict = Verdict.REPORTED
    else:
        value = math.inf if finding.value is None else finding.value
        met = about.bound.holds(value, finding.further)
        verdict = Verdict.MET if met else Verdict.MISSED
    return Metric(
        id=about.id,
        what=about.what,
        value=finding.value,
        unit=about.unit,
        n=finding.n,
        low=finding.low,
        high=finding.high,
        interval=finding.interval,
        null=finding.null,
        bound=str(about.bound or ""),
        verdict=verdict,
        note=finding.note,
        **more,
    )
