"""The side of torchlogix in ``gate_training.py``, in a process and an interpreter of its own.

It is started with a file that holds the problem and a number of threads. Each line that it reads is
an order: ``losses``, ``choose``, the name of a chosen variant, which then takes all steps, or
``measure raw compiled``, with which one variant takes steps and says what they cost. Each line that
it writes is the answer, in JSON.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from importlib.metadata import version
from itertools import product
from typing import Any

import numpy as np
import torch
from torchlogix.layers import GroupSum, LogicDense

_KINDS = ("raw", "warp", "light")
_PROBED = 3  # steps of each variant, the fastest of which counts


class Side:
    """The network in one parametrisation, in eager mode or compiled.

    Parameters
    ----------
    problem : dict
        Arrays and numbers that ``gate_training.py`` wrote.
    kind : {"raw", "warp", "light"}
        How a gate is parametrised; ``raw`` has the sixteen logits of neuropil, the others four.
    compiled : bool
        Whether ``torch.compile`` is used, as in the training script of torchlogix.
    """

    def __init__(self, problem: dict[str, Any], kind: str, *, compiled: bool) -> None:
        self._images = torch.from_numpy(problem["images"].astype(np.float32))
        self._labels = torch.from_numpy(problem["labels"].astype(np.int64))
        self._order = torch.from_numpy(problem["order"].astype(np.int64))
        layers = [_build_layer(problem, kind, number) for number in range(int(problem["layers"]))]
        head = GroupSum(int(problem["classes"]), problem["tau"])
        self.model = torch.nn.Sequential(*layers, head)
        self.model.train()
        if compiled:
            self.model.compile(fullgraph=True, mode="max-autotune")
        rate = float(problem["rate"])
        self._adam = torch.optim.Adam(self.model.parameters(), lr=rate, fused=True)

    def run(self, steps: int) -> list[float]:
        """Take training steps and return the loss of each before its update."""
        losses = []
        for images in self._order[:steps]:
            scores = self.model(self._images[images])
            loss = torch.nn.functional.cross_entropy(scores, self._labels[images])
            self._adam.zero_grad()
            loss.backward()
            self._adam.step()
            losses.append(loss.detach())
        return [float(loss) for loss in losses]


def _build_layer(problem: dict[str, Any], kind: str, number: int) -> LogicDense:
    """Return a layer with the candidates, and where it has such logits the start, of neuropil."""
    given = {name: problem[f"{name}{number}"] for name in ("sources", "wires", "kinds")}
    slots, candidates = given["sources"].shape
    gates = slots // 2
    inputs = len(problem[f"kinds{number - 1}"]) if number else problem["images"].shape[1]
    learnable = candidates > 1
    options = {"num_candidates": candidates} if learnable else {}
    layer = LogicDense(
        inputs,
        gates,
        parametrization=kind,
        parametrization_kwargs={"weight_init": "random"},
        connections="learnable" if learnable else "fixed",
        connections_kwargs=options,
    )
    places = [
        torch.from_numpy(given[name].reshape(gates, 2, candidates).transpose(2, 1, 0).copy())
        for name in ("sources", "wires")
    ]
    layer.connections.indices = places[0].long() if learnable else places[0][0].long()
    with torch.no_grad():
        if learnable:
            layer.connections.weights.copy_(places[1])
        if kind == "raw":
            layer.weight.copy_(torch.from_numpy(given["kinds"]))
    return layer


def choose(problem: dict[str, Any]) -> tuple[dict[str, Side], dict[str, Any]]:
    """Time a step of every variant.

    Returns
    -------
    chosen : dict of str to Side
        ``fastest`` of all variants, and ``raw``, the fastest with the sixteen logits of a gate.
    record : dict
        Names of both, the times of all [ms], why some do not run, and versions.
    """
    sides: dict[str, Side] = {}
    times: dict[str, float] = {}
    failed: dict[str, str] = {}
    for kind, mode in product(_KINDS, ("eager", "compiled")):
        name, side = f"{kind}, {mode}", Side(problem, kind, compiled=mode == "compiled")
        try:
            side.run(1)
        except Exception as error:  # a compiler may raise anything; it is recorded
            failed[name] = str(error).strip().partition("\n")[0][:200]
            continue
        sides[name] = side
        times[name] = round(1e3 * min(_seconds(side) for _ in range(_PROBED)), 2)
    fastest = min(times, key=times.__getitem__)
    raw = min((name for name in times if name.startswith("raw")), key=times.__getitem__)
    record = {
        "fastest_variant": fastest,
        "raw_variant": raw,
        "variants_ms": times,
        "variants_that_fail": failed,
        "versions": {name: version(name) for name in ("torch", "torchlogix")},
    }
    return {"fastest": sides[fastest], "raw": sides[raw]}, record


def _seconds(side: Side) -> float:
    begin = time.perf_counter()
    side.run(1)
    return time.perf_counter() - begin


def measure(problem: dict[str, Any], kind: str, mode: str, base: int) -> dict[str, Any]:
    """Return processor seconds a step, after a first that is not counted, and memory [MiB]."""
    side = Side(problem, kind, compiled=mode == "compiled")
    side.run(1)
    steps = len(problem["order"])
    begin, passed = time.process_time(), time.perf_counter()
    side.run(steps)
    return {
        "processor_s_a_step": (time.process_time() - begin) / steps,
        "s_a_step": (time.perf_counter() - passed) / steps,
        "memory_mib": _peak() - base,
        "versions": {name: version(name) for name in ("torch", "torchlogix")},
    }


def _peak() -> int:
    """Return the largest memory of this process so far [MiB]."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def main() -> None:
    """Answer orders until there are no more."""
    # What libraries print goes to the error stream; answers alone leave by this one.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    base = _peak()
    torch.set_num_threads(int(sys.argv[2]))
    torch.manual_seed(0)
    with np.load(sys.argv[1], allow_pickle=False) as archive:
        problem = {name: archive[name][()] for name in archive.files}
    steps, chosen = len(problem["order"]), {}
    for order in map(str.strip, sys.stdin):
        answer: Any
        if order == "losses":
            answer = Side(problem, "raw", compiled=False).run(steps)
        elif order == "choose":
            chosen, answer = choose(problem)
        elif order.startswith("measure "):
            kind, mode = order.split()[1:]
            answer = measure(problem, kind, mode, base)
        else:
            answer = chosen[order].run(steps)
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
