"""Mend tissue whose true bodies are known, and see what each threshold gains and costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
import polars as pl

from neuropil.contracts import InputError
from neuropil.proofreading.adjacency.features import contact_volumes, describe_contacts
from neuropil.proofreading.models.pairs import label_contacts
from neuropil.proofreading.repair.agglomeration import (
    Agglomeration,
    AgglomerationPlan,
    Score,
    agglomerate,
)
from neuropil.proofreading.repair.calibration import find_threshold
from neuropil.proofreading.repair.guided import Sample
from neuropil.proofreading.tasks.pairs import PairRules

__all__ = [
    "Experience",
    "Trial",
    "find_clear",
    "list_costs",
    "run_trial",
]

Floats = npt.NDArray[np.float64]
Truth = npt.NDArray[np.bool_]
Indices = npt.NDArray[np.intp]


def find_clear(sample: Sample, rows: Indices, rules: PairRules) -> Truth:
    """Say which contacts are questions with a clear answer.

    Parameters
    ----------
    sample : Sample
        Contact graph with its true bodies.
    rows : (t,) integer array
        Touching contacts.
    rules : PairRules
        Which of them count.

    Returns
    -------
    (t,) bool array
        Whether each counts.
    """
    graph = sample.graph
    purity = label_contacts(graph, rows, sample.overlap)[1]
    smaller = contact_volumes(graph, rows)[:, 0]
    faces = graph.of_contacts("faces")[rows].sum(axis=1)
    return (
        (purity >= rules.purity) & (smaller >= rules.fewest_voxels) & (faces >= rules.fewest_sides)
    )


@dataclass(frozen=True, eq=False)
class Trial:
    """An agglomeration of tissue whose true bodies are known.

    Parameters
    ----------
    sample : Sample
        What was mended.
    agglomeration : Agglomeration
        The joins.
    probability : (t,) array
        What was said of the contacts of clear answer, before any join.
    same : (t,) bool array
        Their answers.
    """

    sample: Sample
    agglomeration: Agglomeration
    probability: Floats
    same: Truth


@dataclass(frozen=True, eq=False)
class Experience:
    """What trials in tissue that the scorers had not seen have taught.

    Parameters
    ----------
    said : (t,) array
        What was said of the contacts of clear answer, before any join.
    same : (t,) bool array
        Their answers.
    joined : (m,) array
        What was said of the contacts that were joined, at that time.
    threshold : (m,) array
        Threshold at which each join was made.
    right : (m,) bool array
        Whether most of both objects, as they were by then, belonged to one body.
    cost : (m,) array
        Rise of the merge entropy by each join, over the number of trials [bit].
    """

    said: Floats
    same: Truth
    joined: Floats
    threshold: Floats
    right: Truth
    cost: Floats

    @classmethod
    def of(cls, trials: Sequence[Trial]) -> Self:
        """Take from trials what is worth keeping.

        Parameters
        ----------
        trials : sequence of Trial
            At least one.
        """
        joins = [trial.agglomeration for trial in trials]
        costs = pl.concat([list_costs(trial, 0.0) for trial in trials])
        return cls(
            np.concatenate([trial.probability for trial in trials]),
            np.concatenate([trial.same for trial in trials]),
            np.concatenate([one.probability for one in joins]),
            np.concatenate([one.threshold for one in joins]),
            costs["right"].to_numpy(),
            costs["cost"].to_numpy() / len(trials),
        )

    def find_threshold(self, precision: float) -> float:
        """Find the lowest threshold from which on joins were as precise as is asked for.

        Parameters
        ----------
        precision : float
            Share of the joins that must have been right.

        Returns
        -------
        float
            The threshold.

        Raises
        ------
        InputError
            When no threshold was that precise.
        """
        found = find_threshold(self.threshold, self.right, precision)
        if not np.isfinite(found):
            levels = [self.count_joins(level) for level in np.unique(self.threshold)]
            best = max(right / made for made, right in levels)
            raise InputError(
                f"expected a precision that joins in trials reach, found {best:.1%} at most and "
                f"not {precision:.1%}",
                where="precision",
                repair="Ask for a lower precision, or train on more tissue.",
            )
        return found

    def find_limit(self, rise: float) -> float:
        """Find the lowest threshold at which the merge entropy had risen little in the trials.

        Parameters
        ----------
        rise : float
            Highest mean rise over the trials, at this threshold and all above it [bit].

        Returns
        -------
        float
            The threshold; infinite where the first joins already cost more.
        """
        levels = np.unique(self.threshold)[::-1]
        risen = np.array([self.cost[self.threshold >= level - 1e-9].sum() for level in levels])
        kept = int(np.argmax(risen > rise)) if (risen > rise).any() else len(levels)
        return float(levels[kept - 1]) if kept else float("inf")

    def count_joins(self, threshold: float) -> tuple[int, int]:
        """Count the joins of the trials down to a threshold.

        Parameters
        ----------
        threshold : float
            Those at this threshold or a higher one count.

        Returns
        -------
        joins, right : int
            All of them, and those that were right.
        """
        made = self.threshold >= threshold - 1e-9
        return int(made.sum()), int(self.right[made].sum())


def run_trial(
    sample: Sample,
    score: Score,
    plan: AgglomerationPlan | None = None,
    rules: PairRules | None = None,
) -> Trial:
    """Judge the contacts of known tissue, and mend it.

    Parameters
    ----------
    sample : Sample
        Contact graph with its true bodies, which the scorer has not seen.
    score : callable
        ``score(graph, features)``.
    plan : AgglomerationPlan, optional
        How the threshold falls.
    rules : PairRules, optional
        Which contacts have a clear answer.

    Returns
    -------
    Trial
        What was said and what was done.
    """
    features = describe_contacts(sample.graph)
    kept = find_clear(sample, features.rows, rules or PairRules())
    said = score(sample.graph, features.take(kept))
    same = label_contacts(sample.graph, features.rows[kept], sample.overlap)[0]
    return Trial(sample, agglomerate(sample.graph, score, plan), said, same)


def list_costs(trial: Trial, threshold: float) -> pl.DataFrame:
    """List what each join gained and cost.

    Parameters
    ----------
    trial : Trial
        Joins of known tissue.
    threshold : float
        Those at this threshold or a higher one are listed.

    Returns
    -------
    DataFrame
        One row for each join: ``first`` and ``second`` (labels at the start of the objects that
        stood for both), ``right`` (whether most of both belonged to one body), ``smaller``
        [voxels], ``probability``, ``gain`` (fall of the split entropy) and ``cost`` (rise of the
        merge entropy) [bit].
    """
    overlap, found = trial.sample.overlap, trial.agglomeration
    kept = found.threshold >= threshold - 1e-9
    counts = {row: overlap.counts[[row]].toarray()[0] for row in np.unique(found.pairs[kept])}
    total = overlap.counts.sum()
    rows = []
    joins = zip(found.pairs[kept], found.probability[kept], strict=True)
    for (first, second), probability in joins:
        one, other = counts[first], counts[second]
        joined = one + other
        gain = (_weigh(joined) - _weigh(one) - _weigh(other)).sum() / total
        # What the join gains if it is right and costs if it is wrong.
        joint, *alone = _weigh(np.array([joined.sum(), one.sum(), other.sum()]))
        cost = float(joint - sum(alone)) / total - gain
        right = bool(one.argmax() == other.argmax() and one.any() and other.any())
        smaller = int(min(one.sum(), other.sum()))
        labels = trial.sample.graph.labels[[first, second]]
        rows.append((*map(int, labels), right, smaller, float(probability), float(gain), cost))
        counts[first] = joined
    # With types, which a table without rows could not tell.
    whole, real = pl.Int64, pl.Float64
    kinds = {"first": whole, "second": whole, "right": pl.Boolean, "smaller": whole}
    kinds |= {"probability": real, "gain": real, "cost": real}
    return pl.DataFrame(rows, schema=kinds, orient="row")


def _weigh(counts: Floats) -> Floats:
    return counts * np.log2(np.maximum(counts, 1.0))
