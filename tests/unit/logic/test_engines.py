"""Training steps: the written gradients, and the kernel, agree with automatic differentiation."""

from __future__ import annotations

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from neuropil.contracts import ConfigError
from neuropil.logic import BASIS, TRUTH
from neuropil.logic.timing import compare_projection, evaluate_sixteen
from neuropil.logic.training.engine import ChoiceRule, TauRule
from neuropil.logic.training.engines import choose_engine
from neuropil.logic.training.jax_engine import JaxEngine, soft_scores
from neuropil.logic.training.kernel import KernelEngine
from neuropil.logic.training.model import Logits, build_routes, class_scores, cross_entropy
from neuropil.logic.training.network import draw_network, harden, transpose_candidates

NETWORKS = [
    ((40,), (5,), TauRule()),
    ((40, 30, 20), (5, 4, 1), TauRule(True, 4.0, 2.0)),
    ((40, 20), (0, 0), TauRule()),
]


def plain_scores(logits, layers, rows, sharpness):
    """The network as the equations say it, with nothing but automatic differentiation."""
    for part, layer in zip(logits, layers, strict=True):
        shares = jax.nn.softmax(sharpness[0] * part.wires, axis=1)
        slots = jnp.einsum("sk,skb->sb", shares, rows[layer.sources])
        kinds = jax.nn.softmax(sharpness[1] * part.kinds, axis=1)
        rows = evaluate_sixteen(kinds, slots[0::2], slots[1::2])
    return rows.reshape(10, -1, rows.shape[1]).sum(1)


@pytest.mark.parametrize(("gates", "candidates", "tau"), NETWORKS)
def test_scores_and_gradients_are_those_of_the_equations(gates, candidates, tau, draw_chunk):
    network, chunk, bits = draw_chunk(gates, candidates, tau)
    rows, labels = jnp.asarray(bits.T, jnp.float32), jnp.asarray(chunk.labels)
    logits = tuple(Logits(layer.wires, layer.kinds) for layer in network.layers)
    sizes = chunk.sources(network)
    routes = [
        build_routes(layer, n, backward=True)
        for layer, n in zip(network.layers, sizes, strict=True)
    ]
    sharp = jnp.array([2.0, 1.5])

    def ours(logits):
        return cross_entropy(class_scores(logits, routes, rows, sharp, 10) / 3, labels)

    def plain(logits):
        return cross_entropy(plain_scores(logits, network.layers, rows, sharp) / 3, labels)

    loss, slope = jax.value_and_grad(ours)(logits)
    wanted, wanted_slope = jax.value_and_grad(plain)(logits)
    assert float(loss) == pytest.approx(float(wanted), abs=1e-5)
    for one, other in zip(jax.tree.leaves(slope), jax.tree.leaves(wanted_slope), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)
    counts = soft_scores(network, bits, (2.0, 1.5), 10)
    np.testing.assert_allclose(
        counts.T, plain_scores(logits, network.layers, rows, sharp), atol=1e-4
    )


@pytest.mark.parametrize(("gates", "candidates", "tau"), NETWORKS)
def test_the_kernel_takes_the_same_steps_as_jax(gates, candidates, tau, draw_chunk, kernel):
    network, chunk, _ = draw_chunk(gates, candidates, tau)
    before = network.layers[0].wires.copy()
    one, losses = JaxEngine().run(network, chunk)
    other, others = KernelEngine(kernel).run(network, chunk)
    assert np.array_equal(network.layers[0].wires, before)
    np.testing.assert_allclose(others, losses, rtol=1e-5)
    assert losses[-5:].mean() < losses[:5].mean()
    assert (one.taken, other.taken) == (30, 30)
    assert other.tau == pytest.approx(one.tau, rel=1e-5)
    assert (one.tau != 3.0) == tau.adaptive
    for ours, theirs in zip(one.layers, other.layers, strict=True):
        np.testing.assert_allclose(theirs.wires, ours.wires, atol=2e-4)
        np.testing.assert_allclose(theirs.kinds, ours.kinds, atol=2e-4)


def test_the_kernel_reads_many_inputs_as_few(draw_chunk, kernel):
    network, chunk, _ = draw_chunk((40,), (5,), TauRule(), n_inputs=20_000)
    one, losses = JaxEngine().run(network, chunk)
    other, others = KernelEngine(kernel).run(network, chunk)
    np.testing.assert_allclose(others, losses, rtol=1e-5)
    np.testing.assert_allclose(other.layers[0].wires, one.layers[0].wires, atol=2e-4)


