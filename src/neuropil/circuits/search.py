"""The search: fitted numbers from raw wiring, or from an earlier fit, for many members at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray, PyTree
from pydantic import BaseModel, ConfigDict, Field

from neuropil.circuits.data import Circuit
from neuropil.circuits.losses import LossWeights, residual_terms, residual_vector, robust_loss
from neuropil.circuits.model import Dynamics, TypeParameters, initial_parameters
from neuropil.circuits.trials import TrialPlan, Trials, make_trials
from neuropil.contracts import SeedTree
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
    "RefitPlan",
    "descend_parameters",
    "fit_parameters",
    "refit_parameters",
]

_GENTLE = 0.004  # learning rate of Adam from a fit that is to be kept
_SPEEDS = (20.0, 60.0, 120.0, 200.0)


class FitPlan(BaseModel):
    """How the parameters are found, in three stages.

    *Explore*: short Adam runs from several starts near the raw connectome. *Descend*: a longer
    one, on longer trials, from the start of lowest validation loss. *Refine*:
    Levenberg-Marquardt on fixed trials. The first two use a sharp threshold, with which a bump
    forms more reliably; a softer one in the last spreads the load over more neurons.

    Parameters
    ----------
    restarts : int
        Starts of the first stage.
    explore_steps, descend_steps : int
        Adam steps.
    refine_stages : int
        Steps of the sharpness on its way.
    refine_steps, final_steps : int
        Levenberg-Marquardt iterations at each sharpness on the way, and at the last.
    learning_rate : float
        Of Adam, at the first step of a stage.
    sharpness : float
        Sharpness of the threshold in the Adam stages; the refinement goes from there to that of
        the dynamics in ``refine_stages`` equal ratios, because one jump can lose the bump.
    coarse_step : float
        Euler step of the simulations that are trained on [s]; results are measured with the
        step of the dynamics.
    explore_trials, descend_trials, refine_trials : TrialPlan
        What each stage sees.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    restarts: int = Field(default=3, ge=1)
    explore_steps: int = Field(default=300, ge=1)
    descend_steps: int = Field(default=1200, ge=1)
    refine_stages: int = Field(default=6, ge=1)
    refine_steps: int = Field(default=4, ge=1)
    final_steps: int = Field(default=28, ge=1)
    learning_rate: float = Field(default=0.02, gt=0)
    sharpness: float = Field(default=20.0, gt=0)
    coarse_step: float = Field(default=0.02, gt=0)
    explore_trials: TrialPlan = TrialPlan(
        hold=24, speeds=_SPEEDS, starts=2, walks=24, duration=2.0, jitter=0.4
    )
    descend_trials: TrialPlan = TrialPlan(
        hold=24, speeds=_SPEEDS, starts=2, walks=24, duration=4.0, jitter=0.4
    )
    refine_trials: TrialPlan = TrialPlan()


class _Objective(NamedTuple):
    """The losses of one circuit shape; a member's wiring and sharpness come as data.

    As data, another sharpness needs no new compilation.
    """

    circuit: Circuit
    dynamics: Dynamics
    weights: LossWeights

    def terms(self, parameters: PyTree, data: PyTree, trials: Trials) -> dict[str, Array]:
        wiring, sharpness = data
        circuit = eqx.tree_at(lambda item: item.weights, self.circuit, wiring)
        dynamics = self.dynamics.model_copy(update={"sharpness": sharpness})
        return residual_terms(parameters, circuit, dynamics, trials, self.weights)

    def trials(self, plan: TrialPlan, key: PRNGKeyArray) -> Trials:
        return make_trials(self.circuit, plan, self.dynamics.step, key)

    def descent(self, plan: TrialPlan, learning_rate: float, steps: int) -> AdamDescent:
        def loss(parameters: PyTree, data: PyTree, key: PRNGKeyArray) -> Array:
            return robust_loss(self.terms(parameters, data, self.trials(plan, key)))

        return AdamDescent(loss, learning_rate, steps)

    def refinement(self, trials: Trials) -> LevenbergMarquardt:
        return LevenbergMarquardt(lambda p, d: residual_vector(self.terms(p, d, trials)))

    def validation(self, trials: Trials) -> Callable[[PyTree, PyTree], Array]:
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
    objective = _Objective(circuit, coarse, weights)
    sharp = jnp.full(len(seeds), plan.sharpness)
    unseen = objective.trials(plan.refine_trials, _key(seeds[0], "validation trials"))
    seen = objective.trials(plan.refine_trials, _key(seeds[0], "training trials"))
    explored = train(
        objective.descent(plan.explore_trials, plan.learning_rate, plan.explore_steps),
        _starts(circuit, dynamics, plan.restarts, seeds),
        (jnp.repeat(wirings, plan.restarts, axis=0), jnp.repeat(sharp, plan.restarts)),
        objective.validation(unseen),
        TrainingPlan(plan.explore_steps, 50, patience=6, label="exploring"),
        _key(seeds[0], "explore"),
        listener.at("explore"),
    )
    fitted = train(
        objective.descent(plan.descend_trials, plan.learning_rate, plan.descend_steps),
        select_best(explored, len(seeds))[0],
        (wirings, sharp),
        objective.validation(unseen),
        TrainingPlan(plan.descend_steps, 50, patience=12, label="descending"),
        _key(seeds[0], "descend"),
        listener.at("descend"),
    )
    path = np.geomspace(plan.sharpness, dynamics.sharpness, plan.refine_stages + 1)[1:]
    for stage, sharpness in enumerate(path, start=1):
        steps = plan.final_steps if stage == plan.refine_stages else plan.refine_steps
        fitted = train(
            objective.refinement(seen),
            fitted.parameters,
            (wirings, jnp.full(len(seeds), sharpness)),
            objective.validation(unseen),
            TrainingPlan(steps, 2, patience=3, label=f"refining {stage} of {path.size}"),
            _key(seeds[0], "refine"),
            listener.at(f"refine-{stage}"),
        )
    return fitted


