"""PNG files from arrays, without a date or a name of the program in them."""

from __future__ import annotations

import struct
import zlib

import numpy as np
import numpy.typing as npt

from neuropil.contracts import InputError

__all__ = ["encode_png"]

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
# Sixth of nine levels: the ninth makes surfaces with shades a twentieth smaller in thrice the time.
_LEVEL = 6
_RGB, _EIGHT_BITS, _UP = 2, 8, 2


def encode_png(pixels: npt.NDArray[np.uint8]) -> bytes:
    """Write a colour picture as PNG.

    Parameters
    ----------
    pixels : (height, width, 3) uint8 array
        Red, green and blue.

    Returns
    -------
    bytes
        The file; the same pixels give the same bytes with one version of zlib.

    Raises
    ------
    InputError
        When the array is no colour picture of bytes; convert it.
    """
    if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype != np.uint8:
        raise InputError(
            f"expected (height, width, 3) of uint8, found {pixels.shape} of {pixels.dtype}",
            where="encode_png",
            repair="Scale the values to 0..255 and repeat grey three times.",
        )
    height, width, _ = pixels.shape
    # Every row as its difference to the one above: most of a picture becomes zeros.
    rows = pixels.reshape(height, width * 3)
    lines = np.empty((height, 1 + width * 3), dtype=np.uint8)
    lines[:, 0] = _UP
    lines[:1, 1:] = rows[:1]
    lines[1:, 1:] = rows[1:] - rows[:-1]
    header = struct.pack(">IIBBBBB", width, height, _EIGHT_BITS, _RGB, 0, 0, 0)
    return b"".join(
        [
            _SIGNATURE,
            _chunk(b"IHDR", header),
            _chunk(b"IDAT", zlib.compress(lines.tobytes(), _LEVEL)),
            _chunk(b"IEND", b""),
        ]
    )


def _chunk(kind: bytes, content: bytes) -> bytes:
    check = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)
