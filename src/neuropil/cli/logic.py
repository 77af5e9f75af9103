"""``neuropil logic``: circuits of gates, exported and timed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neuropil.cli.console import print_json, print_table

if TYPE_CHECKING:
    from neuropil.logic import Circuit

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="Export and time circuits of logic gates.")

Model = Annotated[Path, typer.Argument(help="Folder with a netlist, such as runs/x/model.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]

_WRITERS = {"c": "to_c", "verilog": "to_verilog", "blif": "to_blif", "dot": "to_dot"}
_ENDINGS = {"c": "c", "verilog": "v", "blif": "blif", "dot": "dot"}


@app.command("export")
def export_circuit(
    model: Model,
    to: Annotated[str, typer.Option(help="Formats with commas between them.")] = "verilog,c",
    out: Annotated[
        Path | None, typer.Option(help="Folder.", show_default="export, beside the netlist")
    ] = None,
    verify: Annotated[
        bool, typer.Option("--verify", help="Simulate, synthesise and prove what was exported.")
    ] = False,
    images: Annotated[int, typer.Option(min=1, help="Random inputs of --verify.")] = 1000,
    as_json: Json = False,
) -> None:
    """Simplify a circuit and write it as Verilog, C, BLIF or DOT.

    With --verify the Verilog is simulated on random inputs with Icarus and Verilator, synthesised
    with Yosys, and the simplified netlist is proved equal to the original with ABC, as far as these
    programs are installed. Exit 1 where something differs.
    """
    from neuropil.contracts import atomic_write
    from neuropil.logic import Circuit

    chosen = _parse_formats(to)
    circuit = Circuit.load(model)
    small = circuit.simplify()
    folder = out or model / "export"
    files = []
    for name in chosen:
        path = folder / f"circuit.{_ENDINGS[name]}"
        with atomic_write(path) as temporary:
            temporary.write_text(getattr(small, _WRITERS[name])(), encoding="utf-8")
        files.append(str(path))
    checks = _verify(circuit, images) if verify else []
    gates = {"gates": circuit.n_gates, "simplified": small.n_gates}
    if as_json:
        print_json({**gates, "files": files, "checks": checks})
    else:
        typer.echo(f"{circuit.n_gates:,} gates, {small.n_gates:,} after simplification")
        typer.echo("\n".join(files))
        if checks:
            print_table(
                ("check", "found", "passed"),
                ((str(row["check"]), str(row["found"]), _word(row["passed"])) for row in checks),
            )
    if any(row["passed"] is False for row in checks):
        raise typer.Exit(1)


def _word(passed: object) -> str:
    return "not run" if passed is None else "yes" if passed else "MISS"


def _parse_formats(text: str) -> list[str]:
    from neuropil.contracts import ConfigError

    chosen = [name.strip() for name in text.split(",") if name.strip()]
    unknown = [name for name in chosen if name not in _WRITERS]
    if unknown or not chosen:
        raise ConfigError(
            f"expected formats, found {text!r}",
            where="--to",
            repair=f"Choose among: {', '.join(_WRITERS)}.",
        )
    return chosen


def _verify(circuit: Circuit, images: int) -> list[dict[str, object]]:
    import numpy as np

    from neuropil.logic import check_hardware

    bits = np.random.default_rng(0).random((images, circuit.n_inputs)) < 0.5
    found = check_hardware(circuit, bits)
    rows: list[dict[str, object]] = [
        {"check": f"{tool}: inputs that differ", "found": wrong, "passed": wrong == 0}
        for tool, wrong in found.differing.items()
    ]
    rows += [{"check": tool, "found": "not installed", "passed": None} for tool in found.missing]
    if found.synthesis is not None:
        latches = found.synthesis.latches
        cells = f"{found.synthesis.gate_cells:,} of {circuit.n_gates:,} gates"
        rows += [
            {"check": "latches", "found": latches, "passed": latches == 0},
            {
                "check": "cells of the gate part",
                "found": cells,
                "passed": found.synthesis.gate_cells <= circuit.n_gates,
            },
            {"check": "proved equal", "found": found.proved, "passed": found.proved},
        ]
    return rows


@app.command("bench")
def bench_circuit(
    model: Model,
    images: Annotated[int, typer.Option(min=64, help="Random inputs.")] = 10_240,
    as_json: Json = False,
) -> None:
    """Time a circuit on random inputs: NumPy, the C kernel, and C compiled for the circuit."""
    import numpy as np

    from neuropil.logic import Circuit, measure_speed

    circuit = Circuit.load(model)
    bits = np.random.default_rng(0).random((images, circuit.n_inputs)) < 0.5
    speeds = measure_speed(circuit.simplify(), bits, generated=circuit)
    if as_json:
        print_json(speeds)
        return
    print_table(
        ("way", "million images/s"),
        ((name, f"{speed / 1e6:.2f}") for name, speed in speeds.items()),
    )
    typer.echo("packing included, the best of five, one thread")
