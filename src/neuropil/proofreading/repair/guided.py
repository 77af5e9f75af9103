"""Train a scorer of contacts on what it meets while objects are being joined."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from neuropil.connectome import Volume
from neuropil.contracts import SeedTree
from neuropil.proofreading.adjacency.features import ContactFeatures, describe_contacts
from neuropil.proofreading.adjacency.gaps import fill_gaps
from neuropil.proofreading.adjacency.graph import ContactGraph
from neuropil.proofreading.adjacency.halves import Region
from neuropil.proofreading.adjacency.measuring import Evidence, measure_contacts
from neuropil.proofreading.adjacency.overlap import Overlap
from neuropil.proofreading.models.pairs import (
    PairPlan,
    PairScorer,
    TrainingPairs,
    label_contacts,
)
from neuropil.proofreading.repair.agglomeration import AgglomerationPlan, agglomerate, find_groups

__all__ = ["GuidancePlan", "Sample", "fit_guided", "measure_sample"]

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Sample:
    """A contact graph whose true bodies are known.

    Parameters
    ----------
    graph : ContactGraph
        Objects and contacts.
    overlap : Overlap
        Bodies of its objects.
    """

    graph: ContactGraph
    overlap: Overlap


def measure_sample(
    volume: Volume,
    names: tuple[str, str],
    evidence: Evidence,
    region: Region,
    reach: float,
) -> Sample:
    """Measure the contacts of a region whose true bodies are known.

    Parameters
    ----------
    volume : Volume
        Tissue with both segmentations.
    names : tuple of str
        Names of the segmentation and of the true one.
    evidence : Evidence
        Of the whole volume.
    region : tuple of slice
        Which part.
    reach : float
        Background up to this far from an object touches like the object [voxels]; it does not
        count as overlap.

    Returns
    -------
    Sample
        Contacts and bodies.
    """
    labels, truth = (volume.segmentation(name, region) for name in names)
    graph = measure_contacts(fill_gaps(labels, reach), evidence.crop(region))
    return Sample(graph, Overlap.of(graph.labels, labels, truth))


@dataclass(frozen=True)
class GuidancePlan:
    """What a scorer is shown of an agglomeration.

    Parameters
    ----------
    rounds : int
        Agglomerations, each guided by the scorer that was trained on those before.
    shrink : float
        A new table of contacts is taken whenever the number of objects has fallen to this share.
    stop : float
        Threshold at which the agglomerations end.
    """

    rounds: int = 2
    shrink: float = 0.85
    stop: float = 0.3


def fit_guided(
    sample: Sample,
    seed: SeedTree,
    pairs: PairPlan | None = None,
    guidance: GuidancePlan | None = None,
) -> PairScorer:
    """Train on the contacts of a segmentation, and on those that appear while it is mended.

    The first agglomeration makes true joins only. Later ones do what the scorer says, so that it
    also learns what to do after a mistake of its own.

    Parameters
    ----------
    sample : Sample
        Contact graph with its true bodies.
    seed : SeedTree
        Source of randomness.
    pairs : PairPlan, optional
        Which contacts are learnt from, and the trees.
    guidance : GuidancePlan, optional
        What is shown of the agglomerations.

    Returns
    -------
    PairScorer
        The trained scorer.
    """
    plan = guidance or GuidancePlan()
    scorer = PairScorer(pairs)
    tables = [scorer.select(sample.graph, describe_contacts(sample.graph), sample.overlap)]
    scorer.fit(TrainingPairs.concatenate(tables), seed.child("start"))
    for number in range(plan.rounds):
        tables += _Watcher(scorer, sample, plan, only_true=number == 0).follow()
        # From the start again, on all that was seen so far: the trees cannot forget the first
        # contacts.
        scorer = PairScorer(pairs).fit(TrainingPairs.concatenate(tables), seed.child(str(number)))
    return scorer


class _Watcher:
    """Follows an agglomeration and keeps the contacts that it meets."""

    def __init__(
        self, scorer: PairScorer, sample: Sample, plan: GuidancePlan, only_true: bool
    ) -> None:
        self.scorer, self.sample, self.plan, self.only_true = scorer, sample, plan, only_true
        self.tables: list[TrainingPairs] = []
        self.last = len(sample.graph.labels)
        self.seen = _find_states(sample.graph, np.flatnonzero(sample.graph.touching))
        self.overlap = sample.overlap

    def follow(self) -> list[TrainingPairs]:
        falling = AgglomerationPlan(stop=self.plan.stop)
        agglomerate(self.sample.graph, self._score, falling, self._veto)
        return self.tables

    def _score(self, graph: ContactGraph, features: ContactFeatures) -> Floats:
        return self.scorer.score(graph, features)

    def _veto(self, graph: ContactGraph, rows: Indices) -> npt.NDArray[np.bool_]:
        allowed = np.ones(len(rows), bool)
        if self.only_true:
            allowed = label_contacts(graph, rows, self.overlap)[0]
        if len(graph.labels) <= self.plan.shrink * self.last:
            self._keep_changed(graph)
            self.last = len(graph.labels)
        if allowed.any():
            ends = graph.edges[rows[allowed]]
            self.overlap = self.overlap.join(find_groups(len(graph.labels), ends))
        return allowed

    def _keep_changed(self, graph: ContactGraph) -> None:
        """Keep contacts of objects that have grown; others would count again and again."""
        rows = np.flatnonzero(graph.touching)
        states = _find_states(graph, rows)
        new = ~np.isin(states, self.seen)
        self.seen = np.union1d(self.seen, states[new])
        if new.any():
            features = describe_contacts(graph, rows[new])
            self.tables.append(self.scorer.select(graph, features, self.overlap))


def _find_states(graph: ContactGraph, rows: Indices) -> Indices:
    """Return a number for each contact that changes when one of its objects does."""
    ends = graph.edges[rows]
    # A joined object keeps the label of one of its parts, and has more voxels.
    labels = graph.labels.astype(np.int64)
    marks = labels * 1_000_003 + graph.of_objects("voxels")[:, 0].astype(np.int64)
    first, second = marks[ends].T
    # Large odd factors spread neighbouring labels and sizes over 64 bits. Two states with one
    # number would hide a contact from the training, and nothing worse.
    return np.asarray(first * 0x9E3779B1 + second, np.int64)
