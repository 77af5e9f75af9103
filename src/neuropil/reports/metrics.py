"""Metrics as rows of a table and as a verdict in one line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from neuropil.contracts import Metric, Run, Verdict
from neuropil.reports.strip import place_strip

__all__ = ["describe_table", "is_reproduction", "judge", "state_result", "tally"]


def is_reproduction(metrics: Sequence[Metric]) -> bool:
    """Tell whether metrics are the claims of a study: only claims say what was published."""
    return any(metric.published for metric in metrics)


def state_result(run: Run) -> str:
    """Say in one line what a run found, and on which data.

    Parameters
    ----------
    run : Run
        The run. One whose study has no words for its result, and a reproduction, say how many
        bounds are met.
    """
    result = str(run.record.get("headline", ""))
    if not result:
        return judge(run)
    # What it found on toy data must not be quoted.
    fast = "fast, not a result: " if run.record.get("fast") else ""
    return f"{fast}{result}{_place(run)}"


def judge(run: Run) -> str:
    """Say in one line how many bounds are met, and on which data.

    Parameters
    ----------
    run : Run
        The run. What is only reported does not count, and what has a bound and was not run is
        not met. A fast run is not judged.

    Returns
    -------
    str
        For a reproduction such as ``"31 of 38 claims met, 4 missed, 3 not run"``; each of its
        claims names its own data.
    """
    claims = is_reproduction(run.metrics)
    noun = "claim" if claims else "metric"
    place = "" if claims else _place(run)
    # Before anything is counted: numbers of a fast run are held against no bound.
    if run.record.get("fast"):
        measured = sum(metric.value is not None for metric in run.metrics)
        return f"fast: not judged, {measured} of {_count(len(run.metrics), noun)} measured{place}"
    decided = _count_verdicts(run.metrics)
    # A run without bounds must not read as 0 of 0 met.
    if not decided.total():
        return f"{len(run.metrics)} {noun}s, none with a bound{place}"
    total = _count(decided.total(), noun if claims else "bound")
    met = f"{decided[Verdict.MET]} of {total} met"
    missed, not_run = decided[Verdict.MISSED], decided[Verdict.NOT_RUN]
    if not claims:
        return f"{met}{f' ({not_run} not run)' if not_run else ''}{place}"
    met += f", {missed} missed" if missed else ""
    met += f", {not_run} not run" if not_run else ""
    return met + _describe_others(run.metrics)


def _place(run: Run) -> str:
    data = ", ".join(str(item.get("name", "?")) for item in run.record.get("data", []))
    return f" on {data}" if data else ""


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def _count_verdicts(metrics: Sequence[Metric]) -> Counter[Verdict]:
    """Count the verdicts of what has a bound."""
    # Not run counts among the bounds: leaving it out would make a run look better by failing.
    decided = (Verdict.MET, Verdict.MISSED, Verdict.NOT_RUN)
    return Counter(item.verdict for item in metrics if item.bound and item.verdict in decided)


def _describe_others(metrics: Sequence[Metric]) -> str:
    others = [metric for metric in metrics if not metric.bound]
    reported = sum(metric.verdict is Verdict.REPORTED for metric in others)
    if not others:
        return ""
    share = "" if reported == len(others) else f"{reported} of "
    return f"; {share}{_count(len(others), 'other')} reported"


def tally(run: Run) -> list[str]:
    """List the decided verdicts, in the order of the metrics."""
    decided = (Verdict.MET, Verdict.MISSED)
    return [metric.verdict.value for metric in run.metrics if metric.verdict in decided]


def describe_table(metrics: Sequence[Metric]) -> dict[str, Any]:
    """Return what the template of a table of metrics shows.

    Parameters
    ----------
    metrics : sequence of Metric
        Rows, in this order.

    Returns
    -------
    dict
        ``rows`` of metrics with their drawings, the headings ``columns``, and ``has_null``.
    """
    claims = is_reproduction(metrics)
    has_null = any(metric.null for metric in metrics)
    columns = [
        "Claim" if claims else "Metric",
        *(["Published"] if claims else []),
        "Value",
        "95 % interval",
        # Claims seldom have a null, and their table has a column more.
        *(["Null"] if has_null or not claims else []),
        "n",
        "Bound",
        "Verdict",
    ]
    rows = [(metric, place_strip(metric) if metric.null else None) for metric in metrics]
    return {"columns": columns, "rows": rows, "has_null": has_null, "claims": claims}
