"""The run folder, format version 1: what every study writes and every report reads.

The format is described in ``docs/formats/run-folder.md``.
"""

from __future__ import annotations

import json
import math
import os
import platform
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any, Self, TypeVar

import polars as pl

from neuropil.contracts.errors import InputError, OutputError, VersionError
from neuropil.contracts.files import atomic_write, write_json
from neuropil.contracts.provenance import Citation, Operation, Source

__all__ = ["RUN_FORMAT_VERSION", "Figure", "Metric", "NullSummary", "Run", "RunWriter"]

RUN_FORMAT_VERSION = 1
_FORMAT = "neuropil-run"
Item = TypeVar("Item")
_REPORTED_PACKAGES = ("neuropil", "numpy", "scipy", "polars", "jax", "jaxlib", "equinox", "optax")


@dataclass(frozen=True, slots=True)
class NullSummary:
    """Summary of a metric's distribution under a null model.

    Parameters
    ----------
    name : str
        What the null destroys and keeps.
    median, low, high : float
        Median and 2.5th and 97.5th percentile, in the metric's unit.
    n : int
        Number of null draws.
    p : float or None
        One-sided p-value (1 + as extreme) / (1 + n), where it was computed.
    """

    name: str
    median: float
    low: float
    high: float
    n: int
    p: float | None = None


