"""Tables of damaged sections: those that are learnt from, those that are judged, what is said."""

from __future__ import annotations

import polars as pl

from neuropil.contracts import Piece
from neuropil.preservation.claims.bench import Bench
from neuropil.preservation.claims.loss_pieces import Data, Part, examine
from neuropil.preservation.traceability.features import Reference
from neuropil.preservation.traceability.loss import LossModel, settle_kind
from neuropil.preservation.traceability.shipped import load_shipped_tissue, relate_to_own

__all__ = ["foretell", "list_judged", "list_taught"]

_ABOUT = ("section", "damage", "variant", "dose", "fixed", "known", "passed", "reason", "loss")


def list_taught(bench: Bench, data: Data) -> pl.DataFrame:
    """Return damaged training sections, relative to good ones seen by the same detector.

    Those of the block are the examples that the package brings.

    Parameters
    ----------
    bench : Bench
        Settings, seed and cached pieces.
    data : {"serial", "block"}
        Which dataset.
    """
    if data == "block" and not bench.fast:
        return load_shipped_tissue().examples
    return pl.concat(
        [relate_to_own(_examine(bench, "serial", part)) for part in ("first", "second")]
    )


def list_judged(bench: Bench, data: Data) -> pl.DataFrame:
    """Return damaged test sections, relative to good ones among them.

    The first third of them, undamaged, are that reference: ``known`` tells which, and ``lacks``
    whether it lacks the anatomy of a section.

    Parameters
    ----------
    bench : Bench
        Settings, seed and cached pieces.
    data : {"serial", "block"}
        Which dataset.
    """
    table = _examine(bench, "serial" if bench.fast else data, "unseen")
    sections = table["section"].unique().sort()
    known = sections[: max(len(sections) // 3, 1)].to_list()
    table = table.with_columns(known=pl.col("section").is_in(known))
    reference = Reference.of(table.filter("known", pl.col("damage") == "clean"))
    judged = [reference.relate(table), table.select(_ABOUT), reference.lacks(table).to_frame()]
    return pl.concat(judged, how="horizontal")


def foretell(bench: Bench, taught: Data, asked: Data, without: str = "") -> pl.DataFrame:
    """Return the test sections of a dataset with what a model says of them.

    Parameters
    ----------
    bench : Bench
        Settings, seed and cached pieces.
    taught, asked : {"serial", "block"}
        Dataset that the model learns from, and the one that it is asked about.
    without : str
        Damage that the model does not see.
    """
    examples = list_taught(bench, taught).filter(pl.col("damage") != without)
    model = LossModel.fit(examples, examples["section"].to_list())
    table = list_judged(bench, asked)
    said = model.predict(table).rename({"loss": "foretold"})
    return pl.concat([table, said], how="horizontal").with_columns(settle_kind())


def _examine(bench: Bench, data: Data, part: Part) -> pl.DataFrame:
    # All are made ready side by side, whichever is asked for first.
    wanted: list[tuple[Data, Part]] = [
        ("serial", "first"),
        ("serial", "second"),
        ("serial", "unseen"),
    ]
    # A generated block stands for both datasets in a fast check.
    wanted += [] if bench.fast else [("block", "unseen")]
    pieces = [
        Piece(f"examples-{name}-{which}", examine, (name, which, bench.seed.root, bench.fast))
        for name, which in wanted
    ]
    return pl.DataFrame(bench.do_all("examples", pieces)[wanted.index((data, part))])
