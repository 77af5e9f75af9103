"""One study, from settings to a finished run folder with its report."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from neuropil.contracts import (
    ConfigError,
    Progress,
    Run,
    RunWriter,
    SeedTree,
    Settings,
    SilentProgress,
    Study,
    Task,
    closest_name,
    describe_settings,
    in_stages,
    reuse_compiled_programs,
)
from neuropil.pipelines.recording import default_folder, recording
from neuropil.pipelines.studies import load_study

__all__ = ["FAST_NOTE", "build_config", "run_study"]

FAST_NOTE = "Fast settings: a check that the study runs, not a result."
"""What a reader of a fast run must know first."""


def build_config(
    study: Study[Any, Any], settings: Mapping[str, Any], *, fast: bool = False
) -> Settings:
    """Validate settings for a study.

    Parameters
    ----------
    study : Study
        The study.
    settings : mapping
        Values by name; they win over the fast ones. A setting of a group may be named without the
        group where no other has its name.
    fast : bool
        Whether to start from the study's fast settings.

    Raises
    ------
    ConfigError
        Naming each setting that is unknown, with the closest known name, out of range, given twice,
        or in several groups.
    """
    known = list(study.config.model_fields)
    settings = _find_groups(settings, study.config)
    # Before Pydantic, which forbids them too and knows no closest name.
    unknown = [f"unknown setting {text}" for text in _unknown(settings, study.config)]
    if unknown:
        raise ConfigError(
            "; ".join(unknown),
            where=f"settings of {study.name}",
            repair=f"The settings are: {', '.join(known)}.",
        )
    # YAML and Python can say infinity, which run.json cannot.
    for name, value in settings.items():
        _refuse_infinite(name, value)
    # Fast values lie under what was given: a check can still vary one setting.
    return study.config.build(_merge(study.fast if fast else {}, settings))


def _find_groups(settings: Mapping[str, Any], model: type[Settings]) -> dict[str, Any]:
    """Put each setting that is named without its group where it belongs; leave unknown ones."""
    found = {name: value for name, value in settings.items() if name in model.model_fields}
    for name, value in settings.items():
        if name in found:
            continue
        places = [place for place in _list_inner(model) if place[-1] == name]
        if len(places) > 1:
            raise ConfigError(
                f"expected one setting {name!r}, found {' and '.join(map('.'.join, places))}",
                where="settings",
                repair="Write the name with its group.",
            )
        [place] = places or [(name,)]
        found = _place(found, place, value)
    return found


def _list_inner(model: type[Settings], path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """List the settings inside groups, each as the names of its groups and its own."""
    for name, field in model.model_fields.items():
        default = field.get_default(call_default_factory=True)
        if path:
            yield (*path, name)
        if isinstance(default, Settings):
            yield from _list_inner(type(default), (*path, name))


def _place(settings: Mapping[str, Any], place: tuple[str, ...], value: Any) -> dict[str, Any]:  # noqa: ANN401 - of any setting
    """Return settings with one more in its group."""
    name, *inner = place
    below = settings.get(name)
    if inner and (below is None or isinstance(below, Mapping)):
        return {**settings, name: _place(below or {}, tuple(inner), value)}
    # Either could be meant: the order of a file and a command line is not known here.
    if name in settings and not (isinstance(below, Mapping) and isinstance(value, Mapping)):
        raise ConfigError(
            f"expected the setting {place[-1]!r} once, found it with its group and without",
            where="settings",
            repair="Leave one of them out.",
        )
    return {**settings, name: _merge(below, value) if below else value}


def _unknown(settings: Mapping[str, Any], model: type[Settings], path: str = "") -> Iterator[str]:
    """Describe the names that no field has, in groups of settings too."""
    known = list(model.model_fields)
    for name, value in settings.items():
        if name not in known:
            inner = {} if path else {place[-1]: ".".join(place) for place in _list_inner(model)}
            names = {**inner, **dict(zip(known, known, strict=True))}
            close = closest_name(name, names)
            hint = f", the closest is {path + names[close]!r}" if close else ""
            yield f"{path + str(name)!r}{hint}"
        elif isinstance(value, Mapping):
            group = model.model_fields[name].get_default(call_default_factory=True)
            if isinstance(group, Settings):
                yield from _unknown(value, type(group), f"{path}{name}.")


def _merge(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Lay settings over others, group by group."""
    merged = dict(under)
    for name, value in over.items():
        below = merged.get(name)
        # One value of a group must not put the others of that group back to their defaults.
        if isinstance(below, Mapping) and isinstance(value, Mapping):
            merged[name] = _merge(below, value)
        else:
            merged[name] = value
    return merged


def _refuse_infinite(name: str, value: object) -> None:
    parts = value.values() if isinstance(value, Mapping) else value
    if isinstance(parts, float) and not math.isfinite(parts):
        raise ConfigError(
            f"expected a finite number, found {parts}",
            where=f"setting {name!r}",
            repair="Give a finite number.",
        )
    # A text is made of texts without end.
    if not isinstance(value, str) and hasattr(parts, "__iter__"):
        for part in parts:
            _refuse_infinite(name, part)


def run_study(
    name: str,
    settings: Mapping[str, Any] | None = None,
    *,
    seed: int = 0,
    out: Path | str | None = None,
    fast: bool = False,
    progress: Progress | None = None,
) -> Run:
    """Run a study and write its run folder and report.

    Parameters
    ----------
    name : str
        One of :func:`neuropil.pipelines.study_names`.
    settings : mapping, optional
        Settings that differ from the study's defaults.
    seed : int
        Root of every random draw.
    out : Path or str, optional
        Run folder; ``runs/<name>-<date>-<time>`` when not given. An interrupted run with the
        same study, seed and settings goes on there.
    fast : bool
        Use the study's fast settings: minutes become seconds and the run is marked.
    progress : Progress, optional
        Told how far the run is.

    Returns
    -------
    Run
        The finished run; its report is ``report.html`` in the folder.

    Raises
    ------
    ConfigError
        When the study or a setting is unknown or out of range.
    OutputError
        When the folder is taken or cannot be written.
    """
    study = load_study(name)
    config = build_config(study, settings or {}, fast=fast)
    # Before the study loads JAX, which reads the folder of compiled programs when it starts.
    reuse_compiled_programs()
    loaded = study.load(config)
    # Before the folder is made: a wrong setting leaves nothing behind.
    study.check(config, loaded.data)
    writer = RunWriter(
        path=Path(out) if out is not None else default_folder(name),
        study=name,
        title=study.title,
        seed=seed,
        config=config.model_dump(mode="json"),
        card=study.card(),
        citations=study.citations,
        fast=fast,
        meanings={item.name: item.meaning for item in describe_settings(study.config)},
    )
    with recording(writer, loaded):
        with in_stages(progress or SilentProgress(), name, study.stages) as listener:
            study.run(Task(config, loaded.data, SeedTree(seed), writer, listener))
        writer.state_headline(study.headline(writer.metrics))
        # Last, so that it stands below what the study found out about its data.
        if fast:
            writer.note(FAST_NOTE)
    return Run.open(writer.path)
