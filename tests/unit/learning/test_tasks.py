"""Pieces of work are done once, in any order, and kept."""

from __future__ import annotations

import math
import os

import pytest

from neuropil.contracts import InputError, NeuropilError
from neuropil.learning import Task, TaskBook

ROOTS = [Task(f"root-{number}", math.sqrt, (number,)) for number in (16, 9, 4)]


def test_results_come_in_the_order_of_the_tasks(tmp_path) -> None:
    assert TaskBook(tmp_path).results("roots", ROOTS) == [4, 3, 2]
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "root-16.json",
        "root-4.json",
        "root-9.json",
    ]


def test_what_is_kept_is_not_done_again(tmp_path) -> None:
    (tmp_path / "root-9.json").write_text("-3\n")
    assert TaskBook(tmp_path).results("roots", ROOTS) == [4, -3, 2]


def test_what_was_done_before_a_failure_is_kept(tmp_path) -> None:
    tasks = [ROOTS[0], Task("root-minus", math.sqrt, (-1,))]
    with pytest.raises(ValueError, match=r"math domain error|nonnegative"):
        TaskBook(tmp_path).results("roots", tasks)
    assert [path.name for path in tmp_path.iterdir()] == ["root-16.json"]


def test_processes_give_the_same_results(tmp_path) -> None:
    assert TaskBook(tmp_path, jobs=2).results("roots", ROOTS) == [4, 3, 2]
    where = [Task(f"process-{number}", os.getpid) for number in range(2)]
    assert os.getpid() not in TaskBook(tmp_path, jobs=2).results("processes", where)


def test_each_process_computes_with_one_thread(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("NPROC", "7")
    tasks = [Task(f"threads-{number}", os.getenv, ("NPROC",)) for number in range(2)]
    assert TaskBook(tmp_path, jobs=2).results("threads", tasks) == ["1", "1"]
    assert os.environ["NPROC"] == "7"


def test_a_process_that_dies_loses_only_its_own_work(tmp_path) -> None:
    tasks = [*ROOTS, Task("dies", os._exit, (1,))]
    with pytest.raises(NeuropilError) as caught:
        TaskBook(tmp_path, jobs=2).results("roots", tasks)
    assert str(caught.value) == (
        f"{tmp_path}: a process ended before its work was done, perhaps for want of memory. "
        "Repeat the command with the same --out; what is finished is kept."
    )
    assert TaskBook(tmp_path, jobs=2).results("roots", ROOTS) == [4, 3, 2]


def test_a_damaged_result_is_named(tmp_path) -> None:
    (tmp_path / "root-9.json").write_text("{")
    with pytest.raises(InputError) as caught:
        TaskBook(tmp_path).results("roots", ROOTS)
    assert str(caught.value) == (
        f"{tmp_path}/root-9.json: not a readable result (Expecting property name enclosed in "
        "double quotes: line 1 column 2 (char 1)). Remove the file and repeat the command."
    )
