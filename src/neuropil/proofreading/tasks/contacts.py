"""Items about merge errors: objects joined where they touch, and single ones that branch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from neuropil.contracts import InputError, SeedTree
from neuropil.proofreading.tasks.items import Item, Part, Piece
from neuropil.proofreading.tasks.joins import Joins, MergePlan
from neuropil.proofreading.tasks.merge_pairs import MergePair, generate_pairs

__all__ = ["build_merge_items", "generate_merge_items"]

Labels = npt.NDArray[np.integer[Any]]
Size = tuple[float, float, float]


def _place(place: npt.NDArray[np.float64]) -> tuple[float, float, float]:
    z, y, x = (round(float(one), 3) for one in place)
    return z, y, x


def build_merge_items(
    pairs: Sequence[MergePair], half_width: float, origin: str, part: Part, seed: SeedTree
) -> Iterator[Item]:
    """Make three items of each pair: about the joined object, about the single one, about both.

    Parameters
    ----------
    pairs : sequence of MergePair
        Pairs of :func:`~neuropil.proofreading.tasks.merge_pairs.generate_pairs`.
    half_width : float
        Half the edge of the box [nm].
    origin : str
        Which segmentation they are of.
    part : {"train", "validation", "test"}
        What they may be used for.
    seed : SeedTree
        Decides which of two objects is shown first.

    Yields
    ------
    Item
        ``merge-error-binary`` twice and ``merge-error-choice`` once, by pair.
    """
    rng = seed.child("order").generator()
    for pair in pairs:
        joined, single = Piece(pair.contact.labels), Piece((pair.single,))
        center = _place(pair.center)
        facts = {
            "contact_nm": list(_place(pair.contact.place)),
            "contact_um2": round(pair.contact.area, 4),
            "branch_nm": list(_place(pair.branch)),
        }
        for piece, answer in ((joined, "1"), (single, "-1")):
            yield Item(
                "merge-error-binary", (piece,), center, half_width, answer, origin, part, facts
            )
        first = bool(rng.integers(2))
        yield Item(
            "merge-error-choice",
            (joined, single) if first else (single, joined),
            center,
            half_width,
            "1" if first else "2",
            origin,
            part,
            facts,
        )


def generate_merge_items(
    labels: Labels,
    voxel_size: Size,
    seed: SeedTree,
    plan: MergePlan | None = None,
    origin: str = "contacts",
) -> list[Item]:
    """Make items about merge errors from a segmentation that has hardly any.

    The sections are halved: pairs of the lower half train, those of the upper half test. A label
    belongs to the half that holds most of it, so that the parts share none.

    Parameters
    ----------
    labels : (nz, ny, nx) integer array
        Segmentation; 0 is background.
    voxel_size : tuple of float
        Edges of a voxel [nm].
    seed : SeedTree
        Where boxes and the order of choices are drawn from.
    plan : MergePlan, optional
        How many pairs are made, and how.
    origin : str
        Which segmentation it is.

    Returns
    -------
    list of Item
        Two binary items and a choice for each pair, those of training first.

    Raises
    ------
    InputError
        When no pair is found; bring a larger volume, or ask for smaller objects in the plan.
    """
    plan = MergePlan() if plan is None else plan
    joins = Joins.find(labels, voxel_size, plan)
    items: list[Item] = []
    parts: tuple[tuple[Part, bool], ...] = (("train", False), ("test", True))
    for part, upper in parts:
        pairs = generate_pairs(joins.half(upper), plan, seed.child("pairs"))
        items += build_merge_items(pairs, plan.half_width, origin, part, seed.child(part))
    if not items:
        raise InputError(
            f"expected objects that touch in {plan.areas[0]:g} to {plan.areas[1]:g} um2 beside "
            f"others that branch, found none among {len(joins.contacts)} contacts and "
            f"{len(joins.middles)} middles",
            where=origin,
            repair="Bring a larger volume, or lower fewest_voxels, half_width or margin.",
        )
    return items
