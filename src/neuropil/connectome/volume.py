"""A block of tissue as voxels: the image, and segmentations of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import product
from types import MappingProxyType
from typing import Any, Protocol, Self, cast, runtime_checkable

import numpy as np
import numpy.typing as npt

from neuropil.connectome.description import render_html
from neuropil.connectome.volume_description import list_volume_facts, tabulate_layers
from neuropil.contracts import InputError, Operation, Source, did_you_mean

__all__ = ["Block", "Volume", "VoxelArray"]

Region = tuple[slice, slice, slice]
Integers = npt.NDArray[np.integer[Any]]

_UNKNOWN_SOURCE = Source(name="not stated")
# Edge of the blocks in which volumes are compared [voxels]: 134 MB of 64-bit labels. Not tuned.
_COMPARED = 256


@runtime_checkable
class VoxelArray(Protocol):
    """What a volume needs of an array: NumPy's and Zarr's have it."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Length of each axis."""
        ...

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the values."""
        ...

    def __getitem__(self, region: Any, /) -> Any: ...  # noqa: ANN401


@dataclass(frozen=True)
class Block:
    """A part of a volume that is worked on at once.

    Parameters
    ----------
    core : tuple of slice
        What the block answers for; cores tile the volume.
    read : tuple of slice
        The core with its margin, as far as the volume reaches.
    """

    core: Region
    read: Region


@dataclass(frozen=True, eq=False, repr=False)
class Volume:
    """A block of tissue: an image, segmentations of it, or both, on one grid of voxels.

    All arrays have axes z, y, x. They may be NumPy arrays, or arrays on disk that are read where
    they are sliced, such as Zarr's.

    Parameters
    ----------
    voxel_size : tuple of float
        Edges of a voxel along z, y and x [nm].
    image : (nz, ny, nx) array, optional
        Brightness.
    segmentations : mapping of str to (nz, ny, nx) integer array
        Label of each voxel by the name of the segmentation, such as ``truth`` or ``watershed``;
        0 is background.
    species : str
        Such as ``mouse`` or ``fly``; empty where it is not known.
    source : Source
        Origin of the data.
    provenance : tuple of Operation
        What was done, first to last.
    notes : tuple of str
        What a reader of results should know about the data.

    Raises
    ------
    InputError
        When there is neither an image nor a segmentation, arrays differ in shape, labels are not
        whole numbers, or the voxel size is not three positive numbers.
    """

    voxel_size: tuple[float, float, float]
    image: VoxelArray | None = None
    segmentations: Mapping[str, VoxelArray] = field(default_factory=dict)
    species: str = ""
    source: Source = _UNKNOWN_SOURCE
    provenance: tuple[Operation, ...] = ()
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        size = tuple(float(edge) for edge in self.voxel_size)
        if len(size) != 3 or not all(np.isfinite(edge) and edge > 0 for edge in size):
            raise InputError(
                f"expected a voxel size of three positive numbers [nm], found {self.voxel_size}",
                where=self.source.name,
                repair="State the edges of a voxel along z, y and x.",
            )
        object.__setattr__(self, "voxel_size", size)
        object.__setattr__(self, "segmentations", MappingProxyType(dict(self.segmentations)))
        self._check_arrays()

    def _check_arrays(self) -> None:
        arrays = dict(self.segmentations)
        if self.image is not None:
            arrays["image"] = self.image
        if not arrays:
            raise InputError(
                "expected an image or a segmentation, found neither",
                where=self.source.name,
                repair="Pass image=..., or segmentations={'name': ...}.",
            )
        first, shape = next((name, array.shape) for name, array in arrays.items())
        for name, array in arrays.items():
            if len(array.shape) != 3 or 0 in array.shape or array.shape != shape:
                raise InputError(
                    f"expected the shape {shape} of {first!r} with three axes, none of them "
                    f"empty; {name!r} has {array.shape}",
                    where=self.source.name,
                    repair="Bring arrays of one grid, with axes z, y, x.",
                )
            if name != "image" and not np.issubdtype(array.dtype, np.integer):
                raise InputError(
                    f"expected labels that are whole numbers, found {array.dtype} in {name!r}",
                    where=self.source.name,
                    repair="Convert them with .astype('uint32') if they are labels.",
                )

    @property
    def shape(self) -> tuple[int, int, int]:
        """Number of voxels along z, y and x."""
        [array, *_] = [*self.segmentations.values(), self.image]
        return cast("tuple[int, int, int]", array.shape)

    @property
    def extent(self) -> tuple[float, float, float]:
        """Edges of the volume along z, y and x [nm]."""
        nz, ny, nx = self.shape
        dz, dy, dx = self.voxel_size
        return nz * dz, ny * dy, nx * dx

    def segmentation(self, name: str | None = None, region: Region | None = None) -> Integers:
        """Read the labels of one segmentation.

        Parameters
        ----------
        name : str, optional
            Which segmentation; the only one when not given.
        region : tuple of slice, optional
            What part of it; all when not given.

        Returns
        -------
        (nz, ny, nx) integer array
            Labels.

        Raises
        ------
        InputError
            When there is no segmentation of that name, or none is named and there are several.
        """
        names = list(self.segmentations)
        if name is None and len(names) == 1:
            [name] = names
        if name is None or name not in self.segmentations:
            sought = "the name of a segmentation" if name is None else f"segmentation {name!r}"
            raise InputError(
                f"expected {sought}, of {', '.join(names) or 'none'}",
                where=self.source.name,
                repair=f"{did_you_mean(name or '', names)}Name one of them.",
            )
        return np.asarray(self.segmentations[name][region if region is not None else ...])

    def read_image(self, region: Region | None = None) -> npt.NDArray[Any]:
        """Read the image.

        Parameters
        ----------
        region : tuple of slice, optional
            What part of it; all when not given.

        Returns
        -------
        (nz, ny, nx) array
            Brightness.

        Raises
        ------
        InputError
            When the volume has no image.
        """
        if self.image is None:
            raise InputError(
                "expected an image, found segmentations only",
                where=self.source.name,
                repair="Bring the image of the tissue as well.",
            )
        return np.asarray(self.image[region if region is not None else ...])

    def crop(self, region: Region) -> Self:
        """Return a part of the volume, read into memory.

        Parameters
        ----------
        region : tuple of slice
            Which voxels along z, y and x.

        Returns
        -------
        Volume
            With one more entry in ``provenance``.
        """
        bounds = [axis.indices(n)[:2] for axis, n in zip(region, self.shape, strict=True)]
        text = ", ".join(f"{low}:{high}" for low, high in bounds)
        return replace(
            self,
            image=None if self.image is None else self.read_image(region),
            segmentations={name: self.segmentation(name, region) for name in self.segmentations},
            provenance=(*self.provenance, Operation("crop", {"region": text})),
        )

    def with_segmentation(self, name: str, labels: VoxelArray) -> Self:
        """Return the volume with one more segmentation, or with another one of that name.

        Parameters
        ----------
        name : str
            Its name.
        labels : (nz, ny, nx) integer array
            Label of each voxel.

        Returns
        -------
        Volume
            With one more entry in ``provenance``.
        """
        return replace(
            self,
            segmentations={**self.segmentations, name: labels},
            provenance=(*self.provenance, Operation("with_segmentation", {"name": name})),
        )

    def blocks(self, size: int, margin: int = 0) -> Iterator[Block]:
        """List blocks that tile the volume.

        Parameters
        ----------
        size : int
            Edge of a block's core [voxels].
        margin : int
            What is read beyond the core on each side [voxels].

        Yields
        ------
        Block
            In order of z, y, x.
        """
        starts = [range(0, n, size) for n in self.shape]
        for corner in product(*starts):
            ends = [min(low + size, n) for low, n in zip(corner, self.shape, strict=True)]
            pairs = list(zip(corner, ends, self.shape, strict=True))
            yield Block(
                cast("Region", tuple(slice(low, high) for low, high, _ in pairs)),
                cast(
                    "Region",
                    tuple(
                        slice(max(low - margin, 0), min(high + margin, n)) for low, high, n in pairs
                    ),
                ),
            )

    def equals(self, other: Volume) -> bool:
        """Compare content: voxel size, species, and all voxels of arrays of the same names.

        Parameters
        ----------
        other : Volume
            Another volume.

        Returns
        -------
        bool
            True where all are equal, whatever the types and places of the arrays; source, notes and
            provenance do not count. Arrays on disk are read block by block.
        """
        if (
            self.shape != other.shape
            or self.voxel_size != other.voxel_size
            or self.species != other.species
            or set(self.segmentations) != set(other.segmentations)
            or (self.image is None) != (other.image is None)
        ):
            return False
        return all(self._same_within(other, block.core) for block in self.blocks(_COMPARED))

    def _same_within(self, other: Volume, region: Region) -> bool:
        if self.image is not None and not np.array_equal(
            self.read_image(region), other.read_image(region)
        ):
            return False
        return all(
            np.array_equal(self.segmentation(name, region), other.segmentation(name, region))
            for name in self.segmentations
        )

    def describe(self) -> str:
        """Describe the volume in a few lines of text; no voxel is read for it."""
        return "\n".join(f"{name}: {value}" for name, value in list_volume_facts(self))

    def _repr_html_(self) -> str:
        return render_html(list_volume_facts(self), tabulate_layers(self), "arrays")

    def __repr__(self) -> str:
        parts = [f"{' x '.join(map(str, self.shape))} voxels (z, y, x)"]
        parts.append(f"of {' x '.join(f'{edge:g}' for edge in self.voxel_size)} nm")
        layers = [*(["image"] if self.image is not None else []), *self.segmentations]
        return f"Volume({self.source.name}: {' '.join(parts)}; {', '.join(layers)})"
