"""The grain of an image: what the microscope adds to the tissue, and keeps when tissue changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from neuropil.preservation.damage.membranes import find_cytoplasm
from neuropil.preservation.damage.texture import blur_sections, borrow_grain
from neuropil.preservation.damage.tissue import Floats, Integers, Mask, Size, Tissue

__all__ = ["Grain"]

# Below this distance texture is grain, which damage to tissue leaves [nm]: two pixels of ISBI
# 2012, whose noise is correlated over one.
_FINE = 8.0
# Percentile of the energy of the grain over this distance [nm] up to which a place is calm: at
# the others the grain holds outlines of vesicles.
_CALM, _AROUND = 50.0, 16.0


@dataclass(frozen=True, eq=False)
class Grain:
    """An image split into what tissue looks like and its grain.

    Parameters
    ----------
    smooth : (nz, ny, nx) array
        The image blurred by 8 nm in the section.
    rest : (nz, ny, nx) array
        What is left of the image: its grain, and outlines of structures.
    calm : (nz, ny, nx) bool array
        Cytoplasm where the rest is grain alone: the calmer half of it.
    voxel_size : tuple of float
        Edges of a voxel along z, y and x [nm].
    """

    smooth: Floats
    rest: Floats
    calm: Mask
    voxel_size: Size

    @classmethod
    def of(cls, tissue: Tissue) -> Self:
        """Split the image of some tissue.

        Parameters
        ----------
        tissue : Tissue
            Image, and the truth where it is known.
        """
        smooth = blur_sections(tissue.image, _FINE, tissue.voxel_size)
        rest = tissue.image - smooth
        calm = find_cytoplasm(tissue)
        energy = blur_sections(rest**2, _AROUND, tissue.voxel_size)
        if calm.any():
            calm &= energy <= np.percentile(energy[calm], _CALM)
        return cls(smooth, rest, calm, tissue.voxel_size)

    def lend(
        self, target: Mask, rng: np.random.Generator, sections: Integers | None = None
    ) -> Floats:
        """Copy grain from calm places to others.

        Parameters
        ----------
        target : (mz, my, mx) bool array
            Voxels that need grain, in a frame of any size.
        rng : numpy.random.Generator
            Where the draws come from.
        sections : (mz,) integer array, optional
            Section that each section takes its grain from; its own when not given.

        Returns
        -------
        (n_target,) array
            Grain of each voxel that needs it, in the order of ``np.nonzero``.
        """
        rest, calm = self.rest, self.calm
        if sections is not None:
            rest, calm = rest[sections], calm[sections]
        return borrow_grain(rest, calm, target, self.voxel_size, rng)
