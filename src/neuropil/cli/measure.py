"""``neuropil measure``: the wiring of a connectome beside its nulls."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from neuropil.cli.console import open_progress, print_json, print_table
from neuropil.cli.naming import complete_dataset
from neuropil.cli.reading import gather_reading, takes_options, takes_reading

if TYPE_CHECKING:
    import polars as pl

    from neuropil.contracts import Metric
    from neuropil.pipelines import Measurement

__all__ = ["measure"]

# About a screen; hundreds of types have thousands of pairs. Not tuned.
_MOST_ROWS = 40


_DIRECTION = {
    "directed": Annotated[
        bool | None,
        typer.Option(
            "--directed/--undirected",
            help="Whether edges have a direction.",
            show_default="undirected where the file says so or the matrix is symmetric",
        ),
    ]
}


@partial(takes_options, options=_DIRECTION)
@takes_reading
def measure(
    paths: Annotated[
        list[str],
        typer.Argument(
            help="Dataset, file or folder, or several files of one connectome.",
            autocompletion=complete_dataset,
        ),
    ],
    by: Annotated[
        str | None,
        typer.Option(
            help="Node column of the types.", show_default="cell_type, where there is one"
        ),
    ] = None,
    nulls: Annotated[int, typer.Option(help="Null graphs that are drawn, 19 or more.")] = 100,
    seed: Annotated[int, typer.Option(min=0, help="Root of every random draw.")] = 0,
    out: Annotated[
        Path | None, typer.Option(help="Run folder.", show_default="nothing is written")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    **options: Any,  # noqa: ANN401
) -> None:
    """Measure the wiring of a connectome beside its nulls.

    Every null keeps how many partners each neuron has and draws anew who they are. With --out
    the numbers, figures and a report are written to a run folder.
    """
    from neuropil.pipelines import measure_connectome

    measured = measure_connectome(
        paths,
        by=by,
        n_nulls=nulls,
        seed=seed,
        directed=options.pop("directed"),
        out=out,
        progress=open_progress(),
        reading=gather_reading(options, paths),
    )
    if as_json:
        print_json(_record(measured))
    else:
        _print(measured)


def _record(measured: Measurement) -> dict[str, Any]:
    wiring, source, run = measured.wiring, measured.connectome.source, measured.run
    return {
        "data": source.name,
        "synthetic": source.synthetic,
        "by": measured.by,
        "directed": wiring.directed,
        "null": wiring.null,
        "nulls": measured.n_nulls,
        "seed": measured.seed,
        "notes": list(measured.notes),
        "metrics": [metric.to_json() for metric in wiring.metrics],
        "types": None if wiring.types is None else wiring.types.to_dicts(),
        "run": run and str(run.path),
        "report": run and str(run.path / "report.html"),
    }


def _print(measured: Measurement) -> None:
    source, types = measured.connectome.source, measured.wiring.types
    columns = ("measure", "value", "null", "95 % of nulls", "p", "nulls")
    print_table(columns, map(_metric_row, measured.wiring.metrics), title=source.name)
    typer.echo(f"null: {measured.wiring.null}")
    if types is not None:
        connectome = measured.connectome
        unit = connectome.units[connectome.weight_names[0]]
        _print_types(types, unit, directed=measured.wiring.directed)
    if source.synthetic:
        typer.echo("synthetic data: generated, not measured")
    for note in measured.notes:
        typer.echo(f"note: {note}")
    if measured.run:
        typer.echo(f"report: {measured.run.path / 'report.html'}")


def _metric_row(metric: Metric) -> tuple[str, ...]:
    from neuropil.reports import format_interval, format_number, format_value

    value, null = format_value(metric.value, metric.unit), metric.null
    if null is None:
        return metric.what, value, "kept", "", "", ""
    interval = format_interval(null.low, null.high)
    p = format_number(null.p)
    return metric.what, value, format_number(null.median), interval, p, f"{null.n:,}"


def _print_types(types: pl.DataFrame, unit: str, *, directed: bool) -> None:
    typer.echo()
    ends = ("pre", "post") if directed else ("type", "type")
    columns = (*ends, "pairs", "density", unit, "null mean", "sd", "ratio", "z", "p", "q")
    print_table(columns, map(_type_row, types.head(_MOST_ROWS).iter_rows(named=True)))
    if types.height > _MOST_ROWS:
        left = types.height - _MOST_ROWS
        typer.echo(f"{left:,} more pairs of types: --json prints them, --out writes them")


def _type_row(row: dict[str, Any]) -> tuple[str, ...]:
    from neuropil.reports import format_number

    null = row["weight_null"]
    # A null without any weight there has no ratio, and the table shows a dash.
    ratio = row["weight"] / null if null else None
    numbers = (
        row["density"],
        row["weight"],
        null,
        row["weight_null_sd"],
        ratio,
        row["weight_z"],
        row["weight_p"],
        row["weight_q"],
    )
    return row["pre"], row["post"], f"{row['pairs']:,}", *map(format_number, numbers)
