"""One training step of 8,000 gates with learned wires, against torchlogix."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from measuring import Benchmark, summarise, time_interleaved

_GATES, _INPUTS, _CANDIDATES, _CLASSES = 8000, 784, 32, 10
_BATCH, _STEPS, _RIVAL_STEPS, _REPEATS = 256, 20, 2, 5


class NeuropilSide:
    """Some steps in the engine that neuropil would choose here."""

    def __init__(self) -> None:
        import numpy as np

        from neuropil.logic.engine import Chunk, choose_engine
        from neuropil.logic.network import draw_network

        generator = np.random.default_rng(0)
        usable = np.arange(_INPUTS, dtype=np.int32)
        self.network = draw_network((_GATES,), (_CANDIDATES,), usable, 6.0, generator)
        images = generator.random((_BATCH * _STEPS, _INPUTS)) < 0.16
        self.chunk = Chunk(
            np.packbits(images, axis=1, bitorder="little"),
            generator.integers(0, _CLASSES, len(images)).astype(np.int32),
            np.arange(len(images), dtype=np.int32).reshape(_STEPS, _BATCH),
            np.tile(np.array([1, 1, 0.075, 0.075], np.float32), (_STEPS, 1)),
            _INPUTS,
            _CLASSES,
        )
        self.engine = choose_engine("auto")

    def __call__(self) -> float:
        """Return the loss before the last step."""
        return float(self.engine.run(self.network, self.chunk)[1][-1])


class TorchlogixSide:
    """The same layer, candidates, loss and optimiser in torchlogix."""

    def __init__(self, threads: int) -> None:
        import torch
        from torchlogix.layers import GroupSum, LogicDense

        torch.set_num_threads(threads)
        torch.manual_seed(0)
        layer = LogicDense(
            _INPUTS,
            _GATES,
            connections="learnable",
            connections_kwargs={"num_candidates": _CANDIDATES},
        )
        self.model = torch.nn.Sequential(layer, GroupSum(_CLASSES, tau=6.0))
        self.optimiser = torch.optim.Adam(self.model.parameters(), lr=0.075)
        self.images = (torch.rand(_RIVAL_STEPS, _BATCH, _INPUTS) < 0.16).float()
        self.labels = torch.randint(0, _CLASSES, (_RIVAL_STEPS, _BATCH))

    def __call__(self) -> float:
        """Return the loss before the last step."""
        import torch

        loss = torch.zeros(())
        for images, labels in zip(self.images, self.labels, strict=True):
            self.optimiser.zero_grad()
            loss = torch.nn.functional.cross_entropy(self.model(images), labels)
            loss.backward()
            self.optimiser.step()
        return loss.item()


def measure(threads: int) -> dict[str, Any]:
    """Time one step of each side."""
    ours, rival = NeuropilSide(), TorchlogixSide(threads)
    seconds = time_interleaved({"neuropil": ours, "torchlogix": rival}, _REPEATS)
    per_step = {
        "neuropil": [value / _STEPS for value in seconds["neuropil"]],
        "torchlogix": [value / _RIVAL_STEPS for value in seconds["torchlogix"]],
    }
    return {"engine": ours.engine.name, **summarise(per_step, "neuropil", "torchlogix")}


if __name__ == "__main__":
    Benchmark(
        title=f"training step, {_GATES:,} gates, {_CANDIDATES} candidates, batch {_BATCH}",
        script=Path(__file__),
        names=("neuropil", "torchlogix"),
        packages=("neuropil", "jax", "torch", "torchlogix", "numpy"),
        measure=measure,
    ).run(sys.argv[1:])
