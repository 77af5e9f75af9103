"""The mathematics of a soft gate network, as pure functions on rows of activities.

Activities have one row for each source and one column for each image, so that a slot is a weighted
sum of rows. The gradients are written out: automatic differentiation of a gather scatters, which
is slow on every machine.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from neuropil.logic.netlist.gates import BASIS
from neuropil.logic.training.engine import SOFT, ChoiceRule
from neuropil.logic.training.network import Ints, Layer, transpose_candidates

__all__ = ["Logits", "Routes", "build_routes", "class_scores", "cross_entropy", "evaluate_gates"]


class Logits(NamedTuple):
    """What is learned in one layer.

    Parameters
    ----------
    wires : (2 n_gates, K) array
        Logits of the candidate sources.
    kinds : (n_gates, 16) array
        Logits of the gates.
    """

    wires: Array
    kinds: Array


class Routes(NamedTuple):
    """Where the candidates of one layer come from, and the same list by source.

    Parameters
    ----------
    sources : (2 n_gates, K) array
        Sources.
    places : (n_sources, D) array
        Places in the flattened ``sources`` that name each source; ``sources.size`` fills the rest.
        Without rows where no gradient flows to the sources.
    """

    sources: Array
    places: Array


def build_routes(layer: Layer, n_sources: int, *, backward: bool) -> Routes:
    """Build the lists that a layer is evaluated with.

    Parameters
    ----------
    layer : Layer
        Its candidates.
    n_sources : int
        Number of rows that it reads.
    backward : bool
        Whether the gradient with respect to the rows is wanted.
    """
    places: Ints = np.zeros((0, 0), np.int32)
    if backward:
        start, member = transpose_candidates(layer.sources, n_sources)
        counts = np.diff(start)
        places = np.full((n_sources, int(counts.max())), layer.sources.size, np.int32)
        rows = np.repeat(np.arange(n_sources), counts)
        places[rows, np.arange(member.size) - start[rows]] = member
    return Routes(jnp.asarray(layer.sources), jnp.asarray(places))


@jax.custom_vjp
def evaluate_gates(terms: Array, a: Array, b: Array) -> Array:
    """Evaluate bilinear gates: c0 + c1 A + c2 B + c3 A B.

    Parameters
    ----------
    terms : (n_gates, 4) array
        Coefficients of 1, A, B and AB.
    a, b : (n_gates, batch) array
        Inputs in [0, 1].

    Returns
    -------
    (n_gates, batch) array
        Outputs.
    """
    one, left, right, both = (terms[:, column, None] for column in range(4))
    return one + left * a + (right + both * a) * b


def _gates_forward(terms: Array, a: Array, b: Array) -> tuple[Array, tuple[Array, ...]]:
    return evaluate_gates(terms, a, b), (terms, a, b)


def _gates_backward(kept: tuple[Array, ...], slope: Array) -> tuple[Array, Array, Array]:
    terms, a, b = kept
    _, left, right, both = (terms[:, column, None] for column in range(4))
    to_terms = [jnp.sum(part, axis=1) for part in (slope, slope * a, slope * b, slope * a * b)]
    return jnp.stack(to_terms, axis=1), slope * (left + both * b), slope * (right + both * a)


evaluate_gates.defvjp(_gates_forward, _gates_backward)


@jax.custom_vjp
def _mix(shares: Array, rows: Array, routes: Routes) -> Array:
    """Return (slots, batch) sums of rows, weighted with (slots, K) shares."""
    start = jnp.zeros((routes.sources.shape[0], rows.shape[1]), rows.dtype)

    def add(total: Array, column: tuple[Array, Array]) -> tuple[Array, None]:
        share, source = column
        return total + share[:, None] * rows[source], None

    return jax.lax.scan(add, start, (shares.T, routes.sources.T))[0]


def _mix_forward(
    shares: Array, rows: Array, routes: Routes
) -> tuple[Array, tuple[Array, Array, Routes]]:
    return _mix(shares, rows, routes), (shares, rows, routes)


def _mix_backward(kept: tuple[Array, Array, Routes], slope: Array) -> tuple[Array, Array, None]:
    shares, rows, routes = kept

    def along(source: Array) -> Array:
        return jnp.sum(slope * rows[source], axis=1)

    to_shares = jax.lax.map(along, routes.sources.T).T
    return to_shares, _gather_back(shares, rows, routes, slope), None


def _gather_back(shares: Array, rows: Array, routes: Routes, slope: Array) -> Array:
    """Return the gradient of the rows, gathered by the list of each source."""
    if not routes.places.size:
        return jnp.zeros_like(rows)
    weights = jnp.append(shares.ravel(), 0.0)

    def add(total: Array, place: Array) -> tuple[Array, None]:
        slot = jnp.minimum(place // shares.shape[1], shares.shape[0] - 1)
        return total + weights[place][:, None] * slope[slot], None

    return jax.lax.scan(add, jnp.zeros_like(rows), routes.places.T)[0]


_mix.defvjp(_mix_forward, _mix_backward)


def _scramble(x: Array) -> Array:
    """Return well-mixed 32-bit numbers of 32-bit numbers, as the kernel does."""
    # Shifts and factors of lowbias32, a hash by C. Wellons that was searched for low bias.
    x = (x ^ (x >> 16)) * jnp.uint32(0x7FEB352D)
    x = (x ^ (x >> 15)) * jnp.uint32(0x846CA68B)
    return x ^ (x >> 16)


def _draw_noise(shape: tuple[int, ...], choice: ChoiceRule, step: Array, place: int) -> Array:
    """Return standard Gumbel noise; ``place`` is twice the layer, and one more for gates."""
    # 2^32 over the golden ratio: multiples of it fall apart evenly.
    golden = jnp.uint32(0x9E3779B9)
    key = _scramble(
        jnp.uint32(choice.seed) + _scramble(step.astype(jnp.uint32) * golden + jnp.uint32(place))
    )
    index = jnp.arange(math.prod(shape), dtype=jnp.uint32).reshape(shape)
    # 24 bits are what a 32-bit float holds exactly; the half keeps both logarithms finite.
    uniform = ((_scramble(key + index * golden) >> 8).astype(jnp.float32) + 0.5) / 2**24
    return -jnp.log(-jnp.log(uniform))


def _choose(logits: Array, sharpness: Array, choice: ChoiceRule, step: Array, place: int) -> Array:
    """Return the shares of the options along the last axis, as the forward pass uses them."""
    sharp = sharpness * logits
    if choice.noise:
        sharp = sharp + choice.noise * _draw_noise(logits.shape, choice, step, place)
    shares = jax.nn.softmax(sharp, axis=1)
    if not choice.straight:
        return shares
    one = jax.nn.one_hot(jnp.argmax(sharp, axis=1), sharp.shape[1])
    return one + (shares - jax.lax.stop_gradient(shares))


def class_scores(
    logits: Sequence[Logits],
    routes: Sequence[Routes],
    rows: Array,
    sharpness: Array,
    n_classes: int,
    choice: ChoiceRule = SOFT,
    step: Array | int = 0,
) -> Array:
    """Return the soft class counts of a network.

    Parameters
    ----------
    logits : sequence of Logits
        From inputs to outputs.
    routes : sequence of Routes
        Of the same layers.
    rows : (n_inputs, batch) array
        Input bits, 0 or 1.
    sharpness : (2,) array
        Factors of the logits of wires and of gates in their softmax.
    n_classes : int
        Number of equal runs of outputs that are summed.
    choice : ChoiceRule
        How wires and gates are chosen.
    step : int
        Step of Adam, from 0, on which the noise depends.

    Returns
    -------
    (n_classes, batch) array
        Sums of the outputs of each class, before the division by tau.
    """
    now = jnp.asarray(step)
    for depth, (layer, route) in enumerate(zip(logits, routes, strict=True)):
        shares = _choose(layer.wires, sharpness[0], choice, now, 2 * depth)
        slots = _mix(shares, rows, route)
        terms = _choose(layer.kinds, sharpness[1], choice, now, 2 * depth + 1) @ BASIS
        rows = evaluate_gates(terms, slots[0::2], slots[1::2])
    return jnp.sum(rows.reshape(n_classes, -1, rows.shape[1]), axis=1)


def cross_entropy(scores: Array, labels: Array, smoothing: float = 0.0) -> Array:
    """Return the mean cross-entropy of (n_classes, batch) scores and (batch,) labels.

    Parameters
    ----------
    scores : (n_classes, batch) array
        Counts over tau.
    labels : (batch,) int array
        Classes.
    smoothing : float
        Share of each label that is spread evenly over all classes.
    """
    right = jnp.take_along_axis(scores, labels[None, :], axis=0)[0]
    aim = (1 - smoothing) * right + smoothing * jnp.mean(scores, axis=0)
    return jnp.mean(jax.nn.logsumexp(scores, axis=0) - aim)
