"""The parts of a report, each from a run folder to HTML."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import polars as pl
import yaml

from neuropil.contracts import Citation, Figure, InputError, Run
from neuropil.reports.markup import Markup, anchor, concatenate, element
from neuropil.reports.metrics import draw_tally, judge, metric_table
from neuropil.reports.numbers import format_duration, format_number, format_size
from neuropil.reports.pictures import inline_svg
from neuropil.reports.prose import render_markdown

__all__ = ["build_header", "build_sections"]

_UNFINISHED = "This run did not finish: what it had measured until then is shown."


def build_header(run: Run) -> Markup:
    """Build the title, badges, verdict, facts and notes."""
    record = run.record
    status = str(record.get("status", "unknown"))
    badges = [element("span", status, class_=f"badge {'done' if status == 'complete' else 'open'}")]
    if record.get("synthetic"):
        badges.insert(0, element("span", "synthetic data", class_="badge synthetic"))
    notes = list(map(str, record.get("notes", [])))
    if status != "complete":
        notes.insert(0, _UNFINISHED)
    return element(
        "header",
        element("p", "neuropil", element("span", f" / {record.get('study', '')}"), class_="study"),
        element("h1", str(record.get("title", ""))),
        element("p", draw_tally(run), judge(run), class_="verdict"),
        element("div", concatenate(badges), _facts(record), class_="facts"),
        concatenate(element("p", note, class_="note", role="note") for note in notes),
    )


def _facts(record: Mapping[str, Any]) -> Markup:
    facts = [f"seed {record.get('seed', '?')}"]
    if started := record.get("started"):
        facts.append(str(started).replace("T", " ").replace("+00:00", " UTC"))
    if isinstance(seconds := record.get("seconds"), int | float):
        facts.append(f"took {format_duration(seconds)}")
    return concatenate(element("span", fact) for fact in facts)


def build_sections(run: Run) -> list[tuple[str, str, Markup]]:
    """Build the sections in reading order; those without content are left out.

    Returns
    -------
    list of (anchor, title, content)
        Parts of the page.

    Raises
    ------
    InputError
        When a figure's picture or data are missing or not safe to show.
    """
    headline = [metric for metric in run.metrics if metric.headline]
    others = [metric for metric in run.metrics if not metric.headline]
    rest = "Other metrics" if headline else "Metrics"
    parts = [
        ("headline", "Headline", headline and metric_table(headline)),
        ("figures", "Figures", _figures(run)),
        ("metrics", rest, others and metric_table(others)),
        ("settings", "Settings", _settings(run.record)),
        ("data", "Data", _data(run.record)),
        ("cite", "Cite", _citations(run.record)),
        ("model", "Model and limits", _card(run)),
        ("versions", "Versions and host", _versions(run.record)),
    ]
    return [(name, title, Markup(content)) for name, title, content in parts if content]


def _figures(run: Run) -> Markup:
    return concatenate(
        _figure(run, figure, number) for number, figure in enumerate(run.figures, start=1)
    )


def _figure(run: Run, figure: Figure, number: int) -> Markup:
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
    picture = Markup(inline_svg(text, name=figure.name, alt=figure.alt, prefix=f"f{number}-"))
    caption = element(
        "figcaption",
        element("p", figure.caption),
        _download(_csv(run.figure_data(figure)), f"{figure.name}.csv", "text/csv", "Data (CSV)"),
    )
    heading = element("h3", element("span", f"{number} "), figure.title)
    shown = element(
        "div", picture, class_="picture", tabindex="0", role="group", aria_label=figure.title
    )
    return element("figure", heading, shown, caption, id=f"figure-{number}")


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
    return frame.with_columns(as_text).write_csv()


def _download(text: str, name: str, kind: str, label: str) -> Markup:
    content = base64.b64encode(text.encode()).decode()
    return element(
        "a", label, href=f"data:{kind};base64,{content}", download=name, class_="download"
    )


def _settings(record: Mapping[str, Any]) -> Markup:
    config = dict(record.get("config", {}))
    command = record.get("command", "")
    again = command or f"neuropil run {record.get('study', '')} --seed {record.get('seed', 0)}"
    rows = _pairs((name, _setting(value)) for name, value in _flatten(config))
    if command or not config:
        return concatenate([rows, element("p", "Run it again: ", element("code", again))])
    content = yaml.safe_dump(config, sort_keys=False, allow_unicode=True)
    repeat = element(
        "p",
        "Run it again with these settings: ",
        element("code", f"{again} --config settings.yaml"),
        " ",
        _download(content, "settings.yaml", "application/yaml", "settings.yaml"),
    )
    return concatenate([rows, repeat])


def _flatten(config: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, object]]:
    """Name the settings inside groups as ``--set`` does, with dots."""
    for name, value in config.items():
        if isinstance(value, Mapping) and value:
            yield from _flatten(value, f"{path}{name}.")
        else:
            yield f"{path}{name}", value


def _setting(value: object) -> Markup:
    return element("code", json.dumps(value, ensure_ascii=False))


def _pairs(rows: Iterable[tuple[str, str]]) -> Markup:
    body = concatenate(
        element("tr", element("th", name, scope="row"), element("td", value))
        for name, value in rows
    )
    return element("table", element("tbody", body), class_="pairs") if body else Markup()


def _data(record: Mapping[str, Any]) -> Markup:
    steps = record.get("provenance", [])
    sources = concatenate(map(_source, record.get("data", [])))
    if not steps:
        return sources
    done = concatenate(
        element(
            "li",
            element("strong", str(step.get("name", ""))),
            " ",
            _setting(step["parameters"]) if step.get("parameters") else "",
        )
        for step in steps
    )
    return concatenate([sources, element("h3", "What was done to them"), element("ol", done)])


def _source(source: Mapping[str, Any]) -> Markup:
    badge = element("span", "synthetic data", class_="badge synthetic")
    title = element(
        "h3", str(source.get("name", "")), " ", badge if source.get("synthetic") else ""
    )
    licence = element("p", f"Licence: {source.get('licence', 'not stated')}")
    files = source.get("files", [])
    if not files:
        return concatenate([title, licence, element("p", "Read from no file.")])
    head = concatenate(element("th", name, scope="col") for name in ("File", "Size", "SHA-256"))
    body = concatenate(map(_file, files))
    table = element("table", element("thead", element("tr", head)), element("tbody", body))
    return concatenate([title, licence, element("div", table, class_="scroll", tabindex="0")])


def _file(item: Mapping[str, Any]) -> Markup:
    size = item.get("size")
    shown = format_size(size) if isinstance(size, int | float) else format_number(None)
    return element(
        "tr",
        element("td", anchor(str(item.get("name", "")), item.get("url"))),
        element("td", shown, class_="number"),
        element("td", element("code", str(item.get("sha256", "")), class_="hash")),
    )


def _citations(record: Mapping[str, Any]) -> Markup:
    works = [
        Citation(str(item.get("key", "")), str(item.get("text", "")), item.get("doi"))
        for item in record.get("citations", [])
    ]
    if not works:
        return Markup()
    shown = concatenate(element("li", work.text, _doi(work)) for work in works)
    entries = "\n\n".join(work.to_bibtex() for work in works)
    return concatenate(
        [
            element("ul", shown),
            _download(entries + "\n", "citations.bib", "application/x-bibtex", "BibTeX"),
        ]
    )


def _doi(work: Citation) -> Markup:
    if not work.doi:
        return Markup()
    return concatenate([". ", anchor(f"doi:{work.doi}", f"https://doi.org/{work.doi}")])


def _card(run: Run) -> Markup:
    return (
        element("div", Markup(render_markdown(run.card())), class_="prose")
        if run.card()
        else Markup()
    )


def _versions(record: Mapping[str, Any]) -> Markup:
    facts = {**record.get("versions", {}), **record.get("host", {})}
    return _pairs((name, str(value)) for name, value in facts.items())
