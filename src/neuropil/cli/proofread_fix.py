"""``neuropil proofread fix``: joins that mend a segmentation, ranked, made and logged."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from neuropil.cli.console import open_progress, print_json, print_table
from neuropil.cli.naming import complete_dataset
from neuropil.cli.reading import takes_options
from neuropil.cli.segmentation_files import (
    FORCE,
    LABELS_ARRAY,
    VOXEL_SIZE,
    parse_voxel_size,
    require_format,
    require_free,
    with_labels,
    write_volume,
)

if TYPE_CHECKING:
    from neuropil.connectome import Volume
    from neuropil.contracts import Progress
    from neuropil.proofreading import Proposal, SplitRepairer

__all__ = ["fix"]

# About a screen, as for other tables.
_MOST_ROWS = 40

_FILES = {
    "image": Annotated[Path | None, typer.Option("--image", help="File or folder with the image.")],
    "labels": Annotated[
        Path | None, typer.Option("--labels", help="File or folder with the segmentation.")
    ],
    "image_array": Annotated[
        str | None,
        typer.Option(
            "--image-array", help="Name of the image in its file.", show_default="the only one"
        ),
    ],
    "labels_array": LABELS_ARRAY,
    "voxel_size": VOXEL_SIZE,
}
_SWITCHES = {
    "changes": Annotated[
        Path | None,
        typer.Option(
            "--changes", help="Log of the changes (JSONL).", show_default="beside the output"
        ),
    ],
    "any_voxels": Annotated[
        bool | None,
        typer.Option(
            "--any-voxels",
            help="Go on where voxels have another form than those of training.",
            show_default=False,
        ),
    ],
    "dry_run": Annotated[
        bool | None,
        typer.Option("--dry-run", help="Rank the joins and write nothing.", show_default=False),
    ],
    "force": FORCE,
}


@partial(takes_options, options={**_FILES, **_SWITCHES})
def fix(
    volume: Annotated[
        str | None,
        typer.Argument(
            help="File, folder or dataset that holds image and labels.",
            autocompletion=complete_dataset,
            show_default="--image and --labels",
        ),
    ] = None,
    proofreader: Annotated[
        Path | None,
        typer.Option(
            help="Run folder of `neuropil run proofreading`, or a saved proofreader.",
            show_default="one that is trained once",
        ),
    ] = None,
    precision: Annotated[
        float, typer.Option(help="Share of the joins that must have been right in trials.")
    ] = 0.95,
    out: Annotated[
        Path | None, typer.Option(help="Mended segmentation; its ending names the format.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    **options: Any,  # noqa: ANN401
) -> None:
    """Join objects of a segmentation that are one neuron.

    Joins are ranked, the surest first, and made as long as such joins were right in trials with the
    precision that is asked for. The log holds every voxel that changed, so that `neuropil proofread
    undo` takes joins back.
    """
    from neuropil.proofreading import TissueFiles

    _check_precision(precision)
    force, dry = bool(options["force"]), bool(options["dry_run"])
    files = TissueFiles(
        volume, **{name: options[name] for name in _FILES if name != "voxel_size"},
        voxel_size=parse_voxel_size(options["voxel_size"]),
    )  # fmt: skip
    log = _place_log(out, options["changes"], dry_run=dry)
    if out is not None and not dry:
        require_format(out)
        for path in (out, log):
            require_free(path, force, (volume, files.image, files.labels))
    tissue, name = files.read()
    progress = open_progress()
    repairer, notes = _open(proofreader, progress)
    if not options["any_voxels"]:
        repairer.tissue_.require_form(tissue)
    found = repairer.propose(tissue, name, precision, progress)
    said = [*notes, *repairer.tissue_.compare(tissue), *_note_background(found, repairer)]
    written = None
    if out is not None and not dry:
        _write(tissue, found, out, log)
        written = {"out": str(out), "changes": str(log)}
    if as_json:
        print_json(_record(found, precision, said, written))
    else:
        _print(found, written, said)


def _check_precision(precision: float) -> None:
    from neuropil.contracts import ConfigError

    if not 0 < precision < 1:
        raise ConfigError(
            f"expected a precision between 0 and 1, found {precision:g}",
            where="--precision",
            repair="Give the share of joins that must be right, such as 0.95.",
        )


def _place_log(out: Path | None, named: Path | None, *, dry_run: bool) -> Path:
    from neuropil.contracts import ConfigError

    if out is None:
        if not dry_run:
            raise ConfigError(
                "expected a name for the mended segmentation, found none",
                where="--out",
                repair="Name a file, such as fixed.zarr, or add --dry-run.",
            )
        return Path("changes.jsonl")
    return named or out.with_name(f"{out.stem}.changes.jsonl")


def _open(place: Path | None, progress: Progress) -> tuple[SplitRepairer, tuple[str, ...]]:
    from neuropil.proofreading import load_standard, open_repairer

    return load_standard(progress) if place is None else (open_repairer(place), ())


def _note_background(found: Proposal, repairer: SplitRepairer) -> list[str]:
    share, reach = found.objects.background, repairer.plan.rules.reach
    if share == 0:
        return ["The segmentation has no background: every voxel belongs to an object."]
    bridged = (
        f"gaps between objects were bridged over {reach:g} voxels"
        if reach
        else "the proofreader bridges no gaps: objects on both sides of one are not compared"
    )
    return [f"Of the voxels {share:.1%} are background; {bridged}."]


def _write(tissue: Volume, found: Proposal, out: Path, log: Path) -> None:
    from neuropil.contracts import Operation
    from neuropil.proofreading import EditedLabels, Step, write_changes, write_down

    name = found.segmentation
    changes = write_down(tissue, name, found.joins)
    labels = EditedLabels(tissue.segmentations[name], [Step(change) for change in changes])
    done = Operation("fix_splits", {"joins": len(changes), "threshold": found.threshold})
    write_volume(with_labels(tissue, name, labels, done), out)
    write_changes(log, changes)


def _record(
    found: Proposal, precision: float, notes: list[str], written: dict[str, str] | None
) -> dict[str, Any]:
    return {
        "labels": found.segmentation,
        "objects": len(found.objects.labels),
        "background": found.objects.background,
        "contacts": found.contacts,
        "precision": precision,
        "threshold": found.threshold,
        "trials": {"joins": found.tried, "right": found.right},
        "joins": [
            {
                "labels": [join.kept, join.lost],
                "place_nm": list(join.place),
                "voxels": join.voxels,
                "probability": join.probability,
                "right_in_trials": join.right,
            }
            for join in found.joins
        ],
        "notes": notes,
        "written": written,
    }


def _print(found: Proposal, written: dict[str, str] | None, notes: list[str]) -> None:
    columns = ("rank", "keeps its label", "joins it", "voxels", "z, y, x [nm]", "right in trials")
    shown = enumerate(found.joins[:_MOST_ROWS], start=1)
    title = (
        f"{found.segmentation}: {len(found.objects.labels):,} objects, "
        f"{found.contacts:,} pairs that touch"
    )
    rows = (
        (
            str(rank),
            str(join.kept),
            str(join.lost),
            f"{join.voxels:,}",
            ", ".join(f"{place:.0f}" for place in join.place),
            f"{join.right:.1%}",
        )
        for rank, join in shown
    )
    print_table(columns, rows, title=title)
    left = len(found.joins) - _MOST_ROWS
    if left > 0:
        typer.echo(f"{left:,} more joins: --json prints them, --out writes them")
    typer.echo(
        f"{len(found.joins):,} joins down to a score of {found.threshold:.2f}; of "
        f"{found.tried:,} joins down to it in trials {found.right / max(found.tried, 1):.1%} "
        "were right"
    )
    for what, path in (written or {}).items():
        typer.echo(f"{'segmentation' if what == 'out' else what}: {path}")
    for note in notes:
        typer.echo(f"note: {note}")
