"""``score()`` ranks networks as a reader would: dead and frozen last, drifting next, good first."""

from __future__ import annotations

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import polars as pl
import pytest

from neuropil.circuits import Dynamics, RingAttractor, VelocityInput, initial_parameters
from neuropil.connectome import Connectome
from neuropil.contracts import SeedTree

PLACES = 8


def wiring(nodes: pl.DataFrame, shift: float = 45.0, left: float = 1.0) -> Connectome:
    """A ring whose PEN_a push the bump by ``shift`` [deg], those of the left ``left`` as hard."""
    angle = np.deg2rad(nodes["ring_angle_deg"].to_numpy())
    shifts = np.repeat(np.deg2rad([0.0, shift, -shift, 180.0]), PLACES)
    near = np.maximum(0, np.cos(angle[None, :] - angle[:, None] - shifts[:, None]))
    counts = np.round(20 * near)
    counts[PLACES : 2 * PLACES] = np.round(left * counts[PLACES : 2 * PLACES])
    np.fill_diagonal(counts, 0)
    return Connectome.from_matrix(counts.astype(int), nodes, unit="synapses")


@pytest.fixture(scope="module")
def model(ring) -> RingAttractor:
    """An estimator with parameters that were set and not fitted."""
    made = RingAttractor(velocity=VelocityInput(cell_types=("PEN_a",), mode="additive", gain=0.006))
    made.seed_ = SeedTree(3)
    made.dynamics_ = Dynamics(step=0.02, time_constant=0.1)
    made.circuit_ = made._build_circuit(wiring(ring.nodes))
    made.parameters_ = initial_parameters(3, jax.random.key(1), spread=0.5, scale=1.5)
    return made


@pytest.mark.slow
def test_dead_frozen_drifting_and_good_networks_are_ranked_in_that_order(model, ring):
    good, drifting = model.score(), model.score(wiring(ring.nodes, left=1.3))
    frozen = model.score(wiring(ring.nodes, shift=0.0))
    alive = model.parameters_
    silent = initial_parameters(3, jax.random.key(0), spread=0.0, scale=1e-6)
    model.parameters_ = eqx.tree_at(lambda p: p.bias, silent, jnp.full(3, -20.0))
    dead = model.score()
    model.parameters_ = alive
    assert dead == frozen == -np.inf
    assert -np.inf < drifting < good < 0
