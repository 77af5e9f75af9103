"""What a scorer reads of an item: where its gap lies, and which labels it asks about."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from neuropil.contracts import InputError
from neuropil.proofreading.tasks.items import Item

__all__ = ["list_asked", "list_test_labels", "locate_gap", "require_training"]


def locate_gap(item: Item) -> tuple[int, int]:
    """Return where the gap of an item begins and ends.

    Parameters
    ----------
    item : Item
        Its first piece ends before the gap, the others begin after it.

    Returns
    -------
    near, far : int
        The section after the last one before the gap, and the first one after it.

    Raises
    ------
    InputError
        When its pieces are not cut there; bring items of gaps.
    """
    base, *options = (piece.sections for piece in item.shown)
    begins = {one[0] if one is not None else 0 for one in options}
    if base is None or len(begins) != 1 or min(begins) <= base[1]:
        raise InputError(
            "expected a base that ends before a gap and options that begin after it",
            where=f"item {item.id}",
            repair="Bring items of split-error tasks that ask_gap_questions wrote.",
        )
    return base[1], min(begins)


def list_asked(item: Item) -> list[tuple[int, int]]:
    """List the pairs of the base's label and an option's, in the order of options."""
    [base] = item.shown[0].labels
    return [(base, label) for piece in item.shown[1:] for label in piece.labels]


def list_test_labels(items: Sequence[Item]) -> npt.NDArray[np.int64]:
    """List the labels that items for tests show, ascending."""
    tests = [piece for item in items if item.part == "test" for piece in item.shown]
    return np.unique([label for piece in tests for label in piece.labels]).astype(np.int64)


def require_training(items: Sequence[Item]) -> tuple[list[Item], npt.NDArray[np.bool_]]:
    """Return the items to judge that are for training, and whether yes is right.

    Parameters
    ----------
    items : sequence of Item
        Items of all parts and forms.

    Returns
    -------
    items : list of Item
        Those of ``split-error-binary`` for training.
    right : (n,) bool array
        True where the answer is 1.

    Raises
    ------
    InputError
        When there are none with one of the answers; find questions in the half for training.
    """
    own = [item for item in items if item.part == "train" and item.task == "split-error-binary"]
    right = np.array([item.answer == "1" for item in own], bool)
    if len(set(right.tolist())) < 2:
        raise InputError(
            "expected items of split-error-binary with both answers for training, found "
            f"{len(own)} items",
            where="items",
            repair="Find questions in the half of the sections that is not for tests.",
        )
    return own, right
