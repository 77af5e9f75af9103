"""Value and gradient of a course of disease on 68 regions: neuropil against adaptive solvers."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from measuring import Benchmark, ProcessorTime, summarise, time_interleaved

_REGIONS, _YEARS, _STEPS = 68, 30.0, 60
_LARGEST_ERROR = 1e-5  # of any region at any time, against DOP853 at a tolerance of 1e-11
_TOLERANCES = tuple(10.0 ** (-half / 2) for half in range(8, 21))
_REPEATS = 15
_GRADIENT = 1e-2  # relative difference of gradients of solvers that err by so much themselves


def plant() -> dict[str, Any]:
    """Return weights, rates, capacities, a start and noisy states to be explained, in NumPy."""
    import numpy as np

    rng = np.random.default_rng(0)
    places = rng.random((_REGIONS, 3))
    lengths = np.linalg.norm(places[:, None] - places, axis=-1)
    weights = np.exp(-4 * lengths + rng.normal(0, 0.5, lengths.shape))
    weights = np.where(rng.random(lengths.shape) < 0.3, weights, 0)
    weights = np.triu(weights, 1) + np.triu(weights, 1).T
    laplacian = np.diag(weights.sum(axis=1)) - weights
    start = np.full(_REGIONS, 0.005)
    start[:2] = 0.12
    return {
        "weights": weights / np.linalg.eigvalsh(laplacian).max(),
        "spread": np.array(0.45),
        "growth": np.array(0.35),
        "capacity": rng.uniform(0.4, 1, _REGIONS),
        "start": start,
    }


def slope(numbers: dict[str, Any], state: Any) -> Any:  # noqa: ANN401 - of any library
    """Return dc/dt; the same words serve NumPy, JAX and PyTorch."""
    # L c = D c - A c, without making the Laplacian at every step.
    moved = numbers["weights"].sum(1) * state - numbers["weights"] @ state
    grown = numbers["growth"] * state * (numbers["capacity"] - state)
    return grown - numbers["spread"] * moved


def solve_exactly(numbers: dict[str, Any]) -> Any:  # noqa: ANN401 - an array
    """Return the states at all times by SciPy's solver of eighth order."""
    import numpy as np
    from scipy.integrate import solve_ivp

    times = np.linspace(0, _YEARS, _STEPS + 1)
    return solve_ivp(
        lambda _, state: slope(numbers, state),
        (0, _YEARS),
        numbers["start"],
        "DOP853",
        times,
        rtol=1e-11,
        atol=1e-13,
    ).y.T


class JaxSide:
    """A solver in JAX; value and gradient are one compiled program.

    Parameters
    ----------
    solve : callable
        ``solve(numbers) -> states`` at all times.
    problem : tuple
        What :func:`plant` returns, and the states to be explained.
    """

    def __init__(
        self, solve: Callable[[dict[str, Any]], Any], problem: tuple[dict[str, Any], Any]
    ) -> None:
        import jax
        import jax.numpy as jnp

        self._numbers, observed = jax.tree.map(jnp.asarray, problem)
        self.solve = jax.jit(solve)
        self._both = jax.jit(
            jax.value_and_grad(lambda numbers: ((solve(numbers) - observed) ** 2).sum())
        )

    def states(self) -> Any:  # noqa: ANN401 - an array
        """Return the states at all times."""
        return self.solve(self._numbers)

    def run(self) -> tuple[float, dict[str, Any]]:
        """Return the loss and its gradient by every number."""
        import jax

        value, slopes = jax.block_until_ready(self._both(self._numbers))
        return float(value), slopes


def make_neuropil() -> Callable[[dict[str, Any]], Any]:
    """Return neuropil's solution with 60 steps."""
    import jax.numpy as jnp

    from neuropil.progression import NetworkEquation, integrate

    def solve(numbers: dict[str, Any]) -> Any:  # noqa: ANN401 - an array
        weights = numbers["weights"]
        laplacian = jnp.diag(weights.sum(1)) - weights
        rest = (numbers[name] for name in ("spread", "growth", "capacity"))
        return integrate(NetworkEquation(laplacian, *rest), numbers["start"], _YEARS, _STEPS)

    return solve


def make_diffrax(tolerance: float) -> Callable[[dict[str, Any]], Any]:
    """Return diffrax's solution with the solver and the controller that its manual recommends."""
    import diffrax
    import jax.numpy as jnp

    def solve(numbers: dict[str, Any]) -> Any:  # noqa: ANN401 - an array
        return diffrax.diffeqsolve(
            diffrax.ODETerm(lambda _, state, given: slope(given, state)),
            diffrax.Tsit5(),
            0.0,
            _YEARS,
            None,
            numbers["start"],
            args=numbers,
            saveat=diffrax.SaveAt(ts=jnp.linspace(0, _YEARS, _STEPS + 1)),
            stepsize_controller=diffrax.PIDController(rtol=tolerance, atol=tolerance),
            # As few as are ever needed here: gradients keep a checkpoint for each.
            max_steps=256,
        ).ys

    return solve


