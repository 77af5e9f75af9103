"""The search: fitted numbers from raw wiring, or from an earlier fit, for many members at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray, PyTree
from pydantic import Field

from neuropil.circuits.data import Circuit
from neuropil.circuits.losses import LossWeights, residual_terms, residual_vector, robust_loss
from neuropil.circuits.model import Dynamics, TypeParameters, initial_parameters
from neuropil.circuits.protocol.trials import TrialPlan, Trials, draw_key, make_trials
from neuropil.contracts import SeedTree, Settings
from neuropil.learning import (
    AdamDescent,
    LevenbergMarquardt,
    Listener,
    TrainingPlan,
    TrainingResult,
    select_best,
    train,
)

__all__ = [
    "FitPlan",
    "Further",
    "Objective",
    "RefitPlan",
    "fit_parameters",
]

# Standard deviation of the raw gains of the starts around the raw connectome: far enough that ten
# starts end in different minima. Of the recipe of docs/decisions/0008-narrow-bumps.md.
_SPREAD = 0.25


class FitPlan(Settings):
    """How the parameters are found, in three stages.

    *Explore*: Adam from several starts near the raw connectome, on freshly drawn trials, with a
    sharp threshold and a bump that may be wide; one forms more reliably so. *Refine*:
    Levenberg-Marquardt on fixed trials from the starts of lowest validation loss, while the
    threshold becomes softer, which spreads the load over more neurons. *Finish*: the same, on
    more trials, for the one of lowest validation loss.

    Parameters
    ----------
    restarts : int
        Starts of the first stage.
    explore_steps : int
        Adam steps.
    finalists : int
        How many of the starts are refined.
    refine_stages : int
        Steps of the sharpness on its way.
    refine_steps : int
        Levenberg-Marquardt iterations at each.
    finish_steps : int
        Most iterations of the last stage.
    learning_rate : float
        Of Adam, at the first step.
    sharpness : float
        Sharpness of the threshold while exploring; the refinement goes from there to that of
        the dynamics in ``refine_stages`` equal ratios, because one jump can lose the bump.
    flank, convergence : float
        What the exploration has in place of the objectives' own.
    coarse_step : float
        Euler step of the simulations that are trained on [s]; results are measured with the
        step of the dynamics.
    explore_trials, refine_trials, finish_trials : TrialPlan
        What each stage sees.
    """

    # The numbers are those of the recipe that 192 settings and then 144 fits of four recipes led to
    # (docs/decisions/0008-narrow-bumps.md), with as many starts and steps as one core does in 5 to
    # 11 minutes (card.md).
    restarts: int = Field(default=10, ge=1)
    explore_steps: int = Field(default=400, ge=1)
    finalists: int = Field(default=4, ge=1)
    refine_stages: int = Field(default=6, ge=1)
    refine_steps: int = Field(default=4, ge=1)
    finish_steps: int = Field(default=40, ge=1)
    learning_rate: float = Field(default=0.02, gt=0)
    # From 13 down to 8 in six ratios: one jump from 20 to 6 left no bump, or fewer than ten end
    # angles (card.md).
    sharpness: float = Field(default=13.0, gt=0)
    # With a limit below 0.46 while exploring 6 % of the settings became a compass, above 0.6 36 %
    # (docs/decisions/0008-narrow-bumps.md).
    flank: float = Field(default=0.62, gt=0)
    convergence: float = Field(default=10.0, ge=0)
    # A fifth of the time constant: half the work of the 0.01 s that results are measured with.
    coarse_step: float = Field(default=0.02, gt=0)
    explore_trials: TrialPlan = TrialPlan(
        hold=12, speeds=(20.0, 60.0, 120.0, 200.0), starts=1, walks=12, duration=2.0
    )
    refine_trials: TrialPlan = TrialPlan(
        hold=40, speeds=(20.0, 60.0, 120.0, 200.0), starts=2, walks=16, duration=3.0
    )
    finish_trials: TrialPlan = TrialPlan()  # 32 cues: 16 were learnt by heart (decision 8)


Further = Callable[[TypeParameters, Circuit, Dynamics], Array]
"""Residuals of an objective that not every circuit has."""


class Objective(NamedTuple):
    """What a search lowers: the losses of one circuit shape, for both optimisers.

    A member's wiring and sharpness come as data, ``(wiring, sharpness)``, so that another of either
    needs no new compilation.

    Parameters
    ----------
    circuit : Circuit
        Types, read-out and input, shared by the members.
    dynamics : Dynamics
        Constants, with the Euler step of training.
    weights : LossWeights
        Tolerances and weights of the losses.
    further : callable, optional
        ``further(parameters, circuit, dynamics)`` returns the residuals of one more objective.
    """

    circuit: Circuit
    dynamics: Dynamics
    weights: LossWeights
    further: Further | None = None

    def terms(self, parameters: PyTree, data: PyTree, trials: Trials) -> dict[str, Array]:
        """Return the residuals of each loss of one member, by name."""
        wiring, sharpness = data
        circuit = eqx.tree_at(lambda item: item.weights, self.circuit, wiring)
        dynamics = self.dynamics.model_copy(update={"sharpness": sharpness})
        terms = residual_terms(parameters, circuit, dynamics, trials, self.weights)
        if self.further is not None:
            terms["further"] = self.further(parameters, circuit, dynamics)
        return terms

    def trials(self, plan: TrialPlan, key: PRNGKeyArray) -> Trials:
        """Draw trials for the circuit, with the Euler step of training."""
        return make_trials(self.circuit, plan, self.dynamics.step, key)

    def descent(self, plan: TrialPlan, learning_rate: float, steps: int) -> AdamDescent:
        """Return Adam on the robust loss, which draws trials of its own at every step."""

        def loss(parameters: PyTree, data: PyTree, key: PRNGKeyArray) -> Array:
            return robust_loss(self.terms(parameters, data, self.trials(plan, key)))

        return AdamDescent(loss, learning_rate, steps)

    def refinement(self, trials: Trials) -> LevenbergMarquardt:
        """Return Levenberg-Marquardt on the residuals of fixed trials."""
        forward = self._replace(circuit=self.circuit.with_sender_table())
        return LevenbergMarquardt(lambda p, d: residual_vector(forward.terms(p, d, trials)))

    def validation(self, trials: Trials) -> Callable[[PyTree, PyTree], Array]:
        """Return the sum of squares on trials that no optimiser sees."""
        return lambda p, d: jnp.sum(residual_vector(self.terms(p, d, trials)) ** 2)


def fit_parameters(
    circuit: Circuit,
    wirings: Float[Array, "m n n"],
    dynamics: Dynamics,
    weights: LossWeights,
    plan: FitPlan,
    seeds: Sequence[SeedTree],
    listener: Listener | None = None,
) -> TrainingResult:
    """Fit m members in one program: seeds, perturbed connectomes, or both.

    Parameters
    ----------
    circuit : Circuit
        Types, read-out and input, shared by the members.
    wirings : (m, n, n) array
        Signed counts / 100 of each member, row = post.
    dynamics, weights, plan
        The model, its objectives and the search.
    seeds : sequence of m SeedTree
        Source of each member's starts. Trials depend on the first alone.
    listener : Listener, optional
        Progress and checkpoints.

    Returns
    -------
    TrainingResult
        Parameters of lowest validation loss, that loss, and the history of the refinement.
    """
    listener = listener or Listener()
    coarse = dynamics.model_copy(update={"step": plan.coarse_step})
    objective = Objective(circuit, coarse, weights)
    found = _explore(objective, wirings, plan, seeds, listener)
    sharper, softer = plan.sharpness, dynamics.sharpness
    steps = TrainingPlan(plan.refine_steps, 2, label="refining")
    refine = _refinement(objective, wirings, plan.refine_trials, seeds, steps)
    for stage, sharpness in enumerate(np.geomspace(sharper, softer, plan.refine_stages + 1)[1:]):
        found = refine(found.parameters, sharpness, listener.at(f"refine-{stage}"))
    steps = TrainingPlan(plan.finish_steps, 2, patience=4, label="finishing")
    finish = _refinement(objective, wirings, plan.finish_trials, seeds, steps)
    best = select_best(found, len(seeds)).parameters
    return finish(best, dynamics.sharpness, listener.at("finish"))


def _explore(
    objective: Objective,
    wirings: Float[Array, "m n n"],
    plan: FitPlan,
    seeds: Sequence[SeedTree],
    listener: Listener,
) -> TrainingResult:
    """Return the finalists of every member, next to each other."""
    update = {"flank": plan.flank, "convergence": plan.convergence}
    loose = objective._replace(weights=objective.weights.model_copy(update=update))
    unseen = loose.trials(plan.refine_trials, draw_key(seeds[0], "validation trials"))
    starts = _starts(objective, plan.restarts, seeds)
    sharp = jnp.full(plan.restarts * len(seeds), plan.sharpness)
    explored = train(
        loose.descent(plan.explore_trials, plan.learning_rate, plan.explore_steps),
        starts,
        (jnp.repeat(wirings, plan.restarts, axis=0), sharp),
        loose.validation(unseen),
        TrainingPlan(plan.explore_steps, 50, patience=6, label="exploring"),
        draw_key(seeds[0], "explore"),
        listener.at("explore"),
    )
    return select_best(explored, len(seeds), min(plan.finalists, plan.restarts))


_Refinement = Callable[[TypeParameters, float, Listener], TrainingResult]


def _refinement(
    objective: Objective,
    wirings: Float[Array, "m n n"],
    trials: TrialPlan,
    seeds: Sequence[SeedTree],
    plan: TrainingPlan,
) -> _Refinement:
    """Return a function that is compiled once for every sharpness."""
    seen, unseen = (
        objective.trials(trials, draw_key(seeds[0], f"{kind} trials"))
        for kind in ("training", "validation")
    )
    optimiser, validation = objective.refinement(seen), objective.validation(unseen)

    def refine(start: TypeParameters, sharpness: float, listener: Listener) -> TrainingResult:
        members = start.bias.shape[0]
        wired = jnp.repeat(wirings, members // len(seeds), axis=0)
        data = (wired, jnp.full(members, sharpness))
        key = draw_key(seeds[0], "refine")
        return train(optimiser, start, data, validation, plan, key, listener)

    return refine


def _starts(objective: Objective, restarts: int, seeds: Sequence[SeedTree]) -> TypeParameters:
    keys = jnp.stack(
        [draw_key(seed.child("start"), str(index)) for seed in seeds for index in range(restarts)]
    )

    def start(key: PRNGKeyArray) -> TypeParameters:
        return initial_parameters(
            objective.circuit.n_types,
            key,
            spread=_SPREAD,
            tuned_time_constants=objective.dynamics.tuned_time_constants,
        )

    return jax.vmap(start)(keys)


class RefitPlan(Settings):
    """How fitted numbers are refitted from where they are.

    Parameters
    ----------
    steps : int
        Most iterations of Levenberg-Marquardt.
    adam_steps : int
        Steps of Adam where the numbers are too many for a Jacobian.
    trials : TrialPlan
        What they see.
    coarse_step : float
        Euler step of the simulations that are trained on [s].
    """

    # Eight steps on the refinement's trials: with ring neurons 24 on those of the last stage took
    # six times as long and, on the one seed that was tried, lost the anchoring (card.md).
    steps: int = Field(default=8, ge=1)
    adam_steps: int = Field(default=300, ge=1)  # about the exploration's; not tuned
    trials: TrialPlan = FitPlan().refine_trials
    coarse_step: float = Field(default=0.02, gt=0)
