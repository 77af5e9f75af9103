"""Pieces of work are done once, in any order, and cached."""

from __future__ import annotations

import math
import os
from contextlib import contextmanager

import pytest

from neuropil.contracts import (
    NeuropilError,
    Piece,
    PieceCache,
    side_by_side,
    usable_processors,
)

ROOTS = [Piece(f"root-{number}", math.sqrt, (number,)) for number in (16, 9, 4)]


def test_results_come_in_the_order_of_the_tasks(tmp_path) -> None:
    assert PieceCache(tmp_path).results("roots", ROOTS) == [4, 3, 2]
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "root-16.json",
        "root-4.json",
        "root-9.json",
    ]


def test_what_is_cached_is_not_done_again(tmp_path) -> None:
    (tmp_path / "root-9.json").write_text("-3\n")
    assert PieceCache(tmp_path).results("roots", ROOTS) == [4, -3, 2]


def test_what_was_done_before_a_failure_is_cached(tmp_path) -> None:
    pieces = [ROOTS[0], Piece("root-minus", math.sqrt, (-1,))]
    with pytest.raises(ValueError, match=r"math domain error|nonnegative"):
        PieceCache(tmp_path).results("roots", pieces)
    assert [path.name for path in tmp_path.iterdir()] == ["root-16.json"]


def test_processes_give_the_same_results(tmp_path) -> None:
    assert PieceCache(tmp_path, jobs=2).results("roots", ROOTS) == [4, 3, 2]
    where = [Piece(f"process-{number}", os.getpid) for number in range(2)]
    assert os.getpid() not in PieceCache(tmp_path, jobs=2).results("processes", where)


def test_each_process_computes_with_one_thread(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("NPROC", "7")
    pieces = [Piece(f"threads-{number}", os.getenv, ("NPROC",)) for number in range(2)]
    assert PieceCache(tmp_path, jobs=2).results("threads", pieces) == ["1", "1"]
    assert os.environ["NPROC"] == "7"


def test_a_process_that_dies_loses_only_its_own_work(tmp_path) -> None:
    pieces = [*ROOTS, Piece("dies", os._exit, (1,))]
    with pytest.raises(NeuropilError) as caught:
        PieceCache(tmp_path, jobs=2).results("roots", pieces)
    assert str(caught.value) == (
        f"{tmp_path}: a process ended before its work was done, perhaps for want of memory. "
        "Repeat the command with the same --out; what is finished is cached."
    )
    assert PieceCache(tmp_path, jobs=2).results("roots", ROOTS) == [4, 3, 2]


@pytest.mark.parametrize("content", ["", "{", "\udc80"])
def test_a_damaged_result_is_made_anew(tmp_path, content) -> None:
    path = tmp_path / "root-9.json"
    path.write_bytes(content.encode(errors="surrogateescape"))
    assert PieceCache(tmp_path).results("roots", ROOTS) == [4, 3, 2]
    assert path.read_text() == "3.0\n"


def undefined(*_):
    """A result with numbers that JSON has not."""
    return {"r": math.nan, "rows": [(1.5, -math.inf), {"deep": math.inf}], "n": 3, "name": "a"}


def test_numbers_that_are_not_finite_become_null(tmp_path) -> None:
    [found] = PieceCache(tmp_path).results("undefined", [Piece("undefined", undefined)])
    assert found == {"r": None, "rows": [[1.5, None], {"deep": None}], "n": 3, "name": "a"}
    assert "NaN" not in (tmp_path / "undefined.json").read_text(encoding="utf-8")


def test_a_result_is_read_from_its_file_once(tmp_path) -> None:
    cache = PieceCache(tmp_path)
    first = cache.results("roots", ROOTS[:1])
    (tmp_path / "root-16.json").write_text("-4\n")
    assert cache.results("roots", ROOTS[:1]) == first == [4]
    assert PieceCache(tmp_path).results("roots", ROOTS[:1]) == [-4]


def test_progress_counts_what_was_cached_before(tmp_path) -> None:
    steps = []

    class Recorder:
        @contextmanager
        def track(self, label, total):
            steps.append((label, total))
            yield lambda n=1, note="": steps.append((n, note))

    PieceCache(tmp_path).results("roots", ROOTS[:2])
    PieceCache(tmp_path, Recorder()).results("roots", ROOTS)
    assert steps == [("roots", 3), (2, ""), (1, "root-4")]


def test_at_least_one_processor_may_be_used() -> None:
    assert 1 <= usable_processors() <= (os.cpu_count() or 1)


def test_work_side_by_side_keeps_its_order_and_is_given_up_in_silence():
    """A warning would be an error here, as everywhere in the suite."""
    calls = [(pow, (base, 2)) for base in range(6)]
    assert list(side_by_side(calls, 2)) == [0, 1, 4, 9, 16, 25]
    given_up = side_by_side(calls, 2)
    assert next(given_up) == 0
    given_up.close()
