"""Claims about losses that are foretold without a truth, and about what kind of damage it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.stats import spearmanr

from neuropil.contracts import Claim, Finding, at_least, between
from neuropil.measures import bootstrap_groups, find_share
from neuropil.preservation.claims.bench import Bench, Measure
from neuropil.preservation.claims.detector_pieces import SERIAL
from neuropil.preservation.claims.loss_pieces import Data
from neuropil.preservation.claims.loss_tables import foretell, list_judged, list_taught
from neuropil.preservation.config import REAL
from neuropil.preservation.traceability.doses import ACQUISITION, ERASED
from neuropil.preservation.traceability.features import FEATURES
from neuropil.preservation.traceability.loss import choose_limit, is_bad

__all__ = ["LOSS_CLAIMS"]

Statistic = Callable[[pl.DataFrame], float]

_NAMES: dict[Data, str] = {"serial": SERIAL, "block": REAL}
_OVER = "bootstrap over sections"
# Faults of a microscope that may not be called damage [nm; contrast over noise].
_MILD_BLUR, _MILD_SNR = 12.0, 2.0
# Loss of the adapted Rand error beyond which tissue is bad, as the assay has it.
_TOLERATED = 0.1
# Order of the curve from dose to loss: losses level off.
_BENT = 2


def explained(table: pl.DataFrame) -> float:
    """Return the share of the variance of the loss that was foretold."""
    loss, said = table["loss"].to_numpy(), table["foretold"].to_numpy()
    return float(1 - ((loss - said) ** 2).sum() / ((loss - loss.mean()) ** 2).sum())


def _covered(table: pl.DataFrame) -> float:
    inside = (pl.col("loss") >= pl.col("loss_low")) & (pl.col("loss") <= pl.col("loss_high"))
    return float(table.select(inside.mean()).item())


def _told_apart(table: pl.DataFrame) -> float:
    """Return the mean over kinds of the share that is recognised, at the middle doses."""
    right = table.filter("fixed").with_columns(right=pl.col("kind") == pl.col("damage"))
    return float(right.group_by("damage").agg(pl.col("right").mean())["right"].mean())  # type: ignore[arg-type]


def _ordered(kind: str, by: str = "foretold") -> Statistic:
    def order(table: pl.DataFrame) -> float:
        rows = table.filter(pl.col("variant").is_in([kind, "clean"]))
        return float(spearmanr(rows["dose"].to_numpy(), rows[by].to_numpy()).statistic)

    return order


def _order(kind: str) -> Measure:
    def say(table: pl.DataFrame) -> str:
        return f"Doses and true losses correlate with {_ordered(kind, 'loss')(table):.3f}."

    return _measure(_ordered(kind), "serial", "serial", say)


def _find(
    bench: Bench, table: pl.DataFrame, statistic: Statistic, data: Data, note: str = ""
) -> Finding:
    """Return a statistic over test sections, with its interval by resampling them."""
    sections = table["section"].to_numpy()

    def of(rows: npt.NDArray[np.int64]) -> float:
        return statistic(table[rows])

    low, high = bootstrap_groups(sections, of, bench.seed.child("loss").generator())
    n = len(np.unique(sections))
    name = "" if bench.fast else _NAMES[data]
    return Finding(statistic(table), n, low, high, _OVER, note=note, data=name)


def _measure(statistic: Statistic, taught: Data, asked: Data, say: Any = None) -> Measure:  # noqa: ANN401
    def find(bench: Bench) -> Finding:
        table = foretell(bench, taught, asked).filter(~pl.col("known"))
        return _find(bench, table, statistic, asked, say(table) if say else "")

    return find


def _say_losses(table: pl.DataFrame) -> str:
    means = table.group_by("damage", maintain_order=True).agg(
        pl.col("loss").mean(), pl.col("foretold").mean()
    )
    return "; ".join(
        f"{kind}: loss {loss:.3f}, foretold {said:.3f}" for kind, loss, said in means.iter_rows()
    )


def _say_kinds(table: pl.DataFrame) -> str:
    fixed = table.filter("fixed")
    parts = []
    for kind in fixed["damage"].unique(maintain_order=True):
        rows = fixed.filter(pl.col("damage") == kind)
        parts.append(f"{kind} {float((rows['kind'] == kind).mean() or 0):.2f}")
    return "Recognised: " + ", ".join(parts) + "."


def _left_out(bench: Bench) -> Finding:
    """Foretell the loss by each damage from a model that has seen all others."""
    kinds = list_judged(bench, "serial")["damage"].unique(maintain_order=True)
    shares = {}
    for kind in kinds.filter(kinds != "clean"):
        table = foretell(bench, "serial", "serial", without=kind)
        asked = ~pl.col("known") & pl.col("damage").is_in([kind, "clean"])
        shares[kind] = explained(table.filter(asked))
    worst = min(shares, key=lambda kind: shares[kind])
    note = "; ".join(f"{kind} {share:.2f}" for kind, share in shares.items())
    return Finding(
        shares[worst], len(shares), note=f"R2 by damage: {note}.", data="" if bench.fast else SERIAL
    )


def _is_mild() -> pl.Expr:
    """Tell what is no damage of tissue, and no fault beyond what must be borne."""
    kind, dose = pl.col("damage"), pl.col("dose")
    blurred = (kind == "blur") & (dose <= _MILD_BLUR)
    return (kind == "clean") | blurred | ((kind == "noise") & (_snr(dose) >= _MILD_SNR))


def _snr(dose: pl.Expr) -> pl.Expr:
    return 1 / dose


def _call(bench: Bench, data: Data) -> pl.DataFrame:
    """Return the test sections that are judged, and which are called bad, as the assay does."""
    table = foretell(bench, data, data)
    limit = choose_limit(table.filter("known", pl.col("damage") == "clean")["foretold"])
    bad = is_bad(pl.col("foretold"), limit) & pl.col("passed") & ~pl.col("lacks")
    return table.with_columns(bad=bad).filter(~pl.col("known"))


def _spare(data: Data) -> Measure:
    """Find the share of tiles without damage of tissue that are not called bad."""

    def find(bench: Bench) -> Finding:
        rest = _call(bench, data).filter(_is_mild())
        counts = rest.group_by("damage", maintain_order=True).agg(
            pl.col("bad").sum(), pl.len(), pl.col("lacks").sum()
        )
        note = "; ".join(
            f"{kind}: {n} of {of} bad, {lacks} with a profile larger than the reference has"
            for kind, n, of, lacks in counts.iter_rows()
        )
        spared = int((~rest["bad"]).sum())
        name = "" if bench.fast else _NAMES[data]
        return find_share(spared, rest.height, of=1, note=f"{note}.", data=name)

    return find


def _notice(data: Data) -> Measure:
    """Find the share of tiles that lost more by damage of tissue and are called bad."""

    def find(bench: Bench) -> Finding:
        by_tissue = ~pl.col("damage").is_in(ACQUISITION)
        rest = _call(bench, data).filter(by_tissue, pl.col("loss") > _TOLERATED)
        if not rest.height:
            return Finding.not_run(f"No section lost more than {_TOLERATED:g}.")
        counts = rest.group_by("variant", maintain_order=True).agg(pl.col("bad").sum(), pl.len())
        note = "; ".join(f"{kind}: {n} of {of}" for kind, n, of in counts.iter_rows())
        name = "" if bench.fast else _NAMES[data]
        return find_share(int(rest["bad"].sum()), rest.height, of=1, note=f"{note}.", data=name)

    return find


def _tell_by_dose(data: Data) -> Measure:
    """Foretell by what really was done: what a segmentation of one section leaves to chance."""

    def find(bench: Bench) -> Finding:
        taught = list_taught(bench, data)
        table = list_judged(bench, data).filter(~pl.col("known"))
        said = np.zeros(table.height)
        for kind in table["variant"].unique(maintain_order=True):
            examples = taught.filter(pl.col("variant") == kind)
            rows = (table["variant"] == kind).to_numpy()
            if kind != "clean":
                dose, loss = (examples[name].to_numpy() for name in ("dose", "loss"))
                curve = np.polyfit(dose, loss, _BENT)
                said[rows] = np.polyval(curve, table["dose"].to_numpy()[rows])
        return _find(bench, table.with_columns(foretold=pl.Series(said)), explained, data)

    return find


def _one_sign(bench: Bench) -> Finding:
    """Foretell by the best single sign: the simplest rival."""
    taught = list_taught(bench, "serial")
    loss = taught["loss"].to_numpy()
    lines = {name: np.polyfit(taught[name].to_numpy(), loss, 1) for name in FEATURES}
    missed = {
        name: float(((np.polyval(line, taught[name].to_numpy()) - loss) ** 2).sum())
        for name, line in lines.items()
    }
    best = min(missed, key=lambda name: missed[name])
    unseen = list_judged(bench, "serial")
    said = np.polyval(lines[best], unseen[best].to_numpy())
    table = unseen.with_columns(foretold=pl.Series(said))
    return _find(
        bench, table, explained, "serial", f"The sign is {best}, chosen on training sections."
    )


_LOSS = "loss of the adapted Rand error that is foretold without a truth"
_SPARED = "tiles without damage of tissue (blur to 12 nm, SNR from 2) that are not called bad"
_NOTICED = "tiles that lost more than .1 by damage of tissue and are called bad"
_BY_DOSE = "share of variance of the loss that the true kind and dose of the damage tell"
_KIND = "kinds of damage told apart at middle doses, balanced accuracy"

# fmt: off
LOSS_CLAIMS = (
    *(
        Claim(f"4-dose-{kind}", f"rank correlation of the dose of {words} with the foretold loss",
              "1", at_least(0.9), _order(kind))
        for kind, words in (("gaps", "gaps"), ("aiz", "ambiguous zones"), ("ice", "ice"))
    ),
    Claim("4-dose-ice-erased", "rank correlation of the dose of ice that took the place of tissue "
          "with the foretold loss", "1", at_least(0.9), _order(ERASED)),
    Claim("5-spared", _SPARED, "1", at_least(0.95), _spare("serial")),
    Claim("5-spared-block", f"{_SPARED}, block tissue", "1", at_least(0.95), _spare("block")),
    Claim("5-noticed", _NOTICED, "1", None, _notice("serial")),
    Claim("5-noticed-block", f"{_NOTICED}, block tissue", "1", None, _notice("block")),
    Claim("7-kinds", _KIND, "1", at_least(0.85),
          _measure(_told_apart, "serial", "serial", _say_kinds)),
    Claim("7-block", f"{_KIND}, block tissue by its own examples", "1", None,
          _measure(_told_apart, "block", "block", _say_kinds)),
    Claim("7-to-serial", f"{_KIND}, learnt on the other dataset", "1", at_least(0.65),
          _measure(_told_apart, "block", "serial", _say_kinds)),
    Claim("7-to-block", f"{_KIND}, learnt on the other dataset", "1", at_least(0.65),
          _measure(_told_apart, "serial", "block", _say_kinds)),
    Claim("8-loss", f"share of variance of the {_LOSS}", "R2", at_least(0.7),
          _measure(explained, "serial", "serial", _say_losses)),
    Claim("8-block", "the same, block tissue by its own examples", "R2", None,
          _measure(explained, "block", "block", _say_losses)),
    Claim("8-to-serial", "the same, learnt on the other dataset", "R2", at_least(0.4),
          _measure(explained, "block", "serial", _say_losses)),
    Claim("8-to-block", "the same, learnt on the other dataset", "R2", at_least(0.4),
          _measure(explained, "serial", "block", _say_losses)),
    Claim("8-coverage", "share of losses inside their 90 % intervals", "1", between(0.85, 0.95),
          _measure(_covered, "serial", "serial")),
    Claim("8-left-out", f"share of variance of the {_LOSS}, least of damages that were never seen",
          "R2", None, _left_out),
    Claim("8-dose", _BY_DOSE, "R2", None, _tell_by_dose("serial")),
    Claim("8-dose-block", f"{_BY_DOSE}, block tissue", "R2", None, _tell_by_dose("block")),
    Claim("8-one-sign", "share of variance by the best single sign", "R2", None, _one_sign),
)
# fmt: on
"""Claims about losses and kinds of damage."""
