"""Ring neurons: a seventh type that starts unheard, and a cue that pulls the bump."""

from __future__ import annotations

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import polars as pl
import pytest

from neuropil.circuits import (
    Dynamics,
    Network,
    RingReadout,
    VelocityInput,
    build_circuit,
    cue_state,
    initial_parameters,
    simulate,
)
from neuropil.circuits.experiments.ring_neurons import (
    add_ring_neurons,
    compute_cue_preference,
    cue_objective,
    extend_parameters,
    measure_anchoring,
)
from neuropil.connectome import Connectome
from neuropil.contracts import ConfigError
from neuropil.datasets import load


@pytest.mark.usefixtures("real_data")
def test_the_larger_circuit_has_the_published_size() -> None:
    whole = add_ring_neurons(load("hemibrain-head-direction"))
    circuit = build_circuit(whole)
    assert circuit.n_neurons == 392
    assert circuit.type_names[-1] == "ER"
    assert circuit.members("ER").sum() == 240
    ring = circuit.members("ER")
    weights = 100 * np.asarray(circuit.weights)
    assert -weights[~ring][:, ring].sum() == pytest.approx(94300)
    assert weights[ring][:, ~ring].sum() == pytest.approx(3397)
    assert not weights[np.ix_(ring, ring)].any()
    assert initial_parameters(circuit.n_types, jax.random.key(0)).size == 57


def test_another_circuit_has_no_ring_neurons(fly, real_data) -> None:
    del real_data
    with pytest.raises(ConfigError) as caught:
        add_ring_neurons(fly)
    assert str(caught.value) == (
        "include: none of the 286 neurons of hemibrain-ring-neurons is in "
        "synthetic-head-direction. Include ER only with the hemibrain circuit."
    )


@pytest.fixture
def cued(ring):
    """The small ring with eight ER; each inhibits all places but one, and the EPG excite them."""
    nodes = pl.DataFrame(
        {
            "id": list(range(900, 908)),
            "cell_type": ["ER"] * 8,
            "side": [None] * 8,
            "sign": [-1] * 8,
            "glomerulus": [None] * 8,
            "ring_angle_deg": [None] * 8,
        },
        schema_overrides={"side": pl.String, "glomerulus": pl.String, "ring_angle_deg": pl.Float64},
    )
    counts = np.zeros((40, 40), int)
    counts[:32, :32] = ring.adjacency().toarray()
    counts[32:, :8] = 10 * (1 - np.eye(8, dtype=int))
    whole = Connectome.from_matrix(counts, pl.concat([ring.nodes, nodes]), unit="synapses")
    return build_circuit(whole, RingReadout(), VelocityInput(cell_types=("PEN_a",), gain=0.006))


def test_the_preference_is_what_inhibition_leaves_free(cued) -> None:
    preference = np.rad2deg(np.asarray(compute_cue_preference(cued)))[cued.members("ER")]
    np.testing.assert_allclose(np.mod(preference + 1, 360), 45.0 * np.arange(8) + 1, atol=1e-3)


def test_bumps_go_to_the_cue_and_follow_it(cued, compass) -> None:
    parameters = extend_parameters(compass, cued)
    np.testing.assert_array_equal(parameters.gain[:3, :3], compass.gain)
    heard = parameters.raw_gain.at[0, 3].set(0.0)
    parameters = type(parameters)(heard, parameters.bias, parameters.log_scale)
    trace = measure_anchoring(Network(parameters, cued, Dynamics()), cue=90.0, shift=90.0)
    assert trace.heading.shape == (120, 16)
    assert np.isnan(trace.cue[:40]).all()
    assert (trace.cue[40:80] == 90).all()
    assert (trace.cue[80:] == 180).all()
    assert np.median(trace.distance(4.1)) > 60
    assert np.median(trace.distance(8.0)) < 25
    assert np.median(trace.distance(12.0)) < 25


def test_silent_ring_neurons_change_nothing(cued, compass) -> None:
    parameters = extend_parameters(compass, cued)
    silent = parameters.raw_gain.at[:, 3].set(-40.0)
    parameters = type(parameters)(silent, parameters.bias, parameters.log_scale)
    start = cue_state(cued, jnp.zeros(1))
    still = jnp.zeros((50, 1))
    with_ring = simulate(parameters, cued, Dynamics(), start, still)[-1, 0, :32]
    small = build_small(cued)
    alone = simulate(compass, small, Dynamics(), cue_state(small, jnp.zeros(1)), still)[-1, 0]
    np.testing.assert_allclose(with_ring, alone, atol=1e-5)


def test_the_cue_objective_is_the_distance_of_the_bump_in_tolerances(cued, compass) -> None:
    objective = cue_objective(cued, 0.02)
    parameters = extend_parameters(compass, cued)

    def loss(gain: float) -> float:
        raw = parameters.raw_gain.at[0, 3].set(gain)
        network = type(parameters)(raw, parameters.bias, parameters.log_scale)
        return float(jnp.sum(objective(network, cued, Dynamics(step=0.02)) ** 2))

    away = np.deg2rad([60, 90, 120, 150])
    standing = np.mean((2 * np.sin(away / 2)) ** 2) * np.rad2deg(1) ** 2 / 20**2
    assert loss(-40.0) == pytest.approx(standing, rel=0.05)
    assert loss(0.0) < 0.1 * standing


def build_small(cued):
    return replace(
        cued,
        weights=cued.weights[:32, :32],
        type_index=cued.type_index[:32],
        velocity=cued.velocity[:32],
        type_names=cued.type_names[:3],
    )
