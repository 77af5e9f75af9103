"""Where one neuron ends and the next begins, told from the image of the tissue."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from neuropil.connectome import Volume
from neuropil.contracts import InputError, SeedTree
from neuropil.proofreading.adjacency.marks import CHANNELS

__all__ = ["BoundaryModel", "BoundaryPlan"]

Region = tuple[slice, slice, slice]
Labels = npt.NDArray[np.integer[Any]]
Maps = npt.NDArray[np.uint8]
Listener = Callable[[int, float], None]

# Voxels around a block that are read so that its own see their surroundings. Half of what the
# coarsest level reaches; more changed nothing that could be measured.
_MARGIN = 16
_CORE = 128


@dataclass(frozen=True)
class BoundaryPlan:
    """How a boundary network is trained.

    Parameters
    ----------
    steps : int
        Steps of the optimiser; each sees one cube.
    edge : int
        Edge of that cube [voxels], divisible by 8.
    rate : float
        Largest learning rate.
    """

    steps: int = 1200
    edge: int = 40
    rate: float = 3e-3


class BoundaryModel:
    """A small convolutional network that finds the boundaries of objects in an image.

    Parameters
    ----------
    plan : BoundaryPlan
        Length of the training.
    """

    def __init__(self, plan: BoundaryPlan | None = None) -> None:
        self.plan = plan or BoundaryPlan()

    def fit(
        self,
        volume: Volume,
        truth: str,
        region: Region,
        seed: SeedTree,
        listener: Listener | None = None,
    ) -> Self:
        """Train on a part of a volume.

        Parameters
        ----------
        volume : Volume
            Tissue with an image.
        truth : str
            Name of its true segmentation.
        region : tuple of slice
            What is used of it; nothing beyond is read.
        seed : SeedTree
            Source of randomness.
        listener : callable, optional
            Told the number of a step and its loss.

        Returns
        -------
        BoundaryModel
            This model.

        Raises
        ------
        InputError
            When the part is smaller than a cube of the plan.
        """
        import jax

        from neuropil.proofreading.models.boundary_training import train_network

        labels = volume.segmentation(truth, region)
        if min(labels.shape) < self.plan.edge:
            raise InputError(
                f"expected at least {self.plan.edge} voxels along each axis, found {labels.shape}",
                where="region",
                repair="Train on a larger part, or with cubes of a shorter edge.",
            )
        image = _standardise(volume.read_image(region))
        rng = seed.child("cubes").generator()
        key = jax.random.key(seed.child("network").integer())
        self.network_ = train_network(image, labels, self.plan, rng, key, listener)
        return self

    def predict(self, volume: Volume, region: Region | None = None) -> Maps:
        """Predict the maps of a volume, block by block.

        Parameters
        ----------
        volume : Volume
            Tissue with an image.
        region : tuple of slice, optional
            What is predicted; all when not given. The image around it is read too.

        Returns
        -------
        (c, nz, ny, nx) uint8 array
            Probability of each of :data:`CHANNELS`, 255 standing for 1.
        """
        image = _standardise(volume.read_image())
        wanted = region or (slice(None),) * 3
        bounds = [axis.indices(n) for axis, n in zip(wanted, volume.shape, strict=True)]
        maps = np.zeros((len(CHANNELS), *(high - low for low, high, _ in bounds)), np.uint8)
        for block in volume.blocks(_CORE, 0):
            core = [
                (max(axis.start, low), min(axis.stop, high))
                for axis, (low, high, _) in zip(block.core, bounds, strict=True)
            ]
            if all(low < high for low, high in core):
                place = _place(core, [low for low, _, _ in bounds])
                starts = [axis.start for axis in block.core]
                maps[(slice(None), *place)] = self._predict_block(image, starts)[
                    (slice(None), *_place(core, starts))
                ]
        return maps

    def _predict_block(self, image: np.ndarray, starts: list[int]) -> np.ndarray:
        """Predict a whole block, so that a part of it is mapped as the block is."""
        from neuropil.proofreading.models.boundary_training import apply_network

        cube = _cut_mirrored(image, [low - _MARGIN for low in starts], _CORE + 2 * _MARGIN)
        inner = slice(_MARGIN, _MARGIN + _CORE)
        return apply_network(self.network_, cube)[:, inner, inner, inner]

    def save(self, path: Path | str) -> None:
        """Write the network's numbers to a safetensors file.

        Parameters
        ----------
        path : Path or str
            File to write.
        """
        from neuropil.learning import save_tree

        save_tree(path, self.network_)

    @classmethod
    def load(cls, path: Path | str) -> Self:
        """Read a network that :meth:`save` wrote.

        Parameters
        ----------
        path : Path or str
            The file.

        Returns
        -------
        BoundaryModel
            Ready to predict.
        """
        from neuropil.learning import load_tree
        from neuropil.proofreading.models.boundary_training import outline_network

        model = cls()
        model.network_ = load_tree(path, outline_network(len(CHANNELS)))
        return model


def _place(core: list[tuple[int, int]], starts: list[int]) -> Region:
    z, y, x = (
        slice(low - first, high - first) for (low, high), first in zip(core, starts, strict=True)
    )
    return z, y, x


def _standardise(image: np.ndarray) -> np.ndarray:
    """Bring brightness to mean 0 and variance 1, so that another microscope's image fits."""
    values = image.astype(np.float32)
    spread = float(values.std()) or 1.0
    return (values - float(values.mean())) / spread


def _cut_mirrored(image: np.ndarray, first: list[int], edge: int) -> np.ndarray:
    """Cut a cube that may reach beyond the image, which is mirrored there.

    All cubes have one shape, so that the network is compiled once.
    """
    cube = image
    for axis, (low, n) in enumerate(zip(first, image.shape, strict=True)):
        # A triangle wave: 0, 1, ..., n - 1, n - 2, ..., 1, 0, 1, ...
        place = np.abs(np.arange(low, low + edge)) % max(2 * n - 2, 1)
        cube = cube.take(np.minimum(place, 2 * n - 2 - place) if n > 1 else place, axis=axis)
    return cube
