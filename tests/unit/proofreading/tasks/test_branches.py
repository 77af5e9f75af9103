import numpy as np
import pytest

from neuropil.proofreading.tasks.branches import count_arms, find_middles

SIZE = (40.0, 40.0, 40.0)


def tubes(*directions: tuple[int, int, int]) -> np.ndarray:
    """Draw tubes of 160 nm radius from the middle of a block."""
    grid = np.stack(np.indices((61, 61, 61)), -1) - 30.0
    labels = np.zeros((61, 61, 61), np.uint8)
    for direction in directions:
        axis = np.array(direction) / np.linalg.norm(direction)
        along = grid @ axis
        off = np.linalg.norm(grid - along[..., None] * axis, axis=-1)
        labels[(along >= 0) & (off <= 4)] = 1
    return labels


@pytest.mark.parametrize(
    ("directions", "arms"),
    [
        ([(0, 1, 0), (0, -1, 0)], 2),
        ([(0, 1, 0), (0, -1, 0), (0, 0, 1)], 3),
        ([(0, 1, 1), (0, 1, -1), (0, -1, 0)], 3),
        ([(0, 1, 0), (0, -1, 0), (0, 0, 1), (1, 0, 0)], 4),
    ],
)
def test_arms_of_tubes_are_counted(directions: list[tuple[int, int, int]], arms: int) -> None:
    middle = np.full(3, 30.5 * 40)
    assert count_arms(tubes(*directions), SIZE, (1,), middle, 160.0) == arms


def test_a_place_outside_has_no_arms_and_a_ball_has_none() -> None:
    labels = tubes((0, 1, 0))
    assert count_arms(labels, SIZE, (1,), np.full(3, 200.0), 160.0) == 0
    ball = (np.linalg.norm(np.indices((61, 61, 61)) - 30, axis=0) < 8).astype(np.uint8)
    assert count_arms(ball, SIZE, (1,), np.full(3, 30.5 * 40), 320.0) == 0


def test_middles_lie_on_the_axis_of_a_tube_at_its_radius() -> None:
    places, depths = find_middles(tubes((0, 1, 0), (0, -1, 0)), SIZE)
    np.testing.assert_allclose(places[:, [0, 2]], 30, atol=1)
    assert depths.max() == pytest.approx(160, abs=45)


def test_arms_of_two_objects_joined_are_those_of_both() -> None:
    labels = tubes((0, 1, 0), (0, -1, 0))
    other = np.roll(tubes((0, 0, 1), (0, 0, -1)), 7, axis=0)
    labels[(other > 0) & (labels == 0)] = 2
    place = np.array([34.5, 30.5, 30.5]) * 40
    assert count_arms(labels, SIZE, (1, 2), place, 160.0) == 4
    assert count_arms(labels, SIZE, (1,), np.full(3, 30.5 * 40), 160.0) == 2
