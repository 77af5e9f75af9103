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
def train(
    out: Annotated[Path, typer.Option("--out", help="Folder for the models.")],
    seed: Annotated[int, typer.Option("--seed", help="The shipped ones have 0.")] = 0,
) -> None:
    """Train detector, axes and losses on FIB-25 as those that the package brings were."""
    from neuropil.contracts import SeedTree
    from neuropil.preservation import build_shipped, train_shipped, train_shipped_axes

    tree = SeedTree(seed)
    out.mkdir(parents=True, exist_ok=True)
    with open_progress().track("training", 3) as advance:
        train_shipped(out / "fib25.safetensors", tree)
        advance(1, "membrane detector")
        train_shipped_axes(out / "axes.safetensors", tree)
        advance(1, "axes of damage")
        build_shipped(out, tree)
        advance(1, "examples of losses")
    typer.echo(f"written: {out}")
