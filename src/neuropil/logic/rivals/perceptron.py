"""A perceptron with one hidden layer of single bits, whose weights are -1, 0 and 1."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt
import optax
from jaxtyping import Array

from neuropil.contracts import SeedTree
from neuropil.logic.netlist.export_verilog import Sum, write_sum
from neuropil.logic.rivals.design import Design, WeightedSum
from neuropil.logic.rivals.linear import LinearRival, round_weights

__all__ = ["PerceptronRival", "fit_perceptron"]

Bits = npt.NDArray[np.bool_]
_BATCH = 256
_RATE = 0.003
_OUTPUT = 7  # largest weight of a hidden bit: three bits and a sign


class _Weights(NamedTuple):
    first: Array
    bias: Array
    second: Array
    offset: Array


_State = tuple[_Weights, optax.OptState]


class PerceptronRival:
    """Hidden bits, each a sum that reaches 0, and whole weights of them.

    Parameters
    ----------
    hidden : (n_hidden, n_inputs) int array
        Weights -1, 0 and 1 of the inputs.
    constants : (n_hidden,) int array
        What is added to each sum.
    output : LinearRival
        What the hidden bits say.
    """

    def __init__(
        self, hidden: npt.NDArray[np.int64], constants: npt.NDArray[np.int64], output: LinearRival
    ) -> None:
        self.hidden, self.constants, self.output = hidden, constants, output

    def predict(self, bits: Bits) -> npt.NDArray[np.int64]:
        """Return the class of each row of (n, n_inputs) bits."""
        sums = bits.astype(np.float32) @ self.hidden.T.astype(np.float32) + self.constants
        return self.output.predict(sums >= 0)

    def design(self) -> Design:
        """Return the circuit: a sum and a comparison for each hidden bit, and a sum a class."""
        n_hidden, n = self.hidden.shape
        lines, modules = [], []
        for unit, (weights, constant) in enumerate(
            zip(self.hidden, self.constants.tolist(), strict=True)
        ):
            added = WeightedSum.of(weights, constant)
            width = max(added.largest, abs(added.constant), 1).bit_length() + 1
            modules.append(write_sum(f"hidden_{unit}", n, added.columns, Sum(width)))
            lines += [
                f"  wire [{width - 1}:0] total{unit};",
                f"  hidden_{unit} unit{unit}(.y(x), .total(total{unit}));",
                f"  assign y[{unit}] = total{unit} >= {width}'d{max(0, -added.constant)};",
            ]
        sums = map(WeightedSum.of, self.output.weights, self.output.constants.tolist())
        return Design(n, "\n".join(lines), n_hidden, tuple(sums), "\n".join(modules))


def _pass_through(hard: Array, soft: Array) -> Array:
    """Return a step's value with the gradient of what it was made of."""
    return soft + jax.lax.stop_gradient(hard - soft)


def _ternary(weights: Array) -> Array:
    """Return -1, 0 and 1: what is below 0.7 of the mean size becomes 0 (Li, Liu 2016)."""
    least = 0.7 * jnp.abs(weights).mean(axis=0)
    return _pass_through(jnp.sign(weights) * (jnp.abs(weights) > least), weights)


def _scores(weights: _Weights, bits: Array) -> Array:
    # Divided by the spread of a sum of so many bits, so that a hidden bit has a slope where it
    # turns.
    sums = bits @ _ternary(weights.first) + weights.bias
    soft = jax.nn.sigmoid(sums / jnp.sqrt(bits.shape[1] * 0.15))
    hidden = _pass_through((sums >= 0).astype(soft.dtype), soft)
    return hidden @ weights.second + weights.offset


def fit_perceptron(
    train: tuple[Bits, npt.NDArray[np.integer]],
    held_out: tuple[Bits, npt.NDArray[np.integer]],
    hidden: int,
    epochs: int,
    seed: SeedTree,
) -> PerceptronRival:
    """Train hidden bits with gradients that pass straight through, and round the output weights.

    Parameters
    ----------
    train, held_out : ((n, n_inputs) bool array, (n,) int array)
        Bits and classes; the held-out ones choose what a whole output weight stands for.
    hidden : int
        Hidden bits.
    epochs : int
        How often each training image is used.
    seed : SeedTree
        Of the start and the order.

    References
    ----------
    Li, Liu 2016, arXiv 1605.04711, for weights of three values; Bengio, Leonard, Courville 2013,
    arXiv 1308.3432, for gradients that pass through a step.
    """
    rng = seed.generator()
    bits, labels = train
    classes = int(labels.max()) + 1
    start = _Weights(
        jnp.asarray(rng.normal(0, 0.1, (bits.shape[1], hidden)), jnp.float32),
        jnp.zeros(hidden),
        jnp.asarray(rng.normal(0, 0.1, (hidden, classes)), jnp.float32),
        jnp.zeros(classes),
    )
    trained = _train(start, bits, labels, epochs, rng)
    weights = np.asarray(_ternary(trained.first)).T.round().astype(np.int64)
    # A sum of whole numbers reaches 0 where it reaches what is above it.
    constants = np.floor(np.asarray(trained.bias)).astype(np.int64)
    rivals = []
    for share in np.geomspace(0.3, 1, 5):
        second, scale = round_weights(np.asarray(trained.second).T, _OUTPUT, float(share))
        offset = np.rint(np.asarray(trained.offset) / scale).astype(np.int64)
        rivals.append(PerceptronRival(weights, constants, LinearRival(second, offset)))
    right = [(rival.predict(held_out[0]) == held_out[1]).sum() for rival in rivals]
    return rivals[int(np.argmax(right))]


def _train(
    weights: _Weights,
    bits: Bits,
    labels: npt.NDArray[np.integer],
    epochs: int,
    rng: np.random.Generator,
) -> _Weights:
    steps = len(bits) // _BATCH
    optimiser = optax.adam(optax.cosine_decay_schedule(_RATE, epochs * steps))

    def loss(weights: _Weights, images: Array, classes: Array) -> Array:
        scores = _scores(weights, images)
        return optax.softmax_cross_entropy_with_integer_labels(scores, classes).mean()

    @jax.jit
    def epoch(carry: _State, order: Array) -> _State:
        def step(carry: _State, images: Array) -> tuple[_State, None]:
            weights, state = carry
            slope = jax.grad(loss)(weights, rows[images].astype(jnp.float32), classes[images])
            change, state = optimiser.update(slope, state)
            return (optax.apply_updates(weights, change), state), None

        return jax.lax.scan(step, carry, order)[0]

    rows, classes = jnp.asarray(bits), jnp.asarray(labels, jnp.int32)
    carry = (weights, optimiser.init(weights))
    for _ in range(epochs):
        order = rng.permutation(len(bits))[: steps * _BATCH].reshape(steps, _BATCH)
        carry = epoch(carry, jnp.asarray(order))
    return carry[0]
