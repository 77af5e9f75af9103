"""One pass over all train pairs of the SMT: regions encoded once against two encodings a pair."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, NamedTuple

from measuring import Benchmark, summarise, time_interleaved

_REGIONS = 128
_GENES = 7380
_BATCH = 64
_BATCHES_TIMED = 2
_REPEATS = 3
_TOLERANCE = 1e-5


class Problem(NamedTuple):
    """The same network, regions and connectivity for both sides."""

    network: Any
    inputs: Any
    target: Any
    pairs: Any


def build_problem() -> Problem:
    """Return 128 regions of 7,380 genes, random connectivity and an untrained SMT."""
    import jax
    import jax.numpy as jnp
    import numpy as np

    from neuropil.transcriptome import SpatiomolecularTransformer
    from neuropil.transcriptome.models.pair_network import RegionInputs

    rng = np.random.default_rng(0)
    inputs = RegionInputs(
        jnp.asarray(rng.random((_REGIONS, _GENES)), jnp.float32),
        jnp.asarray(40 * rng.standard_normal((_REGIONS, 3)), jnp.float32),
    )
    pairs = jnp.stack(jnp.triu_indices(_REGIONS, 1))
    target = jnp.asarray(rng.standard_normal(pairs.shape[1]) / 5, jnp.float32)
    network = SpatiomolecularTransformer().build(_GENES, jax.random.key(0))
    return Problem(network, inputs, target, pairs)


class OnceSide:
    """Encode each region once and score all pairs from the encodings."""

    def __init__(self, problem: Problem) -> None:
        import equinox as eqx
        import jax.numpy as jnp

        from neuropil.transcriptome.models.pair_network import Moments

        self._problem = problem

        def loss(network: Any, inputs: Any, pairs: Any, target: Any) -> Any:  # noqa: ANN401
            encodings = network.encode(inputs, None)
            scores, _ = network.head(encodings, (pairs[0], pairs[1]), Moments.start())
            return jnp.mean((scores - target) ** 2)

        self._gradient = eqx.filter_jit(eqx.filter_value_and_grad(loss))

    def run(self, n_pairs: int | None = None) -> float:
        """Return the loss over all pairs, or over the first; the gradient is computed too."""
        import jax

        problem, part = self._problem, slice(n_pairs)
        found = self._gradient(
            problem.network, problem.inputs, problem.pairs[:, part], problem.target[part]
        )
        loss, _ = jax.block_until_ready(found)
        return float(loss)


class PairSide:
    """Encode both regions of every pair, a batch of pairs at a time."""

    def __init__(self, problem: Problem) -> None:
        import equinox as eqx
        import jax.numpy as jnp

        from neuropil.transcriptome.models.pair_network import Moments

        self._problem = problem

        def loss(network: Any, inputs: Any, pairs: Any, target: Any) -> Any:  # noqa: ANN401
            both = inputs.take(jnp.concatenate([pairs[0], pairs[1]]))
            place = jnp.arange(pairs.shape[1])
            encodings = network.encode(both, None)
            ordered = (place, place + pairs.shape[1])
            scores, _ = network.head(encodings, ordered, Moments.start())
            return jnp.sum((scores - target) ** 2)

        self._gradient = eqx.filter_jit(eqx.filter_value_and_grad(loss))

    def run(self, batches: int = _BATCHES_TIMED) -> float:
        """Return the summed squared error of the first batches; gradients are computed too."""
        import jax

        problem, total = self._problem, 0.0
        for number in range(batches):
            part = slice(number * _BATCH, (number + 1) * _BATCH)
            found = self._gradient(
                problem.network, problem.inputs, problem.pairs[:, part], problem.target[part]
            )
            loss, _ = jax.block_until_ready(found)
            total += float(loss)
        return total


def check_parity(ours: OnceSide, rival: PairSide) -> float:
    """Return how far the losses over the sampled pairs differ; stop when it is too far."""
    n_pairs = _BATCH * _BATCHES_TIMED
    difference = abs(ours.run(n_pairs) - rival.run() / n_pairs)
    if not difference < _TOLERANCE:
        sys.exit(f"expected the same loss to {_TOLERANCE:g}, found a difference of {difference:g}.")
    return difference


def measure(threads: int) -> dict[str, Any]:
    """Check and time both sides; the process is already confined to its cores."""
    del threads
    problem = build_problem()
    n_pairs = int(problem.pairs.shape[1])
    if n_pairs % _BATCH:
        sys.exit(f"expected a number of pairs that {_BATCH} divides, found {n_pairs}.")
    ours, rival = OnceSide(problem), PairSide(problem)
    difference = check_parity(ours, rival)
    seconds = time_interleaved({"once": ours.run, "pairs": rival.run}, _REPEATS)
    scale = n_pairs / (_BATCH * _BATCHES_TIMED)
    seconds["pairs"] = [value * scale for value in seconds["pairs"]]
    return {
        "regions": _REGIONS,
        "genes": _GENES,
        "pairs": n_pairs,
        "pairs_timed_of_rival": _BATCH * _BATCHES_TIMED,
        **summarise(seconds, "once", "pairs"),
        "difference_of_loss": float(f"{difference:.1e}"),
    }


if __name__ == "__main__":
    Benchmark(
        f"SMT, {_REGIONS} regions of {_GENES} genes, all pairs once (pairs: sampled and scaled)",
        Path(__file__),
        ("once", "pairs"),
        ("neuropil", "jax"),
        measure,
    ).run(sys.argv[1:])
