"""Single answers as a table: what was said of each item, whether it was read, what it cost."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from neuropil.proofreading.prompting.solvers import Answer
from neuropil.proofreading.tasks.items import Item

__all__ = ["tabulate_answers"]

# Named, since the tables of several solvers are put under each other, empty columns too.
_TYPES = {
    "task": pl.String,
    "item": pl.String,
    "solver": pl.String,
    "truth": pl.String,
    "answer": pl.String,
    "probability": pl.Float64,
    "readings": pl.Int64,
    "failures": pl.Int64,
    "input_tokens": pl.Int64,
    "output_tokens": pl.Int64,
    "usd": pl.Float64,
}


def tabulate_answers(solver: str, items: Sequence[Item], answers: Sequence[Answer]) -> pl.DataFrame:
    """Tabulate the answers of a solver.

    Parameters
    ----------
    solver : str
        Who answered.
    items : sequence of Item
        The questions.
    answers : sequence of Answer
        To some of them.

    Returns
    -------
    polars.DataFrame
        One row an answer, in the order given. ``failures`` of the ``readings`` could not be read;
        ``answer`` is missing where none could.
    """
    by_id = {item.id: item for item in items}
    rows = [
        {
            "task": by_id[answer.item].task,
            "item": answer.item,
            "solver": solver,
            "truth": by_id[answer.item].answer,
            "answer": answer.value,
            "probability": answer.probability,
            "readings": len(answer.readings()),
            "failures": sum(one is None for one in answer.readings()),
            "input_tokens": answer.usage.input_tokens,
            "output_tokens": answer.usage.output_tokens,
            "usd": answer.usage.usd,
        }
        for answer in answers
    ]
    return pl.DataFrame(rows, schema=_TYPES)
