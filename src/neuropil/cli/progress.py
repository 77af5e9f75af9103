"""Progress on the error stream, as bars or as lines."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from neuropil.contracts import Advance

__all__ = ["LineProgress", "RichProgress"]


class RichProgress:
    """Draw a bar for each open task.

    Parameters
    ----------
    console : Console, optional
        Where to draw; the error stream when not given.
    """

    def __init__(self, console: Console | None = None) -> None:
        self._bars = Progress(
            # Labels and notes may hold brackets, which are names of styles to Rich.
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TaskProgressColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[note]}", markup=False),
            console=console or Console(stderr=True),
        )
        self._open = 0

    @contextmanager
    def track(self, label: str, total: int) -> Iterator[Advance]:
        """Open a task of ``total`` steps; the bars are live while any task is open."""
        # One display for all: a second live one on the same terminal is an error in Rich.
        task = self._bars.add_task(label, total=total, note="")
        if self._open == 0:
            self._bars.start()
        self._open += 1

        def advance(steps: int, note: str = "") -> None:
            self._bars.update(task, advance=steps, note=note)

        try:
            yield advance
        finally:
            self._open -= 1
            if self._open == 0:
                self._bars.stop()
                # Finished bars stay on the screen; the next ones start below them.
                for identity in self._bars.task_ids:
                    self._bars.remove_task(identity)


class LineProgress:
    """Print a line now and then.

    Parameters
    ----------
    stream : TextIO
        Where to print.
    interval : float
        Shortest time between two lines [s].
    clock : callable
        Gives the time [s].

    Examples
    --------
    >>> import sys
    >>> with LineProgress(sys.stdout).track("fit", 200) as advance:
    ...     advance(50, "loss 0.3")
    ...     advance(50, "loss 0.2")
    fit: 50 of 200 (25 %), loss 0.3
    """

    def __init__(
        self,
        stream: TextIO,
        interval: float = 10.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._stream = stream
        self._interval = interval
        self._clock = clock
        # The first line comes at once: it shows that work has begun.
        self._next = -float("inf")

    @contextmanager
    def track(self, label: str, total: int) -> Iterator[Advance]:
        """Open a task of ``total`` steps."""
        done = 0

        def advance(steps: int, note: str = "") -> None:
            nonlocal done
            done += steps
            # One interval for all tasks: many short ones in a row would otherwise print a line
            # each.
            if self._clock() < self._next:
                return
            self._next = self._clock() + self._interval
            # Rounded down, so that 100 % means done.
            share = f" ({100 * done // total} %)" if total > 0 else ""
            tail = f", {note}" if note else ""
            self._stream.write(f"{label}: {done} of {total}{share}{tail}\n")
            self._stream.flush()

        yield advance
