"""Find and mend split errors of a segmentation: trained in one region, used anywhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import polars as pl

from neuropil.connectome import Volume
from neuropil.contracts import (
    InputError,
    Progress,
    SeedTree,
    SilentProgress,
    atomic_write,
    require_new_folder,
)
from neuropil.proofreading.adjacency.blocks import measure_contacts_in_blocks
from neuropil.proofreading.adjacency.features import describe_contacts
from neuropil.proofreading.adjacency.gaps import fill_gaps
from neuropil.proofreading.adjacency.graph import ContactGraph
from neuropil.proofreading.adjacency.halves import Halves, Region
from neuropil.proofreading.adjacency.measuring import measure_contacts
from neuropil.proofreading.models.pairs import PairScorer
from neuropil.proofreading.repair.agglomeration import Agglomeration, agglomerate
from neuropil.proofreading.repair.calibration import Calibration
from neuropil.proofreading.repair.changes import Change
from neuropil.proofreading.repair.guided import Sample, fit_guided, measure_sample
from neuropil.proofreading.repair.lessons import Lessons
from neuropil.proofreading.repair.observer import Observer
from neuropil.proofreading.repair.plan import RepairPlan
from neuropil.proofreading.repair.proposals import ProposedJoin, propose_joins, write_down
from neuropil.proofreading.repair.runs import ObjectSizes, count_voxels
from neuropil.proofreading.repair.tissue import Tissue
from neuropil.proofreading.repair.trials import Experience, Trial, run_trial

__all__ = ["Proposal", "SplitRepairer"]

# Voxels up to which an image and labels that are in memory are measured at once: two gigabytes of
# maps. Not tuned.
_AT_ONCE = 1 << 24


@dataclass(frozen=True, eq=False)
class Proposal:
    """Joins that would mend a segmentation.

    Parameters
    ----------
    segmentation : str
        Its name.
    objects : ObjectSizes
        Its objects.
    contacts : int
        Number of pairs of them that touch.
    threshold : float
        Score down to which joins are made; infinite where none is.
    joins : tuple of ProposedJoin
        In the order in which they are made, the surest first.
    tried, right : int
        Joins down to that threshold in the trials of the repairer, and how many were right.
    """

    segmentation: str
    objects: ObjectSizes
    contacts: int
    threshold: float
    joins: tuple[ProposedJoin, ...]
    tried: int
    right: int


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
        self.observer_, self.tissue_ = observer, Tissue.of(volume, names[0])
        plan = self.plan

        def measure(region: Region) -> Sample:
            return measure_sample(volume, names, observer.evidence_, region, plan.rules.reach)

        both = [measure(region) for region in parts.training_regions()]
        self.trials_ = [
            self._try(both[1 - number], both[number], seed.child(f"trial-{number}"))
            for number in (0, 1)
        ]
        self.scorer_ = fit_guided(measure(parts.whole()), seed, plan.pairs, plan.guidance)
        self.experience_ = known = Experience.of(self.trials_)
        _require_experience(known, volume.source.name)
        # Contacts that are chosen for a join are the best of both objects and were judged many
        # times: they are right more rarely than contacts of the same probability in general.
        self.joins_ = Calibration.fit(known.joined, known.right)
        self.calibration_ = Calibration.fit(known.said, known.same)
        return self

    def _try(self, learnt: Sample, mended: Sample, seed: SeedTree) -> Trial:
        scorer = fit_guided(learnt, seed, self.plan.pairs, self.plan.guidance)
        return run_trial(mended, scorer.score, self.plan.agglomeration, self.plan.rules)

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

    def agglomerate(
        self, volume: Volume, segmentation: str, progress: Progress | None = None
    ) -> tuple[ContactGraph, Agglomeration]:
        """Join the objects of a segmentation down to the lowest threshold of the plan.

        Parameters
        ----------
        volume : Volume
            Tissue with an image and the segmentation.
        segmentation : str
            Its name.
        progress : Progress, optional
            Told how far the work is.

        Returns
        -------
        graph : ContactGraph
            Contacts before any join.
        agglomeration : Agglomeration
            All joins, the surest first.
        """
        graph = self._measure(volume, segmentation, progress)
        with (progress or SilentProgress()).track("joining", 1) as advance:
            found = agglomerate(graph, self.scorer_.score, self.plan.agglomeration)
            advance(1)
        return graph, found

    def _measure(
        self, volume: Volume, segmentation: str, progress: Progress | None = None
    ) -> ContactGraph:
        """Measure contacts at once where all fits into memory, and else block by block."""
        reach, arrays = self.plan.rules.reach, (volume.image, volume.segmentations[segmentation])
        small = np.prod(volume.shape, dtype=np.int64) <= _AT_ONCE
        # A network needs the brightness of the whole image, and its maps are in memory.
        if self.observer_.network_ is None and not (
            small and all(isinstance(array, np.ndarray) for array in arrays)
        ):
            return measure_contacts_in_blocks(volume, segmentation, reach, progress=progress)
        labels = fill_gaps(volume.segmentation(segmentation), reach)
        return measure_contacts(labels, self.observer_.observe(volume))

    def propose(
        self,
        volume: Volume,
        segmentation: str,
        precision: float | None = None,
        progress: Progress | None = None,
    ) -> Proposal:
        """Propose joins, the surest first, without reading the voxels that they would change.

        Parameters
        ----------
        volume : Volume
            Tissue with an image and the segmentation; on disk, where it is larger than memory.
        segmentation : str
            Its name.
        precision : float, optional
            Share of joins that must be right; when not given, joins are made down to the threshold
            at which the merge entropy had risen in trials by what the plan allows.
        progress : Progress, optional
            Told how far the work is.

        Returns
        -------
        Proposal
            What would be joined.

        Raises
        ------
        InputError
            When trials did not reach the precision, or there is no object.
        """
        known = self.experience_
        threshold = (
            known.find_limit(self.plan.rise)
            if precision is None
            else known.find_threshold(precision)
        )
        graph, found = self.agglomerate(volume, segmentation, progress)
        objects = count_voxels(volume, segmentation)
        joins = propose_joins(objects, volume.voxel_size, found, threshold, self.joins_)
        tried = known.count_joins(threshold)
        contacts = int(graph.touching.sum())
        return Proposal(segmentation, objects, contacts, threshold, tuple(joins), *tried)

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
            As for :meth:`propose`.

        Returns
        -------
        list of Change
            The edits in order; :func:`apply_changes` makes them.
        """
        found = self.propose(volume, segmentation, precision)
        return write_down(volume, segmentation, found.joins)

    def save(self, folder: Path | str) -> None:
        """Write all that a proposal needs: JSON and safetensors, in a folder.

        Parameters
        ----------
        folder : Path or str
            Folder to make; whole or absent.

        Raises
        ------
        OutputError
            When it exists or cannot be written; name another.
        """
        require_new_folder(folder)
        with atomic_write(folder) as temporary:
            temporary.mkdir()
            self.scorer_.save(temporary)
            self.observer_.save(temporary)
            Lessons(self.plan, self.tissue_, self.experience_, self.calibration_, self.joins_).save(
                temporary
            )

    @classmethod
    def load(cls, folder: Path | str) -> Self:
        """Read a repairer that :meth:`save` wrote.

        Parameters
        ----------
        folder : Path or str
            The folder.

        Returns
        -------
        SplitRepairer
            Proposes exactly what the saved one proposes.

        Raises
        ------
        InputError
            When the folder or a file in it is missing or damaged; save the repairer again.
        VersionError
            When a newer version wrote it; upgrade.
        """
        folder = Path(folder)
        known = Lessons.load(folder)
        repairer = cls(known.plan)
        repairer.scorer_ = PairScorer.load(folder, known.plan.pairs)
        repairer.observer_ = Observer.load(folder, known.plan.boundary)
        repairer.tissue_, repairer.experience_ = known.tissue, known.experience
        repairer.calibration_, repairer.joins_ = known.contacts, known.joins
        return repairer


def _require_experience(known: Experience, where: str) -> None:
    """Refuse trials from which neither a probability nor a threshold can be told."""
    if not len(known.said):
        raise InputError(
            "expected touching objects whose answer is clear in trials, found none",
            where=where,
            repair="Lower rules.fewest_voxels, rules.fewest_sides or rules.purity, or bring more "
            "tissue.",
        )
    if not len(known.joined):
        raise InputError(
            f"expected joins in {len(known.said)} trial contacts, found none that is likely",
            where=where,
            repair="Train more trees (mending.trees), or bring more tissue with split objects.",
        )
