"""The search: fitted numbers from raw wiring, or from an earlier fit, for many members at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray, PyTree
from pydantic import Field

from neuropil.circuits.data import Circuit
from neuropil.circuits.model import Dynamics, TypeParameters, initial_parameters
from neuropil.circuits.objectives.forming import forming_terms, robust_loss
from neuropil.circuits.objectives.integrating import integrating_terms
from neuropil.circuits.objectives.terms import residual_vector, total_loss
from neuropil.circuits.objectives.turning import turning_terms
from neuropil.circuits.objectives.weights import LossWeights
from neuropil.circuits.protocol.trials import (
    IntegratingPlan,
    IntegratingTrials,
    TrialPlan,
    Trials,
    TurningPlan,
    draw_key,
    make_integrating_trials,
    make_trials,
    make_turning_trials,
)
from neuropil.contracts import SeedTree, Settings, SilentProgress
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
    "INTEGRATING",
    "TURNING",
    "FitPlan",
    "Further",
    "Objective",
    "RefitPlan",
    "fit_parameters",
    "fitting_dynamics",
]

# Standard deviation of the raw gains of the starts around the raw connectome: far enough that ten
# starts end in different minima. Of the recipe of docs/decisions/0008-narrow-bumps.md.
_SPREAD = 0.25
# Levenberg-Marquardt: trial steps with a fresh Jacobian, since the damping may have to grow a
# millionfold where a bump is about to be lost, and steps with a corrected one, which reach the same
# loss in half of the time (docs/decisions/0018-turning-as-a-gain.md); the farthest step of a raw
# gain, a factor of e where a gain is small: without a limit a start came to twice the loss.
_TRIES, _UPDATES, _LONGEST = 12, 3, 1.0
_CHUNK = 2  # iterations between validations


class FitPlan(Settings):
    """How the parameters are found, in three stages.

    *Explore*: Adam from several starts near the raw connectome, on freshly drawn trials, until a
    bump forms and moves, with a sharp threshold and a bump that may be wide; one forms more
    reliably so. *Soften*: Levenberg-Marquardt on the objective that reads drift and gain off the
    ring of bumps, judged loosely, while the threshold becomes softer, which spreads the load over
    more neurons; after each step the better half goes on. *Polish*: the finalists, those of lowest
    validation loss, judged in full; after some iterations the best of them goes on.

    Parameters
    ----------
    restarts : int
        Starts of the first stage.
    explore_steps : int
        Adam steps.
    soften_stages : int
        Steps of the sharpness on its way.
    soften_steps : int
        Levenberg-Marquardt iterations at each.
    finalists : int
        How many of the starts are polished.
    compare_steps, polish_steps : int
        Most iterations of the last stage, of every finalist and of the best.
    learning_rate : float
        Of Adam, at the first step.
    sharpness : float
        Sharpness of the threshold while exploring; the softening goes from there to that of
        the dynamics in ``soften_stages`` equal ratios, because one jump can lose the bump.
    explore_trials : TrialPlan
        What exploring sees.
    trials : IntegratingPlan
        What the other stages see.
    """

    # Many starts of few steps came to better basins than few of many. The last stage ends in
    # minima of different loss, from 26 to 67 in one fit, which nothing before it foretells: several
    # are polished (docs/decisions/0018-turning-as-a-gain.md).
    restarts: int = Field(default=20, ge=1)
    explore_steps: int = Field(default=100, ge=1)
    soften_stages: int = Field(default=5, ge=1)
    soften_steps: int = Field(default=8, ge=1)
    finalists: int = Field(default=4, ge=1)
    compare_steps: int = Field(default=40, ge=1)
    polish_steps: int = Field(default=80, ge=1)
    learning_rate: float = Field(default=0.02, gt=0)
    # From 13 down to 8: one jump from 20 to 6 left no bump or few end angles (decision 8).
    sharpness: float = Field(default=13.0, gt=0)
    explore_trials: TrialPlan = TrialPlan()
    trials: IntegratingPlan = IntegratingPlan()


class Stage(NamedTuple):
    """Which trials a stage of a fit draws, and which residuals it has on them.

    Parameters
    ----------
    make : callable
        ``make(circuit, plan, step, key)`` returns trials.
    terms : callable
        ``terms(parameters, circuit, dynamics, trials, weights)`` returns residuals by name.
    loss : callable
        ``loss(terms)`` is what Adam lowers.
    """

    make: Callable[..., Trials | IntegratingTrials]
    terms: Callable[..., dict[str, Array]]
    loss: Callable[[dict[str, Array]], Array]


FORMING = Stage(make_trials, forming_terms, robust_loss)
"""A bump is to form and to move."""
INTEGRATING = Stage(make_integrating_trials, integrating_terms, total_loss)
"""It is to keep the heading for a minute."""
TURNING = Stage(make_turning_trials, turning_terms, total_loss)
"""It is to turn as it should, and to stay where it is left: of changed networks, which may have no
ring of bumps to follow."""

Plan = TrialPlan | TurningPlan | IntegratingPlan
Seen = Trials | IntegratingTrials
"""What the stages draw, and what is drawn."""

Further = Callable[[TypeParameters, Circuit, Dynamics], Array]
"""Residuals of an objective that not every circuit has."""


class Objective(eqx.Module):
    """What a search lowers: the losses of one circuit shape, for both optimisers.

    All arrays are data of the compiled programs, those of the circuit and of trials alike, so that
    one program serves every seed. A member's wiring and sharpness come on their own,
    ``(wiring, sharpness)``, because members differ in them.

    Parameters
    ----------
    stage : Stage
        Trials and residuals.
    circuit : Circuit
        Types, read-out and input, shared by the members.
    dynamics : Dynamics
        Constants, with the Euler step of training.
    weights : LossWeights
        Tolerances and weights of the losses.
    further : callable, optional
        ``further(parameters, circuit, dynamics)`` returns the residuals of one more objective.
    """

    stage: Stage = eqx.field(static=True)
    circuit: Circuit
    dynamics: Dynamics = eqx.field(static=True)
    weights: LossWeights = eqx.field(static=True)
    further: Further | None = eqx.field(static=True, default=None)

    def terms(self, parameters: PyTree, data: PyTree, trials: Seen) -> dict[str, Array]:
        """Return the residuals of each loss of one member, by name."""
        wiring, sharpness = data
        circuit = eqx.tree_at(lambda item: item.weights, self.circuit, wiring)
        dynamics = self.dynamics.model_copy(update={"sharpness": sharpness})
        terms = self.stage.terms(parameters, circuit, dynamics, trials, self.weights)
        if self.further is not None:
            terms["further"] = self.further(parameters, circuit, dynamics)
        return terms

    def trials(self, plan: Plan, key: PRNGKeyArray) -> Seen:
        """Draw trials for the circuit, with the Euler step of training."""
        return self.stage.make(self.circuit, plan, self.dynamics.step, key)

    def descent(self, plan: Plan, learning_rate: float, steps: int) -> AdamDescent:
        """Return Adam on the stage's loss, with trials of its own at every step."""
        return AdamDescent(_DrawnLoss(self, plan), learning_rate, steps)

    def refinement(self, trials: Seen) -> LevenbergMarquardt:
        """Return Levenberg-Marquardt on the residuals of fixed trials."""
        forward = replace(self, circuit=self.circuit.with_sender_table())
        return LevenbergMarquardt(
            _Residuals(forward, trials), tries=_TRIES, updates=_UPDATES, longest=_LONGEST
        )

    def validation(self, trials: Seen) -> Callable[[PyTree, PyTree], Array]:
        """Return the sum of squares on trials that no optimiser sees."""
        return _Validation(_Residuals(self, trials))


