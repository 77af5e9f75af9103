"""Datasets of labelled images: those in the form of MNIST, and the embedded digits."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from neuropil.connectome import ImageSet
from neuropil.contracts import Source
from neuropil.formats import read_mnist_files

__all__ = ["convert_digits", "convert_fashion_mnist", "convert_mnist"]

_GARMENTS = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)


def convert_mnist(files: Mapping[str, Path], source: Source) -> ImageSet:
    """Read the four IDX files of MNIST, or of a set that has its form.

    Parameters
    ----------
    files : mapping of str to Path
        Four files; those of training and test, images and labels, are told by their names.
    source : Source
        Recorded as their origin.
    """
    return read_mnist_files(files, source)


def convert_fashion_mnist(files: Mapping[str, Path], source: Source) -> ImageSet:
    """Read the four IDX files of Fashion-MNIST.

    Parameters
    ----------
    files : mapping of str to Path
        Four files, named as those of MNIST.
    source : Source
        Recorded as their origin.
    """
    return read_mnist_files(files, source, _GARMENTS)


def convert_digits(files: Mapping[str, Path], source: Source) -> ImageSet:
    """Take the handwritten digits that scikit-learn ships; every fifth image is for the test.

    Parameters
    ----------
    files : mapping of str to Path
        Empty.
    source : Source
        Recorded as their origin.
    """
    # Imported here: only this dataset needs scikit-learn.
    from sklearn.datasets import load_digits

    del files
    bunch = load_digits()
    images, labels = bunch.images.astype(np.uint8), bunch.target.astype(np.int64)
    test = np.arange(len(labels)) % 5 == 4
    names = tuple(str(name) for name in bunch.target_names)
    # These digits go from 0 to 16, and thresholds are shares of white.
    return ImageSet(
        images[~test], labels[~test], images[test], labels[test], names, source, white=16
    )
