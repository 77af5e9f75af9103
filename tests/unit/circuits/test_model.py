"""The network has the parameters it says, keeps signs, and is read out as planted."""

from __future__ import annotations

import jax
import jax.flatten_util
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neuropil.circuits import (
    Dynamics,
    TypeParameters,
    VelocityInput,
    build_circuit,
    cue_state,
    decode,
    effective_weights,
    initial_parameters,
    simulate,
    unwrap_heading,
)
from neuropil.contracts import ConfigError

KEY = jax.random.key(0)


@pytest.mark.parametrize(("types", "size"), [(1, 3), (6, 43), (7, 57)])
def test_there_are_k_squared_plus_k_plus_one_parameters(types, size):
    parameters = initial_parameters(types, KEY)
    assert parameters.size == size
    assert sum(leaf.size for leaf in jax.tree.leaves(parameters)) == size


def test_no_spread_is_the_raw_connectome_exactly(fly_circuit):
    raw = initial_parameters(fly_circuit.n_types, KEY, spread=0.0, scale=1.0)
    np.testing.assert_array_equal(effective_weights(raw, fly_circuit), fly_circuit.weights)
    np.testing.assert_array_equal(raw.deviation, 0)
    np.testing.assert_array_equal(raw.bias, 0)


_numbers = st.floats(-30, 30, width=32)


@settings(deadline=None)
@given(st.lists(_numbers, min_size=9, max_size=9), st.floats(-5, 3, width=32))
def test_signs_never_flip_and_nothing_is_added(ring_circuit, raw_gain, log_scale):
    parameters = TypeParameters(
        jnp.asarray(raw_gain).reshape(3, 3), jnp.zeros(3), jnp.asarray(log_scale)
    )
    weights = np.asarray(effective_weights(parameters, ring_circuit))
    raw = np.asarray(ring_circuit.weights)
    assert np.isfinite(weights).all()
    assert (weights * raw >= 0).all()
    assert (weights[raw == 0] == 0).all()


def test_a_gain_acts_on_its_type_pair_alone(ring_circuit):
    raw = initial_parameters(3, KEY, spread=0.0, scale=1.0)
    pre, post = ring_circuit.type_names.index("EPG"), ring_circuit.type_names.index("Delta7")
    doubled = TypeParameters(
        raw.raw_gain.at[post, pre].set(np.log(np.expm1(2.0))), raw.bias, raw.log_scale
    )
    ratio = np.asarray(effective_weights(doubled, ring_circuit)) / np.where(
        ring_circuit.weights == 0, np.nan, ring_circuit.weights
    )
    inside = np.outer(ring_circuit.members("Delta7"), ring_circuit.members("EPG"))
    np.testing.assert_allclose(ratio[inside & ~np.isnan(ratio)], 2, rtol=1e-6)
    np.testing.assert_allclose(ratio[~inside & ~np.isnan(ratio)], 1, rtol=1e-6)


