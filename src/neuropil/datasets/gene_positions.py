"""Where genes lie on the genome, and symbols that a spreadsheet turned into dates."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from neuropil.contracts import InputError

__all__ = ["find_date_symbols", "read_gene_positions", "repair_gene_symbols"]

_COLUMNS = ("ahba_symbol", "chrom", "start", "strand", "tss")
# A spreadsheet kept of MARCH2 and MARC2, or of SEPT2, the month and the number alone. In a table
# that was sorted by symbol, those called Mar stand in this order, and so do those called Sep.
_MARCH = ("MARC1", "MARC2", *(f"MARCH{number}" for number in (1, 11, 2, 3, 4, 5, 6, 7, 8, 9)))
_SEPTEMBER = tuple(f"SEPT{number}" for number in (10, 11, 12, 14, 2, 3, 4, 6, 7, 8, 9))


def read_gene_positions(path: Path) -> pl.DataFrame:
    """Read a table of gene positions in genome order.

    Parameters
    ----------
    path : Path
        Tab-separated, with columns ``ahba_symbol``, ``chrom``, ``start``, ``strand``, ``tss``.

    Returns
    -------
    pl.DataFrame
        Columns ``symbol``, ``chromosome``, ``start`` and ``tss`` [base pairs], ``strand``, and
        ``genome_order``, which counts by chromosome and then by start.

    Raises
    ------
    InputError
        When a column is missing.
    """
    # Text, because X and Y are chromosomes and stand far below the lines that types are guessed
    # from.
    table = pl.read_csv(path, separator="\t", schema_overrides={"chrom": pl.String})
    missing = [name for name in _COLUMNS if name not in table.columns]
    if missing:
        raise InputError(
            f"expected the columns {', '.join(_COLUMNS)}, found no {', '.join(missing)}",
            where=str(path),
            repair="A table of genes needs their positions; add chromosome and start.",
        )
    return table.select(
        pl.col("ahba_symbol").alias("symbol"),
        pl.col("chrom").alias("chromosome"),
        "start",
        "strand",
        "tss",
        # The table is sorted by position; the order is kept, since symbols are sorted otherwise.
        pl.int_range(pl.len()).alias("genome_order"),
    )


def find_date_symbols(symbols: Sequence[str]) -> list[int]:
    """Find gene symbols that a spreadsheet turned into dates.

    Parameters
    ----------
    symbols : sequence of str
        Gene symbols.

    Returns
    -------
    list of int
        Their columns.

    Examples
    --------
    >>> find_date_symbols(["A1BG", "Mar-01", "Sep-02"])
    [1, 2]
    """
    return [index for index, name in enumerate(symbols) if name[:4] in ("Mar-", "Sep-")]


def repair_gene_symbols(symbols: Sequence[str]) -> list[str]:
    """Give genes whose symbols became dates the symbols they had.

    The original of each follows from the order of the table, which was sorted before the damage,
    and from the number in the date.

    Parameters
    ----------
    symbols : sequence of str
        All symbols of the table, in its order.

    Returns
    -------
    list of str
        The same with those of MARC, MARCH and SEPT restored.

    Raises
    ------
    InputError
        When the dates are not the 23 that are known; a number does not fit.

    Examples
    --------
    >>> dates = ["Mar-01", "Mar-02", "Mar-01", "Mar-11", *(f"Mar-0{n}" for n in range(2, 10))]
    >>> dates += [f"Sep-{n:02d}" for n in (10, 11, 12, 14, 2, 3, 4, 6, 7, 8, 9)]
    >>> repair_gene_symbols(dates)[:4]
    ['MARC1', 'MARC2', 'MARCH1', 'MARCH11']
    """
    damaged = find_date_symbols(symbols)
    found = [symbols[index] for index in damaged]
    expected = [f"{'Mar' if name[0] == 'M' else 'Sep'}-{_number(name):02d}" for name in _ALL]
    # All or none: with a single one missing, the order no longer tells which is which.
    if found != expected:
        raise InputError(
            f"expected the {len(_ALL)} known dates in the order of their symbols, found "
            f"{len(found)} others",
            where="gene symbols",
            repair="Repair them by hand, or address genes by column.",
        )
    repaired = list(symbols)
    # A new list: the published symbols stay what the file says.
    for index, name in zip(damaged, _ALL, strict=True):
        repaired[index] = name
    return repaired


def _number(symbol: str) -> int:
    return int("".join(letter for letter in symbol if letter.isdigit()))


_ALL = (*_MARCH, *_SEPTEMBER)
