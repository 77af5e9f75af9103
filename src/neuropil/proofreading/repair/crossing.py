"""Train in each half of a volume, mend what lies in the other one, and score the whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from neuropil.connectome import Volume
from neuropil.contracts import SeedTree
from neuropil.proofreading.adjacency.features import describe_contacts
from neuropil.proofreading.adjacency.halves import Halves, contact_sections, judge_across
from neuropil.proofreading.adjacency.marks import CHANNELS
from neuropil.proofreading.adjacency.measuring import Evidence
from neuropil.proofreading.models.pairs import label_contacts
from neuropil.proofreading.repair.expectation import expect_rise, find_expected_threshold
from neuropil.proofreading.repair.guided import Sample
from neuropil.proofreading.repair.repairer import RepairPlan, SplitRepairer, measure_sample
from neuropil.proofreading.repair.trials import PairRule, Trial, run_trial

__all__ = ["Crossing", "JudgedPairs", "cross_repair", "find_confined"]

Floats = npt.NDArray[np.float64]
Truth = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class JudgedPairs:
    """Touching objects of clear answer, judged by models of the other half.

    Parameters
    ----------
    probability : (n,) array
        That both belong to one body, calibrated by trials within the training half.
    same : (n,) bool array
        Whether they do.
    confined : (n,) bool array
        Whether both objects lie in one half, so that no training has met them.
    """

    probability: Floats
    same: Truth
    confined: Truth


@dataclass(frozen=True, eq=False)
class Crossing:
    """What models of one half said of the other, both ways.

    Parameters
    ----------
    repairers : tuple of SplitRepairer
        Of the lower and of the upper half.
    trial : Trial
        The whole volume, mended.
    pairs : JudgedPairs
        Contacts beyond the margin of the cut.
    threshold : float
        The lowest at which the expected rise of the merge entropy keeps to the plan.
    """

    repairers: tuple[SplitRepairer, SplitRepairer]
    trial: Trial
    pairs: JudgedPairs
    threshold: float


def cross_repair(
    volume: Volume,
    names: tuple[str, str],
    plan: RepairPlan,
    seed: SeedTree,
    tell: Callable[[str], None] | None = None,
) -> Crossing:
    """Mend a volume whose true bodies are known with models that have not seen them.

    Parameters
    ----------
    volume : Volume
        Tissue with an image and both segmentations.
    names : tuple of str
        Names of the segmentation that is mended and of the true one.
    plan : RepairPlan
        How.
    seed : SeedTree
        Source of randomness.
    tell : callable, optional
        Told what is being done.

    Returns
    -------
    Crossing
        Each voxel was mapped, and each contact was judged, by models of the half in which it does
        not lie; a contact lies where its mean section does.
    """
    halves = Halves(0, volume.shape[0])
    first, second = (
        SplitRepairer(plan).fit(
            volume, *names, halves.quarters(half), seed.child(f"half-{half}"), tell
        )
        for half in (0, 1)
    )
    evidence = _observe_across(volume, halves, (first, second))
    sample = measure_sample(volume, names, evidence, (slice(None),) * 3, plan.gap)
    score = judge_across((first.scorer_.score, second.scorer_.score), halves.middle)
    trial = run_trial(sample, score, plan.agglomeration, plan.rule)
    pairs = _judge_pairs(volume.segmentation(names[0]), sample, (first, second), halves)
    threshold = _find_threshold(trial, (first, second), halves.middle)
    return Crossing((first, second), trial, pairs, threshold)


def _find_threshold(
    trial: Trial, repairers: tuple[SplitRepairer, SplitRepairer], middle: float
) -> float:
    """Expect the rise with what was learnt in the half in which a join does not lie."""

    def calibrate(said: Floats, places: Floats) -> Floats:
        lower, upper = (repairer.joins_.apply(said) for repairer in repairers)
        return np.where(places[:, 0] >= middle, lower, upper)

    found, voxels = trial.agglomeration, trial.sample.graph.of_objects("voxels")[:, 0]
    rise = expect_rise(voxels, found, calibrate)
    return find_expected_threshold(found, rise, repairers[0].plan.rise)


def _observe_across(
    volume: Volume, halves: Halves, repairers: tuple[SplitRepairer, SplitRepairer]
) -> Evidence:
    """Map each half with the network of the other one."""
    evidence = Evidence.of(volume.read_image())
    maps = np.zeros((len(CHANNELS), *volume.shape), np.uint8)
    for region, repairer in zip(halves.regions(), repairers[::-1], strict=True):
        network = repairer.observer_.network_
        if network is None:
            return evidence
        maps[:, region[0]] = network.predict(volume, region)
    return evidence.replace(maps)


def _judge_pairs(
    labels: npt.NDArray[np.integer[Any]],
    sample: Sample,
    repairers: tuple[SplitRepairer, SplitRepairer],
    halves: Halves,
) -> JudgedPairs:
    features = describe_contacts(sample.graph)
    rule: PairRule = repairers[0].plan.rule
    half = halves.find_half(contact_sections(sample.graph, features.rows))
    features = features.take(rule.find(sample, features.rows) & (half >= 0))
    calibrated = [
        lambda graph, some, one=one: one.calibration_.apply(one.scorer_.score(graph, some))
        for one in repairers
    ]
    score = judge_across((calibrated[0], calibrated[1]), halves.middle)
    confined = np.isin(sample.graph.labels, find_confined(labels, halves))
    ends = sample.graph.edges[features.rows]
    return JudgedPairs(
        score(sample.graph, features),
        label_contacts(sample.graph, features.rows, sample.overlap)[0],
        np.asarray(confined[ends].all(axis=1), bool),
    )


def find_confined(
    labels: npt.NDArray[np.integer[Any]], halves: Halves
) -> npt.NDArray[np.integer[Any]]:
    """Find the objects that lie in one half alone.

    Parameters
    ----------
    labels : (nz, ny, nx) integer array
        A segmentation.
    halves : Halves
        Its cut.

    Returns
    -------
    (k,) integer array
        Labels, ascending.
    """
    lower, upper = (np.unique(labels[region]) for region in halves.regions())
    return np.setxor1d(lower, upper)
