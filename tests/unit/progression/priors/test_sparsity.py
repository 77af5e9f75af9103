"""The strongest pairs are kept, the graph stays connected, and the tree is the largest."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse.csgraph import connected_components, minimum_spanning_tree

from neuropil.contracts import ConfigError, InputError
from neuropil.progression.priors.sparsity import find_maximum_tree, is_connected, sparsify


@pytest.fixture
def matrix():
    rng = np.random.default_rng(4)
    drawn = rng.random((40, 40)) ** 3
    matrix = (drawn + drawn.T) / 2
    np.fill_diagonal(matrix, 0)
    return matrix


def test_the_tree_is_that_of_scipy(matrix):
    rows, columns = np.triu_indices(40, 1)
    tree = find_maximum_tree(matrix)
    reference = minimum_spanning_tree(np.triu(2 - matrix, 1)).toarray()
    found = np.zeros_like(matrix)
    found[rows[tree], columns[tree]] = 1
    np.testing.assert_array_equal(found > 0, (reference + reference.T)[:, :] * np.tri(40).T > 0)


@pytest.mark.parametrize("share", [0.01, 0.1, 0.2, 1.0])
def test_the_strongest_share_and_the_tree_are_kept(matrix, share):
    thin = sparsify(matrix, share)
    rows, columns = np.triu_indices(40, 1)
    values, kept = matrix[rows, columns], thin[rows, columns] > 0
    strongest = values >= np.sort(values)[::-1][round(share * 780) - 1]
    tree = np.isin(np.arange(780), find_maximum_tree(matrix))
    np.testing.assert_array_equal(kept, strongest | tree)
    np.testing.assert_array_equal(thin[thin > 0], matrix[thin > 0])
    assert (thin == thin.T).all()
    assert connected_components(thin)[0] == 1
    assert is_connected(thin)


def test_two_parts_are_joined_by_their_strongest_pair():
    two = np.zeros((6, 6))
    two[:3, :3] = two[3:, 3:] = 0.9
    two[2, 3] = two[3, 2] = 0.2
    two[0, 5] = two[5, 0] = 0.1
    np.fill_diagonal(two, 0)
    thin = sparsify(two, 0.4)
    assert thin[2, 3] == 0.2
    assert thin[0, 5] == 0


def test_equal_pairs_are_decided_by_their_order():
    flat = np.full((5, 5), 0.5) - 0.5 * np.eye(5)
    # Two of ten, and the tree of equals, which is the star of the first region.
    thin = sparsify(flat, 0.2)
    assert np.flatnonzero(thin[np.triu_indices(5, 1)]).tolist() == [0, 1, 2, 3]


def test_what_cannot_be_connected_is_refused():
    apart = np.zeros((4, 4))
    apart[0, 1] = apart[1, 0] = apart[2, 3] = apart[3, 2] = 0.5
    assert not is_connected(apart)
    with pytest.raises(InputError) as error:
        sparsify(apart)
    assert str(error.value) == (
        "prior: expected all regions to be joined by pairs above 0, found 2 of 4 that are not. "
        "Add a floor, which leaves no pair at 0."
    )


@pytest.mark.parametrize("share", [0, 1.2, float("nan")])
def test_a_share_that_is_none_is_refused(matrix, share):
    with pytest.raises(ConfigError) as error:
        sparsify(matrix, share)
    assert str(error.value) == (
        f"share: expected a share above 0 and up to 1, found {share:g}. "
        "Give a part of the pairs, such as 0.2 for the strongest fifth."
    )
