"""The claims about priors: replays are exact, and rules know more of tracts than chance does."""

from __future__ import annotations

import math

import numpy as np
import pytest

from neuropil.contracts import PieceCache, SeedTree, Workbench
from neuropil.progression.claims import priors_pieces
from neuropil.progression.claims.priors import PRIORS_CLAIMS

CLAIMS = {claim.id: claim for claim in PRIORS_CLAIMS}


@pytest.fixture
def bench(tmp_path):
    return Workbench(None, None, SeedTree(0), PieceCache(tmp_path), fast=True)


def test_a_replay_differs_in_no_bit(bench):
    found = CLAIMS["12"].measure(bench)
    assert found.value == 0
    assert CLAIMS["12"].bound.holds(found.value, found.further)
    assert "over three replays of 4,556 answers of a scripted expert" in found.note
    assert not CLAIMS["12"].bound.holds(1, found.further)


def test_rules_rank_generated_tracts_above_chance_with_distance_beside(bench):
    found = CLAIMS["12-area"].measure(bench)
    assert found.low < found.value < found.high
    assert found.value > 0.7 > found.null.high - 0.1
    assert "; distance 0." in found.note
    gain = CLAIMS["12-gain"].measure(bench)
    assert math.isfinite(gain.value)
    # Generated tracts follow distance and nothing else: rules of anatomy cannot add to it.
    assert gain.value < 0


def test_an_area_is_that_of_pairs_of_different_regions():
    edges = np.zeros((4, 4), dtype=bool)
    edges[0, 1] = edges[1, 0] = edges[2, 3] = edges[3, 2] = True
    perfect = np.where(edges, 0.9, 0.1)
    assert priors_pieces._area(edges, perfect, np.arange(4)) == 1
    assert priors_pieces._area(edges, -perfect, np.array([0, 0, 1, 2])) == 0
