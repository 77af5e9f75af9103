"""The claims of a study, measured again: a run folder whose metrics are the claims."""

from __future__ import annotations

import math
import shlex
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from neuropil.contracts import (
    Claim,
    ConfigError,
    DataUnavailableError,
    Finding,
    InputError,
    Metric,
    MissingDependencyError,
    PieceCache,
    Progress,
    Run,
    RunWriter,
    SeedTree,
    SilentProgress,
    Study,
    Workbench,
    did_you_mean,
    reuse_compiled_programs,
    usable_processors,
    write_json,
)
from neuropil.datasets import REGISTRY
from neuropil.pipelines.recording import default_folder, recording
from neuropil.pipelines.run import FAST_NOTE, build_config
from neuropil.pipelines.studies import load_study

__all__ = ["REPRODUCTION_FORMAT_VERSION", "reproduce_study"]

REPRODUCTION_FORMAT_VERSION = 2


def reproduce_study(
    name: str,
    *,
    targets: Sequence[str] = (),
    seed: int = 0,
    out: Path | str | None = None,
    fast: bool = False,
    progress: Progress | None = None,
) -> Run:
    """Measure the claims of a study again and write them as a run folder with a report.

    What is finished is cached in the folder's ``work``: after an interruption the same call
    goes on from there.

    Parameters
    ----------
    name : str
        One of :func:`neuropil.pipelines.study_names`.
    targets : sequence of str
        Claims to measure, such as ``8-integration``, or ``8`` for all whose id begins with
        ``8-``; all when empty.
    seed : int
        Root of every random draw.
    out : Path or str, optional
        Folder; ``runs/<name>-reproduction-<date>-<time>`` when not given.
    fast : bool
        Measure on embedded data with the fast settings, as a check that the claims can be
        measured; no claim gets a verdict.
    progress : Progress, optional
        Told how far the work is.

    Returns
    -------
    Run
        Its metrics are the claims, in the study's order, ``not run`` with the reason where one
        was not asked for or could not be measured. ``reproduction.json`` in the folder holds
        them too.

    Raises
    ------
    ConfigError
        When the study or a claim is unknown; the message lists what exists.
    OutputError
        When the folder holds a finished reproduction already, or work of another seed or
        version, or cannot be written.
    """
    study = load_study(name)
    # A misspelt claim is refused before data are loaded, which may be a download.
    chosen = _choose(study, targets)
    folder = Path(out) if out is not None else default_folder(f"{name}-reproduction")
    config = build_config(study, {}, fast=fast)
    own = {"fast": fast, "version": version("neuropil")}
    if _mend_rows(folder, {"study": name, "seed": seed, "config": own}):
        return Run.open(folder)
    # Before data and JAX are loaded, and so that every process of the pieces inherits it.
    reuse_compiled_programs()
    loaded = study.load(config)
    writer = RunWriter(
        path=folder,
        study=name,
        title=f"The claims of {name}, measured again",
        seed=seed,
        # The version too: pieces of another version must not be mixed with this one's.
        config=own,
        card=study.card(),
        citations=study.citations,
        command=_command(name, targets, seed, fast=fast),
        fast=fast,
    )
    with recording(writer, loaded):
        pieces = PieceCache(folder / "work", progress or SilentProgress(), usable_processors())
        bench = Workbench(config, loaded.data, SeedTree(seed), pieces, fast)
        # Claims are measured in turn, pieces of one claim side by side.
        writer.add_metrics([_line(study, claim, bench, chosen) for claim in study.claims])
        if fast:
            writer.note(FAST_NOTE)
        # Inside the recording: a folder that says complete has this file.
        write_json(folder / "reproduction.json", _record(Run.open(folder)))
    return Run.open(folder)


def _mend_rows(folder: Path, wanted: Mapping[str, Any]) -> bool:
    """Write the rows of a finished reproduction anew where a crash left their file empty."""
    rows = folder / "reproduction.json"
    if not (folder / "run.json").is_file() or not rows.is_file() or rows.stat().st_size:
        return False
    run = Run.open(folder)
    same = all(run.record.get(name) == value for name, value in wanted.items())
    # What is not finished, or another one, is for the run folder itself to go on with or refuse.
    if not same or run.record.get("status") != "complete":
        return False
    write_json(rows, _record(run))
    return True


def _choose(study: Study[Any, Any], ids: Sequence[str]) -> list[Claim]:
    known = [claim.id for claim in study.claims]
    groups = {_group(name) for name in known}
    unknown = [name for name in ids if name not in groups.union(known)]
    if unknown:
        raise ConfigError(
            f"no claim {unknown[0]!r}",
            where=f"claims of {study.name}",
            repair=f"{did_you_mean(unknown[0], known)}The claims are: {', '.join(known)}.",
        )
    wanted = set(ids)
    return [claim for claim in study.claims if not wanted or wanted & {claim.id, _group(claim.id)}]


def _group(name: str) -> str:
    # 8-hold and 8-drift are one question; 8 asks for both.
    return name.partition("-")[0]


def _line(
    study: Study[Any, Any], claim: Claim, bench: Workbench[Any, Any], chosen: Sequence[Claim]
) -> Metric:
    # A table with every claim, so that nobody takes a part for the whole.
    asked = claim in chosen
    finding = _measure(claim, bench) if asked else Finding.not_run("Not asked for.")
    # Without a value there is nothing to name data or a command for.
    if finding.value is None:
        return claim.metric(finding)
    command = _command(study.name, [claim.id], bench.seed.root, fast=bench.fast)
    return claim.metric(finding, data=bench.data.source.name, command=command)


def _measure(claim: Claim, bench: Workbench[Any, Any]) -> Finding:
    """Measure a claim; what cannot be measured says why and takes no other with it."""
    try:
        finding = claim.measure(bench)
    # Other errors are defects, or a full disk: they stop all, and what is cached stays.
    except (DataUnavailableError, InputError, MissingDependencyError) as error:
        return Finding.not_run(str(error))
    # An undefined value is not a missed bound: nothing was measured.
    if finding.value is not None and not math.isfinite(finding.value):
        return Finding.not_run(f"The value is not defined. {finding.note}".strip())
    return finding


def _command(name: str, targets: Sequence[str], seed: int, *, fast: bool) -> str:
    chosen = [word for target in targets for word in ("--target", target)]
    quick = ["--fast"] if fast else []
    return shlex.join(["neuropil", "reproduce", name, *chosen, "--seed", str(seed), *quick])


def _record(run: Run) -> dict[str, Any]:
    """Return the claims as the JSON values of ``reproduction.json``."""
    return {
        "format": "neuropil-reproduction",
        "format_version": REPRODUCTION_FORMAT_VERSION,
        "study": run.record["study"],
        "seed": run.record["seed"],
        "fast": run.record["fast"],
        "synthetic": any(_is_synthetic(metric.data) for metric in run.metrics),
        "rows": [metric.to_json() for metric in run.metrics],
    }


def _is_synthetic(data: str) -> bool:
    # A claim may name several datasets, or none that is registered.
    named = (REGISTRY.get(part.strip()) for part in data.split(","))
    return any(dataset is not None and dataset.synthetic for dataset in named)
