"""What may unpack the chunks of a Zarr array, and whether the chunks are whole."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from neuropil.contracts import InputError
from neuropil.formats.volume_files.stored_arrays import Index

__all__ = ["require_plain", "require_whole_chunks"]

# Those that pack numbers. Others, such as pickle, can run what a file says.
_CODECS = frozenset(
    {
        *("blosc", "bz2", "gzip", "lz4", "lzma", "packbits", "zlib", "zstd"),
        *("bytes", "delta", "fixedscaleoffset", "quantize", "bitround", "shuffle", "astype"),
        *("transpose", "sharding_indexed"),
        *("adler32", "crc32", "crc32c", "fletcher32", "jenkins_lookup3"),
    }
)
# A chunk is unpacked whole: those of a gigabyte are no chunks for reading in parts.
_LARGEST_CHUNK = 1 << 30
# Four flags, then the sizes of the unpacked bytes, of a block, and of the whole frame.
_BLOSC_HEADER = struct.Struct("<4B3I")


def require_plain(array: Any, where: str) -> None:  # noqa: ANN401 - of an untyped library
    """Refuse types and codecs that are no numbers, before a chunk is unpacked.

    Parameters
    ----------
    array : zarr.Array
        An array.
    where : str
        Folder and array.

    Raises
    ------
    InputError
        When its values are no numbers, a codec is unknown, or a chunk has more than 1 GB; write it
        again.
    """
    kind = np.dtype(array.dtype)
    if kind.kind not in "biuf":
        raise InputError(f"expected numbers, found {kind}", where=where, repair="Save numbers.")
    unknown = sorted(set(_list_codecs(array.metadata.to_dict())) - _CODECS)
    if unknown:
        raise InputError(
            f"expected codecs that pack numbers, found {unknown[0]}",
            where=where,
            repair=f"Write it again with one of {', '.join(sorted(_CODECS))}.",
        )
    largest = max(np.prod(array.chunks, dtype=float), 1.0) * kind.itemsize
    if largest > _LARGEST_CHUNK:
        raise InputError(
            f"expected chunks of at most {_LARGEST_CHUNK >> 30} GB, found {largest / 2**30:,.1f} "
            "GB",
            where=where,
            repair="Write it again in smaller chunks.",
        )


def _list_codecs(metadata: Mapping[str, Any]) -> Iterator[str]:
    """Name every codec, also those in the shards of version 3."""
    listed = [
        *(metadata.get("codecs") or ()),
        *(metadata.get("filters") or ()),
        *(metadata.get("index_codecs") or ()),
        metadata.get("compressor"),
    ]
    for each in listed:
        if each is None:
            continue
        record = each if isinstance(each, Mapping) else each.get_config()
        yield str(record.get("name", record.get("id"))).removeprefix("numcodecs.")
        inside = record.get("configuration")
        if isinstance(inside, Mapping):
            yield from _list_codecs(inside)


def require_whole_chunks(array: Any, folder: Path, index: Index) -> None:  # noqa: ANN401
    """Check that frames of Blosc are as long as they say, which its decoder does not.

    Of a frame that was cut short, the decoder reads the bytes behind it in the memory.

    Parameters
    ----------
    array : zarr.Array
        An array in a folder.
    folder : Path
        The folder of its metadata.
    index : tuple of slice or int
        What is to be read, with a step of 1 or more.

    Raises
    ------
    InputError
        When a chunk is shorter or longer than its header says.
    """
    if not _is_blosc(array.metadata.to_dict()):
        return
    spans = [
        (each.start, max(each.start, each.stop)) if isinstance(each, slice) else (each, each + 1)
        for each in index
    ]
    # Outer chunks: shards have a checked index of their own.
    along = [
        range(low // edge, -(-high // edge))
        for (low, high), edge in zip(spans, array.shards or array.chunks, strict=True)
    ]
    for coordinates in product(*along):
        chunk = folder / array.metadata.encode_chunk_key(coordinates)
        if chunk.is_file():
            _require_frame(chunk)


def _is_blosc(metadata: Mapping[str, Any]) -> bool:
    listed = metadata.get("codecs") or ()
    last = metadata.get("compressor") or (listed[-1] if listed else None)
    if last is None:
        return False
    record = last if isinstance(last, Mapping) else last.get_config()
    return record.get("name", record.get("id")) in ("blosc", "numcodecs.blosc")


def _require_frame(chunk: Path) -> None:
    size = chunk.stat().st_size
    with chunk.open("rb") as file:
        header = file.read(_BLOSC_HEADER.size)
    stated = _BLOSC_HEADER.unpack(header)[-1] if len(header) == _BLOSC_HEADER.size else 0
    if stated != size:
        raise InputError(
            f"expected a chunk of {stated} bytes, as its header says, found {size}",
            where=str(chunk),
            repair="Copy it again, or write it again with the program that made it.",
        )
