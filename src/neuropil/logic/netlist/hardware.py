"""Tools that are no part of this package: a simulator and a synthesiser check what is exported."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from neuropil.contracts import MissingDependencyError, NeuropilError, atomic_write
from neuropil.logic.netlist.circuit import Circuit
from neuropil.logic.netlist.export_text import write_blif
from neuropil.logic.netlist.export_verilog import count_bits, write_test_bench, write_verilog
from neuropil.logic.netlist.simplify import merge_gates

__all__ = [
    "Chip",
    "Synthesis",
    "compile_c",
    "find_tool",
    "prove_equal",
    "run_tool",
    "simulate",
    "synthesise",
    "synthesise_chip",
]

Simulator = Literal["verilator", "iverilog"]

_TIMEOUT = 1800  # [s]; after which a simulation, synthesis or proof is given up, not tuned

# All mappings start from the one netlist that is kept as "mapped": it is read and checked once.
_SYNTHESIS = """\
read_verilog circuit.v
hierarchy -check -top circuit
proc
opt
techmap
opt
check -assert
design -save mapped
abc -g AND,NAND,OR,NOR,XOR,XNOR,ANDNOT,ORNOT
opt_clean
tee -o cells.txt stat -top circuit
tee -o depth.txt ltp -noff gates
design -load mapped
abc -lut 4 gates
opt_clean
tee -o lut4.txt stat gates
design -load mapped
abc -lut 6 gates
opt_clean
tee -o lut6.txt stat gates
design -load mapped
flatten
opt -fast
abc -fast -lut 6
opt_clean
tee -o chip.txt stat circuit
tee -o chip_depth.txt ltp -noff circuit
"""

_CHIP = """\
read_verilog circuit.v
hierarchy -check -top circuit
proc
opt
techmap
opt
design -save mapped
abc -g AND,NAND,OR,NOR,XOR,XNOR,ANDNOT,ORNOT
opt_clean
tee -o cells.txt stat -top circuit
design -load mapped
flatten
opt -fast
abc -fast -lut 6
opt_clean
tee -o chip.txt stat circuit
tee -o chip_depth.txt ltp -noff circuit
"""


@dataclass(frozen=True, slots=True)
class Chip:
    """What a synthesiser makes of a whole chip.

    Parameters
    ----------
    cells : int
        Two-input cells and inverters; parts are mapped one by one.
    lut6, depth : int
        Tables of six inputs, all parts mapped as one, and those on the longest path.
    """

    cells: int
    lut6: int
    depth: int


@dataclass(frozen=True, slots=True)
class Synthesis:
    """What a synthesiser makes of a circuit.

    Parameters
    ----------
    gate_cells : int
        Two-input cells and inverters of the gate part.
    top_cells : int
        The same, with population counts and arg-max, without what keeps bits.
    lut4, lut6 : int
        Tables of four, and of six, inputs for the gate part; each counted by itself.
    depth : int
        Cells on the longest path through the gate part, inverters among them.
    chip_lut6, chip_depth : int
        Tables of six inputs for the whole chip, whose parts are mapped as one, and the tables on
        its longest path, or on the longest between registers.
    latches : int
        Latches, of which there should be none.
    flip_flops : int
        Bits that registers keep; none where no registers were asked for.
    """

    gate_cells: int
    top_cells: int
    lut4: int
    lut6: int
    depth: int
    chip_lut6: int
    chip_depth: int
    latches: int
    flip_flops: int


def find_tool(name: str) -> str:
    """Return the path of a program.

    Raises
    ------
    MissingDependencyError
        When it is not installed.
    """
    path = shutil.which(name)
    if path is None:
        raise MissingDependencyError(
            f"the program {name} is not installed",
            where="hardware",
            repair="Install it (Debian, Ubuntu: apt-get install verilator iverilog yosys).",
        )
    return path


def run_tool(command: list[str], folder: Path) -> str:
    """Run a program in a folder and return what it printed.

    Parameters
    ----------
    command : list of str
        Program and arguments.
    folder : Path
        Where it runs.

    Raises
    ------
    NeuropilError
        When it fails, or does not end; the message has its last line.
    """
    try:
        done = subprocess.run(  # noqa: S603 - a fixed program on files that this package wrote
            command, cwd=folder, capture_output=True, text=True, timeout=_TIMEOUT, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise NeuropilError(
            f"{Path(command[0]).name} did not end in {_TIMEOUT} s",
            where=str(folder),
            repair="Simplify the circuit first, or give it fewer images.",
        ) from error
    if done.returncode:
        words = (done.stderr or done.stdout).strip().splitlines()
        raise NeuropilError(
            f"{Path(command[0]).name} failed: {words[-1] if words else 'no message'}",
            where=str(folder),
            repair="Run it there by hand to see all it says.",
        )
    return done.stdout


def simulate(
    circuit: Circuit,
    bits: npt.NDArray[np.bool_],
    folder: Path,
    tool: Simulator,
    *,
    registers: bool = False,
    wide_adders: bool = False,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Simulate the exported Verilog.

    Parameters
    ----------
    circuit : Circuit
        What is exported.
    bits : (n, n_inputs) array
        Inputs.
    folder : Path
        Existing folder for sources and answers.
    tool : {"verilator", "iverilog"}
        Simulator.
    registers : bool
        Whether the Verilog has pipeline registers. Each clock cycle then brings another image,
        and answers are taken from the third on, so that another latency gives other answers.
    wide_adders : bool
        Whether population counts add six bits at a time.

    Returns
    -------
    scores : (n, n_classes) int array
        What the simulator counts.
    best : (n,) int array
        The class that it chooses.

    Raises
    ------
    MissingDependencyError
        When the simulator is not installed.
    NeuropilError
        When it fails.
    """
    program = find_tool(tool)
    text = write_verilog(circuit, registers=registers, wide_adders=wide_adders)
    (folder / "circuit.v").write_text(text, encoding="utf-8")
    text = write_test_bench(circuit, len(bits), registers=registers)
    (folder / "test_bench.v").write_text(text, encoding="utf-8")
    rows = ("".join(map(str, row)) for row in bits[:, ::-1].astype(int).tolist())
    (folder / "bits.txt").write_text("\n".join(rows) + "\n", encoding="utf-8")
    sources = ["circuit.v", "test_bench.v"]
    if tool == "verilator":
        flags = ["--binary", "-Wno-fatal", "-Wno-lint", "--top-module", "test_bench", "-O1"]
        run_tool([program, *flags, "-CFLAGS", "-O0", *sources], folder)
        run_tool([str(folder / "obj_dir" / "Vtest_bench")], folder)
    else:
        run_tool([program, "-g2005", "-o", "simulation", *sources], folder)
        run_tool([find_tool("vvp"), "simulation"], folder)
    return _read_answers(folder / "answers.txt", circuit)


