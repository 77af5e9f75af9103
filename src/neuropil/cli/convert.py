"""``neuropil convert``: a connectome or a volume from one file format to another."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from neuropil.cli.reading import gather_reading, takes_reading

__all__ = ["convert"]


@takes_reading
def convert(
    sources: Annotated[
        list[Path],
        typer.Argument(help="File or folder to read, or several files of one connectome."),
    ],
    target: Annotated[
        Path, typer.Argument(help="File to write; its ending names the format. None: a folder.")
    ],
    **reading: Any,  # noqa: ANN401
) -> None:
    """Convert a connectome, or a volume of voxels, between file formats."""
    from neuropil import formats

    written, notes = formats.convert_with_notes(
        *sources, target, **gather_reading(reading, sources)
    )
    # Beside the path, which is what a script takes from the output.
    for note in notes:
        typer.echo(f"note: {note}", err=True)
    typer.echo(written)
