"""A circuit on a real device: synthesised for its cells, placed and routed by nextpnr."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from neuropil.contracts import ConfigError, MissingDependencyError
from neuropil.logic.netlist.circuit import Circuit
from neuropil.logic.netlist.export_verilog import count_bits, count_labels, write_verilog
from neuropil.logic.netlist.hardware import find_tool, run_tool

__all__ = ["DEVICES", "Placement", "find_placer", "place_circuit"]

_PORT = 8  # bits of the image that the chip takes in a clock cycle: no package has 784 pins


_FLATTEN = "flatten; opt_clean; write_json chip.json"


@dataclass(frozen=True, slots=True)
class _Family:
    """What tells families of devices apart: pass of Yosys, program of nextpnr, names of cells."""

    synthesis: str
    program: str
    table: str
    flags: tuple[str, ...]


_ICE40 = _Family("synth_ice40", "nextpnr-ice40", "ICESTORM_LC", ("--pcf-allow-unconstrained",))
_ECP5 = _Family("synth_ecp5", "nextpnr-ecp5", "TRELLIS_COMB", ("--lpf-allow-unconstrained",))

_MODELS: Mapping[str, tuple[_Family, tuple[str, ...]]] = MappingProxyType(
    {
        "ice40-up5k": (_ICE40, ("--up5k", "--package", "sg48")),
        "ice40-hx8k": (_ICE40, ("--hx8k", "--package", "ct256")),
        "ecp5-25k": (_ECP5, ("--25k", "--package", "CABGA381")),
        "ecp5-45k": (_ECP5, ("--45k", "--package", "CABGA381")),
        "ecp5-85k": (_ECP5, ("--85k", "--package", "CABGA381")),
    }
)

DEVICES = tuple(_MODELS)
"""Devices that :func:`place_circuit` knows; the number is that of their tables of four inputs."""


@dataclass(frozen=True, slots=True)
class Placement:
    """A circuit after place and route.

    Parameters
    ----------
    device : str
        One of :data:`DEVICES`.
    tables, available : int
        Tables of four inputs that are used, and those that the device has. On an iCE40 a cell
        that only keeps a bit counts as one.
    clock : float
        Highest frequency at which the slowest path still settles [MHz], in nextpnr's model of the
        device at its slowest temperature and voltage.
    """

    device: str
    tables: int
    available: int
    clock: float

    @property
    def images_per_second(self) -> float:
        """Images a second where every cycle brings another one."""
        return 1e6 * self.clock


def find_placer(device: str) -> str:
    """Return the path of the nextpnr for a device.

    Parameters
    ----------
    device : str
        One of :data:`DEVICES`.

    Raises
    ------
    ConfigError
        When there is no such device here.
    MissingDependencyError
        When nextpnr is not installed for its family.
    """
    if device not in _MODELS:
        raise ConfigError(
            f"expected a device, found {device!r}",
            where="--place",
            repair=f"Choose among: {', '.join(DEVICES)}.",
        )
    program = _MODELS[device][0].program
    # The builds of YoWASP run anywhere that Python does, under names of their own.
    for name in (program, f"yowasp-{program}"):
        if path := shutil.which(name):
            return path
    raise MissingDependencyError(
        f"the program {program} is not installed",
        where="hardware",
        repair=f"Install it (Debian, Ubuntu: apt-get install nextpnr-ice40; for both families: "
        f"pip install yowasp-{program}).",
    )


def place_circuit(circuit: Circuit, folder: Path, device: str) -> Placement:
    """Place and route a circuit with registers behind a port of eight bits.

    The chip shifts an image in, eight bits a cycle, and puts out the class. The clock is that of
    the whole chip, and the circuit itself takes an image a cycle.

    Parameters
    ----------
    circuit : Circuit
        What is placed; simplify it first.
    folder : Path
        Existing folder for the sources and what the programs write.
    device : str
        One of :data:`DEVICES`.

    Raises
    ------
    ConfigError
        When there is no such device here.
    MissingDependencyError
        When Yosys or nextpnr is not installed.
    NeuropilError
        When one of them fails, for example because the circuit does not fit.
    """
    placer = find_placer(device)
    family, model = _MODELS[device]
    text = write_verilog(circuit, registers=True) + _write_chip(circuit)
    (folder / "chip.v").write_text(text, encoding="utf-8")
    # Mapped as one, the adders of 8,000 gates keep ABC busy for more than a quarter of an hour.
    script = f"read_verilog chip.v; {family.synthesis} -noflatten -top chip; " + _FLATTEN
    run_tool([find_tool("yosys"), "-q", "-p", script], folder)
    # A seed, so that the same circuit gives the same clock; a target that no circuit reaches, so
    # that the placer never stops at what it was asked for.
    flags = (*family.flags, "--seed", "1", "--freq", "400", "--timing-allow-fail", "--quiet")
    files = ("--json", "chip.json", "--report", "report.json")
    run_tool([placer, *model, *flags, *files], folder)
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    return _read_report(report, device, family.table)


def _read_report(report: Mapping[str, Any], device: str, table: str) -> Placement:
    used = report["utilization"][table]
    clocks = [float(clock["achieved"]) for clock in report["fmax"].values()]
    return Placement(device, int(used["used"]), int(used["available"]), min(clocks))


def _write_chip(circuit: Circuit) -> str:
    """Return the module around a circuit that takes its image in parts."""
    n, label = circuit.n_inputs, count_labels(circuit.n_classes)
    width = min(_PORT, n)
    rest = f"x[{n - width - 1}:0], " if n > width else ""
    return f"""
module chip(input clk, input [{width - 1}:0] part, output [{label - 1}:0] best);
  reg [{n - 1}:0] x;
  wire [{circuit.n_classes * count_bits(circuit) - 1}:0] scores;
  always @(posedge clk) x <= {{{rest}part}};
  circuit core(.clk(clk), .x(x), .scores(scores), .best(best));
endmodule
"""
