"""Labelled images, split into what may be learned from and what is tested once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from neuropil.contracts import InputError, Operation, Source

__all__ = ["ImageSet"]

Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class ImageSet:
    """Images with labels, split into what may be learned from and what is tested once.

    Parameters
    ----------
    train_images : (n, height, width) or (n, height, width, channels) uint8 array
        Brightness from 0 to ``white``.
    train_labels : (n,) int array
        Position of the class in ``classes``.
    test_images : (m, height, width) or (m, height, width, channels) uint8 array
        As the training images.
    test_labels : (m,) int array
        As the training labels.
    classes : tuple of str
        Names of the classes.
    source : Source
        Where the images came from.
    white : int
        Largest brightness.
    lossy : bool
        Whether the images went through lossy compression, so that numbers measured on them do
        not compare with those of the original.
    provenance : tuple of Operation
        What was done, first to last.

    Raises
    ------
    InputError
        When images and labels differ in number, shape or range; mend the files.
    """

    train_images: Bytes
    train_labels: npt.NDArray[np.int64]
    test_images: Bytes
    test_labels: npt.NDArray[np.int64]
    classes: tuple[str, ...]
    source: Source
    white: int = 255
    lossy: bool = False
    provenance: tuple[Operation, ...] = ()

    def __post_init__(self) -> None:
        for name in ("train", "test"):
            images, labels = getattr(self, f"{name}_images"), getattr(self, f"{name}_labels")
            _check_part(f"{self.source.name}, {name}", images, labels, len(self.classes))
            # Arrays are shared and not copied: training data that augmentation writes to would stay
            # changed.
            images.flags.writeable = labels.flags.writeable = False
        if self.train_images.shape[1:] != self.test_images.shape[1:]:
            raise InputError(
                f"expected test images of shape {self.train_images.shape[1:]}, "
                f"found {self.test_images.shape[1:]}",
                where=self.source.name,
                repair="Bring training and test images of one size.",
            )

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one image."""
        return self.train_images.shape[1:]


def _check_part(where: str, images: Bytes, labels: npt.NDArray[np.int64], classes: int) -> None:
    if images.ndim not in (3, 4) or images.dtype != np.uint8:
        raise InputError(
            f"expected uint8 images of shape (n, height, width) or (n, height, width, channels), "
            f"found {images.dtype} of shape {images.shape}",
            where=where,
            repair="Bring images of that kind.",
        )
    if labels.shape != images.shape[:1]:
        raise InputError(
            f"expected {len(images)} labels, found {labels.shape}",
            where=where,
            repair="Bring the labels that belong to the images.",
        )
    # An empty part is allowed: its labels have no least value to compare.
    if labels.size and not 0 <= labels.min() <= labels.max() < classes:
        raise InputError(
            f"expected labels from 0 to {classes - 1}, found {labels.min()} to {labels.max()}",
            where=where,
            repair="Bring the labels that belong to the classes.",
        )
