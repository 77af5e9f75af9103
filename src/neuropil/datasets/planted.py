"""A classification task that a known circuit of gates solves without error."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from neuropil.connectome import ImageSet
from neuropil.contracts import SeedTree, Source

__all__ = ["PlantedGates", "convert_planted", "plant_circuit"]

_NAME = "planted-circuit"
_HEIGHT, _WIDTH, _CLASSES, _GATES_PER_CLASS = 4, 6, 4, 5
_TRAIN, _TEST = 6000, 2000
# XOR, AND, OR, NAND, XNOR and A and not B: none is blind to one of its inputs.
_KINDS = (6, 1, 7, 14, 9, 2)


@dataclass(frozen=True)
class PlantedGates:
    """The gates that label the planted task; each class counts its own.

    Parameters
    ----------
    kinds : (n,) int array
        Gate functions 0 to 15: the bits of the number, from high to low, are the outputs for
        inputs 00, 01, 10 and 11.
    left, right : (n,) int array
        Input bits that each gate reads.
    classes : (n,) int array
        The class that counts it.
    """

    kinds: npt.NDArray[np.int64]
    left: npt.NDArray[np.int64]
    right: npt.NDArray[np.int64]
    classes: npt.NDArray[np.int64]

    def count(self, bits: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
        """Return how many gates of each class are on.

        Parameters
        ----------
        bits : (n, n_inputs) array
            Inputs.

        Returns
        -------
        (n, n_classes) int array
            Counts.
        """
        # A gate's number is its truth table, inputs 00 in the highest bit and 11 in the lowest.
        place = 3 - (2 * bits[:, self.left].astype(int) + bits[:, self.right])
        on = (self.kinds >> place) & 1
        return np.stack([on[:, self.classes == c].sum(1) for c in np.unique(self.classes)], axis=1)


def plant_circuit(seed: int = 0) -> tuple[ImageSet, PlantedGates]:
    """Generate random bits and the labels that a random circuit gives them.

    Each of four classes counts five gates, each with two inputs of its own choice among 24 bits;
    the label is the class with the largest count. Bits whose two largest counts are equal are
    left out, so that the circuit makes no error.

    Parameters
    ----------
    seed : int
        Seed of circuit and bits.

    Returns
    -------
    images : ImageSet
        Of 4 by 6 pixels, black or white, marked synthetic.
    gates : PlantedGates
        The circuit.

    Examples
    --------
    >>> images, gates = plant_circuit(seed=1)
    >>> counts = gates.count(images.test_images.reshape(len(images.test_images), -1) > 0)
    >>> bool((counts.argmax(1) == images.test_labels).all())
    True
    """
    source = Source(f"{_NAME} (seed {seed})", licence="generated", synthetic=True)
    return _plant(SeedTree(seed).child(_NAME), source)


def convert_planted(files: Mapping[str, Path], source: Source) -> ImageSet:
    """Generate the task of seed 0; there are no files to read."""
    del files
    return _plant(SeedTree(0).child(_NAME), source)[0]


def _plant(seed: SeedTree, source: Source) -> tuple[ImageSet, PlantedGates]:
    generator = seed.generator()
    n = _CLASSES * _GATES_PER_CLASS
    # From a permutation: a gate whose two inputs are one bit would be a gate of one input.
    pairs = np.stack([generator.permutation(_HEIGHT * _WIDTH)[:2] for _ in range(n)])
    kinds = generator.choice(_KINDS, n)
    gates = PlantedGates(
        kinds, pairs[:, 0], pairs[:, 1], np.repeat(np.arange(_CLASSES), _GATES_PER_CLASS)
    )
    wanted = _TRAIN + _TEST
    # Four times as many as are wanted, since those whose two largest counts are equal are left out.
    bits = generator.random((4 * wanted, _HEIGHT * _WIDTH)) < 0.5
    counts = gates.count(bits)
    ordered = np.sort(counts, axis=1)
    clear = np.flatnonzero(ordered[:, -1] > ordered[:, -2])[:wanted]
    images = (255 * bits[clear]).astype(np.uint8).reshape(-1, _HEIGHT, _WIDTH)
    labels = counts[clear].argmax(1)
    names = tuple(f"class {number}" for number in range(_CLASSES))
    return (
        ImageSet(images[:_TRAIN], labels[:_TRAIN], images[_TRAIN:], labels[_TRAIN:], names, source),
        gates,
    )
