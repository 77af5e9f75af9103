"""Joint and individual coordinates: a training step against PyTorch, a fit against multivae."""

from __future__ import annotations

import argparse
import json
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from joint_individual_fits import (
    FITS,
    PAIR,
    SUBJECTS,
    Size,
    compare_fits,
    fit_once,
    show_fits,
    split_cohort,
)
from measuring import Benchmark, summarise, time_interleaved

if TYPE_CHECKING:
    from joint_individual_twin import Batch

_TOLERANCE = 1e-3
# Heads begin at zero, and no gradient passes them: compared there alone, most of the network would
# not be compared at all.
_SHIFT = 0.05


_QUICK = Size(3, 2, 10)


class Problem(NamedTuple):
    """The same network, subjects and plan for both sides.

    Parameters
    ----------
    plan : VariationalPlan
        The defaults.
    network : Network
        As training finds it: closed forms, and corrections that begin at zero.
    data : tuple
        White components of training and validation subjects, filled up with rows of nobody.
    n : int
        Training subjects; they come first.
    """

    plan: Any
    network: Any
    data: Any
    n: int

    @property
    def each(self) -> int:
        """Return the number of steps of an epoch."""
        return self.n // self.plan.batch


def build_problem() -> Problem:
    """Return the network that a fit would begin with, at the sizes that it would find."""
    import jax

    from neuropil.cohorts.data import Views, choose_scale
    from neuropil.cohorts.joint.models import variational
    from neuropil.cohorts.joint.models.network import Network, Sizes
    from neuropil.contracts import SeedTree

    planted, rows = split_cohort()
    views = Views.of(planted.cohort, {name: choose_scale(planted.cohort, name) for name in PAIR})
    training, validation = (views.take(rows[part]) for part in ("training", "validation"))
    plan = variational.VariationalPlan()
    closed = variational._choose_closed(
        variational.Variational(plan), training, validation, SeedTree(0)
    )
    start = variational._take_over(closed)
    sizes = Sizes(
        tuple(len(closed.axes[name].spread) for name in PAIR),
        start.offset.shape[1],
        tuple(len(basis) for basis in start.basis),
    )
    network = Network(start, sizes, plan.fusion, jax.random.key(0))
    model = variational.VariationalModel(closed.axes, network)
    data = tuple(model.gather(part) for part in (training, validation))
    return Problem(plan, network, data, training.n_subjects)


class NeuropilSide:
    """An epoch of steps in one call of the program that training calls."""

    def __init__(self, problem: Problem) -> None:
        import equinox as eqx
        import jax

        from neuropil.cohorts.joint.models.variational import _choose_trained, _Loss
        from neuropil.learning import AdamDescent, training

        plan, self._problem = problem.plan, problem
        self.start, frame = eqx.partition(problem.network, _choose_trained(problem.network, plan))
        self.key, loss = jax.random.key(0), _Loss(plan, frame)
        optimiser = AdamDescent(loss, plan.learning_rate, plan.epochs * problem.each)
        self._gradient = jax.jit(jax.value_and_grad(loss))
        self._run = partial(training._step_chunk, optimiser, problem.each)
        one = partial(jax.tree.map, lambda leaf: leaf[None])
        self._data = one(problem.data)
        self._members = training._start(optimiser, one(self.start), self._data)

    def loss_and_gradient(self, parameters: Any) -> tuple[float, list[Any]]:  # noqa: ANN401
        """Return the loss and the gradient of every weight."""
        import jax

        loss, gradient = self._gradient(parameters, self._problem.data, self.key)
        return float(loss), jax.tree.leaves(gradient)

    def run(self) -> float:
        """Take the steps of an epoch and return the mean of their losses."""
        self._members, loss = self._run(self._members, self._data, self.key)
        return float(loss[0])

    def weights(self) -> list[Any]:
        """Return every weight as it is now."""
        import jax

        return [leaf[0] for leaf in jax.tree.leaves(self._members.parameters)]

    def step_keys(self) -> Any:  # noqa: ANN401 - PRNG keys
        """Return the key of each step of a run."""
        import jax

        (member,) = jax.random.split(self.key, 1)
        return jax.random.split(member, self._problem.each)


