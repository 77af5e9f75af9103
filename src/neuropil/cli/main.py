"""The command ``neuropil``."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from neuropil.cli import data, logic
from neuropil.cli.cite import cite
from neuropil.cli.console import QUIET
from neuropil.cli.convert import convert
from neuropil.cli.doctor import doctor
from neuropil.cli.failures import CommandGroup
from neuropil.cli.measure import measure
from neuropil.cli.report import report
from neuropil.cli.reproduce import reproduce
from neuropil.cli.run import RunCommand, run
from neuropil.cli.setting_list import list_settings
from neuropil.cli.tour import tour

__all__ = ["app", "main"]

app = typer.Typer(
    name="neuropil",
    cls=CommandGroup,
    no_args_is_help=True,
    # `CommandGroup` writes failures as one line; Typer would print the local variables of a
    # traceback.
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Connectomes from raw wiring to a working circuit, with intervals and nulls.",
    epilog="Exit codes: 0 done, 1 failed, 2 wrong usage or settings, 130 interrupted.",
)


def _print_version(asked: bool) -> None:
    if asked:
        from neuropil import __version__

        typer.echo(f"neuropil {__version__}")
        raise typer.Exit


@app.callback()
def _take_shared_options(
    debug: Annotated[  # noqa: ARG001 - read by CommandGroup
        bool, typer.Option("--debug", help="Show tracebacks. May stand anywhere.")
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Show no progress. May stand anywhere.")
    ] = False,
    version: Annotated[  # noqa: ARG001 - handled by its callback
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Print it."),
    ] = False,
) -> None:
    QUIET.set(quiet)


app.command(
    cls=RunCommand,
    # Settings are known to the study alone, so that `RunCommand` sorts out what Typer does not
    # know.
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
)(run)
app.command("settings")(list_settings)
app.command()(tour)
app.command()(reproduce)
app.add_typer(data.app, name="data")
app.add_typer(logic.app, name="logic")
app.command()(measure)
app.command()(convert)
app.command()(report)
app.command()(cite)
app.command()(doctor)


def main() -> None:
    """Run the command line with the arguments of the process."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal whose encoding lacks a sign shows a question mark, and not a failure.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    app()
