"""What harmonising keeps is judged without what the sites give away."""

import numpy as np
import pytest

from neuropil.cohorts.hybrid.harmonisation.comparison import _correlate_within


def test_a_number_that_is_told_by_its_site_alone_is_not_told():
    rng = np.random.default_rng(0)
    sites = np.arange(600) % 3
    age = 20.0 * sites + rng.normal(size=600)
    by_site = 20.0 * sites + rng.normal(size=600)
    assert np.corrcoef(age, by_site)[0, 1] > 0.99
    assert abs(_correlate_within(age, by_site, sites)) < 0.12
    assert _correlate_within(age, 2 * age - 100 * sites, sites) == pytest.approx(1.0)


def test_subjects_without_the_number_are_left_out():
    sites = np.array([0, 0, 0, 1, 1, 1])
    age = np.array([1.0, 2.0, np.nan, 5.0, 6.0, 9.0])
    told = np.array([2.0, 4.0, 99.0, 1.0, 3.0, 9.0])
    assert _correlate_within(age, told, sites) == pytest.approx(1.0)
