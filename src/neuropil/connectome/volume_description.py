"""A volume in words: what a reader should know first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from neuropil.connectome.volume import Volume

__all__ = ["list_volume_facts", "tabulate_layers"]


def list_volume_facts(volume: Volume) -> list[tuple[str, str]]:
    """List what a reader should know first; no voxel is read for it.

    Parameters
    ----------
    volume : Volume
        What to describe.

    Returns
    -------
    list of (str, str)
        What is told, and what it is.
    """
    shape = " x ".join(map(str, volume.shape))
    edges = " x ".join(f"{edge:g}" for edge in volume.voxel_size)
    extent = " x ".join(f"{length / 1000:g}" for length in volume.extent)
    facts = [
        (volume.source.name, f"{shape} voxels along z, y, x"),
        ("voxel", f"{edges} nm"),
        ("extent", f"{extent} um"),
    ]
    if volume.image is not None:
        facts.append(("image", str(volume.image.dtype)))
    facts += [
        (f"segmentation {name}", str(array.dtype)) for name, array in volume.segmentations.items()
    ]
    facts.append(("species", volume.species or "not stated"))
    facts.append(("licence", volume.source.licence))
    if volume.source.synthetic:
        facts.append(("synthetic", "generated, not measured"))
    return [*facts, *(("note", note) for note in (*volume.source.notes, *volume.notes))]


def tabulate_layers(volume: Volume) -> pl.DataFrame:
    """List the arrays of a volume as a table.

    Parameters
    ----------
    volume : Volume
        What to describe.

    Returns
    -------
    pl.DataFrame
        Columns ``layer``, ``holds`` and ``type``, one row for each array.
    """
    rows = [] if volume.image is None else [("image", "brightness", str(volume.image.dtype))]
    rows += [(name, "labels", str(array.dtype)) for name, array in volume.segmentations.items()]
    return pl.DataFrame(rows, schema=["layer", "holds", "type"], orient="row")
