"""Speeds as ratios, both sides in one process and in turn."""

from __future__ import annotations

import ctypes
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt
from jaxtyping import Array

from neuropil.contracts import NeuropilError
from neuropil.logic.netlist.circuit import Circuit
from neuropil.logic.netlist.compiled import CompiledCircuit
from neuropil.logic.netlist.gates import BASIS, TRUTH
from neuropil.logic.netlist.hardware import compile_c
from neuropil.logic.training.kernel import load_kernel
from neuropil.logic.training.model import evaluate_gates

__all__ = ["compare_projection", "evaluate_sixteen", "measure_speed"]

_REPEATS = 5
# The first call after another way finds the caches full of what that one left there.
_CALLS = 5


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
        Processor time of a step with all sixteen gates over that with projected gates. A step
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

    ways = [finish(plain), finish(fused)]
    for way in ways:
        way()
    slow, quick = _take_turns(ways)
    return difference, slow / quick


def measure_speed(
    circuit: Circuit, bits: npt.NDArray[np.bool_], generated: Circuit | None = None
) -> dict[str, float]:
    """Time the inference of a circuit on one thread, packing included.

    Parameters
    ----------
    circuit : Circuit
        Any circuit.
    bits : (n, n_inputs) array
        Images as bytes of 0 or 1.
    generated : Circuit, optional
        A circuit with the same scores that is also exported to C and compiled.

    Returns
    -------
    dict
        Images a processor second by name: ``NumPy``, and where there is a compiler ``C kernel`` and
        ``generated C``.

    Raises
    ------
    NeuropilError
        When two ways give different scores.
    """
    images = np.ascontiguousarray(bits)
    ways: dict[str, Callable[[], npt.NDArray[np.integer[Any]]]] = {"NumPy": lambda: circuit(images)}
    library, _ = load_kernel()
    with tempfile.TemporaryDirectory() as folder, _one_thread(library):
        if library is not None:
            compiled = CompiledCircuit(circuit, library)
            ways["C kernel"] = lambda: compiled(images)
        if generated is not None and shutil.which("cc"):
            ways["generated C"] = _compile_scores(generated, images, Path(folder))
        answers = [way() for way in ways.values()]
        if any(not np.array_equal(answer, answers[0]) for answer in answers):
            raise NeuropilError(
                f"{', '.join(ways)} give different scores",
                where="measure_speed",
                repair="Report the circuit: one of them is wrong.",
            )
        times = _take_turns(list(ways.values()))
    return {name: len(images) / seconds for name, seconds in zip(ways, times, strict=True)}


@contextmanager
def _one_thread(library: ctypes.CDLL | None) -> Iterator[None]:
    before = library.set_threads(1) if library is not None else 1
    try:
        yield
    finally:
        if library is not None:
            library.set_threads(before)


def _compile_scores(
    circuit: Circuit, images: npt.NDArray[np.bool_], folder: Path
) -> Callable[[], npt.NDArray[np.int32]]:
    library = ctypes.CDLL(str(compile_c(circuit, folder / "circuit.so")))
    answer = np.zeros((len(images), circuit.n_classes), np.int32)

    def run() -> npt.NDArray[np.int32]:
        places = [ctypes.c_void_p(array.ctypes.data) for array in (images, answer)]
        library.circuit_scores(places[0], ctypes.c_size_t(len(images)), places[1])
        return answer

    return run


def _take_turns(ways: Sequence[Callable[[], object]]) -> list[float]:
    """Return the least processor time of each [s], all having run before.

    Other programs on the machine do not lengthen it, as they would the time on the clock.
    """
    times: list[list[float]] = [[] for _ in ways]
    for _ in range(_REPEATS):
        for kept, way in zip(times, ways, strict=True):
            for _ in range(_CALLS):
                start = time.process_time()
                way()
                kept.append(time.process_time() - start)
    return [min(kept) for kept in times]
