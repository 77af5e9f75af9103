"""Arrays that stay on disk and are read where they are sliced; each fault names its file."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from neuropil.contracts import InputError

__all__ = ["LARGEST_READ", "StoredArray", "require_labels"]

Array = npt.NDArray[Any]
Index = tuple[slice | int, ...]

LARGEST_READ = 8 << 30
"""Most bytes that are read at once: what fits a large machine. Not tuned."""


def require_labels(labels: Array, where: str) -> Array:
    """Check that labels are not negative.

    Parameters
    ----------
    labels : integer array
        Labels.
    where : str
        File and array.

    Returns
    -------
    integer array
        The same.

    Raises
    ------
    InputError
        When one is negative; make it 0 where it stands for background.
    """
    if labels.size and labels.dtype.kind == "i" and labels.min() < 0:
        raise InputError(
            f"expected labels of 0 or more, found {labels.min()}",
            where=where,
            repair="Save the background as 0.",
        )
    return labels


@dataclass(frozen=True, eq=False)
class StoredArray:
    """An array of three axes in a file, of which a slice reads what it covers.

    Parameters
    ----------
    fetch : callable
        ``fetch(index)`` reads a part of the array, in the axes of the file.
    stored_shape : tuple of int
        Shape in the file; axes before the last three have length 1.
    dtype : np.dtype
        Type of the values.
    where : str
        File and array, for messages.
    reverse : bool
        True where the axes of the file are x, y, z.
    labels : bool
        True where the values are labels, which may not be negative.
    """

    fetch: Callable[[Index], Array]
    stored_shape: tuple[int, ...]
    dtype: np.dtype[Any]
    where: str
    reverse: bool = False
    labels: bool = False

    @property
    def shape(self) -> tuple[int, ...]:
        """Length of the axes z, y and x."""
        last = self.stored_shape[-3:]
        return last[::-1] if self.reverse else last

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, region: Any, /) -> Array:  # noqa: ANN401 - any index of NumPy
        index = _spell_out(region, self.shape)
        if index is None:
            # Fancy indices are NumPy's affair.
            return np.asarray(self)[region]
        asked = math.prod(_count(each) for each in index) * self.dtype.itemsize
        if asked > LARGEST_READ:
            raise InputError(
                f"expected to read at most {LARGEST_READ >> 30} GB at once, found "
                f"{asked / 2**30:,.1f} GB",
                where=self.where,
                repair="Read it in blocks, or crop it first.",
            )
        leading = (0,) * (len(self.stored_shape) - 3)
        values = self._read((*leading, *(index[::-1] if self.reverse else index)))
        values = values.T if self.reverse else values
        return require_labels(values, self.where) if self.labels else values

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:  # noqa: ANN401
        del copy
        return np.asarray(self[...], dtype=dtype)

    def _read(self, index: Index) -> Array:
        try:
            # Libraries warn of what is odd in a file; what matters is whether it can be read.
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return np.asarray(self.fetch(index))
        except InputError:
            raise
        # What the libraries and their many codecs raise for damaged bytes is not documented.
        except Exception as error:
            raise InputError(
                f"cannot be read ({type(error).__name__})",
                where=self.where,
                repair="Copy it again, or write it again with the program that made it.",
            ) from error


def _count(part: slice | int) -> int:
    return len(range(part.start, part.stop, part.step)) if isinstance(part, slice) else 1


def _spell_out(region: Any, shape: tuple[int, ...]) -> Index | None:  # noqa: ANN401
    """Write an index with one slice or place for each axis; None where it is of another kind."""
    parts = region if isinstance(region, tuple) else (region,)
    gaps = [place for place, each in enumerate(parts) if each is ...]
    if len(gaps) > 1 or len(parts) - len(gaps) > len(shape):
        return None
    place = gaps[0] if gaps else len(parts)
    whole = [slice(None)] * (len(shape) - len(parts) + len(gaps))
    filled = [*parts[:place], *whole, *parts[place + 1 :]]
    found: list[slice | int] = []
    for each, n in zip(filled, shape, strict=True):
        if isinstance(each, slice) and each.indices(n)[2] > 0:
            start, stop, step = each.indices(n)
            found.append(slice(start, max(start, stop), step))
        elif isinstance(each, int | np.integer) and not isinstance(each, bool):
            # By way of a range: what lies outside raises IndexError, which ends iterations.
            found.append(range(n)[each])
        else:
            return None
    return tuple(found)
