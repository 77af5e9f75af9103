"""Networks that do not turn are told from those that turn badly, in numbers and in words."""

from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from neuropil.circuits import Dynamics, Network, initial_parameters, measure
from neuropil.circuits.score import measure_shuffled, metrics_of
from neuropil.contracts import SeedTree, Verdict

SEED = SeedTree(3)


@pytest.fixture(scope="module")
def dead(ring_circuit):
    silent = initial_parameters(3, jax.random.key(0), spread=0.0, scale=1e-6)
    silent = eqx.tree_at(lambda p: p.bias, silent, jnp.full(3, -20.0))
    return Network(silent, ring_circuit, Dynamics(step=0.02))


def _measure(network):
    return measure(network, SEED, n_walks=3, walk_seconds=3.0, n_ring=72)


def test_a_dead_network_has_an_infinite_error_and_misses(dead):
    battery = _measure(dead)
    assert battery.values()["integration"] == np.inf
    metrics = {metric.id: metric for metric in metrics_of(battery, [], SEED)}
    found = metrics["integration"]
    assert (found.value, found.n, found.verdict) == (None, 3, Verdict.MISSED)
    assert found.note == "Infinite: the bump follows less than 0.05 of a turn."
    assert not {"bias", "integration_periodic", "gain_variation"} & set(metrics)


def test_a_turning_network_has_every_part_with_its_interval(compass, ring_circuit):
    network = Network(compass, ring_circuit, Dynamics(step=0.02, time_constant=0.1))
    metrics = {metric.id: metric for metric in metrics_of(_measure(network), [], SEED)}
    for name in ("bias", "integration_periodic", "integration_accumulated", "gain_variation"):
        metric = metrics[name]
        assert metric.low <= metric.value <= metric.high
        assert metric.n > 1


def test_a_null_says_how_many_of_its_draws_are_infinite(dead):
    nulls = measure_shuffled(dead, SEED, 2)
    metrics = {metric.id: metric for metric in metrics_of(_measure(dead), nulls, SEED)}
    assert [each["integration"] for each in nulls] == [3600, 3600]
    assert metrics["hold_median"].null.name == "counts shuffled within type blocks, same parameters"


def test_a_finite_error_beside_infinite_ones_names_them(compass, ring_circuit):
    network = Network(compass, ring_circuit, Dynamics(step=0.02, time_constant=0.1))
    battery = _measure(network)
    nulls = [battery.values(), battery.values() | {"integration": 3600.0}]
    metrics = {metric.id: metric for metric in metrics_of(battery, nulls, SEED)}
    assert metrics["integration"].null.name == (
        "counts shuffled within type blocks, same parameters; 3,600 stands for infinite in 1 of 2"
    )