@pytest.mark.parametrize("straight", [True, False])
@pytest.mark.parametrize("noise", [0.0, 1.0])
def test_the_kernel_chooses_as_jax_does(straight, noise, draw_chunk, kernel):
    choice = ChoiceRule(straight, noise, seed=7)
    network, chunk, _ = draw_chunk((40, 20), (5, 4), TauRule(), choice=choice)
    first = replace(chunk, order=chunk.order[:4], settings=chunk.settings[:4])
    one, losses = JaxEngine().run(network, first)
    other, others = KernelEngine(kernel).run(network, first)
    np.testing.assert_allclose(others, losses, rtol=1e-5)
    for ours, theirs in zip(one.layers, other.layers, strict=True):
        np.testing.assert_allclose(theirs.wires, ours.wires, atol=2e-4)
    plain = replace(first, choice=ChoiceRule())
    differs = not np.allclose(JaxEngine().run(network, plain)[1], losses, rtol=1e-3)
    assert differs == (straight or noise > 0)


def _gradients(library, network, chunk, *, exact):
    """The loss and the gradients of one step: the first moment is a tenth of them."""
    one = replace(chunk, order=chunk.order[:1], settings=chunk.settings[:1])
    after, losses = KernelEngine(library, exact=exact).run(network, one)
    return losses, [(layer.wires_mean, layer.kinds_mean) for layer in after.layers]


@pytest.mark.parametrize(("gates", "candidates", "tau"), NETWORKS)
@pytest.mark.parametrize("batch", [256, 512])
def test_whole_numbers_of_16_bits_give_the_same_step(
    gates, candidates, tau, batch, draw_chunk, kernel
):
    network, chunk, _ = draw_chunk(gates, candidates, tau, batch=batch)
    loss, gradients = _gradients(kernel, network, chunk, exact=False)
    wanted, exact = _gradients(kernel, network, chunk, exact=True)
    np.testing.assert_allclose(loss, wanted, rtol=1e-5)
    for ours, theirs in zip(gradients, exact, strict=True):
        for one, other in zip(ours, theirs, strict=True):
            # Slopes are rounded to one part in 4,000 of the largest in their row.
            assert np.abs(one - other).max() <= 2e-3 * np.abs(other).max()


@pytest.mark.parametrize(("gates", "candidates"), [((40,), (70,)), ((40, 20), (70, 40))])
def test_sums_of_16_bits_do_not_overflow(gates, candidates, draw_chunk, kernel):
    network, chunk, _ = draw_chunk(gates, candidates, TauRule(), n_inputs=70, batch=256)
    # Every bit is on and every image of one class: all terms of all sums have one sign and are
    # as large as they can be.
    worst = replace(chunk, bits=np.full_like(chunk.bits, 255), labels=np.zeros_like(chunk.labels))
    loss, gradients = _gradients(kernel, network, worst, exact=False)
    wanted, exact = _gradients(kernel, network, worst, exact=True)
    np.testing.assert_allclose(loss, wanted, rtol=1e-5)
    for ours, theirs in zip(gradients, exact, strict=True):
        kinds = np.abs(ours[1] - theirs[1])
        assert kinds.max() <= 2e-3 * np.abs(theirs[1]).max()


def test_training_in_16_bits_ends_where_floats_end(draw_chunk, kernel):
    network, chunk, _ = draw_chunk((40, 30), (5, 4), TauRule(), batch=256)
    _, losses = KernelEngine(kernel).run(network, chunk)
    _, wanted = JaxEngine().run(network, chunk)
    np.testing.assert_allclose(losses, wanted, rtol=2e-3)
    assert losses[-5:].mean() < losses[:5].mean()


def test_smoothed_labels_are_the_same_in_both_engines(draw_chunk, kernel):
    network, chunk, _ = draw_chunk((40,), (5,), TauRule())
    smooth = replace(chunk, smoothing=0.2)
    one, losses = JaxEngine().run(network, smooth)
    other, others = KernelEngine(kernel).run(network, smooth)
    np.testing.assert_allclose(others, losses, rtol=1e-5)
    np.testing.assert_allclose(other.layers[0].wires, one.layers[0].wires, atol=2e-4)
    assert not np.allclose(losses, JaxEngine().run(network, chunk)[1], rtol=1e-3)


