"""An ablated type has no synapse, no bias and no input left; the others are as they were."""

from __future__ import annotations

import jax
import numpy as np
import pytest

from neuropil.circuits import Dynamics, LossWeights, Network, RefitPlan, TurningPlan
from neuropil.circuits.experiments.ablation import ablate, ablate_and_refit, ablation_sets, silence
from neuropil.circuits.experiments.effects import measure_ablations
from neuropil.circuits.experiments.fitted import FittedNetwork
from neuropil.contracts import ConfigError, SeedTree

FEW = TurningPlan(hold=2, speeds=(40.0,), starts=1, walks=1, duration=1.0)
REFIT = RefitPlan(steps=6, adam_steps=50, trials=FEW)


def test_rows_columns_and_input_of_the_type_are_gone(ring_circuit) -> None:
    rest = ablate(ring_circuit, ["PEN_a"])
    gone = ring_circuit.members("PEN_a")
    before, after = np.asarray(ring_circuit.weights), np.asarray(rest.weights)
    assert not after[gone].any()
    assert not after[:, gone].any()
    np.testing.assert_array_equal(after[np.ix_(~gone, ~gone)], before[np.ix_(~gone, ~gone)])
    assert not np.asarray(rest.velocity).any()
    assert np.asarray(ring_circuit.velocity).any()


def test_the_bias_of_the_type_is_zero(ring_circuit, compass) -> None:
    quiet = silence(compass, ring_circuit, ["Delta7"])
    assert np.asarray(quiet.bias)[2] == 0
    np.testing.assert_array_equal(quiet.bias[:2], compass.bias[:2])


def test_an_unknown_type_is_named(ring_circuit) -> None:
    with pytest.raises(ConfigError) as caught:
        ablate(ring_circuit, ["Delta9"])
    assert str(caught.value) == (
        "ablation: unknown cell type 'Delta9'. The circuit has: EPG, PEN_a, Delta7."
    )


def _fitted(parameters, circuit):
    network = Network(parameters, circuit, Dynamics())
    return FittedNetwork(network, LossWeights(), REFIT, SeedTree(1))


def test_each_type_alone_and_all_together() -> None:
    assert ablation_sets(["PEG"]) == [("PEG",)]
    assert ablation_sets(["PEG", "EPGt"]) == [("PEG",), ("EPGt",), ("PEG", "EPGt")]


def test_a_refitted_ablation_stays_ablated(ring_circuit, compass) -> None:
    rest = ablate_and_refit(_fitted(compass, ring_circuit), ["PEN_a"])
    assert not np.asarray(rest.circuit.weights)[:, ring_circuit.members("PEN_a")].any()
    assert float(rest.parameters.bias[1]) == 0
    changed = jax.tree.map(lambda new, old: float(abs(new - old).max()), rest.parameters, compass)
    assert changed.raw_gain > 0


def test_without_the_driven_type_the_bump_no_longer_moves(ring_circuit, compass) -> None:
    seen = []
    table = measure_ablations(
        _fitted(compass, ring_circuit),
        [("PEN_a",)],
        retrain=False,
        advance=lambda *args: seen.append(args),
    )
    assert table.select("ablated", "mode").rows() == [("none", "intact"), ("PEN_a", "frozen")]
    intact, without = table["gain"]
    assert abs(intact) > 0.1
    assert abs(without) < 1e-3
    assert seen == [(1, "PEN_a")]
