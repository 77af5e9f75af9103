"""The parts of a report, each from a run folder to what its template shows."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl
import yaml

from neuropil.contracts import Citation, Figure, InputError, Metric, Run
from neuropil.reports.metrics import describe_table, is_reproduction, judge, state_result, tally
from neuropil.reports.numbers import format_duration
from neuropil.reports.pictures import inline_svg
from neuropil.reports.prose import render_markdown

__all__ = ["Section", "build_sections", "describe_header"]

_UNFINISHED = "This run did not finish: what it had measured until then is shown."


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page.

    Parameters
    ----------
    name : str
        Its anchor.
    title : str
        Its heading.
    template : str
        File in ``templates/sections``, without the ending.
    parts : dict
        What the template shows; a section without parts is left out.
    """

    name: str
    title: str
    template: str
    parts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Download:
    """A file that the page carries inside a link.

    Parameters
    ----------
    name : str
        Name under which a browser saves it.
    address : str
        The content as a ``data:`` address.
    """

    name: str
    address: str


def _carry(text: str, name: str, kind: str) -> Download:
    # Inside the page, so that one file is all that has to be sent; base64 has no character that
    # HTML minds.
    content = base64.b64encode(text.encode()).decode()
    return Download(name, f"data:{kind};base64,{content}")


def describe_header(run: Run) -> dict[str, Any]:
    """Return what the header shows: title, badges, verdict, facts and notes."""
    record = run.record
    status = str(record.get("status", "unknown"))
    notes = list(map(str, record.get("notes", [])))
    if status != "complete":
        notes.insert(0, _UNFINISHED)
    return {
        "study": str(record.get("study", "")),
        "tally": tally(run),
        "result": state_result(run),
        "verdict": judge(run),
        "synthetic": bool(record.get("synthetic")),
        "fast": bool(record.get("fast")),
        "status": status,
        "facts": _facts(record),
        "notes": notes,
    }


def _facts(record: Mapping[str, Any]) -> list[str]:
    facts = [f"seed {record.get('seed', '?')}"]
    if started := record.get("started"):
        # The record is ISO 8601 in UTC; a reader elsewhere must not take it for local time.
        facts.append(str(started).replace("T", " ").replace("+00:00", " UTC"))
    if isinstance(seconds := record.get("seconds"), int | float):
        facts.append(f"took {format_duration(seconds)}")
    return facts


def build_sections(run: Run) -> list[Section]:
    """Build the sections in reading order; those without content are left out.

    Parameters
    ----------
    run : Run
        The run.

    Returns
    -------
    list of Section
        Parts of the page.

    Raises
    ------
    InputError
        When a figure's picture or data are missing or not safe to show.
    """
    headline = [metric for metric in run.metrics if metric.headline]
    others = [metric for metric in run.metrics if not metric.headline]
    rest = "Other metrics" if headline else "Metrics"
    sections = (
        Section("headline", "Headline", "metrics", _metrics(headline)),
        Section("figures", "Figures", "figures", _figures(run)),
        Section(
            "metrics", "Claims" if is_reproduction(others) else rest, "metrics", _metrics(others)
        ),
        Section("settings", "Settings", "settings", _settings(run.record)),
        Section("data", "Data", "data", _data(run.record)),
        Section("cite", "Cite", "cite", _citations(run.record)),
        Section("model", "Model and limits", "model", _card(run)),
        Section("versions", "Versions and host", "versions", _versions(run.record)),
    )
    # An empty heading would make a reader look for what was never measured.
    return [section for section in sections if section.parts]


def _metrics(metrics: Sequence[Metric]) -> dict[str, Any]:
    return describe_table(metrics) if metrics else {}


def _figures(run: Run) -> dict[str, Any]:
    figures = [_figure(run, figure, number) for number, figure in enumerate(run.figures, start=1)]
    return {"figures": figures} if figures else {}


