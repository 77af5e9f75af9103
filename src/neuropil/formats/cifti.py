"""CIFTI-2 parcellated connectivity (``.pconn.nii``): one matrix between the parcels of a brain."""

from __future__ import annotations

import logging
import math
import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, TypeAlias
from xml.parsers import expat

import numpy as np
import numpy.typing as npt
import polars as pl

from neuropil.connectome import (
    NOT_STATED,
    SIGNED_UNITS,
    Connectome,
    TableError,
    edges_of_matrix,
    find_asymmetry,
    find_missing_ids,
)
from neuropil.contracts import InputError, Operation, require_regular_file
from neuropil.formats.format import Format, describe_file
from neuropil.formats.parsing.extras import import_extra
from neuropil.formats.parsing.square_matrix import (
    MatrixRules,
    note_shape,
    note_skipped,
    require_no_totals,
    resolve_matrix,
)

__all__ = ["FORMAT", "read_pconn"]

_ENDING = ".pconn.nii"
_CORTEX = {"CIFTI_STRUCTURE_CORTEX_LEFT": "L", "CIFTI_STRUCTURE_CORTEX_RIGHT": "R"}
_PREFIX = "CIFTI_STRUCTURE_"
# CIFTI states neither measure nor unit; guessing a correlation would allow negative weights.
# Header of NIfTI-2 and the mark that an extension follows; it begins with its own length, 540.
_HEADER = 544
_LITTLE = (540).to_bytes(4, "little")
# Where the header says how many bits a value has, and after them the sizes.
_BITS = 14
# A file that was cut short lacks less, and is named as such.
_ROOM = 64 << 20

Values: TypeAlias = npt.NDArray[np.float64]


def read_pconn(
    path: Path,
    *,
    weight: str = "connectivity",
    unit: str = NOT_STATED,
    skip_missing: bool = False,
) -> Connectome:
    """Read a CIFTI-2 matrix between parcels; needs ``neuropil[human]``.

    Parameters
    ----------
    path : Path
        A ``.pconn.nii`` file.
    weight : str
        Name of the weight; the file does not say.
    unit : str
        Its unit, such as ``correlation`` or ``Fisher z``; the file does not say. Negative weights
        need one that is signed.
    skip_missing : bool
        True takes NaN as no edge; False refuses it off the diagonal.

    Returns
    -------
    Connectome
        The parcels, with ``n_vertices``, ``n_voxels``, ``structure`` and ``side``; undirected where
        the matrix is symmetric. Cells that are 0 are no edges; a cell of the diagonal that is NaN
        or infinite, as Fisher z has it, is none either.

    Raises
    ------
    InputError
        When the file is damaged, no matrix between parcels, or a cell is not allowed; names the
        parcels.
    MissingDependencyError
        When nibabel is not installed.
    """
    require_regular_file(path)
    _require_safe(path)
    values, nodes = _load(import_extra("nibabel", "human", path), path)
    _require_names(nodes, path)
    rules = MatrixRules(skip_missing=skip_missing)
    try:
        cells, skipped = resolve_matrix(values, np.isnan(values), rules)
        require_no_totals(cells, nodes["id"])
        nodes, edges = edges_of_matrix(cells, nodes, weight, signed=unit in SIGNED_UNITS)
        # Fisher z of a parcel with itself is infinite: common, harmless, and therefore logged.
        left_out = int((~np.isfinite(np.diagonal(values))).sum())
        done = Operation("read_pconn", {"skipped_cells": skipped, "skipped_diagonal": left_out})
        notes = [*note_skipped(skipped), *note_shape(cells, labelled=True, directed=None)]
        source = describe_file(path, notes)
        return Connectome(
            nodes,
            edges,
            {weight: unit},
            source=source,
            provenance=(done,),
            # Connectivity between parcels has no direction unless its values show one.
            directed=find_asymmetry(cells) is not None,
        )
    except TableError as error:
        where = _locate(error, nodes, path)
        raise InputError(error.what, where=where, repair=error.repair) from error


def _require_safe(path: Path) -> None:
    """Refuse what is no CIFTI-2, and declarations in its XML, before anything parses it."""
    with path.open("rb") as file:
        head = file.read(_HEADER)
        order: Literal["little", "big"] = "little" if head[:4] == _LITTLE else "big"
        # vox_offset of NIfTI-2: all between header and values is the extension with the XML.
        start = int.from_bytes(head[168:176], order)
        # Bounded by the size of the file: a damaged offset must not ask for petabytes.
        xml = file.read(max(0, min(start, path.stat().st_size) - _HEADER))
    if len(head) < _HEADER or head[4:8] != b"n+2\0" or b"<CIFTI" not in xml:
        raise InputError(
            "expected a CIFTI-2 file, found one without its header",
            where=str(path),
            repair=f"Name a {_ENDING} file; if it is one, copy it again.",
        )
    _require_room(head, order, path)
    # expat, which nibabel uses, expands entities, by which a small file can grow to gigabytes.
    if b"<!DOCTYPE" in xml or b"<!ENTITY" in xml:
        raise InputError(
            "expected no document type in the header, found one",
            where=str(path),
            repair="It may be unsafe: export it again from the program that made it.",
        )


