"""Merge errors judged by a detector that was trained on the other half of the sections."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from neuropil.contracts import Progress, SeedTree
from neuropil.measures import bootstrap_groups, compute_roc_area
from neuropil.proofreading.merges.detector import MergeDetector
from neuropil.proofreading.merges.lessons import Lessons, look_at_items, look_at_places
from neuropil.proofreading.merges.samples import MergeSample
from neuropil.proofreading.tasks.contacts import build_merge_items
from neuropil.proofreading.tasks.items import Item
from neuropil.proofreading.tasks.joins import HalfOfJoins, Joins, MergePlan
from neuropil.proofreading.tasks.merge_pairs import MergePair, generate_pairs

__all__ = ["FOUND", "DetectorPlan", "JudgedMerges", "MergeHalf", "judge_halves", "make_halves"]

Floats = npt.NDArray[np.float64]

FOUND = 500.0
"""Distance within which a proposed cut is at the place of the join [nm]."""

# As many as a person would look at before turning to the next object.
_PROPOSALS = 3
_RESAMPLES = 1000


@dataclass(frozen=True)
class DetectorPlan:
    """How a detector is trained.

    Parameters
    ----------
    iterations : int
        Trees that judge a point.
    places : int
        Contacts, and as many branches, that are learnt from beside the items, at most.
    """

    # Chosen by the time that a training takes, and by no result.
    iterations: int = 120
    places: int = 400


@dataclass(frozen=True, eq=False)
class MergeHalf:
    """Items about merge errors in one half of the sections.

    Parameters
    ----------
    half : HalfOfJoins
        Contacts and middles there.
    pairs : sequence of MergePair
        A joined object and a single one each.
    items : sequence of Item
        Three for each pair: of the joined object, of the single one, and the choice.
    """

    half: HalfOfJoins
    pairs: Sequence[MergePair]
    items: Sequence[Item]

    @property
    def sizes(self) -> Floats:
        """Sizes of both objects of each pair: (n_pairs, 2, 6) array."""
        return np.array([pair.sizes for pair in self.pairs]).reshape(-1, 2, 6)

    @property
    def labels(self) -> set[int]:
        """Labels that occur in the items."""
        shown = (piece.labels for item in self.items for piece in item.shown)
        return {label for labels in shown for label in labels}

    def binary(self) -> list[Item]:
        """Return the items about one object, the joined one of each pair first."""
        return [item for item in self.items if item.task == "merge-error-binary"]


def make_halves(
    joins: Joins, plan: MergePlan, origin: str, seed: SeedTree
) -> tuple[MergeHalf, MergeHalf]:
    """Make items about merge errors in both halves of the sections.

    Parameters
    ----------
    joins : Joins
        Contacts and middles of the segmentation.
    plan : MergePlan
        Which pairs.
    origin : str
        Which segmentation it is.
    seed : SeedTree
        Where boxes and the order of choices are drawn from.

    Returns
    -------
    lower, upper : MergeHalf
        Each is the test part of a detector that is trained on the other; they share no label.
    """
    lower, upper = (
        _make_half(joins.half(is_upper), plan, origin, seed) for is_upper in (False, True)
    )
    return lower, upper


def _make_half(half: HalfOfJoins, plan: MergePlan, origin: str, seed: SeedTree) -> MergeHalf:
    pairs = generate_pairs(half, plan, seed.child("pairs"))
    items = build_merge_items(pairs, plan.half_width, origin, "test", seed.child("items"))
    return MergeHalf(half, pairs, list(items))


@dataclass(frozen=True, eq=False)
class JudgedMerges:
    """What detectors say of pairs of a joined and a single object in the half not trained on.

    Parameters
    ----------
    joined, single : (n,) array
        Probability of a merge error in either object of a pair.
    off : (n,) array
        Distance from the first proposed cut to the middle of the joined object's sheet [nm].
    off_three : (n,) array
        The least of the distances of three proposals [nm].
    off_sheet : (n,) array
        Distance from the first to the nearest point of the sheet [nm].
    chance : (n,) array
        Share of the places in the joined object that lie as near to the middle as counts as found.
    area : (n,) array
        Area of the sheet [um2].
    upper : (n,) bool array
        Whether the pair lies in the upper half.
    label : (n,) integer array
        The single object.
    """

    joined: Floats
    single: Floats
    off: Floats
    off_three: Floats
    off_sheet: Floats
    chance: Floats
    area: Floats
    upper: npt.NDArray[np.bool_]
    label: npt.NDArray[np.int64]

    def to_json(self) -> dict[str, list[Any]]:
        """Return it as plain JSON values."""
        return {one.name: getattr(self, one.name).tolist() for one in fields(self)}

    @classmethod
    def from_json(cls, record: dict[str, list[Any]]) -> Self:
        """Return what :meth:`to_json` wrote.

        Parameters
        ----------
        record : dict
            Plain values.
        """
        return cls(**{one.name: np.array(record[one.name]) for one in fields(cls)})

    @classmethod
    def unite(cls, parts: Sequence[JudgedMerges]) -> Self:
        """Return the pairs of several parts, one part after the other.

        Parameters
        ----------
        parts : sequence of JudgedMerges
            At least one.
        """
        return cls(
            *(np.concatenate([getattr(part, one.name) for part in parts]) for one in fields(cls))
        )

    @property
    def found(self) -> npt.NDArray[np.bool_]:
        """Whether the first proposal finds the join of each pair: (n,) bool array."""
        near: npt.NDArray[np.bool_] = self.off < FOUND
        return near

    def area_under_curve(self) -> float:
        """Return the share of joined objects that are likelier than a single one, over all."""
        said = np.concatenate([self.joined, self.single])
        return compute_roc_area(np.arange(len(said)) < len(self.joined), said)

    def grade_binary(self) -> Floats:
        """Return the share of right answers about both objects of each pair: (n,) array."""
        grades: Floats = ((self.joined >= 0.5).astype(float) + (self.single < 0.5)) / 2
        return grades

    def grade_choice(self) -> Floats:
        """Return 1 where the joined object of a pair is the likelier one, a half in a draw."""
        grades: Floats = (self.joined > self.single) + 0.5 * (self.joined == self.single)
        return grades

    def take(self, rows: npt.NDArray[np.integer[Any]]) -> Self:
        """Return some of the pairs, or some several times.

        Parameters
        ----------
        rows : (m,) integer array
            Which.
        """
        return type(self)(*(getattr(self, one.name)[rows] for one in fields(self)))

    def interval(
        self, quantity: Callable[[JudgedMerges], float], seed: SeedTree
    ) -> tuple[float, float]:
        """Resample single objects with all pairs that they are in, and return 95 % of a quantity.

        Few objects branch, and each is in several pairs, whose answers are much the same.

        Parameters
        ----------
        quantity : callable
            Takes pairs and returns a number.
        seed : SeedTree
            Source of randomness.
        """
        rng = seed.child("interval").generator()
        return bootstrap_groups(self.label, lambda rows: quantity(self.take(rows)), rng, _RESAMPLES)

    def draw_chance(self, seed: SeedTree) -> Floats:
        """Draw how many joins a random place in each object finds.

        Parameters
        ----------
        seed : SeedTree
            Source of randomness.

        Returns
        -------
        (n_draws,) array
            Shares of the joined objects.
        """
        rng = seed.child("chance").generator()
        shares: Floats = (rng.random((_RESAMPLES, len(self.chance))) < self.chance).mean(1)
        return shares


def judge_halves(
    halves: tuple[MergeHalf, MergeHalf], plan: DetectorPlan, seed: SeedTree, progress: Progress
) -> tuple[JudgedMerges, tuple[Lessons, Lessons]]:
    """Train a detector on each half, and judge the items of the other.

    Parameters
    ----------
    halves : tuple of MergeHalf
        Of :func:`make_halves`.
    plan : DetectorPlan
        How to train.
    seed : SeedTree
        Source of randomness.
    progress : Progress
        Told how far it is.

    Returns
    -------
    judged : JudgedMerges
        Pairs of the lower half first.
    seen : tuple of Lessons
        What was looked at in each half, a joined and a single object in turn.
    """
    joins = halves[0].half.joins
    looks = (seed.child("looks"), seed.child("places"))
    with progress.track("looking at objects, training on halves", 6) as advance:
        seen, more = [], []
        for one in halves:
            seen.append(look_at_items(joins, one.binary(), looks[0]))
            advance(1)
            more.append(look_at_places(one.half, plan.places, looks[1]))
            advance(1)
        parts = []
        for test in (0, 1):
            detector = MergeDetector(plan.iterations, seed.child("detector").integer())
            detector.fit(seen[1 - test], more[1 - test])
            parts.append(_judge(detector, halves[test], seen[test].samples))
            advance(1)
    return JudgedMerges.unite(parts), (seen[0], seen[1])


def _judge(
    detector: MergeDetector, half: MergeHalf, samples: Sequence[MergeSample]
) -> JudgedMerges:
    said = detector.predict_proba(samples).astype(np.float64)
    rows = []
    for pair, sample in zip(half.pairs, samples[::2], strict=True):
        proposed = detector.propose(sample, _PROPOSALS)
        off = np.linalg.norm(proposed - pair.contact.place, axis=1)
        first = np.linalg.norm(sample.points - proposed[0], axis=1).argmin()
        near = np.linalg.norm(sample.points - pair.contact.place, axis=1) < FOUND
        rows.append((off[0], off.min(), sample.distances[first], near.mean()))
    places = np.array(rows, float).reshape(-1, 4)
    return JudgedMerges(
        joined=said[::2],
        single=said[1::2],
        off=places[:, 0],
        off_three=places[:, 1],
        off_sheet=places[:, 2],
        chance=places[:, 3],
        area=np.array([pair.contact.area for pair in half.pairs]),
        upper=np.full(len(rows), half.half.upper),
        label=np.array([pair.single for pair in half.pairs]),
    )
