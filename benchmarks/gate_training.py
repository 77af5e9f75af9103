"""A training step of a layer of gates: neuropil in C and in JAX against torchlogix in PyTorch."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from measuring import Benchmark, summarise, time_interleaved

_INPUTS, _CLASSES, _BATCH = 784, 10, 256
_EPOCH = 214  # steps that neuropil takes in one call: 55,000 images of MNIST
_IMAGES = 4096
_SHARE = 0.16  # of ones, as in MNIST at a threshold of 0.25
_RATE = 0.075
_TOLERANCE = 1e-3
_NAMES = ("neuropil_kernel", "torchlogix", "torchlogix_raw", "neuropil_jax")


@dataclass(frozen=True)
class Problem:
    """The same network, images and batches for all sides.

    Parameters
    ----------
    network : Network
        Before its first step.
    bits : (n, 784) bool array
        Images.
    labels : (n,) int array
        Their classes.
    order : (214, 256) int array
        Images of each step.
    """

    network: Any
    bits: Any
    labels: Any
    order: Any

    def chunk(self, steps: int) -> Any:  # noqa: ANN401 - neuropil is imported once threads are set
        """Return the first steps as neuropil takes them, with a sharpness of 1."""
        import numpy as np

        from neuropil.logic.training.data import pack_rows
        from neuropil.logic.training.engine import Chunk

        settings = np.tile(np.array([1, 1, _RATE, _RATE], np.float32), (steps, 1))
        packed, labels = pack_rows(self.bits), self.labels.astype(np.int32)
        order = self.order[:steps].astype(np.int32)
        return Chunk(packed, labels, order, settings, _INPUTS, _CLASSES)

    def write(self, path: Path, steps: int) -> None:
        """Write what the other process needs, without pickling anything."""
        import numpy as np

        layers = {
            f"{name}{number}": getattr(layer, name)
            for number, layer in enumerate(self.network.layers)
            for name in ("sources", "wires", "kinds")
        }
        np.savez(
            path,
            images=self.bits,
            labels=self.labels,
            order=self.order[:steps],
            layers=len(self.network.layers),
            **layers,
            classes=_CLASSES,
            tau=self.network.tau,
            rate=_RATE,
        )


def draw_problem(gates: int, wiring: str, layers: int = 1) -> Problem:
    """Return random images, and layers of equal size with the start that neuropil draws."""
    import numpy as np

    from neuropil.logic.training.network import draw_network
    from neuropil.logic.training.schedule import TrainingSchedule, parse_wiring

    generator = np.random.default_rng(0)
    sizes = (gates // layers,) * layers
    tau = TrainingSchedule().first_tau(sizes[-1] // _CLASSES)
    candidates = (parse_wiring(wiring, 1)[0].candidates,) * layers
    usable = np.arange(_INPUTS, dtype=np.int32)
    return Problem(
        draw_network(sizes, candidates, usable, tau, generator),
        generator.random((_IMAGES, _INPUTS)) < _SHARE,
        generator.integers(0, _CLASSES, _IMAGES),
        generator.integers(0, _IMAGES, (_EPOCH, _BATCH)),
    )


class Peer:
    """The process of torchlogix, which waits for orders.

    Parameters
    ----------
    process : subprocess.Popen
        Started, with its two streams of text open.
    """

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def ask(self, order: str) -> Any:  # noqa: ANN401 - any JSON value
        """Give an order and wait for its answer."""
        orders, answers = self._process.stdin, self._process.stdout
        if orders is None or answers is None:
            sys.exit("expected a process with open streams.")
        orders.write(f"{order}\n")
        orders.flush()
        answer = answers.readline()
        if not answer:
            sys.exit(f"the process of torchlogix ended at the order {order!r}; see above.")
        return json.loads(answer)


@contextmanager
def start_peer(python: str, problem: Problem, steps: int, threads: int) -> Iterator[Peer]:
    """Run torchlogix in its own interpreter until the block ends."""
    script = Path(__file__).with_name("torchlogix_peer.py")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "problem.npz"
        problem.write(path, steps)
        command = [python, str(script), str(path), str(threads)]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process:
            yield Peer(process)


def check_parity(problem: Problem, peer: Peer, steps: int) -> dict[str, float]:
    """Return how far the losses of some steps differ, relatively, with fixed wires.

    There all sides compute the same. With learnable wires they do not: torchlogix takes the
    likeliest wire and a gradient that passes straight through, neuropil the softmax over the
    candidates.
    """
    import numpy as np

    from neuropil.logic.training.engines import choose_engine

    if problem.network.layers[0].sources.shape[1] > 1:
        return {}
    expected, found = np.array(peer.ask("losses")), {}
    for name in ("kernel", "jax"):
        _, losses = choose_engine(name).run(problem.network, problem.chunk(steps))
        found[name] = float(f"{np.max(np.abs(losses - expected) / expected):.1e}")
    if not max(found.values()) < _TOLERANCE:
        sys.exit(f"the sides differ: {found}, expected losses {expected}.")
    return {"relative_difference_of_losses": found}


def measure(threads: int, options: argparse.Namespace) -> dict[str, Any]:
    """Check and time all sides; the process is already confined to its cores."""
    from neuropil.logic.training.engines import choose_engine

    problem, few = draw_problem(options.gates, options.wiring), options.steps
    # Loading the kernel tells threads to sleep while they wait, which is not for the rival to obey.
    with start_peer(options.peer, problem, few, threads) as peer:
        kernel, jax = choose_engine("kernel"), choose_engine("jax")
        differences = check_parity(problem, peer, few)
        chosen = peer.ask("choose")
        whole, part = problem.chunk(_EPOCH), problem.chunk(few)
        contenders = {
            "neuropil_kernel": lambda: kernel.run(problem.network, whole),
            "torchlogix": lambda: peer.ask("fastest"),
            "torchlogix_raw": lambda: peer.ask("raw"),
            "neuropil_jax": lambda: jax.run(problem.network, part),
        }
        seconds = time_interleaved(contenders, options.repeats)
    steps = {"neuropil_kernel": _EPOCH}
    each = {name: [x / steps.get(name, few) for x in values] for name, values in seconds.items()}
    sizes = {"gates": options.gates, "wiring": options.wiring, "batch": _BATCH}
    return {**sizes, **_summarise(each), **chosen, **differences}


def _summarise(seconds: dict[str, list[float]]) -> dict[str, Any]:
    """Return the spread of each side, the kernel's ratio to the fastest torchlogix, and others."""
    record = summarise(seconds, "neuropil_kernel", "torchlogix")
    for key, ours, rival in (
        ("ratio_raw", "neuropil_kernel", "torchlogix_raw"),
        ("ratio_jax", "neuropil_jax", "torchlogix"),
        ("ratio_jax_raw", "neuropil_jax", "torchlogix_raw"),
    ):
        record[key] = summarise({each: seconds[each] for each in (ours, rival)}, ours, rival)[
            "ratio"
        ]
    return record


def main() -> None:
    """Take the record's name, the rival's interpreter and the size from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", help="record to write, in JSON")
    parser.add_argument("threads", nargs="?", help="measure this number of threads alone")
    parser.add_argument("--peer", default=sys.executable, help="interpreter that has torchlogix")
    parser.add_argument("--wiring", default="topk:32", help="topk:K with K up to 392, or fixed")
    parser.add_argument("--gates", type=int, default=8000, help="a multiple of 10, from 400 on")
    parser.add_argument("--steps", type=int, default=10, help="in one timed run of the rival")
    parser.add_argument("--repeats", type=int, default=7)
    options = parser.parse_args()
    handed = ("peer", "wiring", "gates", "steps", "repeats")
    Benchmark(
        title=f"training step of {options.gates:,} gates, {options.wiring}, batch {_BATCH}",
        script=Path(__file__),
        names=_NAMES,
        packages=("neuropil", "jax", "numpy"),
        measure=partial(measure, options=options),
        options=tuple(f"--{name}={getattr(options, name)}" for name in handed),
    ).run([options.target, *filter(None, [options.threads])])


if __name__ == "__main__":
    main()
