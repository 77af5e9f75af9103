"""``neuropil proofread``: segmentations mended, and questions about them for other programs."""

from __future__ import annotations

import typer

from neuropil.cli.proofread_export import ExportCommand, export
from neuropil.cli.proofread_fix import fix
from neuropil.cli.proofread_undo import undo

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="Proofread segmentations.")
app.command()(fix)
app.command()(undo)
app.command(
    cls=ExportCommand,
    # Settings of the study are options too, as those of `neuropil run`.
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
)(export)
