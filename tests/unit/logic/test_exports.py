"""Exports compute what Python computes: compiled C, simulated Verilog, synthesised and proved."""

from __future__ import annotations

import ctypes
import shutil

import numpy as np
import pytest

from neuropil.contracts import MissingDependencyError, NeuropilError
from neuropil.logic import Circuit, check_hardware, merge_gates, prove_equal, simulate, synthesise
from neuropil.logic.hardware import compile_c, find_tool

needs = {
    name: pytest.mark.skipif(shutil.which(name) is None, reason=f"{name} is not installed")
    for name in ("cc", "iverilog", "yosys", "yosys-abc")
}


@needs["cc"]
@pytest.mark.parametrize("simplified", [False, True])
def test_compiled_c_gives_the_same_scores_and_classes(simplified, tmp_path, random_circuit):
    circuit = random_circuit(4, n_outputs=40)
    circuit = circuit.simplify() if simplified else circuit
    bits = np.random.default_rng(2).random((70, 6)) < 0.5
    library = ctypes.CDLL(str(compile_c(circuit, tmp_path / "circuit.so")))
    scores, best = np.zeros((70, 3), np.int32), np.zeros(70, np.int32)
    for function, answer in ((library.circuit_scores, scores), (library.circuit_classify, best)):
        places = [ctypes.c_void_p(array.ctypes.data) for array in (bits, answer)]
        function(places[0], ctypes.c_size_t(70), places[1])
    assert np.array_equal(scores, circuit(bits))
    assert np.array_equal(best, circuit.predict(bits))


@needs["iverilog"]
@pytest.mark.parametrize("seed", [6, 7])
def test_simulated_verilog_gives_the_same_scores_and_classes(
    seed, tmp_path, random_circuit, all_inputs
):
    circuit = random_circuit(seed, n_outputs=40)
    bits = all_inputs(6)
    for number, tested in enumerate((circuit, circuit.simplify())):
        folder = tmp_path / str(number)
        folder.mkdir()
        scores, best = simulate(tested, bits, folder, "iverilog")
        assert np.array_equal(scores, circuit(bits))
        assert np.array_equal(best, circuit.predict(bits))


@needs["yosys"]
def test_synthesis_finds_no_latch_and_no_more_cells_than_gates_and_inverters(
    tmp_path, random_circuit
):
    circuit = random_circuit(8)
    small = circuit.simplify()
    found = synthesise(small, tmp_path)
    assert found.latches == 0
    assert 0 < found.gate_cells <= small.n_gates + small.inverted.sum()
    assert found.top_cells > found.gate_cells
    assert 0 < found.lut4 <= found.gate_cells


@needs["yosys-abc"]
def test_abc_tells_equal_from_other_circuits(tmp_path, random_circuit):
    circuit = random_circuit(9)
    assert prove_equal(circuit, merge_gates(circuit), tmp_path)
    gate = Circuit(2, [6], [0], [1], [2], [False], [0], [0], ("a",))
    other = Circuit(2, [7], [0], [1], [2], [False], [0], [0], ("a",))
    assert not prove_equal(gate, other, tmp_path)


@needs["iverilog"]
@needs["yosys"]
def test_tools_that_are_there_are_asked_and_the_others_named(
    monkeypatch, tmp_path, random_circuit, all_inputs
):
    """Without Verilator, whose compilation takes longer than all other tests of this room."""
    for name in ("iverilog", "vvp", "yosys", "yosys-abc", "berkeley-abc", "sh"):
        if found := shutil.which(name):
            (tmp_path / name).symlink_to(found)
    monkeypatch.setenv("PATH", f"{tmp_path}:/nowhere")
    found = check_hardware(random_circuit(10), all_inputs(6)[:5])
    assert (found.images, found.differing) == ({"iverilog": 5}, {"iverilog": 0})
    assert found.missing == ("verilator",)
    assert found.synthesis.latches == 0
    assert found.proved


def test_a_missing_tool_and_a_failing_one_are_named(tmp_path, monkeypatch, random_circuit):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingDependencyError) as caught:
        find_tool("yosys")
    assert str(caught.value) == (
        "hardware: the program yosys is not installed. "
        "Install it (Debian, Ubuntu: apt-get install verilator iverilog yosys)."
    )
    failing = tmp_path / "yosys"
    failing.write_text("#!/bin/sh\necho 'syntax error' >&2\nexit 3\n")
    failing.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    with pytest.raises(NeuropilError, match=r"yosys failed: syntax error\. Run it there by hand"):
        synthesise(random_circuit(1), tmp_path)


def test_blif_and_dot_name_every_node():
    circuit = Circuit(
        2, [6, 15], [0, 0], [1, 1], [2, 3, -1], [1, 0, 1], [0, 1, 1], [0, 0], ('a "1"', "b")
    )
    assert circuit.to_blif().splitlines() == [
        ".model gates",
        ".inputs x0 x1",
        ".outputs y0 y1 y2",
        ".names x0 x1 g0",
        "01 1",
        "10 1",
        ".names g1",
        "1",
        ".names g0 y0",
        "0 1",
        ".names g1 y1",
        "1 1",
        ".names y2",
        "1",
        ".end",
    ]
    drawn = circuit.to_dot()
    assert 'g0 [shape=box, label="A xor B"];' in drawn
    assert 'c0 [shape=doublecircle, label="a \\"1\\""];' in drawn
    assert "g0 -> c0 [arrowhead=odot];" in drawn
