"""``neuropil cite``: what to cite for a study or a dataset."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from neuropil.cli.naming import complete_citable

if TYPE_CHECKING:
    from neuropil.contracts import Citation

__all__ = ["cite"]


def cite(
    name: Annotated[str, typer.Argument(help="Study or dataset.", autocompletion=complete_citable)],
    bibtex: Annotated[bool, typer.Option("--bibtex", help="Print BibTeX.")] = False,
) -> None:
    """Print what to cite for a study or a dataset."""
    citations = _find(name)
    if bibtex:
        typer.echo("\n\n".join(citation.to_bibtex() for citation in citations))
        return
    for citation in citations:
        typer.echo(f"{citation.text}{f'. doi:{citation.doi}' if citation.doi else ''}")
    if not citations:
        typer.echo(f"{name} asks for no citation")


def _find(name: str) -> tuple[Citation, ...]:
    # Imported when it is run, as in every command: help and completion are asked for often.
    from neuropil.contracts import ConfigError, did_you_mean
    from neuropil.datasets import info, names
    from neuropil.pipelines import load_study, study_names

    if name in study_names():
        return load_study(name).citations
    if name in names():
        return info(name).citations
    known = [*study_names(), *names()]
    raise ConfigError(
        f"no study or dataset {name!r}",
        repair=f"{did_you_mean(name, known)}There are: {', '.join(known)}.",
    )
