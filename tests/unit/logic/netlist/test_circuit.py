"""Netlists: counting on words, simplification, files, and what is refused."""

from __future__ import annotations

import json

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from neuropil.contracts import InputError, VersionError
from neuropil.logic import CONSTANT, Circuit, merge_gates
from neuropil.logic.netlist.evaluate import evaluate_outputs, pack_images

XOR, AND = 6, 1


def one_gate(**changes) -> Circuit:
    fields = {
        "n_inputs": 2,
        "kinds": [XOR],
        "left": [0],
        "right": [1],
        "outputs": [2],
        "inverted": [False],
        "groups": [0],
        "constants": [0, 0],
        "classes": ("a", "b"),
    }
    return Circuit(**(fields | changes))


@pytest.mark.parametrize("seed", range(20))
def test_words_count_as_the_truth_tables_do(seed, random_circuit, all_inputs, truth_of):
    circuit, bits = random_circuit(seed), all_inputs(6)
    truth = truth_of(circuit, bits)
    scores = np.stack([truth[:, circuit.groups == group].sum(1) for group in range(3)], axis=1)
    assert np.array_equal(evaluate_outputs(circuit, bits), truth)
    assert np.array_equal(circuit(bits), scores + np.array([0, 2, 1]))


def test_images_beyond_a_block_and_a_word_are_counted(random_circuit):
    circuit = random_circuit(1)
    bits = np.random.default_rng(0).random((4096 + 65, 6)) < 0.5
    assert np.array_equal(circuit(bits)[-70:], circuit(bits[-70:]))
    assert pack_images(bits[:65]).shape == (6, 2)


def test_equal_scores_go_to_the_lowest_class():
    assert one_gate().predict([[0, 0], [0, 1]]).tolist() == [0, 0]
    assert one_gate(constants=[0, 1]).predict([[0, 0], [0, 1]]).tolist() == [1, 0]


@pytest.mark.parametrize("kinds", [range(16), (XOR, 9, AND), (XOR,)])
@pytest.mark.parametrize("seed", range(10))
def test_simplification_keeps_outputs_and_scores(seed, kinds, random_circuit, all_inputs):
    circuit, bits = random_circuit(seed, kinds=kinds), all_inputs(6)
    merged, simplified = merge_gates(circuit), circuit.simplify()
    assert np.array_equal(evaluate_outputs(merged, bits), evaluate_outputs(circuit, bits))
    assert np.array_equal(simplified(bits), circuit(bits))
    assert merged.count_idle() == simplified.count_idle() == 0
    assert simplified.n_gates <= merged.n_gates <= circuit.n_gates
    assert CONSTANT not in simplified.outputs
    assert simplified.simplify().n_gates == simplified.n_gates


def test_what_simplification_finds():
    gates = [
        (AND, 0, 1),  # node 3
        (14, 1, 0),  # 4: the opposite of 3
        (XOR, 0, 2),  # 5
        (XOR, 0, 5),  # 6: input 2 again
        (15, 0, 1),  # 7: always 1
        (AND, 7, 6),  # 8: input 2
        (AND, 5, 1),  # 9: nothing reads it
    ]
    kinds, left, right = zip(*gates, strict=True)
    circuit = Circuit(
        3, kinds, left, right, [3, 4, 8, 7], [False] * 4, [0, 0, 1, 1], [0, 0], ("a", "b")
    )
    small = circuit.simplify()
    assert small.n_gates == 0
    assert small.outputs.tolist() == [2]
    assert small.constants.tolist() == [1, 1]
    assert circuit.count_idle() == 1
    assert circuit.depth == 3


