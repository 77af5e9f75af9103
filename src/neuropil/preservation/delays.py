"""What a run writes that was asked about a delay, and not about tissue."""

from __future__ import annotations

import numpy as np
import polars as pl

from neuropil.contracts import Metric, Task
from neuropil.preservation.config import PreservationConfig
from neuropil.preservation.data import TissueSample
from neuropil.preservation.tracing.delays import foresee_delays
from neuropil.preservation.tracing.figures import draw_delays
from neuropil.preservation.tracing.refusals import Sample
from neuropil.preservation.tracing.verdicts import judge_sample

__all__ = ["write_delay"]

# The curve goes on to where every belief but "no effect" has ended [min].
_SHOWN, _STEP = 30.0, 0.5
_BELIEF = (
    "These are beliefs about brains in general before any tissue was seen: the midpoints are of "
    "single reports, partly at second hand, the spreads and the size of patches are ours. They say "
    "nothing of any one brain, and are never part of the score of an image."
)


def write_delay(task: Task[PreservationConfig, TissueSample], minutes: float) -> None:
    """Write what is believed of a delay, and that it shows nothing of a brain.

    Parameters
    ----------
    task : Task
        Settings, seed and an open run; no tissue is read.
    minutes : float
        Time from the arrest of the heart to the start of wash-out [min].
    """
    seed = task.seed.child("delays")
    foreseen = foresee_delays(np.arange(0, max(_SHOWN, 2 * minutes) + _STEP, _STEP).tolist(), seed)
    asked = foresee_delays([minutes], seed)
    verdict = judge_sample(Sample(None, None, 0.0), task.config.claim, task.config.level)
    task.writer.add_metrics([_measure(row, place == 0) for place, row in enumerate(_rows(asked))])
    task.writer.add_table("delays", foreseen)
    task.writer.add_table("asked", asked)
    task.writer.note(_BELIEF)
    for sentence in verdict.refusals:
        task.writer.note(sentence)
    draw_delays(task.writer, foreseen, minutes)


def _rows(asked: pl.DataFrame) -> list[dict[str, object]]:
    # The widest belief first: it decides what may be expected.
    ordered = asked.sort((pl.col("prior") == "wide").not_(), maintain_order=True)
    return list(ordered.iter_rows(named=True))


def _measure(row: dict[str, object], headline: bool) -> Metric:
    prior, minutes = row["prior"], row["minutes"]
    value, low, high = (float(row[f"perfused{end}"]) for end in ("", "_low", "_high"))  # type: ignore[arg-type]
    said = (
        f"A belief and no finding: after {minutes:g} minutes {100 * low:.0f} to {100 * high:.0f} % "
        "of a brain may still be perfused, and what this brain has lost only its tissue can show"
    )
    return Metric(
        f"perfused-{str(prior).replace(' ', '-')}",
        f"tissue still perfused after {minutes:g} minutes, prior: {prior}",
        value,
        "1",
        0,
        low,
        high,
        "95 % of the brains that the prior allows",
        headline=headline,
        note=said if headline else "",
    )
