"""What is refused before a run begins: claims, sizes, images and damages that cannot be read."""

from __future__ import annotations

import numpy as np

from neuropil.connectome import Volume
from neuropil.contracts import ConfigError, InputError
from neuropil.preservation.acquisition.gate import (
    FEWEST_PIXELS,
    SAME_PIXEL,
    require_finite,
    require_pixels,
)
from neuropil.preservation.config import PreservationConfig
from neuropil.preservation.damage.operators import Damage
from neuropil.preservation.damage.parsing import parse_damage
from neuropil.preservation.damage.sequence import Sequence
from neuropil.preservation.damage.shrinkage import Shrinkage
from neuropil.preservation.data import TissueBlock, TissueSample, cut_tiles
from neuropil.preservation.sampling.statements import parse_statement
from neuropil.preservation.tracing.requirements import parse_claim

__all__ = ["check_sample"]

# Pixels and sections of electron microscopes [nm], with room on both sides: what lies outside was
# written in another unit, or in another order.
_PIXEL, _SECTION = (0.1, 200.0), (0.1, 2000.0)
# Damages that follow the membranes of a truth; shrinkage does where it collapses the space between.
_ALONG_MEMBRANES = ("gaps", "space", "swelling")


def check_sample(config: PreservationConfig, data: TissueSample) -> None:
    """Refuse images that nothing could be read from, and claims that say nothing.

    Raises
    ------
    ConfigError
        When a damage cannot be read, or a tile holds too little.
    InputError
        When a claim or a statement cannot be read, a voxel has no size that a microscope has,
        pixels are not square, brightness is not finite, a damage needs truth that a block does not
        have, or the reference was imaged with other pixels.
    """
    for claim in config.claim:
        parse_claim(claim)
    if config.audit is not None:
        parse_statement(config.audit)
    damages = [(text, parse_damage(text)) for text in data.damages]
    for block in (*data.blocks, *data.reference):
        _check_size(block)
        _check_tiles(block, config)
        _check_brightness(block)
    for block in data.blocks:
        _check_truth(block, damages)
    if data.blocks and data.reference:
        _check_alike(data.blocks[0], data.reference[0])


def _check_size(block: TissueBlock) -> None:
    dz, dy, dx = block.volume.voxel_size
    low, high = _PIXEL
    if not (low <= min(dy, dx) and max(dy, dx) <= high and _SECTION[0] <= dz <= _SECTION[1]):
        raise InputError(
            f"expected pixels of {low:g} to {high:g} nm and sections of {_SECTION[0]:g} to "
            f"{_SECTION[1]:g} nm, found voxels of {dx:g} x {dy:g} x {dz:g} nm (x, y, z)",
            where=block.name,
            repair="State the size in nm, as x, y, z: --voxel-size 4x4x50.",
        )
    require_pixels(block.volume, block.name)


def _check_tiles(block: TissueBlock, config: PreservationConfig) -> None:
    # More columns than this hold less than the fewest pixels each, and need not be listed.
    edge = config.tile / block.volume.voxel_size[2]
    columns = cut_tiles(block.volume, config.spacing, config.tile) if edge >= 1 else iter(())
    _, y, x = next(columns, (slice(0), slice(0, 0), slice(0, 0)))
    if min(y.stop - y.start, x.stop - x.start) < FEWEST_PIXELS:
        raise ConfigError(
            f"expected tiles of {FEWEST_PIXELS} pixels or more along both edges, found an edge of "
            f"{config.tile:g} nm, which is {edge:.3g} pixels of {block.name}",
            where="tile",
            repair="Name a longer edge, or leave it at 2500 nm.",
        )


def _check_brightness(block: TissueBlock) -> None:
    if np.issubdtype(_corner(block.volume).dtype, np.integer):
        return
    for z in range(block.volume.shape[0]):
        section = block.volume.read_image((slice(z, z + 1), slice(None), slice(None)))
        require_finite(section, f"{block.name}, section {z}")


def _corner(volume: Volume) -> np.ndarray:
    return volume.read_image((slice(0, 1), slice(0, 1), slice(0, 1)))


def _check_truth(block: TissueBlock, damages: list[tuple[str, Damage]]) -> None:
    for text, damage in damages:
        parts = damage.damages if isinstance(damage, Sequence) else (damage,)
        needing = [one.name for one in parts if _needs_truth(one)]
        if needing and "truth" not in block.volume.segmentations:
            raise InputError(
                f"expected true segments where {needing[0]} are to be planted ({text}), found none",
                where=block.name,
                repair="Bring a volume with labels that are called truth, or give damage that "
                "needs none, such as blur:12 or noise:2.",
            )


def _needs_truth(damage: Damage) -> bool:
    collapses = isinstance(damage, Shrinkage) and damage.ecs_collapse
    return damage.name in _ALONG_MEMBRANES or collapses


def _check_alike(block: TissueBlock, reference: TissueBlock) -> None:
    one, other = (tissue.volume.voxel_size[2] for tissue in (block, reference))
    if abs(one - other) > SAME_PIXEL * one:
        raise InputError(
            f"expected control tissue of {one:g} nm a pixel, as {block.name} has, found {other:g}",
            where=reference.name,
            repair="Bring control tissue that was imaged alike, or resample it.",
        )
