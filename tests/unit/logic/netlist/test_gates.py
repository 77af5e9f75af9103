"""The sixteen gates: numbers, names, truth tables and the four terms agree."""

from __future__ import annotations

import numpy as np
import pytest

from neuropil.logic import BASIS, GATE_NAMES, TRUTH
from neuropil.logic.netlist.gates import evaluate_gate

RULES = {
    "A and B": "a and b",
    "A and not B": "a and not b",
    "A": "a",
    "not A and B": "not a and b",
    "B": "b",
    "A xor B": "a != b",
    "A or B": "a or b",
    "nor": "not (a or b)",
    "xnor": "a == b",
    "not B": "not b",
    "A or not B": "a or not b",
    "not A": "not a",
    "not A or B": "not a or b",
    "nand": "not (a and b)",
    "0": "False",
    "1": "True",
}


@pytest.mark.parametrize("kind", range(16))
def test_a_gate_is_what_its_name_says(kind):
    rule = RULES[GATE_NAMES[kind]]
    table = [eval(rule, {"a": a, "b": b}) for a in (False, True) for b in (False, True)]
    assert TRUTH[kind].tolist() == table
    one, left, right, both = BASIS[kind]
    soft = [one + left * a + right * b + both * a * b for a in (0, 1) for b in (0, 1)]
    assert soft == table
    words = evaluate_gate(kind, np.uint8([0b0011]), np.uint8([0b0101])) & np.uint8(0b1111)
    assert [bool(words[0] >> 3 - place & 1) for place in range(4)] == table


def test_the_table_is_that_of_the_paper():
    assert BASIS[6].tolist() == [0, 1, 1, -2]
    assert BASIS[9].tolist() == [1, -1, -1, 2]
    assert BASIS[13].tolist() == [1, -1, 0, 1]
