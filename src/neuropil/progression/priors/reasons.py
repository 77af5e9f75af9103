"""Why each edge is held likely or not: one row a pair and mechanism."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import polars as pl

from neuropil.progression.priors.answers import EdgeAnswers

__all__ = ["order_reasons", "tabulate_reasons"]

Floats = npt.NDArray[np.float64]

_KEYS = ("mechanism", "first", "second")


def tabulate_reasons(
    answers: EdgeAnswers,
    means: Mapping[str, Floats],
    doubts: Mapping[str, Floats],
    counts: Mapping[str, npt.NDArray[np.int64]],
) -> pl.DataFrame:
    """Give each pair the reason whose probability is nearest to the mean, the first of equals.

    A reason of an outlier would speak against the number beside it, and a summary of all reasons
    would be words that nobody said.

    Parameters
    ----------
    answers : EdgeAnswers
        All answers.
    means, doubts, counts : mapping of str to (n_pairs,) array
        Of the answers about each pair, by mechanism.

    Returns
    -------
    pl.DataFrame
        ``first``, ``second``, ``mechanism``, ``probability``, ``doubt``, ``answers``, ``reason``;
        mechanism by mechanism, pairs row by row of the upper triangle.
    """
    place = {label: number for number, label in enumerate(answers.regions)}
    rows, columns = np.triu_indices(len(place), 1)
    pairs = pl.concat(
        pl.DataFrame(
            {
                "first": [answers.regions[row] for row in rows],
                "second": [answers.regions[column] for column in columns],
                "mechanism": [mechanism] * len(rows),
                "probability": means[mechanism],
                "doubt": doubts[mechanism],
                "answers": counts[mechanism],
            }
        )
        for mechanism in answers.mechanisms
    )
    said = _list_reasons(answers, place)
    joined = said.join(pairs.select(*_KEYS, "probability"), on=_KEYS)
    # Rounded, since two answers are always as far from their mean, but for the last bit.
    off = (pl.col("said") - pl.col("probability")).abs().round(9)
    chosen = joined.sort(off, "turn").unique(_KEYS, keep="first", maintain_order=True)
    return pairs.join(chosen.select(*_KEYS, "reason"), on=_KEYS, how="left", maintain_order="left")


def _list_reasons(answers: EdgeAnswers, place: Mapping[str, int]) -> pl.DataFrame:
    ends = [sorted((each.first, each.second), key=place.__getitem__) for each in answers.answers]
    return pl.DataFrame(
        {
            "mechanism": [each.mechanism for each in answers.answers],
            "first": [first for first, _ in ends],
            "second": [second for _, second in ends],
            # The repeat and the end asked from decide between equals, and not the order of lines.
            "turn": [
                2 * each.repeat + (place[each.first] > place[each.second])
                for each in answers.answers
            ],
            "said": [each.probability for each in answers.answers],
            "reason": [each.reason for each in answers.answers],
        }
    )


def order_reasons(
    reasons: pl.DataFrame, place: Mapping[str, int], mechanisms: tuple[str, ...]
) -> pl.DataFrame:
    """Put rows into the order of other regions; the earlier region of a pair stands first.

    Parameters
    ----------
    reasons : pl.DataFrame
        As :func:`tabulate_reasons` makes them, of regions in ``place`` alone.
    place : mapping of str to int
        Row of each region in the new order.
    mechanisms : tuple of str
        In order.
    """
    first, second = (reasons[name].replace_strict(place, return_dtype=pl.Int64)
                     for name in ("first", "second"))  # fmt: skip
    turned = (first > second).to_numpy()
    labels = reasons.select("first", "second").to_numpy()
    labels[turned] = labels[turned][:, ::-1]
    by_mechanism = {name: number for number, name in enumerate(mechanisms)}
    return reasons.with_columns(
        pl.Series("first", labels[:, 0], dtype=pl.String),
        pl.Series("second", labels[:, 1], dtype=pl.String),
    ).sort(
        pl.col("mechanism").replace_strict(by_mechanism, return_dtype=pl.Int64),
        pl.col("first").replace_strict(place, return_dtype=pl.Int64),
        pl.col("second").replace_strict(place, return_dtype=pl.Int64),
    )
