"""Random netlists, small networks, and the C kernel where a compiler works."""

from __future__ import annotations

import numpy as np
import pytest

from neuropil.logic import Circuit, load_kernel
from neuropil.logic.training.engine import SOFT, ChoiceRule, Chunk, TauRule
from neuropil.logic.training.network import draw_network


def _random_circuit(seed: int, *, kinds=range(16), n_inputs=6, n_gates=40, n_outputs=21) -> Circuit:
    """A netlist with constants, inverted outputs and gates that nothing reads."""
    generator = np.random.default_rng(seed)
    reach = n_inputs + np.arange(n_gates)
    return Circuit(
        n_inputs,
        generator.choice(list(kinds), n_gates),
        generator.integers(0, reach),
        generator.integers(0, reach),
        generator.integers(-1, n_inputs + n_gates, n_outputs),
        generator.random(n_outputs) < 0.5,
        np.sort(generator.integers(0, 3, n_outputs)),
        np.array([0, 2, 1]),
        ("a", "b", "c"),
    )


def _all_inputs(n: int) -> np.ndarray:
    """Every combination of n bits, one a row."""
    return ((np.arange(2**n)[:, None] >> np.arange(n)) & 1).astype(bool)


def _truth_of(circuit: Circuit, bits: np.ndarray) -> np.ndarray:
    """The counted bits, gate by gate and image by image, as the truth tables say."""
    nodes = [bits[:, i] for i in range(circuit.n_inputs)]
    for kind, left, right in zip(circuit.kinds, circuit.left, circuit.right, strict=True):
        place = 3 - (2 * nodes[left].astype(int) + nodes[right])
        nodes.append(((int(kind) >> place) & 1).astype(bool))
    nodes.append(np.zeros(len(bits), bool))
    chosen = zip(circuit.outputs, circuit.inverted, strict=True)
    return np.stack([nodes[node] ^ inverted for node, inverted in chosen], axis=1)


def _draw_chunk(
    gates: tuple[int, ...],
    candidates: tuple[int, ...],
    tau: TauRule,
    n_inputs: int = 21,
    choice: ChoiceRule = SOFT,
    batch: int = 32,
):
    """A network and thirty steps on random bits with ten classes."""
    generator = np.random.default_rng(5)
    usable = np.arange(n_inputs, dtype=np.int32)
    network = draw_network(gates, candidates, usable, 3.0, generator)
    bits = generator.random((100, n_inputs)) < 0.4
    settings = np.tile(np.array([2, 1.5, 0.05, 0.03], np.float32), (30, 1))
    chunk = Chunk(
        np.packbits(bits, axis=1, bitorder="little"),
        generator.integers(0, 10, 100).astype(np.int32),
        generator.integers(0, 100, (30, batch)).astype(np.int32),
        settings,
        n_inputs,
        10,
        tau,
        choice,
    )
    return network, chunk, bits


@pytest.fixture
def random_circuit():
    return _random_circuit


@pytest.fixture
def all_inputs():
    return _all_inputs


@pytest.fixture
def truth_of():
    return _truth_of


@pytest.fixture
def draw_chunk():
    return _draw_chunk


@pytest.fixture
def kernel():
    """The compiled kernel; skips where there is no C compiler."""
    library, reason = load_kernel()
    if library is None:
        pytest.skip(f"no C kernel: {reason}")
    return library
