"""One way to fill a run folder: finished with its report, or marked as interrupted."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from neuropil.contracts import Loaded, Noun, RunWriter
from neuropil.reports import write_report

__all__ = ["default_folder", "recording"]


def default_folder(name: str) -> Path:
    """Return ``runs/<name>-<date>-<time>`` in local time, numbered where that exists."""
    folder = Path("runs") / f"{name}-{datetime.now().astimezone():%Y%m%d-%H%M%S}"
    # Two runs within a second must not share a folder.
    numbered = (folder.with_name(f"{folder.name}-{number}") for number in itertools.count(2))
    return next(path for path in itertools.chain([folder], numbered) if not path.exists())


@contextmanager
def recording(writer: RunWriter, loaded: Loaded[Noun]) -> Iterator[None]:
    """Open a run folder for some data, and close it when the work inside ends.

    Parameters
    ----------
    writer : RunWriter
        A folder that was not begun.
    loaded : Loaded
        Data that the work is given, and notes about them.

    Raises
    ------
    OutputError
        When the folder is taken or cannot be written.
    """
    try:
        # First of all: what the data are must be known even of a run that fails.
        writer.begin([loaded.data.source], loaded.data.provenance)
        for note in dict.fromkeys((*loaded.data.source.notes, *loaded.notes)):
            writer.note(note)
        yield
    # Ctrl-C and exit are no Exceptions, and are the usual way for a long run to end.
    except BaseException:
        # The first failure is the one to report, also when the record cannot be written.
        with suppress(OSError):
            writer.interrupt()
        raise
    # After the run is finished: a report that cannot be written must not mark the run as failed.
    write_report(writer.finish().path)
