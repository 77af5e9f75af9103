"""Inference of 8,000 gates: the kernel against C that is compiled for the circuit, and a limit."""

from __future__ import annotations

import ctypes
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from measuring import Benchmark, ProcessorTime, summarise, time_interleaved

_GATES, _INPUTS, _CLASSES, _IMAGES, _REPEATS = 8000, 784, 10, 10_240, 15
_CALLS = 20  # of one side in a row: the first finds the caches full of the other side's data
# Vector instructions that begin in one cycle: two of 512 bits in a Zen 4, whose four pipes have
# 256 bits each, and in server processors of Intel.
_PORTS = 2
_ADDITIONS = 1_000_000_000  # a third of a second, in which the clock reaches its usual speed
_CLOCK = """\
#include <stdint.h>
uint64_t count_up(uint64_t n) {
    uint64_t x = 0;
    for (uint64_t i = 0; i < n; i += 8) {
#define STEP x += 1; __asm__ volatile("" : "+r"(x));
        STEP STEP STEP STEP STEP STEP STEP STEP
    }
    return x;
}
"""


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


def without_gates(circuit: Any) -> Any:  # noqa: ANN401 - as above
    """Return a circuit of the same inputs that counts nothing: packing and writing are left."""
    import numpy as np

    from neuropil.logic import Circuit

    nothing: list[int] = []
    scores = np.zeros(circuit.n_classes)
    return Circuit(circuit.n_inputs, *[nothing] * 6, scores, circuit.classes)


def measure_clock(folder: Path) -> float:
    """Return cycles a second: additions that wait for each other take one cycle each."""
    import subprocess

    source, library = folder / "clock.c", folder / "clock.so"
    source.write_text(_CLOCK, encoding="utf-8")
    subprocess.run(["cc", "-O1", "-shared", "-fPIC", source, "-o", library], check=True)
    count_up = ctypes.CDLL(str(library)).count_up
    times = []
    for _ in range(3):
        begin = time.process_time()
        count_up(ctypes.c_uint64(_ADDITIONS))
        times.append(time.process_time() - begin)
    return _ADDITIONS / min(times)


def state_limit(circuit: Any, clock: float) -> dict[str, float]:  # noqa: ANN401 - as above
    """Return the speed that no arrangement of the same instructions exceeds.

    Each gate is one instruction for all images of a register. Each counted bit is a full adder:
    two instructions of three operands with AVX-512, five of two operands without.
    """
    wide = "avx512f" in Path("/proc/cpuinfo").read_text(encoding="utf-8")
    width, adder = (512, 2) if wide else (256, 5)
    operations = circuit.n_gates + adder * circuit.outputs.size
    return {
        "clock_ghz": round(clock / 1e9, 2),
        "register_bits": width,
        "instructions_per_register": operations,
        "limit_million_images_per_s": round(width * clock * _PORTS / operations / 1e6, 1),
    }


def measure(threads: int) -> dict[str, Any]:
    """Time all images on each side; packing is included."""
    import numpy as np

    from neuropil.logic import CompiledCircuit, load_kernel
    from neuropil.logic.netlist.hardware import compile_c

    library, reason = load_kernel()
    if library is None:
        sys.exit(f"expected a C compiler: {reason}")
    library.set_threads(threads)
    circuit = draw_circuit()
    small = circuit.simplify()
    pixels = np.random.default_rng(1).integers(0, 256, (_IMAGES, _INPUTS), dtype=np.uint8)
    least = np.full((_INPUTS, 1), 215)
    bits = pixels >= least[:, 0]
    compiled, empty = (CompiledCircuit(each, library) for each in (small, without_gates(small)))
    from_pixels = CompiledCircuit(small, library, least)
    answer = np.zeros((_IMAGES, _CLASSES), np.int32)
    with tempfile.TemporaryDirectory() as folder:
        generated = ctypes.CDLL(str(compile_c(circuit, Path(folder) / "circuit.so")))

        def run() -> None:
            places = [ctypes.c_void_p(array.ctypes.data) for array in (bits, answer)]
            generated.circuit_scores(places[0], ctypes.c_size_t(_IMAGES), places[1])

        run()
        for found in (compiled(bits), from_pixels(pixels)):
            if not np.array_equal(found, answer):
                sys.exit("the sides give different scores")
        contenders = {
            "neuropil": lambda: compiled(bits),
            "generated_c": run,
            "neuropil_from_pixels": lambda: from_pixels(pixels),
            "neuropil_packing_alone": lambda: empty(bits),
        }
        repeated = {name: ProcessorTime(repeat(each)) for name, each in contenders.items()}
        seconds = time_interleaved(repeated, _REPEATS)
        clock = measure_clock(Path(folder))
    each = {name: [value / _CALLS for value in values] for name, values in seconds.items()}
    taken = {name: side.median() / _CALLS for name, side in repeated.items()}
    speed = {name: round(_IMAGES / value / 1e6, 2) for name, value in taken.items()}
    limit = state_limit(small, clock)
    return {
        **summarise(each, "neuropil", "generated_c"),
        "million_images_per_processor_second": speed,
        "processor_ratio": round(taken["generated_c"] / taken["neuropil"], 1),
        **limit,
        "share_of_limit": round(speed["neuropil"] / limit["limit_million_images_per_s"], 3),
    }


def repeat(call: Callable[[], object]) -> Callable[[], None]:
    """Return several calls as one."""

    def run() -> None:
        for _ in range(_CALLS):
            call()

    return run


if __name__ == "__main__":
    Benchmark(
        title=f"{_IMAGES:,} images through {_GATES:,} gates",
        script=Path(__file__),
        names=("neuropil", "generated_c", "neuropil_from_pixels", "neuropil_packing_alone"),
        packages=("neuropil", "numpy"),
        measure=measure,
    ).run(sys.argv[1:])
