"""Cached pieces of work about membrane detectors: plain settings and a seed in, JSON out."""

from __future__ import annotations

from dataclasses import replace
from time import process_time
from typing import Any, Literal, NamedTuple

import numpy as np

from neuropil import datasets
from neuropil.connectome import Volume
from neuropil.contracts import SeedTree
from neuropil.measures import (
    compute_adapted_rand,
    compute_calibration_error,
    compute_roc_area,
    tabulate_overlaps,
)
from neuropil.preservation.config import REAL, SYNTHETIC
from neuropil.preservation.detector.blocks import predict_block
from neuropil.preservation.detector.calibration import compute_brier_score
from neuropil.preservation.detector.fit import MembraneDetector, split_sections
from neuropil.preservation.detector.marks import mark_membranes
from neuropil.preservation.detector.plan import DetectorPlan
from neuropil.preservation.detector.rivals import ForestPlan, MembraneForest, MembraneRidges
from neuropil.preservation.detector.shipped import SHIPPED_PLAN, TRAINED_BELOW, load_shipped
from neuropil.preservation.segmenting.components import label_components
from neuropil.preservation.segmenting.plan import SegmentingPlan
from neuropil.preservation.segmenting.segments import fragment, fragment_sections, segment_sections
from neuropil.preservation.segmenting.thresholds import (
    THRESHOLDS,
    choose_threshold,
    pick_threshold,
    score_fragmentations,
)

__all__ = [
    "HALVES",
    "SERIAL",
    "Half",
    "Kind",
    "judge_block",
    "judge_sections",
    "time_sections",
    "try_thresholds",
]

Kind = Literal["network", "forest", "ridges", "shipped"]
Half = Literal["lower", "upper"]

HALVES: tuple[Half, ...] = ("lower", "upper")
"""Parts of the training sections of the block; each is tried with a network of the other."""

SERIAL = "isbi2012"
# The last sections of the block, behind ten that are left out: membranes run through them.
_TESTED_FROM = 130
# What one join of two large bodies changes the error of half of the training sections by.
_NEAR = 0.05


class _Trial(NamedTuple):
    """Sections to learn from and to test on, and what learns."""

    volume: Volume
    trained: int
    tested: tuple[int, int]
    plan: DetectorPlan
    forest: ForestPlan


def _prepare_sections(fast: bool) -> _Trial:
    if fast:
        volume = datasets.load(SYNTHETIC, kind=Volume)
        plan = DetectorPlan(pixel_size=16.0, widths=(8,), steps=40, batch=2, edge=48, rate=1e-2)
        return _Trial(volume, 10, (40, 44), plan, ForestPlan(8, 10, 1000))
    volume = datasets.load(SERIAL, kind=Volume)
    return _Trial(volume, 15, (15, 30), DetectorPlan(pixel_size=4.0), ForestPlan())


def judge_sections(kind: Kind, seed: int, fast: bool) -> dict[str, Any]:
    """Judge one detector on serial sections that nothing was trained or chosen on.

    The network and the forest learn from the first of the training sections, and the threshold of
    joining is chosen on the last of them; without training it is chosen on all of them.

    Returns
    -------
    dict
        ``rand``, ``split`` and ``merge`` by section; ``threshold``; ``area``, ``brier`` and
        ``calibration`` over pixels. Of the shipped detector ``rand_unadapted`` too, with the
        threshold that its own tissue asks for.
    """
    trial, tree = _prepare_sections(fast), SeedTree(seed).child("detector")
    detector, chosen_on = _train(kind, trial, tree)
    plan = SegmentingPlan()
    chosen, tested = (
        trial.volume.crop((slice(low, high), slice(None), slice(None)))
        for low, high in ((chosen_on, trial.trained), trial.tested)
    )
    before = fragment_sections(detector.predict(chosen), chosen.voxel_size, plan)
    choice = choose_threshold(before, list(chosen.segmentation("truth")))
    probability = detector.predict(tested)
    after = fragment_sections(probability, tested.voxel_size, plan)
    truths = list(tested.segmentation("truth"))
    scores = score_fragmentations(after, truths, choice.threshold)
    unadapted = score_fragmentations(after, truths, plan.threshold).rand
    return {
        "rand": scores.rand.tolist(),
        "split": scores.split.tolist(),
        "merge": scores.merge.tolist(),
        "threshold": choice.threshold,
        **_judge_pixels(probability, tested),
        **({"rand_unadapted": unadapted.tolist()} if kind == "shipped" else {}),
    }


def _train(kind: Kind, trial: _Trial, seed: SeedTree) -> tuple[Any, int]:
    """Return a detector, and the first of the training sections that it never saw."""
    if kind == "shipped":
        return load_shipped(), 0
    if kind == "ridges":
        return MembraneRidges(), 0
    trained, held_out = split_sections(range(trial.trained), trial.plan.held_out)
    first = int(held_out[0])
    if kind == "forest":
        forest = MembraneForest(trial.forest)
        return forest.fit(trial.volume, sections=trained.tolist(), seed=seed), first
    detector = MembraneDetector(trial.plan)
    return detector.fit(trial.volume, sections=range(trial.trained), seed=seed), first


