"""Spins are permutations within their groups, and Moran surrogates keep what they say."""

from __future__ import annotations

import numpy as np
import pytest

from neuropil.contracts import ConfigError, InputError
from neuropil.measures import (
    MoranNull,
    SpinGroup,
    SpinNull,
    assign_hungarian,
    assign_vasa,
    build_spin_groups,
    compute_moran_index,
    draw_rotations,
    project_to_sphere,
)


@pytest.fixture
def brain():
    """Two hemispheres of 30 cortical regions and 4 subcortical ones each, mirror images."""
    rng = np.random.default_rng(0)
    half = rng.standard_normal((30, 3))
    half /= np.linalg.norm(half, axis=1, keepdims=True)
    deep = rng.standard_normal((4, 3)) * 10
    left = np.concatenate([half * [30, 70, 45], deep])
    left[:, 0] -= 40
    right = left * [-1, 1, 1]
    sides = np.repeat(["L", "R"], 34)
    cortical = np.tile(np.arange(34) < 30, 2)
    return np.concatenate([left, right]), sides, cortical


@pytest.fixture
def null(brain):
    return SpinNull(build_spin_groups(*brain), 68)


def test_rotations_are_rotations():
    q = draw_rotations(200, np.random.default_rng(1))
    np.testing.assert_allclose(
        q @ q.transpose(0, 2, 1), np.broadcast_to(np.eye(3), q.shape), atol=1e-12
    )
    np.testing.assert_allclose(np.linalg.det(q), 1)


def test_rotations_are_uniform():
    """A point goes everywhere alike: its mean is 0, its second moment a third of the identity."""
    moved = draw_rotations(20_000, np.random.default_rng(2)) @ [0.0, 0.0, 1.0]
    np.testing.assert_allclose(moved.mean(axis=0), 0, atol=0.02)
    np.testing.assert_allclose(moved.T @ moved / len(moved), np.eye(3) / 3, atol=0.02)


def test_the_identity_moves_nothing_and_costs_nothing(null):
    spins = null.spin(np.eye(3)[None])
    np.testing.assert_array_equal(spins.permutations, [np.arange(68)])
    np.testing.assert_allclose(spins.cost, 0, atol=1e-12)


@pytest.mark.parametrize("reassignment", ["vasa", "hungarian"])
def test_every_spin_is_a_permutation_within_hemisphere_and_structure(brain, reassignment):
    coordinates, sides, cortical = brain
    null = SpinNull(build_spin_groups(coordinates, sides, cortical), 68, reassignment)
    spins = null.draw(50, np.random.default_rng(3))
    np.testing.assert_array_equal(
        np.sort(spins.permutations, axis=1), np.tile(np.arange(68), (50, 1))
    )
    np.testing.assert_array_equal(sides[spins.permutations], np.tile(sides, (50, 1)))
    np.testing.assert_array_equal(cortical[spins.permutations], np.tile(cortical, (50, 1)))
    assert (spins.cost > 0).all()
    assert spins.distinct["cortex L"] == 50
    assert 2 <= spins.distinct["subcortex L"] <= 24


def test_hemispheres_that_mirror_each_other_spin_as_mirror_images(null):
    spins = null.draw(20, np.random.default_rng(4)).permutations
    np.testing.assert_array_equal(spins[:, :34] + 34, spins[:, 34:])


def test_the_same_seed_gives_the_same_spins(null):
    first, second = (null.draw(5, np.random.default_rng(7)) for _ in range(2))
    np.testing.assert_array_equal(first.permutations, second.permutations)
    np.testing.assert_array_equal(first.cost, second.cost)


def test_subcortex_can_stay_in_its_place(brain):
    groups = build_spin_groups(*brain, subcortex="fixed")
    spins = SpinNull(groups, 68).draw(5, np.random.default_rng(0))
    deep = ~brain[2]
    np.testing.assert_array_equal(
        spins.permutations[:, deep], np.tile(np.flatnonzero(deep), (5, 1))
    )


def test_hungarian_never_costs_more_than_vasa(brain):
    groups = build_spin_groups(*brain)
    rotations = draw_rotations(20, np.random.default_rng(5))
    vasa = SpinNull(groups, 68, "vasa").spin(rotations).cost
    hungarian = SpinNull(groups, 68, "hungarian").spin(rotations).cost
    assert (hungarian <= vasa + 1e-9).all()
    assert (hungarian < vasa - 1e-6).any()


