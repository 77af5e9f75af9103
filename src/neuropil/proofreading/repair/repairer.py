"""Find and mend split errors of a segmentation: trained in one region, used anywhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self

import numpy as np
import polars as pl

from neuropil.connectome import Volume
from neuropil.contracts import InputError, SeedTree
from neuropil.proofreading.adjacency.features import describe_contacts
from neuropil.proofreading.adjacency.gaps import fill_gaps
from neuropil.proofreading.adjacency.graph import ContactGraph
from neuropil.proofreading.adjacency.halves import Halves, Region
from neuropil.proofreading.adjacency.measuring import Evidence, measure_contacts
from neuropil.proofreading.adjacency.overlap import Overlap
from neuropil.proofreading.models.boundary import BoundaryPlan
from neuropil.proofreading.models.pairs import PairPlan
from neuropil.proofreading.repair.agglomeration import (
    Agglomeration,
    AgglomerationPlan,
    agglomerate,
)
from neuropil.proofreading.repair.calibration import Calibration, find_threshold
from neuropil.proofreading.repair.changes import Change
from neuropil.proofreading.repair.expectation import (
    calibrate_joins,
    expect_rise,
    find_expected_threshold,
)
from neuropil.proofreading.repair.guided import GuidancePlan, Sample, fit_guided
from neuropil.proofreading.repair.observer import Observer
from neuropil.proofreading.repair.proposals import propose_joins
from neuropil.proofreading.repair.trials import PairRule, Trial, run_trial

__all__ = ["RepairPlan", "SplitRepairer", "measure_sample"]


@dataclass(frozen=True)
class RepairPlan:
    """How split errors are found.

    Parameters
    ----------
    boundary : BoundaryPlan, optional
        Training of boundary networks; without one, filters of the image are used alone. Small
        networks trained for some minutes on half of FIB-25 added little to them.
    pairs : PairPlan
        Scorer of contacts.
    guidance : GuidancePlan
        What it is shown.
    agglomeration : AgglomerationPlan
        How the threshold falls.
    rule : PairRule
        Contacts by which probabilities are calibrated.
    also : tuple of str
        Names of other segmentations of the same tissue whose contacts are learnt from too; one
        with few objects teaches little.
    rise : float
        Highest rise of the merge entropy that is expected when joins are made [bit].
    gap : float
        Background up to this far from an object is counted as its own [voxels].
    """

    boundary: BoundaryPlan | None = None
    pairs: PairPlan = field(default_factory=PairPlan)
    guidance: GuidancePlan = field(default_factory=GuidancePlan)
    agglomeration: AgglomerationPlan = field(default_factory=AgglomerationPlan)
    rule: PairRule = field(default_factory=PairRule)
    also: tuple[str, ...] = ()
    rise: float = 0.05
    gap: float = 6.0


def measure_sample(
    volume: Volume,
    names: tuple[str, str],
    evidence: Evidence,
    region: Region,
    gap: float = 6.0,
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
    gap : float
        Background up to this far from an object touches like the object [voxels]; it does not
        count as overlap.

    Returns
    -------
    Sample
        Contacts and bodies.
    """
    labels, truth = (volume.segmentation(name, region) for name in names)
    graph = measure_contacts(fill_gaps(labels, gap), evidence.crop(region))
    return Sample(graph, Overlap.of(graph.labels, labels, truth))


