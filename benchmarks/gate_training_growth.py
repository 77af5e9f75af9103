"""How the cost of a training step grows with gates, in one and two layers, beside torchlogix.

Every point is a process of its own, so that its memory is that of one network. The processor time
of one thread is what is compared: other programs on the machine stretch the time that passes.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from gate_training import draw_problem, start_peer
from measuring import describe_machine, use_threads

_WIRING = "topk:32"
_BEFORE = 2  # steps of a first call, whose time is what a call costs beside its steps
_WORK = 200_000  # gates times steps of the second call beyond it: seconds, at any size
_PEER_STEPS = 3


def measure_kernel(gates: int, layers: int) -> dict[str, Any]:
    """Return processor seconds a step of the C kernel, and memory [MiB]."""
    from neuropil.logic.training.engines import choose_engine

    kernel = choose_engine("kernel")
    base = _peak()
    problem = draw_problem(gates, _WIRING, layers)
    more = max(2, _WORK // gates)
    taken, passed = [], []
    for steps in (_BEFORE, _BEFORE, _BEFORE + more):
        begin, started = time.process_time(), time.perf_counter()
        kernel.run(problem.network, problem.chunk(steps))
        taken.append(time.process_time() - begin)
        passed.append(time.perf_counter() - started)
    return {
        "processor_s_a_step": (taken[2] - taken[1]) / more,
        "s_a_step": (passed[2] - passed[1]) / more,
        "memory_mib": _peak() - base,
    }


def measure_peer(gates: int, layers: int, python: str, variant: str) -> dict[str, Any]:
    """Return the same of torchlogix, in an interpreter of its own."""
    with start_peer(python, draw_problem(gates, _WIRING, layers), _PEER_STEPS, 1) as peer:
        found: dict[str, Any] = peer.ask(f"measure {variant.replace(',', ' ')}")
    return {**found, "variant": variant}


def _peak() -> int:
    """Return the largest memory of this process so far [MiB]."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def list_points(options: argparse.Namespace) -> Iterator[tuple[str, int, int]]:
    """Yield side, gates and layers of each point."""
    for layers in (1, 2):
        yield from (("neuropil", gates, layers) for gates in _numbers(options.sizes))
        yield from (("torchlogix", gates, layers) for gates in _numbers(options.peer_sizes))


def _numbers(text: str) -> list[int]:
    return [int(part) for part in text.split(",") if part]


def measure_all(options: argparse.Namespace) -> list[dict[str, Any]]:
    """Measure each point in a process of its own; what was measured already stays."""
    rows = []
    if options.target.exists():
        rows = json.loads(options.target.read_text(encoding="utf-8"))["points"]
    known = {(row["side"], row["gates"], row["layers"]) for row in rows}
    machine = describe_machine(("neuropil", "jax", "numpy"))
    part = options.target.with_suffix(".part")
    for side, gates, layers in list_points(options):
        if (side, gates, layers) in known:
            continue
        point = f"{side},{gates},{layers}"
        command = [sys.executable, __file__, str(part), "--point", point]
        command += ["--peer", options.peer, "--variant", options.variant]
        subprocess.run(command, check=True)
        found = json.loads(part.read_text(encoding="utf-8"))
        rows.append({"side": side, "gates": gates, "layers": layers, **found})
        part.unlink()
        record = {"benchmark": Path(__file__).stem, "machine": machine, "points": rows}
        options.target.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    return rows


def print_table(rows: Sequence[dict[str, Any]]) -> None:
    """Print a line for each point, with the ratio of torchlogix to neuropil where both are."""
    ours = {(r["gates"], r["layers"]): r for r in rows if r["side"] == "neuropil"}
    sys.stdout.write("side        gates    layers  processor ms a step  memory MiB  ratio\n")
    for row in sorted(rows, key=lambda r: (r["layers"], r["gates"], r["side"])):
        same = ours.get((row["gates"], row["layers"]))
        ratio = row["processor_s_a_step"] / same["processor_s_a_step"] if same else None
        sys.stdout.write(
            f"{row['side']:<10} {row['gates']:>8,} {row['layers']:>7} "
            f"{1e3 * row['processor_s_a_step']:>19.1f} {row['memory_mib']:>11,}  "
            f"{'' if ratio is None else format(ratio, '.1f')}\n"
        )


def draw_curve(rows: Sequence[dict[str, Any]], path: Path) -> None:
    """Draw time and memory against gates, both axes logarithmic."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.2, 3.2), layout="constrained")
    quantities = (
        ("processor_s_a_step", 1e3, "a step [processor ms]"),
        ("memory_mib", 1, "memory [MiB]"),
    )
    for axes, (key, unit, label) in zip(figure.subplots(1, 2), quantities, strict=True):
        for side, colour in (("neuropil", "#1f6f8b"), ("torchlogix", "#c0562f")):
            for layers, marker in ((1, "o"), (2, "s")):
                points = sorted(
                    (row["gates"], unit * row[key])
                    for row in rows
                    if (row["side"], row["layers"]) == (side, layers)
                )
                if points:
                    name = f"{side}, {layers} layer{'s' if layers > 1 else ''}"
                    style = "-" if layers == 1 else "--"
                    axes.plot(
                        *zip(*points, strict=True), style, marker=marker, color=colour, label=name
                    )
        axes.set(xscale="log", yscale="log", xlabel="gates", ylabel=label)
    axes.legend(frameon=False, fontsize=8)
    figure.savefig(path)


def main() -> None:
    """Measure one point, or all of them and draw the curve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", type=Path, help="record to write, in JSON; a figure goes beside")
    parser.add_argument("--point", help="side, gates and layers: measure this one alone")
    parser.add_argument("--peer", default=sys.executable, help="interpreter that has torchlogix")
    parser.add_argument("--variant", default="raw,compiled", help="its gates; eager or compiled")
    parser.add_argument("--sizes", default="8000,16000,32000,64000,128000,256000,512000,1000000")
    parser.add_argument("--peer-sizes", default="8000,32000")
    options = parser.parse_args()
    if options.point:
        use_threads(1)
        side, gates, layers = options.point.split(",")
        sizes = int(gates), int(layers)
        found = (
            measure_kernel(*sizes)
            if side == "neuropil"
            else measure_peer(*sizes, options.peer, options.variant)
        )
        options.target.write_text(json.dumps(found), encoding="utf-8")
        return
    rows = measure_all(options)
    print_table(rows)
    draw_curve(rows, options.target.with_suffix(".svg"))


if __name__ == "__main__":
    main()
