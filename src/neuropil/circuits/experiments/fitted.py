"""A fitted network that can be refitted after a change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import jax
import jax.numpy as jnp
from jaxtyping import Array, PRNGKeyArray, PyTree

from neuropil.circuits.network import Network
from neuropil.circuits.objectives.weights import LossWeights
from neuropil.circuits.protocol.trials import draw_key
from neuropil.circuits.search import TURNING, Further, Objective, RefitPlan, fitting_dynamics
from neuropil.contracts import SeedTree
from neuropil.learning import Optimiser, TrainingPlan, train

__all__ = ["FittedNetwork"]

# Learning rate of Adam from a fit that is not to be lost: a fifth of that of the exploration, which
# starts anywhere. Not tuned.
_GENTLE = 0.004


@dataclass(frozen=True)
class FittedNetwork:
    """A network, what it was fitted for, and how it is refitted.

    Parameters
    ----------
    network : Network
        The network that the fit ended with.
    weights : LossWeights
        Its objectives.
    refit : RefitPlan
        How it is refitted after a change.
    seed : SeedTree
        Source of trials and draws.
    """

    network: Network
    weights: LossWeights
    refit: RefitPlan
    seed: SeedTree

    def refitted(
        self,
        start: Network,
        weights: LossWeights | None = None,
        further: Further | None = None,
    ) -> Network:
        """Refit a changed network, or refit this one for other objectives.

        Parameters
        ----------
        start : Network
            Its wiring stays; its numbers are where the fit begins.
        weights : LossWeights, optional
            Other objectives than those of the fit.
        further : callable, optional
            ``further(parameters, circuit, dynamics)`` returns the residuals of one more objective.
        """
        objective = self._objective(start, weights, further)
        seen, unseen = (
            objective.trials(self.refit.trials, draw_key(self.seed, f"{kind} trials"))
            for kind in ("training", "validation")
        )
        return self._train(
            start,
            objective.refinement(seen),
            objective.validation(unseen),
            TrainingPlan(self.refit.steps, 2, label="refitting"),
            draw_key(self.seed, "refine"),
        )

    def descended(self, start: Network, weights: LossWeights | None = None) -> Network:
        """Refit a changed network with Adam, where its numbers are too many for a Jacobian.

        Parameters
        ----------
        start : Network
            Its wiring stays; its numbers are where the fit begins.
        weights : LossWeights, optional
            Other objectives than those of the fit.
        """
        objective, steps = self._objective(start, weights), self.refit.adam_steps
        unseen = objective.trials(self.refit.trials, draw_key(self.seed, "validation trials"))
        return self._train(
            start,
            objective.descent(self.refit.trials, _GENTLE, steps),
            objective.validation(unseen),
            TrainingPlan(steps, 50, patience=6, label="descending"),
            draw_key(self.seed, "descend"),
        )

    def _objective(
        self, start: Network, weights: LossWeights | None, further: Further | None = None
    ) -> Objective:
        coarse = fitting_dynamics(start.dynamics)
        return Objective(TURNING, start.circuit, coarse, weights or self.weights, further)

    def _train(
        self,
        start: Network,
        optimiser: Optimiser,
        validation: Callable[[PyTree, PyTree], Array],
        plan: TrainingPlan,
        key: PRNGKeyArray,
    ) -> Network:
        # The loop trains members side by side; this is one of them.
        member = jax.tree.map(lambda leaf: leaf[None], start.parameters)
        data = (start.circuit.weights[None], jnp.full(1, start.dynamics.sharpness))
        found = train(optimiser, member, data, validation, plan, key)
        return start.with_parameters(jax.tree.map(lambda leaf: leaf[0], found.parameters))