def test_the_smoothed_loss_is_lowest_at_the_smoothed_label():
    scores = jnp.log(jnp.array([[0.9], [0.05], [0.05]]))
    smoothed = cross_entropy(scores, jnp.array([0]), 0.15)
    entropy = -(0.9 * np.log(0.9) + 0.1 * np.log(0.05))
    assert float(smoothed) == pytest.approx(entropy, abs=1e-6)
    assert float(cross_entropy(scores, jnp.array([0]))) == pytest.approx(-np.log(0.9), abs=1e-6)


def test_straight_choices_are_seen_as_the_hard_circuit(draw_chunk):
    network, _, bits = draw_chunk((40, 20), (5, 4), TauRule())
    logits = tuple(Logits(layer.wires, layer.kinds) for layer in network.layers)
    routes = [
        build_routes(layer, n, backward=False)
        for layer, n in zip(network.layers, (21, 40), strict=True)
    ]
    rows, sharp = jnp.asarray(bits.T, jnp.float32), jnp.ones(2)
    counts = class_scores(logits, routes, rows, sharp, 10, ChoiceRule(straight=True))
    hard = harden(network, 21, tuple("0123456789"))(bits)
    np.testing.assert_allclose(counts.T, hard, atol=1e-5)


def test_two_calls_go_on_as_one(draw_chunk, kernel):
    network, chunk, _ = draw_chunk((40,), (5,), TauRule())
    whole, _ = KernelEngine(kernel).run(network, chunk)
    halves = network
    for part in (slice(0, 15), slice(15, 30)):
        piece = type(chunk)(**(vars(chunk) | {"order": chunk.order[part].copy()}))
        halves, _ = KernelEngine(kernel).run(halves, piece)
    assert np.array_equal(halves.layers[0].wires, whole.layers[0].wires)


def test_sharp_choices_are_the_hard_circuit(draw_chunk):
    network, _, bits = draw_chunk((40, 20), (5, 4), TauRule())
    soft = soft_scores(network, bits, (1e4, 1e4), 10)
    hard = harden(network, 21, tuple("0123456789"))(bits)
    np.testing.assert_allclose(soft, hard, atol=1e-3)


def test_projection_equals_all_sixteen_gates():
    difference, _ = compare_projection(n_gates=200, batch=32)
    assert difference <= 1e-6
    a, b = np.random.default_rng(0).random((2, 16, 8), np.float32)
    one, left, right, both = BASIS.T[:, :, None]
    gates = np.stack([1 - a - b + a * b, b - a * b, a - a * b, a * b], axis=-1)
    expected = (gates * TRUTH[:, None, :]).sum(-1)
    np.testing.assert_allclose(one + left * a + right * b + both * a * b, expected, atol=1e-6)


def test_fixed_wires_use_every_source_equally_often():
    usable = np.arange(3, 10, dtype=np.int32)
    network = draw_network((20,), (1,), usable, 1.0, np.random.default_rng(0))
    counts = np.bincount(network.layers[0].sources.ravel(), minlength=10)
    assert counts[:3].tolist() == [0, 0, 0]
    assert set(counts[3:]) <= {5, 6}


def test_candidates_of_a_slot_are_distinct_and_usable():
    usable = np.arange(5, 60, dtype=np.int32)
    network = draw_network((400,), (12,), usable, 1.0, np.random.default_rng(0))
    sources = network.layers[0].sources
    assert all(len(set(row)) == 12 for row in sources.tolist())
    assert set(sources.ravel()) == set(usable)


def test_the_lists_by_source_name_every_candidate_once():
    sources = np.array([[2, 0], [2, 1], [0, 2]], np.int32)
    start, member = transpose_candidates(sources, 4)
    assert start.tolist() == [0, 2, 3, 6, 6]
    assert sources.ravel()[member].tolist() == [0, 0, 1, 2, 2, 2]


def test_a_kernel_that_cannot_be_had_is_an_error_only_when_asked_for(monkeypatch):
    monkeypatch.setattr(
        "neuropil.logic.training.engines.load_kernel", lambda: (None, "found no cc or clang")
    )
    assert choose_engine("auto").name == "JAX on cpu"
    with pytest.raises(ConfigError) as caught:
        choose_engine("kernel")
    assert str(caught.value) == (
        "engine: expected a working C compiler, found no cc or clang. "
        "Install one, name it in CC, or choose the engine jax."
    )
