import numpy as np
import pytest

from neuropil.contracts import ConfigError, InputError, SeedTree
from neuropil.preservation.damage.perfusion import (
    PerfusionPatches,
    PerfusionPrior,
    perfused_fraction,
)


def test_less_is_perfused_the_longer_it_takes():
    minutes = np.linspace(0, 60, 61)
    rng = np.random.default_rng(0)
    curves = np.array([perfused_fraction(minutes, rng) for _ in range(2000)])
    assert np.all(np.diff(curves, axis=1) <= 0)
    mean = curves.mean(axis=0)
    assert mean[0] > 0.97
    # At the mean of the midpoints half of the brains with an effect are perfused.
    assert mean[13] == pytest.approx(0.2 + 0.8 / 2, abs=0.03)
    assert mean[60] == pytest.approx(0.2, abs=0.03)


def test_the_prior_is_wide_at_the_disputed_times():
    rng = np.random.default_rng(1)
    at_12 = np.array([perfused_fraction(12, rng) for _ in range(2000)])
    low, high = np.percentile(at_12, [10, 90])
    assert low < 0.1
    assert high > 0.95


def test_no_effect_is_an_option():
    rng = np.random.default_rng(2)
    assert perfused_fraction([5, 30, 500], rng, PerfusionPrior(no_effect=1)).tolist() == [1, 1, 1]


def test_one_delay_gives_one_number():
    assert perfused_fraction(3.0, np.random.default_rng(0)).shape == ()


@pytest.mark.parametrize("minutes", [-1, np.nan, [2, np.inf]])
def test_delays_that_cannot_be_are_refused(minutes):
    with pytest.raises(InputError, match="minutes: expected delays of 0 minutes or more"):
        perfused_fraction(minutes, np.random.default_rng(0))


def test_priors_that_cannot_be_are_refused():
    with pytest.raises(ConfigError) as caught:
        PerfusionPrior(no_effect=1.5)
    assert str(caught.value) == (
        "perfusion prior, no_effect: expected a finite number from 0 to 1, found 1.5. "
        "Choose one in this range."
    )
    with pytest.raises(ConfigError, match="expected a finite number from 0, found -2"):
        PerfusionPrior(midpoint=-2)


def test_patches_cover_their_share_over_many_places(section):
    small = section.crop((slice(0, 1), slice(0, 24), slice(0, 24)))
    patches = PerfusionPatches(0.3, 50_000)
    shares = np.array([patches.apply(small, SeedTree(k)).mask.mean() for k in range(300)])
    assert shares.mean() == pytest.approx(0.3, abs=0.08)
    # A tile of 100 nm lies in or out.
    assert ((shares == 0) | (shares == 1)).mean() > 0.98


def test_lost_patches_have_no_labels(section):
    damaged = PerfusionPatches(0.5, 1000).apply(section, SeedTree(3))
    assert 0 < damaged.mask.mean() < 1
    assert not damaged.volume.segmentation()[damaged.mask].any()
