"""What a laboratory brings: tiles that were judged, in the blocks of tissue they were cut from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from neuropil.contracts import InputError

__all__ = ["BlockCounts"]

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class BlockCounts:
    """Tiles that were judged, and those found bad, in each block of tissue.

    Blocks stand for places that were drawn at random and independently from the brain; tiles of
    one block are neighbours and may fail together.

    Parameters
    ----------
    bad : (n_blocks,) array
        Tiles of each block that were judged bad.
    tiles : (n_blocks,) array
        Tiles of each block that could be judged, one or more.

    Raises
    ------
    InputError
        When there is no block, the two differ in length, or a count is not whole, is negative, is
        none of tiles, or exceeds the tiles of its block; the message names the block.

    Examples
    --------
    >>> counts = BlockCounts.of([0, 0, 3, 0], [10, 10, 10, 10])
    >>> counts.n_blocks, counts.n_tiles, counts.n_bad
    (4, 40, 3)
    """

    bad: Integers
    tiles: Integers

    def __post_init__(self) -> None:
        bad, tiles = (_check_whole(getattr(self, name), name) for name in ("bad", "tiles"))
        object.__setattr__(self, "bad", bad)
        object.__setattr__(self, "tiles", tiles)
        if bad.shape != tiles.shape or not bad.size:
            raise InputError(
                f"expected bad and all tiles of the same blocks, one or more, found {bad.size} and "
                f"{tiles.size}",
                where="blocks",
                repair="Give one pair of counts for each block.",
            )
        wrong = (tiles < 1) | (bad < 0) | (bad > tiles)
        if wrong.any():
            row = int(wrong.argmax())
            raise InputError(
                f"expected a tile or more, and from none to all of them bad, found {bad[row]} bad "
                f"of {tiles[row]}",
                where=f"block {row}",
                repair="Leave out blocks in which no tile could be judged, and count each tile "
                "once.",
            )

    @classmethod
    def of(cls, bad: Sequence[int], tiles: Sequence[int] | int) -> BlockCounts:
        """Count from lists; one number of tiles is that of every block.

        Parameters
        ----------
        bad : (n_blocks,) sequence of int
            Bad tiles of each block.
        tiles : int or (n_blocks,) sequence of int
            All judged tiles.
        """
        every = np.full(len(bad), tiles) if isinstance(tiles, int) else np.asarray(tiles)
        return cls(np.asarray(bad), every)

    @property
    def n_blocks(self) -> int:
        """Number of blocks."""
        return int(self.bad.size)

    @property
    def n_tiles(self) -> int:
        """Number of tiles in all blocks."""
        return int(self.tiles.sum())

    @property
    def n_bad(self) -> int:
        """Number of bad tiles in all blocks."""
        return int(self.bad.sum())

    def shares(self) -> Floats:
        """Return the share of bad tiles in each block."""
        shares: Floats = self.bad / self.tiles
        return shares


def _check_whole(counts: npt.NDArray[np.generic], name: str) -> Integers:
    given = np.asarray(counts)
    if given.ndim != 1 or given.dtype.kind not in "iuf":
        raise InputError(
            f"expected one list of whole numbers, found shape {given.shape} of {given.dtype}",
            where=name,
            repair="Count the tiles of each block.",
        )
    numbers = given.astype(np.float64)
    # Above 2^53 a float no longer tells whole numbers apart; NaN fails the comparison too.
    wrong = ~((numbers == np.floor(numbers)) & (np.abs(numbers) < 2**53))
    if wrong.any():
        row = int(wrong.argmax())
        raise InputError(
            f"expected a whole number, found {given[row]}",
            where=f"{name}, block {row}",
            repair="Count whole tiles; leave out those that could not be judged.",
        )
    return numbers.astype(np.int64)
