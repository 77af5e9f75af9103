"""``neuropil reproduce``: the claims of a study, measured again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neuropil.cli.console import open_progress, print_json, print_table
from neuropil.cli.failures import INTERRUPTED, describe_interruption
from neuropil.cli.naming import complete_study

if TYPE_CHECKING:
    from neuropil.contracts import Reproduction

__all__ = ["reproduce"]

_COLUMNS = ("id", "what", "published", "target", "value", "n", "unit", "passed")


def reproduce(
    name: Annotated[str, typer.Argument(help="Study.", autocompletion=complete_study)],
    target: Annotated[
        list[str] | None, typer.Option(help="Id of a target, or 8 for 8-...; all when not given.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder.", show_default="runs/NAME-reproduction-DATE-TIME"),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Root of every random draw.")] = 0,
    fast: Annotated[bool, typer.Option("--fast", help="Check that it runs; not a result.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Measure the targets of a study again and write reproduction.json.

    An interrupted reproduction goes on when the same command is repeated with its --out.
    A missed target is a result and not a failure: the exit code stays 0.
    """
    from neuropil.pipelines import default_folder, reproduce_study, reproduction_record

    folder = out or default_folder(f"{name}-reproduction")
    try:
        rows = reproduce_study(
            name,
            targets=target or [],
            seed=seed,
            out=folder,
            fast=fast,
            progress=open_progress(),
        )
    except KeyboardInterrupt as error:
        typer.echo(describe_interruption(folder, (folder / "work").is_dir()), err=True)
        raise typer.Exit(INTERRUPTED) from error
    record = reproduction_record(name, rows, seed=seed, fast=fast)
    if as_json:
        print_json(record)
        return
    print_table(_COLUMNS, map(_row, rows))
    for row in rows:
        if row.note:
            typer.echo(f"{row.target.id}: {row.note}")
    if record["synthetic"]:
        typer.echo("synthetic data: generated, not measured")
    if fast:
        typer.echo("fast: a check that the protocol runs, not a result")
    typer.echo(f"written: {folder / 'reproduction.json'}")


def _row(row: Reproduction) -> tuple[str, ...]:
    from neuropil.reports import format_interval, format_number

    interval = f" {format_interval(row.low, row.high)}" if row.low is not None else ""
    return (
        row.target.id,
        row.target.what,
        row.target.published,
        row.target.target,
        f"{format_number(row.value)}{interval}",
        str(row.n) if row.n else "",
        row.target.unit,
        {True: "yes", False: "MISS", None: "not run"}[row.passed],
    )
