"""Split errors in gap form: sections are taken out, and the far piece of an object is sought.

Real split errors often lie at missing sections. A gap has no flat cut face that fits only its own
counterpart, which a cut by a plane would leave.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from neuropil.connectome import Volume
from neuropil.contracts import ConfigError, InputError, SeedTree
from neuropil.proofreading.tasks.items import Item, Part, Piece

__all__ = ["GapPlan", "GapQuestion", "ask_gap_questions", "find_gap_questions"]

Integers = npt.NDArray[np.integer[Any]]


@dataclass(frozen=True)
class GapPlan:
    """What questions are sought.

    Parameters
    ----------
    sections : tuple of int
        Numbers of sections that are taken out.
    bases : int
        Questions for each of these numbers in each half; fewer where the volume has fewer.
    planes : int
        Gaps for each of these numbers in each half, whose questions have one face in common.
    options : int
        Objects on the far side that are offered in the form with a choice.
    lateral : float
        Distance from the base or from its continuation up to which an object on the far face is a
        distractor, edge to edge along the face [nm].
    reach : float
        Distance up to which a continuation is sought, edge to edge along the face [nm]; a base
        that has none is left out.
    half_width : float
        Half the edge of the box that is shown [nm].
    smallest : float
        Least volume of a piece within the box [cubic micrometres].
    margin : int
        Sections at both ends of each half in which no face lies. It must hold what a scorer reads
        on either side of a gap, so that halves stay apart.
    """

    sections: tuple[int, ...] = (3, 5, 8, 12, 16)
    bases: int = 60
    planes: int = 12
    options: int = 2
    lateral: float = 128.0
    # At 640 nm 95 % of the continuations in mouse cortex lie within it; at 320 nm and less all but
    # one in a hundred.
    reach: float = 1024.0
    half_width: float = 2048.0
    # 300 voxels at 32 x 32 x 40 nm: less shows no direction.
    smallest: float = 0.0125
    margin: int = 17

    def __post_init__(self) -> None:
        if not self.sections or min(self.sections) < 1 or min(self.bases, self.planes) < 1:
            raise ConfigError(
                "expected gaps, bases and planes of at least 1, found "
                f"{self.sections}, {self.bases} and {self.planes}",
                where="GapPlan",
                repair="Write for example sections=(3, 5, 8), bases=60, planes=12.",
            )
        if self.options < 2:
            raise ConfigError(
                f"expected at least 2 options, found {self.options}",
                where="GapPlan",
                repair="Offer the continuation and at least one distractor.",
            )


@dataclass(frozen=True)
class GapQuestion:
    """A base, its continuation and distractors beyond a gap.

    Parameters
    ----------
    base : int
        Label of the object, whose near piece is the base and whose far piece continues it.
    distractors : tuple of int
        Labels of other objects on the far face.
    near, far : int
        The section after the last one before the gap, and the first one after it.
    center : tuple of float
        Middle of the gap at the middle of the base's largest profile, z, y, x [nm].
    outlines : tuple of tuple of int
        Voxels within the box and extents along z, y and x [voxels]: of the base, of its
        continuation and of each distractor.
    part : {"train", "validation", "test"}
        What the question may be used for.
    """

    base: int
    distractors: tuple[int, ...]
    near: int
    far: int
    center: tuple[float, float, float]
    outlines: tuple[tuple[int, int, int, int], ...]
    part: Part

    @property
    def labels(self) -> frozenset[int]:
        """All labels that are shown."""
        return frozenset((self.base, *self.distractors))

    def piece(self, place: int, n_sections: int) -> Piece:
        """Return what is shown at a place: 0 the base, 1 its continuation, then distractors."""
        if place == 0:
            return Piece((self.base,), (0, self.near))
        return Piece(((self.base, *self.distractors)[place - 1],), (self.far, n_sections))

    def describe(self, shown: Sequence[int]) -> dict[str, Any]:
        """State the gap, and voxels and extents of what is shown at some places."""
        return {
            "missing_sections": self.far - self.near,
            "voxels": [self.outlines[place][0] for place in shown],
            "extents": [list(self.outlines[place][1:]) for place in shown],
        }


def find_gap_questions(
    volume: Volume,
    seed: SeedTree,
    plan: GapPlan | None = None,
    segmentation: str | None = None,
    test_half: Literal["lower", "upper"] = "upper",
) -> list[GapQuestion]:
    """Find bases with a continuation and distractors, in both halves of the sections.

    Those of one half are for tests. Those of the other are for training, and show no label that is
    shown in a test. Of the objects near the base or its continuation, those most alike to the
    continuation in volume and extents become distractors. It is in turn smaller and larger than
    they are, so that size does not give the answer away.

    Parameters
    ----------
    volume : Volume
        With a segmentation.
    seed : SeedTree
        Source of the draws.
    plan : GapPlan, optional
        What is sought; the usual when not given.
    segmentation : str, optional
        Name of the segmentation; the only one when not given.
    test_half : {"lower", "upper"}
        Half of the sections whose questions are for tests.

    Returns
    -------
    list of GapQuestion
        Tests first; in each half by gap.

    Raises
    ------
    InputError
        When a half has too few sections for a gap with its margins; bring a taller volume or
        narrow the margin.
    """
    plan = plan or GapPlan()
    labels = volume.segmentation(segmentation)
    middle = len(labels) // 2
    halves = {"lower": (0, middle), "upper": (middle, len(labels))}
    other: Literal["lower", "upper"] = "lower" if test_half == "upper" else "upper"
    search = _Search(labels, volume.voxel_size, plan)
    tests = search.run(halves[test_half], "test", frozenset(), seed.child(test_half))
    shown = frozenset[int]().union(*(question.labels for question in tests))
    return tests + search.run(halves[other], "train", shown, seed.child(other))


def ask_gap_questions(
    questions: Sequence[GapQuestion],
    volume: Volume,
    seed: SeedTree,
    half_width: float = GapPlan.half_width,
) -> list[Item]:
    """Write items of both forms: of each question two to judge, and one to choose.

    The two to judge show the continuation (1) and the first distractor (-1), so that right answers
    are balanced for every base. The one to choose shows the continuation and all distractors, in
    an order drawn at random.

    Parameters
    ----------
    questions : sequence of GapQuestion
        What :func:`find_gap_questions` found.
    volume : Volume
        Where it found them.
    seed : SeedTree
        Source of the order of options.
    half_width : float
        Half the edge of the box that is shown, as in the plan [nm].

    Returns
    -------
    list of Item
        Three of each question, of ``split-error-binary`` and ``split-error-choice``.
    """
    rng = seed.child("order").generator()
    items = []
    for question in questions:
        # Of what is shown 0 is the base, 1 the continuation, and the rest are distractors.
        order = 1 + rng.permutation(len(question.outlines) - 1)
        place = 1 + int(np.flatnonzero(order == 1)[0])
        asked: list[tuple[str, tuple[int, ...], str]] = [
            ("split-error-binary", (0, 1), "1"),
            ("split-error-binary", (0, 2), "-1"),
            ("split-error-choice", (0, *order.tolist()), str(place)),
        ]
        for task, shown, answer in asked:
            item = Item(
                task,
                tuple(question.piece(one, volume.shape[0]) for one in shown),
                question.center,
                half_width,
                answer,
                f"gap in {volume.source.name}",
                question.part,
                question.describe(shown),
            )
            items.append(item)
    return items


@dataclass(frozen=True, eq=False)
class _Draw:
    """What the questions of one gap and half may not show, and what they have shown so far.

    The tally counts how often the continuation had each rank by volume (rows) and by extent along
    the face (columns).
    """

    excluded: frozenset[int]
    tally: npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class _Search:
    """The segmentation in which questions are sought."""

    labels: Integers
    voxel_size: tuple[float, float, float]
    plan: GapPlan

    def run(
        self, half: tuple[int, int], part: Part, excluded: frozenset[int], seed: SeedTree
    ) -> list[GapQuestion]:
        """Find the questions of one half."""
        found: list[GapQuestion] = []
        for gap in self.plan.sections:
            rng = seed.child(gap).generator()
            asked: set[int] = set(excluded)
            draw = _Draw(excluded, np.zeros((self.plan.options, self.plan.options)))
            nears = self._choose_planes(half, gap, rng).tolist()
            for done, near in enumerate(nears, 1):
                # What earlier planes fell short of is made up for by later ones.
                wanted = -(-self.plan.bases * done // len(nears)) - (len(asked) - len(excluded))
                for base in rng.permutation(_objects(self.labels[near - 1])):
                    if wanted <= 0:
                        break
                    if int(base) in asked:
                        continue
                    question = self._ask(int(base), (near, near + gap), part, draw)
                    if question is not None:
                        found.append(question)
                        asked.add(int(base))
                        wanted -= 1
        return found

    def _choose_planes(self, half: tuple[int, int], gap: int, rng: np.random.Generator) -> Integers:
        """Draw the sections after which gaps begin, spread over a half."""
        low, high = half[0] + self.plan.margin, half[1] - self.plan.margin - gap
        if high < low:
            raise InputError(
                f"expected halves of at least {gap + 2 * self.plan.margin} sections for a gap of "
                f"{gap}, found {half[1] - half[0]}",
                where="gap questions",
                repair="Bring a volume of more sections, or narrow the gaps or the margin.",
            )
        edges = np.linspace(low, high + 1, min(self.plan.planes, high + 1 - low) + 1)
        return np.floor(rng.uniform(edges[:-1], edges[1:])).astype(int)

    def _ask(self, base: int, gap: tuple[int, int], part: Part, draw: _Draw) -> GapQuestion | None:
        """Make a question of a label; None where it has no continuation or no distractor."""
        near, far = gap
        box = self._box(base, near, far)
        if box is None:
            return None
        center, rows, columns = box
        depth = round(self.plan.half_width / self.voxel_size[0] - (far - near) / 2)
        # Copied, since they are gone through once for every candidate.
        before = self.labels[max(0, near - depth) : near, rows, columns].copy()
        beyond = self.labels[far : far + depth, rows, columns].copy()
        candidates = self._candidates(base, before[-1], beyond[0]) - draw.excluded
        if base not in candidates or not self._is_fit(before == base):
            return None
        pieces = {label: beyond == label for label in sorted(candidates)}
        fitting = {label: one for label, one in pieces.items() if self._is_fit(one)}
        if base not in fitting:
            return None
        wanted = np.unravel_index(draw.tally.argmin(), draw.tally.shape)
        chosen = _match(base, fitting, (int(wanted[0]), int(wanted[1])), self.plan.options)
        if chosen is None:
            # A rank that no object can have, as where all are alike, must not end the search.
            draw.tally[wanted] += 1 / _TRIES
            return None
        draw.tally[wanted] += 1
        shown = (before == base, *(fitting[label] for label in (base, *chosen)))
        outlines = tuple(_outline(piece) for piece in shown)
        return GapQuestion(base, chosen, near, far, center, outlines, part)

    def _is_fit(self, inside: npt.NDArray[np.bool_]) -> bool:
        """Tell whether a piece can be shown.

        What fills a large part of its side is a cell body or glia, not a neurite; what is tiny
        shows no direction.
        """
        least = self.plan.smallest * 1e9 / float(np.prod(self.voxel_size))
        return bool(least <= np.count_nonzero(inside) <= inside.size / 4)

    def _box(
        self, base: int, near: int, far: int
    ) -> tuple[tuple[float, float, float], slice, slice] | None:
        """Place the box at the largest profile of the base; None where that is a speck."""
        from scipy import ndimage

        parts, _ = ndimage.label(self.labels[near - 1] == base)
        areas = np.bincount(parts.ravel())[1:]
        y, x = ndimage.center_of_mass(parts == 1 + areas.argmax())
        dz, dy, dx = self.voxel_size
        if areas.max() < _FACE_PIXELS:
            return None
        height, width = (round(self.plan.half_width / edge) for edge in (dy, dx))
        rows = slice(max(0, round(y) - height), round(y) + height)
        columns = slice(max(0, round(x) - width), round(x) + width)
        center = ((near + far) / 2 * dz, (y + 0.5) * dy, (x + 0.5) * dx)
        return center, rows, columns

    def _candidates(self, base: int, near: Integers, far: Integers) -> set[int]:
        """Find the base beyond the gap, and labels near there; none where it does not continue."""
        from scipy.ndimage import distance_transform_edt

        to_base = distance_transform_edt(near != base, sampling=self.voxel_size[1:])
        own = far == base
        if own.sum() < _FACE_PIXELS or to_base[own].min() > self.plan.reach:
            return set()
        to_own = distance_transform_edt(~own, sampling=self.voxel_size[1:])
        close = np.minimum(to_base, to_own) <= self.plan.lateral
        found, pixels = np.unique(far[close], return_counts=True)
        keep = (found != 0) & (pixels >= _FACE_PIXELS)
        return {base, *found[keep].tolist()}


# Pixels that a profile needs on a face: fewer are the tip of an object.
_FACE_PIXELS = 8
# Sum of the differences of logarithms of volume and extents up to which two pieces count as alike.
# At 1.2 a forest still tells the continuation from extents alone in 56 % of pairs.
_ALIKE = 1.0
# Bases that are tried for a rank before another rank is sought instead; in mouse cortex one in
# twelve has distractors that give it.
_TRIES = 60


def _objects(face: Integers) -> Integers:
    found = np.unique(face)
    return found[found != 0]


def _outline(inside: npt.NDArray[np.bool_]) -> tuple[int, int, int, int]:
    """Count the voxels of a piece, and its extents."""
    side, face = np.any(inside, axis=2), np.any(inside, axis=0)
    z, y, x = (
        int(np.ptp(np.flatnonzero(filled))) + 1
        for filled in (np.any(side, axis=1), np.any(side, axis=0), np.any(face, axis=0))
    )
    return int(np.count_nonzero(inside)), z, y, x


def _match(
    base: int,
    pieces: dict[int, npt.NDArray[np.bool_]],
    ranks: tuple[int, int],
    options: int,
) -> tuple[int, ...] | None:
    """Choose the distractors most alike to the continuation that give it the wanted ranks.

    The ranks are those by volume and by extent along the face: how many distractors are smaller.
    """
    own = np.log(_outline(pieces[base]))
    left = {}
    for label, piece in pieces.items():
        # Extents take time: they are not measured where the volumes alone are too different.
        if label != base and abs(np.log(np.count_nonzero(piece)) - own[0]) <= _ALIKE:
            left[label] = np.log(_outline(piece)) - own
    chosen: list[int] = []
    for place in range(options - 1):
        sides = [-1 if place < ranks[0] else 1, -1 if options - 2 - place < ranks[1] else 1]
        alike = [
            (float(np.abs(one).sum()), label)
            for label, one in left.items()
            if min(one[0] * sides[0], (one[2] + one[3]) * sides[1]) >= 0
        ]
        nearest, label = min(alike, default=(np.inf, 0))
        if nearest > _ALIKE:
            return None
        chosen.append(label)
        del left[label]
    return tuple(chosen)
