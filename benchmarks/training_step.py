"""One training step of the rate network: neuropil on JAX against a plain PyTorch loop."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from measuring import Benchmark, summarise, time_interleaved

_REPEATS = 30
_LEARNING_RATE = 0.02
_TOLERANCE = 1e-3


class Problem(NamedTuple):
    """The same network, batch and start for both sides."""

    circuit: Any
    dynamics: Any
    trials: Any
    parameters: Any


def build_problem() -> Problem:
    """Return 152 neurons, 76 trials of 120 steps of 20 ms, and parameters that keep a bump."""
    import jax

    from neuropil.circuits import (
        Dynamics,
        TrialPlan,
        build_circuit,
        initial_parameters,
        make_trials,
    )
    from neuropil.datasets import load

    circuit = build_circuit(load("synthetic-head-direction"))
    dynamics = Dynamics(nonlinearity="rectified-tanh", sharpness=4.0, step=0.02, time_constant=0.1)
    speeds = (15.0, 30.0, 60.0, 100.0, 150.0, 200.0, 240.0)
    plan = TrialPlan(hold=24, speeds=speeds, starts=2, walks=24, settle=0.4, duration=2.0)
    trials = make_trials(circuit, plan, dynamics.step, jax.random.key(0))
    parameters = initial_parameters(circuit.n_types, jax.random.key(0), spread=0.5)
    expected, found = ((120, 76), 152), (trials.velocity.shape, circuit.n_neurons)
    if found != expected:
        sys.exit(f"expected the batch {expected}, found {found}.")
    return Problem(circuit, dynamics, trials, parameters)


class NeuropilSide:
    """Simulate, decode, squared displacement; gradient and Adam as neuropil ships them."""

    def __init__(self, problem: Problem) -> None:
        import jax

        from neuropil.learning import AdamDescent

        optimiser = AdamDescent(lambda p, trials, _: self._loss(p, trials), _LEARNING_RATE)
        self._problem, self._key = problem, jax.random.key(0)
        self.gradient = jax.jit(jax.value_and_grad(self._loss))
        self._update = jax.jit(optimiser.step)
        self._parameters = problem.parameters
        self._state = optimiser.init(problem.parameters, problem.trials)

    def _loss(self, parameters: Any, trials: Any) -> Any:  # noqa: ANN401 - a pytree
        import jax.numpy as jnp

        from neuropil.circuits import decode, simulate, unwrap_heading

        circuit, dynamics = self._problem.circuit, self._problem.dynamics
        rates = simulate(parameters, circuit, dynamics, trials.start, trials.velocity, trials.every)
        moved = unwrap_heading(decode(circuit, rates[trials.settle - 1 :]))
        return jnp.mean(((moved - trials.turned) / 10) ** 2)

    def loss_and_gradient(self) -> tuple[float, list[Any]]:
        """Return the loss and the gradient of raw gains, biases and scale at the start."""
        loss, gradient = self.gradient(self._problem.parameters, self._problem.trials)
        return float(loss), [gradient.raw_gain, gradient.bias, gradient.log_scale]

    def step(self) -> None:
        """Take one training step and wait for it."""
        import jax

        update = self._update(self._parameters, self._state, self._problem.trials, self._key)
        self._parameters, self._state, _ = jax.block_until_ready(update)


class TorchSide:
    """The same in PyTorch as one would first write it: a Python loop over time."""

    def __init__(self, problem: Problem, threads: int) -> None:
        import numpy as np
        import torch

        torch.set_num_threads(threads)
        circuit, trials, self._dynamics = problem.circuit, problem.trials, problem.dynamics

        def constant(array: Any) -> Any:  # noqa: ANN401 - arrays of either library
            return torch.from_numpy(np.array(array))

        self._weights, self._drive = constant(circuit.weights), constant(circuit.velocity)
        self._index = constant(circuit.type_index).long()
        self._read = constant(circuit.readout).long()
        self._read_weights = constant(circuit.readout_weights)
        self._compass = torch.exp(1j * constant(circuit.angles))
        self._start, self._velocity = constant(trials.start), constant(trials.velocity)
        self._turned, self._settle, self._every = (
            constant(trials.turned),
            trials.settle,
            trials.every,
        )
        start = problem.parameters
        self.parameters = [
            constant(array).requires_grad_()
            for array in (start.raw_gain, start.bias, start.log_scale)
        ]
        self._adam = torch.optim.Adam(self.parameters, lr=_LEARNING_RATE)

    def _simulate(self) -> Any:  # noqa: ANN401 - a tensor
        import torch
        from torch.nn import functional

        raw_gain, bias, log_scale = self.parameters
        gain = functional.softplus(raw_gain)[self._index[:, None], self._index[None, :]]
        weights = (torch.exp(log_scale) * gain * self._weights).T
        bias, x, records = bias[self._index], self._start, []
        rate = self._dynamics.step / self._dynamics.time_constant
        for index, velocity in enumerate(self._velocity, start=1):
            drive = x @ weights + bias
            active = torch.tanh(functional.softplus(drive, beta=self._dynamics.sharpness))
            active = functional.relu(1 + velocity[:, None] * self._drive) * active
            x = x + rate * (active - self._dynamics.leak * x)
            if index % self._every == 0:
                records.append(x)
        return torch.stack(records[self._settle - 1 :])

    def _loss(self) -> Any:  # noqa: ANN401 - a tensor
        import torch

        read = self._simulate()[..., self._read] * self._read_weights
        vector = (read.to(self._compass.dtype) @ self._compass) / (read.sum(-1) + 1e-6)
        turns = torch.angle(vector[1:] * vector[:-1].conj() + 1e-12).cumsum(0)
        moved = torch.rad2deg(torch.cat([torch.zeros_like(turns[:1]), turns]))
        return (((moved - self._turned) / 10) ** 2).mean()

    def loss_and_gradient(self) -> tuple[float, list[Any]]:
        """Return the loss and the gradient of raw gains, biases and scale at the start."""
        self._adam.zero_grad()
        loss = self._loss()
        loss.backward()
        return loss.item(), [parameter.grad.numpy().copy() for parameter in self.parameters]

    def step(self) -> None:
        """Take one training step."""
        import torch

        self._adam.zero_grad()
        self._loss().backward()
        torch.nn.utils.clip_grad_norm_(self.parameters, 1.0)
        self._adam.step()


def check_parity(ours: NeuropilSide, rival: TorchSide) -> dict[str, float]:
    """Return how far loss and gradient differ; stop when they are not the same computation."""
    import numpy as np

    (loss, gradient), (expected_loss, expected) = (
        ours.loss_and_gradient(),
        rival.loss_and_gradient(),
    )
    joined, expected_joined = (
        np.concatenate([np.ravel(leaf) for leaf in leaves]) for leaves in (gradient, expected)
    )
    differences = {
        "loss": abs(loss - expected_loss) / abs(expected_loss),
        "gradient": float(
            np.linalg.norm(joined - expected_joined) / np.linalg.norm(expected_joined)
        ),
    }
    if not max(differences.values()) < _TOLERANCE:
        sys.exit(f"the two sides differ: {differences}, {loss} and {expected_loss}.")
    return differences


def _seconds(run: Callable[[], object]) -> float:
    begin = time.perf_counter()
    run()
    return time.perf_counter() - begin


def measure(threads: int) -> dict[str, Any]:
    """Check and time both sides on ``threads`` cores of this process."""
    problem = build_problem()
    ours, rival = NeuropilSide(problem), TorchSide(problem, threads)
    differences = check_parity(ours, rival)
    compilation = _seconds(ours.step)
    seconds = time_interleaved({"neuropil": ours.step, "pytorch": rival.step}, _REPEATS)
    return {
        **summarise(seconds, "neuropil", "pytorch"),
        "neuropil_first_step_s": round(compilation, 2),
        "relative_difference": {name: float(f"{x:.1e}") for name, x in differences.items()},
    }


if __name__ == "__main__":
    Benchmark(
        "training step, 152 neurons, 76 trials x 120 steps",
        Path(__file__),
        ("neuropil", "pytorch"),
        ("neuropil", "jax", "torch"),
        measure,
    ).run(sys.argv[1:])
