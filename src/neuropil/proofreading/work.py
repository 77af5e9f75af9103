"""Train a proofreader on one block of tissue, and see what it says and mends there."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from neuropil.connectome import Volume
from neuropil.contracts import Progress, SeedTree
from neuropil.measures import (
    EditCount,
    RunLength,
    VariationIntervals,
    bootstrap_run_volume,
    bootstrap_variation_of_information,
    compute_run_volume,
    count_edits,
    tabulate_blocks,
    tabulate_overlaps,
    unite_overlaps,
)
from neuropil.proofreading.config import ProofreadingConfig, choose_segmentation
from neuropil.proofreading.halves import CrossFit, Curve, fit_halves, follow_joins
from neuropil.proofreading.repair.agglomeration import Agglomeration
from neuropil.proofreading.score import JudgedPairs, judge_pairs, judge_with_groups
from neuropil.proofreading.tasks.pairs import Pairs, find_pairs

__all__ = ["RIVALS", "Mended", "Standing", "mend"]

RIVALS: Mapping[str, tuple[str, ...]] = {
    "size": ("size",),
    "size and shape": ("size", "shape"),
    "brightness": ("brightness",),
}
"""Simple rivals, by the kinds of features that their trees see."""

# [voxels] Smaller overlaps are no edit that a person would make, and no merger.
_EDIT = 1000
# [voxels] Edge of the blocks that intervals resample: 64 of them in FIB-25.
_BLOCK = 64


@dataclass(frozen=True, eq=False)
class Standing:
    """How far a segmentation is from the truth.

    Parameters
    ----------
    interval : VariationIntervals
        Of the parts of the variation of information, over blocks [bit].
    edits : EditCount
        Cuts and joins that are left.
    run : RunLength
        What one expects to follow from a random voxel of the truth before an error [voxels].
    run_interval : tuple of float or None
        Lowest and highest of what is expected, over bodies [voxels].
    bodies : int
        Number of true bodies.
    """

    interval: VariationIntervals
    edits: EditCount
    run: RunLength
    run_interval: tuple[float, float] | tuple[None, None]
    bodies: int


@dataclass(frozen=True, eq=False)
class Mended:
    """What a proofreader said and did.

    Parameters
    ----------
    volume : Volume
        The block.
    segmentation : str
        Name of the segmentation that was mended.
    cross : CrossFit
        Both scorers, and the contacts.
    pairs : Pairs
        Touching objects that are asked about.
    judged : JudgedPairs
        What is said of them.
    rivals : mapping of str to JudgedPairs
        What simple rivals say of them.
    joins : Agglomeration
        Joins in order.
    curve : Curve
        What they cost and gain.
    threshold : float
        Lowest at which they are made; infinite where none is.
    before, after : Standing
        Of the segmentation as it was, and down to the chosen threshold.
    milliseconds : float
        Time to judge one contact, its features included [ms].
    """

    volume: Volume
    segmentation: str
    cross: CrossFit
    pairs: Pairs
    judged: JudgedPairs
    rivals: Mapping[str, JudgedPairs]
    joins: Agglomeration
    curve: Curve
    threshold: float
    before: Standing
    after: Standing
    milliseconds: float

    @property
    def chosen(self) -> int:
        """Row of the curve at the threshold; the first one, which joins nothing, where none is."""
        good = np.flatnonzero(self.curve.threshold >= self.threshold - 1e-9)
        return int(good[-1]) if len(good) else 0

    def mended_labels(self) -> np.ndarray[Any, Any]:
        """Return the segmentation after the joins down to the chosen threshold."""
        graph = self.cross.sample.graph
        groups = self.joins.groups(float(self.curve.threshold[self.chosen]))
        labels = self.volume.segmentation(self.segmentation)
        table = np.asarray(graph.labels)[groups]
        rows = np.minimum(np.searchsorted(graph.labels, labels), len(graph.labels) - 1)
        return np.where(labels > 0, table[rows], 0).astype(labels.dtype)


def mend(config: ProofreadingConfig, volume: Volume, seed: SeedTree, progress: Progress) -> Mended:
    """Train on both halves of a block, judge its touching objects, and join them.

    Parameters
    ----------
    config : ProofreadingConfig
        Which segmentation, which pairs, and how to train.
    volume : Volume
        Tissue with an image, a segmentation with errors and one without.
    seed : SeedTree
        Source of randomness.
    progress : Progress
        Told how far the work is.

    Returns
    -------
    Mended
        Everything that a report shows.
    """
    name = choose_segmentation(config, volume)
    names, rules = (name, config.truth), config.rules
    cross = fit_halves(volume, names, config.mending, rules, seed, progress)
    pairs = find_pairs(volume, name, config.truth, rules)
    begin = time.perf_counter()
    judged = judge_pairs(cross, pairs, config.mending.precision)
    passed = 1000 * (time.perf_counter() - begin) / max(cross.sample.graph.touching.sum(), 1)
    rivals = {
        rival: judge_with_groups(cross, pairs, groups, seed.child(rival))
        for rival, groups in RIVALS.items()
    }
    joins = cross.agglomerate()
    curve = follow_joins(cross.sample.overlap, joins)
    start = _stand(config, volume, volume.segmentation(name), seed)
    found = Mended(
        volume,
        name,
        cross,
        pairs,
        judged,
        rivals,
        joins,
        curve,
        cross.threshold,
        start,
        start,
        passed,
    )
    return replace(found, after=_stand(config, volume, found.mended_labels(), seed))


def _stand(
    config: ProofreadingConfig, volume: Volume, labels: np.ndarray[Any, Any], seed: SeedTree
) -> Standing:
    truth = volume.segmentation(config.truth)
    blocks = tabulate_blocks(truth, labels, _BLOCK, ignore_segments=(0,))
    interval = bootstrap_variation_of_information(blocks, seed.child("blocks"))
    # With voxels that are in no segment, which nobody can follow.
    whole = tabulate_overlaps(truth, labels)
    return Standing(
        interval,
        count_edits(unite_overlaps(blocks), _EDIT),
        compute_run_volume(whole, _EDIT),
        bootstrap_run_volume(whole, _EDIT, seed),
        len(whole.bodies),
    )
