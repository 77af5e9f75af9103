"""Attributes of the nodes or of the edges of a GraphML file, as text until they are parsed."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from neuropil.contracts import InputError

__all__ = ["OBJECTS", "TYPES", "Key", "Values"]

TYPES: dict[str, type[pl.DataType]] = {
    "boolean": pl.Boolean,
    "int": pl.Int64,
    "long": pl.Int64,
    "float": pl.Float64,
    "double": pl.Float64,
    "string": pl.String,
    # graph-tool and igraph have these beside the six types of the specification.
    **dict.fromkeys(("byte", "short", "integer", "int16_t", "int32_t", "int64_t"), pl.Int64),
    **dict.fromkeys(("real", "long double"), pl.Float64),
}
"""Types of values; all widen to one of four, which loses nothing."""

OBJECTS = re.compile(r"^(vector_.*|python_object|object)$")
"""Types of graph-tool whose values are lists or objects of Python: no column can hold them."""

# All four are booleans of XML Schema.
_TRUTH = {"true": True, "1": True, "false": False, "0": False}
_WORDS = {pl.Int64: "a whole number", pl.Float64: "a number", pl.Boolean: "true or false"}
_NUMBERS = frozenset({pl.Int64, pl.Float64})
# As C's %a writes floats, which graph-tool does: 0x1.8p+1 is 3.
_HEXADECIMAL = r"^[+-]?0[xX]"


@dataclass
class Key:
    """A declared attribute; ``type`` is None for lists and objects."""

    id: str
    name: str | None
    domain: str
    type: type[pl.DataType] | None
    default: str | None = None


@dataclass
class Values:
    """Attributes of the nodes or of the edges, as text.

    Parameters
    ----------
    path : Path
        The file, for errors.
    domain : str
        ``node`` or ``edge``.
    keys : list
        Declared attributes, in the order of the file. Several may have one name: programs write a
        key for each type that they met.
    lines : list of int
        Line of each element.
    """

    path: Path
    domain: str
    keys: list[Key] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    _texts: dict[str, list[str | None]] = field(default_factory=dict)

    def names(self) -> list[str]:
        """List the attributes that have a name and values of a column's type."""
        named = (key.name for key in self.keys if key.name and key.type is not None)
        return list(dict.fromkeys(named))

    def objects(self) -> list[str]:
        """List the attributes whose values are lists or objects."""
        return [key.name or key.id for key in self.keys if key.type is None]

    def type_of(self, name: str) -> type[pl.DataType]:
        """Tell the type that holds the values of all keys of a name."""
        types = {key.type for key in self._keys(name) if key.type is not None}
        if len(types) == 1:
            return types.pop()
        # What is a number in one key and a word in another is text in both.
        return pl.Float64 if types <= _NUMBERS else pl.String

    def add(self, key: str, text: str) -> bool:
        """Keep an attribute of the latest element; False where it has it already."""
        column = self._texts.setdefault(key, [])
        # Columns are as long as the last element that has them: short ones are filled up when read.
        if len(column) >= len(self.lines):
            return False
        column += [None] * (len(self.lines) - 1 - len(column))
        column.append(text)
        return True

    def read_texts(self, name: str) -> pl.Series:
        """Read the values of an attribute as they are written.

        Parameters
        ----------
        name : str
            Its name.

        Returns
        -------
        pl.Series
            One text for each element; its default, or null, where an element has none.

        Raises
        ------
        InputError
            When an element has values of two keys of this name.
        """
        columns = [self._column(key) for key in self._keys(name)]
        filled = pl.DataFrame(
            [column.is_not_null().alias(str(number)) for number, column in enumerate(columns)]
        ).sum_horizontal()
        if (filled > 1).any():
            row = int((filled > 1).arg_true()[0])
            raise self._fault(
                row, name, "expected one value, found two of different types", "Keep one of them."
            )
        joined = pl.select(pl.coalesce(columns)).to_series().alias(name)
        # A default is no missing value: the specification gives it to elements without data.
        default = next((k.default for k in self._keys(name) if k.default is not None), None)
        return joined if default is None else joined.fill_null(default)

    def parse(self, name: str, kind: type[pl.DataType] | None = None) -> pl.Series:
        """Parse an attribute.

        Parameters
        ----------
        name : str
            Its name.
        kind : type, optional
            Type of its values; the declared one when not given.

        Returns
        -------
        pl.Series
            One value for each element; null where an element has none, an empty text where a
            number is expected, or NaN.

        Raises
        ------
        InputError
            When a value is not of the type; names the line.
        """
        kind = kind or self.type_of(name)
        column = self.read_texts(name)
        if kind is pl.String:
            return column
        bare = column.str.strip_chars().replace("", None)
        values = _cast(bare, kind)
        wrong = values.is_null() & bare.is_not_null()
        if wrong.any():
            row = int(wrong.arg_true()[0])
            raise self._fault(
                row,
                name,
                f"expected {_WORDS[kind]}, found {column[row]!r}",
                "Correct it, or change attr.type of its key.",
            )
        # NaN is how programs without a null say that a number is not known.
        return values.fill_nan(None) if kind is pl.Float64 else values

    def parse_number(self, name: str) -> pl.Series:
        """Parse an attribute as numbers, whole ones where every value is, whatever its type.

        Raises
        ------
        InputError
            When a value is no number; names the line.
        """
        kind = self.type_of(name)
        if kind in _NUMBERS:
            return self.parse(name)
        bare = self.read_texts(name).str.strip_chars().replace("", None)
        whole = _cast(bare, pl.Int64).null_count() == bare.null_count()
        return self.parse(name, pl.Int64 if whole else pl.Float64)

    def count_numbers(self, name: str) -> tuple[int, int]:
        """Count the values of an attribute that are numbers, and all its values."""
        bare = self.read_texts(name).str.strip_chars().replace("", None)
        return _cast(bare, pl.Float64).count(), bare.count()

    def _keys(self, name: str) -> list[Key]:
        return [key for key in self.keys if key.name == name]

    def _column(self, key: Key) -> pl.Series:
        texts = self._texts.get(key.id, [])
        # A new list, because the collected one may be parsed a second time.
        texts = texts + [None] * (len(self.lines) - len(texts))
        return pl.Series(key.id, texts, dtype=pl.String)

    def _fault(self, row: int, name: str, what: str, repair: str) -> InputError:
        where = f"{self.path}, line {self.lines[row]}, {self.domain} attribute {name}"
        return InputError(what, where=where, repair=repair)


def _cast(bare: pl.Series, kind: type[pl.DataType]) -> pl.Series:
    """Cast texts, null where one is not of the type."""
    if kind is pl.Boolean:
        lower = bare.str.to_lowercase()
        return lower.replace_strict(_TRUTH, default=None, return_dtype=pl.Boolean)
    # Cast here and not while reading: a column at once is many times faster than cell by cell.
    values = bare.cast(kind, strict=False)
    if kind is pl.Float64:
        hexadecimal = values.is_null() & bare.str.contains(_HEXADECIMAL).fill_null(value=False)
        rows = hexadecimal.arg_true()
        if len(rows):
            return values.scatter(rows, [_from_hexadecimal(text) for text in bare.gather(rows)])
    return values


def _from_hexadecimal(text: str) -> float | None:
    try:
        return float.fromhex(text)
    except (ValueError, OverflowError):
        return None
