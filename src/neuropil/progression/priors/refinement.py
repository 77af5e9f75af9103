"""The outer loop: residuals are shown, edits proposed, and kept only where validation improves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from neuropil.contracts import ConfigError, InputError
from neuropil.progression.priors.edge_prior import EdgePrior
from neuropil.progression.priors.edits import Proposal, apply_edits

__all__ = ["Editor", "Refinement", "RefinementRound", "Validate", "Validation", "refine_prior"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Validation:
    """What a fit with a prior leaves unexplained in people whom it was not fitted to.

    Parameters
    ----------
    sse : float
        Sum of squared errors over their visits and regions.
    residuals : (n_regions,) array
        Mean of observed minus predicted in each region.
    """

    sse: float
    residuals: Floats


@dataclass(frozen=True)
class RefinementRound:
    """One round of the outer loop.

    Parameters
    ----------
    proposal : Proposal
        What was proposed.
    before, after : float
        Validation error without and with the edits; equal where there were none.
    kept : bool
        Whether the edits were kept.
    """

    proposal: Proposal
    before: float
    after: float
    kept: bool


@dataclass(frozen=True, eq=False)
class Refinement:
    """What the outer loop led to.

    Parameters
    ----------
    prior : EdgePrior
        The last that was kept; its provenance holds every edit.
    rounds : tuple of RefinementRound
        All rounds, those that were not kept among them.
    """

    prior: EdgePrior
    rounds: tuple[RefinementRound, ...]


Editor = Callable[[EdgePrior, Floats, int], Proposal]
"""Takes a prior, (n_regions,) residuals and the number of the round, and proposes edits."""
Validate = Callable[[EdgePrior], Validation]
"""Fits a model with a prior and validates it."""


def refine_prior(
    prior: EdgePrior, editor: Editor, validate: Validate, rounds: int = 3
) -> Refinement:
    """Show residuals to an editor and keep what it proposes where validation improves.

    The people of the validation are used up by this: their error chose the graph, so that a score
    has to come from others, whom neither fit nor validation has seen.

    Parameters
    ----------
    prior : EdgePrior
        Where to begin.
    editor : callable
        Proposes edits, such as a :class:`LanguageEditor`.
    validate : callable
        Returns the :class:`Validation` of a prior.
    rounds : int
        Most rounds; it ends early where nothing is proposed.

    Returns
    -------
    Refinement
        The prior with the edits that were kept, and every round.

    Raises
    ------
    ConfigError
        When there is no round.
    InputError
        When a validation error is not finite.
    """
    if rounds < 1:
        raise ConfigError(
            f"expected at least one round, found {rounds}",
            where="rounds",
            repair="Give a whole number from 1, or leave the outer loop out.",
        )
    now, done = _validate(prior, validate), []
    for number in range(rounds):
        proposal = editor(prior, now.residuals, number)
        if not proposal.edits:
            done.append(RefinementRound(proposal, now.sse, now.sse, kept=False))
            break
        edited = apply_edits(prior, proposal.edits)
        then = _validate(edited, validate)
        # Strictly: an edit that changes nothing would only lengthen the log.
        kept = then.sse < now.sse
        done.append(RefinementRound(proposal, now.sse, then.sse, kept))
        if kept:
            prior, now = edited, then
    return Refinement(prior, tuple(done))


def _validate(prior: EdgePrior, validate: Validate) -> Validation:
    found = validate(prior)
    if not np.isfinite(found.sse) or found.residuals.shape != (len(prior.regions),):
        raise InputError(
            f"expected a finite error and one residual a region, found {found.sse:g} and shape "
            f"{found.residuals.shape}",
            where="validate",
            repair="Return what a fit with the prior leaves unexplained.",
        )
    return found
