"""One image or one segmentation as a stack of TIFF pages."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from neuropil.connectome import Volume, VoxelArray
from neuropil.contracts import InputError, Source, atomic_write
from neuropil.formats.format import Format, describe_file, require_file
from neuropil.formats.parsing.extras import import_extra
from neuropil.formats.parsing.safe_xml import parse_xml
from neuropil.formats.volume_files.layers import OPTIONS, Layer, VolumeOptions, build_volume
from neuropil.formats.volume_files.voxel_sizes import Size, read_lengths

__all__ = ["FORMAT", "read_tiff_stack", "write_tiff_stack"]

Array = npt.NDArray[Any]

_ENDINGS = (".tif", ".tiff")
_MAGIC = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_COPY = "Copy it again, or write it again with the program that made it."
# As for HDF5: what deflate packs at most, and what may be small and all of one value.
_DENSEST, _SMALL, _LARGEST = 1100, 64 << 20, 8 << 30
_IMAGE_TYPES = ("uint8", "uint16", "float16", "float32", "float64")
_PIXELS = "Pixels"


def read_tiff_stack(
    path: Path, *, voxel_size: Sequence[float] | None = None, segmentation: str | None = None
) -> Volume:
    """Read a stack of TIFF pages, each of which is a section; needs ``neuropil[em]``.

    Parameters
    ----------
    path : Path
        The file; sizes of voxels are those of ImageJ or OME, where it has them.
    voxel_size : sequence of float, optional
        Edges of a voxel along z, y and x [nm], or one for all; goes before that of the file.
    segmentation : str, optional
        What the labels are called, where the file holds labels; it is an image when not given.

    Returns
    -------
    Volume
        In memory: the image, or one segmentation.

    Raises
    ------
    InputError
        When it is damaged, in colour, no stack, of whole numbers beyond 16 bits without a name for
        the segmentation, or its voxel size is not known.
    MissingDependencyError
        When tifffile is not installed.
    """
    require_file(path)
    with _opened(path) as (file, logged):
        values = _read_values(file, path)
        size = _find_size(file, path)
    notes = [f"Reading it, tifffile said: {each}" for each in dict.fromkeys(logged)]
    if segmentation is None:
        _require_image(values, path)
        if values.dtype == np.uint16:
            notes.append("It was read as an image; segmentation=NAME reads it as labels.")
    name = segmentation or "image"
    options: VolumeOptions = {"image": name} if segmentation is None else {"segmentations": [name]}
    if voxel_size is not None:
        options["voxel_size"] = voxel_size
    source = Source(path.name, files=describe_file(path).files, notes=tuple(notes))
    return build_volume([Layer(name, values, size)], path, source, options)


class _Said(logging.Handler):
    """Keeps what a library says about a file, each as one short line."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(" ".join(record.getMessage().split())[:200])


@contextmanager
def _opened(path: Path) -> Iterator[tuple[Any, list[str]]]:
    """Open a file, and collect what the library would print about it."""
    tifffile = import_extra("tifffile", "em", path)
    logger, handler = logging.getLogger("tifffile"), _Said()
    logger.addHandler(handler)
    spread, logger.propagate = logger.propagate, False
    try:
        with tifffile.TiffFile(path) as file:
            yield file, handler.messages
    except InputError:
        raise
    # What tifffile raises for damaged files, and for codecs that it lacks, is not documented.
    except Exception as error:
        reason = " ".join(str(error).split())[:100] or type(error).__name__
        raise InputError(
            f"expected a whole TIFF file that is not packed or packed by deflate, found another "
            f"({reason})",
            where=str(path),
            repair=_COPY,
        ) from error
    finally:
        logger.propagate = spread
        logger.removeHandler(handler)


def _read_values(file: Any, path: Path) -> Array:  # noqa: ANN401
    if len(file.series) != 1:
        raise InputError(
            f"expected one stack, found {len(file.series)}",
            where=str(path),
            repair="Save the stack in a file of its own.",
        )
    [series] = file.series
    shape, axes = tuple(series.shape), str(series.axes)
    if len(shape) not in (2, 3) or not axes.endswith("YX"):
        raise InputError(
            f"expected grey sections of axes ZYX, found axes {axes} of shape {shape}",
            where=str(path),
            repair="Save one channel and one time as a stack of grey pages.",
        )
    if series.dtype is None or series.dtype.kind not in "iuf":
        raise InputError(
            f"expected numbers, found {series.dtype}", where=str(path), repair="Save numbers."
        )
    size, stored = series.size * series.dtype.itemsize, path.stat().st_size
    if size > _LARGEST or (size > _SMALL and size > _DENSEST * stored):
        raise InputError(
            f"expected values of the size of the file and of at most {_LARGEST >> 30} GB, found "
            f"{size / 2**20:,.0f} MB in {stored / 2**20:,.1f} MB",
            where=str(path),
            repair="Write it as a Zarr folder, which is read in parts.",
        )
    if any(page is None for page in series.pages):
        raise InputError(
            "expected whole sections, found missing ones", where=str(path), repair=_COPY
        )
    return np.asarray(series.asarray()).reshape((-1, *shape[-2:]))


