"""``neuropil proofread export``: questions about a segmentation, for other programs."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer
from typer.core import TyperCommand

from neuropil.cli.console import open_progress, print_json
from neuropil.cli.reading import takes_options
from neuropil.cli.run import RunCommand

if TYPE_CHECKING:
    from neuropil.proofreading import LanguagePlan, ProofreadingConfig, Task, ViewerSources

__all__ = ["ExportCommand", "export"]

_STUDY = "proofreading"


class ExportCommand(RunCommand):
    """The command ``export``: settings of the study are options here too."""

    def get_help(self, ctx: typer.Context) -> str:  # type: ignore[override]
        """Print the help, and below it the settings of the study."""
        from neuropil.cli.setting_list import print_settings

        typer.echo(TyperCommand.get_help(self, ctx))
        print_settings(_STUDY)
        return ""


_SOURCES = {
    "segmentation_source": Annotated[
        str | None,
        typer.Option(
            help="Where neuroglancer reads the labels, such as precomputed://https://...",
            show_default=False,
        ),
    ],
    "image_source": Annotated[
        str | None,
        typer.Option(help="Where neuroglancer reads the image.", show_default="no image"),
    ],
    "as_json": Annotated[
        bool | None, typer.Option("--json", help="Print JSON.", show_default=False)
    ],
}


@partial(takes_options, options=_SOURCES)
def export(
    inspect: Annotated[
        Path | None, typer.Option(help="New folder with a data set for Inspect.")
    ] = None,
    neuroglancer: Annotated[
        Path | None, typer.Option(help="New file with a link to the viewer for each item.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Root of every random draw.")] = 0,
    config: Annotated[Path | None, typer.Option(help="YAML file of settings.")] = None,
    assignments: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="One setting; wins over --config."),
    ] = None,
    fast: Annotated[bool, typer.Option("--fast", help="Generated tissue, a few pairs.")] = False,
    **more: str | bool | None,
) -> None:
    """Write the questions of a run: touching objects, and whether they are one neuron.

    They are those that `neuropil run proofreading` asks with the same settings and seed.
    --inspect writes pictures and prompts for the evaluation framework Inspect.
    --neuroglancer writes links to the viewer, which reads the volume from --segmentation-source.
    The right answers are in both.
    """
    from neuropil.cli.settings import gather_settings

    sources = _read_sources(inspect, neuroglancer, more)
    plan, task = _prepare(gather_settings(config, assignments or []), seed, fast=fast)
    written: dict[str, object] = {"items": len(task.items)}
    if inspect is not None:
        written["inspect"] = _write_inspect(inspect, task, plan)
    if neuroglancer is not None:
        written["neuroglancer"] = _write_links(neuroglancer, task, sources)
    if more["as_json"]:
        print_json(written)
    else:
        typer.echo("\n".join(f"{name}: {found}" for name, found in written.items()))


def _read_sources(
    inspect: Path | None, neuroglancer: Path | None, given: Mapping[str, Any]
) -> ViewerSources:
    from neuropil.contracts import ConfigError, OutputError
    from neuropil.proofreading import ViewerSources

    # Before pictures are drawn for minutes.
    for path in (inspect, neuroglancer):
        if path is not None and path.exists():
            raise OutputError(
                "expected a place where nothing is, found something",
                where=str(path),
                repair="Name a new one.",
            )
    if inspect is None and neuroglancer is None:
        raise ConfigError(
            "expected something to write, found nothing",
            where="neuropil proofread export",
            repair="Add --inspect FOLDER or --neuroglancer FILE.",
        )
    labels = given["segmentation_source"] or ""
    if neuroglancer is not None and not labels:
        raise ConfigError(
            "expected where the viewer reads the labels, found nothing",
            where="--segmentation-source",
            repair="Name a source such as precomputed://https://HOST/PATH.",
        )
    return ViewerSources(labels, given["image_source"] or "")


def _prepare(settings: dict[str, Any], seed: int, *, fast: bool) -> tuple[LanguagePlan, Task]:
    """Return how a run asks, and all its questions as one task."""
    from neuropil.contracts import InputError, SeedTree
    from neuropil.pipelines import build_config, load_study
    from neuropil.proofreading import Task, prepare_tasks

    study = load_study(_STUDY)
    config = cast("ProofreadingConfig", build_config(study, settings, fast=fast))
    volume = study.load(config).data
    study.check(config, volume)
    tasks = list(prepare_tasks(config, volume, SeedTree(seed)).values())
    items = tuple(item for task in tasks for item in task.items)
    if not items:
        raise InputError(
            "expected touching objects of one body and of two, found too few for a question",
            where=volume.source.name,
            repair="Lower --rules.fewest-voxels, or bring a larger volume.",
        )
    return config.language, Task(_STUDY, items, volume, tasks[0].segmentation)


def _write_inspect(folder: Path, task: Task, plan: LanguagePlan) -> str:
    from neuropil.proofreading import Studio, write_inspect_dataset

    studio = Studio(task.volume, task.segmentation, plan.pixels)
    return str(write_inspect_dataset(folder, task, plan.mode, studio, open_progress()))


def _write_links(path: Path, task: Task, sources: ViewerSources) -> str:
    from neuropil.proofreading import write_viewer_links

    return str(write_viewer_links(path, task.items, task.volume, sources, task.segmentation))
