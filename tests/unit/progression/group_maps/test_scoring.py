"""Agreement of maps, and the criterion that models are compared with."""

from __future__ import annotations

import numpy as np
import pytest

from neuropil.contracts import InputError
from neuropil.progression import compute_aicc, correlate_maps, scale_to_unit


def test_only_regions_that_both_maps_have_are_correlated():
    rng = np.random.default_rng(0)
    measured, predicted = rng.random(20), rng.random((3, 20))
    measured[[2, 7]] = np.nan
    found = correlate_maps(measured, predicted)
    kept = np.isfinite(measured)
    expected = [np.corrcoef(measured[kept], one[kept])[0, 1] for one in predicted]
    np.testing.assert_allclose(found, expected)


def test_logarithms_leave_out_zeros_of_either_side():
    rng = np.random.default_rng(1)
    measured, predicted = 10 ** rng.normal(-3, 1, 20), 10 ** rng.normal(-9, 4, (2, 20))
    measured[:3], predicted[0, 2:6] = 0, 0
    found = correlate_maps(measured, predicted, logarithm=True)
    for r, one in zip(found, predicted, strict=True):
        kept = (measured > 0) & (one > 0)
        expected = np.corrcoef(np.log10(measured[kept]), np.log10(one[kept]))[0, 1]
        assert r == pytest.approx(expected)


def test_what_does_not_vary_or_is_too_little_has_no_correlation():
    assert np.isnan(correlate_maps([1.0, 1.0, 1.0, 1.0], [1.0, 2.0, 3.0, 4.0]))
    assert np.isnan(correlate_maps([1.0, 2.0, np.nan, np.nan], [1.0, 2.0, 3.0, 4.0]))


def test_maps_are_scaled_from_0_to_1():
    np.testing.assert_allclose(scale_to_unit([3.0, 1.0, 2.0]), [1, 0, 0.5])
    with pytest.raises(InputError) as error:
        scale_to_unit([1.0, np.nan])
    assert str(error.value) == (
        "scale_to_unit: expected finite values that differ, found 1 of 2 not finite. Leave out "
        "regions that were not measured."
    )


def test_a_parameter_that_explains_nothing_costs():
    assert compute_aicc(1.0, 68, 3) > compute_aicc(1.0, 68, 2)
    # By hand: 68 (0.587787 - 4.219508) + 4 + 12 / 65.
    assert compute_aicc(1.8, 68, 2) == pytest.approx(-242.7724, abs=1e-4)
    with pytest.raises(InputError) as error:
        compute_aicc(0.0, 68, 2)
    assert str(error.value) == (
        "compute_aicc: expected an error above 0 and at least 4 regions, found 0 and 68. Use more "
        "regions or fewer parameters."
    )
