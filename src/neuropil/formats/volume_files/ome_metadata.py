"""The metadata of OME-NGFF: which arrays a group shows, and how large their voxels are.

References
----------
Moore et al. 2021, OME-NGFF: a next-generation file format for expanding bioimaging data-access
strategies, Nature Methods 18:1496; versions 0.4 and 0.5 of the specification.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from neuropil.formats.volume_files.voxel_sizes import Size, read_lengths

__all__ = ["Pyramid", "describe_layers", "find_pyramids"]


@dataclass(frozen=True)
class Pyramid:
    """An array in several resolutions.

    Parameters
    ----------
    name : str
        Its name; empty where none is stated.
    paths : tuple of str
        The arrays, the finest first.
    voxel_size : tuple of float, optional
        Edges of a voxel of the finest along its last three axes [nm]; None where the metadata do
        not say.
    """

    name: str
    paths: tuple[str, ...]
    voxel_size: Size | None


def find_pyramids(attributes: Mapping[str, Any]) -> list[Pyramid]:
    """Find the images that the attributes of a group describe.

    Parameters
    ----------
    attributes : mapping
        Of a group of Zarr.

    Returns
    -------
    list of Pyramid
        Empty where the group has no metadata of OME-NGFF; what cannot be read is passed over.
    """
    ome = attributes.get("ome")
    holder = ome if isinstance(ome, Mapping) else attributes
    listed = holder.get("multiscales")
    found = []
    for each in listed if isinstance(listed, list) else []:
        if not isinstance(each, Mapping):
            continue
        sets = [one for one in _list_of(each, "datasets") if isinstance(one.get("path"), str)]
        if sets:
            name = each.get("name")
            paths = tuple(one["path"].strip("/") for one in sets)
            size = _find_size(each, sets[0])
            found.append(Pyramid(name if isinstance(name, str) else "", paths, size))
    return found


def _list_of(holder: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    listed = holder.get(key)
    return [one for one in listed if isinstance(one, Mapping)] if isinstance(listed, list) else []


def _find_size(multiscale: Mapping[str, Any], finest: Mapping[str, Any]) -> Size | None:
    """Multiply the scales of the finest array, and turn them into nanometres."""
    axes = _list_of(multiscale, "axes")
    scale = np.ones(len(axes))
    changes = [
        one
        for holder in (finest, multiscale)
        for one in _list_of(holder, "coordinateTransformations")
        if one.get("type") == "scale"
    ]
    if not changes:
        return None
    for one in changes:
        try:
            factors = np.asarray(one.get("scale"), dtype=float)
        except (TypeError, ValueError):
            return None
        if factors.shape != scale.shape:
            return None
        scale = scale * factors
    units = [str(axis.get("unit", "")) for axis in axes[-3:]]
    return read_lengths(scale[-3:], units)


def describe_layers(names: Iterable[str], voxel_size: Size) -> dict[str, Any]:
    """Describe the arrays of a group as OME-NGFF 0.5 does.

    Parameters
    ----------
    names : iterable of str
        Names of arrays of axes z, y, x in the group.
    voxel_size : tuple of float
        Edges of a voxel along z, y and x [nm].

    Returns
    -------
    dict
        The attribute ``ome`` of the group.
    """
    axes = [{"name": axis, "type": "space", "unit": "nanometer"} for axis in "zyx"]
    change = [{"type": "scale", "scale": list(voxel_size)}]
    return {
        "version": "0.5",
        "multiscales": [
            {
                "name": name,
                "axes": axes,
                "datasets": [{"path": name, "coordinateTransformations": change}],
            }
            for name in names
        ],
    }
