"""Prior odds that have their density, and sources that cannot be read."""

from __future__ import annotations

import numpy as np
import pytest

from neuropil.contracts import InputError
from neuropil.progression.edges.odds import odds_of_probabilities, odds_of_ranks, score_ranks


def _share(log_odds):
    return 1 / (1 + np.exp(-log_odds))


@pytest.mark.parametrize("density", [0.1, 0.4])
def test_odds_have_the_density_that_is_asked_for(density):
    rng = np.random.default_rng(0)
    for odds in (odds_of_ranks(rng.random(500)), odds_of_probabilities(rng.random(500), [])):
        assert _share(odds.at(density)).mean() == pytest.approx(density)


def test_ranks_alone_count_and_not_units():
    prior = np.random.default_rng(1).lognormal(size=200)
    odds, same = odds_of_ranks(prior), odds_of_ranks(1000 * prior**3)
    np.testing.assert_allclose(odds.at(0.2), same.at(0.2))
    np.testing.assert_allclose(odds.at(0.2, [0.0]), np.log(0.2 / 0.8))


def test_stated_odds_are_kept_up_to_a_level():
    stated = np.array([0.1, 0.5, 0.9, 0.0])
    odds = odds_of_probabilities(stated, [np.arange(4.0)])
    differences = np.diff(odds.at(0.5, [0.0]))
    # The last one is taken as .01.
    np.testing.assert_allclose(differences, [np.log(9), np.log(9), np.log(1 / 891)])


def test_scores_of_ranks_are_those_of_a_normal_sample():
    scores = score_ranks(np.random.default_rng(2).exponential(size=1001))
    assert scores.mean() == pytest.approx(0, abs=1e-12)
    assert scores.std() == pytest.approx(1, abs=0.01)


def test_percentages_and_missing_answers_are_refused():
    with pytest.raises(InputError) as error:
        odds_of_probabilities(np.array([10.0, 90.0]), [])
    assert str(error.value) == (
        "probabilities: expected probabilities from 0 to 1, found 10 to 90. Divide percentages by "
        "100."
    )
    with pytest.raises(InputError) as error:
        odds_of_ranks(np.array([0.1, np.nan]))
    assert str(error.value) == (
        "prior: expected one finite number for each pair, found shape (2,), 1 of them not finite. "
        "Give the upper triangle row by row, with a number for every pair."
    )
