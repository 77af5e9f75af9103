"""What a run writes about repair: gaps that were closed, and what of a segmentation returns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from neuropil.contracts import Metric, Task
from neuropil.preservation.config import PreservationConfig
from neuropil.preservation.data import TissueBlock, TissueSample, cut_tiles, read_column
from neuropil.preservation.detector.shipped import load_retrained
from neuropil.preservation.fit import PreservationAssay
from neuropil.preservation.repair.figures import draw_healing, draw_instruments
from neuropil.preservation.repair.scores import Instrument, find_returned, score_sections

__all__ = ["tabulate_returned", "write_repair"]

_NOTE = (
    "Closing gaps changes the probability of a membrane and no image: what is drawn is a guess by "
    "what was planted in fly tissue, and an opening that looks like a gap is closed like one."
)
_STATES = ("block", "instrument", "healed")
_ERRORS = ("arand", "split", "merge")


def write_repair(
    task: Task[PreservationConfig, TissueSample],
    blocks: Sequence[TissueBlock],
    assay: PreservationAssay,
) -> None:
    """Close gaps in the first column of each block, and write what that changed.

    Parameters
    ----------
    task : Task
        Settings and an open run.
    blocks : sequence of TissueBlock
        The tissue, copies with planted damage last.
    assay : PreservationAssay
        Fitted; its detector is compared with the one that knows damage, at its threshold.
    """
    threshold = assay.plan_.threshold
    instruments = {
        "shipped" if assay.detector is None else "own": Instrument(assay.detector_, threshold),
        "retrained": Instrument(load_retrained(), threshold),
    }
    tables = []
    with task.progress.track("closing gaps", len(blocks)) as advance:
        for block in blocks:
            tables.append(_score(block, assay, instruments))
            advance(1)
    table = pl.concat(tables)
    task.writer.note(_NOTE)
    task.writer.add_table("repair", table)
    own = table.filter(pl.col("block") == blocks[0].name, "healed")
    task.writer.add_metrics([_count(own, next(iter(instruments)))])
    draw_healing(task.writer, blocks, assay)
    if table["arand"].null_count() == 0:
        returned = tabulate_returned(table, len(task.data.blocks))
        if returned.height:
            task.writer.add_table("returned", returned)
        draw_instruments(task.writer, table)


def _score(
    block: TissueBlock, assay: PreservationAssay, instruments: Mapping[str, Instrument]
) -> pl.DataFrame:
    region = next(cut_tiles(block.volume, assay.spacing, assay.tile))
    rows = score_sections(read_column(block.volume, region), instruments)
    schema = {"instrument": pl.String, **dict.fromkeys(_ERRORS, pl.Float64)}
    return pl.DataFrame(rows, schema_overrides=schema).select(
        pl.lit(block.name).alias("block"), pl.all()
    )


def _count(own: pl.DataFrame, instrument: str) -> Metric:
    closed = own.filter(pl.col("instrument") == instrument)["gaps"].to_numpy()
    return Metric(
        "closed",
        "gaps of membranes that were closed, in a section of the first block",
        float(closed.mean()),
        "1",
        len(closed),
    )


def tabulate_returned(table: pl.DataFrame, n_own: int) -> pl.DataFrame:
    """Tell for each damaged copy which share of its lost segmentation each repair gives back.

    Parameters
    ----------
    table : pl.DataFrame
        Rows of ``score_sections`` with ``block``, those of the undamaged blocks first.
    n_own : int
        Number of undamaged blocks.

    Returns
    -------
    pl.DataFrame
        ``block``, ``instrument``, ``healed``, and ``returned``, the share of the adapted Rand error
        that damage added which is gone again; against the first instrument without healing, and
        null where damage took nothing.
    """
    names = table["block"].unique(maintain_order=True).to_list()
    means = table.group_by(_STATES, maintain_order=True).agg(pl.col(_ERRORS).mean())
    plain = means.filter(pl.col("instrument") == table["instrument"][0], ~pl.col("healed"))
    errors = dict(zip(plain["block"], plain["arand"], strict=True))
    rows = []
    for row in means.filter(pl.col("block").is_in(names[n_own:])).iter_rows(named=True):
        before = errors[row["block"].partition(",")[0]]
        share = find_returned([before], [errors[row["block"]]], [row["arand"]])
        rows.append({name: row[name] for name in _STATES} | {"returned": share})
    schema = {
        **{"block": pl.String, "instrument": pl.String},
        **{"healed": pl.Boolean, "returned": pl.Float64},
    }
    return pl.DataFrame(rows, schema=schema).with_columns(pl.col("returned").fill_nan(None))
