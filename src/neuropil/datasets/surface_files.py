"""Vertices and labels of the shipped spherical surfaces.

Only files whose bytes are known are read here; surfaces of one's own are read by the formats.
"""

from __future__ import annotations

import base64
import zlib
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import numpy.typing as npt

from neuropil.connectome import average_on_sphere
from neuropil.contracts import IntegrityError

__all__ = ["read_region_directions", "read_vertices"]

_POINTS = "NIFTI_INTENT_POINTSET"


def read_vertices(path: Path) -> npt.NDArray[np.float64]:
    """Read the vertices of a GIFTI surface with compressed coordinates.

    Parameters
    ----------
    path : Path
        A file whose checksum was compared.

    Returns
    -------
    (v, 3) array
        Coordinates in the file's unit.

    Raises
    ------
    IntegrityError
        When the file holds no compressed little-endian points.
    """
    root = ElementTree.parse(path).getroot()  # noqa: S314 - the bytes are known
    for array in root.iter("DataArray"):
        kind = array.attrib
        if kind.get("Intent") != _POINTS or kind.get("Encoding") != "GZipBase64Binary":
            continue
        data = array.findtext("Data")
        if data is not None and kind.get("Endian") == "LittleEndian":
            shape = int(kind["Dim0"]), int(kind["Dim1"])
            # Without nibabel, which the base installation lacks.
            points = np.frombuffer(zlib.decompress(base64.b64decode(data)), dtype="<f4")
            return points.reshape(shape).astype(np.float64)
    raise IntegrityError(
        "expected compressed little-endian points, found none",
        where=str(path),
        repair="Fetch the published file again.",
    )


def read_region_directions(
    left: Path, right: Path, labels: Path, keys: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    """Average the directions of the vertices of each region on a pair of spheres.

    Parameters
    ----------
    left, right : Path
        GIFTI surfaces of the two hemispheres.
    labels : Path
        One label a line, those of the left vertices first.
    keys : (n,) int array
        Label of each region.

    Returns
    -------
    (n, 3) array
        Unit vectors.
    """
    vertices = np.concatenate([read_vertices(left), read_vertices(right)])
    return average_on_sphere(vertices, np.loadtxt(labels, dtype=np.int64), keys)
