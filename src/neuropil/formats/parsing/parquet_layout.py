"""The layout of a Parquet file: whether its parts end where its footer begins.

Most writers of Parquet add no checksums. A byte that is lost or added in the last column is then
read as other numbers without a word; but it moves the footer, which says where each part ends.

References
----------
The Apache Parquet format, parquet.thrift; Thrift compact protocol.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from neuropil.formats.parsing.footers import read_footer

__all__ = ["has_parquet_layout"]

_MAGIC = b"PAR1"
# Types of the compact protocol.
_TRUE, _FALSE, _BYTE, _DOUBLE, _BINARY, _LIST, _SET, _STRUCT = 1, 2, 3, 7, 8, 9, 10, 12
_WHOLE = (4, 5, 6)
# Numbers of fields in parquet.thrift: groups of rows, their columns, the account of a column.
_GROUPS, _COLUMNS, _ACCOUNT = 4, 1, 3
_SIZE, _PAGES, _WORDS, _BLOOM = 7, 9, 11, (14, 15)
_INDICES = ((4, 5), (6, 7))
# Deeper than the footer of any table; a damaged one must not fill the stack.
_DEEPEST = 20


def has_parquet_layout(path: Path) -> bool:
    """Tell whether the parts of a Parquet file end where its footer begins.

    Parameters
    ----------
    path : Path
        A file.

    Returns
    -------
    bool
        False where it is cut short, or bytes were lost or added.
    """
    found = read_footer(path, _MAGIC)
    if found is None:
        return False
    footer, start = found
    try:
        ends = list(_list_ends(_Compact(footer).read_struct()))
    # A damaged footer leads anywhere: out of itself, or to a field of another type.
    except (struct.error, IndexError, KeyError, TypeError, AttributeError):
        return False
    # Some old writers do not say how long a Bloom filter is; what cannot be told is let pass.
    return None in ends or max(filter(None, ends), default=start) == start


def _list_ends(footer: dict[int, Any]) -> Iterator[int | None]:
    """Yield where each part ends [bytes]; None where the footer does not say."""
    for group in footer[_GROUPS]:
        for column in group[_COLUMNS]:
            account = column[_ACCOUNT]
            # The dictionary, where there is one, lies before the pages.
            first = min(account[_PAGES], account.get(_WORDS) or account[_PAGES])
            yield first + account[_SIZE]
            for holder, (offset, length) in (
                *((column, each) for each in _INDICES),
                (account, _BLOOM),
            ):
                if offset in holder:
                    size = holder.get(length)
                    yield None if size is None else holder[offset] + size


class _Compact:
    """A reader of values in Thrift's compact protocol."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._place = 0
        self._depth = 0

    def read_struct(self) -> dict[int, Any]:
        """Read a structure as its values by the numbers of their fields."""
        self._depth += 1
        if self._depth > _DEEPEST:
            raise IndexError("too deep")
        values: dict[int, Any] = {}
        field = 0
        while head := self._byte():
            delta, kind = head >> 4, head & 15
            field = field + delta if delta else self._whole()
            values[field] = kind == _TRUE if kind in (_TRUE, _FALSE) else self._value(kind)
        self._depth -= 1
        return values

    def _value(self, kind: int) -> Any:  # noqa: ANN401 - as the file says
        if kind in _WHOLE:
            return self._whole()
        if kind == _BYTE:
            return self._byte()
        if kind in (_BINARY, _DOUBLE):
            length = self._unsigned() if kind == _BINARY else struct.calcsize("<d")
            self._place += length
            return None
        if kind in (_LIST, _SET):
            head = self._byte()
            count = head >> 4 if head >> 4 < 15 else self._unsigned()
            # Each element takes a byte or more, so that a huge count leads out of the footer.
            return [self._element(head & 15) for _ in range(count)]
        if kind == _STRUCT:
            return self.read_struct()
        raise TypeError(f"type {kind} is in no footer")

    def _element(self, kind: int) -> Any:  # noqa: ANN401 - as the file says
        return self._byte() if kind in (_TRUE, _FALSE, _BYTE) else self._value(kind)

    def _byte(self) -> int:
        self._place += 1
        return self._content[self._place - 1]

    def _unsigned(self) -> int:
        value = shift = 0
        while True:
            byte = self._byte()
            value |= (byte & 127) << shift
            if byte < 128:
                return value
            shift += 7

    def _whole(self) -> int:
        value = self._unsigned()
        return (value >> 1) ^ -(value & 1)
