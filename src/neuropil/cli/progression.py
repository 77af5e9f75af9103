"""``neuropil progression``: priors of edges for models of disease that spreads."""

from __future__ import annotations

import typer

from neuropil.cli.progression_elicit import elicit

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="Prepare models of how disease moves along a graph.")


@app.callback()
def _hold_commands() -> None:
    # A group with one command would otherwise be that command.
    pass


app.command()(elicit)
