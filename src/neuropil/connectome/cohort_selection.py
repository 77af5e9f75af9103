"""Which subjects of a cohort are kept."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from neuropil.connectome.validation import list_some
from neuropil.contracts import InputError

__all__ = ["find_places", "list_values"]


def find_places(rows: npt.ArrayLike, n: int) -> npt.NDArray[np.int64]:
    """Find the positions of the subjects to keep.

    Parameters
    ----------
    rows : (n,) bool array, or array of int
        A mask, or positions; negative ones count from the end.
    n : int
        Number of subjects.

    Returns
    -------
    ndarray
        (m,) positions of 0 or more.

    Raises
    ------
    InputError
        When a mask has another length, a position is beyond the subjects, or nobody is left.
    """
    array = np.asarray(rows)
    # An empty list has the type of floats, and chooses nobody.
    if array.dtype == bool and array.shape == (n,):
        places = np.flatnonzero(array)
    elif array.dtype.kind in "iu" and array.ndim == 1 and (abs(array + 0.5) < n + 0.5).all():
        places = np.arange(n)[array]
    elif not array.size:
        places = np.zeros(0, dtype=np.int64)
    else:
        raise InputError(
            f"expected {n} booleans, or positions below {n}, found {array.dtype} of shape "
            f"{array.shape}",
            where="take",
            repair="Give a mask of all subjects, or the positions of those to keep.",
        )
    if not places.size:
        raise InputError(
            "expected at least one subject, none is left",
            where="take",
            repair="Choose at least one subject.",
        )
    return places.astype(np.int64)


def list_values(subjects: pl.DataFrame, expression: str) -> str:
    """List the values of the columns that an expression names, as a repair.

    Parameters
    ----------
    subjects : pl.DataFrame
        The table.
    expression : str
        A condition that nobody matches.

    Returns
    -------
    str
        A sentence.
    """
    # Ids are left out: of thousands the first five would not help to mend the condition.
    named = [name for name in subjects.columns if name in expression and name != "id"]
    values = [f"{name}: {list_some(subjects[name].unique(maintain_order=True))}" for name in named]
    return f"Values are {'; '.join(values)}." if values else "Widen the condition."
