"""Members of an ensemble are fits of their own; stiff directions are those that matter."""

from __future__ import annotations

from dataclasses import replace

import jax
import numpy as np

from neuropil.circuits import (
    Dynamics,
    FitPlan,
    IntegratingPlan,
    LossWeights,
    Network,
    RefitPlan,
    TrialPlan,
)
from neuropil.circuits.experiments.ensemble import compute_stiffness, fit_ensemble, simulate_many
from neuropil.circuits.experiments.fitted import FittedNetwork
from neuropil.contracts import SeedTree

FEW = TrialPlan(hold=4, speeds=(40.0,), starts=1, walks=2, duration=1.0)
FEW_MINUTES = IntegratingPlan(minutes=4, hold=4, speeds=(90.0,), starts=1, duration=1.0)
TINY = FitPlan(
    restarts=1,
    explore_steps=20,
    finalists=1,
    soften_stages=1,
    soften_steps=2,
    compare_steps=2,
    polish_steps=2,
    explore_trials=FEW,
    trials=FEW_MINUTES,
)


def _fitted(parameters, circuit):
    network = Network(parameters, circuit, Dynamics())
    return FittedNetwork(network, LossWeights(), RefitPlan(), SeedTree(1))


def test_members_are_as_many_as_asked_and_differ(ring_circuit, compass):
    ensemble = fit_ensemble(_fitted(compass, ring_circuit), 3, TINY)
    assert ensemble.loss.shape == (3,)
    gain = np.asarray(ensemble.parameters.gain)
    assert gain.shape == (3, 3, 3)
    spread, bias = ensemble.spread()
    np.testing.assert_allclose(spread, gain.std(axis=0, ddof=1))
    # A gain that has all but vanished in every member has no spread in single precision.
    assert (spread[gain.max(axis=0) > 1e-6] > 0).all()
    assert (spread > 0).mean() > 0.5
    assert bias.shape == (3,)
    better = ensemble.best(0.6)
    assert better.loss.tolist() == sorted(ensemble.loss.tolist())[:2]


def test_a_gain_without_synapses_is_not_pinned_down(ring_circuit, compass) -> None:
    counts = np.array(ring_circuit.weights)
    pen, delta = ring_circuit.members("PEN_a"), ring_circuit.members("Delta7")
    counts[np.ix_(delta, pen)] = 0
    cut = replace(ring_circuit, weights=jax.numpy.asarray(counts))
    stiffness = compute_stiffness(_fitted(compass, cut))
    assert stiffness.eigenvalues.shape == (13,)
    assert (np.diff(stiffness.eigenvalues) <= 0).all()
    assert stiffness.pinned[2, 1] < 1e-6
    assert stiffness.pinned.max() > 0.1
    assert (stiffness.pinned <= 1).all()


def test_many_sets_in_one_call(ring_circuit, compass) -> None:
    strength = simulate_many(Network(compass, ring_circuit, Dynamics()), SeedTree(1), n_sets=20)
    assert strength.shape == (20, 8)
    assert ((strength >= 0) & (strength <= 1 + 1e-5)).all()
    assert np.unique(strength.mean(axis=1)).size == 20
