"""Alignment of people and descent on the course, in turns, as one compiled program."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt
import optax
from jaxtyping import Array, Float
from pydantic import PositiveFloat, PositiveInt

from neuropil.contracts import Settings
from neuropil.progression.alignment.limits import Limits, expect_clipped
from neuropil.progression.alignment.scans import Scans
from neuropil.progression.alignment.stages import StageGrid, find_stages, measure_misfits
from neuropil.progression.dynamics.integrators import Solver, integrate, interpolate
from neuropil.progression.dynamics.trajectory import Trajectory
from neuropil.progression.fitting.course import CourseForm, CourseNumbers
from neuropil.progression.fitting.graphs import ViewMixture

__all__ = ["CourseFit", "CourseValues", "FitPlan", "fit_course"]

Floats = npt.NDArray[np.float64]

# Speeds of the course that are tried at each alignment, relative to that before: ten rounds can
# change it threefold, and the last ones settle it within 3 %.
_SPEEDS = (0.9, 0.97, 1.0, 1.03, 1.11)
# Standard deviation around the course before it is measured, in shares; that of tau PET in the
# published tables.
_SCATTER = 0.05


class FitPlan(Settings):
    """How long to fit, and on what grids.

    Parameters
    ----------
    rounds : int
        Alignments, each followed by a descent.
    steps : int
        Steps of Adam between two alignments.
    rate : float
        Their learning rate.
    duration : float
        Length of the course [time].
    solver_steps : int
        Steps of the solver over it.
    solver : {"rk4", "strang"}
        See :func:`neuropil.progression.integrate`.
    last_stage : float
        Latest stage of a first scan [time]; the rest of the course is for later scans.
    stage_step : float
        Between two stages [time].
    """

    # The published reference fit takes 6 x 50. Its sum of squares is near the least by then, but
    # the speed of the course is not, on which intervals of stages rest: on the easy truth it is
    # 1.45 times too high, with speeds tried at 30 alignments 1.2 times too low, with 200 1.06
    # times. Two thousand steps take ten seconds of one processor for 216 people in 68 regions.
    rounds: PositiveInt = 200
    steps: PositiveInt = 10
    rate: PositiveFloat = 0.05
    duration: PositiveFloat = 30.0
    solver_steps: PositiveInt = 60
    solver: Solver = "rk4"
    last_stage: PositiveFloat = 26.0
    stage_step: PositiveFloat = 0.1

    @property
    def grid(self) -> StageGrid:
        """Stages that are tried."""
        return StageGrid(self.last_stage, self.stage_step)


@dataclass(frozen=True, eq=False)
class CourseFit:
    """A fitted course.

    Parameters
    ----------
    numbers : CourseNumbers
        What was fitted, NumPy's.
    course : Trajectory
        The course.
    weights : (n, n) array
        The graph.
    scatter : float
        Standard deviation of values around the course.
    history : (n_rounds, 2) array
        Sums of squares of training and validation people after each round, aligned anew.
    best : int
        The round that is kept: that of the lowest sum of validation people.
    """

    numbers: CourseNumbers
    course: Trajectory
    weights: Floats
    scatter: float
    history: Floats
    best: int

    def values_of(self, form: CourseForm) -> CourseValues:
        """Return what was fitted, in its units.

        Parameters
        ----------
        form : CourseForm
            What was assumed.
        """
        with jax.enable_x64(True):
            equation, start = form.build(self.numbers)
            graph = form.graph
            shares = graph.shares(self.numbers.graph) if isinstance(graph, ViewMixture) else ()
            n = len(start)
            capacity = np.broadcast_to(np.asarray(equation.capacity, np.float64), (n,))
            return CourseValues(
                float(equation.spread),
                float(np.max(equation.growth)),
                capacity.copy(),
                np.asarray(start),
                np.asarray(shares),
            )


class CourseValues(NamedTuple):
    """What was fitted, in its units.

    Parameters
    ----------
    spread, growth : float
        k [1 / time] and a [1 / time].
    capacity, start : (n,) array
        v and c(0), in shares.
    shares : (p,) array
        Share of each view; empty where the graph is no mixture.
    """

    spread: float
    growth: float
    capacity: Floats
    start: Floats
    shares: Floats


class _State(NamedTuple):
    """What changes from round to round."""

    numbers: CourseNumbers
    moments: optax.OptState
    scatter: Array


def fit_course(
    form: CourseForm,
    train: Scans,
    validation: Scans,
    plan: FitPlan | None = None,
    begin: CourseNumbers | None = None,
) -> CourseFit:
    """Fit a course to people at unknown stages, and choose the round by other people.

    Parameters
    ----------
    form : CourseForm
        What is assumed.
    train : Scans
        People to whom the course is fitted.
    validation : Scans
        People who are aligned only.
    plan : FitPlan, optional
        How long.
    begin : CourseNumbers, optional
        Where the fit begins, such as numbers that were fitted before; else that of the form.

    Returns
    -------
    CourseFit
        Of the round after which validation people fit best.
    """
    plan = plan or FitPlan()
    # Double precision, so that a reloaded model stages people as the one that was saved did.
    with jax.enable_x64(True):
        first = jax.tree.map(jnp.asarray, form.begin() if begin is None else begin)
        numbers, scatters, history = _alternate(form, train, validation, plan, first)
        # By other people: training people fit better round by round whatever the course does.
        best = int(np.argmin(history[:, 1]))
        kept = jax.tree.map(lambda each: np.asarray(each[best]), numbers)
        states = np.asarray(_follow_compiled(form, kept, plan))
        weights = np.asarray(form.graph.weigh(kept.graph))
    course = Trajectory(states, plan.duration)
    return CourseFit(kept, course, weights, float(scatters[best]), np.asarray(history), best)


def _follow(form: CourseForm, numbers: CourseNumbers, plan: FitPlan) -> Float[Array, "t n"]:
    equation, start = form.build(numbers)
    return integrate(equation, start, plan.duration, plan.solver_steps, plan.solver)


_follow_compiled = eqx.filter_jit(_follow)


@eqx.filter_jit
def _alternate(
    form: CourseForm,
    train: Scans,
    validation: Scans,
    plan: FitPlan,
    begin: CourseNumbers,
) -> tuple[CourseNumbers, Float[Array, " rounds"], Float[Array, "rounds 2"]]:
    """Return numbers and scatter after each round, and the sums of squares of both parts."""
    # Its moments go on from round to round: a new start would forget the scale of each number.
    optimiser = optax.adam(plan.rate)

    def loss(numbers: CourseNumbers, times: Array, scatter: Array) -> Array:
        course = interpolate(_follow(form, numbers, plan), plan.duration, times)
        residuals = expect_clipped(course, scatter, form.limits) - train.values
        return (train.known * residuals**2).sum() + form.penalise(numbers)

    def descend(state: _State, times: Array) -> _State:
        gradient = jax.grad(loss)(state.numbers, times, state.scatter)
        change, moments = optimiser.update(gradient, state.moments)
        return _State(optax.apply_updates(state.numbers, change), moments, state.scatter)

    def turn(state: _State, _: None) -> tuple[_State, tuple[CourseNumbers, Array, Array]]:
        state = state._replace(numbers=_rescale_time(state, train, form, plan))
        states = _follow(form, state.numbers, plan)
        stages = _align(states, train, state.scatter, form, plan)[0]
        times = stages[train.owners] + jnp.asarray(train.gaps)
        scatter = _measure_scatter(
            interpolate(states, plan.duration, times), train, state.scatter, form.limits
        )
        # The stages stay the same during a descent; only its start is aligned.
        begun = state._replace(scatter=scatter)
        state = jax.lax.fori_loop(0, plan.steps, lambda _, held: descend(held, times), begun)
        # Judged after its own alignment, as people will be who were not fitted.
        states = _follow(form, state.numbers, plan)
        sums = [_align(states, part, scatter, form, plan)[1].sum() for part in (train, validation)]
        return state, (state.numbers, scatter, jnp.stack(sums))

    begun = _State(begin, optimiser.init(begin), jnp.asarray(_SCATTER))
    # All rounds in one program: Python would wait between them for each number.
    return jax.lax.scan(turn, begun, None, length=plan.rounds)[1]


def _rescale_time(state: _State, train: Scans, form: CourseForm, plan: FitPlan) -> CourseNumbers:
    """Run the whole course faster or slower, where people then fit better once aligned anew.

    A course that is s times as fast has the rates s k and s a. A descent at fixed stages cannot
    move there, since its stages were found at the old speed: in turns alone the speed of the
    published fit stays a third too high, and with it the stages too near to each other. Nothing is
    done where a rate is given.
    """
    if form.known_spread is not None or form.known_growth is not None:
        return state.numbers

    def at_speed(speed: Array) -> CourseNumbers:
        held = state.numbers
        faster = (
            _undo_softplus(speed * jax.nn.softplus(rate)) for rate in (held.spread, held.growth)
        )
        return eqx.tree_at(lambda each: (each.spread, each.growth), held, tuple(faster))

    def measure(speed: Array) -> Array:
        states = _follow(form, at_speed(speed), plan)
        return _align(states, train, state.scatter, form, plan)[1].sum()

    # One after the other: side by side they need a table of people and stages for each.
    sums = jax.lax.map(measure, jnp.asarray(_SPEEDS))
    return at_speed(jnp.asarray(_SPEEDS)[jnp.argmin(sums)])


def _undo_softplus(value: Array) -> Array:
    """Return x of log(1 + e^x) = value; above 30 they are the same."""
    return jnp.where(value > 30, value, jnp.log(jnp.expm1(jnp.minimum(value, 30.0))))


def _align(
    states: Array, scans: Scans, scatter: Array, form: CourseForm, plan: FitPlan
) -> tuple[Array, Array]:
    """Return the stage of each person, and the sum of squares there."""
    show = partial(expect_clipped, scatter=scatter, limits=form.limits)
    misfits = measure_misfits(states, plan.duration, scans, plan.grid, show)
    return find_stages(misfits, plan.grid), misfits.min(axis=1)


def _measure_scatter(course: Array, scans: Scans, scatter: Array, limits: Limits) -> Array:
    """Return the root mean square of residuals far from the limits, or what it was without any."""
    far = scans.known * limits.are_far(course, scatter)
    squares = (far * (scans.values - course) ** 2).sum()
    return jnp.where(far.sum() > 0, jnp.sqrt(squares / jnp.maximum(far.sum(), 1)), scatter)
