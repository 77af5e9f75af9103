"""Findings are looked for in the network that is given, and disagreement is said."""

from __future__ import annotations

import math

import equinox as eqx
import jax
import jax.numpy as jnp
import pytest

from neuropil.circuits import Dynamics, Network, compare_physiology, initial_parameters
from neuropil.circuits.experiments.physiology import OBSERVATIONS, PHYSIOLOGY_CITATIONS


def _cut_off(circuit, **biases):
    """Return numbers of a network without synapses, whose types have only a bias."""
    raw = initial_parameters(circuit.n_types, jax.random.key(0), spread=0.0, scale=1e-6)
    bias = jnp.array([biases.get(name, -1.0) for name in circuit.type_names])
    return eqx.tree_at(lambda p: p.bias, raw, bias)


@pytest.fixture(scope="module")
def driven(fly_circuit):
    """PEN_a follow their input, PEN_b are far below threshold."""
    return compare_physiology(Network(_cut_off(fly_circuit, PEN_a=0.5), fly_circuit, Dynamics()))


def test_rates_and_asymmetry_are_those_of_the_input(driven):
    values = {metric.id: metric.value for metric in driven[0]}
    assert set(values) == {key.replace(" ", "_") for key in OBSERVATIONS}
    assert values["active_PEN_a"] == pytest.approx(math.tanh(0.5), abs=0.01)
    # +-100 deg/s at 0.004 s/deg: 1.4 times the rate on one side, 0.6 times on the other, and the
    # reverse.
    assert values["asymmetry_PEN_a"] == pytest.approx(2 * (1.4 - 0.6) / (1.4 + 0.6), abs=1e-3)
    assert values["active_PEN_b"] < 0.001


def test_what_the_network_does_not_show_is_named(driven):
    metrics, disagreements = driven
    notes = {metric.id: metric.note for metric in metrics}
    assert notes["active_PEN_a"].endswith("The network agrees.")
    assert notes["active_PEN_b"] == (
        "In the fly: PEN_b carry a bump while the fly stands (green2017, turnerevans2017). "
        "The network disagrees."
    )
    assert notes["gain_without_PEN_b"] == "In the fly: no expectation for PEN_b alone."
    assert (
        "PEN_b carry a bump while the fly stands (green2017, turnerevans2017): mean rate of PEN_b "
        "4 s after the cue, without input is 0.00" in disagreements
    )
    assert not any("active PEN_a" in text for text in disagreements)


def test_every_source_is_cited():
    cited = {citation.key for citation in PHYSIOLOGY_CITATIONS}
    named = {key for item in OBSERVATIONS.values() for key in item.source.split(", ") if key}
    assert named == cited


def test_other_circuits_have_no_findings(ring_circuit, compass):
    assert compare_physiology(Network(compass, ring_circuit, Dynamics())) == ([], [])