def _key(seed: SeedTree, purpose: str) -> PRNGKeyArray:
    return jax.random.key(seed.child(purpose).integer())


def _starts(
    circuit: Circuit, dynamics: Dynamics, restarts: int, seeds: Sequence[SeedTree]
) -> TypeParameters:
    keys = jnp.stack(
        [_key(seed.child("start"), str(index)) for seed in seeds for index in range(restarts)]
    )

    def start(key: PRNGKeyArray) -> TypeParameters:
        tuned = dynamics.tuned_time_constants
        return initial_parameters(circuit.n_types, key, tuned_time_constants=tuned)

    return jax.vmap(start)(keys)


class RefitPlan(BaseModel):
    """How fitted numbers are tuned on from where they are.

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

    model_config = ConfigDict(frozen=True, extra="forbid")
    steps: int = Field(default=8, ge=1)
    adam_steps: int = Field(default=300, ge=1)
    trials: TrialPlan = FitPlan().descend_trials
    coarse_step: float = Field(default=0.02, gt=0)


def refit_parameters(
    circuit: Circuit,
    members: tuple[TypeParameters, Float[Array, "m n n"]],
    dynamics: Dynamics,
    weights: LossWeights,
    plan: RefitPlan,
    seed: SeedTree,
    listener: Listener | None = None,
) -> TrainingResult:
    """Tune m members on from where they are.

    Parameters
    ----------
    circuit : Circuit
        Types, read-out and input, shared by the members.
    members : (TypeParameters, (m, n, n) array)
        Where each member starts, every array with the members in front, and its signed
        counts / 100, row = post.
    dynamics, weights, plan
        The model, its objectives and the search.
    seed : SeedTree
        Source of the trials.
    listener : Listener, optional
        Progress and checkpoints.
    """
    coarse = dynamics.model_copy(update={"step": plan.coarse_step})
    objective = _Objective(circuit, coarse, weights)
    seen, unseen = (
        objective.trials(plan.trials, _key(seed, f"{kind} trials"))
        for kind in ("training", "validation")
    )
    start, wirings = members
    return train(
        objective.refinement(seen),
        start,
        (wirings, jnp.full(wirings.shape[0], dynamics.sharpness)),
        objective.validation(unseen),
        TrainingPlan(plan.steps, 2, patience=3, label="refitting"),
        _key(seed, "refine"),
        listener,
    )


def descend_parameters(
    circuit: Circuit,
    start: TypeParameters,
    dynamics: Dynamics,
    weights: LossWeights,
    plan: RefitPlan,
    seed: SeedTree,
) -> TypeParameters:
    """Tune one member on with Adam, for numbers too many for a Jacobian.

    Parameters
    ----------
    circuit : Circuit
        Of n neurons.
    start : TypeParameters
        Where it starts.
    dynamics, weights
        The model and its objectives.
    plan : RefitPlan
        Its Adam steps and trials.
    seed : SeedTree
        Source of the trials.
    """
    coarse = dynamics.model_copy(update={"step": plan.coarse_step})
    objective = _Objective(circuit, coarse, weights)
    unseen = objective.trials(plan.trials, _key(seed, "validation trials"))
    fitted = train(
        objective.descent(plan.trials, _GENTLE, plan.adam_steps),
        jax.tree.map(lambda leaf: leaf[None], start),
        (circuit.weights[None], jnp.full(1, dynamics.sharpness)),
        objective.validation(unseen),
        TrainingPlan(plan.adam_steps, 50, patience=6, label="descending"),
        _key(seed, "descend"),
    )
    return jax.tree.map(lambda leaf: leaf[0], fitted.parameters)
