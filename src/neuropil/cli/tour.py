"""``neuropil tour``: every study once, on its default data."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING, Annotated

import typer

from neuropil.cli.console import open_progress, print_json, print_table
from neuropil.cli.failures import describe_failure
from neuropil.cli.run import print_summary, run_record

if TYPE_CHECKING:
    from neuropil.contracts import Run

__all__ = ["tour"]


def tour(
    context: typer.Context,
    seed: Annotated[int, typer.Option(min=0, help="Root of every random draw.")] = 0,
    fast: Annotated[bool, typer.Option("--fast", help="Check that all run; no results.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Run every study on its default data and write a report for each.

    A study whose measured data cannot be had says so and takes its synthetic ones. A study that
    fails does not keep the others from running; the exit code is then 1.
    """
    from neuropil.pipelines import study_names

    failures: dict[str, str] = {}
    finished: dict[str, Run] = {}
    for name in study_names():
        try:
            # Each is run as its own command would: same defaults, same folder names.
            finished[name] = _visit(name, seed=seed, fast=fast, silent=as_json)
        except Exception as error:  # the other studies still have to run
            failures[name] = describe_failure(error)
            # The group prints tracebacks only of what reaches it, which this failure does not.
            if context.find_root().params.get("debug"):
                typer.echo(traceback.format_exc(), err=True, nl=False)
            typer.echo(f"error: {name}: {failures[name]}", err=True)
    if as_json:
        failed = [{"study": name, "failure": failure} for name, failure in failures.items()]
        print_json([*map(run_record, finished.values()), *failed])
    else:
        rows = [*map(_row, finished.values()), *((name, "failed", "", "") for name in failures)]
        print_table(("study", "outcome", "time", "report"), rows)
    if failures:
        raise typer.Exit(1)


def _visit(name: str, *, seed: int, fast: bool, silent: bool) -> Run:
    from neuropil.pipelines import load_study, run_study

    if not silent:
        typer.echo(f"{name}: {load_study(name).title}")
    run = run_study(name, seed=seed, fast=fast, progress=open_progress())
    if not silent:
        print_summary(run)
        typer.echo()
    return run


def _row(run: Run) -> tuple[str, ...]:
    from neuropil.reports import format_duration, state_result

    kind = " (synthetic)" if run.record["synthetic"] else ""
    return (
        run.record["study"],
        f"{state_result(run)}{kind}",
        format_duration(run.record["seconds"]),
        str(run.path / "report.html"),
    )
