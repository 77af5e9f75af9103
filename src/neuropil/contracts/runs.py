"""The run folder, format version 2: what every study writes and every report reads.

The format is described in ``docs/formats/run-folder.md``.
"""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any, Self

import polars as pl

from neuropil.contracts.claims import Metric, Verdict
from neuropil.contracts.columnar import read_columnar
from neuropil.contracts.errors import InputError
from neuropil.contracts.files import atomic_write, write_json
from neuropil.contracts.pictures import Draw, render_svg
from neuropil.contracts.provenance import Citation, Operation, Source
from neuropil.contracts.run_places import claim_folder
from neuropil.contracts.run_records import (
    RUN_FORMAT,
    RUN_FORMAT_VERSION,
    Figure,
    read_figures,
    read_metrics,
    read_run_record,
)

__all__ = ["Run", "RunWriter"]

# Those that numbers can depend on; the rest of the environment is the user's affair.
_REPORTED_PACKAGES = ("neuropil", "numpy", "scipy", "polars", "jax", "jaxlib", "equinox", "optax")


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for name in _REPORTED_PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def _host() -> dict[str, Any]:
    return {
        "system": platform.system(),
        "machine": platform.machine(),
        "processors": os.cpu_count(),
    }


@dataclass
class RunWriter:
    """Write one run folder, file by file, each whole or absent.

    Nothing exists before :meth:`begin`. Until :meth:`finish` the folder's status is
    ``running`` or ``interrupted``, and a later writer with the same study, seed and settings
    goes on from its checkpoint.

    Parameters
    ----------
    path : Path
        The folder.
    study, title : str
        Name and title of the study.
    seed : int
        Root seed.
    config : dict
        All settings, as JSON values.
    card : str
        Model page of the study.
    citations : tuple of Citation
        What to cite for the method.
    command : str
        The command that repeats the run, where it is not ``neuropil run``.
    fast : bool
        Whether this is a check that the study runs, which gives no verdicts.
    meanings : mapping of str to str
        What each setting stands for, by its name with dots.
    """

    path: Path
    study: str
    title: str
    seed: int
    config: Mapping[str, Any]
    card: str = ""
    citations: tuple[Citation, ...] = ()
    command: str = ""
    fast: bool = False
    meanings: Mapping[str, str] = field(default_factory=dict)
    resumed: bool = field(default=False, init=False)
    _record: dict[str, Any] = field(default_factory=dict, init=False)
    _metrics: list[Metric] = field(default_factory=list, init=False)
    _figures: list[Figure] = field(default_factory=list, init=False)

    @property
    def checkpoint(self) -> Path:
        """Folder for what a resumed run needs; removed by :meth:`finish`."""
        return self.path / "checkpoint"

    @property
    def model(self) -> Path:
        """Folder for the fitted model."""
        return self.path / "model"

    def begin(self, sources: Sequence[Source], provenance: Sequence[Operation] = ()) -> None:
        """Make the folder, or go on in one that was interrupted.

        Raises
        ------
        OutputError
            When the folder is taken by another run, by a finished one, or cannot be written.
        """
        # By key: a work that the study and its data both cite is listed once.
        known = {item.key: item for item in self.citations}
        for source in sources:
            known.update({item.key: item for item in source.citations})
        record = {
            "format": RUN_FORMAT,
            "format_version": RUN_FORMAT_VERSION,
            "study": self.study,
            "title": self.title,
            "status": "running",
            "seed": self.seed,
            "config": dict(self.config),
            # A report is made without the study, and shows what its settings stand for.
            "meanings": dict(self.meanings),
            # The report shows it, so that a reader can repeat the run.
            "command": self.command,
            "fast": self.fast,
            "synthetic": any(source.synthetic for source in sources),
            "data": [source.to_json() for source in sources],
            "provenance": [step.to_json() for step in provenance],
            "citations": [asdict(item) for item in known.values()],
            "versions": _versions(),
            "host": _host(),
            # In UTC: a folder may be read in another time zone than it was written in.
            "started": datetime.now(UTC).isoformat(timespec="seconds"),
            "notes": [],
        }
        # Before anything is written: a folder with other content is never touched. The record is
        # set only then, so that a refused run does not mark the other one as interrupted.
        self.resumed = claim_folder(self.path, record)
        self._record = record
        write_json(self.path / "run.json", self._record)
        if self.card:
            with atomic_write(self.path / "card.md") as temporary:
                temporary.write_text(self.card, encoding="utf-8")

    def add_provenance(self, steps: Sequence[Operation]) -> None:
        """Record what was done to the data after they were loaded; known steps stay once."""
        # A resumed run would repeat what the first process wrote.
        known = self._record["provenance"]
        known.extend(step for step in (each.to_json() for each in steps) if step not in known)
        write_json(self.path / "run.json", self._record)

    def note(self, text: str) -> None:
        """Add a sentence that every reader of the run should see first."""
        self._record["notes"].append(text)
        write_json(self.path / "run.json", self._record)

    def add_metrics(self, metrics: Sequence[Metric]) -> None:
        """Append metrics to ``metrics.json``; those of a fast run without their verdicts."""
        # All are written each time: the file is whole after every call.
        self._metrics.extend(map(_without_verdict, metrics) if self.fast else metrics)
        write_json(self.path / "metrics.json", [metric.to_json() for metric in self._metrics])

    @property
    def metrics(self) -> dict[str, Metric]:
        """What was measured so far, by id."""
        return {metric.id: metric for metric in self._metrics}

    def state_headline(self, text: str) -> None:
        """Record the result in one line, which every reader of the run sees first."""
        self._record["headline"] = text
        write_json(self.path / "run.json", self._record)

    def add_table(self, name: str, frame: pl.DataFrame) -> None:
        """Write ``tables/<name>.parquet``."""
        with atomic_write(self.path / "tables" / f"{name}.parquet") as temporary:
            frame.write_parquet(temporary)

    def add_figure(self, figure: Figure, svg: bytes, data: pl.DataFrame) -> None:
        """Write a picture and, beside it, the numbers it shows."""
        folder = self.path / "figures"
        # Both or neither: a full disk must not leave a picture without its numbers.
        with (
            atomic_write(folder / f"{figure.name}.svg") as picture,
            atomic_write(folder / f"{figure.name}.parquet") as numbers,
        ):
            picture.write_bytes(svg)
            data.write_parquet(numbers)
        # Listed last: whatever the list names is there.
        self._figures.append(figure)
        write_json(folder / "figures.json", [asdict(item) for item in self._figures])

    def draw(self, figure: Figure, size: tuple[float, float], draw: Draw) -> None:
        """Draw a picture and write it beside the numbers it shows.

        Parameters
        ----------
        figure : Figure
            Name and words.
        size : (float, float)
            Width and height [inch].
        draw : callable
            Draws on an empty figure and returns the numbers it shows as a frame.
        """
        self.add_figure(figure, *render_svg(size, draw))

    def interrupt(self) -> None:
        """Mark the run as interrupted; its checkpoint stays."""
        self._close("interrupted")

    def finish(self) -> Run:
        """Mark the run as complete and remove its checkpoint."""
        self._close("complete")
        # Only now: until the status is written a later process may need it.
        shutil.rmtree(self.checkpoint, ignore_errors=True)
        return Run.open(self.path)

    def _close(self, status: str) -> None:
        # Interrupted before the folder was begun: there is nothing to mark.
        if not self._record:
            return
        started = datetime.fromisoformat(self._record["started"])
        self._record["status"] = status
        self._record["seconds"] = round((datetime.now(UTC) - started).total_seconds(), 1)
        write_json(self.path / "run.json", self._record)


