"""A thousand parameter sets in one vectorised call against a NumPy loop over parameter sets."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, NamedTuple

from measuring import Benchmark, summarise, time_interleaved

_SETS = 1000
_LOOP_SETS = 20
_BATCH = 4
_REPEATS = 3
_STEPS = 400
_STARTS = 32


class Ensemble(NamedTuple):
    """One circuit, one protocol, many parameter sets."""

    circuit: Any
    dynamics: Any
    parameters: Any
    start: Any


def build_ensemble() -> Ensemble:
    """Return log-normal gains, a log-uniform scale and normal biases, and 32 cosine starts."""
    import jax
    import jax.numpy as jnp
    import numpy as np

    from neuropil.circuits import Dynamics, TypeParameters, build_circuit, cue_state
    from neuropil.datasets import load

    circuit = build_circuit(load("synthetic-head-direction"))
    rng, k = np.random.default_rng(0), circuit.n_types
    gain = np.exp(0.8 * rng.normal(size=(_SETS, k, k)))
    parameters = TypeParameters(
        raw_gain=gain + np.log(-np.expm1(-gain)),  # softplus of this is the gain
        bias=0.1 * rng.normal(size=(_SETS, k)),
        log_scale=rng.uniform(np.log(0.1), np.log(3), _SETS),
    )
    parameters = jax.tree.map(lambda leaf: jnp.asarray(leaf, jnp.float32), parameters)
    start = cue_state(circuit, jnp.arange(_STARTS) * 2 * jnp.pi / _STARTS)
    return Ensemble(circuit, Dynamics(nonlinearity="clip"), parameters, start)


class NeuropilSide:
    """One compiled call; ``batch_size`` bounds the memory."""

    def __init__(self, ensemble: Ensemble) -> None:
        import jax
        import jax.numpy as jnp

        from neuropil.circuits import simulate

        circuit, dynamics, parameters, start = ensemble
        still = jnp.zeros((_STEPS, _STARTS))

        def final_rates(one: Any) -> Any:  # noqa: ANN401 - a pytree
            return simulate(one, circuit, dynamics, start, still, _STEPS)[-1]

        self._parameters = parameters
        self._call = jax.jit(lambda sets: jax.lax.map(final_rates, sets, batch_size=_BATCH))

    def run(self) -> Any:  # noqa: ANN401 - an array
        """Return the final rates, (sets, starts, neurons)."""
        return self._call(self._parameters).block_until_ready()


class NumpySide:
    """The same equation, in single precision too, one parameter set after another."""

    def __init__(self, ensemble: Ensemble) -> None:
        import numpy as np

        circuit, dynamics, parameters, start = ensemble
        self._weights, self._start = np.asarray(circuit.weights), np.asarray(start)
        self._index = np.asarray(circuit.type_index)
        self._sets = [
            np.asarray(leaf[:_LOOP_SETS])
            for leaf in (parameters.gain, parameters.bias, parameters.log_scale)
        ]
        self._rate = np.float32(dynamics.step / dynamics.time_constant)

    def run(self) -> Any:  # noqa: ANN401 - an array
        """Return the final rates of the first sets, (loop sets, starts, neurons)."""
        import numpy as np

        finals, index = [], self._index
        for gain, bias, log_scale in zip(*self._sets, strict=True):
            weights = (np.exp(log_scale) * gain[index[:, None], index] * self._weights).T.copy()
            offset, x = bias[index], self._start
            for _ in range(_STEPS):
                x = x + self._rate * (np.clip(x @ weights + offset, 0, 1) - x)
            finals.append(x)
        return np.stack(finals)


def check_parity(ours: NeuropilSide, rival: NumpySide) -> float:
    """Return the share of rates that agree to 1e-3; stop when it is not nearly all.

    Rounding alone sends a state at the border of two basins either way.
    """
    import numpy as np

    difference = np.abs(np.asarray(ours.run()[:_LOOP_SETS]) - rival.run())
    agreeing = float((difference < 1e-3).mean())
    if not agreeing > 0.99:
        sys.exit(f"expected the same final rates, found {agreeing:.3f} of them to agree.")
    return agreeing


def measure(threads: int) -> dict[str, Any]:
    """Check and time both sides; the process is already confined to its cores."""
    del threads
    ensemble = build_ensemble()
    ours, rival = NeuropilSide(ensemble), NumpySide(ensemble)
    agreeing = check_parity(ours, rival)
    seconds = time_interleaved({"neuropil": ours.run, "numpy": rival.run}, _REPEATS)
    seconds["numpy"] = [value * _SETS / _LOOP_SETS for value in seconds["numpy"]]
    return {
        "parameter_sets": _SETS,
        "numpy_sets_timed": _LOOP_SETS,
        **summarise(seconds, "neuropil", "numpy"),
        "share_of_rates_that_agree": round(agreeing, 5),
    }


if __name__ == "__main__":
    Benchmark(
        f"{_SETS} parameter sets, 32 starts, 4 s (NumPy: {_LOOP_SETS} sets, scaled)",
        Path(__file__),
        ("neuropil", "numpy"),
        ("neuropil", "jax", "numpy"),
        measure,
    ).run(sys.argv[1:])
