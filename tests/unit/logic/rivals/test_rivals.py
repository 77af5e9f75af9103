"""Rivals as circuits: digits, sums, and simulated Verilog that chooses what Python chooses."""

from __future__ import annotations

import shutil
import subprocess
from itertools import pairwise

import numpy as np
import pytest

from neuropil.contracts import SeedTree
from neuropil.logic.netlist.hardware import synthesise_chip
from neuropil.logic.rivals import (
    Design,
    WeightedSum,
    fit_linear,
    fit_perceptron,
    fit_trees,
    to_digits,
)
from neuropil.logic.rivals.trees import find_step

needs = {
    name: pytest.mark.skipif(shutil.which(name) is None, reason=f"{name} is not installed")
    for name in ("iverilog", "yosys")
}


@pytest.mark.parametrize("weight", range(-20, 21))
def test_digits_make_the_number_with_no_two_neighbours(weight):
    digits = to_digits(weight)
    assert sum(digit * 2**power for power, digit in enumerate(digits)) == weight
    assert all(a == 0 or b == 0 for a, b in pairwise(digits))
    assert set(digits) <= {-1, 0, 1}


def test_a_weighted_sum_counts_opposites_of_what_is_negative():
    added = WeightedSum.of(np.array([3, -2, 0]), constant=1)
    # 3 = 4 - 1 and -2 x = 2 (1 - x) - 2.
    assert added.columns == (("~y[0]",), ("~y[1]",), ("y[0]",))
    assert (added.constant, added.largest) == (1 - 1 - 2, 7)


@pytest.fixture
def task():
    """Three classes of noisy patterns of twelve bits; a quarter of the samples is held out."""
    rng = np.random.default_rng(0)
    patterns = rng.random((3, 12)) < 0.5
    labels = rng.integers(0, 3, 800)
    bits = patterns[labels] ^ (rng.random((800, 12)) < 0.1)
    return (bits[:600], labels[:600]), (bits[600:], labels[600:])


RIVALS = {
    "linear, ternary": lambda train, held: fit_linear(train, held, 1),
    "linear": lambda train, held: fit_linear(train, held, 7),
    "perceptron": lambda train, held: fit_perceptron(train, held, 6, 200, SeedTree(0)),
    "trees": lambda train, _: fit_trees(train, 6, 5, 0),
}


@pytest.mark.parametrize("name", RIVALS)
def test_a_rival_learns(name, task):
    train, held = task
    rival = RIVALS[name](train, held)
    assert (rival.predict(held[0]) == held[1]).mean() > 0.8


def test_a_huge_leaf_does_not_round_the_others_to_nothing():
    leaves = np.append(np.linspace(-0.3, 0.3, 99), 1000.0)
    # Fifteen steps from end to end of what 95 % of the leaves add, up or down.
    assert find_step(leaves) == pytest.approx(0.0384, abs=1e-3)


@needs["iverilog"]
@pytest.mark.parametrize("name", RIVALS)
def test_simulated_verilog_chooses_what_python_chooses(name, task, tmp_path):
    train, held = task
    rival = RIVALS[name](train, held)
    bits = held[0][:64]
    assert simulate(rival.design(), bits, tmp_path) == rival.predict(bits).tolist()


@needs["yosys"]
def test_cells_of_a_ternary_sum_are_those_of_its_adders(tmp_path):
    """Two classes of eight bits each: seven full or half adders apiece, and a comparison."""
    weights = np.ones((2, 8), np.int64)
    weights[1] = -1
    design = Design(8, "  assign y = x;", 8, tuple(map(WeightedSum.of, weights)))
    found = synthesise_chip(design.to_verilog(), tmp_path)
    # Of eight bits of weight 1 remain four binary places: 4 full and 3 half adders, in five and
    # two cells; the eight inverters are cells, too.
    adders = 2 * (4 * 5 + 3 * 2)
    assert adders + 8 < found.cells < adders + 8 + 40
    assert 0 < found.lut6 < found.cells
    assert found.depth > 1


def simulate(design: Design, bits: np.ndarray, folder) -> list[int]:
    """Return what Icarus Verilog says, image by image."""
    shown = "\n".join(
        f"    x = {design.n_inputs}'b{''.join('01'[bit] for bit in row[::-1])}; #1 "
        '$display("%0d", best);'
        for row in bits.astype(int)
    )
    bench = f"""
module bench;
  reg [{design.n_inputs - 1}:0] x;
  wire [1:0] best;
  circuit tested(.x(x), .best(best));
  initial begin
{shown}
  end
endmodule
"""
    (folder / "bench.v").write_text(design.to_verilog() + bench)
    subprocess.run(["iverilog", "-g2005", "-o", "bench", "bench.v"], cwd=folder, check=True)
    done = subprocess.run(["vvp", "bench"], cwd=folder, check=True, capture_output=True, text=True)
    return list(map(int, done.stdout.split()))
