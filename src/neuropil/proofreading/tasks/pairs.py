"""Split errors that are real: touching objects of a segmentation, held against the true bodies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from neuropil.connectome import Volume
from neuropil.contracts import InputError, SeedTree, Settings
from neuropil.proofreading.adjacency.gaps import fill_gaps
from neuropil.proofreading.tasks.box_sizes import SPLIT_HALF_WIDTH
from neuropil.proofreading.tasks.items import Item, Piece
from neuropil.proofreading.tasks.touching import find_contacts

__all__ = [
    "PairRules",
    "Pairs",
    "find_pairs",
    "make_pair_choices",
    "make_pair_item",
    "make_pair_items",
    "match_sizes",
]

Labels = npt.NDArray[np.integer[Any]]


class PairRules(Settings):
    """Which touching pairs are asked about.

    Parameters
    ----------
    fewest_voxels : int
        Voxels that each object has at least.
    fewest_sides : int
        Sides of voxels that the two have in common at least.
    purity : float
        Share of each object that lies in one true body at least.
    reach : float
        Gaps between objects that are bridged first [voxels]; for segmentations that leave membranes
        unlabelled.
    """

    fewest_voxels: int = 1000
    fewest_sides: int = 20
    purity: float = 0.8
    reach: float = 0.0


@dataclass(frozen=True, eq=False)
class Pairs:
    """Touching objects, and whether they are parts of one body.

    Parameters
    ----------
    labels : (m, 2) int array
        The objects.
    same : (m,) bool array
        Whether both lie in the same true body.
    voxels : (m, 2) int array
        Their sizes.
    sides : (m,) int array
        Sides of voxels that they have in common.
    center : (m, 3) array
        Middle of the contact along z, y and x [nm].
    origin : str
        Source and segmentation.
    """

    labels: npt.NDArray[np.int64]
    same: npt.NDArray[np.bool_]
    voxels: npt.NDArray[np.int64]
    sides: npt.NDArray[np.int64]
    center: npt.NDArray[np.float64]
    origin: str


def find_pairs(
    volume: Volume, segmentation: str, truth: str = "truth", rules: PairRules | None = None
) -> Pairs:
    """Find touching objects of which each lies in one true body.

    Parameters
    ----------
    volume : Volume
        Tissue with both segmentations; they are read whole.
    segmentation : str
        The one with errors.
    truth : str
        The one without. Objects that lie for the most part where it is 0 are left out: nothing is
        known of them.
    rules : PairRules, optional
        Which pairs count.

    Returns
    -------
    Pairs
        In order of labels.
    """
    rules = rules or PairRules()
    labels = fill_gaps(volume.segmentation(segmentation), rules.reach)
    ids, sizes, bodies, purity = _dominant(labels, volume.segmentation(truth))
    contacts = find_contacts(labels, volume.voxel_size)
    ends = np.searchsorted(ids, contacts.labels)
    chosen = (
        (sizes[ends].min(axis=1, initial=np.iinfo(np.int64).max) >= rules.fewest_voxels)
        & (purity[ends].min(axis=1, initial=1.0) >= rules.purity)
        & (contacts.sides >= rules.fewest_sides)
        & (bodies[ends] != 0).all(axis=1)
    )
    ends = ends[chosen]
    return Pairs(
        contacts.labels[chosen],
        bodies[ends[:, 0]] == bodies[ends[:, 1]],
        sizes[ends],
        contacts.sides[chosen],
        contacts.center[chosen],
        f"{volume.source.name}: {segmentation} pairs",
    )


def make_pair_items(
    pairs: Pairs, seed: SeedTree, half_width: float = SPLIT_HALF_WIDTH
) -> list[Item]:
    """Ask of touching objects whether they are one: as many yes as no.

    Which of the two is the base is drawn, so that its size tells nothing.

    Parameters
    ----------
    pairs : Pairs
        Touching objects.
    seed : SeedTree
        Which pairs of the more frequent answer are taken, and which object is the base.
    half_width : float
        Half the edge of the box [nm].

    Returns
    -------
    list of Item
        Of the task ``split-error-binary``, in order of labels.
    """
    rng = seed.child("pairs").generator()
    yes, no = np.flatnonzero(pairs.same), np.flatnonzero(~pairs.same)
    n = min(len(yes), len(no))
    rows = np.sort(
        np.concatenate([rng.choice(part, n, replace=False) for part in (yes, no)])
    ).astype(int)
    bases = rng.integers(0, 2, len(rows))
    return [
        make_pair_item(pairs, int(row), int(base), half_width)
        for row, base in zip(rows, bases, strict=True)
    ]


def make_pair_item(pairs: Pairs, row: int, base: int, half_width: float = SPLIT_HALF_WIDTH) -> Item:
    """Ask of two touching objects whether they are one.

    Parameters
    ----------
    pairs : Pairs
        Touching objects.
    row : int
        Which pair.
    base : int
        Which of the two is the base: 0 or 1.
    half_width : float
        Half the edge of the box [nm].

    Returns
    -------
    Item
        Of the task ``split-error-binary``.
    """
    ends = [base, 1 - base]
    z, y, x = pairs.center[row].tolist()
    return Item(
        "split-error-binary",
        tuple(Piece((int(pairs.labels[row, end]),)) for end in ends),
        (z, y, x),
        half_width,
        "1" if pairs.same[row] else "-1",
        pairs.origin,
        facts={
            "voxels": [int(pairs.voxels[row, end]) for end in ends],
            "sides": int(pairs.sides[row]),
        },
    )


def make_pair_choices(
    pairs: Pairs, seed: SeedTree, none_share: float = 0.0, half_width: float = SPLIT_HALF_WIDTH
) -> list[Item]:
    """Ask which of two objects that touch a base belongs to it.

    The wrong candidate is the one whose size is nearest to that of the right one, and the box is
    centred midway between the two contacts: neither size nor place gives the answer away.

    Parameters
    ----------
    pairs : Pairs
        Touching objects.
    seed : SeedTree
        Which object is the base, and the order of the candidates.
    none_share : float
        Share of the items in which no candidate is right.
    half_width : float
        Half the edge of the box [nm].

    Returns
    -------
    list of Item
        Of the task ``split-error-choice``.

    Raises
    ------
    InputError
        When the share is not from 0 to below 1.
    """
    if not 0 <= none_share < 1:
        raise InputError(
            f"expected a share from 0 to below 1, found {none_share}",
            where="none_share",
            repair="Give the share of items without a right candidate, such as 0.2.",
        )
    rng = seed.child("choices").generator()
    neighbours = _neighbours(pairs)
    right = [
        item
        for row in np.flatnonzero(pairs.same)
        if (item := _offer(pairs, int(row), neighbours, half_width, rng))
    ]
    wanted = round(len(right) * none_share / (1 - none_share))
    wrong = [
        item
        for row in rng.permutation(np.flatnonzero(~pairs.same))
        if (item := _offer(pairs, int(row), neighbours, half_width, rng))
    ]
    return [*right, *wrong[:wanted]]


def match_sizes(items: Sequence[Item], tolerance: float = 0.35) -> list[Item]:
    """Keep items whose answers sizes do not tell: each yes with a no of like sizes.

    Parameters
    ----------
    items : sequence of Item
        Of the task ``split-error-binary``, with ``voxels`` among their facts.
    tolerance : float
        Farthest that partners lie apart in the natural logarithm of the smaller and the larger
        size together.

    Returns
    -------
    list of Item
        As many yes as no, in the order given.
    """
    from scipy.optimize import linear_sum_assignment

    sizes = np.log(np.sort([item.facts["voxels"] for item in items], axis=1))
    yes = np.array([item.answer == "1" for item in items])
    rows, columns = np.flatnonzero(yes), np.flatnonzero(~yes)
    apart = np.sqrt(((sizes[rows][:, None] - sizes[columns][None]) ** 2).sum(axis=2))
    # Partners that are too far apart cost the same, so that none of them takes a near one's place.
    one, two = linear_sum_assignment(np.minimum(apart, 2 * tolerance))
    near = apart[one, two] <= tolerance
    chosen = sorted([*rows[one[near]].tolist(), *columns[two[near]].tolist()])
    return [items[index] for index in chosen]


def _dominant(
    labels: Labels, truth: Labels
) -> tuple[npt.NDArray[Any], npt.NDArray[np.int64], npt.NDArray[Any], npt.NDArray[np.float64]]:
    """Find the size of each object, the body with most of it, and the share that lies there."""
    ids, sizes = np.unique(labels, return_counts=True)
    base = int(truth.max()) + 1
    keys, counts = np.unique(
        labels.astype(np.int64).ravel() * base + truth.ravel(), return_counts=True
    )
    objects = np.searchsorted(ids, keys // base)
    # Sorted by object and overlap: the last row of each object is its largest overlap.
    order = np.lexsort((-(keys % base), counts, objects))
    last = order[np.searchsorted(objects[order], np.arange(len(ids)), side="right") - 1]
    return ids, sizes, keys[last] % base, counts[last] / sizes


def _neighbours(pairs: Pairs) -> dict[int, list[tuple[int, int]]]:
    """List, for each object, the pairs in which it meets another body, and its end of them."""
    found: dict[int, list[tuple[int, int]]] = {}
    for row in np.flatnonzero(~pairs.same):
        for end in (0, 1):
            found.setdefault(int(pairs.labels[row, end]), []).append((int(row), end))
    return found


def _offer(
    pairs: Pairs,
    row: int,
    neighbours: dict[int, list[tuple[int, int]]],
    half_width: float,
    rng: np.random.Generator,
) -> Item | None:
    """Make a choice of a pair and another candidate for one of its ends; None where none is near.

    The candidates of a pair of two bodies are both wrong.
    """
    for end in rng.permutation(2).tolist():
        others = [
            one
            for one in neighbours.get(int(pairs.labels[row, end]), [])
            # Both contacts must be seen in the box around their middle.
            if one[0] != row
            and np.abs(pairs.center[one[0]] - pairs.center[row]).max() <= half_width
        ]
        if others:
            size = np.log(pairs.voxels[row, 1 - end])
            gaps = [abs(np.log(pairs.voxels[other, 1 - its]) - size) for other, its in others]
            return _choose(pairs, (row, end), others[int(np.argmin(gaps))], half_width, rng)
    return None


def _choose(
    pairs: Pairs,
    first: tuple[int, int],
    second: tuple[int, int],
    half_width: float,
    rng: np.random.Generator,
) -> Item:
    options = [first, second] if rng.integers(0, 2) else [second, first]
    base = int(pairs.labels[first])
    right = [str(k + 1) for k, (row, _) in enumerate(options) if pairs.same[row]]
    z, y, x = pairs.center[[row for row, _ in options]].mean(axis=0).tolist()
    ends = [(row, 1 - end) for row, end in options]
    return Item(
        "split-error-choice",
        (Piece((base,)), *(Piece((int(pairs.labels[end]),)) for end in ends)),
        (z, y, x),
        half_width,
        right[0] if right else "-1",
        pairs.origin,
        facts={
            "voxels": [int(pairs.voxels[first]), *(int(pairs.voxels[end]) for end in ends)],
            "sides": [int(pairs.sides[row]) for row, _ in options],
        },
    )
