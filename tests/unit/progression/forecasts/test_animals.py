"""Groups of animals: the state is the mean of logarithms, and later animals are not seen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from neuropil.contracts import ConfigError, InputError
from neuropil.progression.dynamics.diffusion import diffuse
from neuropil.progression.dynamics.laplacians import build_laplacian
from neuropil.progression.forecasts.animals import (
    GroupForecaster,
    average_logarithms,
    compare_logarithms,
    keep_before,
)
from neuropil.progression.group_maps.animals import AnimalGroup

N, RATE = 40, 1.0


@pytest.fixture(scope="module")
def laplacian():
    rng = np.random.default_rng(0)
    weights = rng.lognormal(0, 1, (N, N)) * (rng.random((N, N)) < 0.3)
    return build_laplacian(weights, scale="eigenvalue")


@pytest.fixture(scope="module")
def groups(laplacian):
    """Four animals a month in two groups, each its own spread times noise of its own."""
    rng = np.random.default_rng(1)
    found = []
    for name in ("one", "two"):
        times = np.repeat([1.0, 3.0, 6.0], 4)
        clean = diffuse(laplacian, np.eye(N)[3], RATE * times)
        values = clean * 10 ** rng.normal(0, 0.3, clean.shape)
        found.append(AnimalGroup(name, times, values, np.eye(N)[3]))
    return found


def test_the_state_is_the_mean_of_logarithms():
    group = AnimalGroup("a", np.array([1.0, 1.0]), np.array([[0.1, 0.0], [0.001, np.nan]]), [1, 0])
    [(time, state)] = average_logarithms(group).items()
    assert time == 1
    expected = [(np.log10(0.1 + 1e-4) + np.log10(0.001 + 1e-4)) / 2, -4]
    np.testing.assert_allclose(state, expected)


def test_spread_is_found_to_foretell(laplacian, groups):
    model = GroupForecaster(laplacian).fit([keep_before(one, 6) for one in groups])
    assert model.coefficients_.shape == (3,)
    assert model.coefficients_[2] > 0.3
    assert all(model.score(one) > 0.8 for one in groups)
    for one in groups:
        *_, state = average_logarithms(keep_before(one, 6)).values()
        assert model.score(one) > compare_logarithms(one.average().values[-1], state)


def test_without_spread_and_without_others_the_state_is_left(groups):
    model = GroupForecaster(others=False).fit([keep_before(groups[0], 6)])
    *_, state = average_logarithms(keep_before(groups[0], 6)).values()
    assert model.coefficients_.shape == (1,)
    assert model.rates_ == {}
    assert model.score(groups[0]) == pytest.approx(
        compare_logarithms(groups[0].average().values[-1], state)
    )


def test_later_animals_change_no_forecast(laplacian, groups):
    later = groups[0].times == 6
    values = np.where(later[:, None], groups[0].values * 7, groups[0].values)
    changed = replace(groups[0], values=values)
    one, two = (
        GroupForecaster(laplacian)
        .fit([keep_before(each, 6), keep_before(groups[1], 6)])
        .predict(6.0)["one"]
        for each in (groups[0], changed)
    )
    np.testing.assert_array_equal(one, two)


def test_what_was_fitted_is_no_forecast(laplacian, groups):
    model = GroupForecaster(laplacian).fit(groups)
    with pytest.raises(InputError) as caught:
        model.predict(6)
    assert str(caught.value) == (
        "GroupForecaster.predict: expected a time after 6, found 6. What was fitted is no "
        "forecast: choose a later time."
    )
    with pytest.raises(InputError) as caught:
        model.score(replace(groups[0], name="three", times=groups[0].times + 1))
    assert str(caught.value) == (
        "GroupForecaster.score: there is no group 'three'. The groups are: one, two."
    )


def test_groups_that_do_not_fit_are_refused(groups):
    early = keep_before(groups[0], 6)
    for given, message in (
        (
            [[0.0]],
            "groups: expected a sequence of AnimalGroup, found list. Take those of "
            "split_groups(visits, start).",
        ),
        (
            [early, groups[1]],
            "groups: expected the same regions and at least two times in all "
            "groups, found [40] regions and times [(1.0, 3.0), (1.0, 3.0, 6.0)]. Leave out times "
            "at which a group was not seen.",
        ),
    ):
        with pytest.raises(InputError) as caught:
            GroupForecaster().fit(given)
        assert str(caught.value) == message
    with pytest.raises(ConfigError) as caught:
        GroupForecaster().fit([early])
    assert str(caught.value) == (
        "GroupForecaster: expected a penalty above 0 and another group, found 0.03 and 1 group. "
        "Use a positive penalty, and others=False with one group."
    )
    with pytest.raises(NotFittedError):
        GroupForecaster().predict(6)


def test_maps_without_a_logarithm_are_refused(groups):
    values = groups[0].values.copy()
    values[groups[0].times == 3, 5] = np.nan
    with pytest.raises(InputError) as caught:
        average_logarithms(replace(groups[0], values=values))
    assert str(caught.value) == (
        "group one: expected each region in some animal, found 1 in none at time 3. Leave out "
        "regions that were never measured."
    )
    with pytest.raises(InputError) as caught:
        average_logarithms(replace(groups[0], values=-values))
    assert str(caught.value).startswith("group one: expected pathology of 0 or more, found -")
    with pytest.raises(InputError) as caught:
        keep_before(groups[0], 1)
    assert str(caught.value) == (
        "group one: expected animals before 1, found none. Choose a later time."
    )