def test_records_are_every_so_many_steps(ring_circuit):
    parameters = initial_parameters(3, KEY)
    start = cue_state(ring_circuit, jnp.array([0.0, 1.0]))
    velocity = 50 * jax.random.normal(KEY, (20, 2))
    every_step = simulate(parameters, ring_circuit, Dynamics(), start, velocity)
    every_fifth = simulate(parameters, ring_circuit, Dynamics(), start, velocity, every=5)
    assert every_step.shape == (20, 2, 32)
    np.testing.assert_allclose(every_fifth, every_step[4::5], rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("name", ["clip", "softplus", "rectified-tanh"])
def test_rates_never_fall_below_zero(ring_circuit, name):
    parameters = initial_parameters(3, KEY, spread=2.0, scale=3.0)
    start = cue_state(ring_circuit, jnp.arange(4.0))
    velocity = jnp.full((100, 4), 300.0)
    rates = simulate(parameters, ring_circuit, Dynamics(nonlinearity=name), start, velocity)
    assert float(rates.min()) >= 0


def test_an_unknown_nonlinearity_lists_the_known_ones(ring_circuit):
    start = cue_state(ring_circuit, jnp.zeros(1))
    with pytest.raises(ConfigError) as caught:
        simulate(
            initial_parameters(3, KEY),
            ring_circuit,
            Dynamics(nonlinearity="relu"),
            start,
            jnp.zeros((1, 1)),
        )
    assert str(caught.value) == (
        "dynamics.nonlinearity: unknown nonlinearity 'relu'. "
        "Choose one of: clip, softplus, rectified-tanh."
    )


@pytest.mark.parametrize("circuit", ["ring_circuit", "fly_circuit"])
def test_a_cue_is_read_back_where_it_was_put(circuit, request):
    circuit = request.getfixturevalue(circuit)
    headings = jnp.linspace(-3, 3, 25)
    vector = decode(circuit, cue_state(circuit, headings))
    error = np.rad2deg(np.angle(np.asarray(vector) * np.exp(-1j * np.asarray(headings))))
    assert np.abs(error).max() < 2
    # A rectified cosine over a full ring has strength pi / 4.
    assert float(jnp.abs(vector).mean()) == pytest.approx(np.pi / 4, abs=0.03)


def test_a_flat_or_silent_ring_has_no_heading(ring_circuit):
    rates = jnp.stack([jnp.full(32, 0.5), jnp.zeros(32)])
    np.testing.assert_allclose(jnp.abs(decode(ring_circuit, rates)), 0, atol=1e-6)


def test_one_place_alone_is_the_strongest_bump(ring_circuit):
    rates = jnp.zeros(32).at[3].set(0.7)
    vector = complex(decode(ring_circuit, rates))
    assert abs(vector) == pytest.approx(1, abs=1e-5)
    assert np.rad2deg(np.angle(vector)) == pytest.approx(135, abs=1e-3)


def test_turns_add_up_over_several_rounds():
    planted = np.stack([np.linspace(0, 900, 60), np.linspace(0, -1500, 60), np.zeros(60)], axis=1)
    vector = 0.5 * np.exp(1j * np.deg2rad(planted + 170))
    np.testing.assert_allclose(unwrap_heading(jnp.asarray(vector)), planted, atol=2e-2)


def test_a_vector_of_no_length_does_not_turn():
    moved = unwrap_heading(jnp.zeros((5, 2), jnp.complex64))
    np.testing.assert_array_equal(moved, 0)


@pytest.mark.parametrize("direction", [jax.jacfwd, jax.jacrev])
def test_the_table_of_senders_changes_no_rate_and_no_derivative(fly_circuit, direction):
    start = cue_state(fly_circuit, jnp.array([0.3, 2.0]))
    velocity = jnp.full((12, 2), 80.0)
    parameters = initial_parameters(fly_circuit.n_types, KEY, spread=0.5)
    vector, unravel = jax.flatten_util.ravel_pytree(parameters)

    def rates(circuit, numbers):
        return simulate(unravel(numbers), circuit, Dynamics(), start, velocity, 6)[:, :, :20]

    tabled = fly_circuit.with_sender_table()
    assert tabled.sender_table.shape == (6, 46)
    np.testing.assert_array_equal(rates(tabled, vector), rates(fly_circuit, vector))
    found, expected = (
        np.asarray(jax.jit(direction(lambda v, c=c: rates(c, v)))(vector))
        for c in (tabled, fly_circuit)
    )
    np.testing.assert_allclose(found, expected, atol=1e-6 * np.abs(expected).max())


@pytest.mark.parametrize("velocity", [-150.0, 0.0, 60.0])
def test_a_velocity_multiplies_the_answer_of_each_driven_neuron(fly_circuit, velocity):
    parameters = initial_parameters(6, jax.random.key(2), spread=0.3)
    dynamics = Dynamics()
    start = cue_state(fly_circuit, jnp.array([0.3]))

    def answer(v):
        x = simulate(parameters, fly_circuit, dynamics, start, jnp.full((1, 1), v))[0]
        rate = dynamics.step / dynamics.time_constant
        return (np.asarray(x) - np.asarray(start) * (1 - rate)) / rate

    sides = np.sign(np.asarray(fly_circuit.velocity))
    assert np.abs(np.asarray(fly_circuit.velocity)).max() == pytest.approx(0.004)
    expected = answer(0.0) * (1 + 0.004 * velocity * sides)
    np.testing.assert_allclose(answer(velocity), expected, atol=2e-5)


def test_a_driven_neuron_falls_silent_and_no_further(fly_circuit):
    parameters = initial_parameters(6, jax.random.key(2), spread=0.3)
    start = cue_state(fly_circuit, jnp.array([0.3]))
    fast = jnp.full((200, 1), 1000.0)  # 4 / c
    rates = np.asarray(simulate(parameters, fly_circuit, Dynamics(), start, fast, 200))[0, 0]
    right = np.asarray(fly_circuit.velocity) < 0
    assert (rates >= 0).all()
    np.testing.assert_allclose(rates[right], 0, atol=1e-6)
    assert rates[~right].max() > 0


def test_without_turning_it_does_not_matter_how_velocity_acts(fly, fly_circuit):
    added = build_circuit(fly, velocity=VelocityInput(mode="additive"))
    parameters = initial_parameters(6, jax.random.key(2), spread=0.3)
    start, still = cue_state(fly_circuit, jnp.array([0.3])), jnp.zeros((50, 1))
    one, other = (
        simulate(parameters, circuit, Dynamics(), start, still, 50)
        for circuit in (fly_circuit, added)
    )
    np.testing.assert_allclose(one, other, rtol=1e-6, atol=1e-7)
