"""The C kernel: compiled once into the user's cache, and called on the network's own arrays."""

from __future__ import annotations

import ctypes
import hashlib
import os
import platform
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from importlib import resources
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from neuropil.contracts import OutputError, is_private, sha256_of, user_cache, write_to_cache
from neuropil.logic.training.engine import ADAM, Chunk
from neuropil.logic.training.network import GateNetwork, Layer, transpose_candidates

__all__ = ["KernelEngine", "load_kernel"]

_SOURCES = ("floats.c", "sixteen.c", "train.c", "crop.c", "evaluate.c")
_LANES = 16  # floats of the widest vectors: a step works on whole vectors of images
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
# The fastest first: OpenMP and native code are what some compilers lack.
_VARIANTS = (("-march=native", "-fopenmp"), ("-march=native",), ("-fopenmp",), ())
_LIBRARY, _CHECKSUM = "kernel.so", "sha256"
_TIMEOUT = 120  # [s]; compiling takes seconds


class _Layer(ctypes.Structure):
    _fields_ = [
        *((name, ctypes.c_int32) for name in ("rows", "gates", "candidates")),
        *((name, ctypes.c_void_p) for name in (*Layer._fields, "start", "member")),
    ]


class _Plan(ctypes.Structure):
    _fields_ = [
        *((n, ctypes.c_int32) for n in ("layers", "classes", "batch", "steps", "adaptive")),
        ("taken", ctypes.c_int64),
        *((n, ctypes.c_float) for n in ("first_decay", "second_decay", "epsilon")),
        *((n, ctypes.c_float) for n in ("tau", "tau_limit", "tau_divisor")),
        ("straight", ctypes.c_int32),
        ("exact", ctypes.c_int32),
        ("seed", ctypes.c_uint32),
        ("noise", ctypes.c_float),
        ("smoothing", ctypes.c_float),
    ]


class KernelEngine:
    """Runs the steps in compiled C, on all processors that the process may use.

    Parameters
    ----------
    library : ctypes.CDLL
        From :func:`load_kernel`.
    exact : bool
        Whether all sums are of floats, also where whole numbers of 16 bits are faster.
    """

    def __init__(self, library: ctypes.CDLL, *, exact: bool = False) -> None:
        self._library = library
        self._exact = exact

    @property
    def name(self) -> str:
        """Name that a report shows."""
        return "C kernel"

    def run(
        self, network: GateNetwork, chunk: Chunk
    ) -> tuple[GateNetwork, npt.NDArray[np.float32]]:
        """Return the network after all steps, and the loss of each step before its update."""
        steps, batch = chunk.order.shape
        if batch % _LANES:
            raise ValueError(f"expected a batch that is a multiple of {_LANES}, found {batch}")
        layers = [
            Layer(**{name: np.array(array, order="C") for name, array in layer._asdict().items()})
            for layer in network.layers
        ]
        # No gradient flows to the inputs, so that the first layer needs no list by source.
        nothing = (np.zeros(1, np.int32),) * 2
        lists = [nothing] + [
            transpose_candidates(layer.sources, n)
            for layer, n in zip(layers[1:], chunk.sources(network)[1:], strict=True)
        ]
        tau, choice = chunk.tau, chunk.choice
        plan = _Plan(
            len(layers), chunk.n_classes, batch, steps, tau.adaptive, network.taken,
            *ADAM, network.tau, tau.limit, tau.divisor,
            choice.straight, self._exact, choice.seed, choice.noise, chunk.smoothing,
        )  # fmt: skip
        described = (_Layer * len(layers))(
            *(
                _Layer(n, len(layer.kinds), layer.sources.shape[1], *_places((*layer, *lists_)))
                for layer, lists_, n in zip(layers, lists, chunk.sources(network), strict=True)
            )
        )
        losses = np.zeros(steps, np.float32)
        failed = self._library.train(
            described,
            ctypes.byref(plan),
            *_pointers((chunk.bits,)),
            ctypes.c_int64(chunk.bits.shape[1]),
            *_pointers((chunk.labels, chunk.order, chunk.settings, losses)),
        )
        if failed:
            raise MemoryError(f"no memory for {plan.layers} layers at batch {batch}")
        return GateNetwork(tuple(layers), plan.taken, plan.tau), losses


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
    compiler = next(
        filter(None, map(shutil.which, (os.environ.get("CC", ""), "cc", "clang"))), None
    )
    if compiler is None:
        return None, "found no cc, gcc or clang"
    source = "\n".join(
        resources.files("neuropil.logic.training").joinpath(name).read_text(encoding="utf-8")
        for name in _SOURCES
    )
    reason = ""
    for variant in _VARIANTS:
        try:
            return _load(compiler, source, (*_FLAGS, *variant))
        except (OSError, subprocess.SubprocessError) as error:
            reason = f"{compiler} failed: {getattr(error, 'stderr', '') or error}".strip()
    return None, reason


def _load(compiler: str, source: str, flags: tuple[str, ...]) -> tuple[ctypes.CDLL, str]:
    """Load the library; it is compiled only when source, flags, machine or version are new."""
    key = "\0".join((version("neuropil"), source, compiler, *flags, _describe_processor()))
    name = hashlib.sha256(key.encode()).hexdigest()[:16]
    # Threads that wait sleep: spinning stalls all of them where other programs run.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    folder = user_cache() / "kernels" / f"logic-{name}"
    # A cache that cannot be written costs seconds and no result.
    with suppress(OSError):
        if _is_ours(folder):
            if not _is_whole(folder):
                _fill(folder, compiler, source, flags)
            return ctypes.CDLL(str(folder / _LIBRARY)), str(folder / _LIBRARY)
    # A library is run as it lies there. Where others can write, one is made for this process alone;
    # once it is loaded it needs its file no more.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as private:
        _compile(compiler, source, flags, Path(private))
        return ctypes.CDLL(str(Path(private) / _LIBRARY)), f"{private}, for this process alone"


def _is_ours(folder: Path) -> bool:
    """Tell whether nobody else can have put a library into a folder of the cache."""
    folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    inside = (folder, *folder.iterdir()) if folder.is_dir() else ()
    return all(map(is_private, (user_cache(), folder.parent, *inside)))


def _fill(folder: Path, compiler: str, source: str, flags: tuple[str, ...]) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    try:
        with write_to_cache(folder) as temporary:
            temporary.mkdir(mode=0o700)
            _compile(compiler, source, flags, temporary)
    except OutputError:
        # Another process may have been faster.
        if not _is_whole(folder):
            raise


def _is_whole(folder: Path) -> bool:
    """Tell whether the library has the checksum that was taken when it was compiled."""
    try:
        return sha256_of(folder / _LIBRARY) == (folder / _CHECKSUM).read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        return False


def _compile(compiler: str, source: str, flags: tuple[str, ...], folder: Path) -> None:
    """Write the library and its checksum into a folder."""
    library = folder / _LIBRARY
    try:
        subprocess.run(  # noqa: S603 - the user's own compiler on this package's source
            [compiler, *flags, "-x", "c", "-", "-o", str(library), "-lm"],
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
    (folder / _CHECKSUM).write_text(sha256_of(library), encoding="ascii")


def _describe_processor() -> str:
    """Return what tells processors apart for which native code differs."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.machine() + platform.processor()
    return "".join(sorted({line for line in lines if line.startswith(("model name", "flags"))}))
