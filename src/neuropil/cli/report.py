"""``neuropil report``: a run folder as one HTML page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["report"]


def report(
    run: Annotated[Path, typer.Argument(help="Run folder.")],
    out: Annotated[
        Path | None, typer.Option(help="File to write.", show_default="RUN/report.html")
    ] = None,
) -> None:
    """Write a run folder as one self-contained HTML page."""
    from neuropil.reports import write_report

    typer.echo(write_report(run, out))