def test_a_circuit_is_read_as_it_was_written(tmp_path, random_circuit):
    circuit = random_circuit(3)
    circuit.save(tmp_path)
    again = Circuit.load(tmp_path)
    assert vars(again).keys() == vars(circuit).keys()
    for name, value in vars(circuit).items():
        assert np.array_equal(getattr(again, name), value), name


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"kinds": [16]}, "expected a gate function from 0 to 15, found 16 in row 0"),
        ({"left": [2]}, "expected a input among the nodes before the gate, found 2 in row 0"),
        ({"outputs": [3]}, "expected a output that is a node, found 3 in row 0"),
        ({"groups": [2]}, "expected a class that exists, found 2 in row 0"),
        (
            {"constants": [0, 2**31]},
            "expected a constant from -1073741824 to 1073741824, found 2147483648 in row 1",
        ),
        ({"n_inputs": 10**12}, "expected arrays of one length, found"),
        ({"left": [0, 0]}, "expected arrays of one length, found [(1,), (2,)] for gates"),
    ],
)
def test_a_wrong_netlist_is_refused(changes, message):
    with pytest.raises(InputError) as caught:
        one_gate(**changes)
    assert str(caught.value).startswith(f"circuit: {message}")
    assert str(caught.value).endswith("Save the circuit again.")


def test_wrong_inputs_are_refused():
    with pytest.raises(InputError) as caught:
        one_gate()([[0, 1, 1]])
    assert str(caught.value) == (
        "circuit inputs: expected bits of shape (n, 2), found (1, 3). "
        "Encode the images as the circuit's training data were."
    )
    with pytest.raises(InputError, match="expected values of 0 or 1, found others"):
        one_gate()([[0, 2]])


def test_a_damaged_netlist_file_is_named(tmp_path):
    one_gate().save(tmp_path)
    arrays = tmp_path / "netlist.safetensors"
    content = load_file(arrays)
    save_file({name: value for name, value in content.items() if name != "left"}, arrays)
    with pytest.raises(InputError) as caught:
        Circuit.load(tmp_path)
    assert str(caught.value) == (
        f"{arrays}: expected the arrays of a netlist, found another 'left'. Save the circuit again."
    )
    arrays.write_bytes(b"\x00" * 40)
    with pytest.raises(InputError, match="not a readable safetensors file"):
        Circuit.load(tmp_path)


def test_records_of_other_formats_are_refused(tmp_path):
    one_gate().save(tmp_path)
    path = tmp_path / "netlist.json"
    record = json.loads(path.read_text())
    path.write_text("[]")
    with pytest.raises(InputError, match="expected a record with format 'neuropil-netlist'"):
        Circuit.load(tmp_path)
    path.write_text(json.dumps(record | {"inputs": 10**12}))
    with pytest.raises(InputError, match="and 1000000000000 inputs"):
        Circuit.load(tmp_path)
    path.write_text(json.dumps(record | {"gates": 9}))
    with pytest.raises(InputError, match="the number of gates of the arrays"):
        Circuit.load(tmp_path)
    path.write_text(json.dumps(record | {"format_version": 2}))
    with pytest.raises(VersionError) as caught:
        Circuit.load(tmp_path)
    assert str(caught.value) == (
        f"{path}: neuropil-netlist format 2, this installation reads up to 1. Upgrade neuropil to "
        "read it."
    )
    path.write_text(json.dumps(record | {"format": "other"}))
    with pytest.raises(InputError, match="expected a record with format 'neuropil-netlist'"):
        Circuit.load(tmp_path)


def test_the_wiring_is_a_connectome():
    circuit = Circuit(2, [XOR, AND], [0, 1], [1, 1], [2, 3], [0, 1], [0, 1], [0, 0], ("a", "b"))
    wiring = circuit.to_connectome()
    assert wiring.nodes["cell_type"].to_list() == ["input"] * 2 + ["gate"] * 2 + ["class"] * 2
    assert wiring.nodes["function"].to_list()[2:4] == ["A xor B", "A and B"]
    assert wiring.edges.sort("pre", "post").rows() == [
        ("g0", "c0", 1),
        ("g1", "c1", 1),
        ("x0", "g0", 1),
        ("x1", "g0", 1),
        ("x1", "g1", 2),
    ]
