"""The spectrum and the dimensions of planted states are found."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

from neuropil.circuits import (
    Circuit,
    Dynamics,
    Network,
    TypeParameters,
    VelocityInput,
    build_circuit,
    compute_principal_components,
    decode,
    linearise,
    measure_hold,
    unwrap_heading,
)

RAW = float(np.log(np.e - 1))  # softplus of this is 1


def _two_neurons(weights):
    circuit = Circuit(
        weights=jnp.asarray(weights),
        type_index=jnp.arange(2),
        angles=jnp.zeros(1),
        readout=jnp.arange(1),
        readout_weights=jnp.ones(1),
        velocity=jnp.zeros(2),
        type_names=("A", "B"),
    )
    return TypeParameters(jnp.full((2, 2), RAW), jnp.zeros(2), jnp.zeros(())), circuit


def test_the_spectrum_of_two_linear_neurons_is_the_analytic_one():
    parameters, circuit = _two_neurons([[0.2, 0.3], [0.1, 0.4]])  # eigenvalues 0.5 and 0.1
    dynamics = Dynamics(nonlinearity="clip", time_constant=0.1)
    rates = np.array([[0.5, 0.5], [5.0, 5.0]])  # in the linear range, and saturated
    spectrum = linearise(Network(parameters, circuit, dynamics), rates).spectrum
    np.testing.assert_allclose(spectrum, [[-5, -9], [-10, -10]], rtol=1e-5)


def test_a_rotation_has_the_real_part_of_its_complex_pair():
    parameters, circuit = _two_neurons([[0.6, -0.3], [0.3, 0.6]])
    dynamics = Dynamics(nonlinearity="clip", time_constant=0.2, leak=1.5)
    network = Network(parameters, circuit, dynamics)
    spectrum = linearise(network, np.array([[1.0, 0.5]])).spectrum
    np.testing.assert_allclose(spectrum, [[(0.6 - 1.5) / 0.2] * 2], rtol=1e-5)


def test_a_circle_has_two_equal_components():
    angle = np.arange(60) * 2 * np.pi / 60
    plane = np.linalg.qr(np.random.default_rng(0).normal(size=(10, 2)))[0]
    rates = 3 + np.c_[np.cos(angle), np.sin(angle)] @ plane.T
    scores, share = compute_principal_components(rates)
    np.testing.assert_allclose(share[:3], [0.5, 0.5, 0], atol=1e-12)
    np.testing.assert_allclose(np.hypot(*scores.T), 1, rtol=1e-9)


@pytest.mark.parametrize("mode", ["gain", "additive"])
def test_the_local_gain_is_the_speed_of_a_slow_turn(ring, compass, mode):
    drive = VelocityInput(cell_types=("PEN_a",), mode=mode, gain=0.006)
    circuit = build_circuit(ring, velocity=drive)
    network = Network(compass, circuit, Dynamics(step=0.01, time_constant=0.1))
    start = measure_hold(network, n_starts=8, seconds=20.0).final
    turned = []
    for velocity in (-0.05, 0.05):  # so slow that the bump stays where it is linearised
        rates = network.simulate(jnp.asarray(start), jnp.full((300, 8), velocity), every=100)
        moved = np.asarray(unwrap_heading(decode(circuit, rates)))
        turned.append(moved[-1] - moved[0])
    # Displacements of 0.1 deg in single precision; the difference takes off what drifts by itself.
    speed = (turned[1] - turned[0]) / 2.0 / 0.1
    np.testing.assert_allclose(linearise(network, start).local_gain, speed, rtol=0.1, atol=0.02)
