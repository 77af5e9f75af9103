"""Write a page of results for each study from the reproductions kept beside it.

``python tools/results.py`` writes ``docs/results/<study>.md`` from
``docs/results/<study>-seed-<N>.json``, the files that ``neuropil reproduce`` wrote.
``--check`` writes nothing and exits with 1 where a page is not what its rows give.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from neuropil.contracts import InputError, Metric, NullSummary, Verdict, read_record
from neuropil.reports import digits_of, format_interval, format_number

__all__ = ["FOLDER", "main", "render_page", "render_pages"]

FOLDER = Path(__file__).parents[1] / "docs" / "results"
"""Where the reproductions and their pages are kept."""

_FORMAT_VERSION = 2
_COLUMNS = ("claim", "quantity", "published", "bound", "measured", "n", "unit", "verdict")
# What Markdown would take for emphasis, a column or a tag.
_MARKDOWN = re.compile(r"[|*]|<(?=[A-Za-z/!])")


def render_pages(folder: Path) -> dict[Path, str]:
    """Render the pages of all studies.

    Parameters
    ----------
    folder : Path
        Folder with ``<study>-seed-<N>.json``.

    Returns
    -------
    dict of Path to str
        What each page must hold; one page a study, its seeds in order.

    Raises
    ------
    InputError
        When a file is damaged, or holds a fast check, which is no result.
    """
    records = sorted(map(_read, folder.glob("*-seed-*.json")), key=_place)
    return {
        folder / f"{study}.md": render_page(list(group))
        for study, group in groupby(records, key=lambda record: str(record["study"]))
    }


def render_page(records: Sequence[Mapping[str, Any]]) -> str:
    """Render the page of one study.

    Parameters
    ----------
    records : sequence of dict
        Its reproductions, at least one, each as ``reproduction.json`` holds it.

    Returns
    -------
    str
        Markdown: for each seed the command, the data, the count of verdicts, a table with one
        row a claim, and the notes.
    """
    lines = [f"# The claims of `{records[0]['study']}`, measured again"]
    for record in records:
        lines += ["", *_section(record)]
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str]) -> int:
    """Write the pages, or check them.

    Parameters
    ----------
    arguments : sequence of str
        ``--check``, and the folder where it is another than ``docs/results``.

    Returns
    -------
    int
        Exit code: 1 where a page was checked and is not what its rows give.
    """
    named = [Path(item) for item in arguments if item != "--check"]
    folder = named[0] if named else FOLDER
    pages = render_pages(folder)
    stale = [path for path, text in pages.items() if not _holds(path, text)]
    orphans = sorted(set(folder.glob("*.md")) - pages.keys())
    if "--check" in arguments:
        for path in stale:
            print(f"{path}: not what its rows give; run `make results`")
        for path in orphans:
            print(f"{path}: has no rows beside it; remove it")
        return 1 if stale or orphans else 0
    for path in stale:
        path.write_text(pages[path], encoding="utf-8")
        print(f"written: {path}")
    return 0


def _place(record: Mapping[str, Any]) -> tuple[str, int]:
    return record["study"], record["seed"]


def _holds(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text


def _read(path: Path) -> dict[str, Any]:
    record = read_record(path, "neuropil-reproduction", _FORMAT_VERSION)
    if record["fast"]:
        raise InputError(
            "expected a result, found a fast check",
            where=str(path),
            repair="Reproduce the study without --fast.",
        )
    return record


def _section(record: Mapping[str, Any]) -> list[str]:
    rows = [_metric(row) for row in record["rows"]]
    command = f"neuropil reproduce {record['study']} --seed {record['seed']}"
    notes = list(_notes(rows))
    return [
        f"- Command: `{command}`",
        f"- Data: {', '.join(_data(rows)) or 'none'}{_synthetic(record)}",
        f"- Seed: {record['seed']}",
        f"- Verdicts: {_count(rows)}",
        "",
        _row(_COLUMNS),
        _row("---" for _ in _COLUMNS),
        *(_row(_cells(metric)) for metric in rows),
        *(["", "Notes:", "", *notes] if notes else []),
    ]


def _metric(row: Mapping[str, Any]) -> Metric:
    null = row["null"] and NullSummary(**row["null"])
    return Metric(**{**row, "null": null, "verdict": Verdict(row["verdict"])})


def _synthetic(record: Mapping[str, Any]) -> str:
    return "; some rows are of generated data" if record["synthetic"] else ""


def _data(rows: Sequence[Metric]) -> list[str]:
    named = (name.strip() for metric in rows for name in metric.data.split(","))
    return list(dict.fromkeys(name for name in named if name not in {"", "none"}))


def _count(rows: Sequence[Metric]) -> str:
    counts = Counter(metric.verdict for metric in rows)
    parts = ", ".join(f"{counts[verdict]} {verdict}" for verdict in Verdict)
    return f"{parts}, of {len(rows)} claims"


def _cells(metric: Metric) -> Iterator[str]:
    digits = digits_of(metric)
    value = format_number(metric.value, digits)
    if metric.low is not None or metric.high is not None:
        value += f" {format_interval(metric.low, metric.high, digits)}"
    yield f"`{metric.id}`"
    yield from map(_escape, (metric.what, metric.published, metric.bound, value))
    yield str(metric.n) if metric.n else ""
    yield "" if metric.unit == "1" else _escape(metric.unit)
    yield f"**{metric.verdict}**" if metric.verdict is Verdict.MISSED else str(metric.verdict)


def _notes(rows: Sequence[Metric]) -> Iterator[str]:
    for metric in rows:
        interval = f"Interval: {metric.interval}." if metric.interval else ""
        text = " ".join(part for part in (metric.note, interval) if part)
        if text:
            yield f"- `{metric.id}`: {_escape(text)}"


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _escape(text: str) -> str:
    return _MARKDOWN.sub(r"\\\g<0>", " ".join(text.split()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
