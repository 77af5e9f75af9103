"""The compiled evaluation of circuits gives the scores of NumPy, for every shape and processor."""

from __future__ import annotations

import shutil
from importlib import resources

import numpy as np
import pytest

from neuropil.contracts import InputError
from neuropil.logic import BitEncoder, Circuit, CompiledCircuit
from neuropil.logic.training.kernel import _load


@pytest.fixture
def plain_kernel():
    """The evaluation compiled without what only this processor has."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler")
    source = resources.files("neuropil.logic.training").joinpath("evaluate.c").read_text()
    return _load(compiler, source, ("-O2", "-std=gnu11", "-shared", "-fPIC"))[0]


@pytest.mark.parametrize("n_inputs", [1, 6, 31, 32, 63, 64, 65, 130])
@pytest.mark.parametrize("images", [0, 1, 63, 64, 257, 1030])
def test_the_kernel_counts_as_numpy_does(n_inputs, images, kernel, random_circuit):
    """Inputs and images that do not fill a register, and some that do."""
    circuit = random_circuit(images, n_inputs=n_inputs, n_gates=90, n_outputs=60)
    bits = np.random.default_rng(n_inputs).random((images, n_inputs)) < 0.5
    assert np.array_equal(CompiledCircuit(circuit, kernel)(bits), circuit(bits))
    small = circuit.simplify()
    assert np.array_equal(CompiledCircuit(small, kernel)(bits), circuit(bits))


@pytest.mark.parametrize("n_inputs", [6, 65, 200])
def test_a_kernel_for_any_processor_counts_as_numpy_does(n_inputs, plain_kernel, random_circuit):
    circuit = random_circuit(3, n_inputs=n_inputs, n_gates=300, n_outputs=900)
    bits = np.random.default_rng(n_inputs).random((700, n_inputs)) < 0.5
    assert np.array_equal(CompiledCircuit(circuit, plain_kernel)(bits), circuit(bits))


@pytest.mark.parametrize("kind", range(16))
def test_every_kind_is_done_while_it_is_counted(kind, kernel, all_inputs):
    """Eleven gates of one kind: eight at once and three apart; every other one is inverted."""
    left, right = np.triu_indices(6, 1)
    n = 11
    nodes, inverted = 6 + np.arange(n), np.arange(n) % 2 == 0
    circuit = Circuit(
        6, [kind] * n, left[:n], right[:n], nodes, inverted, [0] * n, [-4, 7], ("a", "b")
    )
    assert np.array_equal(CompiledCircuit(circuit, kernel)(all_inputs(6)), circuit(all_inputs(6)))


def test_thousands_of_votes_for_a_class_are_counted(kernel):
    """Thirteen binary places: more than one byte of a count."""
    n = 8191
    circuit = Circuit(3, [], [], [], [0] * n, [False] * n, [1] * n, [0, -5, 0], ("a", "b", "c"))
    bits = np.array([[True, False, False], [False, True, True]])
    found = CompiledCircuit(circuit, kernel)(bits)
    assert found.tolist() == [[0, n - 5, 0], [0, -5, 0]]


@pytest.mark.parametrize("levels", [1, 3])
@pytest.mark.parametrize("features", [5, 64, 100])
def test_bytes_reach_thresholds_as_encoded_images_do(levels, features, kernel, random_circuit):
    generator = np.random.default_rng(levels)
    thresholds = np.sort(generator.uniform(0, 255, (features, levels)), axis=1)
    images = generator.integers(0, 256, (530, features), dtype=np.uint8)
    circuit = random_circuit(1, n_inputs=features * levels, n_gates=200, n_outputs=90)
    expected = circuit(BitEncoder(thresholds).encode(images))
    assert np.array_equal(CompiledCircuit(circuit, kernel, thresholds)(images), expected)


def test_what_are_no_thresholds_or_no_bytes_is_refused(kernel, random_circuit):
    circuit = random_circuit(1)
    for wrong in (np.full((6, 1), 256.0), np.full((6, 1), -1.0), np.zeros((5, 1)), np.zeros(6)):
        with pytest.raises(InputError, match=r"thresholds: expected 6 thresholds from 0 to 255"):
            CompiledCircuit(circuit, kernel, wrong)
    compiled = CompiledCircuit(circuit, kernel, np.full((6, 1), 64))
    for images in (np.zeros((2, 6)), np.zeros((2, 5), np.uint8), np.zeros(6, np.uint8)):
        with pytest.raises(InputError, match=r"expected uint8 of shape \(n, 6\), found"):
            compiled(images)
