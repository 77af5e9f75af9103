"""``neuropil doctor``: what this installation can do, and what to mend."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Annotated, Literal

import typer

from neuropil.cli.console import print_json, print_table
from neuropil.cli.data import locate

__all__ = ["Examination", "doctor", "examine"]

# As pyproject.toml requires; an older one can still start this command from a copied folder.
_OLDEST_PYTHON = (3, 11)
# Room for the largest dataset, 0.17 GB, and for runs beside it. Not tuned.
_LITTLE_SPACE = 1e9


@dataclass(frozen=True, slots=True)
class Examination:
    """What was found about one part of an installation.

    Parameters
    ----------
    what : str
        The thing examined.
    state : {"ok", "warn", "fail"}
        ``"fail"`` where studies cannot run.
    found : str
        What was found.
    repair : str
        What to do about it.
    """

    what: str
    state: Literal["ok", "warn", "fail"]
    found: str
    repair: str = ""


def doctor(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Examine this installation; exit 1 where something keeps studies from running."""
    found = examine()
    if as_json:
        print_json([asdict(item) for item in found])
    else:
        print_table(
            ("", "state", "found", "to do"),
            ((item.what, item.state, item.found, item.repair) for item in found),
        )
    if any(item.state == "fail" for item in found):
        raise typer.Exit(1)


def examine() -> list[Examination]:
    """Examine Python, packages, accelerators, folders and data."""
    # From what everything needs to what only some do: the first failure is the one to mend.
    parts: tuple[Callable[[], Iterator[Examination]], ...] = (
        _examine_python,
        _examine_packages,
        _examine_jax,
        _examine_processors,
        _examine_tools,
        _examine_cache,
        _examine_data,
        _examine_disk,
    )
    return [item for part in parts for item in part()]


def _examine_python() -> Iterator[Examination]:
    version = platform.python_version()
    if sys.version_info >= _OLDEST_PYTHON:
        yield Examination("Python", "ok", version)
    else:
        yield Examination("Python", "fail", version, "Install Python 3.11 or newer.")


def _examine_packages() -> Iterator[Examination]:
    for requirement in metadata.requires("neuropil") or []:
        if "extra ==" in requirement:
            continue
        # By hand: the library that parses requirements is no dependency of ours.
        name = requirement.split(";")[0].split(">")[0].split("=")[0].strip()
        try:
            yield Examination(name, "ok", metadata.version(name))
        except metadata.PackageNotFoundError:
            yield Examination(name, "fail", "not installed", f"Run `pip install {name}`.")


def _examine_jax() -> Iterator[Examination]:
    try:
        # Asked in earnest: a package that is installed may still find no device that works.
        import jax

        devices = [str(device) for device in jax.devices()]
    except Exception as error:  # a broken accelerator driver can raise anything
        found = f"{type(error).__name__}: {' '.join(str(error).split())}"
        yield Examination("JAX", "fail", found, "Set JAX_PLATFORMS=cpu, or reinstall jax.")
        return
    yield Examination("JAX", "ok", f"{jax.default_backend()}: {', '.join(devices)}")
    from neuropil.contracts import compilation_cache_folder

    compiled = compilation_cache_folder()
    count = sum(1 for item in compiled.glob("*")) if compiled.is_dir() else 0
    found = f"{count} files in {compiled}" if count else "empty; the first run fills it"
    yield Examination("compilation cache", "ok", found)


def _examine_processors() -> Iterator[Examination]:
    # A container or a scheduler may grant fewer than the machine has.
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    yield Examination("processors", "ok", f"{usable} usable of {os.cpu_count()}")


def _examine_tools() -> Iterator[Examination]:
    # In the order in which the build of the kernel looks for them.
    compiler = next(
        filter(None, map(shutil.which, (os.environ.get("CC", ""), "cc", "clang"))), None
    )
    if compiler:
        yield Examination("C compiler", "ok", f"{compiler}: gate networks train in the C kernel")
    else:
        repair = "Install gcc or clang for speed, or name one in CC."
        yield Examination("C compiler", "warn", "none: gate networks train in JAX", repair)
    programs = ("iverilog", "verilator", "yosys")
    missing = [name for name in programs if shutil.which(name) is None]
    if missing:
        repair = "Install them to check exported circuits."
        yield Examination("hardware tools", "warn", f"not installed: {', '.join(missing)}", repair)
    else:
        yield Examination("hardware tools", "ok", ", ".join(programs))


def _examine_cache() -> Iterator[Examination]:
    from neuropil.contracts import OutputError, atomic_write, user_cache

    folder = user_cache()
    # Written for real: permissions, quotas and read-only mounts are not told apart by asking.
    probe = folder / "doctor-probe"
    try:
        with atomic_write(probe) as temporary:
            temporary.touch()
        probe.unlink()
    except OutputError as error:
        repair = "Set NEUROPIL_CACHE to a folder that can be written."
        yield Examination("cache", "warn", str(error.what), f"{folder}: {repair}")
        return
    yield Examination("cache", "ok", str(folder))


def _examine_data() -> Iterator[Examination]:
    from neuropil.datasets import info, mirror_folder, names

    mirror = mirror_folder()
    if mirror is not None and not mirror.is_dir():
        repair = "Correct or unset NEUROPIL_DATA."
        yield Examination("NEUROPIL_DATA", "warn", f"{mirror} is no folder", repair)
    for name in names():
        place = locate(name)
        if place == "not here":
            other = info(name).substitute
            instead = f", or use {other}" if other else ""
            repair = f"Run `neuropil data get {name}`, or set NEUROPIL_DATA{instead}."
            # A warning: studies have substitutes, and nobody needs all datasets.
            yield Examination(name, "warn", place, repair)
        elif place == "corrupt":
            yield Examination(name, "warn", place, f"Run `neuropil data check {name}`.")
        else:
            yield Examination(name, "ok", place)


def _examine_disk() -> Iterator[Examination]:
    from neuropil.reports import format_size

    free = shutil.disk_usage(Path.cwd()).free
    found = f"{format_size(free)} free in {Path.cwd()}"
    if free < _LITTLE_SPACE:
        yield Examination("disk", "warn", found, "Free space, or give --out on another disk.")
    else:
        yield Examination("disk", "ok", found)