def _read_answers(
    path: Path, circuit: Circuit
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    width = count_bits(circuit)
    scores, best = [], []
    for line in path.read_text(encoding="utf-8").splitlines():
        word, chosen = line.split()
        packed = int(word, 16)
        row = [packed >> (group * width) & ((1 << width) - 1) for group in range(circuit.n_classes)]
        scores.append(row)
        best.append(int(chosen))
    return np.array(scores, np.int64).reshape(-1, circuit.n_classes), np.array(best, np.int64)


def synthesise(
    circuit: Circuit, folder: Path, *, registers: bool = False, wide_adders: bool = False
) -> Synthesis:
    """Count the cells that Yosys with ABC makes of the exported Verilog.

    Parameters
    ----------
    circuit : Circuit
        What is exported.
    folder : Path
        Existing folder for the sources.
    registers : bool
        Whether the Verilog has pipeline registers.
    wide_adders : bool
        Whether population counts add six bits at a time.

    Raises
    ------
    MissingDependencyError
        When Yosys is not installed.
    NeuropilError
        When it fails, or finds a wire without a driver or with two.
    """
    program = find_tool("yosys")
    text = write_verilog(circuit, registers=registers, wide_adders=wide_adders)
    (folder / "circuit.v").write_text(text, encoding="utf-8")
    (folder / "synthesis.ys").write_text(_SYNTHESIS, encoding="utf-8")
    run_tool([program, "-q", "-s", "synthesis.ys"], folder)
    cells, depth, chip_depth, *tables = (
        (folder / f"{name}.txt").read_text(encoding="utf-8")
        for name in ("cells", "depth", "chip_depth", "lut4", "lut6", "chip")
    )
    by_module = {
        name: _cells(section)
        for name, section in re.findall(r"=== (.+?) ===\n(.*?)(?=\n===|\Z)", cells, re.DOTALL)
    }
    total = {n: c for n, c in by_module["design hierarchy"].items() if n.startswith("$_")}
    latches = sum(count for name, count in total.items() if "LATCH" in name)
    flip_flops = sum(count for name, count in total.items() if "DFF" in name)
    lut4, lut6, chip = (_cells(table) for table in tables)
    return Synthesis(
        gate_cells=sum(by_module["gates"].values()),
        top_cells=sum(total.values()) - latches - flip_flops,
        lut4=sum(lut4.values()),
        lut6=sum(lut6.values()),
        depth=_length(depth),
        chip_lut6=chip.get("$lut", 0),
        chip_depth=_length(chip_depth),
        latches=latches,
        flip_flops=flip_flops,
    )


def synthesise_chip(verilog: str, folder: Path) -> Chip:
    """Count the cells of any design with a module ``circuit``, in either kind of cell.

    Parameters
    ----------
    verilog : str
        The design.
    folder : Path
        Existing folder for it.

    Raises
    ------
    MissingDependencyError
        When Yosys is not installed.
    NeuropilError
        When it fails.
    """
    (folder / "circuit.v").write_text(verilog, encoding="utf-8")
    (folder / "chip.ys").write_text(_CHIP, encoding="utf-8")
    run_tool([find_tool("yosys"), "-q", "-s", "chip.ys"], folder)
    cells, chip, depth = (
        (folder / f"{name}.txt").read_text(encoding="utf-8")
        for name in ("cells", "chip", "chip_depth")
    )
    whole = cells[cells.index("=== design hierarchy ===") :] if "hierarchy" in cells else cells
    kept = {name: count for name, count in _cells(whole).items() if name.startswith("$_")}
    return Chip(sum(kept.values()), _cells(chip).get("$lut", 0), _length(depth))


def _length(report: str) -> int:
    """Return the length of the longest path in a report of Yosys; 0 where there is none."""
    return int((re.findall(r"length=(\d+)", report) or [0])[0])


def _cells(section: str) -> dict[str, int]:
    """Return how often each kind of cell stands in a report of Yosys."""
    rows = re.findall(r"^ +(\$\S+|\\?[a-z]\w*) +(\d+)$", section, re.MULTILINE)
    return {name: int(count) for name, count in rows if name.startswith("$")}


def prove_equal(left: Circuit, right: Circuit, folder: Path) -> bool:
    """Prove with ABC that two circuits count the same bits, output by output.

    Parameters
    ----------
    left, right : Circuit
        With the same inputs and outputs, such as a circuit and what
        :func:`~neuropil.logic.merge_gates` makes of it.
    folder : Path
        Existing folder for the netlists.

    Returns
    -------
    bool
        True where the proof succeeded.

    Raises
    ------
    MissingDependencyError
        When ABC is not installed; it comes with Yosys.
    NeuropilError
        When it fails.
    """
    program = find_tool("yosys-abc")
    for name, circuit in (("left", left), ("right", right)):
        (folder / f"{name}.blif").write_text(write_blif(circuit), encoding="utf-8")
    text = run_tool([program, "-c", "cec left.blif right.blif"], folder)
    return "Networks are equivalent" in text


def compile_c(circuit: Circuit, path: Path, optimise: str = "-O1") -> Path:
    """Compile the exported C to a shared library.

    Parameters
    ----------
    circuit : Circuit
        What is exported.
    path : Path
        Library to write.
    optimise : str
        Flag of the compiler.

    Returns
    -------
    Path
        The library, for :mod:`ctypes`.
    """
    source = path.with_suffix(".c")
    source.write_text(circuit.to_c(), encoding="utf-8")
    with atomic_write(path) as temporary:
        flags = [optimise, "-std=c99", "-shared", "-fPIC", "-o", str(temporary)]
        run_tool([find_tool("cc"), *flags, str(source)], path.parent)
    return path


def prove_simplified(circuit: Circuit, folder: Path) -> bool:
    """Prove that merging gates changed no output of a circuit."""
    return prove_equal(circuit, merge_gates(circuit), folder)