@dataclass(frozen=True)
class Run:
    """A run folder, read.

    Parameters
    ----------
    path : Path
        The folder.
    record : dict
        Content of ``run.json``.
    metrics : tuple of Metric
        Content of ``metrics.json``.
    figures : tuple of Figure
        Index of the pictures, in the order in which they are shown.
    """

    path: Path
    record: Mapping[str, Any]
    metrics: tuple[Metric, ...]
    figures: tuple[Figure, ...]

    @classmethod
    def open(cls, path: Path | str) -> Self:
        """Read a run folder.

        Raises
        ------
        InputError
            When the folder is not a run, or a file in it is damaged; choose another.
        VersionError
            When its format is newer than this installation reads; upgrade.
        """
        path = Path(path)
        return cls(path, read_run_record(path), read_metrics(path), read_figures(path))

    def table(self, name: str) -> pl.DataFrame:
        """Read ``tables/<name>.parquet``."""
        return _read_parquet(self.path / "tables" / f"{name}.parquet")

    def tables(self) -> list[str]:
        """List the names of the tables."""
        return sorted(item.stem for item in (self.path / "tables").glob("*.parquet"))

    def figure_svg(self, figure: Figure) -> str:
        """Read a picture as SVG text."""
        return (self.path / "figures" / f"{figure.name}.svg").read_text(encoding="utf-8")

    def figure_data(self, figure: Figure) -> pl.DataFrame:
        """Read the numbers a picture shows."""
        return _read_parquet(self.path / "figures" / f"{figure.name}.parquet")

    def card(self) -> str:
        """Read the model page that was written with the run; empty where there is none."""
        path = self.path / "card.md"
        return path.read_text(encoding="utf-8") if path.is_file() else ""

    def metric(self, name: str) -> Metric:
        """Return the metric of that id.

        Raises
        ------
        InputError
            When the run has no such metric; the message lists those it has.
        """
        for metric in self.metrics:
            if metric.id == name:
                return metric
        raise InputError(
            f"no metric {name!r}",
            where=str(self.path),
            repair=f"It has: {', '.join(metric.id for metric in self.metrics) or 'none'}.",
        )


def _without_verdict(metric: Metric) -> Metric:
    return metric if metric.verdict is Verdict.NOT_RUN else replace(metric, verdict=None)


def _read_parquet(path: Path) -> pl.DataFrame:
    if not path.is_file():
        raise InputError("no such file", where=str(path), repair="List them with Run.tables().")
    return read_columnar(path, "Copy the folder again, or run it again.")