def plain_vasa(distance):
    """The rule as it is written, one row at a time."""
    left, chosen = distance.copy(), np.full(len(distance), -1)
    for _ in range(len(distance)):
        nearest = left.min(axis=1)
        nearest[chosen >= 0] = -np.inf
        row = int(nearest.argmax())
        column = int(left[row].argmin())
        chosen[row] = column
        left[:, column] = np.inf
    return chosen


def test_vasa_of_many_matrices_is_the_rule_of_each():
    distance = np.random.default_rng(6).random((30, 17, 17)).astype(np.float32)
    np.testing.assert_array_equal(assign_vasa(distance), [plain_vasa(each) for each in distance])


def test_a_given_sphere_is_used_and_named(brain):
    coordinates, sides, cortical = brain
    sphere = np.full((68, 3), np.nan)
    for side in ("L", "R"):
        chosen = cortical & (sides == side)
        sphere[chosen] = project_to_sphere(coordinates[chosen])
    groups = build_spin_groups(coordinates, sides, cortical, sphere)
    without = build_spin_groups(coordinates, sides, cortical)
    for given, projected in zip(groups, without, strict=True):
        np.testing.assert_allclose(given.points, projected.points)
    named = SpinNull(groups, 68, points="sphere")
    assert named.name == "spins (sphere, vasa); smoothness in space kept, place not"


def test_surrogates_are_the_map_in_other_places(null):
    values = np.random.default_rng(8).standard_normal((68, 3))
    drawn = null.surrogates(values, 4, np.random.default_rng(9))
    assert drawn.shape == (4, 68, 3)
    for each in drawn:
        rows = sorted(map(tuple, each))
        assert rows == sorted(map(tuple, values))


def test_projection_takes_the_long_shape_away():
    rng = np.random.default_rng(10)
    points = rng.standard_normal((400, 3))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    found = project_to_sphere(points * [30, 80, 50] + [-40, 10, 5])
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1)
    assert np.abs((found * points).sum(axis=1)).min() > 0.99


@pytest.mark.parametrize(
    ("points", "message"),
    [
        (
            np.zeros((2, 3)),
            "project_to_sphere: expected at least 4 finite points of 3 coordinates, found shape "
            "(2, 3). Give the centroids of one hemisphere.",
        ),
        (
            np.array([[0, 0, 0], [1, 0, 2], [2, 0, 1], [3, 0, 4.0]]),
            "project_to_sphere: expected points that differ along x, y and z, found ranges "
            "[3. 0. 4.]. Regions that lie in one plane cannot be put on a sphere; use another "
            "null.",
        ),
    ],
)
def test_points_that_cannot_be_put_on_a_sphere_are_refused(points, message):
    with pytest.raises(InputError) as caught:
        project_to_sphere(points)
    assert str(caught.value) == message


def test_wrong_settings_of_spins_are_named(brain):
    coordinates, _, cortical = brain
    with pytest.raises(ConfigError) as caught:
        SpinNull(build_spin_groups(*brain), 68, "nearest")
    assert str(caught.value) == (
        "SpinNull: expected vasa or hungarian, found 'nearest'. Choose one of them."
    )
    with pytest.raises(InputError) as caught:
        build_spin_groups(coordinates, np.full(68, ""), cortical)
    assert str(caught.value) == (
        "build_spin_groups: expected cortical regions with a side L or R, found none. Name the "
        "hemisphere of each region."
    )
    twice = SpinGroup("a", np.arange(5), np.eye(5, 3))
    with pytest.raises(InputError, match="in one group at most, found one in several"):
        SpinNull((twice, twice), 5)
    with pytest.raises(InputError) as caught:
        assign_hungarian(np.zeros((3, 3)))
    assert str(caught.value) == (
        "reassignment: expected matrices of shape (m, n, n), found (3, 3). Give as many rotated "
        "points as original ones."
    )


@pytest.fixture
def moran(brain):
    places = brain[0]
    distance = np.linalg.norm(places[:, None] - places[None], axis=2)
    return MoranNull(distance), distance


def test_moran_surrogates_keep_mean_variance_index_and_covariance(moran):
    null, distance = moran
    values = np.random.default_rng(11).standard_normal((68, 3)).cumsum(axis=0)
    drawn = null.surrogates(values, 25, np.random.default_rng(12))
    np.testing.assert_allclose(drawn.mean(axis=1), np.tile(values.mean(axis=0), (25, 1)))
    for each in drawn:
        np.testing.assert_allclose(np.cov(each.T), np.cov(values.T))
    kept = compute_moran_index(drawn.transpose(0, 2, 1), distance)
    expected = compute_moran_index(values.T, distance)
    np.testing.assert_allclose(kept, np.tile(expected, (25, 1)))
    assert np.abs(np.corrcoef(drawn[0, :, 0], values[:, 0])[0, 1]) < 0.9


