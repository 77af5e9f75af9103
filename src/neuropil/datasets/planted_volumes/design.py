"""What a generated block of tissue is like: sizes, neurites and their image."""

from __future__ import annotations

from dataclasses import dataclass

from neuropil.contracts import ConfigError

__all__ = ["NeuriteDesign"]

# Fewer voxels hold no neurite, and more take minutes: 512 sections of 384 x 384.
_FEWEST, _MOST = 16, 75_497_472


@dataclass(frozen=True, slots=True)
class NeuriteDesign:
    """Sizes of a generated block, of the neurites in it and of what is wrong with its image.

    Parameters
    ----------
    shape : tuple of int
        Number of voxels along z, y and x.
    voxel_size : tuple of float
        Edges of a voxel along z, y and x [nm].
    radii : tuple of float
        Smallest and largest radius of a neurite [nm]; logarithms are spread evenly.
    density : float
        Neurites for each cubic micrometre.
    missing : float
        Share of the sections that are black in the image.
    weakness : float
        How much the contrast of the membranes varies, from 0; 0.35 leaves some of them almost
        invisible.
    depth : float
        Boundaries that rise less than this above the shallower of two basins do not part
        supervoxels, in units of the contrast of a membrane: less makes more split errors, more
        makes more merge errors.

    Raises
    ------
    ConfigError
        When a size is not positive, the block has less than 16 voxels along an axis or is too
        large, or a share is not between 0 and 1.
    """

    shape: tuple[int, int, int] = (96, 96, 96)
    voxel_size: tuple[float, float, float] = (16.0, 16.0, 16.0)
    radii: tuple[float, float] = (45.0, 220.0)
    density: float = 14.0
    missing: float = 0.02
    weakness: float = 0.35
    depth: float = 0.05

    def __post_init__(self) -> None:
        nz, ny, nx = self.shape
        _require(
            min(self.shape) >= _FEWEST and nz * ny * nx <= _MOST,
            "shape",
            f"{_FEWEST} or more voxels along each axis and at most {_MOST:,} in all",
            self.shape,
        )
        _require(min(self.voxel_size) > 0, "voxel_size", "positive numbers [nm]", self.voxel_size)
        low, high = self.radii
        _require(0 < low <= high, "radii", "a smaller and a larger radius [nm]", self.radii)
        _require(self.density > 0, "density", "a positive number", self.density)
        _require(0 <= self.missing <= 0.2, "missing", "a share from 0 to 0.2", self.missing)
        _require(self.weakness >= 0, "weakness", "0 or more", self.weakness)
        _require(self.depth >= 0, "depth", "0 or more", self.depth)

    @property
    def extent(self) -> tuple[float, float, float]:
        """Edges of the block along z, y and x [nm]."""
        (nz, ny, nx), (dz, dy, dx) = self.shape, self.voxel_size
        return nz * dz, ny * dy, nx * dx


def _require(holds: bool, name: str, what: str, found: object) -> None:
    if not holds:
        raise ConfigError(
            f"expected {what}, found {found}", where=name, repair="Leave it out for the default."
        )
