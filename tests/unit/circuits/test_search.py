"""A search compiles its programs once: what differs between seeds is data."""

from __future__ import annotations

import equinox as eqx
import jax.numpy as jnp
import pytest

from neuropil.circuits import Dynamics, IntegratingPlan, LossWeights, TrialPlan, TurningPlan
from neuropil.circuits.protocol.trials import draw_key
from neuropil.circuits.search import FORMING, INTEGRATING, TURNING, Objective, fitting_dynamics
from neuropil.contracts import SeedTree

PLANS = {
    "forming": (FORMING, TrialPlan(hold=2, speeds=(60.0,), walks=1, duration=0.5)),
    "turning": (TURNING, TurningPlan(hold=2, speeds=(60.0,), starts=1, walks=1, duration=1.0)),
    "integrating": (
        INTEGRATING,
        IntegratingPlan(minutes=2, hold=2, speeds=(60.0,), starts=1, duration=1.0),
    ),
}


@pytest.mark.parametrize("name", PLANS)
def test_trials_of_another_seed_and_another_wiring_need_no_other_program(
    name, ring_circuit, compass
):
    stage, plan = PLANS[name]

    def program(seed, wiring):
        circuit = eqx.tree_at(lambda c: c.weights, ring_circuit, wiring)
        objective = Objective(stage, circuit, fitting_dynamics(Dynamics()), LossWeights())
        trials = objective.trials(plan, draw_key(SeedTree(seed), "training trials"))
        judge = eqx.filter_jit(lambda loss, *given: loss(*given))
        return judge.lower(
            objective.validation(trials), compass, (wiring, jnp.float32(8))
        ).as_text()

    first = program(1, ring_circuit.weights)
    assert program(2, 2 * ring_circuit.weights) == first