def _figure(run: Run, figure: Figure, number: int) -> dict[str, Any]:
    # The name comes from a file and becomes part of a path: it must not lead out of the folder.
    if figure.name in {"", ".", ".."} or set(figure.name) & set("/\\:"):
        raise InputError(
            f"expected the name of a file in figures/, found {figure.name!r}",
            where=str(run.path / "figures" / "figures.json"),
            repair="The file is damaged; run the study again.",
        )
    try:
        text = run.figure_svg(figure)
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            "expected an SVG picture in UTF-8, found none",
            where=str(run.path / "figures" / f"{figure.name}.svg"),
            repair="The run folder is damaged; run the study again.",
        ) from error
    # Numbered: two pictures may use the same ids, and on one page these must differ.
    picture = inline_svg(text, name=figure.name, alt=figure.alt, prefix=f"f{number}-")
    data = _carry(_csv(run.figure_data(figure)), f"{figure.name}.csv", "text/csv")
    return {
        "number": number,
        "title": figure.title,
        "caption": figure.caption,
        "checked_picture": picture,
        "data": data,
    }


def _csv(frame: pl.DataFrame) -> str:
    nested = [
        name
        for name, kind in frame.schema.items()
        if kind.is_nested() or kind in (pl.Object, pl.Binary)
    ]
    # CSV has no lists: they are written as JSON inside one field.
    as_text = [
        pl.Series(name, [json.dumps(value, default=str) for value in frame[name].to_list()])
        for name in nested
    ]
    frame = frame.with_columns(as_text)
    frame = frame.with_columns(
        _as_plain_text(frame[name]) for name, kind in frame.schema.items() if kind == pl.String
    )
    names = _as_plain_text(pl.Series(frame.columns, dtype=pl.String))
    return frame.rename(dict(zip(frame.columns, names, strict=True))).write_csv()


def _as_plain_text(cells: pl.Series) -> pl.Series:
    """Put an apostrophe before what a spreadsheet would run as a formula, and leave numbers."""
    formula = cells.str.contains(r"^[=+\-@\t\r]") & cells.cast(pl.Float64, strict=False).is_null()
    return (("'" + cells).zip_with(formula.fill_null(value=False), cells)).alias(cells.name)


def _settings(record: Mapping[str, Any]) -> dict[str, Any]:
    config = dict(record.get("config", {}))
    command = record.get("command", "")
    again = command or f"neuropil run {record.get('study', '')} --seed {record.get('seed', 0)}"
    # In the order of the settings, which goes from what matters most to details.
    content = yaml.safe_dump(config, sort_keys=False, allow_unicode=True)
    as_file = _carry(content, "settings.yaml", "application/yaml")
    return {
        "settings": [
            (name, value, str(record.get("meanings", {}).get(name, "")))
            for name, value in _flatten(config)
        ],
        "command": again,
        # Settings of a reproduction are no settings of `neuropil run`: no file could be used again.
        "file": as_file if config and not command else None,
    }


def _flatten(config: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, object]]:
    """Name the settings inside groups as ``--set`` does, with dots."""
    for name, value in config.items():
        if isinstance(value, Mapping) and value:
            yield from _flatten(value, f"{path}{name}.")
        else:
            yield f"{path}{name}", value


def _data(record: Mapping[str, Any]) -> dict[str, Any]:
    sources, steps = record.get("data", []), record.get("provenance", [])
    return {"sources": sources, "steps": steps} if sources or steps else {}


def _citations(record: Mapping[str, Any]) -> dict[str, Any]:
    works = [
        Citation(str(item.get("key", "")), str(item.get("text", "")), item.get("doi"))
        for item in record.get("citations", [])
    ]
    entries = "\n\n".join(work.to_bibtex() for work in works)
    bibtex = _carry(entries + "\n", "citations.bib", "application/x-bibtex")
    return {"works": works, "bibtex": bibtex} if works else {}


def _card(run: Run) -> dict[str, Any]:
    card = run.card()
    return {"checked_prose": render_markdown(card)} if card else {}


def _versions(record: Mapping[str, Any]) -> dict[str, Any]:
    facts = {**record.get("versions", {}), **record.get("host", {})}
    return {"facts": list(facts.items())} if facts else {}
