"""``neuropil preservation``: what a past evaluation excludes, and the shipped models made anew."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from neuropil.cli.console import open_progress, print_json

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="Say what a sample of tissue can and cannot show.")


@app.command()
def audit(
    statement: Annotated[
        str,
        typer.Argument(help='What was judged, such as "4 blocks, 0 bad" or "299 tiles, 0 bad".'),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print results for a program.")] = False,
) -> None:
    """Say what an evaluation of tissue excludes, and how many tiles would exclude more."""
    from neuropil.preservation import audit as audit_statement

    found = audit_statement(statement)
    if as_json:
        bounds = found.bounds
        print_json(
            {
                "blocks": bounds.counts.n_blocks,
                "tiles": bounds.counts.n_tiles,
                "bad": bounds.counts.n_bad,
                "level": bounds.level,
                "low": bounds.low,
                "high": bounds.high,
                "tiles_needed": {f"{share:g}": n for share, n in found.needed.items()},
            }
        )
        return
    typer.echo(str(found))


@app.command()
def delay(
    minutes: Annotated[
        float,
        typer.Argument(
            help="Time from the arrest of the heart to wash-out [min].", min=0, max=1440
        ),
    ],
    seed: Annotated[int, typer.Option("--seed", help="Of the brains that are drawn.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print results for a program.")] = False,
) -> None:
    """Say what is believed of a delay before perfusion; it shows nothing of any one brain."""
    from neuropil.contracts import SeedTree
    from neuropil.preservation import foresee_delays

    rows = foresee_delays([minutes], SeedTree(seed)).to_dicts()
    if as_json:
        print_json({"minutes": minutes, "priors": rows})
        return
    typer.echo(f"After {minutes:g} minutes, before any tissue is seen (mean, 95 % of brains):")
    for row in rows:
        shares = (
            f"{100 * row[name]:.0f} % ({100 * row[name + '_low']:.0f} to "
            f"{100 * row[name + '_high']:.0f})"
            for name in ("perfused", "connections_small")
        )
        perfused, left = shares
        typer.echo(f"  {row['prior']}: perfused {perfused}; connections of 1 mm left {left}")
    typer.echo("This is a belief about brains and no finding about one: only tissue can show that.")


@app.command()
def train(
    out: Annotated[Path, typer.Option("--out", help="Folder for the models.")],
    seed: Annotated[int, typer.Option("--seed", help="The shipped ones have 0.")] = 0,
) -> None:
    """Train detectors, axes, losses and gaps on FIB-25 as what the package brings was."""
    from neuropil.contracts import SeedTree
    from neuropil.preservation import (
        build_shipped,
        train_retrained,
        train_shipped,
        train_shipped_axes,
        train_shipped_linker,
        train_shipped_space,
    )

    tree = SeedTree(seed)
    out.mkdir(parents=True, exist_ok=True)
    with open_progress().track("training", 6) as advance:
        train_shipped(out / "fib25.safetensors", tree)
        advance(1, "membrane detector")
        train_shipped_axes(out / "axes.safetensors", tree)
        advance(1, "axes of damage")
        build_shipped(out, tree)
        advance(1, "examples of losses")
        train_retrained(out / "fib25-damaged.safetensors", tree)
        advance(1, "membrane detector that knows damage")
        train_shipped_linker(out / "links.safetensors", tree)
        advance(1, "gaps to be closed")
        train_shipped_space(out / "space.json", tree)
        advance(1, "space between cells")
    typer.echo(f"written: {out}")
