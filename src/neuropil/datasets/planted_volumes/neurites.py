"""A generated block of tissue with its image, its true neurites and an automatic segmentation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from neuropil.connectome import Volume
from neuropil.contracts import Operation, SeedTree, Source
from neuropil.datasets.planted_volumes.design import NeuriteDesign
from neuropil.datasets.planted_volumes.filling import fill_block
from neuropil.datasets.planted_volumes.imaging import draw_picture
from neuropil.datasets.planted_volumes.paths import grow_paths
from neuropil.datasets.planted_volumes.supervoxels import segment_picture

__all__ = ["convert_neurites", "plant_neurites"]

_NAME = "synthetic-neurites"


def plant_neurites(seed: SeedTree, design: NeuriteDesign | None = None) -> Volume:
    """Generate a block that is filled with branching neurites.

    Sizes and contrasts are chosen by eye and not measured: what a method scores here says nothing
    about real tissue.

    Parameters
    ----------
    seed : SeedTree
        Seed of all draws.
    design : NeuriteDesign, optional
        Sizes of the block, its neurites and its faults; a cube of 96 voxels of 16 nm when not
        given.

    Returns
    -------
    Volume
        The image, and the segmentations ``truth`` (one piece for each neurite, no background) and
        ``watershed`` (over-segmented, with some merge errors where membranes are weak). Notes name
        the missing sections.

    Examples
    --------
    >>> block = plant_neurites(SeedTree(0), NeuriteDesign(shape=(24, 32, 32)))
    >>> block.shape, sorted(block.segmentations)
    ((24, 32, 32), ['truth', 'watershed'])
    """
    chosen = design or NeuriteDesign()
    tree = seed.child(_NAME)
    paths = grow_paths(chosen, tree.child("paths").generator())
    truth = fill_block(chosen, paths)
    picture = draw_picture(chosen, truth, paths, tree.child("image"))
    supervoxels = segment_picture(chosen, picture)
    notes = ["The neurites are generated: results say nothing about real tissue."]
    if picture.missing:
        listed = ", ".join(map(str, picture.missing))
        notes.append(f"Sections that are missing in the image and read 0: {listed}.")
    settings = {name: _plain(value) for name, value in asdict(chosen).items()}
    return Volume(
        chosen.voxel_size,
        picture.image,
        {"truth": truth.astype(np.uint32), "watershed": supervoxels.astype(np.uint32)},
        "synthetic",
        Source(f"{_NAME} (seed {seed.root})", licence="generated", synthetic=True),
        (Operation("plant_neurites", {"seed": seed.root, **settings}),),
        tuple(notes),
    )


def _plain(value: tuple[float, ...] | float) -> list[float] | float:
    return list(value) if isinstance(value, tuple) else value


def convert_neurites(files: Mapping[str, Path], source: Source) -> Volume:
    """Generate the block of seed 0; there are no files to read."""
    del files
    return replace(plant_neurites(SeedTree(0)), source=source)
