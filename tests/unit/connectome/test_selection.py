"""The selection language against Python's own meaning of the same conditions."""

from collections.abc import Callable
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuropil.connectome import compile_expression
from neuropil.contracts import InputError

FRAME = pl.DataFrame(
    {
        "id": [1, 2, 3, 4],
        "cell_type": ["EPG", "PEN_a", "EPG", None],
        "side": ["L", "R", None, "L"],
        "soma_side": ["L", "L", "R", None],
        "x_nm": [-1.5, 0.0, None, 8.0],
        "is_traced": [True, False, None, True],
    }
)
ALLOWED = (
    "Use column names, literals, ==, !=, <, <=, >, >=, in, not in, and, or, not and parentheses."
)


def select(expression: str, frame: pl.DataFrame = FRAME) -> list[int]:
    return frame.filter(compile_expression(expression, frame.schema))["id"].to_list()


@pytest.mark.parametrize(
    ("expression", "ids"),
    [
        ("cell_type == 'EPG'", [1, 3]),
        ("cell_type in ['EPG', 'PEN_a'] and side == 'L'", [1]),
        ("cell_type not in ('EPG',)", [2, 4]),
        ("side != 'L'", [2, 3]),
        ("not side == 'L'", [2, 3]),
        ("side == None", [3]),
        ("side != None", [1, 2, 4]),
        ("x_nm >= 0", [2, 4]),
        ("not x_nm >= 0", [1, 3]),
        ("-1.5 <= x_nm < 8", [1, 2]),
        ("0 < x_nm", [4]),
        ("x_nm in [0, 8]", [2, 4]),
        ("x_nm in [0, -1.5]", [1, 2]),
        ("id in [1.5, 2]", [2]),
        ("is_traced in [False]", [2]),
        ("id in [1, 4] or (side == 'R' and x_nm == 0)", [1, 2, 4]),
        ("is_traced", [1, 4]),
        ("not is_traced", [2, 3]),
        ("is_traced == False", [2]),
        ("side == soma_side", [1]),
        ("cell_type in []", []),
        ("cell_type == 'É\\'\"'", []),
        ("  side == 'R'\n", [2]),
    ],
)
def test_meaning(expression: str, ids: list[int]) -> None:
    assert select(expression) == ids


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        (
            "type == 'EPG'",
            "selection \"type == 'EPG'\", character 1: there is no column type. "
            "The columns are: id, cell_type, side, soma_side, x_nm, is_traced.",
        ),
        (
            "cell_type == 3",
            "selection 'cell_type == 3', character 1: column cell_type holds String and cannot "
            "be compared with 3. Compare it with a text value.",
        ),
        (
            "id in [1, '2']",
            "selection \"id in [1, '2']\", character 1: column id holds Int64 and cannot be "
            "compared with '2'. Compare it with a number value.",
        ),
        (
            "side == x_nm",
            "selection 'side == x_nm', character 9: side (String) cannot be compared with x_nm "
            "(Float64). The columns are: id, cell_type, side, soma_side, x_nm, is_traced.",
        ),
        ("side =", f"selection 'side =': cannot be read at character 6. {ALLOWED}"),
        ("", f"selection '': cannot be read at its start. {ALLOWED}"),
        (
            "side.upper() == 'L'",
            "selection \"side.upper() == 'L'\", character 1: expected a comparison with a column, "
            f"found side.upper(). {ALLOWED}",
        ),
        (
            "__import__('os').system('true')",
            "selection \"__import__('os').system('true')\", character 1: expected a condition, "
            f"found __import__('os').system('true'). {ALLOWED}",
        ),
        (
            "x_nm + 1 > 2",
            "selection 'x_nm + 1 > 2', character 1: expected a comparison with a column, "
            f"found x_nm + 1. {ALLOWED}",
        ),
        (
            "side in 'LR'",
            "selection \"side in 'LR'\", character 9: expected a list after in, found 'LR'. "
            f"{ALLOWED}",
        ),
        (
            "side in ['L', None]",
            "selection \"side in ['L', None]\", character 15: None cannot be a member of a list. "
            "Write side == None.",
        ),
        (
            "x_nm < None",
            "selection 'x_nm < None', character 8: None has no order. Write x_nm == None.",
        ),
        (
            "side is None",
            "selection 'side is None', character 1: 'is' is not part of the language. " + ALLOWED,
        ),
        ("side", f"selection 'side', character 1: expected a condition, found side. {ALLOWED}"),
        (
            f"id == {2**63}",
            f"selection 'id == {2**63}', character 7: expected a literal, found {2**63}. {ALLOWED}",
        ),
    ],
)
def test_every_misuse_is_named(expression: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        compile_expression(expression, FRAME.schema)
    assert str(caught.value) == message


@pytest.mark.parametrize("expression", ["(" * 5000 + "is_traced" + ")" * 5000, "x" * 200_000, "\0"])
def test_hostile_text_is_refused(expression: str) -> None:
    with pytest.raises(InputError):
        compile_expression(expression, FRAME.schema)


VALUES = st.one_of(st.none(), st.integers(-2, 2))
COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a is not None and a < b,
    ">=": lambda a, b: a is not None and a >= b,
}


@st.composite
def conditions(draw: st.DrawFn, depth: int = 3) -> tuple[str, Callable[[dict[str, Any]], bool]]:
    """Draw a condition as text, and the same condition as a Python function."""
    kind = draw(st.sampled_from(["compare", "in", "and", "or", "not"] if depth else ["compare"]))
    if kind in ("compare", "in"):
        column = draw(st.sampled_from(["a", "b"]))
        if kind == "in":
            members = draw(st.lists(st.integers(-2, 2), max_size=3))
            return f"{column} in {members}", lambda row: row[column] in members
        symbol, number = draw(st.sampled_from(sorted(COMPARE))), draw(st.integers(-2, 2))
        return f"{column} {symbol} {number}", lambda row: COMPARE[symbol](row[column], number)
    left, left_of = draw(conditions(depth=depth - 1))
    if kind == "not":
        return f"not ({left})", lambda row: not left_of(row)
    right, right_of = draw(conditions(depth=depth - 1))
    if kind == "and":
        return f"({left}) and ({right})", lambda row: left_of(row) and right_of(row)
    return f"({left}) or ({right})", lambda row: left_of(row) or right_of(row)


@given(conditions(), st.lists(st.tuples(VALUES, VALUES), min_size=1, max_size=6))
def test_agrees_with_python_and_negation_splits_in_two(
    condition: tuple[str, Callable[[dict[str, Any]], bool]],
    rows: list[tuple[int | None, int | None]],
) -> None:
    text, meaning = condition
    frame = pl.DataFrame(rows, schema={"a": pl.Int64, "b": pl.Int64}, orient="row").with_row_index(
        "id"
    )
    chosen = select(text, frame)
    assert chosen == [row["id"] for row in frame.rows(named=True) if meaning(row)]
    assert sorted(chosen + select(f"not ({text})", frame)) == list(range(len(rows)))