def test_one_map_gives_maps(moran):
    drawn = moran[0].surrogates(np.arange(68.0), 2, np.random.default_rng(0))
    assert drawn.shape == (2, 68)


def test_the_index_is_about_0_for_noise_and_large_for_a_gradient(brain, moran):
    distance = moran[1]
    noise = np.random.default_rng(13).standard_normal((200, 68))
    assert abs(compute_moran_index(noise, distance).mean()) < 0.03
    assert compute_moran_index(brain[0][:, 0], distance) > 0.15


@pytest.mark.parametrize(
    ("distance", "message"),
    [
        (
            np.zeros((3, 2)),
            "distance: expected a square matrix of at least 3 regions, found shape (3, 2). Give "
            "the distance of each pair of regions.",
        ),
        (
            np.zeros((4, 4)),
            "distance: expected a symmetric matrix that is finite and above 0 off the diagonal, "
            "found 0 and 0 between regions 0, 1. Two regions at the same place, or a missing "
            "distance, cannot be used.",
        ),
    ],
)
def test_matrices_that_are_no_distances_are_refused(distance, message):
    with pytest.raises(InputError) as caught:
        MoranNull(distance)
    assert str(caught.value) == message


def test_maps_that_do_not_fit_are_refused(null):
    with pytest.raises(InputError) as caught:
        null.surrogates(np.zeros(5), 1, np.random.default_rng(0))
    assert str(caught.value) == (
        "SpinNull: expected one row for each of 68 regions, found shape (5,). Order and select "
        "the map as the regions of the null model."
    )
    values = np.zeros(68)
    values[3] = np.nan
    with pytest.raises(InputError) as caught:
        null.surrogates(values, 1, np.random.default_rng(0))
    assert str(caught.value) == (
        "SpinNull: expected finite values, found 1 of 68 not, in region 3. Drop these regions "
        "from the map and from the null model."
    )


def refusal(build) -> str:
    with pytest.raises(InputError) as caught:
        build()
    return str(caught.value)


def test_regions_that_cannot_be_spun_are_named(brain):
    coordinates, sides, cortical = brain
    names = [f"parcel {index}" for index in range(68)]
    lost = coordinates.copy()
    lost[[3, 40]] = np.nan
    assert refusal(lambda: build_spin_groups(lost, sides, cortical, names=names)) == (
        "build_spin_groups: expected a finite point for each region that is spun, found none for "
        "regions 'parcel 3', 'parcel 40'. Give these regions a place, or leave them out."
    )
    left = np.where(np.arange(68) == 5, "lh", sides)
    assert refusal(lambda: build_spin_groups(coordinates, left, cortical, names=names)) == (
        "build_spin_groups: expected the hemisphere L or R, found 'lh' for region 'parcel 5'. "
        "Write L for the left and R for the right hemisphere."
    )
    none = np.where(np.arange(68) == 33, "", sides)
    assert refusal(lambda: build_spin_groups(coordinates, none, cortical)) == (
        "build_spin_groups: expected a hemisphere for each region that is spun, found none for "
        "region 33. Name their hemisphere, leave them out, or keep the subcortex in place with "
        "subcortex='fixed' if they belong to it."
    )
    # Region 33 is subcortical: in a fixed subcortex it needs neither side nor place.
    lost[[3, 40]] = coordinates[[3, 40]]
    lost[33] = np.nan
    assert len(build_spin_groups(lost, none, cortical, subcortex="fixed")) == 2


def test_groups_made_by_hand_are_held_to_their_points():
    points = np.eye(5, 3)
    points[2, 1] = np.inf
    group = SpinGroup("cortex L", np.arange(10, 15), points)
    assert refusal(lambda: SpinNull((group,), 20)) == (
        "SpinNull, group 'cortex L': expected finite points, found none for region 12. Give these "
        "regions a place, or leave them out of the null model."
    )


def test_moran_names_the_regions_of_a_missing_distance(moran):
    distance = moran[1].copy()
    distance[4, 9] = distance[9, 4] = np.nan
    names = tuple(f"parcel {index}" for index in range(68))
    assert refusal(lambda: MoranNull(distance, names)) == (
        "distance: expected a symmetric matrix that is finite and above 0 off the diagonal, found "
        "nan and nan between regions 'parcel 4', 'parcel 9'. Two regions at the same place, or a "
        "missing distance, cannot be used."
    )
