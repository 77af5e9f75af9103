"""``neuropil data``: which datasets exist, where they are, and how to get them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from neuropil.cli.console import open_progress, print_json, print_table
from neuropil.cli.naming import complete_dataset

__all__ = ["app", "locate"]

app = typer.Typer(help="List, describe, fetch and check datasets.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="Dataset.", autocompletion=complete_dataset)]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def locate(name: str) -> str:
    """Say where a dataset's files are: embedded, mirror, cache, not here, or corrupt."""
    from neuropil.datasets import check

    files = check(name)
    states = {file.state for file in files}
    if not files:
        return "embedded"
    # The worst first: one corrupt file makes the dataset unusable, wherever the others are.
    if "corrupt" in states:
        return "corrupt"
    if "missing" in states:
        return "not here"
    return " and ".join(sorted({str(file.place) for file in files}))


@app.command("list")
def list_datasets(as_json: Json = False) -> None:
    """List the datasets and where they are."""
    from neuropil.datasets import info, names
    from neuropil.reports import format_size

    found = [(info(name), locate(name)) for name in names()]
    if as_json:
        print_json([{**asdict(dataset), "place": place} for dataset, place in found])
        return
    print_table(
        ("name", "title", "size", "licence", "place"),
        (
            (
                dataset.name,
                dataset.title,
                format_size(dataset.size) if dataset.files else "generated",
                dataset.licence,
                place,
            )
            for dataset, place in found
        ),
    )


@app.command("info")
def describe_dataset(name: Name, as_json: Json = False) -> None:
    """Describe a dataset: licence, files, what to cite."""
    from neuropil.datasets import info
    from neuropil.reports import format_size

    dataset = info(name)
    if as_json:
        print_json({**asdict(dataset), "place": locate(name)})
        return
    typer.echo(f"{dataset.name}: {dataset.title}")
    typer.echo(f"licence: {dataset.licence}")
    typer.echo(f"data: {'synthetic' if dataset.synthetic else 'measured'}")
    typer.echo(f"place: {locate(name)}")
    typer.echo(f"carries: {', '.join(dataset.capabilities) or 'not stated'}")
    for citation in dataset.citations:
        typer.echo(f"cite: {citation.text}{f', doi:{citation.doi}' if citation.doi else ''}")
    if dataset.files:
        print_table(
            ("file", "size", "sha256"),
            ((file.name, format_size(file.size), file.sha256) for file in dataset.files),
        )


@app.command("get")
def get_dataset(name: Name, as_json: Json = False) -> None:
    """Bring a dataset to this computer and check its bytes."""
    from neuropil.datasets import fetch

    paths = {file: str(path) for file, path in fetch(name, open_progress()).items()}
    if as_json:
        print_json(paths)
        return
    for path in paths.values():
        typer.echo(path)
    if not paths:
        typer.echo(f"{name} is generated and needs no file")


@app.command("check")
def check_datasets(
    name: Annotated[
        str | None,
        typer.Argument(help="Dataset; all when not given.", autocompletion=complete_dataset),
    ] = None,
    as_json: Json = False,
) -> None:
    """Compare the files that are here with the published ones; exit 1 where one is corrupt."""
    from neuropil.datasets import check

    files = check(name)
    if as_json:
        print_json([{**asdict(file), "path": file.path and str(file.path)} for file in files])
    else:
        print_table(
            ("dataset", "file", "state", "place"),
            ((file.dataset, file.file, file.state, file.place or "") for file in files),
        )
    # A missing file is no failure: nobody needs all datasets.
    if any(file.state == "corrupt" for file in files):
        raise typer.Exit(1)
