"""What commands print: tables for people, JSON for programs."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Sequence
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from neuropil.contracts import Progress

__all__ = ["QUIET", "open_progress", "print_json", "print_table"]

QUIET: ContextVar[bool] = ContextVar("quiet", default=False)
"""Whether progress is silenced; set by ``--quiet``."""

# Wide enough for every table of the commands; programs had better ask for --json. Not tuned.
_PIPE_WIDTH = 200


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]], title: str = "") -> None:
    """Print a table to standard output.

    Parameters
    ----------
    columns : sequence of str
        Headings.
    rows : iterable of sequence of str
        Cells, shown as they are.
    title : str
        Line above the table.
    """
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    # Without a terminal the width is unknown, and cells must not be folded away.
    piped = not sys.stdout.isatty() and "COLUMNS" not in os.environ
    table = Table(
        title=Text(title) if title else None,
        title_justify="left",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        show_edge=False,
    )
    for name in columns:
        # Texts, because brackets in a name would be read as markup; folded, because cut names
        # cannot be copied.
        table.add_column(Text(name), overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell, style=_STYLES.get(cell, "")) for cell in row))
    Console(width=_PIPE_WIDTH if piped else None).print(table)


_STYLES = {
    "met": "green",
    "missed": "bold red",
    "yes": "green",
    "MISS": "bold red",
    "ok": "green",
    "warn": "yellow",
    "fail": "bold red",
    "corrupt": "bold red",
    "not run": "dim",
}


def print_json(value: Any) -> None:  # noqa: ANN401 - any JSON value
    """Print a value as JSON to standard output."""
    # NaN is refused: it is no JSON, and other languages fail on it.
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False))


def open_progress() -> Progress:
    """Choose how progress is shown: a bar on a terminal, seldom lines elsewhere, or nothing."""
    from neuropil.cli.progress import LineProgress, RichProgress
    from neuropil.contracts import SilentProgress

    if QUIET.get():
        return SilentProgress()
    # On the error stream, so that what a command prints can be piped. Without a terminal bars are
    # thousands of lines.
    return RichProgress() if sys.stderr.isatty() else LineProgress(sys.stderr)
