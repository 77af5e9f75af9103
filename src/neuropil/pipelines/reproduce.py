"""The claims of a study, measured again and written as one table."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any

from neuropil.contracts import (
    ConfigError,
    NeuropilError,
    OutputError,
    Progress,
    Reproduction,
    SeedTree,
    SilentProgress,
    Study,
    Target,
    atomic_write,
    write_json,
)
from neuropil.datasets import REGISTRY
from neuropil.pipelines.run import default_folder
from neuropil.pipelines.studies import load_study

__all__ = ["REPRODUCTION_FORMAT_VERSION", "reproduce_study", "reproduction_record"]

REPRODUCTION_FORMAT_VERSION = 1
_PLAN = "plan.json"


def reproduce_study(
    name: str,
    *,
    targets: Sequence[str] = (),
    seed: int = 0,
    out: Path | str | None = None,
    fast: bool = False,
    progress: Progress | None = None,
) -> list[Reproduction]:
    """Measure the targets of a study again and write ``reproduction.json``.

    What is finished is kept in the folder's ``work``: after an interruption the same call goes
    on from there.

    Parameters
    ----------
    name : str
        One of :func:`neuropil.pipelines.study_names`.
    targets : sequence of str
        Targets to measure, such as ``8-integration``, or ``8`` for all whose id begins with
        ``8-``; all when empty.
    seed : int
        Root of every random draw.
    out : Path or str, optional
        Folder; ``runs/<name>-reproduction-<date>-<time>`` when not given.
    fast : bool
        Measure on embedded data with the fast settings, as a check that the protocol runs.
    progress : Progress, optional
        Told how far the work is.

    Returns
    -------
    list of Reproduction
        One row for each target of the study, in the study's order. Rows that were not run
        have ``passed`` None.

    Raises
    ------
    ConfigError
        When the study or a target is unknown; the message lists what exists.
    OutputError
        When the folder holds a reproduction already, or work of another seed or version, or
        cannot be written.
    """
    study = load_study(name)
    chosen = _choose(study, targets)
    folder = Path(out) if out is not None else default_folder(f"{name}-reproduction")
    path = folder / "reproduction.json"
    with _claimed(path):
        work = _open_work(folder / "work", {"study": name, "seed": seed, "fast": fast})
        measured = study.reproduce(
            chosen, SeedTree(seed), progress or SilentProgress(), fast=fast, work=work
        )
        rows = _complete(study, measured)
        write_json(path, reproduction_record(name, rows, seed=seed, fast=fast))
    return rows


@contextmanager
def _claimed(path: Path) -> Iterator[None]:
    """Find out before the long work, not after it, whether the place can be written."""
    if path.exists():
        raise OutputError(
            "the folder holds a reproduction", where=str(path), repair="Choose another --out."
        )
    try:
        with atomic_write(path) as temporary:
            temporary.touch()
        path.unlink()
        yield
    finally:
        _remove_empty(path.parent)


def _remove_empty(folder: Path) -> None:
    """Remove the folder where nothing but the plan was written."""
    work = folder / "work"
    with suppress(OSError):
        if [item.name for item in work.iterdir()] == [_PLAN]:
            (work / _PLAN).unlink()
            work.rmdir()
    with suppress(OSError):
        folder.rmdir()  # only succeeds where it is empty


def _open_work(folder: Path, plan: Mapping[str, Any]) -> Path:
    """Return the folder of finished pieces, which must be those of the same plan."""
    plan = {**plan, "version": version("neuropil")}
    record = folder / _PLAN
    if record.is_file():
        found = json.loads(record.read_text(encoding="utf-8"))
        if found != plan:
            raise OutputError(
                f"expected the work of {_list(plan)}, found that of {_list(found)}",
                where=str(record),
                repair="Choose another --out, or repeat the command that began it.",
            )
    else:
        write_json(record, plan)
    return folder


def _list(plan: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in plan.items())


def reproduction_record(
    name: str, rows: Sequence[Reproduction], *, seed: int, fast: bool
) -> dict[str, Any]:
    """Return rows as the JSON values of ``reproduction.json``.

    ``synthetic`` is true where a row was measured on generated data.
    """
    return {
        "format": "neuropil-reproduction",
        "format_version": REPRODUCTION_FORMAT_VERSION,
        "study": name,
        "seed": seed,
        "fast": fast,
        "synthetic": any(_is_synthetic(row.data) for row in rows),
        "rows": [row.to_json() for row in rows],
    }


def _is_synthetic(data: str) -> bool:
    named = (REGISTRY.get(part.strip()) for part in data.split(","))
    return any(dataset is not None and dataset.synthetic for dataset in named)


def _choose(study: Study, ids: Sequence[str]) -> list[Target]:
    known: Mapping[str, Target] = {target.id: target for target in study.targets}
    groups = {name.partition("-")[0] for name in known}
    unknown = [name for name in ids if name not in known.keys() | groups]
    if unknown:
        close = difflib.get_close_matches(unknown[0], known, n=1)
        hint = f"Did you mean {close[0]}? " if close else ""
        raise ConfigError(
            f"no target {unknown[0]!r}",
            where=f"targets of {study.name}",
            repair=f"{hint}The targets are: {', '.join(known)}.",
        )
    return [
        target
        for target in study.targets
        if not ids or target.id in ids or target.id.partition("-")[0] in ids
    ]


def _complete(study: Study, measured: Sequence[Reproduction]) -> list[Reproduction]:
    """Put the rows into the study's order; targets without one get a row that was not run."""
    found = {row.target.id: row for row in measured}
    extra = found.keys() - {target.id for target in study.targets}
    if extra:
        raise NeuropilError(
            f"the study returned rows without a target: {', '.join(sorted(extra))}",
            where=study.name,
            repair="Report this as a defect of the study.",
        )
    return [found.get(target.id) or Reproduction(target) for target in study.targets]
