"""Independent pieces of a long piece of work: side by side, and each cached when it is done."""

from __future__ import annotations

import json
import math
import os
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from neuropil.contracts.compilation import forget_compiled_programs
from neuropil.contracts.errors import NeuropilError
from neuropil.contracts.files import write_json
from neuropil.contracts.progress import Progress, SilentProgress

__all__ = ["Piece", "PieceCache", "side_by_side", "usable_processors"]

Found = TypeVar("Found")


def usable_processors() -> int:
    """Count the processors that this process may use."""
    from joblib import cpu_count

    # joblib's count heeds affinity and the limits of containers, which os.cpu_count does not.
    return max(1, int(cpu_count()))


def side_by_side(
    calls: Sequence[tuple[Callable[..., Found], tuple[Any, ...]]],
    jobs: int,
    *,
    ordered: bool = True,
) -> Iterator[Found]:
    """Do calls in processes of their own, each with one thread, and yield what they return.

    Parameters
    ----------
    calls : sequence of (callable, tuple)
        Module's functions, and what each is called with.
    jobs : int
        Calls at a time; 1 does them in this process, with the threads that it has.
    ordered : bool
        Whether results come in the order of the calls, or as they are ready.

    Yields
    ------
    object
        What one call returned.
    """
    # A process of its own costs seconds of importing JAX.
    if jobs == 1 or len(calls) < 2:
        yield from (do(*given) for do, given in calls)
        return
    from joblib import Parallel, delayed, parallel_config

    # Workers end when they have been idle and are started again when there is work: nothing that a
    # person could or should do anything about.
    warnings.filterwarnings("ignore", message="A worker stopped while some jobs were given")
    way = "generator" if ordered else "generator_unordered"
    # One thread each: as many processes as cores, each with a thread for every core, would wait
    # for each other.
    with _one_thread_each(), parallel_config(backend="loky", inner_max_num_threads=1):
        found = Parallel(n_jobs=jobs, return_as=way)(delayed(do)(*given) for do, given in calls)
        try:
            # Not `yield from`, which would close joblib's generator before the warnings are off.
            for one in found:  # noqa: UP028
                yield one
        finally:
            # After Ctrl-C joblib warns of the work that is given up, which is what was asked for.
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)
                found.close()


@contextmanager
def _one_thread_each() -> Iterator[None]:
    # XLA reads it when it makes its pool of threads, which would be one for each core.
    before = os.environ.get("NPROC")
    os.environ["NPROC"] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ["NPROC"]
        else:
            os.environ["NPROC"] = before


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of work.

    Parameters
    ----------
    name : str
        Name of its file, without the ending.
    function : callable
        A module's function of plain settings and a seed that returns a JSON value. Numbers that
        are not finite become None.
    arguments : tuple
        What it is called with.
    """

    name: str
    function: Callable[..., Any]
    arguments: tuple[Any, ...] = ()


@dataclass(frozen=True)
class PieceCache:
    """Results of named pieces in a folder: what is there is not done again.

    Parameters
    ----------
    folder : Path
        One JSON file for each finished piece. The caller keeps one folder for one protocol and
        seed.
    progress : Progress
        Told after every piece.
    jobs : int
        Pieces at a time, each in a process of its own; 1 works in this process.
    """

    folder: Path
    progress: Progress = field(default_factory=SilentProgress)
    jobs: int = 1
    # Many claims ask for the same fits; a file is parsed once.
    _read: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def results(self, label: str, pieces: Sequence[Piece]) -> list[Any]:
        """Do what is missing and return all results in the order of the pieces.

        Parameters
        ----------
        label : str
            Name shown with the progress.
        pieces : sequence of Piece
            Work with unique names.

        Returns
        -------
        list
            The JSON value of each piece.

        Raises
        ------
        NeuropilError
            When a process dies; what is finished is cached, repeat to go on.
        """
        # A file is whole or absent when a process is killed; after a crash of the machine it may be
        # neither, and its work is done again.
        missing = [piece for piece in pieces if not self._is_done(piece)]
        with self.progress.track(label, len(pieces)) as advance:
            advance(len(pieces) - len(missing))
            for name in self._work(missing):
                advance(1, name)
        # Read from the files even when just computed: a resumed command sees the very same numbers.
        return [self._result(piece) for piece in pieces]

    def _work(self, missing: list[Piece]) -> Iterator[str]:
        from concurrent.futures.process import BrokenProcessPool

        calls = [(_finish, (piece, self._path(piece))) for piece in missing]
        try:
            yield from side_by_side(calls, self.jobs, ordered=False)
        except BrokenProcessPool as error:
            raise NeuropilError(
                "a process ended before its work was done, perhaps for want of memory",
                where=str(self.folder),
                repair="Repeat the command with the same --out; what is finished is cached.",
            ) from error

    def _path(self, piece: Piece) -> Path:
        return self.folder / f"{piece.name}.json"

    def _is_done(self, piece: Piece) -> bool:
        if piece.name in self._read:
            return True
        try:
            self._result(piece)
        except (OSError, ValueError):
            return False
        return True

    def _result(self, piece: Piece) -> Any:  # noqa: ANN401 - any JSON value
        if piece.name not in self._read:
            text = self._path(piece).read_text(encoding="utf-8")
            self._read[piece.name] = json.loads(text)
        return self._read[piece.name]


def _finish(piece: Piece, path: Path) -> str:
    try:
        write_json(path, _defined(piece.function(*piece.arguments)))
    finally:
        # Programs of many kinds of pieces would fill the process: each maps memory until it ends.
        forget_compiled_programs()
    return piece.name


def _defined(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Replace numbers that are not finite by None, which JSON can hold."""
    # NumPy's float64 is a float too; other NumPy numbers are the function's to convert.
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _defined(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_defined(item) for item in value]
    return value
