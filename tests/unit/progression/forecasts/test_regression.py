"""Ridge regression from sums: it equals the one over rows, and stays near its belief."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from neuropil.contracts import InputError
from neuropil.progression.forecasts.regression import NormalEquations, standardise

RNG = np.random.default_rng(0)
X = np.stack([standardise(x, np.ones(50, bool)) for x in RNG.normal(size=(3, 50))], axis=1)
Y = standardise(X @ [0.5, 0.2, 0.0] + RNG.normal(size=50), np.ones(50, bool))


def test_it_equals_ridge_regression_of_scikit_learn():
    found = NormalEquations.of(X, Y).solve(0.3, np.zeros(3))
    ridge = Ridge(alpha=0.3 * len(Y), fit_intercept=False).fit(X, Y)
    np.testing.assert_allclose(found, ridge.coef_, atol=1e-12)


def test_a_strong_penalty_keeps_the_belief_and_a_weak_one_fits():
    equations = NormalEquations.of(X, Y)
    belief = np.array([0.75, 0.0, 0.0])
    np.testing.assert_allclose(equations.solve(1e9, belief), belief, atol=1e-6)
    fitted = np.linalg.lstsq(X, Y, rcond=None)[0]
    np.testing.assert_allclose(equations.solve(1e-9, belief), fitted, atol=1e-6)


def test_sums_give_the_correlation_of_the_rows():
    weights = np.array([0.4, 0.1, -0.3])
    found = NormalEquations.of(X, Y).correlate(weights)
    assert found == pytest.approx(np.corrcoef(X @ weights, Y)[0, 1])
    assert NormalEquations.of(X, Y).correlate(np.zeros(3)) == 0


def test_studies_add_up_and_times_are_averaged():
    parts = [NormalEquations.of(X[:25], Y[:25]), NormalEquations.of(X[25:], Y[25:])]
    whole = NormalEquations.of(X, Y)
    np.testing.assert_allclose(NormalEquations.mean(parts).squares, whole.squares)
    np.testing.assert_allclose(NormalEquations.total(parts).products, 2 * whole.products)
    np.testing.assert_allclose(whole.take([2, 0]).products, whole.products[[2, 0]])


def test_nothing_to_learn_from_is_said():
    with pytest.raises(InputError) as caught:
        NormalEquations.total([])
    assert str(caught.value) == (
        "NormalEquations.mean: expected something to learn from, found none. Give a study with at "
        "least two maps."
    )


def test_a_map_without_any_pathology_is_no_division_by_zero():
    assert not standardise(np.zeros(4), np.ones(4, bool)).any()
    used = np.array([True, True, True, False])
    found = standardise([1.0, 2.0, 6.0, np.nan], used)
    assert found[3] == 0
    assert (found[used].mean(), found[used].std()) == pytest.approx((0, 1))
