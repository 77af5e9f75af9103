"""Mend tissue whose true bodies are known, and see what each threshold gains and costs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from neuropil.proofreading.adjacency.features import contact_volumes, describe_contacts
from neuropil.proofreading.models.pairs import label_contacts
from neuropil.proofreading.repair.agglomeration import (
    Agglomeration,
    AgglomerationPlan,
    Score,
    agglomerate,
)
from neuropil.proofreading.repair.guided import Sample

__all__ = ["PairRule", "Trial", "list_costs", "run_trial", "weigh_join"]

Floats = npt.NDArray[np.float64]
Truth = npt.NDArray[np.bool_]
Indices = npt.NDArray[np.intp]


@dataclass(frozen=True)
class PairRule:
    """Which touching objects count as a question with a clear answer.

    Parameters
    ----------
    voxels : int
        Fewest voxels of both objects.
    faces : int
        Fewest faces of their contact.
    purity : float
        Least share of both objects that belongs to one body.
    """

    voxels: int = 1000
    faces: int = 20
    purity: float = 0.8

    def find(self, sample: Sample, rows: Indices) -> Truth:
        """Say which contacts count.

        Parameters
        ----------
        sample : Sample
            Contact graph with its true bodies.
        rows : (t,) integer array
            Touching contacts.

        Returns
        -------
        (t,) bool array
            Whether each counts.
        """
        graph = sample.graph
        purity = label_contacts(graph, rows, sample.overlap)[1]
        smaller = contact_volumes(graph, rows)[:, 0]
        faces = graph.of_contacts("faces")[rows].sum(axis=1)
        return (purity >= self.purity) & (smaller >= self.voxels) & (faces >= self.faces)


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

    def curve(self) -> pl.DataFrame:
        """Score the segmentation after the joins down to each threshold.

        Returns
        -------
        DataFrame
            Columns ``threshold, edits, split, merge, total, rise, rand_error``; the first row,
            with an infinite threshold, is the segmentation as it was. Entropies are in bits.
        """
        start = self.sample.overlap.score()
        levels = [np.inf, *np.unique(self.agglomeration.threshold)[::-1]]
        rows = []
        for level in levels:
            found = self.sample.overlap.join(self.agglomeration.groups(level)).score()
            edits = int((self.agglomeration.threshold >= level - 1e-9).sum())
            rise = found.merge - start.merge
            rows.append(
                (level, edits, found.split, found.merge, found.total, rise, found.rand_error)
            )
        names = ["threshold", "edits", "split", "merge", "total", "rise", "rand_error"]
        return pl.DataFrame(rows, schema=names, orient="row")

    def list_joins(self) -> tuple[Floats, Truth]:
        """Say at which threshold each join was made, and whether it was right.

        Returns
        -------
        threshold : (m,) array
            Never rising.
        right : (m,) bool array
            Whether most of both objects, as they were by then, belonged to one body.
        """
        costs = list_costs(self, 0.0)
        return self.agglomeration.threshold, costs["right"].to_numpy()


def run_trial(
    sample: Sample,
    score: Score,
    plan: AgglomerationPlan | None = None,
    rule: PairRule | None = None,
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
    rule : PairRule, optional
        Which contacts have a clear answer.

    Returns
    -------
    Trial
        What was said and what was done.
    """
    features = describe_contacts(sample.graph)
    kept = (rule or PairRule()).find(sample, features.rows)
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
        cost = weigh_join(one.sum(), other.sum()) / total - gain
        right = bool(one.argmax() == other.argmax() and one.any() and other.any())
        smaller = int(min(one.sum(), other.sum()))
        labels = trial.sample.graph.labels[[first, second]]
        rows.append((*map(int, labels), right, smaller, float(probability), float(gain), cost))
        counts[first] = joined
    names = ["first", "second", "right", "smaller", "probability", "gain", "cost"]
    return pl.DataFrame(rows, schema=names, orient="row")


def weigh_join(one: float, other: float) -> float:
    """Return what a join gains if it is right and costs if it is wrong.

    Parameters
    ----------
    one, other : float
        Sizes of the two objects [voxels].

    Returns
    -------
    float
        Change of entropy times the number of all voxels [bit].
    """
    joined, first, second = _weigh(np.array([one + other, one, other], float))
    return float(joined - first - second)


def _weigh(counts: Floats) -> Floats:
    return counts * np.log2(np.maximum(counts, 1.0))
