"""Exports compute what Python computes: compiled C, simulated Verilog, synthesised and proved."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from neuropil.contracts import MissingDependencyError, NeuropilError, Verdict
from neuropil.logic import (
    Circuit,
    check_hardware,
    merge_gates,
    prove_equal,
    simulate,
    synthesise,
    write_test_bench,
)
from neuropil.logic.claims import CLAIMS
from neuropil.logic.netlist.export_verilog import LATENCY, count_registers
from neuropil.logic.netlist.hardware import compile_c, find_tool, synthesise_chip
from neuropil.logic.score import hardware_metrics

needs = {
    name: pytest.mark.skipif(shutil.which(name) is None, reason=f"{name} is not installed")
    for name in ("cc", "iverilog", "yosys", "yosys-abc")
}


def chain_of_ands(n_inputs: int) -> Circuit:
    """Each gate but the first reads the one before and one more input."""
    n = n_inputs - 1
    left = [0, *range(n_inputs, n_inputs + n - 1)]
    return Circuit(
        n_inputs, [1] * n, left, range(1, n_inputs), [n_inputs + n - 1], [0], [0], [0], ("a",)
    )


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


@needs["iverilog"]
@pytest.mark.parametrize("seed", [6, 7])
def test_registers_answer_each_image_three_cycles_later(seed, tmp_path, random_circuit, all_inputs):
    """An image a cycle in random order: answers that were a cycle early or late would differ."""
    circuit = random_circuit(seed, n_outputs=40).simplify()
    bits = np.random.default_rng(seed).permutation(all_inputs(6))
    expected = circuit(bits)
    assert not np.array_equal(expected[1:], expected[:-1])
    scores, best = simulate(circuit, bits, tmp_path, "iverilog", registers=True)
    assert np.array_equal(scores, expected)
    assert np.array_equal(best, circuit.predict(bits))


@needs["iverilog"]
@pytest.mark.parametrize("n_outputs", [3, 40, 150])
def test_adders_of_six_bits_count_as_those_of_three(
    n_outputs, tmp_path, random_circuit, all_inputs
):
    circuit = random_circuit(6, n_outputs=n_outputs)
    bits = all_inputs(6)
    assert ("six_counter a" in circuit.to_verilog(wide_adders=True)) == (n_outputs > 20)
    scores, best = simulate(circuit, bits, tmp_path, "iverilog", wide_adders=True)
    assert np.array_equal(scores, circuit(bits))
    assert np.array_equal(best, circuit.predict(bits))


@needs["yosys"]
def test_adders_of_six_bits_need_fewer_tables_and_more_cells(tmp_path):
    """A hundred bits of one class and one of another."""
    n = 101
    groups = [0] * (n - 1) + [1]
    votes = Circuit(n, [], [], [], range(n), [False] * n, groups, [0, 0], ("a", "b"))
    plain, wide = (
        synthesise_chip(votes.to_verilog(wide_adders=wide), tmp_path) for wide in (False, True)
    )
    assert wide.lut6 < plain.lut6
    assert wide.cells > plain.cells


@needs["iverilog"]
def test_scores_and_class_wait_for_the_third_rising_edge(tmp_path):
    """One image after another that is nothing but zeros, watched after every edge."""
    circuit = Circuit(2, [1], [0], [1], [2], [False], [1], [0, 0], ("a", "b"))
    (tmp_path / "watch.v").write_text(
        circuit.to_verilog(registers=True)
        + """
module watch;
  reg clk = 0;
  reg [1:0] x = 2'b00;
  wire [1:0] scores;
  wire best;
  integer edges;
  circuit tested(.clk(clk), .x(x), .scores(scores), .best(best));
  initial begin
    repeat (5) begin #1 clk = 1; #1 clk = 0; end
    for (edges = 1; edges < 6; edges = edges + 1) begin
      x = edges == 1 ? 2'b11 : 2'b00;
      #1 clk = 1;
      #1 clk = 0;
      $display("%0d %b %b", edges, scores, best);
    end
    $finish;
  end
