"""Inference of 8,000 gates: the kernel, and NumPy, against C that is compiled for the circuit."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from measuring import Benchmark, summarise, time_interleaved

_GATES, _INPUTS, _CLASSES, _IMAGES, _REPEATS = 8000, 784, 10, 10_240, 7


def draw_circuit() -> Any:  # noqa: ANN401 - neuropil is imported once threads are set
    """Return random gates, two in three of them exclusive ors, as training leaves them."""
    import numpy as np

    from neuropil.logic import Circuit

    generator = np.random.default_rng(0)
    kinds = generator.choice([6, 9, 6, 9, 1, 2, 4, 7], _GATES)
    left, right = generator.integers(0, _INPUTS, (2, _GATES))
    nodes = _INPUTS + np.arange(_GATES)
    groups = np.repeat(np.arange(_CLASSES), _GATES // _CLASSES)
    names = tuple(map(str, range(_CLASSES)))
    nothing = np.zeros(_GATES, bool)
    return Circuit(_INPUTS, kinds, left, right, nodes, nothing, groups, np.zeros(_CLASSES), names)


def measure(threads: int) -> dict[str, Any]:
    """Time all images on each side; packing is included."""
    import ctypes
    import tempfile

    import numpy as np

    from neuropil.logic import CompiledCircuit, load_kernel
    from neuropil.logic.netlist.hardware import compile_c

    library, reason = load_kernel()
    if library is None:
        sys.exit(f"expected a C compiler: {reason}")
    library.set_threads(threads)
    circuit = draw_circuit()
    bits = np.random.default_rng(1).random((_IMAGES, _INPUTS)) < 0.16
    compiled = CompiledCircuit(circuit.simplify(), library)
    answer = np.zeros((_IMAGES, _CLASSES), np.int32)
    with tempfile.TemporaryDirectory() as folder:
        generated = ctypes.CDLL(str(compile_c(circuit, Path(folder) / "circuit.so")))

        def run() -> None:
            places = [ctypes.c_void_p(array.ctypes.data) for array in (bits, answer)]
            generated.circuit_scores(places[0], ctypes.c_size_t(_IMAGES), places[1])

        run()
        if not np.array_equal(compiled(bits), answer):
            sys.exit("the two sides give different scores")
        contenders = {"neuropil": lambda: compiled(bits), "generated_c": run}
        return summarise(time_interleaved(contenders, _REPEATS), "neuropil", "generated_c")


if __name__ == "__main__":
    Benchmark(
        title=f"{_IMAGES:,} images through {_GATES:,} gates",
        script=Path(__file__),
        names=("neuropil", "generated_c"),
        packages=("neuropil", "numpy"),
        measure=measure,
    ).run(sys.argv[1:])
