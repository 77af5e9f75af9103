"""Scores against a true segmentation, and the threshold that training sections ask for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from neuropil.contracts import InputError
from neuropil.measures import (
    Overlaps,
    compute_adapted_rand,
    compute_variation_of_information,
    tabulate_overlaps,
)
from neuropil.preservation.segmenting.segments import Fragmentation

__all__ = [
    "THRESHOLDS",
    "SegmentScores",
    "ThresholdChoice",
    "choose_threshold",
    "pick_threshold",
    "score_fragmentations",
]

Floats = npt.NDArray[np.float64]
Truth = npt.NDArray[np.integer[Any]]

# Steps of .01 move the error of fifteen sections by less than its standard error.
THRESHOLDS = np.round(np.arange(0.05, 0.96, 0.01), 2)
"""What is tried where nothing else is asked for."""


@dataclass(frozen=True, eq=False)
class SegmentScores:
    """Scores of sections or blocks, one each; voxels of label 0 in the truth do not count.

    Parameters
    ----------
    rand : (n,) array
        Adapted Rand error.
    split, merge : (n,) array
        The two parts of the variation of information [bit].
    """

    rand: Floats
    split: Floats
    merge: Floats

    @property
    def total(self) -> Floats:
        """Variation of information of each, (n,) [bit]."""
        return self.split + self.merge


@dataclass(frozen=True, eq=False)
class ThresholdChoice:
    """The threshold of the lowest mean error, and the way it was found.

    Parameters
    ----------
    threshold : float
        Where the adapted Rand error, averaged over sections, is least.
    thresholds : (k,) array
        What was tried.
    errors : (k,) array
        Mean adapted Rand error of each.
    """

    threshold: float
    thresholds: Floats
    errors: Floats


def score_fragmentations(
    fragmentations: Sequence[Fragmentation], truths: Sequence[Truth], threshold: float
) -> SegmentScores:
    """Score the segments of sections or blocks at one threshold.

    Parameters
    ----------
    fragmentations : sequence of Fragmentation
        One for each section, or for each block.
    truths : sequence of integer array
        The true labels of each; 0 does not count.
    threshold : float
        At which fragments are joined.

    Returns
    -------
    SegmentScores
        In the order of the sections.
    """
    tables = _tabulate(fragmentations, truths)
    scored = [
        _score(overlaps.relabel_segments(_relabel(each, overlaps, threshold)))
        for each, overlaps in zip(fragmentations, tables, strict=True)
    ]
    rand, split, merge = np.array(scored).T
    return SegmentScores(rand, split, merge)


def choose_threshold(
    fragmentations: Sequence[Fragmentation],
    truths: Sequence[Truth],
    thresholds: Floats = THRESHOLDS,
) -> ThresholdChoice:
    """Choose the threshold at which training sections have the lowest mean adapted Rand error.

    The sections should be ones that the detector was not trained on: of those it was, it is surer
    than of any other.

    Parameters
    ----------
    fragmentations : sequence of Fragmentation
        One for each section, or for each block.
    truths : sequence of integer array
        The true labels of each; 0 does not count.
    thresholds : (k,) array
        What is tried.

    Returns
    -------
    ThresholdChoice
        Of equal ones, the middle one.

    Raises
    ------
    InputError
        When there is no section, or their number differs; pass one truth for each.
    """
    tables = _tabulate(fragmentations, truths)
    errors = np.zeros(len(thresholds))
    for each, overlaps in zip(fragmentations, tables, strict=True):
        for place, threshold in enumerate(thresholds):
            joined = overlaps.relabel_segments(_relabel(each, overlaps, float(threshold)))
            errors[place] += compute_adapted_rand(joined).error / len(tables)
    return pick_threshold(thresholds, errors)


def pick_threshold(thresholds: Floats, errors: Floats) -> ThresholdChoice:
    """Pick the threshold of the lowest error.

    Parameters
    ----------
    thresholds : (k,) array
        What was tried.
    errors : (k,) array
        Mean adapted Rand error of each.

    Returns
    -------
    ThresholdChoice
        Of equal ones, the middle one.
    """
    best = np.flatnonzero(errors <= errors.min() + 1e-12)
    return ThresholdChoice(float(thresholds[best[len(best) // 2]]), thresholds, errors)


def _tabulate(fragmentations: Sequence[Fragmentation], truths: Sequence[Truth]) -> list[Overlaps]:
    if not len(fragmentations) or len(fragmentations) != len(truths):
        raise InputError(
            f"expected one truth for each of at least one section, found {len(truths)} for "
            f"{len(fragmentations)}",
            where="truths",
            repair="Pass the true labels of each section.",
        )
    return [
        tabulate_overlaps(truth, each.fragments)
        for each, truth in zip(fragmentations, truths, strict=True)
    ]


def _relabel(each: Fragmentation, overlaps: Overlaps, threshold: float) -> npt.NDArray[np.int64]:
    return each.tree.groups(threshold)[overlaps.segments - 1]


def _score(overlaps: Overlaps) -> tuple[float, float, float]:
    variation = compute_variation_of_information(overlaps)
    return compute_adapted_rand(overlaps).error, variation.split, variation.merge
