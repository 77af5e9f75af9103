"""``neuropil run``: one study, from settings to a report."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer.core import TyperCommand

from neuropil.cli.console import open_progress, print_json, print_table
from neuropil.cli.failures import INTERRUPTED, describe_interruption
from neuropil.cli.naming import complete_study

if TYPE_CHECKING:
    from neuropil.contracts import Metric, Run

__all__ = ["RunCommand", "print_summary", "run", "run_record"]


_WORDS = "neuropil.words"


class RunCommand(TyperCommand):
    """The command ``run``: a study's settings are options that only the study knows."""

    def get_help(self, ctx: typer.Context) -> str:  # type: ignore[override]
        """Print the help, and below it the studies, or the settings of the one that is named."""
        from neuropil.cli.setting_list import print_settings, print_studies
        from neuropil.pipelines import study_names

        # Rich prints by itself and leaves nothing to return.
        typer.echo(super().get_help(ctx))
        named = [word for word in ctx.meta.get(_WORDS, []) if word in study_names()]
        if named:
            print_settings(named[0])
        else:
            print_studies()
        return ""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        """Take options that the command does not know for assignments."""
        from neuropil.cli.settings import options_to_assignments

        # Help is asked for before the name is read.
        ctx.meta[_WORDS] = list(args)
        rest = super().parse_args(ctx, args)
        given = ctx.params["assignments"] or []
        # Options come after --set, and so win where both name a setting.
        ctx.params["assignments"] = [*given, *options_to_assignments(ctx.args)]
        return rest


def run(
    name: Annotated[str, typer.Argument(help="Study.", autocompletion=complete_study)],
    seed: Annotated[int, typer.Option(min=0, help="Root of every random draw.")] = 0,
    out: Annotated[
        Path | None, typer.Option(help="Run folder.", show_default="runs/NAME-DATE-TIME")
    ] = None,
    config: Annotated[Path | None, typer.Option(help="YAML file of settings.")] = None,
    assignments: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="One setting; wins over --config."),
    ] = None,
    fast: Annotated[bool, typer.Option("--fast", help="Check that it runs; not a result.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Run a study and write its run folder and report.

    Every setting of the study is an option too, as in --ablate Delta7; `neuropil run NAME --help`
    lists them. A setting of a group needs its group only where another one has its name.
    An interrupted run goes on when the same command is repeated with its --out.
    """
    from neuropil.cli.settings import gather_settings
    from neuropil.pipelines import default_folder, run_study

    settings = gather_settings(config, assignments or [])
    folder = out or default_folder(name)
    try:
        finished = run_study(
            name, settings, seed=seed, out=folder, fast=fast, progress=open_progress()
        )
    except KeyboardInterrupt as error:
        typer.echo(_describe_interruption(folder), err=True)
        raise typer.Exit(INTERRUPTED) from error
    if as_json:
        print_json(run_record(finished))
    else:
        print_summary(finished)


def _describe_interruption(folder: Path) -> str:
    from neuropil.contracts import Run

    # Without a record there is nothing to go on from: data were still loading.
    begun = (folder / "run.json").is_file()
    # Ctrl-C may come while the report is written; the numbers are all there by then.
    if begun and Run.open(folder).record["status"] == "complete":
        place = shlex.quote(str(folder))
        return f"interrupted: the run is finished; `neuropil report {place}` writes its report"
    return describe_interruption(folder, begun)


def run_record(finished: Run) -> dict[str, object]:
    """Return what ``--json`` prints about a finished run."""
    from neuropil.reports import state_result

    chosen = ("study", "title", "status", "seed", "fast", "synthetic", "config", "notes")
    return {
        **{key: finished.record[key] for key in chosen},
        "headline": state_result(finished),
        "run": str(finished.path),
        "report": str(finished.path / "report.html"),
        "metrics": [metric.to_json() for metric in finished.metrics],
    }


def print_summary(finished: Run) -> None:
    """Print the headline of a finished run, its notes, and where its report is."""
    from neuropil.reports import judge, state_result

    headline = [metric for metric in finished.metrics if metric.headline]
    print_table(
        ("metric", "value", "95 % interval", "null", "n", "bound", "verdict"),
        map(_row, headline or finished.metrics),
        title=state_result(finished),
    )
    if (verdict := judge(finished)) != state_result(finished):
        typer.echo(verdict)
    if finished.record["synthetic"]:
        typer.echo("synthetic data: generated, not measured")
    for note in finished.record["notes"]:
        typer.echo(f"note: {note}")
    typer.echo(f"report: {finished.path / 'report.html'}")


def _row(metric: Metric) -> tuple[str, ...]:
    from neuropil.reports import format_interval, format_null, format_value

    return (
        metric.what,
        format_value(metric.value, metric.unit),
        format_interval(metric.low, metric.high),
        format_null(metric),
        str(metric.n),
        metric.bound,
        metric.verdict or "",
    )
