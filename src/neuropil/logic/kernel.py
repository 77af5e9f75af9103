"""The C kernel: compiled once into the user's cache, and called on the network's own arrays."""

from __future__ import annotations

import ctypes
import hashlib
import os
import platform
import shutil
import subprocess
from collections.abc import Iterable
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from neuropil.contracts import OutputError, atomic_write, user_cache
from neuropil.logic.engine import ADAM, Chunk
from neuropil.logic.network import Layer, Network, transpose_candidates

__all__ = ["KernelEngine", "load_kernel"]

_SOURCES = ("kernel.c",)
_LANES = 16
# Sums may be reordered, so that they use all lanes; NaN and infinity keep their meaning.
_FLAGS = (
    "-O3",
    "-std=gnu11",
    "-shared",
    "-fPIC",
    "-fno-math-errno",
    "-fno-trapping-math",
    "-fno-signed-zeros",
    "-fassociative-math",
)
_VARIANTS = (("-march=native", "-fopenmp"), ("-march=native",), ("-fopenmp",), ())
_TIMEOUT = 120  # [s]


class _Layer(ctypes.Structure):
    _fields_ = [
        *((name, ctypes.c_int32) for name in ("sources", "gates", "candidates")),
        *((name, ctypes.c_void_p) for name in (*Layer._fields, "start", "member")),
    ]


class _Plan(ctypes.Structure):
    _fields_ = [
        *((n, ctypes.c_int32) for n in ("layers", "classes", "batch", "steps", "adaptive")),
        ("taken", ctypes.c_int64),
        *((n, ctypes.c_float) for n in ("first_decay", "second_decay", "epsilon")),
        *((n, ctypes.c_float) for n in ("tau", "tau_limit", "tau_divisor")),
    ]


class KernelEngine:
    """Runs the steps in compiled C, on all processors that the process may use.

    Parameters
    ----------
    library : ctypes.CDLL
        From :func:`load_kernel`.
    """

    def __init__(self, library: ctypes.CDLL) -> None:
        self._library = library

    @property
    def name(self) -> str:
        """Name that a report shows."""
        return "C kernel"

    def run(self, network: Network, chunk: Chunk) -> tuple[Network, npt.NDArray[np.float32]]:
        """Return the network after all steps, and the loss of each step before its update."""
        steps, batch = chunk.order.shape
        if batch % _LANES:
            raise ValueError(f"expected a batch that is a multiple of {_LANES}, found {batch}")
        layers = [
            Layer(*(np.array(array, order="C") for array in layer)) for layer in network.layers
        ]
        lists = [
            transpose_candidates(layer.index, n)
            for layer, n in zip(layers, chunk.sources(network), strict=True)
        ]
        tau = chunk.tau
        plan = _Plan(
            len(layers), chunk.n_classes, batch, steps, tau.adaptive, network.taken,
            *ADAM, network.tau, tau.limit, tau.divisor,
        )  # fmt: skip
        described = (_Layer * len(layers))(
            *(
                _Layer(n, len(layer.kinds), layer.index.shape[1], *_places((*layer, *lists_)))
                for layer, lists_, n in zip(layers, lists, chunk.sources(network), strict=True)
            )
        )
        losses = np.zeros(steps, np.float32)
        self._library.train(
            described,
            ctypes.byref(plan),
            *_pointers((chunk.bits,)),
            ctypes.c_int64(chunk.bits.shape[1]),
            *_pointers((chunk.labels, chunk.order, chunk.settings, losses)),
        )
        return Network(tuple(layers), plan.taken, plan.tau), losses


def _places(arrays: Iterable[npt.NDArray[Any]]) -> list[int]:
    return [array.ctypes.data for array in arrays]


def _pointers(arrays: Iterable[npt.NDArray[Any]]) -> list[ctypes.c_void_p]:
    return [ctypes.c_void_p(place) for place in _places(arrays)]


@cache
def load_kernel() -> tuple[ctypes.CDLL | None, str]:
    """Compile the kernel, or find it compiled, and load it.

    Returns
    -------
    library : ctypes.CDLL or None
        None where there is no compiler, or it fails.
    reason : str
        Why there is none; else the file.
    """
    compiler = next(filter(None, map(shutil.which, (os.environ.get("CC", ""), "cc", "clang"))), None)
    if compiler is None:
        return None, "found no cc, gcc or clang"
    source = "\n".join(
        resources.files("neuropil.logic").joinpath(name).read_text(encoding="utf-8")
        for name in _SOURCES
    )
    reason = ""
    for variant in _VARIANTS:
        try:
            path = _compile(compiler, source, (*_FLAGS, *variant))
            return ctypes.CDLL(str(path)), str(path)
        except (OSError, subprocess.SubprocessError) as error:
            reason = f"{compiler} failed: {getattr(error, 'stderr', '') or error}".strip()
    return None, reason


def _compile(compiler: str, source: str, flags: tuple[str, ...]) -> Path:
    """Return the library, which is compiled only when its source, flags or machine are new."""
    key = "\0".join((source, compiler, *flags, _describe_processor()))
    name = hashlib.sha256(key.encode()).hexdigest()[:16]
    path = user_cache() / "kernels" / f"logic-{name}.so"
    if path.is_file():
        return path
    with atomic_write(path) as temporary:
        try:
            subprocess.run(
                [compiler, *flags, "-x", "c", "-", "-o", str(temporary), "-lm"],
                input=source,
                text=True,
                capture_output=True,
                check=True,
                timeout=_TIMEOUT,
            )
        except OSError as error:
            raise OutputError(
                f"cannot run the compiler: {error}", where=compiler, repair="Name another in CC."
            ) from error
    return path


def _describe_processor() -> str:
    """Return what tells processors apart for which native code differs."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.machine() + platform.processor()
    return "".join(sorted({line for line in lines if line.startswith(("model name", "flags"))}))
