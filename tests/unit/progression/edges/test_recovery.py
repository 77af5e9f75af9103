"""Areas of edges, and of those that no view shows."""

from __future__ import annotations

import numpy as np

from neuropil.progression.edges.recovery import measure_recovery


def test_absent_edges_are_compared_with_pairs_that_are_no_edges_alone():
    edges = np.array([True, True, False, False])
    found = measure_recovery(np.array([0.9, 0.1, 0.3, 0.2]), edges, np.array([1]))
    assert found.all_edges == 0.5
    assert found.absent == 0.0
    assert np.isnan(measure_recovery(np.arange(4.0), edges, np.zeros(0, int)).absent)