class SplitRepairer:
    """Joins objects that belong to one body.

    Parameters
    ----------
    plan : RepairPlan, optional
        How.
    """

    def __init__(self, plan: RepairPlan | None = None) -> None:
        self.plan = plan or RepairPlan()

    def fit(
        self,
        volume: Volume,
        segmentation: str,
        truth: str,
        parts: Halves,
        seed: SeedTree,
        tell: Callable[[str], None] | None = None,
    ) -> Self:
        """Train in sections whose true bodies are known.

        Parameters
        ----------
        volume : Volume
            Tissue with an image and both segmentations.
        segmentation : str
            Name of the segmentation that is mended.
        truth : str
            Name of the true one.
        parts : Halves
            Sections that are used; each part is judged in trials by models of the other.
        seed : SeedTree
            Source of randomness.
        tell : callable, optional
            Told what is being done.

        Returns
        -------
        SplitRepairer
            This repairer.
        """
        observer = Observer(self.plan.boundary).fit(volume, truth, parts, seed, tell)
        return self.learn(volume, (segmentation, truth), parts, observer, seed)

    def learn(
        self,
        volume: Volume,
        names: tuple[str, str],
        parts: Halves,
        observer: Observer,
        seed: SeedTree,
    ) -> Self:
        """Train the scorer on evidence that is known already.

        Parameters
        ----------
        volume : Volume
            Tissue with both segmentations.
        names : tuple of str
            Names of the segmentation that is mended and of the true one.
        parts : Halves
            Sections that are used.
        observer : Observer
            Trained in the same sections.
        seed : SeedTree
            Source of randomness.

        Returns
        -------
        SplitRepairer
            This repairer.
        """
        self.observer_ = observer
        plan = self.plan

        def measure(region: Region) -> list[Sample]:
            return [
                measure_sample(volume, (name, names[1]), observer.evidence_, region, plan.gap)
                for name in (names[0], *plan.also)
            ]

        both = [measure(region) for region in parts.training_regions()]
        self.trials_ = [
            self._try(both[1 - number], both[number][0], seed.child(f"trial-{number}"))
            for number in (0, 1)
        ]
        self.scorer_ = fit_guided(measure(parts.whole()), seed, plan.pairs, plan.guidance)
        self.joins_ = calibrate_joins(self.trials_)
        said = np.concatenate([trial.probability for trial in self.trials_])
        same = np.concatenate([trial.same for trial in self.trials_])
        self.calibration_ = Calibration.fit(said, same)
        return self

    def _try(self, learnt: list[Sample], mended: Sample, seed: SeedTree) -> Trial:
        scorer = fit_guided(learnt, seed, self.plan.pairs, self.plan.guidance)
        return run_trial(mended, scorer.score, self.plan.agglomeration, self.plan.rule)

    def score(self, volume: Volume, segmentation: str) -> pl.DataFrame:
        """Say of each contact of a segmentation how probable it lies within one body.

        Parameters
        ----------
        volume : Volume
            Tissue with an image and the segmentation.
        segmentation : str
            Its name.

        Returns
        -------
        DataFrame
            One row for each pair of touching objects: ``first``, ``second`` (labels), ``z``,
            ``y``, ``x`` (middle of the contact [nm]), ``faces``, ``smaller`` (voxels of the
            smaller object) and the calibrated ``probability``, the most probable first.
        """
        graph = self._measure(volume, segmentation)
        features = describe_contacts(graph)
        rows = features.rows
        faces = graph.of_contacts("faces")[rows].sum(axis=1)
        places = (graph.of_contacts("place")[rows] / faces[:, None] + 0.5) * volume.voxel_size
        labels = graph.labels[graph.edges[rows]]
        voxels = graph.of_objects("voxels")[:, 0][graph.edges[rows]]
        table = pl.DataFrame(
            {
                "first": labels[:, 0],
                "second": labels[:, 1],
                **{name: places[:, axis] for axis, name in enumerate("zyx")},
                "faces": faces.astype(np.int64),
                "smaller": voxels.min(axis=1).astype(np.int64),
                "probability": self.calibration_.apply(self.scorer_.score(graph, features)),
            }
        )
        return table.sort("probability", descending=True, maintain_order=True)

    def agglomerate(self, volume: Volume, segmentation: str) -> tuple[ContactGraph, Agglomeration]:
        """Join the objects of a segmentation down to the lowest threshold of the plan.

        Parameters
        ----------
        volume : Volume
            Tissue with an image and the segmentation.
        segmentation : str
            Its name.

        Returns
        -------
        graph : ContactGraph
            Contacts before any join.
        agglomeration : Agglomeration
            All joins, the surest first.
        """
        graph = self._measure(volume, segmentation)
        return graph, agglomerate(graph, self.scorer_.score, self.plan.agglomeration)

    def _measure(self, volume: Volume, segmentation: str) -> ContactGraph:
        labels = fill_gaps(volume.segmentation(segmentation), self.plan.gap)
        return measure_contacts(labels, self.observer_.observe(volume))

    def find_threshold(self, precision: float) -> float:
        """Find the lowest threshold from which on joins were as precise as is asked for.

        Parameters
        ----------
        precision : float
            Share of the joins in the trials that must have been right.

        Returns
        -------
        float
            The threshold.

        Raises
        ------
        InputError
            When no threshold was that precise.
        """
        lists = [trial.list_joins() for trial in self.trials_]
        found = find_threshold(
            np.concatenate([said for said, _ in lists]),
            np.concatenate([right for _, right in lists]),
            precision,
        )
        if not np.isfinite(found):
            raise InputError(
                f"expected a precision that trials reach, found none of {precision:g} or more",
                where="precision",
                repair="Ask for a lower precision, or train on more tissue.",
            )
        return found

    def repair(
        self, volume: Volume, segmentation: str, precision: float | None = None
    ) -> list[Change]:
        """Propose the edits that mend a segmentation.

        Parameters
        ----------
        volume : Volume
            Tissue with an image and the segmentation.
        segmentation : str
            Its name.
        precision : float, optional
            Share of joins that must be right; when not given, joins are made as long as the
            expected rise of the merge entropy stays below that of the plan.

        Returns
        -------
        list of Change
            The edits in order; :func:`apply_changes` makes them.
        """
        graph, found = self.agglomerate(volume, segmentation)
        if precision is None:
            voxels = graph.of_objects("voxels")[:, 0]
            rise = expect_rise(voxels, found, lambda said, _: self.joins_.apply(said))
            threshold = find_expected_threshold(found, rise, self.plan.rise)
        else:
            threshold = self.find_threshold(precision)
        return propose_joins(volume, segmentation, graph, found, threshold)