class TorchSide:
    """The same in eager PyTorch: a loop that draws, computes the loss, clips and steps."""

    def __init__(self, problem: Problem, threads: int) -> None:
        import jax
        import numpy as np
        import torch
        from joint_individual_twin import Twin

        torch.set_num_threads(threads)
        self._problem, plan = problem, problem.plan

        def constant(array: Any) -> Any:  # noqa: ANN401 - arrays of either library
            return torch.from_numpy(np.array(array))

        self._constant = constant
        data = jax.tree.map(lambda leaf: constant(leaf[: problem.n]), problem.data[0])
        self._scores, self._there = data.scores, data.there
        sizes = problem.network.sizes
        self._coordinates = sizes.joint + sum(sizes.individual)
        self.network = Twin(jax.tree.map(constant, problem.network.start), sizes)
        weights = self.network.in_order()
        # The fused one is the fastest on a CPU.
        self._adam = torch.optim.Adam(weights, lr=plan.learning_rate, fused=True)
        self._decay = torch.optim.lr_scheduler.CosineAnnealingLR(
            self._adam, plan.epochs * problem.each, 0.02 * plan.learning_rate
        )

    def take_over(self, parameters: Any) -> None:  # noqa: ANN401 - a pytree
        """Copy the weights of the other side."""
        import jax
        import torch

        with torch.no_grad():
            pairs = zip(self.network.in_order(), jax.tree.leaves(parameters), strict=True)
            for weight, leaf in pairs:
                if tuple(weight.shape) != leaf.shape:
                    sys.exit(f"expected weights of shape {leaf.shape}, found {weight.shape}.")
                weight.copy_(self._constant(leaf))

    def hand_over(self, key: Any) -> Batch:  # noqa: ANN401 - a PRNG key
        """Return the batch that neuropil draws with a key."""
        import jax
        import jax.numpy as jnp

        order, hide, noise = jax.random.split(key, 3)
        there, plan = self._problem.data[0].there, self._problem.plan
        lots = jax.random.uniform(order, (len(there),)) + (there.sum(axis=1) == 0)
        rows = jnp.argsort(lots)[: plan.batch]
        lots = jax.random.uniform(hide, (plan.batch, 1))
        noise = jax.random.normal(noise, (plan.batch, self._coordinates))
        return self._gather(*(self._constant(each) for each in (rows, lots, noise)))

    def draw(self) -> Batch:
        """Return a batch of its own."""
        import torch

        size = self._problem.plan.batch
        noise = torch.randn(size, self._coordinates)
        return self._gather(torch.randperm(self._problem.n)[:size], torch.rand(size, 1), noise)

    def _gather(self, rows: Any, lots: Any, noise: Any) -> Batch:  # noqa: ANN401 - tensors
        import torch
        from joint_individual_twin import Batch

        there, dropout = self._there[rows], self._problem.plan.dropout
        hidden = torch.cat([lots < dropout / 2, (lots >= dropout / 2) & (lots < dropout)], dim=1)
        seen = there * ~(hidden & (there.sum(1, keepdim=True) > 1))
        return Batch([scores[rows] for scores in self._scores], there, seen, noise)

    def loss_and_gradient(self, batch: Batch) -> tuple[float, list[Any]]:
        """Return the loss and the gradient of every weight."""
        loss = self._descend(batch)
        # A weight that the loss does not reach has a gradient of zero on the other side.
        return loss, [
            (0 * weight if weight.grad is None else weight.grad).detach().numpy().copy()
            for weight in self.network.in_order()
        ]

    def _descend(self, batch: Batch) -> float:
        from joint_individual_twin import compute_loss

        self._adam.zero_grad()
        loss = compute_loss(self.network, batch, self._problem.plan)
        loss.backward()
        return loss.item()

    def step(self, batch: Batch) -> float:
        """Take one training step and return the loss before it."""
        import torch

        loss = self._descend(batch)
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self._adam.step()
        self._decay.step()
        return loss

    def run(self) -> None:
        """Take the steps of an epoch, with draws of its own."""
        for _ in range(self._problem.each):
            self.step(self.draw())


