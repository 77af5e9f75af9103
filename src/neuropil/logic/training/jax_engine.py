"""Training steps in JAX alone: the reference, and the way to an accelerator."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt
import optax
from jaxtyping import Array

from neuropil.logic.training.engine import ADAM, ChoiceRule, Chunk, TauRule
from neuropil.logic.training.model import Logits, Routes, build_routes, class_scores, cross_entropy
from neuropil.logic.training.network import GateNetwork, Layer

__all__ = ["JaxEngine", "soft_scores"]

_EVALUATED = 512  # images that are scored at a time, which bounds the memory; not tuned


class _State(NamedTuple):
    """Everything that changes from step to step."""

    logits: tuple[Logits, ...]
    moments: Any
    tau: Array


class JaxEngine:
    """Runs the steps as one compiled scan, on any backend of JAX."""

    @property
    def name(self) -> str:
        """Name that a report shows."""
        return f"JAX on {jax.default_backend()}"

    def run(
        self, network: GateNetwork, chunk: Chunk
    ) -> tuple[GateNetwork, npt.NDArray[np.float32]]:
        """Return the network after all steps, and the loss of each step before its update."""
        routes = tuple(
            build_routes(layer, n, backward=depth > 0)
            for depth, (layer, n) in enumerate(
                zip(network.layers, chunk.sources(network), strict=True)
            )
        )
        state, losses = _run(
            _to_state(network),
            routes,
            jnp.asarray(chunk.bits),
            jnp.asarray(chunk.labels),
            (jnp.asarray(chunk.order), jnp.asarray(chunk.settings)),
            rules=(chunk.tau, chunk.choice, chunk.smoothing),
            sizes=(chunk.n_inputs, chunk.n_classes),
        )
        return _from_state(network, state), np.asarray(losses)


def _to_state(network: GateNetwork) -> _State:
    def gather(wires: str, kinds: str) -> tuple[Logits, ...]:
        return tuple(
            Logits(jnp.asarray(getattr(layer, wires)), jnp.asarray(getattr(layer, kinds)))
            for layer in network.layers
        )

    moments = optax.ScaleByAdamState(
        jnp.asarray(network.taken, jnp.int32),
        gather("wires_mean", "kinds_mean"),
        gather("wires_square", "kinds_square"),
    )
    return _State(gather("wires", "kinds"), moments, jnp.asarray(network.tau, jnp.float32))


def _from_state(network: GateNetwork, state: _State) -> GateNetwork:
    trees = zip(network.layers, state.logits, state.moments.mu, state.moments.nu, strict=True)
    layers = tuple(
        Layer(
            layer.sources,
            *(np.asarray(part.wires) for part in (logits, mean, square)),
            *(np.asarray(part.kinds) for part in (logits, mean, square)),
        )
        for layer, logits, mean, square in trees
    )
    return GateNetwork(layers, int(state.moments.count), float(state.tau))


def _unpack(bits: Array, n_inputs: int) -> Array:
    """Return (n_inputs, batch) rows of packed (batch, bytes) bits."""
    rows = (bits[:, :, None] >> jnp.arange(8, dtype=jnp.uint8)) & 1
    return rows.reshape(bits.shape[0], -1)[:, :n_inputs].T.astype(jnp.float32)


@partial(jax.jit, static_argnames=("rules", "sizes"))
def _run(
    state: _State,
    routes: tuple[Routes, ...],
    bits: Array,
    labels: Array,
    steps: tuple[Array, Array],
    *,
    rules: tuple[TauRule, ChoiceRule, float],
    sizes: tuple[int, int],
) -> tuple[_State, Array]:
    (tau, choice, smoothing), (n_inputs, n_classes) = rules, sizes
    adam = optax.scale_by_adam(*ADAM)

    def one(state: _State, step: tuple[Array, Array]) -> tuple[_State, Array]:
        images, settings = step
        rows = _unpack(bits[images], n_inputs)

        def loss_of(logits: tuple[Logits, ...]) -> tuple[Array, Array]:
            step = state.moments.count
            counts = class_scores(logits, routes, rows, settings[:2], n_classes, choice, step)
            divisor = _follow(state.tau, jax.lax.stop_gradient(counts), tau)
            return cross_entropy(counts / divisor, labels[images], smoothing), divisor

        (loss, divisor), slope = jax.value_and_grad(loss_of, has_aux=True)(state.logits)
        updates, moments = adam.update(slope, state.moments)
        logits = tuple(
            Logits(
                layer.wires - settings[2] * update.wires, layer.kinds - settings[3] * update.kinds
            )
            for layer, update in zip(state.logits, updates, strict=True)
        )
        return _State(logits, moments, divisor), loss

    return jax.lax.scan(one, state, steps)


def _follow(now: Array, counts: Array, tau: TauRule) -> Array:
    if not tau.adaptive:
        return now
    # The kernel has the same weights, in train.c.
    return jnp.minimum(0.97 * now + 0.03 * jnp.std(counts) / tau.divisor, tau.limit)


def soft_scores(
    network: GateNetwork,
    bits: npt.NDArray[np.bool_],
    sharpness: Sequence[float],
    n_classes: int,
) -> npt.NDArray[np.float32]:
    """Return the soft class counts of a network, as training sees it.

    Parameters
    ----------
    network : GateNetwork
        Trained or not.
    bits : (n, n_inputs) array
        Inputs.
    sharpness : (float, float)
        Of wires and of gates.
    n_classes : int
        Number of classes.

    Returns
    -------
    (n, n_classes) float32 array
        Sums of the outputs of each class.
    """
    state = _to_state(network)
    n_sources = [bits.shape[1], *(len(layer.kinds) for layer in network.layers[:-1])]
    routes = tuple(
        build_routes(layer, n, backward=False)
        for layer, n in zip(network.layers, n_sources, strict=True)
    )
    sharp = jnp.asarray(sharpness, jnp.float32)
    parts = []
    for start in range(0, len(bits), _EVALUATED):
        part = bits[start : start + _EVALUATED]
        rows = np.zeros((bits.shape[1], min(_EVALUATED, len(bits))), np.float32)
        rows[:, : len(part)] = part.T
        counts = _scores(state.logits, routes, jnp.asarray(rows), sharp, n_classes)
        parts.append(np.asarray(counts).T[: len(part)])
    return np.concatenate(parts)


_scores = jax.jit(class_scores, static_argnums=4)
