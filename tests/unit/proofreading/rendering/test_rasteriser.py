"""Every pixel shows the nearest triangle, and surfaces have neither holes nor overlaps."""

import numpy as np

from neuropil.proofreading.rendering.rasteriser import rasterise

SQUARE = np.array([[2.0, 3, 5], [7, 3, 5], [7, 8, 5], [2, 8, 5]])
# Rows grow downwards: this order runs counter-clockwise on the picture.
TOWARDS = np.array([[0, 2, 1], [0, 3, 2]])


def test_a_square_covers_its_pixels():
    seen = rasterise(SQUARE, TOWARDS, 10)
    expected = np.zeros((10, 10), dtype=bool)
    expected[3:8, 2:7] = True
    assert seen.pixels.tolist() == np.flatnonzero(expected).tolist()
    np.testing.assert_allclose(seen.depths, 5)


def test_what_faces_away_is_not_drawn():
    assert len(rasterise(SQUARE, TOWARDS[:, ::-1], 10).pixels) == 0


def test_the_nearer_square_wins_in_any_order():
    nearer = SQUARE * [1, 1, 0] + [1, 1, 2]
    vertices = np.concatenate([SQUARE, nearer])
    faces = np.concatenate([TOWARDS, TOWARDS + 4])
    for order in ([0, 1, 2, 3], [2, 3, 0, 1]):
        seen = rasterise(vertices, faces[order], 10)
        owner = np.full(100, -1)
        owner[seen.pixels] = faces[order][seen.faces].min(axis=1) // 4
        owner = owner.reshape(10, 10)
        assert (owner[4:9, 3:8] == 1).all()
        assert (owner[3, 2:7] == 0).all()


def test_neighbouring_triangles_leave_no_hole():
    rng = np.random.default_rng(0)
    n = 12
    grid = np.stack(np.meshgrid(np.linspace(-3, 35, n), np.linspace(-3, 35, n)), axis=-1)
    grid[1:-1, 1:-1] += rng.uniform(-1, 1, (n - 2, n - 2, 2))
    places = np.concatenate([grid.reshape(-1, 2), rng.uniform(4, 9, (n * n, 1))], axis=1)
    corner = (np.arange(n - 1)[:, None] * n + np.arange(n - 1)).ravel()
    faces = np.concatenate(
        [
            np.stack([corner, corner + n, corner + 1], axis=1),
            np.stack([corner + 1, corner + n, corner + n + 1], axis=1),
        ]
    )
    assert len(rasterise(places, faces, 32).pixels) == 32 * 32
    # Each triangle by itself: together they cover each pixel exactly once.
    alone = [len(rasterise(places, face[None], 32).pixels) for face in faces]
    assert sum(alone) == 32 * 32


def test_values_of_corners_spread_as_a_plane():
    seen = rasterise(SQUARE, TOWARDS, 10)
    value = seen.interpolate(3 * SQUARE[:, 0] - 2 * SQUARE[:, 1])
    rows, columns = np.divmod(seen.pixels, 10)
    np.testing.assert_allclose(value, 3 * (columns + 0.5) - 2 * (rows + 0.5))
    depths = rasterise(
        SQUARE + np.array([[0, 0, 0], [0, 0, 1], [0, 0, 1], [0, 0, 0]]), TOWARDS, 10
    ).depths
    np.testing.assert_allclose(depths, 5 + (columns + 0.5 - 2) / 5)


def test_parts_outside_of_the_picture_are_left_out():
    assert len(rasterise(SQUARE - [4, 5, 0], TOWARDS, 10).pixels) == 3 * 3
    assert len(rasterise(SQUARE + np.array([50, 0, 0]), TOWARDS, 10).pixels) == 0