class TorchSide:
    """torchdiffeq with its default solver, in eager mode, as its manual shows.

    Parameters
    ----------
    tolerance : float
        Relative and absolute.
    problem : tuple
        What :func:`plant` returns, and the states to be explained.
    """

    def __init__(self, tolerance: float, problem: tuple[dict[str, Any], Any]) -> None:
        import torch

        numbers, observed = problem
        self._numbers = {
            name: torch.tensor(value, requires_grad=True) for name, value in numbers.items()
        }
        self._observed = torch.tensor(observed)
        self._times = torch.linspace(0, _YEARS, _STEPS + 1, dtype=torch.float64)
        self._tolerance = tolerance

    def states(self) -> Any:  # noqa: ANN401 - a tensor
        """Return the states at all times."""
        from torchdiffeq import odeint

        return odeint(
            lambda _, state: slope(self._numbers, state),
            self._numbers["start"],
            self._times,
            rtol=self._tolerance,
            atol=self._tolerance,
            method="dopri5",
        )

    def run(self) -> tuple[float, dict[str, Any]]:
        """Return the loss and its gradient by every number."""
        for value in self._numbers.values():
            value.grad = None
        loss = ((self.states() - self._observed) ** 2).sum()
        loss.backward()
        return float(loss.detach()), {name: value.grad for name, value in self._numbers.items()}


def find_error(side: JaxSide | TorchSide, exact: Any) -> float:  # noqa: ANN401 - an array
    """Return the largest error of any region at any time."""
    import numpy as np

    states = side.states()
    states = states.detach().numpy() if isinstance(side, TorchSide) else np.asarray(states)
    return float(np.abs(states - exact).max())


def choose_tolerance(
    make: Callable[[float], JaxSide | TorchSide],
    exact: Any,  # noqa: ANN401 - an array
) -> tuple[JaxSide | TorchSide, dict[str, float]]:
    """Return the side with the loosest tolerance whose error is small enough, and both numbers."""
    for tolerance in _TOLERANCES:
        side = make(tolerance)
        error = find_error(side, exact)
        if error <= _LARGEST_ERROR:
            return side, {"tolerance": tolerance, "error": float(f"{error:.1e}")}
    sys.exit(f"expected an error of at most {_LARGEST_ERROR} at some tolerance, found {error}.")


def check_gradients(sides: dict[str, JaxSide | TorchSide]) -> dict[str, float]:
    """Stop when a gradient differs from neuropil's; return by how much each does."""
    import numpy as np

    expected, found = sides["neuropil"].run()[1], {}
    for name, side in sides.items():
        gradient, largest = side.run()[1], 0.0
        for key, value in expected.items():
            away = np.abs(np.asarray(gradient[key]) - np.asarray(value)).max()
            largest = max(largest, float(away / np.abs(np.asarray(value)).max()))
        found[name] = float(f"{largest:.1e}")
    if not max(found.values()) < _GRADIENT:
        sys.exit(f"the gradients differ: {found}.")
    return found


def measure(threads: int) -> dict[str, Any]:
    """Check and time all sides; the process is already confined to its cores."""
    import jax
    import numpy as np
    import torch

    jax.config.update("jax_enable_x64", True)
    torch.set_num_threads(threads)
    numbers = plant()
    exact = solve_exactly(numbers)
    problem = numbers, exact + np.random.default_rng(1).normal(0, 0.05, exact.shape)
    ours = JaxSide(make_neuropil(), problem)
    diffrax, one = choose_tolerance(
        lambda tolerance: JaxSide(make_diffrax(tolerance), problem), exact
    )
    torchdiffeq, other = choose_tolerance(lambda tolerance: TorchSide(tolerance, problem), exact)
    sides = {"neuropil": ours, "diffrax": diffrax, "torchdiffeq": torchdiffeq}
    differences = check_gradients(sides)
    timed = {name: ProcessorTime(side.run) for name, side in sides.items()}
    seconds = time_interleaved(timed, _REPEATS)
    pair = {name: seconds[name] for name in ("neuropil", "torchdiffeq")}
    processor = {name: round(1e3 * each.median(), 2) for name, each in timed.items()}
    return {
        "regions": _REGIONS,
        "steps": _STEPS,
        "error": float(f"{find_error(ours, exact):.1e}"),
        "of_diffrax": one,
        "of_torchdiffeq": other,
        "relative_difference_of_gradients": differences,
        "processor_ms": processor,
        "processor_ratio": round(processor["diffrax"] / processor["neuropil"], 2),
        "processor_ratio_torchdiffeq": round(processor["torchdiffeq"] / processor["neuropil"], 2),
        "ratio_torchdiffeq": summarise(pair, "neuropil", "torchdiffeq")["ratio"],
        **summarise(seconds, "neuropil", "diffrax"),
    }


if __name__ == "__main__":
    Benchmark(
        f"value and gradient of {_YEARS:.0f} years on {_REGIONS} regions, errors below "
        f"{_LARGEST_ERROR}",
        Path(__file__),
        ("neuropil", "diffrax", "torchdiffeq"),
        ("neuropil", "jax", "diffrax", "torch", "torchdiffeq"),
        measure,
    ).run(sys.argv[1:])
