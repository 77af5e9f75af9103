"""A trained scorer of split errors at gaps: which far piece continues an object."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from neuropil.connectome import Volume
from neuropil.contracts import (
    InputError,
    Progress,
    SeedTree,
    SilentProgress,
    atomic_write,
    read_record,
    require_new_folder,
    write_json,
)
from neuropil.proofreading.models.gap_calibration import DepthCalibration
from neuropil.proofreading.models.gap_items import (
    list_asked,
    list_test_labels,
    locate_gap,
    require_training,
)
from neuropil.proofreading.models.gap_pairs import Gap
from neuropil.proofreading.models.gap_training import (
    Case,
    GapTraining,
    judge,
    to_log_odds,
    train_rounds,
)
from neuropil.proofreading.models.trees import TreeEnsemble
from neuropil.proofreading.tasks.items import Item

__all__ = ["GapScorer", "GapTraining"]

Floats = npt.NDArray[np.float64]

_FORMAT, _VERSION = "neuropil-gap-scorer", 1
# Log-odds of an option that does not reach the face.
_LOWEST = float(to_log_odds(np.zeros(1))[0])
_REPAIR = "Save the scorer again, or name another folder."


class GapScorer:
    """Score pieces beyond a gap by whether they continue an object.

    Profiles on both faces of a gap are paired. Boosted trees judge each pair by motion, overlap,
    size and shape; a second model judges it again among its rivals, whose probabilities come from
    models that have not seen its label. All labels of the two faces and of sixteen sections behind
    each are read, and none in the gap.

    Parameters
    ----------
    training : GapTraining, optional
        How it is trained; the usual when not given.

    Attributes
    ----------
    rounds_ : list of list of TreeEnsemble
        Models of each round, one for each fold of labels that it has not seen.
    calibration_ : DepthCalibration
        From the log-odds of the best pair of profiles to the probability among balanced answers.
    """

    def __init__(self, training: GapTraining | None = None) -> None:
        self.training = training

    def fit(
        self,
        volume: Volume,
        items: Sequence[Item],
        seed: SeedTree,
        segmentation: str | None = None,
        progress: Progress | None = None,
    ) -> Self:
        """Learn from gaps among the sections of the items for training.

        Items for tests are not learned from; no pair with a label that they show is, either. Items
        for training set the final probabilities.

        Parameters
        ----------
        volume : Volume
            With a segmentation that is right for the most part.
        items : sequence of Item
            Items of a gap, of the form to judge (``split-error-binary``).
        seed : SeedTree
            Source of the draw of pairs.
        segmentation : str, optional
            Name of the segmentation; the only one when not given.
        progress : Progress, optional
            Told after every gap that is read.

        Returns
        -------
        GapScorer
            Itself.

        Raises
        ------
        InputError
            When no item is for training; find questions in the half that is not for tests.
        """
        training = self.training or GapTraining()
        own, right = require_training(items)
        places = _place_gaps([locate_gap(item) for item in own], training)
        cases = []
        with (progress or SilentProgress()).track("reading gaps", len(places)) as advance:
            for near, far in places:
                cases.append(Case.read(Gap.read(volume, near, far, segmentation)))
                advance(1)
        self.rounds_ = train_rounds(cases, list_test_labels(items), training, seed)
        odds, depths = np.vstack(self._score(volume, own, segmentation, held_out=True)).T
        self.calibration_ = DepthCalibration.fit(odds, depths, right)
        return self

    def predict_proba(
        self, volume: Volume, items: Sequence[Item], segmentation: str | None = None
    ) -> list[Floats]:
        """Return the probability of each option of each item.

        Parameters
        ----------
        volume : Volume
            With the segmentation of the items.
        items : sequence of Item
            Items of a gap, of either form.
        segmentation : str, optional
            Name of the segmentation; the only one when not given.

        Returns
        -------
        list of (n_options,) array
            Probability that the option continues the base, were there as many right as wrong
            options.
        """
        scores = self._score(volume, items, segmentation, held_out=False)
        return [self.calibration_.apply(one[:, 0], one[0, 1]) for one in scores]

    def predict(
        self, volume: Volume, items: Sequence[Item], segmentation: str | None = None
    ) -> list[str]:
        """Answer items: to judge by 1 or -1, to choose by the number of the likeliest option.

        Parameters
        ----------
        volume : Volume
            With the segmentation of the items.
        items : sequence of Item
            Items of a gap, of either form.
        segmentation : str, optional
            Name of the segmentation; the only one when not given.

        Returns
        -------
        list of str
            Answers.
        """
        answers = []
        found = self.predict_proba(volume, items, segmentation)
        for item, chances in zip(items, found, strict=True):
            if item.task == "split-error-binary":
                answers.append("1" if chances[0] >= 0.5 else "-1")
            else:
                answers.append(str(1 + int(chances.argmax())))
        return answers

    def _score(
        self, volume: Volume, items: Sequence[Item], segmentation: str | None, *, held_out: bool
    ) -> list[Floats]:
        """Return log-odds and depth of the gap [micrometres] of each option, gap by gap."""
        scores: list[Floats] = [np.zeros((0, 2))] * len(items)
        gaps: dict[tuple[int, int], list[int]] = {}
        for number, item in enumerate(items):
            gaps.setdefault(locate_gap(item), []).append(number)
        for (near, far), numbers in gaps.items():
            gap = Gap.read(volume, near, far, segmentation)
            asked = sorted({pair for number in numbers for pair in list_asked(items[number])})
            case = Case.read(gap, asked)
            wanted = case.find(asked)
            probability = judge(case, self.rounds_, wanted, held_out=held_out)
            odds = _score_labels(case, wanted, probability)
            for number in numbers:
                own = [
                    [odds.get(pair, _LOWEST), gap.depth / 1000]
                    for pair in list_asked(items[number])
                ]
                scores[number] = np.array(own)
        return scores

    def save(self, folder: Path | str) -> None:
        """Write the scorer to a new folder of safetensors and JSON.

        Parameters
        ----------
        folder : Path or str
            Folder to make.

        Raises
        ------
        OutputError
            When it exists; name another.
        """
        require_new_folder(folder)
        with atomic_write(folder) as temporary:
            temporary.mkdir()
            for number, models in enumerate(self.rounds_):
                for fold, model in enumerate(models):
                    model.save(temporary / _file(number, fold))
            record = {
                "format": _FORMAT,
                "format_version": _VERSION,
                "rounds": len(self.rounds_),
                "folds": len(self.rounds_[0]),
                "calibration": self.calibration_.weights.tolist(),
            }
            write_json(temporary / "scorer.json", record)

    @classmethod
    def load(cls, folder: Path | str) -> Self:
        """Read a scorer that :meth:`save` wrote.

        Parameters
        ----------
        folder : Path or str
            The folder.

        Returns
        -------
        GapScorer
            It predicts what the saved one predicts.

        Raises
        ------
        InputError
            When the folder or a file in it is missing or damaged; save it again.
        """
        folder = Path(folder)
        record = read_record(folder / "scorer.json", _FORMAT, _VERSION)
        rounds, folds = record.get("rounds", 0), record.get("folds", 0)
        weights = np.asarray(record.get("calibration"))
        numbers = weights.shape == (4,) and weights.dtype.kind in "if"
        if rounds not in range(1, 100) or folds not in range(1, 100) or not numbers:
            raise InputError(
                "expected the numbers of rounds and folds and four weights",
                where=str(folder / "scorer.json"),
                repair=_REPAIR,
            )
        scorer = cls()
        scorer.rounds_ = [
            [TreeEnsemble.load(folder / _file(number, fold)) for fold in range(folds)]
            for number in range(rounds)
        ]
        scorer.calibration_ = DepthCalibration(weights.astype(float))
        return scorer


def _place_gaps(asked: Sequence[tuple[int, int]], training: GapTraining) -> list[tuple[int, int]]:
    """Place gaps to learn from among the sections of items for training."""
    low, high = min(near for near, _ in asked), max(far for _, far in asked)
    return [
        (near, near + gap)
        for gap in training.sections
        for near in range(low, high - gap + 1, training.spacing)
    ]


def _score_labels(
    case: Case, rows: npt.NDArray[np.integer[Any]], probability: Floats
) -> dict[tuple[int, int], float]:
    """Return the log-odds of the best pair of profiles of each pair of labels."""
    best: dict[tuple[int, int], float] = {}
    near, far = (labels[rows].tolist() for labels in case.labels)
    for pair, odds in zip(zip(near, far, strict=True), to_log_odds(probability), strict=True):
        best[pair] = max(best.get(pair, -np.inf), float(odds))
    return best


def _file(number: int, fold: int) -> str:
    return f"round-{number}-fold-{fold}.safetensors"
