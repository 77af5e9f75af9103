"""Pieces are chosen by likeness, on the side of size that is wanted."""

from __future__ import annotations

import numpy as np

from neuropil.proofreading.tasks.alike import (
    choose_alike,
    find_alike_volumes,
    measure_outline,
)


def _block(z: int, y: int, x: int) -> np.ndarray:
    inside = np.zeros((20, 20, 20), bool)
    inside[2 : 2 + z, 3 : 3 + y, 1 : 1 + x] = True
    return inside


def test_an_outline_is_the_volume_and_the_extents() -> None:
    assert measure_outline(_block(4, 5, 6)) == (120, 4, 5, 6)
    # Extents go from the first to the last voxel, over holes.
    apart = _block(1, 1, 1) | np.roll(_block(1, 1, 1), (3, 4, 5), axis=(0, 1, 2))
    assert measure_outline(apart) == (2, 4, 5, 6)


def test_the_piece_most_alike_on_the_wanted_side_is_chosen() -> None:
    pieces = {
        1: _block(10, 10, 10),
        2: _block(10, 10, 9),
        3: _block(10, 9, 9),
        4: _block(10, 11, 10),
        5: _block(10, 12, 11),
    }
    assert choose_alike(1, pieces, (1, 1), 2) == (2,)
    assert choose_alike(1, pieces, (0, 0), 2) == (4,)
    assert choose_alike(1, pieces, (2, 2), 3) == (2, 3)
    # Of two others one is smaller in volume and the other in extent: no piece here is both ways.
    assert choose_alike(1, pieces, (1, 0), 2) is None


def test_pieces_that_differ_too_much_are_not_alike() -> None:
    pieces = {1: _block(10, 10, 10), 2: _block(10, 5, 5)}
    assert choose_alike(1, pieces, (1, 1), 2) is None


def test_volumes_are_alike_within_a_factor_of_e() -> None:
    volumes = {4: 2719, 1: 1000, 2: 2718, 3: 368, 5: 367}
    assert find_alike_volumes(1, volumes) == [1, 2, 3]
    assert find_alike_volumes(9, volumes) == []
