"""Claims about planted courses: each is measured in a fast check, and bounds decide them."""

from __future__ import annotations

import math

import pytest

from neuropil.contracts import PieceCache, SeedTree
from neuropil.progression.claims.bench import Bench
from neuropil.progression.claims.simulation import SIMULATION_CLAIMS
from neuropil.progression.config import ProgressionConfig

CLAIMS = {claim.id: claim for claim in SIMULATION_CLAIMS}


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    pieces = PieceCache(tmp_path_factory.mktemp("pieces"))
    return Bench(ProgressionConfig(), None, SeedTree(0), pieces, fast=True)


def test_ids_are_unique_and_cover_the_targets():
    assert len(CLAIMS) == len(SIMULATION_CLAIMS)
    assert {name.split("-")[0] for name in CLAIMS} == {"5", "6", "7", "9", "11", "B6"}


@pytest.mark.parametrize(
    "name", ["5-easy", "9-easy", "5-rivals", "6-joint", "7-rates", "11-time-68"]
)
def test_a_fast_check_gives_a_finite_value(bench, name):
    found = CLAIMS[name].measure(bench)
    assert found.value is not None
    assert math.isfinite(found.value)
    assert found.n > 0
    assert found.note


def test_bounds_are_those_of_the_targets():
    near = CLAIMS["5-easy"].bound
    assert near.holds(1.02, {"loss of r": 0.004, "stage rho": 0.99})
    assert not near.holds(1.02, {"loss of r": 0.006, "stage rho": 0.99})
    assert not near.holds(1.04, {"loss of r": 0.0, "stage rho": 0.99})
    kept = CLAIMS["6-joint"].bound
    assert kept.holds(-0.004, {"lift of absent edges": -0.009})
    assert not kept.holds(0.1, {"lift of absent edges": -0.011})
    assert CLAIMS["9-harder"].bound.holds(0.86)
    assert not CLAIMS["9-harder"].bound.holds(0.84)
