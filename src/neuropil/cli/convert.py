"""``neuropil convert``: a connectome from one file format to another."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["convert"]


def convert(
    sources: Annotated[
        list[Path],
        typer.Argument(help="File or folder to read, or several files of one connectome."),
    ],
    target: Annotated[
        Path, typer.Argument(help="File to write; its ending names the format. None: a folder.")
    ],
    from_format: Annotated[
        str | None,
        typer.Option("--from", help="Format to read; found from the content when not given."),
    ] = None,
    option: Annotated[
        list[str] | None,
        typer.Option(help="Option of the reader as name=value, such as regions=EB,PB."),
    ] = None,
) -> None:
    """Convert a connectome between file formats."""
    from neuropil import formats

    options = {}
    if option:
        # Types of options belong to a format, so that it has to be known before they are read.
        known = formats.FORMATS.get(from_format or "") or formats.sniff(*sources)
        options = formats.parse_options(known, option)
    typer.echo(formats.convert(*sources, target, format=from_format, **options))
