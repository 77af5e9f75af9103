"""A file of connections as FlyWire Codex offers it, to a sparse matrix: neuropil against pandas."""

from __future__ import annotations

import argparse
import gzip
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from measuring import describe_machine

_SEED = 783
_NEURONS = 130_000
_REGIONS = 75
_DISTURBED = 1.2  # time / processor time of a program of one thread
_OURS = "neuropil"
_COLUMNS = ("pre_root_id", "post_root_id", "syn_count")
_TRANSMITTERS = np.array(["ACH", "GABA", "GLUT", "DA", "SER", "OCT"])


def write_connections(path: Path, lines: int, order: str) -> None:
    """Write a synthetic file with the statistics of the whole fly brain.

    130,000 neurons with 18-digit ids, log-normal in and out degrees, 1.4 lines a pair in up to
    75 neuropils, Pareto synapse counts, one transmitter for each neuron.
    """
    generator = np.random.default_rng(_SEED)
    span = np.arange(596_000_000, 661_000_000)
    ids = 720_575_940_000_000_000 + np.sort(generator.choice(span, _NEURONS, replace=False))
    pairs = _draw_pairs(generator, lines)
    repeats = np.minimum(generator.geometric(0.7, pairs.size), _REGIONS)
    firsts = np.cumsum(repeats) - repeats
    turn = np.arange(repeats.sum()) - np.repeat(firsts, repeats)
    pre, post = np.divmod(np.repeat(pairs, repeats), _NEURONS)
    home = generator.integers(0, _REGIONS, _NEURONS)
    region = (home[pre] + 7 * turn) % _REGIONS
    counts = np.minimum(generator.pareto(1.6, pre.size) + 1, 2400).astype(np.int64)
    transmitter = generator.choice(6, _NEURONS, p=[0.55, 0.2, 0.2, 0.02, 0.02, 0.01])
    chosen = np.arange(min(lines, pre.size))
    if order == "shuffled":
        generator.shuffle(chosen)
    _write_lines(path, [ids[pre], ids[post], region, counts, transmitter[pre]], chosen)


def _draw_pairs(generator: np.random.Generator, lines: int) -> np.ndarray:
    """Draw somewhat more pairs than the lines need, each once, sorted."""
    weights = [generator.lognormal(0, 1, _NEURONS) for _ in range(2)]
    ends = [
        generator.choice(_NEURONS, int(0.75 * lines) + 100, p=each / each.sum()) for each in weights
    ]
    return np.unique(ends[0] * _NEURONS + ends[1])


