"""What the rows of a BIDS relationship matrix stand for: the node index file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

from neuropil.connectome import list_some
from neuropil.contracts import InputError
from neuropil.formats.parsing.delimited_text import DelimitedText
from neuropil.formats.parsing.grid_text import Grid
from neuropil.formats.parsing.quoting import quote, quote_names
from neuropil.formats.parsing.text_files import PLAIN, TextReading

__all__ = ["find_node_file", "name_nodes", "read_node_indices"]

_INDEX = "matrix_index"
# Columns that name a node, the best first.
_NAMES = ("label", "name")


def name_nodes(grid: Grid, table: pl.DataFrame | None, *, text_ids: bool) -> pl.DataFrame:
    """Give each row of a matrix its id and what the node index file says of it.

    Parameters
    ----------
    grid : Grid
        The matrix.
    table : pl.DataFrame, optional
        (n,) rows of the node index file.
    text_ids : bool
        True keeps labels that look like numbers as text.

    Returns
    -------
    pl.DataFrame
        Column ``id``: the labels of the matrix, else those of the table, else 0 to n - 1.
    """
    others = table if table is not None else pl.DataFrame()
    labels = grid.labels
    if labels is None:
        named = [name for name in _NAMES if name in others.columns]
        labels = others[named[0]].cast(pl.String) if named else None
        others = others.drop(named[:1])
    ids = grid.name_rows(labels, text_ids=text_ids)
    return pl.DataFrame([ids, *others.get_columns()])


def find_node_file(path: Path, stem: str, fields: Mapping[str, Any], sidecar: Path) -> Path | None:
    """Find the node index file that belongs to a matrix.

    Parameters
    ----------
    path : Path
        The matrix.
    stem : str
        Its name without the ending.
    fields : mapping of str to object
        Fields of its sidecar.
    sidecar : Path
        The sidecar, for errors.

    Returns
    -------
    Path, optional
        None where there is none.

    Raises
    ------
    InputError
        When the sidecar names a file that is not in the folder of the matrix.
    """
    named = fields.get("NodeIndicesFile")
    if named is None:
        beside = path.with_name(f"{stem}_nodeindices.tsv")
        return beside if beside.is_file() else None
    # A downloaded sidecar must not make us read a file elsewhere, by way of `..` or a link.
    folder = path.parent.resolve()
    found = folder / str(named)
    if not found.resolve().is_relative_to(folder) or not found.is_file():
        raise InputError(
            f"expected a file in the folder of the matrix, found {quote(named)}",
            where=f"{sidecar}, field NodeIndicesFile",
            repair="Copy it there, or name it as nodes.",
        )
    return found


def read_node_indices(path: Path, n: int, reading: TextReading = PLAIN) -> pl.DataFrame:
    """Read a node index file.

    Parameters
    ----------
    path : Path
        Tab-separated, with a column ``matrix_index`` that counts from 0 or from 1.
    n : int
        Number of rows of the matrix.
    reading : TextReading
        Its encoding, and whether it is whole in any case.

    Returns
    -------
    pl.DataFrame
        (n,) rows in the order of the matrix, without ``matrix_index``, and without ``node_file``
        and ``node_index`` where these say nothing more.

    Raises
    ------
    InputError
        When the column is missing or does not name each row of the matrix once.
    """
    table = DelimitedText.read(path, "\t", reading)
    if _INDEX not in table.frame.columns:
        raise table.fault(
            f"expected a column {_INDEX}, found {quote_names(table.frame.columns)}",
            "Add it: the row of the matrix that each line describes.",
        )
    frame = table.frame.select(pl.all().replace("n/a", None))
    table = replace(table, frame=frame)
    index = table.parse_numbers(_INDEX)
    # The draft leaves open where the index counts from, so that both are taken.
    ordered = index.sort().to_list()
    if ordered not in (list(range(n)), list(range(1, n + 1))):
        raise table.fault(
            f"expected each row from 0 to {n - 1}, or from 1 to {n}, once, found {len(index)} "
            f"lines, {list_some(index)}",
            "Describe every row of the matrix on one line.",
            column=_INDEX,
        )
    columns = [table.guess_type(name) for name in frame.columns if name != _INDEX]
    others = pl.DataFrame(columns)[index.arg_sort().to_numpy()] if columns else pl.DataFrame()
    # What neuropil fills in only for the sake of the draft goes again, so that nothing is gained on
    # the way.
    if "node_file" in others.columns and not others["node_file"].is_not_null().any():
        others = others.drop("node_file")
    if "node_index" in others.columns and others["node_index"].to_list() == ordered:
        others = others.drop("node_index")
    return others
