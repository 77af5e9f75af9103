"""What a run of ``proofreading`` does and writes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import polars as pl

from neuropil import formats
from neuropil.connectome import Volume
from neuropil.contracts import Metric, NullSummary, SeedTree, Task
from neuropil.measures import summarise_null
from neuropil.proofreading.config import ProofreadingConfig
from neuropil.proofreading.figures import draw_calibration, draw_curve, draw_section
from neuropil.proofreading.halves import fit_whole
from neuropil.proofreading.prompting.comparison import hold_inquiry, write_comparison
from neuropil.proofreading.rendering.hardest import draw_hardest
from neuropil.proofreading.repair.changes import Change, write_changes
from neuropil.proofreading.repair.proposals import propose_joins, write_down
from neuropil.proofreading.repair.runs import count_voxels
from neuropil.proofreading.score import JudgedPairs
from neuropil.proofreading.work import Mended, Standing, mend

__all__ = ["measure_mending", "say_result", "write_run"]

_AREA = "area under the curve"
_OVER_OBJECTS, _OVER_BLOCKS = "bootstrap over objects", "bootstrap over blocks"
_OVER_BODIES = "bootstrap over true bodies"
# A null of 200 shows shares down to half a percent.
_SHUFFLES = 200
# Fewer pairs of a kind give an area that the next pair would overturn.
_FEWEST = 10


def write_run(task: Task[ProofreadingConfig, Volume]) -> None:
    """Train on halves, judge touching objects, join them, and write what was found."""
    config, writer, seed = task.config, task.writer, task.seed
    for note in task.data.notes:
        writer.note(note)
    # First: what fails for want of a key or of money must not cost a training.
    inquiry = hold_inquiry(task)
    mended = mend(config, task.data, seed, task.progress)
    writer.add_metrics([*_judge_metrics(mended, config, seed), *measure_mending(mended)])
    writer.add_table("pairs", _list_pairs(mended))
    draw_section(writer, mended, config.truth)
    draw_curve(writer, mended)
    draw_calibration(writer, mended)
    draw_hardest(writer, mended)
    changes = _list_changes(mended)
    write_changes(writer.path / "changes.jsonl", changes)
    _write_mended(task, mended)
    _write_model(task, mended)
    writer.note(
        f"mended.npz is the segmentation after {len(changes):,} joins, which changes.jsonl lists "
        "so that each can be undone. Contacts are judged by a model that was trained on the other "
        "half of the sections."
    )
    if np.isinf(mended.threshold):
        writer.note(
            "No join is made: in trials inside the training halves the first ones already raised "
            f"the merge part by more than mending.rise, {config.mending.rise:g} bit."
        )
    write_comparison(writer, inquiry, mended, seed)


def _list_changes(mended: Mended) -> list[Change]:
    threshold = float(mended.curve.threshold[mended.chosen])
    volume, name = mended.volume, mended.segmentation
    objects = count_voxels(volume, name)
    joins = propose_joins(objects, volume.voxel_size, mended.joins, threshold)
    return write_down(volume, name, joins)


def _write_mended(task: Task[ProofreadingConfig, Volume], mended: Mended) -> None:
    path = task.writer.path / "mended.npz"
    # A run that goes on has it already: a file is written whole or not at all.
    if not path.exists():
        joined = replace(
            mended.volume, image=None, segmentations={mended.segmentation: mended.mended_labels()}
        )
        formats.write(joined, path)


def _write_model(task: Task[ProofreadingConfig, Volume], mended: Mended) -> None:
    """Train a third repairer on the whole block, for other tissue, and keep it."""
    folder = task.writer.model
    # A run that goes on may have it already: a folder is written whole or not at all.
    if not folder.exists():
        names = (mended.segmentation, task.config.truth)
        fit_whole(mended.volume, names, task.config, task.seed, task.progress).save(folder)
    task.writer.note(
        "model holds a proofreader that was trained on all sections, for use on other tissue: "
        "nothing here was judged by it."
    )


def _list_pairs(mended: Mended) -> pl.DataFrame:
    pairs, judged = mended.pairs, mended.judged
    wrong = np.abs(judged.same - judged.probability)
    frame = pl.DataFrame(
        {
            "first": pairs.labels[:, 0],
            "second": pairs.labels[:, 1],
            **{f"{axis}_nm": pairs.center[:, place] for place, axis in enumerate("zyx")},
            "same_body": judged.same,
            "probability": judged.probability,
            "surprise": wrong,
        }
    )
    return frame.sort("surprise", descending=True)


def _judge_metrics(mended: Mended, config: ProofreadingConfig, seed: SeedTree) -> list[Metric]:
    judged = mended.judged
    found = [
        replace(_quantity("pairs_auc", _AREA, judged, seed), headline=True),
        _quantity(
            "pairs_accuracy", "balanced accuracy", judged, seed, JudgedPairs.balanced_accuracy
        ),
    ]
    alone = judged.take(judged.alone)
    if min(alone.same.sum(), (~alone.same).sum()) >= _FEWEST:
        what = f"{_AREA}, objects within one half"
        found.append(_quantity("pairs_auc_alone", what, alone, seed))
    for name, rival in mended.rivals.items():
        what = f"{_AREA}, {name} alone"
        found.append(_quantity(f"pairs_auc_{name}".replace(" ", "_"), what, rival, seed))
    n = len(judged.same)
    low, high = judged.interval(JudgedPairs.precision, seed)
    return [
        *found,
        Metric(
            "calibration",
            "expected calibration error, 15 bins",
            judged.calibration_error(),
            "1",
            n,
            *judged.interval(JudgedPairs.calibration_error, seed),
            _OVER_OBJECTS,
        ),
        Metric(
            "coverage",
            f"share of pairs answered, aiming at a precision of {config.mending.precision:g}",
            judged.coverage(),
            "1",
            n,
            *judged.interval(JudgedPairs.coverage, seed),
            _OVER_OBJECTS,
            note="The certainty is chosen in the training halves; of the answers that are given "
            f"here {judged.precision():.3f} [{low:.3f}, {high:.3f}] are right.",
        ),
        Metric("milliseconds", "time to judge a contact", mended.milliseconds, "ms", n),
    ]


def _quantity(
    name: str,
    what: str,
    judged: JudgedPairs,
    seed: SeedTree,
    quantity: Callable[[JudgedPairs], float] = JudgedPairs.area,
) -> Metric:
    low, high = judged.interval(quantity, seed)
    return Metric(
        name,
        f"{what}: are two touching objects one?",
        quantity(judged),
        "1",
        len(judged.same),
        low,
        high,
        _OVER_OBJECTS,
        _shuffle(judged, quantity, seed),
        note=f"{int(judged.same.sum())} of the pairs are one.",
    )


def _shuffle(
    judged: JudgedPairs, quantity: Callable[[JudgedPairs], float], seed: SeedTree
) -> NullSummary:
    rng = seed.child("shuffles").generator()
    null = [quantity(replace(judged, same=rng.permutation(judged.same))) for _ in range(_SHUFFLES)]
    observed = quantity(judged)
    return summarise_null("truth shuffled between pairs", null, observed, smaller_is_better=False)


def measure_mending(mended: Mended) -> list[Metric]:
    """Say how far a segmentation is from the truth before and after joining.

    Parameters
    ----------
    mended : Mended
        What was joined.

    Returns
    -------
    list of Metric
        Expected run and variation of information at both times, the rise of the merge part, and
        the number of joins.
    """
    curve, row = mended.curve, mended.chosen
    total = curve.split + curve.merge
    n = int(curve.joins[row])
    metrics = []
    for name, place, standing in (
        ("before", 0, mended.before),
        ("after", row, mended.after),
    ):
        low, high = standing.interval.total
        edits = standing.edits
        metrics.append(_measure_run(mended, name, standing))
        metrics.append(
            Metric(
                f"variation_{name}",
                f"variation of information {name} joining",
                float(total[place]),
                "bit",
                mended.cross.sample.graph.labels.size,
                low,
                high,
                "" if low is None else _OVER_BLOCKS,
                headline=name == "after",
                note=f"Split {curve.split[place]:.3f}, merge {curve.merge[place]:.3f}; adapted "
                f"Rand error {curve.rand_error[place]:.3f}; {edits.cuts} cuts and {edits.joins} "
                "joins are left to a person.",
            )
        )
    rise = float(curve.merge[row] - curve.merge[0])
    metrics.append(Metric("merge_rise", "rise of the merge part", rise, "bit", n))
    metrics.append(Metric("joins", "joins that are made", float(n), "joins", int(curve.joins[-1])))
    return metrics


def _measure_run(mended: Mended, when: str, standing: Standing) -> Metric:
    """Say how much of a neuron one expects to follow before an error."""
    run, (low, high) = standing.run, standing.run_interval
    voxel = float(np.prod(mended.volume.voxel_size)) / 1e9
    return Metric(
        f"run_{when}",
        f"expected run {when} joining: volume that a random voxel of the truth shares with its "
        "object",
        run.expected * voxel,
        "um3",
        standing.bodies,
        None if low is None else low * voxel,
        None if high is None else high * voxel,
        "" if low is None else _OVER_BODIES,
        note=f"Without an error {run.perfect * voxel:.3g} um3. {run.correct:.1%} of the voxels lie "
        f"in an object of one body, {run.merged:.1%} in {len(run.mergers)} objects of several, "
        f"{run.omitted:.1%} in none.",
    )


def say_result(metrics: Mapping[str, Metric]) -> str:
    """Say how well pairs are told apart and how far the segmentation was mended.

    Parameters
    ----------
    metrics : mapping of str to Metric
        What the run measured.
    """
    told, before, after = (
        metrics[name].value for name in ("pairs_auc", "variation_before", "variation_after")
    )
    return (
        f"touching objects are told apart with an area under the curve of {told:.3f}; joining "
        f"them brings the variation of information from {before:.2f} to {after:.2f} bit"
    )
