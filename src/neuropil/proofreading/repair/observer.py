"""Evidence to learn from, and evidence to judge by, of the same kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Self

import numpy as np

from neuropil.connectome import Volume
from neuropil.contracts import SeedTree
from neuropil.proofreading.adjacency.halves import Halves, Region
from neuropil.proofreading.adjacency.marks import CHANNELS
from neuropil.proofreading.adjacency.measuring import Evidence
from neuropil.proofreading.models.boundary import BoundaryModel, BoundaryPlan

__all__ = ["Observer"]

Tell = Callable[[str], None]


class Observer:
    """Ridges of the image and, where it is trained, maps of boundary networks.

    A network is surer of the tissue it was trained on than of other tissue, and a scorer of
    contacts that learnt from such maps would trust all maps too much. Therefore the region is cut
    in two, and each part is mapped by a network of the other one. Other tissue is mapped by a
    network of the whole region.

    Parameters
    ----------
    plan : BoundaryPlan, optional
        Training of the networks; without one there are ridges only.
    """

    def __init__(self, plan: BoundaryPlan | None = None) -> None:
        self.plan = plan

    def fit(
        self,
        volume: Volume,
        truth: str,
        parts: Halves,
        seed: SeedTree,
        tell: Tell | None = None,
    ) -> Self:
        """Train networks in the sections of both parts.

        Parameters
        ----------
        volume : Volume
            Tissue with an image and its true bodies.
        truth : str
            Name of the true segmentation; labels beyond the parts are not read.
        parts : Halves
            Sections that are used, and where they are cut.
        seed : SeedTree
            Source of randomness.
        tell : callable, optional
            Told what is being done.

        Returns
        -------
        Observer
            With ``evidence_`` of the whole volume; beyond the parts its maps of boundaries are
            empty.
        """
        tell = tell or _say_nothing
        self.network_: BoundaryModel | None = None
        self.evidence_ = Evidence.of(volume.read_image())
        if self.plan is None:
            return self
        maps = np.zeros((len(CHANNELS), *volume.shape), np.uint8)
        learnt, mapped = parts.training_regions(), parts.regions()
        for number in (0, 1):
            tell(f"boundary network {number + 1} of 3")
            model = BoundaryModel(self.plan)
            model.fit(volume, truth, learnt[number], seed.child(f"part-{number}"))
            other = mapped[1 - number]
            maps[(slice(None), *other)] = model.predict(volume, other)
        self.evidence_ = self.evidence_.replace(maps)
        tell("boundary network 3 of 3")
        self.network_ = BoundaryModel(self.plan).fit(volume, truth, parts.whole(), seed)
        return self

    def observe(self, volume: Volume, region: Region | None = None) -> Evidence:
        """Return the evidence of other tissue.

        Parameters
        ----------
        volume : Volume
            Tissue with an image.
        region : tuple of slice, optional
            What part of it; all when not given.
        """
        evidence = Evidence.of(volume.read_image())
        if region is not None:
            evidence = evidence.crop(region)
        if self.network_ is None:
            return evidence
        return evidence.replace(self.network_.predict(volume, region))


def _say_nothing(text: str) -> None:
    del text
