"""Laplacians: their rows, directions and scales, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from neuropil.contracts import ConfigError, InputError
from neuropil.progression import (
    build_laplacian,
    check_weights,
    find_largest_eigenvalue,
    mix_directions,
    mix_graphs,
)

# Region 0 sends to 1 and 2, region 1 to 2; nothing leaves region 2.
WEIGHTS = np.array([[7.0, 2.0, 1.0], [0.0, 0.0, 4.0], [0.0, 0.0, 0.0]])


def test_a_row_takes_up_from_the_targets_of_its_axons_or_from_its_sources():
    expected = [[3.0, -2.0, -1.0], [0.0, 4.0, -4.0], [0.0, 0.0, 0.0]]
    np.testing.assert_array_equal(build_laplacian(WEIGHTS), expected)
    along = [[0.0, 0.0, 0.0], [-2.0, 2.0, 0.0], [-1.0, -4.0, 5.0]]
    np.testing.assert_array_equal(build_laplacian(WEIGHTS, retrograde=0), along)
    both = build_laplacian(WEIGHTS, retrograde=0.5)
    np.testing.assert_allclose(both, (np.array(expected) + along) / 2)
    np.testing.assert_array_equal(both, both.T)


@pytest.mark.parametrize("kind", ["combinatorial", "row-normalised"])
@pytest.mark.parametrize("retrograde", [0, 0.3, 1])
def test_equal_concentrations_are_at_rest(kind, retrograde):
    weights = np.random.default_rng(0).random((9, 9))
    laplacian = build_laplacian(weights, kind=kind, retrograde=retrograde)
    np.testing.assert_allclose(laplacian.sum(axis=1), 0, atol=1e-14)


def test_rows_are_normalised_by_their_sums_without_the_diagonal():
    weights = WEIGHTS + WEIGHTS.T
    laplacian = build_laplacian(weights, kind="row-normalised")
    np.testing.assert_allclose(np.diag(laplacian), 1)
    np.testing.assert_allclose(laplacian[0], [1, -2 / 3, -1 / 3])


def test_each_scale_divides_by_what_it_names():
    laplacian = build_laplacian(WEIGHTS)
    np.testing.assert_allclose(build_laplacian(WEIGHTS, scale="row-sum"), laplacian / 4)
    np.testing.assert_allclose(build_laplacian(WEIGHTS, scale="total"), laplacian / 7)
    # A triangular matrix has its eigenvalues on its diagonal.
    np.testing.assert_allclose(build_laplacian(WEIGHTS, scale="eigenvalue"), laplacian / 4)
    ring = np.roll(np.eye(6), 1, axis=1)
    assert find_largest_eigenvalue(build_laplacian(ring + ring.T)) == pytest.approx(4)


def test_volumes_dilute_what_enters():
    laplacian = build_laplacian(WEIGHTS, volumes=[1, 2, 4])
    np.testing.assert_allclose(laplacian, build_laplacian(WEIGHTS) / [[1], [2], [4]])


def test_graphs_are_mixed_by_the_sum_of_their_weights():
    first, second = WEIGHTS, 1000 * WEIGHTS.T
    mixed = mix_graphs([first, second], [1, 3])
    assert mixed.sum() == pytest.approx(1)
    np.testing.assert_allclose(mixed, mix_directions(WEIGHTS, 0.25) / 7)


def test_the_weights_given_are_not_changed():
    weights = WEIGHTS.copy()
    build_laplacian(weights, scale="total")
    np.testing.assert_array_equal(weights, WEIGHTS)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (
            np.ones((2, 3)),
            "weights: expected a square matrix, found shape (2, 3). Give one row and one column "
            "for each region.",
        ),
        (
            [[0, np.nan], [1, 0]],
            "weights, row 0, column 1: expected finite weights of 0 or more, found nan (1 such "
            "weights). Use 0 where there is no connection.",
        ),
        (
            [[0, 1], [-0.5, 0]],
            "weights, row 1, column 0: expected finite weights of 0 or more, found -0.5 (1 such "
            "weights). Set negative weights to 0, or take their size, and say so.",
        ),
        (
            [[3, 0], [0, 0]],
            "weights: expected at least one connection between two regions, found none. Nothing "
            "spreads on such a graph; give its weights.",
        ),
    ],
)
def test_weights_that_cannot_be_computed_with_are_named(weights, message):
    with pytest.raises(InputError) as error:
        check_weights(weights)
    assert str(error.value) == message


def test_a_region_that_takes_up_from_nowhere_is_refused_or_stays_as_it_is():
    with pytest.raises(InputError) as error:
        build_laplacian(WEIGHTS, kind="row-normalised")
    assert str(error.value) == (
        "weights, row 2: expected regions that are connected, found 1 that take up from nowhere. "
        "Drop the region, or let it stay as it is with isolated='keep'."
    )
    kept = build_laplacian(WEIGHTS, kind="row-normalised", isolated="keep")
    np.testing.assert_allclose(kept, [[1, -2 / 3, -1 / 3], [0, 1, -1], [0, 0, 0]])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"kind": "symmetric"},
            "kind: expected combinatorial or row-normalised, found 'symmetric'. Choose one of "
            "them.",
        ),
        (
            {"scale": "max"},
            "scale: expected none, eigenvalue, row-sum or total, found 'max'. Choose one of them.",
        ),
        (
            {"isolated": "drop"},
            "isolated: expected refuse or keep, found 'drop'. Choose one of them.",
        ),
        (
            {"retrograde": 1.5},
            "retrograde: expected a share from 0 to 1, found 1.5. 1 is spread against axons, 0 "
            "along them.",
        ),
    ],
)
def test_unknown_settings_are_named(options, message):
    with pytest.raises(ConfigError) as error:
        build_laplacian(WEIGHTS, **options)
    assert str(error.value) == message


def test_volumes_must_be_positive():
    with pytest.raises(InputError) as error:
        build_laplacian(WEIGHTS, volumes=[1, 0, 2])
    assert str(error.value) == (
        "volumes: expected 3 positive volumes, found shape (3,), 1 of them not positive. Give the "
        "volume of each region, in the order of the weights."
    )


def test_graphs_that_do_not_fit_each_other_are_refused():
    with pytest.raises(InputError) as error:
        mix_graphs([WEIGHTS, np.ones((2, 2))], [1, 1])
    assert str(error.value) == (
        "mix_graphs: expected graphs of one size, found 2, 3 regions. Bring all graphs to the "
        "same regions in the same order."
    )
    with pytest.raises(ConfigError) as error:
        mix_graphs([WEIGHTS], [0.5, 0.5])
    assert str(error.value) == (
        "mix_graphs: expected 1 shares of 0 or more, not all 0, found [0.5, 0.5]. Give one share "
        "for each graph."
    )
