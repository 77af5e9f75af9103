"""How split errors are found."""

from __future__ import annotations

from dataclasses import dataclass, field

from neuropil.proofreading.models.boundary import BoundaryPlan
from neuropil.proofreading.models.pairs import PairPlan
from neuropil.proofreading.repair.agglomeration import AgglomerationPlan
from neuropil.proofreading.repair.guided import GuidancePlan
from neuropil.proofreading.tasks.pairs import PairRules

__all__ = ["RepairPlan"]


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
    rules : PairRules
        Contacts by which probabilities are calibrated, and how far an object reaches into the
        background around it.
    rise : float
        Highest mean rise of the merge entropy in trials; larger tissue rises somewhat more [bit].
    """

    boundary: BoundaryPlan | None = None
    pairs: PairPlan = field(default_factory=PairPlan)
    guidance: GuidancePlan = field(default_factory=GuidancePlan)
    agglomeration: AgglomerationPlan = field(default_factory=AgglomerationPlan)
    # Membranes that flood-filling leaves empty are bridged, as in repair/standard.py.
    rules: PairRules = field(default_factory=lambda: PairRules(reach=6.0))
    # A fifth below the .05 bit that claim B4 allows, since a whole block rises more than its
    # trials.
    rise: float = 0.04
