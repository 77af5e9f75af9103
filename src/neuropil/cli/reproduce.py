"""``neuropil reproduce``: the claims of a study, measured again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neuropil.cli.console import open_progress, print_json, print_table
from neuropil.cli.failures import INTERRUPTED, describe_interruption
from neuropil.cli.naming import complete_study

if TYPE_CHECKING:
    from neuropil.contracts import Metric

__all__ = ["reproduce"]

_COLUMNS = ("id", "what", "published", "bound", "value", "n", "unit", "verdict")


def reproduce(
    name: Annotated[str, typer.Argument(help="Study.", autocompletion=complete_study)],
    target: Annotated[
        list[str] | None, typer.Option(help="Id of a claim, or 8 for 8-...; all when not given.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder.", show_default="runs/NAME-reproduction-DATE-TIME"),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Root of every random draw.")] = 0,
    fast: Annotated[bool, typer.Option("--fast", help="Check that it runs; not a result.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Measure the claims of a study again and write them with a report.

    An interrupted reproduction goes on when the same command is repeated with its --out.
    A missed claim is a result and not a failure: the exit code stays 0.
    """
    from neuropil.contracts import read_json
    from neuropil.pipelines import default_folder, reproduce_study

    folder = out or default_folder(f"{name}-reproduction")
    try:
        run = reproduce_study(
            name,
            targets=target or [],
            seed=seed,
            out=folder,
            fast=fast,
            progress=open_progress(),
        )
    except KeyboardInterrupt as error:
        typer.echo(describe_interruption(folder, (folder / "run.json").is_file()), err=True)
        raise typer.Exit(INTERRUPTED) from error
    # What was written and not what is in memory: standard output and file cannot differ.
    record = read_json(folder / "reproduction.json")
    if as_json:
        print_json(record)
        return
    print_table(_COLUMNS, map(_row, run.metrics))
    for metric in run.metrics:
        if metric.note:
            typer.echo(f"{metric.id}: {metric.note}")
    if record["synthetic"]:
        typer.echo("synthetic data: generated, not measured")
    if fast:
        typer.echo("fast: a check that the claims can be measured, not a result")
    typer.echo(f"written: {folder / 'reproduction.json'}")
    typer.echo(f"report: {folder / 'report.html'}")


def _row(metric: Metric) -> tuple[str, ...]:
    from neuropil.reports import format_interval, format_number

    interval = f" {format_interval(metric.low, metric.high)}" if metric.low is not None else ""
    return (
        metric.id,
        metric.what,
        metric.published,
        metric.bound,
        f"{format_number(metric.value)}{interval}",
        str(metric.n) if metric.n else "",
        metric.unit,
        metric.verdict or "",
    )