def _write_lines(path: Path, columns: list[np.ndarray], chosen: np.ndarray) -> None:
    import polars as pl

    names = np.array([f"NP{number // 2:02d}_{'LR'[number % 2]}" for number in range(_REGIONS)])
    with gzip.open(path, "wb", compresslevel=6) as handle:
        handle.write(b"pre_root_id,post_root_id,neuropil,syn_count,nt_type\n")
        for block in np.array_split(chosen, max(1, chosen.size // 500_000)):
            pre, post, region, counts, transmitter = (column[block] for column in columns)
            frame = pl.DataFrame([pre, post, names[region], counts, _TRANSMITTERS[transmitter]])
            handle.write(frame.write_csv(include_header=False).encode())


def run_neuropil(path: Path) -> tuple[Any, Any]:
    """Read and check the file, and build the matrix; return ids and matrix."""
    from neuropil import formats

    connectome = formats.read(path, format="codex")
    return connectome.nodes["id"].to_numpy(), connectome.adjacency()


def run_pandas_scipy(path: Path) -> tuple[Any, Any]:
    """Do it with ``groupby``, and ``searchsorted`` for the rows."""
    import pandas as pd
    from scipy import sparse

    lines = pd.read_csv(path, usecols=list(_COLUMNS))
    pairs = lines.groupby(["pre_root_id", "post_root_id"], as_index=False)["syn_count"].sum()
    pre, post = pairs["pre_root_id"].to_numpy(), pairs["post_root_id"].to_numpy()
    ids = np.unique(np.concatenate([pre, post]))
    cells = (np.searchsorted(ids, pre), np.searchsorted(ids, post))
    values = pairs["syn_count"].to_numpy(float)
    return ids, sparse.csr_array((values, cells), shape=(ids.size, ids.size))


def run_pandas_factorize(path: Path) -> tuple[Any, Any]:
    """Do it without ``groupby``: SciPy sums what falls into one cell."""
    import pandas as pd
    from scipy import sparse

    lines = pd.read_csv(path, usecols=list(_COLUMNS))
    ends = np.concatenate([lines["pre_root_id"].to_numpy(), lines["post_root_id"].to_numpy()])
    codes, ids = pd.factorize(ends, sort=True)
    cells = (codes[: len(lines)], codes[len(lines) :])
    values = lines["syn_count"].to_numpy(float)
    return ids, sparse.csr_array((values, cells), shape=(ids.size, ids.size))


def run_pandas_networkx(path: Path) -> tuple[Any, Any]:
    """Do it with ``groupby`` and a directed graph, from which SciPy gets the matrix."""
    import networkx as nx
    import pandas as pd

    lines = pd.read_csv(path, usecols=list(_COLUMNS))
    pairs = lines.groupby(["pre_root_id", "post_root_id"], as_index=False)["syn_count"].sum()
    graph = nx.from_pandas_edgelist(pairs, *_COLUMNS, create_using=nx.DiGraph)
    ids = sorted(graph)
    matrix = nx.to_scipy_sparse_array(graph, nodelist=ids, weight="syn_count", dtype=float)
    return np.array(ids), matrix


_CONTENDERS: dict[str, Callable[[Path], tuple[Any, Any]]] = {
    _OURS: run_neuropil,
    "pandas_scipy": run_pandas_scipy,
    "pandas_factorize": run_pandas_factorize,
    "pandas_networkx": run_pandas_networkx,
}
_IMPORTS = {
    _OURS: ("neuropil.formats",),
    "pandas_scipy": ("pandas", "scipy.sparse"),
    "pandas_factorize": ("pandas", "scipy.sparse"),
    "pandas_networkx": ("pandas", "scipy.sparse", "networkx"),
}


def contend(name: str, path: Path) -> dict[str, Any]:
    """Time one contender in this process, and describe what it made."""
    for module in _IMPORTS[name]:
        import_module(module)
    begin, worked = time.perf_counter(), time.process_time()
    ids, matrix = _CONTENDERS[name](path)
    seconds, cpu = time.perf_counter() - begin, time.process_time() - worked
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    cells = matrix.tocoo()
    # Each side must have found the same synapses between the same neurons.
    marks = (ids % 1_000_003)[cells.row] * 31 + (ids % 999_983)[cells.col]
    return {
        "seconds": seconds,
        "cpu_seconds": cpu,
        "peak_gib": peak / 2**20,
        "found": {
            "neurons": len(ids),
            "pairs": int(matrix.nnz),
            "synapses": int(matrix.sum()),
            "checksum": int((marks * cells.data.astype(np.int64)).sum()),
        },
    }


def compare(path: Path, names: Sequence[str], repeats: int) -> dict[str, Any]:
    """Run each contender ``repeats`` times in turn, each time in a process of its own."""
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
    for _ in range(repeats):
        for name in names:
            command = [sys.executable, __file__, "--contender", name, "--file", str(path)]
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
            runs[name].append(json.loads(done.stdout))
    found = [run["found"] for each in runs.values() for run in each]
    if any(each != found[0] for each in found):
        sys.exit(f"the contenders differ: {found}.")
    return {"bytes": path.stat().st_size, **found[0], **_summarise(runs)}


def _summarise(runs: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, Any]:
    summary: dict[str, Any] = {}
    for name, each in runs.items():
        seconds = [run["seconds"] for run in each]
        summary[name] = {
            "median_s": round(statistics.median(seconds), 2),
            "fastest_s": round(min(seconds), 2),
            "slowest_s": round(max(seconds), 2),
            "median_cpu_s": round(statistics.median(run["cpu_seconds"] for run in each), 2),
            "peak_gib": round(max(run["peak_gib"] for run in each), 2),
            "repeats": len(each),
        }
    # pandas has one thread: where it runs for longer than it works, it waits for a core.
    summary["disturbed"] = any(
        summary[name]["median_s"] > _DISTURBED * summary[name]["median_cpu_s"]
        for name in runs
        if name != _OURS
    )
    for name in runs:
        for ratio, key in (("ratio", "median_s"), ("cpu_ratio", "median_cpu_s")):
            summary[name][ratio] = round(summary[name][key] / summary[_OURS][key], 2)
    return summary


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Write the files into a temporary folder, and compare all contenders on them."""
    few = int(options.lines * options.graph_share)
    record: dict[str, Any] = {
        "benchmark": Path(__file__).stem,
        "machine": describe_machine(("neuropil", "polars", "pandas", "scipy", "networkx", "numpy")),
        "order": options.order,
    }
    with tempfile.TemporaryDirectory() as folder:
        for key, lines, names in (
            ("whole", options.lines, (_OURS, "pandas_scipy", "pandas_factorize")),
            ("part", few, (_OURS, "pandas_scipy", "pandas_networkx")),
        ):
            path = Path(folder) / f"connections_{key}.csv.gz"
            # In a process of its own, which gives its memory back.
            command = [sys.executable, __file__, "--write", str(lines), "--file", str(path)]
            subprocess.run([*command, "--order", options.order], check=True)
            record[key] = {"lines": lines, **compare(path, names, options.repeats)}
    record["load_at_end"] = [round(value, 2) for value in os.getloadavg()]
    return record


def show(record: Mapping[str, Any]) -> None:
    """Print the times, the peaks and the ratios."""
    for key in ("whole", "part"):
        run = record[key]
        mark = ", disturbed" if run["disturbed"] else ""
        sys.stdout.write(
            f"\n{run['lines']:,} lines, {record['order']}, {run['pairs']:,} pairs{mark}; "
            f"ratio = rival / neuropil\n{'':18} {'time':>10} {'ratio':>6} {'CPU time':>10} "
            f"{'ratio':>6} {'peak':>10}\n"
        )
        for name in (each for each in _CONTENDERS if each in run):
            each = run[name]
            sys.stdout.write(
                f"{name:18} {each['median_s']:8.2f} s {each['ratio']:6.2f} "
                f"{each['median_cpu_s']:8.2f} s {each['cpu_ratio']:6.2f} "
                f"{each['peak_gib']:6.2f} GiB\n"
            )


def main() -> None:
    """Take the name of the record and the size of the problem from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", nargs="?", type=Path, help="record to write, in JSON")
    parser.add_argument("--lines", type=int, default=15_000_000)
    parser.add_argument("--order", choices=("shuffled", "sorted"), default="shuffled")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--graph-share", type=float, default=0.1, help="of the lines for networkx")
    parser.add_argument("--contender", choices=tuple(_CONTENDERS), help=argparse.SUPPRESS)
    parser.add_argument("--write", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.write:
        write_connections(options.file, options.write, options.order)
    elif options.contender:
        sys.stdout.write(json.dumps(contend(options.contender, options.file)))
    elif options.target is None:
        parser.error("name the record to write")
    else:
        record = measure(options)
        options.target.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
        show(record)


if __name__ == "__main__":
    main()
