"""``neuropil formats``: what is read and written, with names of columns and options."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from neuropil.cli.console import print_json

if TYPE_CHECKING:
    from neuropil.formats import Format

__all__ = ["list_formats"]


def list_formats(
    name: Annotated[
        str | None, typer.Argument(help="One format.", show_default="all of them")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the file formats: what each holds, its endings, names of columns and options."""
    from neuropil.contracts import ConfigError, did_you_mean
    from neuropil.formats import FORMATS

    if name is not None and name not in FORMATS:
        raise ConfigError(
            f"there is no format {name!r}",
            repair=f"{did_you_mean(name, FORMATS)}The formats are: {', '.join(FORMATS)}.",
        )
    chosen = [each for each in FORMATS.values() if name in (None, each.name)]
    if as_json:
        print_json({"formats": [_record(each) for each in chosen]})
        return
    for number, each in enumerate(chosen):
        if number:
            typer.echo()
        _print(each)


def _record(chosen: Format) -> dict[str, Any]:
    return {
        "name": chosen.name,
        "holds": chosen.holds.__name__,
        "description": chosen.description,
        "endings": [*chosen.endings, *chosen.also_reads],
        "written": chosen.write is not None,
        "several_files": chosen.several,
        "columns": {column: list(names) for column, names in chosen.aliases.items()},
        "options": dict(chosen.options),
    }


def _print(chosen: Format) -> None:
    access = "read and written" if chosen.write is not None else "read"
    typer.echo(f"{chosen.name}: {chosen.holds.__name__}, {access}")
    typer.echo(f"  {chosen.description}")
    endings = dict.fromkeys((*chosen.endings, *chosen.also_reads))
    if endings:
        typer.echo(f"  endings: {', '.join(endings)}")
    for column, names in chosen.aliases.items():
        typer.echo(f"  column {column}: {', '.join(names)}")
    for option, meaning in chosen.options.items():
        typer.echo(f"  --option {option}=...  {meaning}")
