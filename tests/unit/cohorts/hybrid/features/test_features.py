"""Features: signal is counted, scatter and spectra are seen, odd edges are no fault."""

import numpy as np
import pytest

from neuropil.cohorts.hybrid.features.choice import KINDS, choose_features, prepare_values
from neuropil.cohorts.hybrid.features.projection import project, project_above_noise
from neuropil.contracts import InputError


def test_components_above_the_noise_are_counted():
    rng = np.random.default_rng(0)
    noise = rng.uniform(0.2, 3.0, 600)
    signal = rng.normal(size=(800, 5)) @ rng.normal(size=(5, 600)) * noise
    found = project_above_noise(signal + rng.normal(size=(800, 600)) * noise)
    assert len(found.directions) == 5
    assert found.scale == pytest.approx(noise, rel=0.2)


def test_noise_alone_keeps_the_two_components_that_are_always_kept():
    found = project_above_noise(np.random.default_rng(1).normal(size=(400, 500)))
    assert len(found.directions) == 2


def test_edges_that_never_vary_or_are_missing_give_finite_features():
    rng = np.random.default_rng(2)
    values = rng.poisson(20, size=(80, 190)).astype(float)
    values[:, 3] = 5.0
    values[4, 7] = np.nan
    for kind in ("counts", "weights"):
        assert np.isfinite(KINDS[kind].fit(np.log1p(values)).transform(np.log1p(values))).all()


def test_scatter_of_counts_is_a_feature():
    rng = np.random.default_rng(3)
    rate = np.exp(rng.uniform(2, 6, 435))
    calm = rng.poisson(rate, size=(60, 435))
    wild = rng.poisson(rate * rng.gamma(5, 1 / 5, size=(60, 435)))
    values = np.log1p(np.vstack([calm, wild]).astype(float))
    last = choose_features("streamlines").fit(values).transform(values)[:, -1]
    assert last[60:].min() > last[:60].max()


def test_correlations_tell_the_length_of_a_scan():
    rng = np.random.default_rng(4)
    rows, columns = np.triu_indices(12, 1)

    def correlate(length):
        return np.corrcoef(rng.normal(size=(length, 12)), rowvar=False)[rows, columns]

    values = np.array([correlate(20) for _ in range(30)] + [correlate(200) for _ in range(30)])
    values[5, 3] = np.nan
    fitted = choose_features("correlation").fit(values)
    found = fitted.transform(values)
    spectrum = found[:, fitted.acquisition][:, -6]
    assert np.isfinite(found).all()
    assert max(spectrum[:30].max() < spectrum[30:].min(), spectrum[30:].max() < spectrum[:30].min())


def test_counts_are_stretched_and_logarithms_are_not():
    counts = np.array([[0.0, 9.0]])
    assert prepare_values(counts, "streamlines")[0] == pytest.approx(np.log([1.0, 10.0]))
    assert prepare_values(counts, "log1p streamlines") is counts
    assert choose_features("binary").kind == "weights"


def test_two_subjects_have_no_components():
    with pytest.raises(InputError) as caught:
        project(np.zeros((2, 10)), 3)
    assert str(caught.value) == (
        "features: expected at least 3 subjects with connections, found 2. Add subjects."
    )
