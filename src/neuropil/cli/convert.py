"""``neuropil convert``: a connectome from one file format to another."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from neuropil.cli.reading import (
    FromFormat,
    Post,
    Pre,
    ReaderOptions,
    Unit,
    Weights,
    gather_reading,
)

__all__ = ["convert"]


def convert(
    sources: Annotated[
        list[Path],
        typer.Argument(help="File or folder to read, or several files of one connectome."),
    ],
    target: Annotated[
        Path, typer.Argument(help="File to write; its ending names the format. None: a folder.")
    ],
    from_format: FromFormat = None,
    pre: Pre = None,
    post: Post = None,
    weight: Weights = None,
    unit: Unit = None,
    option: ReaderOptions = None,
) -> None:
    """Convert a connectome between file formats."""
    from neuropil import formats

    named = {"pre": pre, "post": post, "weights": weight, "unit": unit}
    reading = gather_reading(sources, from_format, named, option or ())
    target, notes = formats.convert_with_notes(*sources, target, **reading)
    for note in notes:
        typer.echo(f"note: {note}")
    typer.echo(target)