def _require_image(values: Array, path: Path) -> None:
    if values.dtype.name not in _IMAGE_TYPES:
        raise InputError(
            f"expected an image of {', '.join(_IMAGE_TYPES)}, found {values.dtype}",
            where=str(path),
            repair="Name it where these are labels, such as segmentation=truth.",
        )


def _find_size(file: Any, path: Path) -> Size | None:  # noqa: ANN401
    """Find the size of a voxel as OME or as ImageJ writes it."""
    if file.is_ome and file.ome_metadata:
        pixels = _Pixels()
        parse_xml(path, pixels, content=file.ome_metadata.encode())
        return pixels.size()
    found = file.imagej_metadata
    if not file.is_imagej or not isinstance(found, Mapping) or "spacing" not in found:
        return None
    tags = file.pages[0].tags
    edges = []
    for name in ("YResolution", "XResolution"):
        # A rational number of pixels in each unit.
        count, of_units = tags[name].value if name in tags else (0, 0)
        if not count:
            return None
        edges.append(of_units / count)
    # ImageJ escapes signs beyond ASCII.
    unit = str(found.get("unit", "")).replace("\\u00B5", "µ")
    return read_lengths([found["spacing"], *edges], [unit])


class _Pixels:
    """Keeps the attributes of the first element ``Pixels`` of OME-XML."""

    def __init__(self) -> None:
        self.attributes: Mapping[str, str] | None = None

    def start(self, tag: str, attributes: Mapping[str, str], line: int) -> None:
        del line
        if tag == _PIXELS and self.attributes is None:
            self.attributes = dict(attributes)

    def end(self, tag: str) -> None:
        del tag

    def text(self, text: str) -> None:
        del text

    def size(self) -> Size | None:
        found = self.attributes or {}
        edges = [found.get(f"PhysicalSize{axis}", "") for axis in "ZYX"]
        # Micrometres are the default of OME.
        units = [found.get(f"PhysicalSize{axis}Unit", "µm") for axis in "ZYX"]
        return read_lengths(edges, units)


def write_tiff_stack(volume: Volume, path: Path) -> None:
    """Write the image, or the only segmentation, as OME-TIFF, packed by deflate.

    The voxel size is kept; species, source, notes and provenance are not.

    Parameters
    ----------
    volume : Volume
        An image alone, or one segmentation alone.
    path : Path
        Ends in ``.tif`` or ``.tiff``.

    Raises
    ------
    InputError
        When it has several arrays, or labels beyond 32 bits.
    OutputError
        When the place cannot be written.
    MissingDependencyError
        When tifffile is not installed.
    """
    tifffile = import_extra("tifffile", "em", path)
    array, dtype = _choose_array(volume, path)
    dz, dy, dx = volume.voxel_size
    metadata = {"axes": "ZYX", "PhysicalSizeZ": dz, "PhysicalSizeY": dy, "PhysicalSizeX": dx}
    metadata |= {f"PhysicalSize{axis}Unit": "nm" for axis in "ZYX"}
    sections = (np.ascontiguousarray(array[place], dtype=dtype) for place in range(volume.shape[0]))
    with atomic_write(path) as temporary:
        tifffile.imwrite(
            temporary,
            sections,
            shape=volume.shape,
            dtype=dtype,
            ome=True,
            photometric="minisblack",
            compression="zlib",
            metadata=metadata,
        )


def _choose_array(volume: Volume, path: Path) -> tuple[VoxelArray, np.dtype[Any]]:
    arrays = [*([] if volume.image is None else [volume.image]), *volume.segmentations.values()]
    if len(arrays) != 1:
        names = [*([] if volume.image is None else ["image"]), *volume.segmentations]
        raise InputError(
            f"a TIFF file holds one array, found {', '.join(names)}",
            where=str(path),
            repair="Write a Zarr folder, or each array alone.",
        )
    [array] = arrays
    dtype = np.dtype(array.dtype)
    if dtype.kind == "f":
        return array, np.dtype("float64" if dtype.itemsize > 4 else "float32")
    if dtype.kind in "iu" and dtype.itemsize <= 4:
        return array, dtype
    # Of 64 bits, which OME has no type for, what fits 32 is written.
    largest = max(int(np.asarray(array[place]).max()) for place in range(volume.shape[0]))
    if dtype.kind == "b" or largest <= np.iinfo(np.uint32).max:
        return array, np.dtype("uint8" if dtype.kind == "b" else "uint32")
    raise InputError(
        f"a TIFF file holds labels up to {np.iinfo(np.uint32).max}, found {largest}",
        where=str(path),
        repair="Renumber them, or write a Zarr folder.",
    )


def _sniff(path: Path) -> bool:
    if not path.is_file() or path.suffix.lower() not in _ENDINGS:
        return False
    with path.open("rb") as file:
        return file.read(4) in _MAGIC


FORMAT = Format(
    name="tiff-stack",
    endings=_ENDINGS,
    description="TIFF stack of one image or one segmentation; ImageJ, OME",
    sniff=_sniff,
    read=read_tiff_stack,
    write=write_tiff_stack,
    holds=Volume,
    options={
        "voxel_size": OPTIONS["voxel_size"],
        "segmentation": "what the labels are called, where it holds labels",
    },
)
