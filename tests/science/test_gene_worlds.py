"""A planted rule of genes is recovered, and where space makes the wiring genes gain nothing."""

from __future__ import annotations

import numpy as np

from neuropil.transcriptome.claims.pieces import evaluate_world


def test_a_rule_of_genes_gains_over_coordinates():
    found = evaluate_world("genes", 0)
    assert found["low"] > 0.2


def test_worlds_of_coordinates_yield_no_gain_of_genes():
    gains = [evaluate_world("coordinates", seed) for seed in range(2)]
    assert all(each["low"] <= 0 for each in gains)
    assert abs(np.mean([each["gain"] for each in gains])) < 0.02
