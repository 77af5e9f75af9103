"""What a run of ``preservation`` does and writes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import polars as pl

from neuropil.contracts import Metric, Task
from neuropil.preservation.axes.figures import draw_axis_profile
from neuropil.preservation.config import PreservationConfig
from neuropil.preservation.data import TissueBlock, TissueSample, damage_blocks
from neuropil.preservation.delays import write_delay
from neuropil.preservation.figures import draw_found, draw_places, draw_tiles
from neuropil.preservation.fit import PreservationAssay
from neuropil.preservation.repair.results import write_repair
from neuropil.preservation.sampling.figures import draw_exclusion
from neuropil.preservation.sampling.statements import audit
from neuropil.preservation.score import (
    Found,
    count_sample,
    list_metrics,
    measure_tiles,
    pool_blocks,
)
from neuropil.preservation.tracing.figures import draw_recovery
from neuropil.preservation.tracing.verdicts import Traceability, Verdict, judge_sample

__all__ = ["say_result", "write_run"]

_SIMULATED = (
    "What the assay knows of damage is simulated damage of fly tissue: no human, pig or "
    "post-mortem image has been tested."
)
_OWN_REFERENCE = (
    "No reference was named: tiles are compared with fly tissue imaged by FIB-SEM at 10 nm. What "
    "another microscope or species does to an image then counts as a difference; name control "
    "tissue that was prepared and imaged alike with --reference."
)

_CONCLUSIONS = {
    Traceability.TRACEABLE: "the tissue is traceable as claimed",
    Traceability.PARTLY: "the tissue is partly traceable",
    Traceability.NOT: "the tissue is not traceable as claimed",
    Traceability.NOT_ASSESSABLE: "this sample cannot certify what is claimed of the brain",
}
_SMALL_REFERENCE = (
    "The control tissue has fewer than five tiles: what good tissue varies by is hardly known, and "
    "single axes are not judged. Bring more of it."
)


def write_run(task: Task[PreservationConfig, TissueSample]) -> None:
    """Judge each block, bound what the brain may be, and write what was found."""
    task.writer.note(_SIMULATED)
    if task.config.minutes is not None:
        write_delay(task, task.config.minutes)
        return
    if task.config.audit is not None:
        _write_audit(task, task.config.audit)
        return
    assay = _fit(task)
    sample, blocks = task.data, _list_blocks(task)
    found = [_judge(task, assay, block) for block in blocks]
    own = found[: len(sample.blocks)]
    verdict = judge_sample(
        count_sample(own, assay.break_rate_), task.config.claim, task.config.level
    )
    metrics = list_metrics(own, verdict, assay.loss_.clean.tolist(), task.seed)
    pooled, n_own = pool_blocks(found), len(pool_blocks(own))
    said = _say(verdict, pooled[:n_own], pooled[n_own:])
    task.writer.add_metrics([replace(metrics[0], note=said), *metrics[1:]])
    task.writer.add_table("tiles", measure_tiles(found))
    task.writer.add_table("blocks", tabulate_blocks(pooled))
    task.writer.add_table("claims", _tabulate_claims(verdict))
    task.writer.note(f"Verdict on the brain: {verdict}")
    draw_tiles(task.writer, blocks, found, assay)
    draw_found(task.writer, pooled, n_own, assay.limit_)
    draw_places(task.writer, pooled, n_own, assay.limit_)
    passed = measure_tiles(found).filter("passed")
    if assay.axes_ is not None and passed.height:
        draw_axis_profile(task.writer, passed, assay.axes_)
    if task.config.repair:
        write_repair(task, blocks, assay)
    draw_exclusion(task.writer, verdict.share)
    if verdict.rate is not None:
        draw_recovery(task.writer, verdict.rate)


def _fit(task: Task[PreservationConfig, TissueSample]) -> PreservationAssay:
    config = task.config
    assay = PreservationAssay(spacing=config.spacing, tile=config.tile, tolerated=config.tolerated)
    if task.data.reference:
        assay.fit([block.volume for block in task.data.reference])
        if assay.axes_ is None:
            task.writer.note(_SMALL_REFERENCE)
        return assay
    task.writer.note(_OWN_REFERENCE)
    return assay.fit()


def _list_blocks(task: Task[PreservationConfig, TissueSample]) -> tuple[TissueBlock, ...]:
    return damage_blocks(task.data.blocks, task.data.damages, task.seed.child("damage"))


def _judge(
    task: Task[PreservationConfig, TissueSample], assay: PreservationAssay, block: TissueBlock
) -> Found:
    with task.progress.track(f"judging {block.name}", assay.count_columns(block.volume)) as advance:
        judged = assay.predict(block.volume, advance).move(block.place)
        return Found(block.name, block.region, judged, block.file)


def tabulate_blocks(found: Sequence[Found]) -> pl.DataFrame:
    """Return one row a block: tiles, those assessable and bad, losses and the commonest kind."""
    rows = []
    for one in found:
        tiles = one.judged.tiles
        passed = tiles.filter("passed")
        commonest = passed["kind"].mode().sort().to_list()
        rows.append(
            {
                "block": one.name,
                "region": one.region,
                "tiles": tiles.height,
                "assessable": passed.height,
                "bad": int(passed["bad"].sum()),
                "loss": passed["loss"].mean(),
                "loss_low": passed["loss_low"].mean(),
                "loss_high": passed["loss_high"].mean(),
                "true_error": tiles["true_error"].mean(),
                "kind": commonest[0] if commonest else None,
                "reason": next((text for text in tiles["reason"] if text), None),
                "breaks_per_um": _rate(one.judged.steps),
            }
        )
    return pl.DataFrame(rows, infer_schema_length=None)


def _rate(steps: pl.DataFrame) -> float | None:
    length = float(steps["length_mm"].to_numpy().sum())
    return float(steps["breaks"].to_numpy().sum()) / length / 1000 if length else None


def _tabulate_claims(verdict: Verdict) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {
                "claim": str(answer.claim),
                "standing": str(answer.standing),
                "has": answer.refusal.has,
                "needs": answer.refusal.needs,
                "needs_now": answer.refusal.needs_now,
                "says": answer.sentence,
            }
            for answer in verdict.answers
        ]
    )


def _write_audit(task: Task[PreservationConfig, TissueSample], text: str) -> None:
    """Say what a past evaluation excludes."""
    found = audit(text)
    bounds = found.bounds
    task.writer.add_metrics(
        [
            Metric(
                "bad",
                "bad share of the brain",
                bounds.share,
                "1",
                bounds.counts.n_blocks,
                bounds.low,
                bounds.high,
                f"bounds, {bounds.level:.0%} each, however damage is clustered",
                headline=True,
                note=found.sentences[0].rstrip("."),
            )
        ]
    )
    task.writer.add_table(
        "needed",
        pl.DataFrame({"bad_share": list(found.needed), "clean_tiles": list(found.needed.values())}),
    )
    for sentence in found.sentences:
        task.writer.note(sentence)
    draw_exclusion(task.writer, bounds)


def _say(verdict: Verdict, own: Sequence[Found], copies: Sequence[Found]) -> str:
    """Say what the tiles show, and after it what follows for the brain."""
    said = _say_tiles(measure_tiles(own))
    if copies:
        known = sum(_is_recognised(one) for one in copies)
        copy, was = ("copy", "was") if len(copies) == 1 else ("copies", "were")
        said += (
            f"; {known} of {len(copies)} damaged {copy} {'was' if known == 1 else was} recognised"
        )
    said += f"; {_CONCLUSIONS[verdict.traceability]}"
    if verdict.refusals:
        said += f". {verdict.refusals[0].rstrip('.')}"
    return said


def _say_tiles(tiles: pl.DataFrame) -> str:
    passed = tiles.filter("passed")
    if not passed.height:
        return f"None of {tiles.height} tiles can be assessed"
    bad, left = int(passed["bad"].sum()), tiles.height - passed.height
    tiles_are = "tile is" if passed.height == 1 else f"tiles {'is' if bad == 1 else 'are'}"
    said = f"{bad} of {passed.height} assessable {tiles_are} damaged"
    return f"{said}, {left} cannot be assessed" if left else said


def _is_recognised(one: Found) -> bool:
    """Tell whether most tiles are like the damage that a copy was given."""
    given = one.name.rpartition(", ")[2].partition(":")[0]
    kinds = one.judged.tiles["kind"]
    return int((kinds == given).sum()) > len(kinds) / 2


def say_result(metrics: Mapping[str, Metric]) -> str:
    """Say the verdict, which stands beside the first quantity of a run."""
    return next((metric.note for metric in metrics.values() if metric.note), "")
