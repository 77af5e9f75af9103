"""Generated brains in which failure comes in patches, and samples of tiles from them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from neuropil.contracts import ConfigError
from neuropil.preservation.sampling.blocks import BlockCounts

__all__ = ["PatchyBrain", "SamplePlan", "generate_brain", "sample_brain"]

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class PatchyBrain:
    """A brain as a grid of tiles.

    Parameters
    ----------
    bad : (n, n, n) bool array
        Tiles that are bad. Opposite faces are neighbours, so that every tile is alike.
    """

    bad: Bools

    @property
    def share(self) -> float:
        """Share of bad tiles: the truth that a sample is held against."""
        return float(self.bad.mean())


@dataclass(frozen=True, slots=True)
class SamplePlan:
    """Where tiles are taken.

    Parameters
    ----------
    blocks : int
        Blocks, each at a random place.
    tiles : int
        Tiles taken from each block, at random.
    edge : int
        Edge of a block [tiles].

    Raises
    ------
    ConfigError
        When a number is below 1, or a block has fewer tiles than are taken.
    """

    blocks: int
    tiles: int
    edge: int = 4

    def __post_init__(self) -> None:
        if min(self.blocks, self.tiles, self.edge) < 1 or self.tiles > self.edge**3:
            raise ConfigError(
                f"expected a block or more with 1 to {self.edge**3} tiles of each, found "
                f"{self.blocks} with {self.tiles}",
                where="SamplePlan",
                repair="Take fewer tiles, or larger blocks.",
            )


def generate_brain(
    share: float, patch: float, rng: np.random.Generator, *, scattered: float = 0.0, edge: int = 48
) -> PatchyBrain:
    """Generate a brain whose bad tiles lie in patches.

    A Gaussian field of the given smoothness is cut at the height above which the share lies, as
    territories without blood are. Scattered bad tiles come in addition, each by itself.

    Parameters
    ----------
    share : float
        Share of tiles in patches, inside 0 and 1.
    patch : float
        Standard deviation of the smoothing of the field [tiles]; patches are a few times as wide.
    rng : numpy Generator
        Draws the field.
    scattered : float
        Probability that a tile outside patches is bad.
    edge : int
        Edge of the brain [tiles].

    Returns
    -------
    PatchyBrain
        Its share of patches is exact up to one tile.

    Raises
    ------
    ConfigError
        When a share is not inside 0 and 1, or patches are not smaller than a quarter of the brain.
    """
    if not (0 < share < 1 and 0 <= scattered < 1 and 0 < patch < edge / 4):
        raise ConfigError(
            f"expected shares inside 0 and 1 and a smoothing inside 0 and {edge / 4:g} tiles, "
            f"found {share!r}, {scattered!r} and {patch!r}",
            where="generate_brain",
            repair="Choose smaller patches or a larger brain.",
        )
    noise = np.fft.rfftn(rng.standard_normal((edge,) * 3, dtype=np.float32))
    squares = [np.square(2 * np.pi * np.fft.fftfreq(edge))] * 2
    squares.append(np.square(2 * np.pi * np.fft.rfftfreq(edge)))
    for axis, square in enumerate(squares):
        shape = [1, 1, 1]
        shape[axis] = -1
        noise *= np.exp(-square * patch**2 / 2).reshape(shape)
    field = np.fft.irfftn(noise, (edge,) * 3, axes=(0, 1, 2))
    kept = field.size - round(share * field.size)
    height = np.partition(field.ravel(), kept)[kept] if kept < field.size else np.inf
    return PatchyBrain((field >= height) | (rng.random(field.shape) < scattered))


def sample_brain(brain: PatchyBrain, plan: SamplePlan, rng: np.random.Generator) -> BlockCounts:
    """Judge tiles of a brain in blocks at random places.

    Parameters
    ----------
    brain : PatchyBrain
        The brain.
    plan : SamplePlan
        How many blocks and tiles.
    rng : numpy Generator
        Draws places and tiles.

    Returns
    -------
    BlockCounts
        What a judge without error would count.
    """
    edge = brain.bad.shape[0]
    corners = rng.integers(edge, size=(plan.blocks, 1, 3))
    cells = rng.random((plan.blocks, plan.edge**3)).argsort(axis=1)[:, : plan.tiles]
    inside = np.stack(np.unravel_index(cells, (plan.edge,) * 3), axis=-1)
    # Around the faces: a block at a border would else see inner tiles more often.
    z, y, x = np.moveaxis((corners + inside) % edge, -1, 0)
    bad = brain.bad[z, y, x].sum(axis=1)
    return BlockCounts(bad, np.full(plan.blocks, plan.tiles))
