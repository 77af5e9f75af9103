"""Links that open an item in neuroglancer, beside the image it comes from."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from neuropil.connectome import Volume
from neuropil.contracts import OutputError, atomic_write
from neuropil.proofreading.rendering.boxes import Box, find_boxes
from neuropil.proofreading.rendering.views import BLUE, ORANGE
from neuropil.proofreading.tasks.items import Item

__all__ = ["ViewerSources", "describe_viewer", "link_viewer", "write_viewer_links"]

_VIEWER = "https://neuroglancer-demo.appspot.com"
# Letters that a fragment of an address holds as they are (RFC 3986, section 3.5).
_PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.!~*'()/:,")
# Pixels along the edge of a panel of the viewer, so that the box about fills it.
_PANEL = 512


@dataclass(frozen=True)
class ViewerSources:
    """Where the viewer reads the volume.

    Parameters
    ----------
    segmentation : str
        Source of the labels, such as ``precomputed://https://...`` or ``zarr://https://...``.
    image : str
        Source of the image; none when empty.
    offset : tuple of float
        Where the corner of our volume lies in the source, along z, y and x [nm].
    viewer : str
        Address of the viewer.
    """

    segmentation: str
    image: str = ""
    offset: tuple[float, float, float] = (0.0, 0.0, 0.0)
    viewer: str = _VIEWER


def describe_viewer(
    item: Item, volume: Volume, sources: ViewerSources, segmentation: str | None = None
) -> dict[str, Any]:
    """Describe what the viewer shows of an item: place, segments in our colours, and the box.

    Objects that are cut at missing sections are shown whole, since the viewer knows labels only.

    Parameters
    ----------
    item : Item
        The question.
    volume : Volume
        Tissue it is about.
    sources : ViewerSources
        Where the viewer reads it.
    segmentation : str, optional
        Which segmentation the item is of; the only one when not given.

    Returns
    -------
    dict
        State of the viewer as plain JSON values.
    """
    [box, *_] = find_boxes(item, volume, segmentation)
    # Nanometres as the unit of all axes: the viewer reads voxel sizes from the sources.
    layers: list[dict[str, Any]] = []
    if sources.image:
        layers.append({"type": "image", "source": sources.image, "name": "image"})
    layers += [_segments(item, sources), _outline(box, sources)]
    x, y, z = _turn(box.center, sources)
    return {
        "dimensions": {axis: [1e-9, "m"] for axis in "xyz"},
        "position": [x, y, z],
        "crossSectionScale": box.edge / _PANEL,
        "projectionScale": box.edge,
        "layers": layers,
        "selectedLayer": {"layer": "segments", "visible": True},
        "layout": "4panel",
    }


def link_viewer(state: dict[str, Any], sources: ViewerSources) -> str:
    """Write a state of the viewer as an address.

    Parameters
    ----------
    state : dict
        What :func:`describe_viewer` returns.
    sources : ViewerSources
        Names the viewer.

    Returns
    -------
    str
        The address; nothing is fetched.
    """
    text = json.dumps(state, separators=(",", ":"))
    quoted = (chr(byte) if byte in _PLAIN else f"%{byte:02X}" for byte in text.encode())
    return f"{sources.viewer}/#!{''.join(quoted)}"


def write_viewer_links(
    path: Path | str,
    items: Sequence[Item],
    volume: Volume,
    sources: ViewerSources,
    segmentation: str | None = None,
) -> Path:
    """Write an address for each item, one a line of JSON with its id, its task and its answer.

    Parameters
    ----------
    path : Path or str
        A new file.
    items : sequence of Item
        The questions.
    volume : Volume
        Tissue they are about.
    sources : ViewerSources
        Where the viewer reads it.
    segmentation : str, optional
        Which segmentation the items are of; the only one when not given.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    OutputError
        When the file exists; name another.
    """
    path = Path(path)
    if path.exists():
        raise OutputError("the file exists", where=str(path), repair="Name a new file.")
    with atomic_write(path) as temporary, temporary.open("w", encoding="utf-8") as file:
        for item in items:
            link = link_viewer(describe_viewer(item, volume, sources, segmentation), sources)
            record = {"id": item.id, "task": item.task, "answer": item.answer, "link": link}
            file.write(json.dumps(record) + "\n")
    return path


def _segments(item: Item, sources: ViewerSources) -> dict[str, Any]:
    colours = [BLUE, *[ORANGE] * (len(item.shown) - 1)]
    if item.task.startswith("merge-error"):
        colours = [BLUE] * len(item.shown)
    labels = [
        (str(label), _hexadecimal(colour))
        for piece, colour in zip(item.shown, colours, strict=True)
        for label in piece.labels
    ]
    return {
        "type": "segmentation",
        "source": sources.segmentation,
        "segments": [label for label, _ in labels],
        "segmentColors": dict(labels),
        "name": "segments",
    }


def _outline(box: Box, sources: ViewerSources) -> dict[str, Any]:
    low, high = (_turn(np.add(box.center, sign * box.half_width), sources) for sign in (-1.0, 1.0))
    return {
        "type": "annotation",
        "source": {
            "url": "local://annotations",
            "transform": {"outputDimensions": {axis: [1e-9, "m"] for axis in "xyz"}},
        },
        "annotations": [
            {"type": "axis_aligned_bounding_box", "id": "box", "pointA": low, "pointB": high}
        ],
        "name": "box",
    }


def _turn(place: Any, sources: ViewerSources) -> list[float]:  # noqa: ANN401 - array or tuple
    """Return a place along x, y and z in the source [nm]."""
    return [float(along) for along in np.add(place, sources.offset)[::-1]]


def _hexadecimal(colour: tuple[int, int, int]) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)
