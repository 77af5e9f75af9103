"""``neuropil logic``: circuits of gates, exported and timed."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neuropil.cli.console import print_json, print_table
from neuropil.cli.reading import takes_options

if TYPE_CHECKING:
    from neuropil.logic import Circuit, Hardware

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="Export and time circuits of logic gates.")

Model = Annotated[Path, typer.Argument(help="Folder with a netlist, such as runs/x/model.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]

_WRITERS = {"c": "to_c", "verilog": "to_verilog", "blif": "to_blif", "dot": "to_dot"}
_ENDINGS = {"c": "c", "verilog": "v", "blif": "blif", "dot": "dot"}
# How a line of comment begins and ends in each format.
_COMMENTS = {"c": ("/* ", " */"), "verilog": ("// ", ""), "blif": ("# ", ""), "dot": ("// ", "")}
_MARK = "Written by `neuropil logic export`; SHA-256 of the lines below: "

_OPTIONS = {
    "registers": Annotated[
        bool | None,
        typer.Option(
            "--registers",
            help="Verilog with a clock, and a latency of 3 cycles.",
            show_default=False,
        ),
    ],
    "wide_adders": Annotated[
        bool | None,
        typer.Option(
            "--wide-adders",
            help="Verilog that adds six bits at a time, for tables of six inputs.",
            show_default=False,
        ),
    ],
    "place": Annotated[
        str | None,
        typer.Option(
            "--place",
            help="Device for place and route, such as ice40-hx8k.",
            show_default=False,
        ),
    ],
    "allow_unverified": Annotated[
        bool | None,
        typer.Option(
            "--allow-unverified",
            help="Exit 0 where no program to verify with is installed.",
            show_default=False,
        ),
    ],
    "overwrite": Annotated[
        bool | None,
        typer.Option(
            "--overwrite",
            help="Write over a file that this command did not write, or that was changed since.",
            show_default=False,
        ),
    ],
}


@app.command("export")
@partial(takes_options, options=_OPTIONS)
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
    **switches: bool | str | None,
) -> None:
    """Simplify a circuit and write it as Verilog, C, BLIF or DOT.

    With --verify the Verilog is simulated on random inputs with Icarus and Verilator, synthesised
    with Yosys, and the simplified netlist is proved equal to the original with ABC, as far as these
    programs are installed. Exit 1 where something differs, and where none of them is installed.
    A file that this command did not write, or that was changed since, is not overwritten.

    With --registers the Verilog has an input clk and pipeline registers after the gates, after the
    population counts and after the arg-max. Every cycle may bring another image.

    With --place the circuit is also synthesised for a device, placed and routed with nextpnr, with
    registers and behind a port of eight bits; what is shown is the part of the device that it takes
    and the highest clock. Devices: ice40-up5k, ice40-hx8k, ecp5-25k, ecp5-45k and ecp5-85k.
    """
    from neuropil.logic import Circuit, find_placer

    place = switches["place"]
    if isinstance(place, str):
        find_placer(place)
    style = {name: bool(switches[name]) for name in ("registers", "wide_adders")}
    registers = style["registers"]
    chosen = _parse_formats(to, registers=registers)
    circuit = Circuit.load(model)
    # Exported is the simplified circuit; verified is that it still equals the one that was trained.
    small = circuit.simplify()
    texts = _write_texts(small, chosen, out or model / "export", style)
    files = _write_files(texts, overwrite=bool(switches["overwrite"]))
    found = _verify(circuit, images, style) if verify else None
    checks = _list_checks(found, circuit, small, registers=registers) if found else []
    sizes = asdict(found.synthesis) if found and found.synthesis else {}
    placed = _place(small, place) if isinstance(place, str) else {}
    if as_json:
        gates = {"gates": circuit.n_gates, "simplified": small.n_gates}
        parts = {"files": files, "checks": checks, "synthesis": sizes, "placement": placed}
        print_json({**gates, **parts})
    else:
        typer.echo(f"{circuit.n_gates:,} gates, {small.n_gates:,} after simplification")
        typer.echo("\n".join(files))
        _print_checks(checks, sizes)
        _print_placed(placed)
    # False and not None, which is what could not be checked.
    if any(row["passed"] is False for row in checks):
        raise typer.Exit(1)
    # Whoever asks for a proof must not take its absence for one.
    if switches["allow_unverified"]:
        return
    if verify and all(row["passed"] is None for row in checks):
        missing = ", ".join(str(row["check"]) for row in checks)
        typer.echo(
            f"error: nothing was verified: not installed are {missing}. "
            "Install one of them, or add --allow-unverified.",
            err=True,
        )
        raise typer.Exit(1)


def _write_texts(
    circuit: Circuit, formats: list[str], folder: Path, style: dict[str, bool]
) -> dict[Path, str]:
    """Return the content of each file; its first line tells who wrote it, and what."""
    from hashlib import sha256

    texts = {}
    for name in formats:
        options = style if name == "verilog" else {}
        text: str = getattr(circuit, _WRITERS[name])(**options)
        begin, end = _COMMENTS[name]
        mark = f"{begin}{_MARK}{sha256(text.encode()).hexdigest()}{end}\n"
        texts[folder / f"circuit.{_ENDINGS[name]}"] = mark + text
    return texts


def _write_files(texts: dict[Path, str], *, overwrite: bool) -> list[str]:
    """Write files, none of them over one that this command did not write."""
    from neuropil.contracts import OutputError, atomic_write

    # All are looked at before the first is written.
    for path in texts:
        if path.exists() and not overwrite and not _is_our_own(path):
            raise OutputError(
                "expected no file, or one as this command wrote it, found another",
                where=str(path),
                repair="Choose another --out, or add --overwrite to lose what is there.",
            )
    for path, text in texts.items():
        with atomic_write(path) as temporary:
            temporary.write_text(text, encoding="utf-8")
    return list(map(str, texts))


def _is_our_own(path: Path) -> bool:
    """Tell whether a file is as it was written: what a person changed by hand is theirs."""
    from hashlib import sha256

    try:
        first, _, rest = path.read_bytes().partition(b"\n")
    except OSError:
        return False
    return (_MARK + sha256(rest).hexdigest()).encode() in first


def _print_checks(checks: list[dict[str, object]], sizes: dict[str, int]) -> None:
    if checks:
        print_table(
            ("check", "found", "passed"),
            ((str(row["check"]), str(row["found"]), _word(row["passed"])) for row in checks),
        )
    if sizes:
        typer.echo(
            f"gate part: {sizes['lut4']:,} tables of four inputs, or {sizes['lut6']:,} of six; "
            f"cells on the longest path: {sizes['depth']}"
        )
        typer.echo(
            f"whole chip: {sizes['chip_lut6']:,} tables of six inputs, {sizes['chip_depth']} on "
            "the longest path"
        )


def _place(circuit: Circuit, device: str) -> dict[str, object]:
    """Place and route a circuit in a folder that is removed afterwards."""
    from tempfile import TemporaryDirectory

    from neuropil.logic import place_circuit

    with TemporaryDirectory() as folder:
        found = place_circuit(circuit, Path(folder), device)
    return {**asdict(found), "images_per_second": found.images_per_second}


def _print_placed(placed: dict[str, object]) -> None:
    if placed:
        typer.echo(
            f"{placed['device']}: {placed['tables']:,} of {placed['available']:,} tables of four "
            f"inputs, {placed['clock']:.1f} MHz, an image a cycle"
        )


def _word(passed: object) -> str:
    return "not run" if passed is None else "yes" if passed else "MISS"


def _parse_formats(text: str, *, registers: bool) -> list[str]:
    from neuropil.contracts import ConfigError

    chosen = [name.strip() for name in text.split(",") if name.strip()]
    unknown = [name for name in chosen if name not in _WRITERS]
    if unknown or not chosen:
        raise ConfigError(
            f"expected formats, found {text!r}",
            where="--to",
            repair=f"Choose among: {', '.join(_WRITERS)}.",
        )
    if registers and "verilog" not in chosen:
        raise ConfigError(
            f"expected verilog among the formats, found {text!r}",
            where="--registers",
            repair="Add verilog to --to, or leave --registers out.",
        )
    return chosen


def _verify(circuit: Circuit, images: int, style: dict[str, bool]) -> Hardware:
    import numpy as np

    from neuropil.logic import check_hardware

    # Seed 0 always: a check that fails can be repeated on the same inputs.
    bits = np.random.default_rng(0).random((images, circuit.n_inputs)) < 0.5
    return check_hardware(circuit, bits, **style)


def _list_checks(
    found: Hardware, circuit: Circuit, small: Circuit, *, registers: bool
) -> list[dict[str, object]]:
    from neuropil.logic import count_registers

    rows: list[dict[str, object]] = [
        {"check": f"{tool}: inputs that differ", "found": wrong, "passed": wrong == 0}
        for tool, wrong in found.differing.items()
    ]
    # A missing program is no failure, and no success either.
    rows += [{"check": tool, "found": "not installed", "passed": None} for tool in found.missing]
    if found.synthesis is not None:
        latches, flip_flops = found.synthesis.latches, found.synthesis.flip_flops
        written = count_registers(small) if registers else 0
        cells = f"{found.synthesis.gate_cells:,} of {circuit.n_gates:,} gates"
        rows += [
            {"check": "latches", "found": latches, "passed": latches == 0},
            # Synthesis may merge equal registers; more than were written would be a mistake in the
            # Verilog.
            {"check": "flip-flops", "found": flip_flops, "passed": flip_flops <= written},
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
