import numpy as np
import pytest
from scipy.ndimage import binary_dilation, label
from scipy.spatial import ConvexHull

from neuropil.preservation.damage.shapes import Blobs, Polygons, cover

SIZE = (50.0, 4.0, 4.0)
SHAPE = (1, 300, 300)


def rng():
    return np.random.default_rng(4)


@pytest.mark.parametrize("shapes", [Blobs(200), Polygons(200, 40)])
@pytest.mark.parametrize("wanted", [0, 1, 5000, 40_000])
def test_the_number_is_exact(shapes, wanted):
    assert cover(SHAPE, SIZE, wanted, shapes, rng()).sum() == wanted


@pytest.mark.parametrize("shapes", [Blobs(200), Polygons(200, 40)])
def test_more_covers_the_same_places_and_more(shapes):
    few, many = (cover(SHAPE, SIZE, n, shapes, rng()) for n in (6000, 15_000))
    assert not (few & ~many).any()


def test_polygons_are_convex_apart_and_of_their_size():
    places, count = label(cover(SHAPE, SIZE, 16_000, Polygons(200, 40), rng())[0])
    whole = [
        k
        for k in range(1, count + 1)
        if (places == k)[1:-1, 1:-1].sum() == (places == k).sum() and (places == k).sum() > 900
    ]
    sizes = []
    for k in whole:
        points = np.argwhere(places == k)
        corners = (points[:, None] + [[0, 0], [0, 1], [1, 0], [1, 1]]).reshape(-1, 2)
        assert len(points) / ConvexHull(corners).volume > 0.94
        sizes.append(2 * np.sqrt(len(points) * 16 / np.pi))
        # A wall of 40 nm: five pixels around a hole there is no other.
        near = binary_dilation(places == k, iterations=5)
        assert set(np.unique(places[near])) <= {0, k}
    assert len(whole) >= 4
    assert np.median(sizes) == pytest.approx(200, rel=0.2)


def test_blobs_have_their_size():
    shape = (1, 600, 600)
    places, count = label(cover(shape, SIZE, 30_000, Blobs(200, wall=60), rng())[0])
    sizes = 2 * np.sqrt(np.bincount(places.ravel())[1:] * 16 / np.pi)
    assert count > 8
    assert np.median(sizes) == pytest.approx(200, rel=0.25)


def test_blobs_are_round_in_space_though_voxels_are_not():
    wanted = 9000
    found = cover((20, 200, 200), SIZE, wanted, Blobs(400, roughness=0), np.random.default_rng(8))
    z, y, x = (np.ptp(np.flatnonzero(found.any(axis=a))) for a in ((1, 2), (0, 2), (0, 1)))
    assert z > 2
    assert y * 4 < 1100
    assert x * 4 < 1100


def test_everything_can_be_covered_from_middles_that_reach_little():
    among = np.zeros((1, 150, 150), bool)
    among[0, 0, 0] = True
    wanted = 150 * 150
    assert cover((1, 150, 150), SIZE, wanted, Blobs(200), rng(), among).all()
