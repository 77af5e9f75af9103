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
    widths : tuple of int
        Channels at a half, a quarter and an eighth of the resolution.
    """

    steps: int = 1200
    edge: int = 40
    rate: float = 3e-3
    widths: tuple[int, ...] = (24, 48, 64)


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
        from neuropil.proofreading.models.convolution import MULTIPLE

        image = _standardise(volume.read_image())
        wanted = region or (slice(None),) * 3
        bounds = [axis.indices(n)[:2] for axis, n in zip(wanted, volume.shape, strict=True)]
        maps = np.zeros((len(CHANNELS), *(high - low for low, high in bounds)), np.uint8)
        # Small volumes are one block that is not much larger than they are.
        edge = min(_CORE, -(-max(volume.shape) // MULTIPLE) * MULTIPLE)
        for block in volume.blocks(edge):
            core = [(axis.start, axis.stop) for axis in block.core]
            shared = [
                (max(a, low), min(b, high))
                for (a, b), (low, high) in zip(core, bounds, strict=True)
            ]
            if all(low < high for low, high in shared):
                # Whole blocks are predicted, so that a part is the same as it is within the whole.
                found = self._predict_block(image, [low for low, _ in core], edge)
                source = _slices(shared, [low for low, _ in core])
                maps[(slice(None), *_slices(shared, [low for low, _ in bounds]))] = found[
                    (slice(None), *source)
                ]
        return maps

    def _predict_block(self, image: np.ndarray, first: list[int], edge: int) -> np.ndarray:
        from neuropil.proofreading.models.boundary_training import apply_network

        corner = [low - _MARGIN for low in first]
        found = apply_network(self.network_, _cut_mirrored(image, corner, edge + 2 * _MARGIN))
        return found[(slice(None), *[slice(_MARGIN, _MARGIN + edge)] * 3)]

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
    def load(cls, path: Path | str, plan: BoundaryPlan | None = None) -> Self:
        """Read a network that :meth:`save` wrote.

        Parameters
        ----------
        path : Path or str
            The file.
        plan : BoundaryPlan, optional
            With which it was trained.

        Returns
        -------
        BoundaryModel
            Ready to predict.
        """
        from neuropil.learning import load_tree
        from neuropil.proofreading.models.boundary_training import outline_network

        model = cls(plan)
        model.network_ = load_tree(path, outline_network(model.plan))
        return model


def _standardise(image: np.ndarray) -> np.ndarray:
    """Bring brightness to mean 0 and variance 1, so that another microscope's image fits."""
    values = image.astype(np.float32)
    spread = float(values.std()) or 1.0
    return (values - float(values.mean())) / spread


def _slices(bounds: list[tuple[int, int]], first: list[int]) -> tuple[slice, ...]:
    """Return the places of voxels in an array that begins at other ones."""
    return tuple(
        slice(low - start, high - start) for (low, high), start in zip(bounds, first, strict=True)
    )


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
