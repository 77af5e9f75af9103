"""Pieces of work about membranes run on the generated block, and give plain JSON."""

from __future__ import annotations

import json

import numpy as np
import pytest

from neuropil.preservation.claims.detector_pieces import judge_block, judge_sections
from neuropil.preservation.segmenting.thresholds import THRESHOLDS

pytest.importorskip("skimage")


def test_ridges_are_judged_on_sections_that_nothing_was_chosen_on() -> None:
    found = judge_sections("ridges", 0, fast=True)
    assert json.loads(json.dumps(found)) == found
    assert len(found["rand"]) == len(found["split"]) == len(found["merge"]) == 4
    assert 0 < np.mean(found["rand"]) < 0.5
    assert found["area"] > 0.9
    assert "rand_unadapted" not in found


def test_the_threshold_of_a_block_is_where_the_mean_of_both_halves_is_lowest() -> None:
    lower, upper = np.abs(THRESHOLDS - 0.3), np.abs(THRESHOLDS - 0.3) + 3 * (THRESHOLDS < 0.4)
    found = judge_block([lower.tolist(), upper.tolist()], fast=True)
    assert found["threshold"] == 0.4
    assert json.loads(json.dumps(found)) == found
    assert found["area"] > 0.9
    low, high = found["range"]
    assert 0 < low <= found["rand"] <= high < 1
