"""Speeds as ratios, both sides in one process and in turn."""

from __future__ import annotations

import ctypes
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt
from jaxtyping import Array

from neuropil.logic.circuit import Circuit
from neuropil.logic.gates import BASIS, TRUTH
from neuropil.logic.hardware import compile_c
from neuropil.logic.kernel import CompiledCircuit, load_kernel
from neuropil.logic.model import evaluate_gates

__all__ = ["compare_inference", "compare_projection", "evaluate_sixteen"]

_REPEATS = 7


def evaluate_sixteen(shares: Array, a: Array, b: Array) -> Array:
    """Evaluate all sixteen gates and mix their outputs: what the projection replaces.

    Parameters
    ----------
    shares : (n_gates, 16) array
        Softmaxed logits.
    a, b : (n_gates, batch) array
        Inputs in [0, 1].

    Returns
    -------
    (n_gates, batch) array
        Outputs.
    """
    corners = jnp.stack([(1 - a) * (1 - b), (1 - a) * b, a * (1 - b), a * b])
    gates = jnp.einsum("kc,cgn->kgn", jnp.asarray(TRUTH, jnp.float32), corners)
    return jnp.einsum("gk,kgn->gn", shares, gates)


def compare_projection(n_gates: int = 8000, batch: int = 256) -> tuple[float, float]:
    """Compare projected gates with all sixteen, forward and backward.

    Parameters
    ----------
    n_gates, batch : int
        Size.

    Returns
    -------
    difference : float
        Largest difference of the outputs.
    ratio : float
        Time of a step with all sixteen gates over that of a step with projected gates. A step
        is the mixing of sixteen candidates a slot, the gates, and both gradients.
    """
    key = jax.random.split(jax.random.key(0), 4)
    kinds = jax.random.normal(key[0], (n_gates, 16))
    rows = jax.random.uniform(key[1], (784, batch))
    index = jax.random.randint(key[2], (16, 2 * n_gates), 0, 784)
    wires = jax.random.normal(key[3], (16, 2 * n_gates))

    def step(
        gates: Callable[[Array, Array, Array], Array],
    ) -> Callable[[Array, Array], tuple[Array, Array]]:
        def loss(kinds: Array, wires: Array) -> Array:
            shares = jax.nn.softmax(wires, axis=0)
            slots = jnp.zeros((2 * n_gates, batch))
            for k in range(16):
                slots += shares[k][:, None] * rows[index[k]]
            return jnp.sum(gates(jax.nn.softmax(kinds, axis=1), slots[0::2], slots[1::2]) ** 2)

        return jax.jit(jax.grad(loss, argnums=(0, 1)))

    def projected(shares: Array, a: Array, b: Array) -> Array:
        return evaluate_gates(shares @ BASIS, a, b)

    a, b = rows[index[0, :n_gates]], rows[index[1, :n_gates]]
    shares = jax.nn.softmax(kinds, axis=1)
    difference = float(jnp.abs(projected(shares, a, b) - evaluate_sixteen(shares, a, b)).max())
    plain, fused = (step(gates) for gates in (evaluate_sixteen, projected))

    def finish(step: Callable[[Array, Array], tuple[Array, Array]]) -> Callable[[], object]:
        return lambda: [part.block_until_ready() for part in step(kinds, wires)]

    times = _take_turns(finish(plain), finish(fused))
    return difference, times[0] / times[1]


def compare_inference(
    circuit: Circuit, bits: npt.NDArray[np.bool_]
) -> tuple[float, float, bool] | None:
    """Compare the C kernel with C that is generated and compiled for the circuit.

    Parameters
    ----------
    circuit : Circuit
        With every gate.
    bits : (n, n_inputs) array
        Images.

    Returns
    -------
    kernel, generated : float
        Images a second, on one thread, packing included.
    same : bool
        Whether all scores are equal.
    None where there is no compiler.
    """
    library, _ = load_kernel()
    if library is None or shutil.which("cc") is None:
        return None
    compiled = CompiledCircuit(circuit.simplify(), library)
    images = np.ascontiguousarray(bits)
    answer = np.zeros((len(bits), circuit.n_classes), np.int32)
    before = library.set_threads(1)
    try:
        with tempfile.TemporaryDirectory() as folder:
            generated = ctypes.CDLL(str(compile_c(circuit, Path(folder) / "circuit.so")))

            def run() -> None:
                generated.circuit_scores(
                    ctypes.c_void_p(images.ctypes.data),
                    ctypes.c_size_t(len(images)),
                    ctypes.c_void_p(answer.ctypes.data),
                )

            times = _take_turns(lambda: compiled(images), run)
    finally:
        library.set_threads(before)
    same = bool((compiled(images) == answer).all())
    return len(bits) / times[0], len(bits) / times[1], same


def _take_turns(first: Callable[[], object], second: Callable[[], object]) -> tuple[float, float]:
    """Return the shortest time of each, after one run that is not timed."""
    times: tuple[list[float], list[float]] = ([], [])
    for repeat in range(_REPEATS + 1):
        for kept, work in zip(times, (first, second), strict=True):
            start = time.perf_counter()
            work()
            if repeat:
                kept.append(time.perf_counter() - start)
    return min(times[0]), min(times[1])
