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
) -> None:
    """Convert a connectome between file formats."""
    from neuropil import formats

    typer.echo(formats.convert(*sources, target))
