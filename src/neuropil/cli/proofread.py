"""``neuropil proofread``: errors of a segmentation mended, and what was mended undone."""

from __future__ import annotations

import typer

from neuropil.cli.proofread_fix import fix
from neuropil.cli.proofread_undo import undo

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="Mend split errors of a segmentation.")
app.command()(fix)
app.command()(undo)
