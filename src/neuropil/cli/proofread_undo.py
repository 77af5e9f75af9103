"""``neuropil proofread undo``: changes of a segmentation taken back, to the last voxel."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from neuropil.cli.console import print_json
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
    from neuropil.proofreading import Change, Step

__all__ = ["undo"]

_OPTIONS = {"labels_array": LABELS_ARRAY, "voxel_size": VOXEL_SIZE, "force": FORCE}


@partial(takes_options, options=_OPTIONS)
def undo(
    changes: Annotated[Path, typer.Argument(help="Log of the changes (JSONL).")],
    labels: Annotated[Path, typer.Option(help="Segmentation after the changes.")],
    out: Annotated[Path, typer.Option(help="Segmentation with the changes undone.")],
    last: Annotated[
        int | None, typer.Option(min=1, help="How many to undo, from the end.", show_default="all")
    ] = None,
    change: Annotated[str | None, typer.Option(help="Id of the only one to undo.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    **options: Any,  # noqa: ANN401
) -> None:
    """Undo changes of a segmentation.

    All of them, the last few, or a single one: its voxels get back what they were before it. What
    is left of the log is written beside the output, and belongs to it.
    """
    from neuropil.contracts import Operation
    from neuropil.proofreading import EditedLabels, TissueFiles, read_changes, write_changes

    log = out.with_name(f"{out.stem}.changes.jsonl")
    require_format(out)
    for path in (out, log):
        require_free(path, bool(options["force"]), (labels, changes))
    made = read_changes(changes)
    steps, left = _plan(made, last, change)
    size = parse_voxel_size(options["voxel_size"])
    files = TissueFiles(labels=labels, labels_array=options["labels_array"], voxel_size=size)
    volume, name = files.read_labels()
    edited = EditedLabels(volume.segmentations[name], steps)
    done = Operation("undo_changes", {"changes": len(made) - len(left)})
    write_volume(with_labels(volume, name, edited, done), out)
    if left:
        write_changes(log, left)
    record = {
        "undone": len(made) - len(left),
        "left": len(left),
        "out": str(out),
        "changes": str(log) if left else None,
    }
    if as_json:
        print_json(record)
        return
    typer.echo(f"{record['undone']:,} of {len(made):,} changes undone")
    typer.echo(f"segmentation: {out}")
    if left:
        typer.echo(f"changes that are left: {log}")


def _plan(
    made: list[Change], last: int | None, single: str | None
) -> tuple[list[Step], list[Change]]:
    """Return what is done to the voxels, and the log that is left."""
    from neuropil.contracts import ConfigError
    from neuropil.proofreading import Step, drop_change

    if last is not None and single is not None:
        raise ConfigError(
            "expected the last changes or a single one, found both",
            where="--last and --change",
            repair="Leave one of them out.",
        )
    if single is None:
        kept = made[: max(len(made) - last, 0)] if last else []
        return [Step(change, undo=True) for change in reversed(made[len(kept) :])], kept
    # Later changes may have moved its voxels on: all are undone, and those that are left are made
    # again.
    left = drop_change(made, single)
    back = [Step(change, undo=True) for change in reversed(made)]
    return [*back, *(Step(change) for change in left)], left
