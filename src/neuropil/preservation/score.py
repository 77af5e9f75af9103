"""What was found in blocks of tissue, as quantities with intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from neuropil.contracts import Metric, SeedTree
from neuropil.measures import bootstrap_groups, summarise_null
from neuropil.preservation.fit import Judged
from neuropil.preservation.sampling.blocks import BlockCounts
from neuropil.preservation.tracing.break_rates import TracedBlocks
from neuropil.preservation.tracing.refusals import Sample
from neuropil.preservation.tracing.verdicts import Verdict

__all__ = ["Found", "count_sample", "list_metrics", "measure_tiles", "pool_blocks"]

_OVER_BLOCKS, _OVER_TILES = "bootstrap over blocks", "bootstrap over tiles of the one block"


@dataclass(frozen=True, eq=False)
class Found:
    """What the assay found in one block.

    Parameters
    ----------
    name, region : str
        Of the block.
    judged : Judged
        Its tiles and steps.
    file : str
        File of a tile that a table named; else empty.
    """

    name: str
    region: str
    judged: Judged
    file: str = ""


def measure_tiles(found: Sequence[Found]) -> pl.DataFrame:
    """Return all tiles in one table, with ``block``, ``region`` and ``file``."""
    return pl.concat(
        [
            one.judged.tiles.with_columns(
                block=pl.lit(one.name), region=pl.lit(one.region), file=pl.lit(one.file)
            )
            for one in found
        ],
        how="diagonal_relaxed",
    )


def pool_blocks(found: Sequence[Found]) -> list[Found]:
    """Return one entry a block: tiles that a table gives one block name belong together.

    Parameters
    ----------
    found : sequence of Found
        In the order of a run; a name may come more than once.
    """
    together: dict[str, list[Found]] = {}
    for one in found:
        together.setdefault(one.name, []).append(one)
    return [_pool(name, parts) for name, parts in together.items()]


def _pool(name: str, parts: Sequence[Found]) -> Found:
    tiles = pl.concat([one.judged.tiles for one in parts], how="vertical_relaxed")
    steps = pl.concat([one.judged.steps for one in parts], how="vertical_relaxed")
    regions = dict.fromkeys(one.region for one in parts if one.region)
    return Found(name, ", ".join(regions), Judged(tiles, steps))


def count_sample(found: Sequence[Found], floor: float) -> Sample:
    """Count bad tiles and breaks by block; what was not assessable is left out.

    Parameters
    ----------
    found : sequence of Found
        Blocks; those of one name are one block.
    floor : float
        Breaks that the instrument makes in good tissue [1/mm].
    """
    tiles = measure_tiles(found).filter("passed")
    counted = tiles.group_by("block", maintain_order=True).agg(pl.col("bad").sum(), pl.len())
    blocks = (
        BlockCounts.of(counted["bad"].to_list(), counted["len"].to_list())
        if counted.height
        else None
    )
    steps = [
        (one.name, int(one.judged.steps["breaks"].sum()), one.judged.steps["length_mm"].sum())
        for one in found
    ]
    steps = [step for step in steps if step[2] > 0]
    traced = None
    if steps:
        names, breaks, lengths = zip(*steps, strict=True)
        traced = TracedBlocks.of_sections(breaks, lengths, names)
    return Sample(blocks, traced, floor if traced else 0.0)


def list_metrics(
    found: Sequence[Found], verdict: Verdict, clean: Sequence[float], seed: SeedTree
) -> list[Metric]:
    """Return the quantities of a sample.

    Parameters
    ----------
    found : sequence of Found
        Its blocks.
    verdict : Verdict
        What follows for the brain.
    clean : sequence of float
        Foretold losses of good tissue that nothing was learnt from: the null.
    seed : SeedTree
        Source of the resampling.
    """
    tiles = measure_tiles(found)
    passed = tiles.filter("passed")
    metrics = [
        _mean("assessable", "tiles that can be assessed", tiles, "passed", seed),
    ]
    if not passed.height:
        return metrics
    loss = _mean("loss", "foretold loss of the adapted Rand error", passed, "loss", seed)
    metrics.insert(0, _with_null(loss, clean))
    if verdict.share is not None:
        share = verdict.share
        metrics.append(
            Metric(
                "bad",
                "tiles that are damaged beyond what is tolerated",
                share.share,
                "1",
                share.counts.n_blocks,
                share.low,
                share.high,
                f"bounds of the brain, {verdict.level:.0%} each, however damage is clustered",
            )
        )
    if verdict.rate is not None:
        rate = verdict.rate
        metrics.append(
            Metric(
                "breaks",
                "breaks of profiles between sections, beyond those of good tissue",
                rate.value,
                "1/mm",
                len({one.name for one in found}),
                rate.low,
                rate.high,
                f"bounds, {verdict.level:.0%} each; the upper one takes all breaks for tissue's",
            )
        )
    if passed["true_error"].null_count() == 0:
        metrics.append(
            _mean("error", "adapted Rand error against the truth", passed, "true_error", seed)
        )
    return metrics


def _mean(name: str, what: str, tiles: pl.DataFrame, column: str, seed: SeedTree) -> Metric:
    values = tiles[column].cast(pl.Float64).to_numpy()
    several = tiles["block"].n_unique() > 1
    owner = tiles["block"].to_numpy() if several else np.arange(len(values))
    low, high = bootstrap_groups(
        owner, lambda rows: float(values[rows].mean()), seed.child(name).generator()
    )
    how = _OVER_BLOCKS if several else _OVER_TILES
    return Metric(name, what, float(values.mean()), "1", len(np.unique(owner)), low, high, how)


def _with_null(metric: Metric, clean: Sequence[float]) -> Metric:
    null = summarise_null(
        "single tiles of good tissue that nothing was learnt from",
        np.asarray(clean),
        float(metric.value or 0.0),
        smaller_is_better=False,
    )
    return replace(metric, null=null, headline=True)
