"""``neuropil settings``: what can be set in a study, and what it means."""

from __future__ import annotations

import shutil
import sys
import textwrap
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from neuropil.cli.console import print_json
from neuropil.cli.naming import complete_study

if TYPE_CHECKING:
    from neuropil.contracts import SettingDescription

__all__ = ["list_settings", "print_settings", "print_studies"]


def list_settings(
    name: Annotated[str, typer.Argument(help="Study.", autocompletion=complete_study)],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the settings of a study: type, default, range and meaning."""
    if as_json:
        print_json([asdict(item) for item in _describe(name)])
        return
    print_settings(name)


def print_settings(name: str) -> None:
    """Print every setting of a study as an option of ``neuropil run``, with its meaning below.

    Parameters
    ----------
    name : str
        Name of the study.
    """
    described = _describe(name)
    typer.echo(f"Settings of {name}, as options or after --set and in the file of --config:")
    for item in described:
        facts = [item.kind, f"default {item.default}", item.limits]
        _print_wrapped(f"--{item.name}  {', '.join(filter(None, facts))}", "  ")
        _print_wrapped(item.meaning, "      ")


def print_studies() -> None:
    """Print the names of the studies with one line each."""
    from neuropil.pipelines import study_names, summarise_study

    names = study_names()
    typer.echo("Studies:")
    for name in names:
        _print_wrapped(f"{name:{max(map(len, names))}}  {summarise_study(name)}", "  ")


def _describe(name: str) -> list[SettingDescription]:
    from neuropil.contracts import describe_settings
    from neuropil.pipelines import load_study

    return describe_settings(load_study(name).config)


def _print_wrapped(text: str, indent: str) -> None:
    # In a pipe one setting is two lines whatever their length, which other programs can rely on.
    if not sys.stdout.isatty():
        typer.echo(indent + text)
        return
    width = shutil.get_terminal_size().columns
    lines = textwrap.wrap(text, width, initial_indent=indent, subsequent_indent=indent + "  ")
    typer.echo("\n".join(lines))
