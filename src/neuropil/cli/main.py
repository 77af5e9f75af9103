"""The command ``neuropil``."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import Annotated

import typer

from neuropil.cli import data, logic, preservation, progression, proofread
from neuropil.cli.cite import cite
from neuropil.cli.console import QUIET
from neuropil.cli.convert import convert
from neuropil.cli.doctor import doctor
from neuropil.cli.failures import CommandGroup, describe_failure
from neuropil.cli.formats import list_formats
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
app.add_typer(proofread.app, name="proofread")
app.add_typer(preservation.app, name="preservation")
app.add_typer(progression.app, name="progression")
app.command()(measure)
app.command()(convert)
app.command(name="formats")(list_formats)
app.command()(report)
app.command()(cite)
app.command()(doctor)


def _lead_nowhere(number: int) -> None:
    """Let what is written to a stream of the process be lost."""
    opened = os.open(os.devnull, os.O_WRONLY)
    if opened != number:
        os.dup2(opened, number)
        os.close(opened)


def _fill_closed_streams() -> None:
    """Give a process that was started without a stream one that leads nowhere."""
    # Python sets a closed stream to None, and the next file that is opened would take its number:
    # what a command prints would end up in that file.
    for name, number in (("stdout", 1), ("stderr", 2)):
        if getattr(sys, name) is None:
            _lead_nowhere(number)
            setattr(sys, name, open(number, "w", encoding="utf-8", closefd=False))  # noqa: SIM115


def main() -> None:
    """Run the command line with the arguments of the process."""
    _fill_closed_streams()
    for stream in (sys.stdout, sys.stderr):
        # A terminal whose encoding lacks a sign shows a question mark, and not a failure.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        app()
    # Help and version are printed before a command begins, whose failures `CommandGroup` tells.
    except OSError as error:
        with suppress(OSError):
            typer.echo(f"error: {describe_failure(error)}", err=True)
        # What is left in the buffer would fail again when Python ends.
        _lead_nowhere(1)
        sys.exit(1)
