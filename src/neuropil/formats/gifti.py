"""GIFTI label files (``.label.gii``): a region for each vertex of one hemisphere's surface."""

from __future__ import annotations

import base64
import binascii
import math
import warnings
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.parsers import expat

import numpy as np
import polars as pl

from neuropil.connectome import Parcellation, TableError, find_missing_ids, simplify
from neuropil.contracts import InputError, Operation
from neuropil.formats.format import Format, describe_file
from neuropil.formats.parsing.extras import import_extra
from neuropil.formats.parsing.packed_bytes import LARGEST_UNPACKED, read_bytes
from neuropil.formats.parsing.quoting import quote
from neuropil.formats.parsing.safe_xml import parse_xml

__all__ = ["FORMAT", "read_parcellation"]

_ENDINGS = (".label.gii", ".label.gii.gz")
# From the format: Dim0 to Dim5.
_DIMENSIONS = 6
# More than any array's size has; Python makes no number of thousands of digits.
_DIGITS = 18
# What Connectome Workbench writes for vertices that have no label.
_UNLABELLED = "???"
# Simplified names of what is no region of the cortex, in atlases of FreeSurfer and Schaefer.
_WALLS = frozenset(("unknown", "medialwall", "background", "backgroundfreesurferdefinedmedialwall"))
# The field of GIFTI metadata that Workbench reads the hemisphere from.
_STRUCTURE = "AnatomicalStructurePrimary"
_HEMISPHERES = {"CortexLeft": "L", "CortexRight": "R"}
_LABEL_INTENT = "NIFTI_INTENT_LABEL"
_REPAIR = "Copy it again, or export it again from the program that made it."


def read_parcellation(
    path: str | Path,
    *,
    space: str | None = None,
    background: int | None = None,
    map_name: str | None = None,
) -> Parcellation:
    """Read a GIFTI label file; needs ``neuropil[human]``.

    Parameters
    ----------
    path : str or Path
        A ``.label.gii`` file of one hemisphere, compressed with gzip or not.
    space : str, optional
        Surface the vertices belong to, such as ``fsLR 32k``; the file does not say.
    background : int, optional
        Key of vertices that lie in no region; when not given, the key named ``???``, which
        Connectome Workbench writes for it, where there is one. A region that is called unknown,
        background or medial wall is kept, with a note.
    map_name : str, optional
        Name of the map to read from a file with several.

    Returns
    -------
    Parcellation
        Regions in the order of the label table, with ``colour`` and ``hemisphere``; regions
        without a vertex among them.

    Raises
    ------
    InputError
        When the file is damaged, unsafe or no label file, or a vertex has a key that is not in the
        table.
    MissingDependencyError
        When nibabel is not installed.
    """
    path = Path(path)
    content = read_bytes(path, largest=LARGEST_UNPACKED)
    nibabel = import_extra("nibabel", "human", path)
    # The file is read twice: nibabel would open external files and expand entities while it parses.
    # A plain document type is part of GIFTI.
    parse_xml(path, _SafetyCheck(path), allow_doctype=True, content=content)
    image = _load(nibabel, path, content)
    array = _choose_map(image, path, map_name)
    regions = _read_table(image, path)
    if background is None:
        background = _find_background(regions)
    kept = regions if background is None else regions.filter(pl.col("key") != background)
    _require_names(kept, path)
    source = describe_file(path, _note_walls(kept))
    done = Operation("read_parcellation", {"background": background, "map": _name_of(array)})
    try:
        return Parcellation(kept, np.squeeze(array.data), space, background, source, (done,))
    except TableError as error:
        rows = kept["key"]
        label = "" if error.row is None else f", key {rows[error.row]}"
        where = f"{path}, label table{label}"
        raise InputError(error.what, where=where, repair=error.repair) from error
    except InputError as error:
        raise InputError(error.what, where=f"{path}, {error.where}", repair=error.repair) from error


