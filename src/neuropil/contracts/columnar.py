"""Reading Parquet and Arrow files, of which damaged ones are refused by name."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import polars as pl

from neuropil.contracts.errors import InputError
from neuropil.contracts.files import require_regular_file

__all__ = ["read_columnar", "refuse_columnar"]

_STANDARD_ERROR = 2


def read_columnar(path: Path, repair: str, *, arrow: bool = False) -> pl.DataFrame:
    """Read a table in Parquet or Arrow.

    Parameters
    ----------
    path : Path
        The file.
    repair : str
        What to do where it is damaged.
    arrow : bool
        True for Arrow, of which Feather is one; False for Parquet.

    Returns
    -------
    pl.DataFrame
        All its columns.

    Raises
    ------
    InputError
        When it is no file, or damaged.
    """
    require_regular_file(path)
    read = pl.read_ipc if arrow else pl.read_parquet
    try:
        # Opened here: a bracket in the name of a file is part of it, and no pattern.
        with path.open("rb") as handle, _without_panics():
            return read(handle)
    # Polars panics over some damaged files, which is no subclass of Exception.
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
        raise refuse_columnar(path, repair, arrow=arrow) from error


def refuse_columnar(path: Path, repair: str, *, arrow: bool = False) -> InputError:
    """Build the error about a damaged table.

    Parameters
    ----------
    path, repair, arrow
        As for :func:`read_columnar`.

    Returns
    -------
    InputError
        To be raised.
    """
    what = "Feather or Arrow" if arrow else "Parquet"
    return InputError(
        f"expected a whole {what} file, found a damaged or truncated one of "
        f"{path.stat().st_size} bytes",
        where=str(path),
        repair=repair,
    )


@contextmanager
def _without_panics() -> Iterator[None]:
    """Keep what a panic prints, which is a traceback of Rust, from standard error."""
    sys.stderr.flush()
    try:
        kept = os.dup(_STANDARD_ERROR)
    # Closed, as it may be for a service: nothing can be printed then.
    except OSError:
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, _STANDARD_ERROR)
        yield
    finally:
        with suppress(OSError):
            os.dup2(kept, _STANDARD_ERROR)
        os.close(nowhere)
        os.close(kept)
