"""A ring of 32 neurons and three types, and the synthetic circuit of 152 neurons."""

from __future__ import annotations

import jax
import numpy as np
import polars as pl
import pytest

from neuropil.circuits import RingReadout, VelocityInput, build_circuit, initial_parameters
from neuropil.connectome import Connectome
from neuropil.datasets import load

PLACES = 8
DRIVE = VelocityInput(cell_types=("PEN_a",), mode="additive", gain=0.006)


def ring_nodes() -> pl.DataFrame:
    """Eight EPG, sixteen PEN_a in two halves, eight inhibitory Delta7."""
    kinds = [("EPG", None, 1), ("PEN_a", "L", 1), ("PEN_a", "R", 1), ("Delta7", None, -1)]
    rows = [
        (100 * block + place, name, side, sign, f"G{place}", 45.0 * place)
        for block, (name, side, sign) in enumerate(kinds)
        for place in range(PLACES)
    ]
    columns = ["id", "cell_type", "side", "sign", "glomerulus", "ring_angle_deg"]
    return pl.DataFrame(rows, schema=columns, orient="row")


def ring_counts() -> np.ndarray:
    """Counts, row = pre: a ring with two shifted copies and opposite inhibition."""
    angle = np.deg2rad(ring_nodes()["ring_angle_deg"].to_numpy())
    shift = np.repeat([0.0, np.pi / 4, -np.pi / 4, np.pi], PLACES)
    near = np.maximum(0, np.cos(angle[None, :] - angle[:, None] - shift[:, None]))
    counts = np.round(20 * near).astype(int)
    np.fill_diagonal(counts, 0)
    return counts


@pytest.fixture(scope="session")
def ring() -> Connectome:
    return Connectome.from_matrix(ring_counts(), ring_nodes(), unit="synapses")


@pytest.fixture(scope="session")
def ring_circuit(ring):
    return build_circuit(ring, RingReadout(), DRIVE)


@pytest.fixture(scope="session")
def compass():
    """Parameters with which the ring holds a bump that turns with velocity."""
    return initial_parameters(3, jax.random.key(1), spread=0.5, scale=1.5)


@pytest.fixture(scope="session")
def fly():
    return load("synthetic-head-direction")


@pytest.fixture(scope="session")
def fly_circuit(fly):
    return build_circuit(fly)