def _require_room(head: bytes, order: Literal["little", "big"], path: Path) -> None:
    """Refuse a matrix far larger than its file: nibabel takes the memory before it reads."""
    mark = "<" if order == "little" else ">"
    (bits, *sizes) = struct.unpack_from(f"{mark}h8q", head, _BITS)
    size = bits // 8 * math.prod(each for each in sizes[1:] if each > 0)
    if size > path.stat().st_size + _ROOM:
        raise InputError(
            f"expected values of the size of the file, found {size >> 20:,} MB in "
            f"{path.stat().st_size >> 20:,} MB",
            where=str(path),
            repair="Copy it again, or export it again from the program that made it.",
        )


@contextmanager
def _silent(logger: logging.Logger) -> Iterator[None]:
    """Keep a logger from printing what it finds odd in a header."""
    before, logger.disabled = logger.disabled, True
    try:
        yield
    finally:
        logger.disabled = before


def _load(nibabel: Any, path: Path) -> tuple[Values, pl.DataFrame]:  # noqa: ANN401
    try:
        # nibabel warns about headers that do no harm; what matters is checked here.
        with warnings.catch_warnings(), _silent(nibabel.imageglobals.logger):
            warnings.simplefilter("ignore")
            image = nibabel.load(path)
            axes = [image.header.get_axis(number) for number in range(len(image.shape))]
            values = np.asarray(image.dataobj, dtype=np.float64)
    # What nibabel raises is not documented: these are what damaged files were seen to cause.
    except (
        *(OSError, EOFError, ValueError, KeyError, IndexError, TypeError, AttributeError),
        *(OverflowError, MemoryError, struct.error),
        *(expat.ExpatError, nibabel.filebasedimages.ImageFileError),
        *(nibabel.spatialimages.HeaderDataError, nibabel.cifti2.Cifti2HeaderError),
    ) as error:
        text = str(error).splitlines()
        reason = f"{type(error).__name__}: {text[0]}" if text else type(error).__name__
        raise InputError(
            f"expected a whole CIFTI-2 file, found a damaged one ({reason})",
            where=str(path),
            repair="Copy it again, or export it again from the program that made it.",
        ) from error
    kinds = [type(axis).__name__ for axis in axes]
    if kinds != ["ParcelsAxis"] * 2:
        raise InputError(
            f"expected a matrix between parcels, found the axes {', '.join(kinds)}",
            where=str(path),
            repair="Parcellate it first, as wb_command -cifti-parcellate does.",
        )
    parcels = _describe_parcels(axes[0])
    if axes[0].name.tolist() != axes[1].name.tolist() or values.shape != (len(axes[0]),) * 2:
        raise InputError(
            f"expected the same parcels along both axes, found {len(axes[0])} and {len(axes[1])} "
            f"for values of shape {values.shape}",
            where=str(path),
            repair=f"Name a {_ENDING} file, whose matrix is square.",
        )
    return values, parcels


def _describe_parcels(axis: Any) -> pl.DataFrame:  # noqa: ANN401
    structures = [sorted(vertices) for vertices in axis.vertices]
    sides = [
        # Parcels over both hemispheres, or with voxels of the subcortex, have no side.
        _CORTEX.get(names[0]) if len(names) == 1 and not len(voxels) else None
        for names, voxels in zip(structures, axis.voxels, strict=True)
    ]
    joined = [", ".join(name.removeprefix(_PREFIX) for name in names) for names in structures]
    return pl.DataFrame(
        {
            "id": pl.Series([str(name).strip() for name in axis.name], dtype=pl.String),
            "n_vertices": [sum(map(len, parcel.values())) for parcel in axis.vertices],
            "n_voxels": [len(voxels) for voxels in axis.voxels],
            "structure": pl.Series([text or None for text in joined], dtype=pl.String),
            "side": pl.Series(sides, dtype=pl.String),
        }
    )


def _require_names(nodes: pl.DataFrame, path: Path) -> None:
    missing = find_missing_ids(nodes["id"])
    if missing.any():
        row = int(missing.arg_true()[0])
        raise InputError(
            f"expected the name of a parcel, found {nodes['id'][row]!r}, which stands for none",
            where=f"{path}, parcel {row}",
            repair="Name it, or leave it out, in the program that made the file.",
        )


def _locate(error: TableError, nodes: pl.DataFrame, path: Path) -> str:
    if error.row is None:
        return f"{path}, {error.table}"
    names = nodes["id"]
    if error.table != "matrix":
        return f"{path}, parcel {names[error.row]}"
    return f"{path}, row {names[error.row]}, column {names[int(error.column or 0)]}"


FORMAT = Format(
    name="cifti-pconn",
    endings=(),
    description="CIFTI-2 matrix between parcels: .pconn.nii; only read",
    sniff=lambda path: path.is_file() and path.name.endswith(_ENDING),
    read=read_pconn,
    options={
        "weight": "name of the weight",
        "unit": "its unit",
        "skip_missing": "take NaN as no edge",
    },
)