class _DrawnLoss(eqx.Module):
    """What Adam lowers: the loss of a stage on trials that are drawn anew."""

    objective: Objective
    plan: Plan = eqx.field(static=True)

    def __call__(self, parameters: PyTree, data: PyTree, key: PRNGKeyArray) -> Array:
        trials = self.objective.trials(self.plan, key)
        return self.objective.stage.loss(self.objective.terms(parameters, data, trials))


class _Residuals(eqx.Module):
    """What Levenberg-Marquardt lowers: residuals of fixed trials."""

    objective: Objective
    trials: Seen

    def __call__(self, parameters: PyTree, data: PyTree) -> Array:
        return residual_vector(self.objective.terms(parameters, data, self.trials))


class _Validation(eqx.Module):
    """The sum of squares of residuals."""

    residuals: _Residuals

    def __call__(self, parameters: PyTree, data: PyTree) -> Array:
        return jnp.sum(self.residuals(parameters, data) ** 2)


def fitting_dynamics(dynamics: Dynamics) -> Dynamics:
    """Return the constants that a fit simulates with: tau of 0.1 s and a step of a fifth of it.

    The equation has no other clock, so that another tau is the same movement at another pace: the
    objectives are stated in seconds at this one, and results are measured with that of the
    dynamics.

    Parameters
    ----------
    dynamics : Dynamics
        Constants that results are measured with.
    """
    return dynamics.model_copy(update={"time_constant": 0.1, "step": 0.02})


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
        Parameters of lowest validation loss, that loss, and the history of the last stage.
    """
    listener = listener or Listener()
    coarse = fitting_dynamics(dynamics)
    found = _explore(Objective(FORMING, circuit, coarse, weights), wirings, plan, seeds, listener)
    integrating = Objective(INTEGRATING, circuit, coarse, weights)
    loose = replace(integrating, weights=weights.loosened())
    soften = _Refinement.on(loose, wirings, plan.trials, seeds[0])
    path = np.geomspace(plan.sharpness, dynamics.sharpness, plan.soften_stages + 1)[1:]
    left = plan.restarts
    for stage, sharpness in enumerate(path):
        steps = TrainingPlan(plan.soften_steps, _CHUNK, label=f"softening {stage + 1}")
        found = soften(found.parameters, sharpness, steps, listener)
        left = max(left // 2, min(plan.finalists, left))
        found = select_best(found, len(seeds), left)
    polish = _Refinement.on(integrating, wirings, plan.trials, seeds[0])
    steps = TrainingPlan(plan.compare_steps, _CHUNK, label="comparing")
    found = polish(found.parameters, dynamics.sharpness, steps, listener)
    best = select_best(found, len(seeds)).parameters
    steps = TrainingPlan(plan.polish_steps, _CHUNK, label="polishing")
    return polish(best, dynamics.sharpness, steps, listener)


def _explore(
    objective: Objective,
    wirings: Float[Array, "m n n"],
    plan: FitPlan,
    seeds: Sequence[SeedTree],
    listener: Listener,
) -> TrainingResult:
    """Return the starts of every member, next to each other, with what bumps they have found."""
    unseen = objective.trials(plan.explore_trials, draw_key(seeds[0], "validation trials"))
    starts = _starts(objective, plan.restarts, seeds)
    sharp = jnp.full(plan.restarts * len(seeds), plan.sharpness)
    return train(
        objective.descent(plan.explore_trials, plan.learning_rate, plan.explore_steps),
        starts,
        (jnp.repeat(wirings, plan.restarts, axis=0), sharp),
        objective.validation(unseen),
        TrainingPlan(plan.explore_steps, 50, patience=6, label="exploring"),
        draw_key(seeds[0], "explore"),
        listener.at("explore"),
    )


@dataclass(frozen=True)
class _Refinement:
    """Levenberg-Marquardt on fixed trials.

    It takes one member of each fit at a time. Together they would be no faster on a processor, and
    another number of them would be another program to compile.
    """

    wirings: Float[Array, "m n n"]
    seed: SeedTree
    optimiser: LevenbergMarquardt
    validation: Callable[[PyTree, PyTree], Array]

    @classmethod
    def on(
        cls,
        objective: Objective,
        wirings: Float[Array, "m n n"],
        trials: Plan,
        seed: SeedTree,
    ) -> _Refinement:
        seen, unseen = (
            objective.trials(trials, draw_key(seed, f"{kind} trials"))
            for kind in ("training", "validation")
        )
        optimiser, validation = objective.refinement(seen), objective.validation(unseen)
        return cls(wirings, seed, optimiser, validation)

    def __call__(
        self,
        starts: TypeParameters,
        sharpness: float,
        plan: TrainingPlan,
        listener: Listener,
    ) -> TrainingResult:
        """Refine every start of each fit; those of a fit are next to each other."""
        fits = self.wirings.shape[0]
        each = starts.bias.shape[0] // fits
        data, key = (self.wirings, jnp.full(fits, sharpness)), draw_key(self.seed, "refine")
        name, found = plan.label.replace(" ", "-"), []
        # One bar for many short trainings; a single long one has its own.
        silent = listener if each == 1 else replace(listener, progress=SilentProgress())
        with (SilentProgress() if each == 1 else listener.progress).track(plan.label, each) as done:
            for at in range(each):
                start = jax.tree.map(lambda leaf, at=at: leaf[at::each], starts)
                checkpoint = silent.at(f"{name}-{at}")
                found.append(
                    train(self.optimiser, start, data, self.validation, plan, key, checkpoint)
                )
                best = min(float(np.nanmin(one.validation_loss)) for one in found)
                done(1, f"validation loss {best:.3g}")
        return _interleave(found)


def _interleave(found: Sequence[TrainingResult]) -> TrainingResult:
    """Put the first members of all results first, then the second ones, and so on."""

    def join(*arrays: Array) -> Array:
        return jnp.stack(arrays, axis=1).reshape(-1, *arrays[0].shape[1:])

    longest = max(len(one.history) for one in found)
    histories = [
        np.pad(one.history, ((0, longest - len(one.history)), (0, 0), (0, 0)), mode="edge")
        for one in found
    ]
    return TrainingResult(
        jax.tree.map(join, *(one.parameters for one in found)),
        np.asarray(join(*(jnp.asarray(one.validation_loss) for one in found))),
        np.stack(histories, axis=3).reshape(longest, 2, -1),
    )


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
    trials : TurningPlan
        What they see.
    """

    steps: int = Field(default=12, ge=1)
    adam_steps: int = Field(default=300, ge=1)  # about the exploration's; not tuned
    trials: TurningPlan = TurningPlan()
