"""What the tables and arrays of a cohort must hold; each fault names subject and modality."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from neuropil.connectome.frames import as_polars
from neuropil.connectome.parcellation import Parcellation
from neuropil.connectome.triangles import count_regions
from neuropil.connectome.validation import (
    SIGNED_UNITS,
    TableError,
    find_invisible,
    find_missing_ids,
    list_some,
)
from neuropil.connectome.weight_names import NOT_STATED
from neuropil.contracts import InputError

__all__ = [
    "check_connectivity",
    "check_subjects",
    "check_units",
    "freeze_array",
    "have_same_regions",
    "have_same_values",
]

Floats = npt.NDArray[np.floating[Any]]

# Counts: what is below 0 there was transformed, and is of another unit.
_COUNTS = ("streamlines", "synapses", "binary")
# Half precision rounds 1 by .0005; beyond this margin a number is no correlation.
_MARGIN = 1e-3


def check_subjects(subjects: Any) -> pl.DataFrame:  # noqa: ANN401
    """Check the table of subjects and put their ids first, as text without blanks at the ends.

    Parameters
    ----------
    subjects : pl.DataFrame or pandas.DataFrame
        Column ``id`` and any others.

    Returns
    -------
    pl.DataFrame
        With ``id`` first.

    Raises
    ------
    TableError
        When there is no subject, an id is missing, repeated or has invisible characters, or a
        column holds lists, NaN or infinite values.
    """
    frame = as_polars(subjects, "subjects")
    if "id" not in frame.columns:
        raise _fault(
            f"expected the column id, found {', '.join(map(repr, frame.columns)) or 'none'}",
            "Rename the column that names the subjects to id.",
        )
    if frame.is_empty():
        raise _fault("expected at least one subject, found none", "Add the subjects.")
    ids = frame["id"]
    if ids.dtype not in (pl.String, pl.Categorical, pl.Enum) and not ids.dtype.is_integer():
        raise _fault(
            f"expected ids as text or whole numbers, found {ids.dtype}",
            "Read the ids as text; a float cannot hold long ids.",
            column="id",
        )
    ids = ids.cast(pl.String).str.strip_chars()
    _check_ids(ids)
    for column in frame.drop("id").iter_columns():
        _check_column(column)
    return pl.DataFrame([ids, *frame.drop("id").get_columns()])


def _fault(what: str, repair: str, row: int | None = None, column: str | None = None) -> TableError:
    return TableError(what, table="subjects", repair=repair, row=row, column=column)


def _check_ids(ids: pl.Series) -> None:
    missing = find_missing_ids(ids)
    if missing.any():
        row = int(missing.arg_true()[0])
        found = "nothing" if ids[row] is None else repr(ids[row])
        what = f"expected an id, found {found} ({missing.sum()} such rows)"
        raise _fault(what, "Give each subject an id of its own.", row, "id")
    unseen = find_invisible(ids)
    if unseen.any():
        row = int(unseen.arg_true()[0])
        what = f"expected an id without invisible characters, found {ids[row]!a}"
        raise _fault(what, "Remove what no screen shows from it.", row, "id")
    repeated = ~ids.is_first_distinct()
    if repeated.any():
        again = list_some(map(repr, ids.filter(repeated).unique(maintain_order=True)))
        what = f"expected each subject once, found {again} again"
        raise _fault(what, "Keep one row for each subject.", int(repeated.arg_true()[0]), "id")


def _check_column(column: pl.Series) -> None:
    if column.dtype.is_nested() or column.dtype == pl.Object:
        raise _fault(
            f"expected numbers, text or booleans, found {column.dtype}",
            "Split it into one column for each element.",
            column=column.name,
        )
    if column.dtype.is_float() and not column.is_finite().all():
        row = int((~column.is_finite()).arg_true()[0])
        raise _fault(
            f"expected finite numbers, found {column[row]}",
            "Use null where the value is not known.",
            row,
            column.name,
        )


def check_connectivity(
    connectivity: Mapping[str, npt.ArrayLike], ids: pl.Series
) -> dict[str, Floats]:
    """Check the arrays of all modalities against the subjects and against each other.

    Parameters
    ----------
    connectivity : mapping of str to (n_subjects, n_edges) array
        Upper triangles, row by row.
    ids : pl.Series
        (n_subjects,) ids.

    Returns
    -------
    dict of str to ndarray
        Arrays of float32 or float64 that nobody can write to.

    Raises
    ------
    InputError
        When there is no modality, an array has another shape, holds no numbers or an infinite one,
        or two modalities differ in their regions.
    """
    if not connectivity:
        raise InputError(
            "expected at least one modality, found none",
            where="connectivity",
            repair="Give one array for each modality, such as {'SC': array}.",
        )
    arrays = {str(name): _check_array(str(name), a, ids) for name, a in connectivity.items()}
    regions = {name: count_regions(a.shape[1], repr(name)) for name, a in arrays.items()}
    if len(set(regions.values())) > 1:
        found = ", ".join(f"{name!r} of {n}" for name, n in regions.items())
        raise InputError(
            f"expected one number of regions in all modalities, found {found}",
            where="connectivity",
            repair="Use one parcellation for all modalities, or make a cohort of each.",
        )
    return arrays


def _check_array(name: str, values: npt.ArrayLike, ids: pl.Series) -> Floats:
    if not name.strip() or name != name.strip():
        raise InputError(
            f"expected a name without blanks at its ends, found {name!r}",
            where="connectivity",
            repair="Name the modality, such as SC or FC.",
        )
    array = freeze_array(values, name)
    if array.ndim != 2 or len(array) != len(ids):
        raise InputError(
            f"expected {len(ids)} rows, one for each subject, found shape {array.shape}",
            where=repr(name),
            repair="Give one row of edges for each subject, NaN throughout where it has none.",
        )
    infinite = np.isinf(array).any(axis=1)
    if infinite.any():
        raise InputError(
            f"expected finite values, found infinite ones in {int(infinite.sum())} of {len(ids)} "
            f"subjects: {list_some(map(repr, ids.filter(pl.Series(infinite))))}",
            where=repr(name),
            repair="Correct them, or put NaN where a value is not known.",
        )
    return array


def freeze_array(values: npt.ArrayLike, name: str) -> Floats:
    """Turn numbers into an array of float32 or float64 that nobody can write to.

    Parameters
    ----------
    values : array_like
        Numbers. An array that cannot be written to is shared, any other is copied.
    name : str
        The modality, for the error.

    Returns
    -------
    ndarray
        Half precision and whole numbers of 16 bits become float32; other whole numbers float64.

    Raises
    ------
    InputError
        When they are no numbers.
    """
    array = np.asarray(values)
    if array.dtype.kind not in "biuf":
        raise InputError(
            f"expected numbers, found {array.dtype}",
            where=repr(name),
            repair="Give an array of numbers, NaN where a value is missing.",
        )
    if array.dtype not in (np.float32, np.float64):
        small = array.dtype.kind == "b" or array.dtype.itemsize <= 2
        array = array.astype(np.float32 if small else np.float64)
    # Whoever can still write to an array could change it behind the checks.
    elif array.flags.writeable:
        array = array.copy()
    array = np.ascontiguousarray(array)
    array.flags.writeable = False
    return array


def check_units(units: Mapping[str, str], arrays: Mapping[str, Floats]) -> dict[str, str]:
    """Give each modality its unit, and hold its values against the unit.

    Parameters
    ----------
    units : mapping of str to str
        Unit of the modalities of which it is known.
    arrays : mapping of str to ndarray
        The modalities.

    Returns
    -------
    dict of str to str
        In the order of the modalities; ``not stated`` where no unit is given.

    Raises
    ------
    InputError
        When a unit belongs to no modality, counts are negative, or a correlation is beyond 1.
    """
    unused = [name for name in units if name not in arrays]
    if unused:
        raise InputError(
            f"expected units of the modalities {', '.join(map(repr, arrays))}, found one of "
            f"{unused[0]!r}",
            where="units",
            repair="Correct the name, or leave the unit out.",
        )
    full = {name: units.get(name) or NOT_STATED for name in arrays}
    for name, unit in full.items():
        _check_range(name, unit, arrays[name])
    return full


def _check_range(name: str, unit: str, array: Floats) -> None:
    known = {"correlation", "partial correlation", *_COUNTS}
    if unit not in known or not array.size or np.isnan(array).all():
        return
    lowest, highest = float(np.nanmin(array)), float(np.nanmax(array))
    if unit in _COUNTS and lowest < 0:
        raise InputError(
            f"expected {unit} of 0 or more, found {lowest:.6g}",
            where=repr(name),
            repair=f"State the unit of what it is, such as units={{{name!r}: 'log streamlines'}}.",
        )
    if unit in SIGNED_UNITS and max(-lowest, highest) > 1 + _MARGIN:
        beyond = highest if highest > 1 + _MARGIN else lowest
        raise InputError(
            f"expected a {unit} from -1 to 1, found {beyond:.6g}",
            where=repr(name),
            repair=f"State the unit of what it is, such as units={{{name!r}: 'Fisher z'}}.",
        )


def have_same_values(one: Mapping[str, Floats], other: Mapping[str, Floats]) -> bool:
    """Tell whether modalities, their order, types and values are equal, NaN being equal to NaN."""
    return list(one) == list(other) and all(
        one[name].dtype == other[name].dtype
        and np.array_equal(one[name], other[name], equal_nan=True)
        for name in one
    )


def have_same_regions(one: Parcellation | None, other: Parcellation | None) -> bool:
    """Tell whether the tables of regions are equal, or both are unknown."""
    if one is None or other is None:
        return one is other
    return one.regions.equals(other.regions)
