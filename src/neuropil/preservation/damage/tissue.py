"""The arrays of a volume while damage acts on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from neuropil.connectome import Volume
from neuropil.contracts import InputError, Operation

__all__ = ["TRUTH", "Floats", "Integers", "Mask", "Size", "Tissue"]

TRUTH = "truth"
"""Name of the true segmentation of a volume."""

Floats = npt.NDArray[np.floating[Any]]
Integers = npt.NDArray[np.integer[Any]]
Mask = npt.NDArray[np.bool_]
Size = tuple[float, float, float]


@dataclass(frozen=True, eq=False)
class Tissue:
    """Image and labels of a volume, in memory, ready for arithmetic.

    Parameters
    ----------
    image : (nz, ny, nx) float array
        Brightness, in the units of the volume's image.
    labels : mapping of str to (nz, ny, nx) integer array
        The segmentations by name; they move together with the image.
    voxel_size : tuple of float
        Edges of a voxel along z, y and x [nm].
    """

    image: Floats
    labels: Mapping[str, Integers]
    voxel_size: Size

    @classmethod
    def of(cls, volume: Volume) -> Self:
        """Read a volume.

        Parameters
        ----------
        volume : Volume
            Tissue with an image.

        Returns
        -------
        Tissue
            Brightness as floating point numbers that hold every value of the image exactly.

        Raises
        ------
        InputError
            When there is no image, its sections are less than two voxels wide or high, or it holds
            NaN or infinite values: replace these.
        """
        image = volume.read_image()
        if min(image.shape[1:]) < 2:
            raise InputError(
                "expected sections of 2 x 2 voxels or more, found "
                f"{image.shape[1]} x {image.shape[2]}",
                where=volume.source.name,
                repair="Bring a larger piece of tissue.",
            )
        # 32 bits hold every value of 8- and 16-bit images; wider ones get 64.
        values = image.astype(np.result_type(image.dtype, np.float32))
        wrong = int(np.count_nonzero(~np.isfinite(values)))
        if wrong:
            raise InputError(
                f"expected finite brightness, found {wrong} of {values.size} voxels that are not",
                where=volume.source.name,
                repair="Replace NaN and infinite values, or crop them away.",
            )
        labels = {name: volume.segmentation(name) for name in volume.segmentations}
        return cls(values, labels, volume.voxel_size)

    @property
    def truth(self) -> Integers | None:
        """The true segmentation, where there is one."""
        return self.labels.get(TRUTH)

    def with_image(self, image: Floats) -> Self:
        """Return the tissue with another image on the same grid.

        Parameters
        ----------
        image : (nz, ny, nx) float array
            Brightness.
        """
        return replace(self, image=image)

    def without(self, mask: Mask) -> Self:
        """Return the tissue with label 0 where it has vanished.

        Parameters
        ----------
        mask : (nz, ny, nx) bool array
            Where there is no tissue any more.
        """
        return replace(
            self,
            labels={
                name: np.where(mask, labels.dtype.type(0), labels)
                for name, labels in self.labels.items()
            },
        )

    def require_truth(self, purpose: str) -> Integers:
        """Return the true segmentation.

        Parameters
        ----------
        purpose : str
            Name of the damage that needs it, for the message.

        Raises
        ------
        InputError
            When the volume has none: add it under the name ``truth``.
        """
        if self.truth is None:
            raise InputError(
                f"expected a segmentation {TRUTH!r}, which tells where membranes are; found none",
                where=purpose,
                repair=f"Add it with volume.with_segmentation({TRUTH!r}, labels).",
            )
        return self.truth

    def to_volume(self, volume: Volume, operation: Operation) -> Volume:
        """Return the volume with these arrays, its image in the type it had.

        Parameters
        ----------
        volume : Volume
            The volume that was read.
        operation : Operation
            What was done to it.

        Returns
        -------
        Volume
            With rounded and clipped brightness where the image was of whole numbers, and with one
            more entry in ``provenance``.
        """
        kind = volume.read_image((slice(0, 1),) * 3).dtype
        image = self.image
        if np.issubdtype(kind, np.integer):
            limits = np.iinfo(kind)
            image = np.clip(np.rint(image), limits.min, limits.max)
        return replace(
            volume,
            image=image.astype(kind),
            segmentations=dict(self.labels),
            provenance=(*volume.provenance, operation),
        )
