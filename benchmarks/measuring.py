"""What benchmarks share: a process per number of threads, interleaved timing, a table."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

__all__ = ["Benchmark", "ProcessorTime", "summarise", "time_interleaved"]

_THREADS = (1, 2)
_DISTURBED = 1.5  # median / fastest above which other programs were in the way


@dataclass(frozen=True)
class Benchmark:
    """A comparison with one rival, at one and at two threads.

    Parameters
    ----------
    title : str
        Printed above the table.
    script : Path
        The benchmark's own file, started anew for each number of threads.
    names : tuple of str
        Keys in what ``measure`` returns: our side, the rival, and others that are only shown.
    packages : tuple of str
        Packages whose versions are recorded.
    measure : callable
        ``measure(threads) -> dict`` with what :func:`summarise` returns.
    options : tuple of str
        Options of the benchmark's own, handed on to the process of each number of threads.
    """

    title: str
    script: Path
    names: tuple[str, ...]
    packages: tuple[str, ...]
    measure: Callable[[int], dict[str, Any]]
    options: tuple[str, ...] = ()

    def run(self, arguments: Sequence[str]) -> None:
        """Write the record named by the first argument; a second one is a number of threads."""
        target = Path(arguments[0])
        if len(arguments) == 2:
            threads = int(arguments[1])
            use_threads(threads)
            target.write_text(json.dumps(self.measure(threads)), encoding="utf-8")
            return
        machine, runs = describe_machine(self.packages), []
        part = target.with_suffix(".part")
        for threads in _THREADS:
            command = [sys.executable, self.script, part, str(threads), *self.options]
            subprocess.run(command, check=True)
            runs.append({"threads": threads, **json.loads(part.read_text(encoding="utf-8"))})
            part.unlink()
        record = {"benchmark": self.script.stem, "machine": machine, "runs": runs}
        target.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
        self._print(runs)

    def _print(self, runs: Sequence[dict[str, Any]]) -> None:
        ours, rival = self.names[:2]
        rows = [["ratio", "threads", *(f"{name} [ms]" for name in self.names)]]
        for run in runs:
            medians = [f"{run[name]['median_ms']:.1f}" for name in self.names]
            ratio = "disturbed" if run["disturbed"] else f"{run['ratio']:.2f}"
            rows.append([ratio, str(run["threads"]), *medians])
        widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
        sys.stdout.write(f"\n{self.title}; ratio = {rival} time / {ours} time\n")
        for row in rows:
            line = "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True))
            sys.stdout.write(f"  {line}\n")


def use_threads(count: int) -> None:
    """Confine this process to ``count`` cores; both libraries size their pools by that.

    To be called before NumPy, JAX or PyTorch is imported.
    """
    cores = sorted(os.sched_getaffinity(0))
    if count > len(cores):
        sys.exit(f"expected {count} cores, found {len(cores)}. Ask for fewer threads.")
    os.sched_setaffinity(0, cores[:count])
    os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = str(count)


def time_interleaved(
    contenders: Mapping[str, Callable[[], object]], repeats: int
) -> dict[str, list[float]]:
    """Time the contenders in turn, so that a busy machine slows all of them alike.

    Parameters
    ----------
    contenders : mapping of str to callable
        Each runs once and returns only when its result is there.
    repeats : int
        Timed runs of each, after one that is not timed.

    Returns
    -------
    dict of str to list of float
        Seconds of each run.
    """
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    for run in contenders.values():
        run()
    for _ in range(repeats):
        for name, run in contenders.items():
            begin = time.perf_counter()
            run()
            seconds[name].append(time.perf_counter() - begin)
    return seconds


class ProcessorTime:
    """Runs a side and keeps what each run took of the processor, which other programs do not."""

    def __init__(self, run: Callable[[], object]) -> None:
        self._run = run
        self.seconds: list[float] = []

    def __call__(self) -> None:
        """Run once."""
        begin = time.process_time()
        self._run()
        self.seconds.append(time.process_time() - begin)

    def median(self) -> float:
        """Return the median of the timed runs; the first only warms up."""
        return statistics.median(self.seconds[1:])


def summarise(seconds: Mapping[str, Sequence[float]], ours: str, rival: str) -> dict[str, Any]:
    """Return, in milliseconds, each side's spread, and the ratio of the rival's median to ours.

    There is no ratio where a side's median is far above its fastest run: other programs on the
    machine were measured then, above all where two threads wait for each other.
    """
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    disturbed = any(medians[name] > _DISTURBED * min(seconds[name]) for name in medians)
    record: dict[str, Any] = {
        "ratio": None if disturbed else round(medians[rival] / medians[ours], 2),
        "disturbed": disturbed,
    }
    for name, values in seconds.items():
        low, middle, high = (1e3 * value for value in statistics.quantiles(values, n=4))
        record[name] = {
            "median_ms": round(middle, 2),
            "quartiles_ms": [round(low, 2), round(high, 2)],
            "fastest_ms": round(1e3 * min(values), 2),
            "repeats": len(values),
        }
    return record


def describe_machine(packages: Sequence[str]) -> dict[str, Any]:
    """Return processor, cores, Python and package versions."""
    model = platform.processor()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        names = [line for line in cpuinfo.read_text().splitlines() if line.startswith("model name")]
        model = names[0].partition(":")[2].strip() if names else model
    return {
        "processor": model,
        "cores": os.cpu_count(),
        "load_at_start": [round(value, 2) for value in os.getloadavg()],
        "python": platform.python_version(),
        "versions": {name: version(name) for name in packages},
    }
