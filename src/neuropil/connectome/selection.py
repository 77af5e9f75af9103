"""A small, safe language for choosing neurons: ``cell_type in ['EPG'] and side == 'L'``.

Text is parsed with :mod:`ast` and only the listed constructs are translated; nothing is evaluated.
A missing value equals ``None`` and nothing else, so a condition and its negation always split the
neurons in two.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce

import polars as pl

from neuropil.contracts import InputError

__all__ = ["compile_expression"]

Literal = str | int | float | bool | None

_ALLOWED = (
    "Use column names, literals, ==, !=, <, <=, >, >=, in, not in, and, or, not and parentheses."
)
# Room for a list of thousands of ids; the parser's memory grows with the text. Not tuned.
_LONGEST = 100_000
# Larger literals would become floats or unsigned integers, which compare otherwise with ids.
_INT64 = 2**63
_ORDER: dict[type[ast.cmpop], Callable[[pl.Expr, pl.Expr], pl.Expr]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
# `4 < n` is turned into `n > 4`, so that all comparisons have the column on the left.
_MIRRORED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.Gt,
    ast.LtE: ast.GtE,
    ast.Gt: ast.Lt,
    ast.GtE: ast.LtE,
}


def compile_expression(expression: str, schema: Mapping[str, pl.DataType]) -> pl.Expr:
    """Translate a selection into a Polars expression.

    Parameters
    ----------
    expression : str
        Such as ``"cell_type in ['EPG', 'PEN_a'] and side == 'L'"`` or ``"x_nm == None"``.
    schema : mapping of str to pl.DataType
        Columns that may be named, with their types.

    Returns
    -------
    pl.Expr
        True or False for each row, never null.

    Raises
    ------
    InputError
        When the text cannot be parsed, uses anything but the listed constructs, names an unknown
        column, or compares a column with a value of another type.

    Examples
    --------
    >>> frame = pl.DataFrame({"side": ["L", "R", None]})
    >>> frame.filter(compile_expression("side != 'L'", frame.schema))["side"].to_list()
    ['R', None]
    """
    return _Compiler(expression, schema).compile()


@dataclass(frozen=True)
class _Compiler:
    expression: str
    schema: Mapping[str, pl.DataType]

    def compile(self) -> pl.Expr:
        if len(self.expression) > _LONGEST:
            raise self._error(f"expected at most {_LONGEST} characters", None, "Shorten it.")
        try:
            return self._condition(ast.parse(self.expression.strip(), mode="eval").body)
        except SyntaxError as error:
            place = f"character {error.offset}" if error.offset else "its start"
            raise self._error(f"cannot be read at {place}", None, _ALLOWED) from error
        # What the parser of Python raises for hostile text: NUL bytes, thousands of parentheses.
        except (ValueError, RecursionError, MemoryError) as error:
            # An InputError is a ValueError too, and has a better message already.
            if isinstance(error, InputError):
                raise
            raise self._error("cannot be read", None, _ALLOWED) from error

    def _condition(self, node: ast.expr) -> pl.Expr:
        match node:
            case ast.BoolOp(op=op, values=values):
                join = operator.and_ if isinstance(op, ast.And) else operator.or_
                return reduce(join, [self._condition(value) for value in values])
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return ~self._condition(operand)
            case ast.Compare(left=left, ops=ops, comparators=right):
                sides = [left, *right]
                # A chain `1 < n < 5` compares each neighbour, as Python does; sides are one more
                # than operators.
                pairs = zip(sides, ops, sides[1:], strict=False)
                return reduce(operator.and_, [self._compare(*pair) for pair in pairs])
            # Only a boolean column is a condition by itself: truth of numbers and text is a common
            # slip.
            case ast.Name(id=name) if self._type_of(node) == pl.Boolean:
                return pl.col(name).fill_null(value=False)
        raise self._unknown("a condition", node)

    def _compare(self, left: ast.expr, op: ast.cmpop, right: ast.expr) -> pl.Expr:
        if isinstance(op, ast.In | ast.NotIn):
            found = self._contained(left, right)
            return ~found if isinstance(op, ast.NotIn) else found
        # In Polars there is no identity; `is None` would have to mean `== None`, and `is 4`
        # nothing.
        if isinstance(op, ast.Is | ast.IsNot):
            raise self._error("'is' is not part of the language", left, _ALLOWED)
        if not isinstance(left, ast.Name):
            if not isinstance(right, ast.Name):
                raise self._unknown("a comparison with a column", left)
            left, op, right = right, _MIRRORED.get(type(op), type(op))(), left
        column, other = self._column(left), self._operand(right, left, op)
        if isinstance(op, ast.Eq):
            # The kind of equality in which null equals null: plain `==` gives null and drops the
            # neuron.
            return column.eq_missing(other)
        if isinstance(op, ast.NotEq):
            return column.ne_missing(other)
        # A missing value is neither less nor more, and its negation must hold: false, not null.
        return _ORDER[type(op)](column, other).fill_null(value=False)

    def _contained(self, left: ast.expr, right: ast.expr) -> pl.Expr:
        if not isinstance(right, ast.List | ast.Tuple | ast.Set):
            raise self._unknown("a list after in", right)
        if not isinstance(left, ast.Name):
            raise self._unknown("a column before in", left)
        column = self._column(left)
        values = [self._literal(item) for item in right.elts]
        for value, item in zip(values, right.elts, strict=True):
            if value is None:
                raise self._error(
                    "None cannot be a member of a list", item, f"Write {left.id} == None."
                )
            self._require_type(left, value)
        if not values:
            return pl.lit(value=False)
        dtype = self._common_type(left, values)
        # One list for all rows; as a plain series it would be compared row by row.
        members = pl.Series(values, dtype=dtype, strict=False).implode()
        return column.cast(dtype, strict=False).is_in(members).fill_null(value=False)

    def _common_type(self, column: ast.Name, values: list[Literal]) -> type[pl.DataType]:
        kind = self._kind(column)
        if kind != "number":
            return pl.String if kind == "text" else pl.Boolean
        whole = self._type_of(column).is_integer() and all(isinstance(v, int) for v in values)
        # Ids beyond 2^53 must not be compared as floats.
        return pl.Int64 if whole else pl.Float64

    def _operand(self, node: ast.expr, column: ast.Name, op: ast.cmpop) -> pl.Expr:
        if isinstance(node, ast.Name):
            if self._kind(node) != self._kind(column):
                what = f"{column.id} ({self._type_of(column)}) cannot be compared with {node.id}"
                raise self._error(f"{what} ({self._type_of(node)})", node, self._columns())
            return self._column(node)
        value = self._literal(node)
        if value is None:
            if not isinstance(op, ast.Eq | ast.NotEq):
                raise self._error("None has no order", node, f"Write {column.id} == None.")
            # A null without a type does not compare with categories.
            return pl.lit(None, dtype=self._type_of(column))
        self._require_type(column, value)
        return pl.lit(value)

    def _literal(self, node: ast.expr) -> Literal:
        match node:
            case ast.Constant(value=None | str() | bool() | float() as value):
                return value
            case ast.Constant(value=int() as value) if value < _INT64:
                return value
            # The sign stands apart from the number: -2^63 is the negative of a literal that is too
            # large.
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
                if not isinstance(value, bool) and value <= _INT64:
                    return -value
        raise self._unknown("a literal", node)

    def _require_type(self, column: ast.Name, value: Literal) -> None:
        # By exact type, because True is an integer to isinstance.
        kind = {str: "text", bool: "boolean"}.get(type(value), "number")
        if kind != self._kind(column):
            raise self._error(
                f"column {column.id} holds {self._type_of(column)} and cannot be compared with "
                f"{value!r}",
                column,
                f"Compare it with a {self._kind(column)} value.",
            )

    def _kind(self, column: ast.Name) -> str:
        dtype = self._type_of(column)
        if dtype.is_numeric():
            return "number"
        return "boolean" if dtype == pl.Boolean else "text"

    def _column(self, node: ast.Name) -> pl.Expr:
        # Categories compare by their text, whatever the order in which they were met.
        dtype = self._type_of(node)
        column = pl.col(node.id)
        return column.cast(pl.String) if dtype in (pl.Categorical, pl.Enum) else column

    def _type_of(self, node: ast.Name) -> pl.DataType:
        if node.id not in self.schema:
            raise self._error(f"there is no column {node.id}", node, self._columns())
        return self.schema[node.id]

    def _columns(self) -> str:
        return f"The columns are: {', '.join(self.schema)}."

    def _unknown(self, expected: str, node: ast.expr) -> InputError:
        # The words of the user where they can be found, and not what the parser made of them.
        text = ast.get_source_segment(self.expression.strip(), node) or ast.unparse(node)
        return self._error(f"expected {expected}, found {text}", node, _ALLOWED)

    def _error(self, what: str, node: ast.expr | None, repair: str) -> InputError:
        place = "" if node is None else f", character {node.col_offset + 1}"
        return InputError(what, where=f"selection {self.expression!r}{place}", repair=repair)
