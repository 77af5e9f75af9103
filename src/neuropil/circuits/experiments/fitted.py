"""A fitted network that can be refitted after a change."""

from __future__ import annotations

from dataclasses import dataclass

import jax

from neuropil.circuits.losses import LossWeights
from neuropil.circuits.network import Network
from neuropil.circuits.search import Further, RefitPlan, refit_parameters
from neuropil.contracts import SeedTree

__all__ = ["FittedNetwork"]


@dataclass(frozen=True)
class FittedNetwork:
    """A network, what it was fitted for, and how it is refitted.

    Parameters
    ----------
    network : Network
        As it was fitted.
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
            One more objective, as :func:`~neuropil.circuits.search.refit_parameters` takes it.
        """
        member = jax.tree.map(lambda leaf: leaf[None], start.parameters)
        fitted = refit_parameters(
            start.circuit,
            (member, start.circuit.weights[None]),
            start.dynamics,
            weights or self.weights,
            self.refit,
            self.seed,
            further,
        )
        return start.with_parameters(jax.tree.map(lambda leaf: leaf[0], fitted.parameters))
