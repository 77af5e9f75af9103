"""Metrics as tables and as a verdict."""

from __future__ import annotations

from collections.abc import Sequence

from neuropil.contracts import Metric, Run
from neuropil.reports.markup import Markup, concatenate, element
from neuropil.reports.numbers import DASH, format_interval, format_null, format_value
from neuropil.reports.strip import draw_strip

__all__ = ["draw_tally", "judge", "metric_table", "outcome"]

_COLUMNS = ("Metric", "Value", "95 % interval", "Null", "n", "Target", "Result")
_SIGNS = {">=": "≥", "<=": "≤", "+-": "±", "^2": "²"}
_LEGEND = (
    "Null: median [2.5th, 97.5th percentile] under the named null model. In the drawings the box "
    "is this interval, its line the median, and the dot with its bar the value with its own."
)


def judge(run: Run) -> str:
    """Say in one line how many targets are met, and on which data.

    Parameters
    ----------
    run : Run
        The run; metrics without a decided target do not count.
    """
    decided = [metric for metric in run.metrics if metric.passed is not None]
    met = sum(metric.passed is True for metric in decided)
    data = ", ".join(str(item.get("name", "?")) for item in run.record.get("data", []))
    place = f" on {data}" if data else ""
    if not decided:
        return f"{len(run.metrics)} metrics, none with a target{place}"
    noun = "target" if len(decided) == 1 else "targets"
    return f"{met} of {len(decided)} {noun} met{place}"


def draw_tally(run: Run) -> Markup:
    """Draw one mark for each decided target, in the order of the metrics."""
    marks = (
        element("i", class_="met" if metric.passed else "missed")
        for metric in run.metrics
        if metric.passed is not None
    )
    return element("span", concatenate(marks), class_="tally", aria_hidden="true")


def outcome(metric: Metric) -> Markup:
    """Show whether a target is met, in a sign, a word and a colour."""
    if metric.passed is None:
        return element("span", "not decided" if metric.target else "no target", class_="none")
    sign, word, name = ("✓", "met", "met") if metric.passed else ("✕", "missed", "missed")
    return element("span", element("b", sign, aria_hidden="true"), f" {word}", class_=name)


def metric_table(metrics: Sequence[Metric]) -> Markup:
    """Build a table of metrics; on a narrow screen each row becomes a card.

    Parameters
    ----------
    metrics : sequence of Metric
        Rows, in this order.
    """
    # Roles are spelled out because cards lose those that tables imply.
    head = element(
        "thead",
        element(
            "tr",
            concatenate(element("th", name, scope="col", role="columnheader") for name in _COLUMNS),
            role="row",
        ),
        role="rowgroup",
    )
    body = element("tbody", concatenate(map(_row, metrics)), role="rowgroup")
    drawn = any(metric.null for metric in metrics)
    legend = element("caption", _LEGEND) if drawn else Markup()
    return element("table", legend, head, body, class_="metrics", role="table")


def _row(metric: Metric) -> Markup:
    name = [element("strong", _typeset(metric.label)), element("code", metric.id)]
    if metric.note:
        name.append(element("small", metric.note))
    cells = (
        element("span", format_value(metric.value, metric.unit), class_="number"),
        _interval(metric),
        _null(metric),
        element("span", f"{metric.n:,}"),
        element("span", _typeset(metric.target) or DASH),
        outcome(metric),
    )
    return element(
        "tr",
        element("th", concatenate(name), scope="row", role="rowheader"),
        concatenate(map(_cell, _COLUMNS[1:], cells)),
        role="row",
    )


def _cell(label: str, content: Markup) -> Markup:
    # Narrow screens hide what only says that there is nothing.
    empty = " empty" if content == element("span", DASH) else ""
    name = f"c-{label.rsplit(maxsplit=1)[-1].lower()}{empty}"
    return element("td", content, data_label=label, role="cell", class_=name)


def _typeset(text: str) -> str:
    for typed, sign in _SIGNS.items():
        text = text.replace(typed, sign)
    return text


def _interval(metric: Metric) -> Markup:
    if metric.low is None and metric.high is None:
        return element("span", DASH)
    text = element("span", format_interval(metric.low, metric.high), class_="number")
    how = element("small", metric.interval) if metric.interval else Markup()
    return element("div", text, how)


def _null(metric: Metric) -> Markup:
    if metric.null is None:
        return element("span", DASH)
    return element(
        "div",
        draw_strip(metric),
        element("span", format_null(metric), class_="number"),
        element("small", metric.null.name),
    )
