"""``neuropil proofread``: questions about a segmentation, written for other programs."""

from __future__ import annotations

import typer

from neuropil.cli.proofread_export import ExportCommand, export

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="Proofread segmentations.")
app.command(
    cls=ExportCommand,
    # Settings of the study are options too, as those of `neuropil run`.
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
)(export)


@app.callback()
def _keep_the_name_of_the_command() -> None:
    """Ask and mend what an automatic segmentation got wrong."""
