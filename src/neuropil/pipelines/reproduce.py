"""The claims of a study, measured again and written as one table."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
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

    Parameters
    ----------
    name : str
        One of :func:`neuropil.pipelines.study_names`.
    targets : sequence of str
        Ids of the targets to measure; all when empty.
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
        When the folder holds a reproduction already or cannot be written.
    """
    study = load_study(name)
    chosen = _choose(study, targets)
    folder = Path(out) if out is not None else default_folder(f"{name}-reproduction")
    path = folder / "reproduction.json"
    with _claimed(path):
        measured = study.reproduce(chosen, SeedTree(seed), progress or SilentProgress(), fast=fast)
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
        with suppress(OSError):
            path.parent.rmdir()  # only succeeds where nothing was written


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
    unknown = [name for name in ids if name not in known]
    if unknown:
        close = difflib.get_close_matches(unknown[0], known, n=1)
        hint = f"Did you mean {close[0]}? " if close else ""
        raise ConfigError(
            f"no target {unknown[0]!r}",
            where=f"targets of {study.name}",
            repair=f"{hint}The targets are: {', '.join(known)}.",
        )
    return [target for target in study.targets if not ids or target.id in ids]


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