@dataclass(frozen=True, slots=True)
class Metric:
    """A measured quantity with its interval, null and number of units.

    Parameters
    ----------
    id : str
        Stable machine name.
    label : str
        Name for readers.
    value : float or None
        The value; None where it is not defined, with the reason in ``note``.
    unit : str
        Unit; ``"1"`` for a ratio.
    n : int
        Number of independent units behind the value.
    low, high : float or None
        95 % interval.
    interval : str
        How the interval was computed and over what.
    null : NullSummary, optional
        The null distribution.
    target : str
        Threshold, where one was set beforehand.
    passed : bool or None
        Whether the target is met; None without one.
    headline : bool
        Whether a report shows it first.
    note : str
        What a reader must know to judge the value.
    """

    id: str
    label: str
    value: float | None
    unit: str
    n: int
    low: float | None = None
    high: float | None = None
    interval: str = ""
    null: NullSummary | None = None
    target: str = ""
    passed: bool | None = None
    headline: bool = False
    note: str = ""

    def __post_init__(self) -> None:
        for name in ("value", "low", "high"):
            number = getattr(self, name)
            if number is not None and not math.isfinite(number):
                raise InputError(
                    f"expected a finite {name} or None, found {number}",
                    where=f"metric {self.id!r}",
                    repair="Write None and give the reason in `note`.",
                )


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture in a run folder, beside the data it shows.

    Parameters
    ----------
    name : str
        File stem: ``figures/<name>.svg`` and ``figures/<name>.parquet``.
    title : str
        The finding or the quantity shown.
    caption : str
        How to read it: axes, units, n, intervals.
    alt : str
        The content in words, for readers who do not see it.
    """

    name: str
    title: str
    caption: str
    alt: str


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
    """

    path: Path
    study: str
    title: str
    seed: int
    config: Mapping[str, Any]
    card: str = ""
    citations: tuple[Citation, ...] = ()
    command: str = ""
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
        self._claim()
        known = {item.key: item for item in self.citations}
        for source in sources:
            known.update({item.key: item for item in source.citations})
        self._record = {
            "format": _FORMAT,
            "format_version": RUN_FORMAT_VERSION,
            "study": self.study,
            "title": self.title,
            "status": "running",
            "seed": self.seed,
            "config": dict(self.config),
            "command": self.command,
            "synthetic": any(source.synthetic for source in sources),
            "data": [source.to_json() for source in sources],
            "provenance": [step.to_json() for step in provenance],
            "citations": [asdict(item) for item in known.values()],
            "versions": _versions(),
            "host": _host(),
            "started": datetime.now(UTC).isoformat(timespec="seconds"),
            "notes": [],
        }
        write_json(self.path / "run.json", self._record)
        if self.card:
            with atomic_write(self.path / "card.md") as temporary:
                temporary.write_text(self.card, encoding="utf-8")

    def _claim(self) -> None:
        if not self.path.exists() or (self.path.is_dir() and not any(self.path.iterdir())):
            return
        if not (self.path / "run.json").is_file():
            raise OutputError(
                "expected a new or empty folder, found other files",
                where=str(self.path),
                repair="Choose another --out.",
            )
        before = Run.open(self.path).record
        if before.get("status") == "complete":
            raise OutputError(
                "the folder holds a finished run",
                where=str(self.path),
                repair="Choose another --out, or remove the folder.",
            )
        mine = (self.study, self.seed, json.loads(json.dumps(dict(self.config))))
        if tuple(before.get(name) for name in ("study", "seed", "config")) != mine:
            raise OutputError(
                "the folder holds an interrupted run with another study, seed or settings",
                where=str(self.path),
                repair="Repeat its settings to resume it, or choose another --out.",
            )
        self.resumed = True

    def note(self, text: str) -> None:
        """Add a sentence that every reader of the run should see first."""
        self._record["notes"].append(text)
        write_json(self.path / "run.json", self._record)

    def add_metrics(self, metrics: Sequence[Metric]) -> None:
        """Append metrics to ``metrics.json``."""
        self._metrics.extend(metrics)
        write_json(self.path / "metrics.json", [asdict(metric) for metric in self._metrics])

    def add_table(self, name: str, frame: pl.DataFrame) -> None:
        """Write ``tables/<name>.parquet``."""
        with atomic_write(self.path / "tables" / f"{name}.parquet") as temporary:
            frame.write_parquet(temporary)

    def add_figure(self, figure: Figure, svg: bytes, data: pl.DataFrame) -> None:
        """Write a picture and, beside it, the numbers it shows."""
        folder = self.path / "figures"
        with atomic_write(folder / f"{figure.name}.svg") as temporary:
            temporary.write_bytes(svg)
        with atomic_write(folder / f"{figure.name}.parquet") as temporary:
            data.write_parquet(temporary)
        self._figures.append(figure)
        write_json(folder / "figures.json", [asdict(item) for item in self._figures])

    def interrupt(self) -> None:
        """Mark the run as interrupted; its checkpoint stays."""
        self._close("interrupted")

    def finish(self) -> Run:
        """Mark the run as complete and remove its checkpoint."""
        self._close("complete")
        shutil.rmtree(self.checkpoint, ignore_errors=True)
        return Run.open(self.path)

    def _close(self, status: str) -> None:
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
        record = _read_json(path / "run.json")
        if not isinstance(record, dict) or record.get("format") != _FORMAT:
            raise InputError(
                f"expected a run record with format {_FORMAT!r}",
                where=str(path / "run.json"),
                repair="Name a folder that `neuropil run` wrote.",
            )
        version = record.get("format_version")
        if not isinstance(version, int) or version > RUN_FORMAT_VERSION:
            raise VersionError(
                f"run folder format {version}, this installation reads up to {RUN_FORMAT_VERSION}",
                where=str(path),
                repair="Upgrade neuropil to read it.",
            )
        return cls(
            path,
            record,
            _read_items(path / "metrics.json", _metric),
            _read_items(path / "figures" / "figures.json", lambda item: Figure(**item)),
        )

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


def _metric(item: dict[str, Any]) -> Metric:
    null = item.pop("null")
    return Metric(**item, null=NullSummary(**null) if null else None)


def _read_items(path: Path, build: Callable[[Any], Item]) -> tuple[Item, ...]:
    if not path.is_file():
        return ()
    try:
        return tuple(build(item) for item in _read_json(path))
    except (KeyError, TypeError) as error:
        raise InputError(
            f"an item does not have the fields of the format ({error})",
            where=str(path),
            repair="The file is damaged; run the study again.",
        ) from error


def _read_parquet(path: Path) -> pl.DataFrame:
    if not path.is_file():
        raise InputError("no such file", where=str(path), repair="List them with Run.tables().")
    return pl.read_parquet(path)


def _read_json(path: Path) -> Any:  # noqa: ANN401 - any JSON value
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InputError(
            "no run record here", where=str(path), repair="Name a folder that `neuropil run` wrote."
        ) from error
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        place = f"{path}, line {error.lineno}" if hasattr(error, "lineno") else str(path)
        raise InputError(
            "not valid JSON", where=place, repair="The file is damaged; run the study again."
        ) from error
