"""Edits of single edges of a prior, each with a reason, applied as a logged operation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal, get_args

import numpy as np

from neuropil.contracts import InputError, Operation, did_you_mean
from neuropil.progression.priors.edge_prior import EdgePrior

__all__ = ["Action", "EdgeEdit", "Proposal", "apply_edits"]

Action = Literal["add", "strengthen", "weaken"]
"""What an edit does to an edge."""

# An edge that is added is as likely as not: the data decide.
_ADDED = 0.5
# Three to one is what people mean by "more likely": on the scale of odds it takes .25 to .5 and .5
# to .75, a step that validation can see and that a second edit can take back.
_ODDS = 3.0


@dataclass(frozen=True, slots=True)
class EdgeEdit:
    """A proposed change of one edge.

    Parameters
    ----------
    first, second : str
        Labels of the regions.
    action : {"add", "strengthen", "weaken"}
        Add: at least even odds. Strengthen and weaken: odds times 3 and divided by 3.
    reason : str
        One line.

    Raises
    ------
    InputError
        When the action is unknown, or both regions are the same.
    """

    first: str
    second: str
    action: Action
    reason: str = ""

    def __post_init__(self) -> None:
        if self.action not in get_args(Action):
            raise InputError(
                f"expected one of {', '.join(get_args(Action))}, found {self.action!r}",
                where="edit",
                repair=f"{did_you_mean(self.action, get_args(Action))}Write one of them.",
            )
        if self.first == self.second:
            raise InputError(
                f"expected two regions, found {self.first!r} twice",
                where="edit",
                repair="No edge joins a region with itself: leave the edit out.",
            )

    def change(self, probability: float) -> float:
        """Return the probability after the edit.

        Parameters
        ----------
        probability : float
            That before it, in [0, 1].

        Examples
        --------
        >>> EdgeEdit("V1", "V2", "strengthen").change(0.25)
        0.5
        >>> EdgeEdit("V1", "V2", "add").change(0.0), EdgeEdit("V1", "V2", "weaken").change(0.0)
        (0.5, 0.0)
        """
        if self.action == "add":
            return max(probability, _ADDED)
        factor = _ODDS if self.action == "strengthen" else 1 / _ODDS
        # The odds of p times f, as a probability again: f p / (1 - p + f p).
        return factor * probability / (1 - probability + factor * probability)


@dataclass(frozen=True)
class Proposal:
    """Edits that were proposed, and what was left out.

    Parameters
    ----------
    edits : tuple of EdgeEdit
        What shall change.
    fault : str
        Why there are fewer than were written, or none; empty where all could be read.
    """

    edits: tuple[EdgeEdit, ...]
    fault: str = ""


def apply_edits(prior: EdgePrior, edits: Sequence[EdgeEdit]) -> EdgePrior:
    """Apply edits, one after the other.

    Parameters
    ----------
    prior : EdgePrior
        What is edited; its fused matrix alone changes.
    edits : sequence of EdgeEdit
        What changes.

    Returns
    -------
    EdgePrior
        With one more operation, which holds every edit with its reason.

    Raises
    ------
    InputError
        When a region is unknown.
    """
    fused = np.array(prior.fused)
    for edit in edits:
        row, column = prior.find_region(edit.first), prior.find_region(edit.second)
        fused[row, column] = fused[column, row] = edit.change(float(fused[row, column]))
    return prior.with_fused(fused, Operation("edit", {"edits": [asdict(edit) for edit in edits]}))