def _compare(found: list[Any], expected: list[Any]) -> float:
    """Return how far arrays differ, relative to the length of the expected ones."""
    import numpy as np

    one, other = (np.concatenate([np.ravel(leaf) for leaf in each]) for each in (found, expected))
    return float(np.linalg.norm(one - other) / np.linalg.norm(other))


def check_gradients(ours: NeuropilSide, rival: TorchSide) -> dict[str, float]:
    """Return how far loss and gradient differ, at the start and at weights shifted from it."""
    import jax
    import numpy as np

    rng, batch, differences = np.random.default_rng(0), rival.hand_over(ours.key), {}
    shifted = jax.tree.map(
        lambda leaf: leaf + _SHIFT * rng.standard_normal(leaf.shape).astype("f4"), ours.start
    )
    # The start last, so that both sides train from there.
    for name, parameters in (("shifted", shifted), ("start", ours.start)):
        rival.take_over(parameters)
        loss, gradient = ours.loss_and_gradient(parameters)
        expected_loss, expected = rival.loss_and_gradient(batch)
        differences[f"loss_{name}"] = _compare([loss], [expected_loss])
        differences[f"gradient_{name}"] = _compare(gradient, expected)
    return differences


def check_steps(ours: NeuropilSide, rival: TorchSide) -> tuple[float, dict[str, float]]:
    """Take the steps of an epoch with the same draws; return the time of ours and differences."""
    import numpy as np

    begin = time.perf_counter()
    loss = ours.run()
    seconds = time.perf_counter() - begin
    expected = np.mean([rival.step(rival.hand_over(key)) for key in ours.step_keys()])
    weights = [weight.detach().numpy() for weight in rival.network.in_order()]
    return seconds, {
        "loss_of_steps": _compare([loss], [expected]),
        "weights_after_steps": _compare(ours.weights(), weights),
    }


def measure_steps(threads: int, size: Size) -> dict[str, Any]:
    """Check and time the steps of both sides on ``threads`` cores of this process."""
    problem = build_problem()
    ours, rival = NeuropilSide(problem), TorchSide(problem, threads)
    differences = check_gradients(ours, rival)
    first, more = check_steps(ours, rival)
    differences |= more
    if not max(differences.values()) < _TOLERANCE:
        sys.exit(f"the two sides differ: {differences}.")
    runs = time_interleaved({"neuropil": ours.run, "pytorch": rival.run}, size.repeats)
    seconds = {name: [value / problem.each for value in each] for name, each in runs.items()}
    sizes = problem.network.sizes
    return {
        **summarise(seconds, "neuropil", "pytorch"),
        "neuropil_first_run_s": round(first, 2),
        "steps_of_a_run": problem.each,
        "components": sizes.components,
        "joint": sizes.joint,
        "individual": sizes.individual,
        "relative_difference": {name: float(f"{x:.1e}") for name, x in differences.items()},
    }


def main() -> None:
    """Take the record's name from the command line, and measure steps and fits."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", type=Path, help="record to write, in JSON")
    parser.add_argument("threads", nargs="?", help="time steps with this number of threads alone")
    parser.add_argument("--quick", action="store_true", help="see that it runs; few repetitions")
    parser.add_argument("--fit", choices=tuple(FITS), help=argparse.SUPPRESS)
    options = parser.parse_args()
    size, handed = (_QUICK, ("--quick",)) if options.quick else (Size(), ())
    if options.fit:
        fit_once(options.fit, options.target, size)
        return
    Benchmark(
        title=f"training step of joint and individual coordinates, {SUBJECTS:,} subjects",
        script=Path(__file__),
        names=("neuropil", "pytorch"),
        packages=("neuropil", "jax", "equinox", "torch", "numpy"),
        measure=partial(measure_steps, size=size),
        options=handed,
    ).run([str(options.target), *filter(None, [options.threads])])
    if options.threads:
        return
    record = json.loads(options.target.read_text(encoding="utf-8"))
    record["fit"] = compare_fits(Path(__file__), options.target, size, handed)
    options.target.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    show_fits(record["fit"])


if __name__ == "__main__":
    main()
