"""Signs by which a text is told to be a square matrix, and no edge list or other table."""

from __future__ import annotations

import csv
import gzip
import zlib
from contextlib import suppress
from pathlib import Path

from neuropil.connectome import simplify
from neuropil.contracts import InputError
from neuropil.formats.parsing.delimited_text import find_preamble
from neuropil.formats.parsing.grid_text import (
    LONGEST_LINE,
    guess_separator,
    is_number,
    split_line,
)
from neuropil.formats.parsing.packed_bytes import is_gzip, read_bytes
from neuropil.formats.parsing.text_files import find_encoding

__all__ = ["looks_like_grid"]

# A line of an edge list: pre, post and a weight.
_EDGE_WIDTH = 3
# The lines that tell: three of an edge list below its header.
_LINES = 4


def looks_like_grid(path: Path, known_names: frozenset[str]) -> bool:
    """Tell from its first lines and their number whether a text file is a square matrix.

    Parameters
    ----------
    path : Path
        An existing file.
    known_names : frozenset of str
        Simplified names of columns: a header with one of them is that of a table.

    Returns
    -------
    bool
        False too where the file cannot be read.
    """
    try:
        content = read_bytes(path, LONGEST_LINE)
        start = content.decode(find_encoding(content) or "utf-8-sig", "replace")
        separator = guess_separator(start)
        skipped, start = find_preamble(start, separator)
        lines = [split_line(line, separator) for line in start.split("\n", _LINES)[:_LINES]]
    except (InputError, csv.Error):
        return False
    if len(lines) < 2 or len(lines[0]) < 2 or not all(map(_is_cell, lines[1][1:])):
        return False
    first, second = lines[:2]
    # Labels in the first line, one of which begins the next: as R writes it, or with a corner.
    if len(second) != len(first):
        return len(second) == len(first) + 1 and second[0] in first
    if not is_number(first[0]) and second[0] in first[1:]:
        return True
    is_table = bool(known_names & set(map(simplify, first)))
    return not is_table and _is_cell(second[0]) and _has_lines_of_matrix(path, skipped, lines)


def _is_cell(text: str) -> bool:
    # An empty cell is how pandas writes a missing number. A comma in a number and a word for true
    # are left to the reader, which says so.
    bare = text.replace(",", "")
    return bare == "" or is_number(bare) or bare.lower() in ("true", "false")


def _has_lines_of_matrix(path: Path, skipped: int, lines: list[list[str]]) -> bool:
    """Tell a matrix without labels in its rows from a table of numbers: by the number of lines."""
    first = lines[0]
    n = len(first)
    bare = all(map(_is_cell, first))
    n_lines = _count_lines(path, skipped, n + 2)
    # Below a header, whose labels differ, there is one line more.
    headed = n_lines == n + 1 and len(set(first)) == n and all(first)
    if not headed and not (bare and n_lines == n):
        return False
    if n != _EDGE_WIDTH:
        return True
    # Three lines of three numbers may be edges: two ids, which are whole numbers, and a weight that
    # is seldom 0. Of a matrix the diagonal is 0, or its first two columns hold a fraction.
    rows = lines[n_lines - _EDGE_WIDTH : n_lines]
    diagonal_is_0 = all(_is_zero(row[i]) for i, row in enumerate(rows) if i < len(row))
    fractions = any("." in cell for row in rows for cell in row[: _EDGE_WIDTH - 1])
    return not (bare and headed) and (diagonal_is_0 or fractions)


def _is_zero(cell: str) -> bool:
    return cell.strip("0") in ("", ".") or not cell


def _count_lines(path: Path, skipped: int, most: int) -> int:
    """Count the lines without the empty ones at the end; stop at ``most``."""
    count, empty = 0, 0
    read = gzip.open if is_gzip(path) else open
    # What is damaged below its first lines is left to the reader, which says so.
    with suppress(EOFError, OSError, zlib.error), read(path, "rb") as handle:
        for _ in range(skipped):
            handle.readline(LONGEST_LINE)
        while count < most and (line := handle.readline(LONGEST_LINE)):
            # In UTF-16 half a line break is left after the last one.
            if line.strip(b" \t\r\n\0"):
                count, empty = count + empty + 1, 0
            else:
                empty += 1
    return count
