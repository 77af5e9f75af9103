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
from neuropil.contracts import SeedTree, Settings, side_by_side
from neuropil.learning import (
    AdamDescent,
    LevenbergMarquardt,
    Listener,
    Optimiser,
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
# Starts that explore in one program, few enough for several processors to share them.
_TOGETHER = 5


class FitPlan(Settings):
    """How the parameters are found, in three stages.

    *Explore*: Adam from several starts near the raw connectome, on freshly drawn trials, until a
    bump forms and moves, with a sharp threshold and a bump that may be wide; one forms more
    reliably so. *Soften*: Levenberg-Marquardt on the objective that reads drift and gain off the
    ring of bumps, judged loosely, while the threshold becomes softer, which spreads the load over
    more neurons; before each step the worse half is left out, down to the finalists. *Polish*: the
    finalists, judged in full, in rounds after each of which the better half goes on, and then the
    best alone.

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
        Most iterations of the last stage, in each round and of the best.
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
    restarts: int = Field(default=30, ge=1)
    explore_steps: int = Field(default=100, ge=1)
    soften_stages: int = Field(default=5, ge=1)
    soften_steps: int = Field(default=8, ge=1)
    finalists: int = Field(default=12, ge=1)
    compare_steps: int = Field(default=20, ge=1)
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
    coarse = fitting_dynamics(dynamics)
    search = _Search(wirings, seeds, listener or Listener())
    found = search.explore(Objective(FORMING, circuit, coarse, weights), plan)
    integrating = Objective(INTEGRATING, circuit, coarse, weights)
    loose = replace(integrating, weights=weights.loosened())
    soften = search.refinement(loose, plan.trials)
    path = np.geomspace(plan.sharpness, dynamics.sharpness, plan.soften_stages + 1)[1:]
    # Half of the starts have no ring of bumps that can be followed. Their losses are a thousand
    # times those of others, stayed so over 8 iterations, and each of these took longer.
    judging = TrainingPlan(0, _CHUNK, label="judging")
    found, left = soften(found.parameters, path[0], judging), plan.restarts
    for stage, sharpness in enumerate(path):
        left = max(left // 2, min(plan.finalists, left))
        best = select_best(found, len(seeds), left).parameters
        steps = TrainingPlan(plan.soften_steps, _CHUNK, label=f"softening {stage + 1}")
        found = soften(best, sharpness, steps)
    polish = search.refinement(integrating, plan.trials)
    left = min(plan.finalists, left)
    best, done = select_best(found, len(seeds), left).parameters, 0
    while left > 1:
        left, done = left // 2, done + 1
        steps = TrainingPlan(plan.compare_steps, _CHUNK, label=f"comparing {done}")
        found = polish(best, dynamics.sharpness, steps)
        best = select_best(found, len(seeds), left).parameters
    steps = TrainingPlan(plan.polish_steps, _CHUNK, label="polishing")
    return polish(best, dynamics.sharpness, steps)


@dataclass(frozen=True)
class _Search:
    """Trains the starts of some fits; those of a fit are next to each other."""

    wirings: Float[Array, "m n n"]
    seeds: Sequence[SeedTree]
    listener: Listener

    def explore(self, objective: Objective, plan: FitPlan) -> TrainingResult:
        """Return starts that Adam has led to bumps."""
        unseen = objective.trials(plan.explore_trials, self._key("validation trials"))
        descent = objective.descent(plan.explore_trials, plan.learning_rate, plan.explore_steps)
        steps = TrainingPlan(plan.explore_steps, 50, patience=6, label="exploring")
        # Of equal size, so that one program serves all.
        size = max(n for n in range(1, _TOGETHER + 1) if plan.restarts % n == 0)
        starts = _starts(objective, plan.restarts, self.seeds)
        train_all = self._trainer(descent, objective.validation(unseen), size)
        return train_all(starts, plan.sharpness, steps)

    def refinement(self, objective: Objective, plan: Plan) -> _TrainAll:
        """Return Levenberg-Marquardt on fixed trials, one start of each fit at a time.

        Together they would be no faster on a processor, and another number of them would be another
        program to compile.
        """
        seen, unseen = (
            objective.trials(plan, self._key(f"{kind} trials"))
            for kind in ("training", "validation")
        )
        return self._trainer(objective.refinement(seen), objective.validation(unseen), 1)

    def _key(self, name: str) -> PRNGKeyArray:
        return draw_key(self.seeds[0], name)

    def _trainer(
        self, optimiser: Optimiser, validation: Callable[[PyTree, PyTree], Array], size: int
    ) -> _TrainAll:
        def train_all(
            starts: TypeParameters, sharpness: float, plan: TrainingPlan
        ) -> TrainingResult:
            fits = self.wirings.shape[0]
            data = (jnp.repeat(self.wirings, size, axis=0), jnp.full(fits * size, sharpness))
            groups = _split(starts, fits, size)
            name = plan.label.replace(" ", "-")
            # One bar for many short trainings; a single long one has its own.
            shown = self.listener if len(groups) == 1 else self.listener.silenced()
            trainings = [
                _Training(optimiser, validation, group, data, plan, self.seeds[0], shown.at(name))
                for name, group in ((f"{name}-{at}", group) for at, group in enumerate(groups))
            ]
            return _join(self._run(trainings, plan.label), fits)

        return train_all

    def _run(self, trainings: Sequence[_Training], label: str) -> list[TrainingResult]:
        if len(trainings) == 1:
            return [trainings[0]()]
        found: list[TrainingResult] = []
        with self.listener.progress.track(label, len(trainings)) as done:
            for one in side_by_side([(each, ()) for each in trainings], self.listener.jobs):
                found.append(one)
                best = min(float(np.nanmin(each.validation_loss)) for each in found)
                done(1, f"validation loss {best:.3g}")
        return found


_TrainAll = Callable[[TypeParameters, float, TrainingPlan], TrainingResult]


@dataclass(frozen=True)
class _Training:
    """One training, which a process of its own can do."""

    optimiser: Optimiser
    validation: Callable[[PyTree, PyTree], Array]
    starts: TypeParameters
    data: PyTree
    plan: TrainingPlan
    seed: SeedTree
    listener: Listener

    def __call__(self) -> TrainingResult:
        key = draw_key(self.seed, self.plan.label)
        found = train(
            self.optimiser, self.starts, self.data, self.validation, self.plan, key, self.listener
        )
        return replace(found, parameters=jax.tree.map(np.asarray, found.parameters))


def _split(starts: TypeParameters, fits: int, size: int) -> list[TypeParameters]:
    """Return the first ``size`` starts of every fit, then the next ones, and so on."""

    def part(leaf: Array, at: int) -> Array:
        by_fit = leaf.reshape(fits, -1, *leaf.shape[1:])
        return by_fit[:, at : at + size].reshape(fits * size, *leaf.shape[1:])

    each = starts.bias.shape[0] // fits
    return [jax.tree.map(lambda leaf, at=at: part(leaf, at), starts) for at in range(0, each, size)]


def _join(found: Sequence[TrainingResult], fits: int) -> TrainingResult:
    """Put what was split together again; a history that is shorter goes on with its last value."""

    def join(*arrays: np.ndarray) -> np.ndarray:
        by_fit = [array.reshape(fits, len(array) // fits, *array.shape[1:]) for array in arrays]
        joined = np.concatenate(by_fit, axis=1)
        return joined.reshape(joined.shape[0] * joined.shape[1], *arrays[0].shape[1:])

    longest = max(len(one.history) for one in found)
    histories = [
        # Without a step there is nothing to go on with.
        np.pad(one.history, ((0, longest - len(one.history)), (0, 0), (0, 0)), mode="edge")
        if len(one.history)
        else np.zeros((longest, *one.history.shape[1:]))
        for one in found
    ]
    history = join(*(np.moveaxis(each, 2, 0) for each in histories))
    return TrainingResult(
        jax.tree.map(
            lambda *leaves: jnp.asarray(join(*leaves)), *(one.parameters for one in found)
        ),
        join(*(one.validation_loss for one in found)),
        np.moveaxis(history, 0, 2),
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
