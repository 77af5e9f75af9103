import numpy as np
import pytest

from neuropil.preservation.damage.grain import Grain
from neuropil.preservation.damage.tissue import Tissue
from neuropil.preservation.damage.warping import (
    COARSE,
    FINE,
    Move,
    find_sources,
    find_targets,
    pull,
)


@pytest.mark.parametrize("shape", [(40, 60), (300, 520)])
def test_equal_areas_move_nothing(shape):
    still = np.indices(shape)
    assert np.abs(find_sources(np.ones(shape), shape) - still).max() < 1e-3
    assert np.abs(find_targets(np.ones(shape), shape, FINE) - still).max() < 1e-3


@pytest.mark.parametrize("grid", [COARSE, FINE])
def test_halves_take_the_areas_they_are_given(grid):
    area = np.ones((40, 200))
    area[:, 100:] = 3
    places = find_targets(area, (40, 200), grid)
    # A quarter of the new frame shows the first half.
    border = np.argmax(places[1, 20] > 99.5)
    assert border == pytest.approx(50, abs=1.5)
    # Nothing pushes along the other axis.
    assert np.abs(places[0] - np.arange(40)[:, None]).max() < 1e-2


def test_a_hole_shows_nothing_and_the_rest_all():
    area = np.ones((120, 120))
    area[40:80, 40:80] = 0
    places = find_sources(area, (110, 110))
    row = places[1, 60]
    # Left of the hole everything up to the middle is seen, right of it all beyond.
    assert row[0] == pytest.approx(0, abs=0.6)
    assert row[119] == pytest.approx(109, abs=0.6)
    assert row[39] > 40
    assert row[80] < 70
    step = np.gradient(places[0], axis=0) * np.gradient(places[1], axis=1)
    step -= np.gradient(places[0], axis=1) * np.gradient(places[1], axis=0)
    seen = area > 0
    expected = 110 * 110 / seen.sum()
    far = seen.copy()
    far[34:86, 34:86] = False
    assert np.median(np.abs(step[far] / expected - 1)) < 0.03


def test_frames_may_change_their_size():
    places = find_targets(np.ones((50, 80)), (25, 40), FINE)
    assert np.allclose(places[0, :, 0], np.arange(25) * 2 + 0.5, atol=1e-3)


def test_moves_without_strain_carry_image_and_labels(section):
    tissue = Tissue.of(section)
    places = np.indices((190, 180))[None] + [[[3]], [[7]]]
    move = Move(places.astype(np.float32), np.array([0]), tissue.voxel_size)
    moved = pull(tissue, Grain.of(tissue), move, np.random.default_rng(0))
    assert np.allclose(moved.image[0], tissue.image[0, 3:193, 7:187], atol=1e-3)
    assert np.array_equal(moved.labels["truth"][0], tissue.labels["truth"][0, 3:193, 7:187])


def test_stretched_tissue_keeps_the_grain_of_the_camera(section):
    tissue = Tissue.of(section)
    places = (np.indices((200, 200)) * [[[1]], [[0.25]]])[None]
    move = Move(places.astype(np.float32), np.array([0]), tissue.voxel_size)
    moved = pull(tissue, Grain.of(tissue), move, np.random.default_rng(0)).image
    # Neighbours along x would be alike if the grain were stretched too.
    inside = moved[0][moved[0] > 120]
    assert inside.std() > 8
    steps = np.diff(moved[0], axis=1)
    assert np.median(np.abs(steps)) > 0.6 * np.median(np.abs(np.diff(tissue.image[0], axis=1)))
