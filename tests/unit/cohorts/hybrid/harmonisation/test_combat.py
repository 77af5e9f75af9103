"""ComBat: planted locations and scales are taken out, covariates stay, odd sites are no fault."""

from __future__ import annotations

import numpy as np
import pytest

from neuropil.cohorts.hybrid.harmonisation.combat import Combat
from neuropil.contracts import ConfigError


@pytest.fixture(scope="module")
def planted():
    """Three sites with locations and scales of their own, and an age that goes with the site."""
    rng = np.random.default_rng(0)
    sites = np.repeat([0, 1, 2], [60, 50, 40])
    age = rng.normal(size=150) + sites
    slope = rng.normal(size=80)
    shift = rng.normal(size=(3, 80))
    stretch = np.array([0.5, 1.0, 2.0])
    clean = age[:, None] * slope + rng.normal(size=(150, 80))
    noise = clean - age[:, None] * slope
    measured = age[:, None] * slope + shift[sites] + stretch[sites][:, None] * noise
    return measured, sites, age[:, None], slope


def _within(values, age):
    design = np.column_stack([np.ones(len(age)), age])
    return values - design @ np.linalg.lstsq(design, values, rcond=None)[0]


@pytest.mark.parametrize("pool", [True, False])
def test_location_and_scale_are_gone_and_age_is_kept(planted, pool):
    measured, sites, age, slope = planted
    found = Combat.fit(measured, sites, age, pool=pool).apply(measured, sites, age)
    kept = np.linalg.lstsq(np.column_stack([np.ones(150), age]), found, rcond=None)[0][1]
    assert np.corrcoef(kept, slope)[0, 1] > 0.97
    rest = _within(found, age)
    means = np.array([rest[sites == site].mean(axis=0) for site in range(3)])
    spreads = np.array([rest[sites == site].std() for site in range(3)])
    assert np.abs(means).max() < 0.35
    assert spreads.max() / spreads.min() < 1.1
    before = np.array([_within(measured, age)[sites == site].std() for site in range(3)])
    assert before.max() / before.min() > 2


def test_without_pooling_each_site_has_the_mean_and_spread_of_all(planted):
    measured, sites, _, _ = planted
    found = Combat.fit(measured, sites, pool=False).apply(measured, sites)
    for site in range(3):
        assert found[sites == site].mean(axis=0) == pytest.approx(measured.mean(axis=0))
    assert found[sites == 0].std(axis=0, ddof=1) == pytest.approx(
        found[sites == 2].std(axis=0, ddof=1)
    )


def test_all_can_look_like_one_site(planted):
    measured, sites, _, _ = planted
    found = Combat.fit(measured, sites, pool=False).apply(measured, sites, to=1)
    assert found[sites == 1] == pytest.approx(measured[sites == 1])
    assert found[sites == 0].mean(axis=0) == pytest.approx(measured[sites == 1].mean(axis=0))


def test_a_site_of_one_a_new_site_and_no_site(planted):
    measured, sites, _, _ = planted
    odd = sites.copy()
    odd[0], odd[1] = 3, -1
    fit = Combat.fit(measured, odd)
    found = fit.apply(measured, odd)
    assert np.isfinite(found).all()
    assert found[1] == pytest.approx(measured[1])
    unseen = np.full(150, 9)
    assert fit.apply(measured, unseen) == pytest.approx(measured)


def test_one_site_alone_stays_as_it_is(planted):
    measured, _, _, _ = planted
    one = np.zeros(150, int)
    assert Combat.fit(measured, one, pool=False).apply(measured, one).mean(axis=0) == pytest.approx(
        measured.mean(axis=0)
    )


def test_missing_and_constant_edges_stay(planted):
    measured, sites, _, _ = planted
    holed = measured.copy()
    holed[4, 7], holed[:, 9] = np.nan, 2.5
    found = Combat.fit(holed, sites).apply(holed, sites)
    assert np.isnan(found[4, 7])
    assert np.isfinite(np.delete(found.ravel(), 4 * 80 + 7)).all()
    assert found[:, 9] == pytest.approx(2.5)


def test_wrong_targets_and_covariates_are_named(planted):
    measured, sites, age, _ = planted
    fit = Combat.fit(measured, sites, age)
    with pytest.raises(ConfigError) as caught:
        fit.apply(measured, sites)
    assert str(caught.value) == (
        "covariates: expected 1 covariates, found 0. Give those that were fitted, in their order."
    )
    with pytest.raises(ConfigError) as caught:
        fit.apply(measured, sites, age, to=5)
    assert str(caught.value) == (
        "to: expected a site from 0 to 2, found 5. Name a site that was fitted."
    )