def _find_background(regions: pl.DataFrame) -> int | None:
    """Find the key of what is no region by its name: in some files 0 is a region."""
    unlabelled = regions.filter(pl.col("name") == _UNLABELLED)["key"]
    return int(unlabelled[0]) if len(unlabelled) == 1 else None


def _note_walls(regions: pl.DataFrame) -> list[str]:
    """Say in notes which regions are called like what is none."""
    walls = regions.filter(pl.Series([simplify(name) in _WALLS for name in regions["name"]]))
    return [
        f"{quote(name)} is kept as a region; background={key} leaves it out."
        for key, name in walls.select("key", "name").rows()
    ]


def _require_names(regions: pl.DataFrame, path: Path) -> None:
    missing = find_missing_ids(regions["name"])
    if missing.any():
        key, name = regions.filter(missing).select("key", "name").row(0)
        raise InputError(
            f"expected the name of a region, found {name!r}, which stands for none",
            where=f"{path}, label table, key {key}",
            repair=f"Give it a name, or read with background={key} if it is no region.",
        )


class _SafetyCheck:
    """Refuse what would open other files, and count what nibabel only warns about."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.expected: str | None = None
        self.found = 0
        self.depth = 0
        # Base64 of values that zlib packed, and the bytes that they unpack to.
        self.packed: list[str] | None = None
        self.gzip = False
        self.room = 0

    def start(self, tag: str, attributes: Mapping[str, str], line: int) -> None:
        # Said plainly here: what nibabel makes of other XML is not documented.
        if self.depth == 0 and tag != "GIFTI":
            raise InputError(
                f"expected a root element GIFTI, found {tag}",
                where=f"{self.path}, line {line}",
                repair="Name a GIFTI file, such as L.label.gii.",
            )
        self.depth += 1
        if tag == "GIFTI":
            self.expected = attributes.get("NumberOfDataArrays")
        if tag == "DataArray":
            self.found += 1
            self._require_dimensions(attributes.get("Dimensionality", "1"), line)
            sizes = [attributes.get(f"Dim{number}", "1") for number in range(_DIMENSIONS)]
            # Eight bytes are the widest type of GIFTI.
            self.room = 8 * math.prod(
                int(size) if size.isdecimal() and len(size) <= _DIGITS else 0 for size in sizes
            )
            self.gzip = attributes.get("Encoding") == "GZipBase64Binary"
        if tag == "Data" and self.gzip:
            self.packed = []
        # The name may be any path of this computer, and comes from whoever wrote the file.
        if tag == "DataArray" and attributes.get("ExternalFileName"):
            raise InputError(
                "expected the values inside the file, found them in "
                f"{attributes['ExternalFileName']!r}",
                where=f"{self.path}, line {line}",
                repair="Convert it to Base64 encoding, as wb_command -gifti-convert does.",
            )

    def _require_dimensions(self, number: str, line: int) -> None:
        # nibabel counts up to the number before it looks at the sizes, for ever if it is damaged.
        if number.strip() not in map(str, range(_DIMENSIONS + 1)):
            raise InputError(
                f"expected a Dimensionality from 0 to {_DIMENSIONS}, found {quote(number)}",
                where=f"{self.path}, line {line}",
                repair=_REPAIR,
            )

    def end(self, tag: str) -> None:
        self.depth -= 1
        if tag == "Data" and self.packed is not None:
            self._require_room("".join(self.packed))
            self.packed = None
        # A file that lost arrays is still XML; nibabel only warns of it.
        if tag == "GIFTI" and self.expected not in (None, str(self.found)):
            raise InputError(
                f"expected {self.expected} data arrays, found {self.found}",
                where=str(self.path),
                repair=_REPAIR,
            )

    def text(self, text: str) -> None:
        if self.packed is not None:
            self.packed.append(text)

    def _require_room(self, text: str) -> None:
        """Refuse values that unpack to more than the array takes: a megabyte can hold gigabytes."""
        try:
            packed = zlib.decompressobj()
            unpacked = packed.decompress(base64.b64decode(text), self.room + 1)
        # What is damaged is left to nibabel, whose message says how.
        except (binascii.Error, ValueError, zlib.error, OverflowError):
            return
        if len(unpacked) > self.room:
            raise InputError(
                f"expected at most {self.room} bytes of values, found more",
                where=str(self.path),
                repair=_REPAIR,
            )


def _load(nibabel: Any, path: Path, content: bytes) -> Any:  # noqa: ANN401 - objects of an untyped library
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return nibabel.GiftiImage.from_bytes(content)
    # What nibabel raises is not documented: these are what damaged files were seen to cause.
    except (
        *(expat.ExpatError, binascii.Error, zlib.error, ValueError, KeyError, TypeError),
        *(AssertionError, AttributeError, IndexError, OverflowError, MemoryError),
        nibabel.filebasedimages.ImageFileError,
    ) as error:
        raise InputError(
            f"expected a whole GIFTI file, found a damaged one ({_first_line(error)})",
            where=str(path),
            repair=_REPAIR,
        ) from error


def _first_line(error: Exception) -> str:
    text = str(error).splitlines()
    return f"{type(error).__name__}: {text[0]}" if text else type(error).__name__


def _choose_map(image: Any, path: Path, map_name: str | None) -> Any:  # noqa: ANN401
    maps = image.get_arrays_from_intent(_LABEL_INTENT)
    names = [_name_of(each) for each in maps]
    if not maps:
        intents = {array.intent for array in image.darrays}
        raise InputError(
            f"expected a data array of {_LABEL_INTENT}, found intent codes "
            f"{', '.join(map(str, sorted(intents))) or 'none'}",
            where=str(path),
            repair="Name a label file, such as L.label.gii.",
        )
    # Of several maps none is the obvious one, so that a name is asked for, and never the first
    # taken.
    chosen = [each for each, name in zip(maps, names, strict=True) if name == map_name]
    if map_name is None:
        chosen = maps
    if len(chosen) != 1:
        raise InputError(
            f"expected one map, found {len(chosen)}",
            where=str(path),
            repair=f"Name one as map_name; its maps are: {', '.join(names)}.",
        )
    return chosen[0]


def _name_of(array: Any) -> str:  # noqa: ANN401
    return str(array.meta.get("Name", ""))


def _read_table(image: Any, path: Path) -> pl.DataFrame:  # noqa: ANN401
    labels = image.labeltable.labels
    if not labels:
        raise InputError(
            "expected a label table, found none",
            where=str(path),
            repair="Export the file with its label table.",
        )
    side = _HEMISPHERES.get(str(image.meta.get(_STRUCTURE, "")))
    table = {
        "key": [label.key for label in labels],
        "name": [str(label.label or "").strip() for label in labels],
        "colour": [_to_colour(label.rgba) for label in labels],
        "hemisphere": pl.Series([side] * len(labels), dtype=pl.String),
    }
    return pl.DataFrame(table, schema_overrides={"name": pl.String, "colour": pl.String})


def _to_colour(channels: tuple[float | None, ...]) -> str | None:
    # GIFTI states colours from 0 to 1; others have another scale, and a wrong colour is worse than
    # none.
    if any(value is None or not 0 <= value <= 1 for value in channels):
        return None
    return "#" + "".join(f"{round(255 * (value or 0)):02x}" for value in channels)


FORMAT = Format(
    name="gifti-labels",
    endings=(),
    description="GIFTI label file, a region for each vertex of a hemisphere: .label.gii, .gz; "
    "only read",
    sniff=lambda path: path.is_file() and path.name.endswith(_ENDINGS),
    read=read_parcellation,
    holds=Parcellation,
    options={
        "space": "surface that the vertices belong to",
        "background": "key of vertices that lie in no region",
        "map_name": "map to read from a file with several",
    },
)