endmodule
"""
    )
    iverilog, vvp = find_tool("iverilog"), find_tool("vvp")
    subprocess.run([iverilog, "-g2005", "-o", "watch", "watch.v"], cwd=tmp_path, check=True)
    done = subprocess.run([vvp, "watch"], cwd=tmp_path, check=True, capture_output=True, text=True)
    assert LATENCY == 3
    assert done.stdout.split("\n")[:5] == ["1 00 0", "2 00 0", "3 10 1", "4 00 0", "5 00 0"]


def test_verilog_is_combinational_unless_registers_are_asked_for(random_circuit):
    circuit = random_circuit(8)
    assert "clk" not in circuit.to_verilog()
    assert "clk" not in write_test_bench(circuit, 3)
    assert "Latency: 3 clock cycles" in circuit.to_verilog(registers=True)


@needs["yosys"]
def test_synthesis_finds_no_latch_and_no_more_cells_than_gates_and_inverters(
    tmp_path, random_circuit
):
    circuit = random_circuit(8)
    small = circuit.simplify()
    found = synthesise(small, tmp_path)
    assert (found.latches, found.flip_flops) == (0, 0)
    assert 0 < found.gate_cells <= small.n_gates + small.inverted.sum()
    assert found.top_cells > found.gate_cells
    assert 0 < found.lut4 <= found.gate_cells
    clocked = synthesise(small, tmp_path, registers=True)
    # Registers keep parts from being mapped as one.
    assert clocked.chip_lut6 >= found.chip_lut6 > 0
    whole = {"chip_lut6": clocked.chip_lut6, "chip_depth": clocked.chip_depth}
    assert clocked == replace(found, flip_flops=count_registers(small), **whole)


@needs["yosys"]
@pytest.mark.parametrize(
    ("n_inputs", "depth", "lut4", "lut6"), [(2, 1, 1, 1), (4, 2, 1, 1), (6, 3, 2, 1), (8, 3, 3, 2)]
)
def test_a_chain_of_ands_is_balanced_and_fits_known_tables(n_inputs, depth, lut4, lut6, tmp_path):
    """A tree of two-input gates on n inputs is ceil(log2 n) deep; a table of k takes k - 1 away."""
    chain = chain_of_ands(n_inputs)
    assert chain.depth == n_inputs - 1
    found = synthesise(chain, tmp_path)
    assert (found.gate_cells, found.depth) == (n_inputs - 1, depth)
    assert (found.lut4, found.lut6) == (lut4, lut6)
    # One class has no rival: its count is the one bit that the gates give.
    assert (found.chip_lut6, found.chip_depth) == (lut6, 1 if n_inputs <= 6 else 2)


@needs["yosys"]
def test_the_claim_about_cells_names_tables_and_depth(monkeypatch):
    model = SimpleNamespace(circuit_=chain_of_ands(6), encode=lambda images: images)
    cached = (model, SimpleNamespace(test_images=[]))
    monkeypatch.setattr("neuropil.logic.claims.hardware.first_network", lambda *_: cached)
    claim = next(claim for claim in CLAIMS if claim.id == "10-cells")
    row = claim.metric(claim.measure(None))
    assert (row.value, row.verdict) == (1.0, Verdict.MET)
    end = "2 tables of four inputs, or 1 of six, and 3 cells on its longest path."
    assert row.note.endswith(f"; for the gate part {end}")


@needs["yosys"]
def test_a_gate_part_of_wires_alone_has_no_cells_and_no_depth(tmp_path):
    wires = Circuit(2, [], [], [], [0, 1], [0, 0], [0, 0], [0], ("a",))
    found = synthesise(wires, tmp_path)
    assert (found.gate_cells, found.depth, found.lut4, found.lut6) == (0, 0, 0, 0)
    # Both bits of a half adder.
    assert (found.chip_lut6, found.chip_depth) == (2, 1)


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
    circuit = random_circuit(10)
    for registers in (False, True):
        found = check_hardware(circuit, all_inputs(6)[:5], registers=registers)
        assert (found.images, found.differing) == ({"iverilog": 5}, {"iverilog": 0})
        assert found.missing == ("verilator",)
        assert found.synthesis.latches == 0
        assert (found.synthesis.flip_flops > 0) == registers
        assert found.proved
        metrics = {metric.id: metric for metric in hardware_metrics(found)}
        assert metrics["lut6"].value == found.synthesis.lut6
        assert metrics["cell_depth"].value == found.synthesis.depth
        assert metrics["latches"].verdict is (Verdict.MISSED if registers else Verdict.MET)


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
