"""What both benchmarks share: interleaved timing, the machine's description, a table."""

from __future__ import annotations

import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

__all__ = ["describe_machine", "print_table", "summarise", "time_interleaved", "use_threads"]


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


def summarise(seconds: Mapping[str, Sequence[float]], ours: str, rival: str) -> dict[str, object]:
    """Return medians, quartiles, and the ratio of the rival's median to ours."""
    record: dict[str, object] = {
        "ratio": round(statistics.median(seconds[rival]) / statistics.median(seconds[ours]), 2)
    }
    for name, values in seconds.items():
        low, middle, high = statistics.quantiles(values, n=4)
        record[name] = {
            "median_ms": round(1e3 * middle, 3),
            "quartiles_ms": [round(1e3 * low, 3), round(1e3 * high, 3)],
            "repeats": len(values),
        }
    return record


def describe_machine(*packages: str) -> dict[str, object]:
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


def print_table(title: str, rows: Sequence[Sequence[object]], header: Sequence[str]) -> None:
    """Print aligned columns under a title."""
    cells = [[str(cell) for cell in row] for row in (header, *rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(header))]
    sys.stdout.write(f"\n{title}\n")
    for row in cells:
        line = "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        sys.stdout.write(f"  {line}\n")
