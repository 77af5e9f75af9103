"""Borders are counted face by face, and joined as a slow program joins them."""

import numpy as np

from neuropil.contracts import SeedTree
from neuropil.preservation.segmenting.borders import Borders, measure_borders
from neuropil.preservation.segmenting.joining import join_fragments


def test_borders_of_three_fragments() -> None:
    labels = np.array([[1, 1, 2], [1, 3, 2]])
    probability = np.array([[0.1, 0.2, 0.8], [0.1, 0.4, 0.6]])
    found = measure_borders(labels, probability)
    assert found.n == 3
    assert found.pairs.tolist() == [[0, 1], [0, 2], [1, 2]]
    assert found.faces.tolist() == [1, 2, 1]
    np.testing.assert_allclose(found.membrane, [0.8, 0.4 + 0.4, 0.6])


def test_faces_are_counted_along_all_axes() -> None:
    labels = np.ones((3, 3, 3), int)
    labels[1, 1, 1] = 2
    assert measure_borders(labels, np.zeros((3, 3, 3))).faces.tolist() == [6]


def test_one_fragment_has_no_border() -> None:
    borders = measure_borders(np.ones((4, 4), int), np.zeros((4, 4)))
    assert borders.pairs.shape == (0, 2)
    assert join_fragments(borders).groups(0.5).tolist() == [0]


def test_a_mean_is_over_all_faces_of_the_joined_border() -> None:
    # 0-1 is weakest; 2 then touches the pair with (2 * .3 + 8 * .8) / 10 = .7.
    borders = Borders(
        3,
        np.array([[0, 1], [0, 2], [1, 2]]),
        np.array([5.0, 2.0, 8.0]),
        np.array([0.5, 0.6, 6.4]),
    )
    tree = join_fragments(borders)
    np.testing.assert_allclose(tree.heights, [0.1, 0.7])
    assert tree.groups(0.05).tolist() == [0, 1, 2]
    assert tree.groups(0.5).tolist() == [0, 0, 1]
    assert tree.groups(0.75).tolist() == [0, 0, 0]


def _join_slowly(borders: Borders, threshold: float) -> np.ndarray:
    """Join the weakest border until none is below the threshold; all is counted anew each time."""
    group = np.arange(borders.n)
    while True:
        best, pair = threshold, None
        for one in range(borders.n):
            for other in range(one + 1, borders.n):
                ends = group[borders.pairs]
                between = (np.sort(ends, axis=1) == (one, other)).all(axis=1)
                if between.any():
                    mean = borders.membrane[between].sum() / borders.faces[between].sum()
                    if mean < best:
                        best, pair = mean, (one, other)
        if pair is None:
            return group
        group[group == pair[1]] = pair[0]


def test_joins_are_those_of_a_slow_program() -> None:
    for seed in range(5):
        rng = SeedTree(seed).generator()
        labels = np.kron(np.arange(1, 26).reshape(5, 5), np.ones((3, 3), int))
        borders = measure_borders(labels, rng.random(labels.shape))
        tree = join_fragments(borders)
        for threshold in (0.5, 0.65, 0.7, 0.75):
            groups, slow = tree.groups(threshold), _join_slowly(borders, threshold)
            same = groups[:, None] == groups
            np.testing.assert_array_equal(same, slow[:, None] == slow)
