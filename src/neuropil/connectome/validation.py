"""What a connectome's tables must hold, each fault with its table, row and column.

Rows are counted from 0, as NumPy and Polars count them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

from neuropil.connectome.lookup import find_rows
from neuropil.contracts import InputError

__all__ = [
    "MISSING_WORDS",
    "REPAIR_NEGATIVE",
    "SIGNED_UNITS",
    "TableError",
    "check_edges",
    "check_nodes",
    "check_units",
    "find_invisible",
    "find_missing_ids",
    "find_rows",
    "list_some",
    "normalise_ids",
    "normalise_weights",
]

SIGNED_UNITS = frozenset({"Fisher z", "correlation", "covariance", "partial correlation"})
"""Units of weights that may be negative: statistics that are signed by their nature."""

REPAIR_NEGATIVE = (
    f"a weight that is signed by nature has one of the units {', '.join(sorted(SIGNED_UNITS))}."
)
"""The way out that every error about a negative weight names."""

# Enough to see a pattern, few enough for one line; not tuned.
_NAMED = 5
MISSING_WORDS = ("", "na", "n/a", "#n/a", "<na>", "nan", "null", "<null>", "none", "nil")
"""What pandas, R, Excel and databases write where there is no value, in small letters."""
_LONGEST_WORD = max(map(len, MISSING_WORDS))
# Marks of width 0, of direction and of byte order, and the hyphen that shows at a line end alone.
_INVISIBLE = r"[\x{AD}\x{200B}-\x{200F}\x{202A}-\x{202E}\x{2060}\x{FEFF}]"


class TableError(InputError):
    """Mend one place of the node table, the edge table or the matrix.

    Parameters
    ----------
    what : str
        What was expected and what was found.
    table : str
        ``nodes``, ``edges`` or ``matrix``.
    row : int, optional
        Row at fault, counted from 0.
    column : str, optional
        Column at fault.
    repair : str
        The next step that mends it.
    """

    def __init__(
        self,
        what: str,
        *,
        table: str,
        repair: str,
        row: int | None = None,
        column: str | None = None,
    ) -> None:
        self.table = table
        self.row = row
        self.column = column
        place = [table]
        if row is not None:
            place.append(f"row {row}")
        if column is not None:
            place.append(f"column {column}")
        super().__init__(what, where=", ".join(place), repair=repair)


def list_some(values: Iterable[object]) -> str:
    """Write the first five values, and say when there are more.

    Examples
    --------
    >>> list_some(range(7))
    '0, 1, 2, 3, 4, ...'
    """
    shown = [str(value) for value in values]
    return ", ".join(shown[:_NAMED]) + (", ..." if len(shown) > _NAMED else "")


def find_missing_ids(ids: pl.Series) -> pl.Series:
    """Tell which ids are none: null, empty, or a word that programs write for a missing value.

    Parameters
    ----------
    ids : pl.Series
        (n,) ids of any type.

    Returns
    -------
    pl.Series
        (n,) booleans without null.

    Examples
    --------
    >>> find_missing_ids(pl.Series(["A", " NA ", "", None, "nan", "NAc"])).to_list()
    [False, True, True, True, True, False]
    """
    if ids.dtype != pl.String:
        return ids.is_null()
    bare = ids.str.strip_chars()
    # Ids of a brain are longer than any such word, and millions of them are not compared.
    if not (bare.str.len_bytes() <= _LONGEST_WORD).any():
        return ids.is_null()
    return bare.str.to_lowercase().is_in(list(MISSING_WORDS)).fill_null(value=True)


def find_invisible(texts: pl.Series) -> pl.Series:
    """Tell which texts hold a character that no screen shows: it makes two neurons of one name.

    Parameters
    ----------
    texts : pl.Series
        (n,) texts.

    Returns
    -------
    pl.Series
        (n,) booleans, null where the text is.

    Examples
    --------
    >>> find_invisible(pl.Series(["EPG", "EPG\u200b"])).to_list()
    [False, True]
    """
    return texts.str.contains(_INVISIBLE)


def normalise_ids(frame: pl.DataFrame, columns: Sequence[str], table: str) -> pl.DataFrame:
    """Put id columns first, as Int64 or String.

    Parameters
    ----------
    frame : pl.DataFrame
        A node or edge table.
    columns : sequence of str
        Its id columns.
    table : str
        Name of the table in errors.

    Returns
    -------
    pl.DataFrame
        The same rows; other integers become Int64, categories become String, and blanks around an
        id are removed.

    Raises
    ------
    TableError
        When a column is missing or its values are neither whole numbers nor text.
    """
    missing = [name for name in columns if name not in frame.columns]
    if missing:
        found = ", ".join(frame.columns) or "none"
        raise TableError(
            f"expected the columns {', '.join(columns)}, found {found}",
            table=table,
            column=missing[0],
            repair="Rename or add the missing column.",
        )
    ids = [_as_ids(frame[name], table) for name in columns]
    # First, because weights are all columns after pre and post.
    return frame.select(*ids, pl.exclude(*columns))


def normalise_weights(edges: pl.DataFrame) -> pl.DataFrame:
    """Hold whole weights as Int64 and others as Float64, so that no sum overflows.

    Parameters
    ----------
    edges : pl.DataFrame
        Columns ``pre``, ``post``, then weights; a column that is no number is left as it is.

    Returns
    -------
    pl.DataFrame
        The same rows.
    """
    weights = [column for column in edges.iter_columns() if column.dtype.is_numeric()]
    return edges.with_columns(
        column.cast(pl.Int64 if column.dtype.is_integer() else pl.Float64)
        for column in weights
        if column.name not in ("pre", "post")
    )


def _as_ids(ids: pl.Series, table: str) -> pl.Series:
    if ids.dtype == pl.Int64:
        return ids
    # Categories of two tables have numbers of their own; only their text can be compared. A blank
    # at its end would make a second neuron of the same name.
    if ids.dtype in (pl.String, pl.Categorical, pl.Enum):
        return ids.cast(pl.String).str.strip_chars()
    # An empty column has no type. Ids of 2^63 or more become null in the cast and are refused.
    if ids.dtype.is_integer() or ids.dtype == pl.Null:
        cast = ids.cast(pl.Int64, strict=False)
        if cast.null_count() == ids.null_count():
            return cast
    raise TableError(
        f"expected ids of type Int64 or String, found {ids.dtype}",
        table=table,
        column=ids.name,
        repair="Read the ids as integers or as text; a float cannot hold ids beyond 2^53.",
    )


def check_nodes(nodes: pl.DataFrame) -> None:
    """Check the node table.

    Parameters
    ----------
    nodes : pl.DataFrame
        Column ``id`` and any others.

    Raises
    ------
    TableError
        When the table is empty, an id is missing (null, empty, or a word such as NA), repeated or
        holds a character that no screen shows, a number is NaN or infinite, a ``sign`` is neither
        -1 nor 1, or a column holds lists.
    """
    if nodes.is_empty():
        raise TableError(
            "expected at least one neuron, found none", table="nodes", repair="Add the neurons."
        )
    ids = nodes["id"]
    _refuse_null(ids, "nodes")
    _refuse_missing(ids, "nodes")
    _refuse_invisible(ids)
    # Counting is fast; where the repeated ones stand is asked only when there are some.
    if ids.n_unique() < len(ids):
        repeated = ~ids.is_first_distinct()
        names = list_some(ids.filter(repeated).unique(maintain_order=True))
        raise TableError(
            f"expected unique ids, found repeated {names}",
            table="nodes",
            row=_first(repeated),
            column="id",
            repair="Keep one row for each neuron.",
        )
    for column in nodes.iter_columns():
        _check_node_column(column)


def _check_node_column(column: pl.Series) -> None:
    if column.dtype.is_nested() or column.dtype == pl.Object:
        raise TableError(
            f"expected numbers, text or booleans, found {column.dtype}",
            table="nodes",
            column=column.name,
            repair="Split it into one column for each element.",
        )
    # NaN would be a second way to say not known, unequal to itself and above every number.
    if column.dtype.is_float() and not column.is_finite().all():
        row = _first(~column.is_finite())
        raise TableError(
            f"expected finite numbers, found {column[row]}",
            table="nodes",
            row=row,
            column=column.name,
            repair="Use null where the value is not known.",
        )
    if column.name == "sign":
        _check_signs(column)


def _check_signs(column: pl.Series) -> None:
    # Null counts as valid: the sign of many neurons is not known.
    valid = column.abs() == 1 if column.dtype.is_numeric() else column.is_null()
    if not valid.all():
        row = _first(~valid)
        raise TableError(
            f"expected -1 or 1, found {column[row]!r}",
            table="nodes",
            row=row,
            column="sign",
            repair="Use -1 for inhibitory, 1 for excitatory and null for not known.",
        )


def check_edges(
    edges: pl.DataFrame,
    node_ids: pl.Series,
    *,
    unique_pairs: bool = True,
    allow_null: bool = True,
    units: Mapping[str, str] | None = None,
) -> None:
    """Check the edge table against the neurons.

    Parameters
    ----------
    edges : pl.DataFrame
        Columns ``pre``, ``post``, then weights.
    node_ids : pl.Series
        Ids of the neurons.
    unique_pairs : bool
        False lets a (pre, post) pair occur more than once.
    allow_null : bool
        True lets a weight be null where another weight of the same edge has a value.
    units : mapping of str to str, optional
        Unit of each weight; those of ``SIGNED_UNITS`` let it be negative.

    Raises
    ------
    TableError
        When an edge names an unknown neuron, a (pre, post) pair is repeated, there is no weight
        column, an edge has no value, or a weight is NaN, infinite, not a number, or negative in a
        unit that is not of ``SIGNED_UNITS``.
    """
    for name in ("pre", "post"):
        # The number 12 and the text 12 are joined to nothing; without this every edge would be
        # unknown.
        if edges[name].dtype != node_ids.dtype:
            raise TableError(
                f"expected ids of type {node_ids.dtype} as in the nodes, found {edges[name].dtype}",
                table="edges",
                column=name,
                repair="Read the ids of both tables as the same type.",
            )
        _refuse_null(edges[name], "edges")
        _refuse_missing(edges[name], "edges")
    if edges.width == 2:
        raise TableError(
            "expected at least one weight column after pre and post, found none",
            table="edges",
            repair="Add a column such as synapse_count.",
        )
    # Weights before pairs: a fault of one cell is named as such, and not as a consequence.
    weights = [column for column in edges.iter_columns() if column.name not in ("pre", "post")]
    for column in weights:
        signed = (units or {}).get(column.name) in SIGNED_UNITS
        _check_weights(column, signed=signed, allow_null=allow_null and len(weights) > 1)
    _refuse_valueless(weights)
    pairs = _number_pairs(edges, node_ids)
    if unique_pairs and pairs.n_unique() < len(pairs):
        _refuse_repeated(edges, ~pairs.is_first_distinct())


def _check_weights(column: pl.Series, *, signed: bool, allow_null: bool) -> None:
    if not column.dtype.is_numeric():
        raise TableError(
            f"expected numeric weights, found {column.dtype}",
            table="edges",
            column=column.name,
            repair="Drop the column, or turn it into one weight column for each value.",
        )
    if not allow_null:
        _refuse_null(column, "edges")
    # One pass over millions of weights; where they are wrong is asked only then.
    lowest = column.min()
    repair = "Correct or drop this edge; inhibition belongs in the node column sign"
    if column.dtype.is_float() and not column.is_finite().all():
        valid, expected, repair = column.is_finite(), "finite weights", f"{repair}."
    elif not signed and isinstance(lowest, int | float) and lowest < 0:
        valid, expected = column >= 0, "weights of 0 or more"
        repair = f"{repair}, and {REPAIR_NEGATIVE}"
    else:
        return
    row = _first(~valid)
    raise TableError(
        f"expected {expected}, found {column[row]}",
        table="edges",
        row=row,
        column=column.name,
        repair=repair,
    )


def _refuse_valueless(weights: Sequence[pl.Series]) -> None:
    """Refuse an edge that is null in every weight: it would count as an edge and be in no sum."""
    if not all(column.null_count() for column in weights):
        return
    empty = pl.select(pl.all_horizontal(column.is_null() for column in weights)).to_series()
    if empty.any():
        names = ", ".join(repr(column.name) for column in weights)
        raise TableError(
            f"expected a value in one of the weights {names}, found null in each "
            f"({empty.sum()} such rows)",
            table="edges",
            row=_first(empty),
            repair="Fill a value or drop the row.",
        )


def _number_pairs(edges: pl.DataFrame, node_ids: pl.Series) -> pl.Series:
    """Give each (pre, post) pair one integer: these are counted many times faster than pairs."""
    rows = {}
    for name in ("pre", "post"):
        rows[name] = find_rows(edges[name], node_ids)
        if rows[name].null_count():
            _refuse_unknown(edges[name], rows[name].is_null())
    # 64 bits: of 46,341 neurons on, the number of pairs exceeds 32 bits.
    return rows["pre"].cast(pl.Int64) * len(node_ids) + rows["post"]


def _refuse_repeated(edges: pl.DataFrame, repeated: pl.Series) -> None:
    row = _first(repeated)
    pre, post = edges["pre"][row], edges["post"][row]
    raise TableError(
        f"expected one edge for each (pre, post) pair, found ({pre}, {post}) again "
        f"({repeated.sum()} such rows)",
        table="edges",
        row=row,
        column="pre, post",
        repair="Sum the weights of equal pairs first.",
    )


def _refuse_unknown(ids: pl.Series, unknown: pl.Series) -> None:
    names = list_some(ids.filter(unknown).unique(maintain_order=True))
    raise TableError(
        f"expected ids of the node table, found unknown {names} ({unknown.sum()} such rows)",
        table="edges",
        row=_first(unknown),
        column=ids.name,
        repair="Add these neurons to the nodes, or drop their edges.",
    )


def _refuse_null(column: pl.Series, table: str) -> None:
    if column.null_count():
        raise TableError(
            "expected a value, found null",
            table=table,
            row=_first(column.is_null()),
            column=column.name,
            repair="Fill the value or drop the row.",
        )


def _refuse_missing(ids: pl.Series, table: str) -> None:
    missing = find_missing_ids(ids)
    if missing.any():
        row = _first(missing)
        raise TableError(
            f"expected an id, found {ids[row]!r}, which stands for a missing value "
            f"({missing.sum()} such rows)",
            table=table,
            row=row,
            column=ids.name,
            repair="Give the neuron an id of its own, or drop the row.",
        )


def _refuse_invisible(ids: pl.Series) -> None:
    if ids.dtype != pl.String or not (unseen := find_invisible(ids)).any():
        return
    row = _first(unseen)
    raise TableError(
        f"expected an id without invisible characters, found {ids[row]!a}",
        table="nodes",
        row=row,
        column=ids.name,
        repair="Remove what no screen shows from it.",
    )


def check_units(units: Mapping[str, str], weights: Sequence[str]) -> None:
    """Check that each weight has one unit.

    Parameters
    ----------
    units : mapping of str to str
        Unit of each weight column.
    weights : sequence of str
        Names of the weight columns.

    Raises
    ------
    InputError
        When a weight has no unit, or a unit has no weight.
    """
    missing = [name for name in weights if not units.get(name)]
    # A unit of no weight is most often a misspelt name, whose weight then has none.
    unused = [name for name in units if name not in weights]
    if missing or unused:
        raise InputError(
            f"expected units of the weights {', '.join(weights)}, "
            f"found units of {', '.join(units) or 'none'}",
            where=f"units, {(missing or unused)[0]}",
            repair='Give each weight its unit, such as units={"synapse_count": "synapses"}.',
        )


def _first(mask: pl.Series) -> int:
    found: npt.NDArray[np.intp] = np.flatnonzero(mask.fill_null(value=False).to_numpy())
    return int(found[0])
