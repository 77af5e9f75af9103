"""The decay is found where it was planted, and the identity is the best of all spins."""

from __future__ import annotations

import numpy as np
import pytest

from neuropil.contracts import InputError
from neuropil.measures import Spins, compute_decay, rank_spins
from neuropil.measures.maps.spin_ranking import fit_exponential


@pytest.fixture
def places():
    return 60 * np.random.default_rng(0).random((60, 3))


@pytest.fixture
def distance(places):
    return np.linalg.norm(places[:, None] - places[None], axis=2)


def test_bins_hold_every_pair_once(distance):
    similarity = np.ones((1, 60, 60))
    centre, mean, count = compute_decay(similarity, distance)
    assert count.sum() == 60 * 59 // 2
    np.testing.assert_allclose(mean, 1)
    assert (np.diff(centre) > 0).all()
    assert set(centre % 5) == {2.5}


@pytest.mark.parametrize(("length", "floor"), [(8.0, 0.0), (43.5, -0.305), (120.0, 0.2)])
def test_a_planted_decay_is_found(length, floor):
    centre = np.arange(2.5, 150, 5)
    curve = floor + (1 - floor) * np.exp(-centre / length)
    found = fit_exponential(centre, np.stack([curve, curve]))
    np.testing.assert_allclose(found[0], length, rtol=1e-4)
    np.testing.assert_allclose(found[1], floor, atol=1e-4)


def test_the_identity_ranks_first(distance):
    rng = np.random.default_rng(1)
    permutations = np.stack([rng.permutation(60) for _ in range(30)])
    permutations[17] = np.arange(60)
    cost = np.full(30, 5.0)
    cost[17] = 0
    ranking = rank_spins(Spins(permutations, cost, {}), np.exp(-distance / 20), distance)
    assert ranking.order[0] == 17
    best = ranking.table.row(17, named=True)
    assert best["mean_rank"] == 1
    assert max(best["decay_error"], best["polynomial_error"]) < 1e-6
    assert best["decay_length_mm"] == pytest.approx(ranking.true_length)
    assert ranking.true_length == pytest.approx(20, rel=0.05)


def test_matrices_of_other_regions_are_refused(distance):
    spins = Spins(np.tile(np.arange(59), (3, 1)), np.zeros(3), {})
    with pytest.raises(InputError) as caught:
        rank_spins(spins, distance, distance)
    assert str(caught.value) == (
        "rank_spins: expected (59, 59) matrices and at least 2 spins, found (60, 60), (60, 60) and "
        "3 spins. Select the matrices as the regions of the null model; draw more spins."
    )
