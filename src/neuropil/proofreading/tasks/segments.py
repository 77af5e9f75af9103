"""Items that ask what kind of object a whole segment is."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from neuropil.connectome import Volume
from neuropil.contracts import InputError, SeedTree, did_you_mean
from neuropil.proofreading.tasks.items import TASKS, Item, Piece

__all__ = ["SEGMENT_CLASSES", "make_segment_items"]

SEGMENT_CLASSES: Mapping[str, str] = MappingProxyType(
    {
        "soma with processes": "a",
        "several somas": "b",
        "processes without soma": "c",
        "nucleus": "d",
        "non-neuronal": "e",
        "none of these": "f",
        "unsure": "g",
    }
)
"""Letter of each kind of segment; f and g can be answered and are never right."""
_RIGHT = frozenset("abcde")


def make_segment_items(
    volume: Volume,
    classes: Mapping[int, str],
    segmentation: str | None = None,
    *,
    per_class: int | None = None,
    seed: SeedTree | None = None,
) -> list[Item]:
    """Ask of whole segments what they are.

    Classes come from a table, such as a column of annotations. None of the public volumes that the
    package reads has one: blocks of a few micrometres hold no whole cells, and the meshes of the
    hemibrain are all neurons of one type.

    Parameters
    ----------
    volume : Volume
        Tissue with a segmentation.
    classes : mapping of int to str
        Kind of each label that is asked about: a letter, or a name of :data:`SEGMENT_CLASSES`.
    segmentation : str, optional
        Which segmentation the labels are of; the only one when not given.
    per_class : int, optional
        Most items of one class; all when not given.
    seed : SeedTree, optional
        Which labels are taken where there are more.

    Returns
    -------
    list of Item
        Of the task ``segment-type``, in order of labels.

    Raises
    ------
    InputError
        When a class is unknown or can not be right, or a label has no voxel.
    """
    letters = {label: _letter(name) for label, name in sorted(classes.items())}
    rng = (seed or SeedTree(0)).child("segments").generator()
    chosen: list[int] = []
    for letter in sorted(set(letters.values())):
        labels = [label for label, its in letters.items() if its == letter]
        take = min(per_class or len(labels), len(labels))
        chosen += rng.choice(labels, take, replace=False).tolist()
    boxes = _bounding_boxes(volume, segmentation, sorted(chosen))
    name = segmentation or next(iter(volume.segmentations))
    origin = f"{volume.source.name}: {name} segments"
    return [
        Item("segment-type", (Piece((label,)),), center, np.inf, letters[label], origin)
        for label, center in boxes.items()
    ]


def _letter(name: str) -> str:
    letter = SEGMENT_CLASSES.get(name, name)
    if letter not in TASKS["segment-type"]:
        raise InputError(
            f"expected a kind of segment, found {name!r}",
            where="classes",
            repair=f"{did_you_mean(name, list(SEGMENT_CLASSES))}Known are: "
            f"{', '.join(f'{short} ({long})' for long, short in SEGMENT_CLASSES.items())}.",
        )
    if letter not in _RIGHT:
        raise InputError(
            f"expected a kind that can be right, found {name!r}",
            where="classes",
            repair="Leave out segments whose kind is not known.",
        )
    return letter


def _bounding_boxes(
    volume: Volume, segmentation: str | None, labels: list[int]
) -> dict[int, tuple[float, float, float]]:
    """Find the middle of the box around each label [nm]."""
    from scipy.ndimage import find_objects

    whole = volume.segmentation(segmentation)
    # Numbered from 1 in order, since labels of 64 bits would ask for a list as long as the largest.
    number = np.searchsorted(labels, whole)
    number = np.minimum(number, len(labels) - 1)
    ranked = np.where(np.asarray(labels)[number] == whole, number + 1, 0)
    centers = {}
    for label, box in zip(labels, find_objects(ranked, len(labels)), strict=True):
        if box is None:
            raise InputError(
                f"expected voxels of every label, found none of {label}",
                where=f"segmentation {segmentation or 'of the volume'}",
                repair="Take classes and labels of the same segmentation.",
            )
        z, y, x = (
            (part.start + part.stop) / 2 * voxel
            for part, voxel in zip(box, volume.voxel_size, strict=True)
        )
        centers[label] = (z, y, x)
    return centers