def _judge_pixels(probability: np.ndarray, volume: Volume) -> dict[str, float]:
    truth = mark_membranes(volume.segmentation("truth"), volume.voxel_size).ravel()
    said = probability.ravel().astype(float)
    return {
        "area": compute_roc_area(truth, said),
        "brier": compute_brier_score(said, truth),
        "calibration": compute_calibration_error(said, truth),
    }


def try_thresholds(half: Half, seed: int, fast: bool) -> list[float]:
    """Try thresholds of joining on half of the training sections of the block.

    The network learnt from the other half. The slab of sections that was held out of the shipped
    detector would not do: one join of two large bodies decides the error of so little tissue.

    Returns
    -------
    list of float
        Adapted Rand error at each of ``THRESHOLDS``.
    """
    volume, trained, _ = _prepare_block(fast)
    parts = {"lower": range(trained // 2), "upper": range(trained // 2, trained)}
    [other] = [name for name in HALVES if name != half]
    plan = SHIPPED_PLAN
    if fast:
        plan = replace(plan, pixel_size=16.0, widths=(8,), steps=20, batch=2, edge=48, rate=1e-2)
    tree = SeedTree(seed).child("thresholds").child(half)
    detector = MembraneDetector(plan).fit(volume, sections=parts[other], seed=tree)
    part = volume.crop((slice(parts[half].start, parts[half].stop), slice(None), slice(None)))
    cut = fragment(predict_block(detector, part, turned=True), part.voxel_size)
    truth = label_components(part.segmentation("truth"))
    return choose_threshold([cut], [truth]).errors.tolist()


def _prepare_block(fast: bool) -> tuple[Volume, int, int]:
    """Return a block, where its training sections end, and where those for tests begin."""
    if not fast:
        return datasets.load(REAL, kind=Volume), TRAINED_BELOW, _TESTED_FROM
    edge = slice(0, 48)
    volume = datasets.load(SYNTHETIC, kind=Volume)
    return volume.crop((slice(0, 72), edge, edge)), 32, 40


def judge_block(errors: list[list[float]], fast: bool) -> dict[str, Any]:
    """Judge the shipped detector in the part of its block that it never saw, in three dimensions.

    Parameters
    ----------
    errors : list of list of float
        What :func:`try_thresholds` found on each half of the training sections.
    fast : bool
        Whether a generated block is taken.

    Returns
    -------
    dict
        ``rand``, ``split``, ``merge`` and ``threshold``; ``range`` of the error over thresholds
        that the training sections hardly tell apart; ``supplied``, the error of the supervoxels
        that come with the block; ``area``, ``brier`` and ``calibration`` over voxels.
    """
    volume, _, first = _prepare_block(fast)
    mean = np.mean(errors, axis=0)
    choice = pick_threshold(THRESHOLDS, mean)
    tested = volume.crop((slice(first, None), slice(None), slice(None)))
    probability = predict_block(load_shipped(), tested, turned=True)
    truth = label_components(tested.segmentation("truth"))
    cut = fragment(probability, tested.voxel_size)
    scores = score_fragmentations([cut], [truth], choice.threshold)
    near = THRESHOLDS[mean <= mean.min() + _NEAR]
    tried = choose_threshold([cut], [truth], near).errors
    supplied = label_components(tested.segmentation("watershed"))
    return {
        "rand": float(scores.rand[0]),
        "split": float(scores.split[0]),
        "merge": float(scores.merge[0]),
        "threshold": choice.threshold,
        "range": [float(tried.min()), float(tried.max())],
        "supplied": compute_adapted_rand(tabulate_overlaps(truth, supplied)).error,
        **_judge_pixels(probability, tested),
    }


def time_sections(fast: bool) -> dict[str, float]:
    """Time the shipped detector and the segmentation of what it says, on one core.

    Returns
    -------
    dict
        ``network`` and ``segmenting`` [ms] a section, and ``pixels`` of one.
    """
    volume = datasets.load(SYNTHETIC if fast else REAL, kind=Volume)
    detector = load_shipped()
    part = volume.crop((slice(0, 20), slice(None), slice(None)))
    # Compiled before the clock starts.
    detector.predict(part.crop((slice(0, 1), slice(None), slice(None))))
    start = process_time()
    probability = detector.predict(part)
    middle = process_time()
    segment_sections(probability, part.voxel_size)
    end = process_time()
    each = 1000 / part.shape[0]
    return {
        "network": each * (middle - start),
        "segmenting": each * (end - middle),
        "pixels": float(np.prod(part.shape[1:])),
    }
