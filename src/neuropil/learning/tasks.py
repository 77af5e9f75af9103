"""Independent pieces of a long protocol: in parallel, and each kept when it is done."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jax
from joblib import Parallel, delayed, parallel_config

from neuropil.contracts import InputError, NeuropilError, Progress, SilentProgress, write_json

__all__ = ["Task", "TaskBook"]


@dataclass(frozen=True, slots=True)
class Task:
    """One piece of work.

    Parameters
    ----------
    name : str
        Name of its file, without the ending.
    function : callable
        A module's function that returns a JSON value.
    arguments : tuple
        What it is called with.
    """

    name: str
    function: Callable[..., Any]
    arguments: tuple[Any, ...] = ()


@dataclass(frozen=True)
class TaskBook:
    """Results of named tasks in a folder: what is there is not done again.

    Parameters
    ----------
    folder : Path
        One JSON file for each finished task. The caller keeps one folder for one protocol and
        seed.
    progress : Progress
        Told after every task.
    jobs : int
        Tasks at a time, each in a process of its own; 1 works in this process.
    """

    folder: Path
    progress: Progress = field(default_factory=SilentProgress)
    jobs: int = 1

    def results(self, label: str, tasks: Sequence[Task]) -> list[Any]:
        """Do what is missing and return all results in the order of the tasks.

        Parameters
        ----------
        label : str
            Name shown with the progress.
        tasks : sequence of Task
            Work with unique names.

        Returns
        -------
        list
            The JSON value of each task.

        Raises
        ------
        InputError
            When a file of an earlier process is damaged; remove it.
        NeuropilError
            When a process dies; what is finished is kept, repeat to go on.
        """
        missing = [task for task in tasks if not self._path(task).exists()]
        with self.progress.track(label, len(tasks)) as advance:
            advance(len(tasks) - len(missing))
            for name in self._work(missing):
                advance(1, name)
        return [self._read(self._path(task)) for task in tasks]

    def _work(self, missing: list[Task]) -> Iterator[str]:
        if self.jobs == 1 or len(missing) < 2:
            yield from (_finish(task, self._path(task)) for task in missing)
            return
        calls = [delayed(_finish_beside_others)(task, self._path(task)) for task in missing]
        try:
            with parallel_config(backend="loky", inner_max_num_threads=1):
                yield from Parallel(n_jobs=self.jobs, return_as="generator_unordered")(calls)
        except BrokenProcessPool as error:
            raise NeuropilError(
                "a process ended before its work was done, perhaps for want of memory",
                where=str(self.folder),
                repair="Repeat the command with the same --out; what is finished is kept.",
            ) from error

    def _path(self, task: Task) -> Path:
        return self.folder / f"{task.name}.json"

    @staticmethod
    def _read(path: Path) -> Any:  # noqa: ANN401 - any JSON value
        try:
            return json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise InputError(
                f"not a readable result ({error})",
                where=str(path),
                repair="Remove the file and repeat the command.",
            ) from error


def _finish_beside_others(task: Task, path: Path) -> str:
    # XLA reads it when it makes its pool of threads, which would be one for each core.
    os.environ["NPROC"] = "1"
    return _finish(task, path)


def _finish(task: Task, path: Path) -> str:
    try:
        write_json(path, task.function(*task.arguments))
    finally:
        # Programs of finished tasks would fill the process: each maps memory until it ends.
        jax.clear_caches()  # type: ignore[no-untyped-call]
    return task.name
