"""The most probable graph when each weight may leave its prior by a factor, at a penalty."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt
import optax
from jaxtyping import Array, Float, Int

from neuropil.contracts import ConfigError, InputError
from neuropil.progression.dynamics.integrators import integrate
from neuropil.progression.edges.courses import (
    DURATION,
    STEPS,
    CourseConstants,
    build_equation,
)
from neuropil.progression.edges.observations import PatternVisits
from neuropil.progression.edges.onsets import LAST_ONSET, STAGE

__all__ = ["PenalisedFit", "PenaltyPlan", "fit_penalised"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PenaltyPlan:
    """How a penalised graph is fitted.

    Parameters
    ----------
    penalty : float
        Of the squared logarithm of the ratio of each weight to its prior, beside the sum of
        squared errors. Read as a Gaussian prior, its standard deviation is the noise divided by
        the root of the penalty: 1.2 for .002 at a noise of .054, .4 for .02.
    free : bool
        Whether weights are free, .02 softplus(theta) with a penalty of .05 on their sum, and the
        prior is not used.
    estimated : bool
        Whether capacity and initial states are fitted too: only where each pattern begins is then
        taken from the initial states, as the regions that have the largest of them.
    alignments : int
        How often all people are aligned anew.
    steps : int
        Steps of Adam after each alignment.
    rate : float
        Their length.
    """

    penalty: float = 0.002
    free: bool = False
    estimated: bool = False
    alignments: int = 6
    steps: int = 150
    rate: float = 0.05

    def __post_init__(self) -> None:
        if self.penalty < 0 or self.rate <= 0 or min(self.alignments, self.steps) < 1:
            raise ConfigError(
                "expected a penalty of 0 or more, a rate above 0, and at least one alignment and "
                f"step, found {self.penalty!r}, {self.rate!r}, {self.alignments!r} and "
                f"{self.steps!r}",
                where="PenaltyPlan",
                repair="Without a penalty the weights are as free as the data leave them.",
            )


# Of the published reference fit: start of the rates, and scale, start and penalty of free weights.
_START_SPREAD, _START_GROWTH = -0.5, -1.0
_FREE_SCALE, _FREE_START, _FREE_PENALTY = 0.02, -3.0, 0.05
# And of capacity and initial states, everywhere and where the disease begins.
_START_CAPACITY, _START_STATE, _START_FOCUS = 0.5, -4.0, -2.0


class PenalisedFit(NamedTuple):
    """A graph and its rates.

    Parameters
    ----------
    weights : (n_pairs,) array
        Rate of spread over each pair [1/year].
    ratio : (n_pairs,) array
        Logarithm of each weight divided by its prior, without the rate common to all; of free
        weights the parameter itself.
    constants : CourseConstants
        Growth, and capacity and initial states as given or fitted.
    validation : (alignments,) array
        Sum of squared errors of the validation people after each alignment round; the round with
        the least of them is the one returned.
    """

    weights: Floats
    ratio: Floats
    constants: CourseConstants
    validation: Floats


class _People(NamedTuple):
    """Visits as arrays of the compiled program."""

    values: Float[Array, "v n"]
    subject: Int[Array, " v"]
    later: Int[Array, " v"]
    gap: Float[Array, " v"]
    pattern: Int[Array, " v"]
    subjects: Int[Array, " s"]

    @classmethod
    def of(cls, people: PatternVisits) -> _People:
        return cls(
            jnp.asarray(people.values),
            jnp.asarray(people.subject),
            jnp.asarray(np.round(people.gap / STAGE).astype(np.int64)),
            jnp.asarray(people.gap),
            jnp.asarray(people.pattern[people.subject]),
            # Their number must be known to the program before it runs: it is a shape.
            jnp.arange(people.n_subjects),
        )


class _Fixed(NamedTuple):
    """What the program is given beside the people."""

    prior: Float[Array, " p"]
    initial: Float[Array, "k n"]
    capacity: Float[Array, " n"]
    penalty: Float[Array, ""]


class _Parameters(NamedTuple):
    theta: Float[Array, " p"]
    spread: Float[Array, ""]
    growth: Float[Array, ""]
    capacity: Float[Array, " n"]
    initial: Float[Array, "k n"]


def fit_penalised(
    people: tuple[PatternVisits, PatternVisits],
    prior: Floats,
    constants: CourseConstants,
    plan: PenaltyPlan | None = None,
) -> PenalisedFit:
    """Fit weights prior x exp(theta) to visits, with a penalty on theta squared.

    Alignment and descent alternate within one compiled program. Capacity and initial states are
    taken as they are; both rates are fitted.

    Parameters
    ----------
    people : tuple of PatternVisits
        Those to learn from, and those for validation.
    prior : (n_pairs,) array
        Above 0 where an edge may be: a prior of 0 stays 0, whatever the data say.
    constants : CourseConstants
        Initial states and capacity; its growth is not used.
    plan : PenaltyPlan, optional
        How.

    Returns
    -------
    PenalisedFit
        Of the round that fits the validation people best.

    Raises
    ------
    InputError
        When a prior is negative, not finite, or 0 everywhere.
    """
    plan = plan or PenaltyPlan()
    values = np.asarray(prior, dtype=np.float64)
    if not (np.isfinite(values) & (values >= 0)).all() or not values.any():
        raise InputError(
            "expected a finite prior of 0 or more with an edge in it, found "
            f"{int((~(np.isfinite(values) & (values >= 0))).sum())} others",
            where="prior",
            repair="Give probabilities or weights; use a small number for what is unlikely.",
        )
    with jax.enable_x64(True):
        fixed = _Fixed(
            jnp.asarray(values),
            jnp.asarray(constants.initial),
            jnp.asarray(constants.capacity),
            jnp.asarray(plan.penalty, np.float64),
        )
        learnt, watched = map(_People.of, people)
        # The penalty is data: one program serves all of them.
        found, validation = _fit(learnt, watched, fixed, replace(plan, penalty=0.0))
        initial, capacity = _set_constants(found, fixed, plan.estimated)
        growth = float(jax.nn.softplus(found.growth))
        return PenalisedFit(
            np.asarray(_weigh(found, fixed, plan.free)),
            np.asarray(found.theta),
            CourseConstants(np.asarray(initial), np.asarray(capacity), growth),
            np.asarray(validation),
        )


@eqx.filter_jit
def _fit(
    people: _People, watched: _People, fixed: _Fixed, plan: PenaltyPlan
) -> tuple[_Parameters, Float[Array, " a"]]:
    descent = optax.adam(plan.rate)

    def lose(parameters: _Parameters, onset: Float[Array, " s"]) -> Float[Array, ""]:
        courses = _follow(parameters, fixed, plan)
        missed = _measure_error(courses, people, onset)
        if plan.free:
            return missed + _FREE_PENALTY * jnp.sum(_weigh(parameters, fixed, free=True))
        return missed + fixed.penalty * jnp.sum(parameters.theta**2)

    def align_and_descend(
        state: tuple[_Parameters, optax.OptState], _: None
    ) -> tuple[tuple[_Parameters, optax.OptState], tuple[_Parameters, Array]]:
        onset = _align(_follow(state[0], fixed, plan), people)

        def step(
            state: tuple[_Parameters, optax.OptState], _: None
        ) -> tuple[tuple[_Parameters, optax.OptState], None]:
            parameters, moments = state
            slopes = jax.grad(lose)(parameters, onset)
            changes, moments = descent.update(slopes, moments, parameters)
            return (optax.apply_updates(parameters, changes), moments), None

        state = jax.lax.scan(step, state, length=plan.steps)[0]
        courses = _follow(state[0], fixed, plan)
        return state, (state[0], _measure_error(courses, watched, _align(courses, watched)))

    first = _begin(fixed, plan)
    rounds, validation = jax.lax.scan(
        align_and_descend, (first, descent.init(first)), length=plan.alignments
    )[1]
    # By people who taught nothing: later rounds may fit the noise of those who did.
    best = jnp.argmin(validation)
    return jax.tree.map(lambda leaf: leaf[best], rounds), validation


def _weigh(parameters: _Parameters, fixed: _Fixed, free: bool) -> Float[Array, " p"]:
    spread = jax.nn.softplus(parameters.spread)
    if free:
        return spread * _FREE_SCALE * jax.nn.softplus(parameters.theta)
    return spread * fixed.prior * jnp.exp(parameters.theta)


def _begin(fixed: _Fixed, plan: PenaltyPlan) -> _Parameters:
    # Where a pattern begins is what gives it its name; by how much is for the data to say.
    focus = fixed.initial == fixed.initial.max(axis=1, keepdims=True)
    return _Parameters(
        jnp.full_like(fixed.prior, _FREE_START if plan.free else 0.0),
        jnp.asarray(_START_SPREAD),
        jnp.asarray(_START_GROWTH),
        jnp.full_like(fixed.capacity, _START_CAPACITY),
        jnp.where(focus, _START_FOCUS, _START_STATE),
    )


def _set_constants(
    parameters: _Parameters, fixed: _Fixed, estimated: bool
) -> tuple[Float[Array, "k n"], Float[Array, " n"]]:
    """Return initial states and capacity, as given or as fitted."""
    if not estimated:
        return fixed.initial, fixed.capacity
    return jax.nn.softplus(parameters.initial), jax.nn.softplus(parameters.capacity)


def _follow(parameters: _Parameters, fixed: _Fixed, plan: PenaltyPlan) -> Float[Array, "k t n"]:
    weights = _weigh(parameters, fixed, plan.free)
    initial, capacity = _set_constants(parameters, fixed, plan.estimated)
    equation = build_equation(weights, capacity, jax.nn.softplus(parameters.growth))
    # Strang's splitting takes a quarter of the time of RK4 backwards, and its error of 2e-4 is
    # far below the noise.
    return jax.vmap(lambda start: integrate(equation, start, DURATION, STEPS, "strang"))(initial)


def _at(courses: Float[Array, "k t n"], pattern: Array, times: Array) -> Float[Array, "*v n"]:
    place = jnp.clip(times / DURATION * STEPS, 0, STEPS)
    below = jnp.minimum(place.astype(int), STEPS - 1)
    share = (place - below)[..., None]
    return (1 - share) * courses[pattern, below] + share * courses[pattern, below + 1]


def _measure_error(
    courses: Float[Array, "k t n"], people: _People, onset: Float[Array, " s"]
) -> Float[Array, ""]:
    expected = _at(courses, people.pattern, onset[people.subject] + people.gap)
    return jnp.sum((people.values - expected) ** 2)


def _align(courses: Float[Array, "k t n"], people: _People) -> Float[Array, " s"]:
    """Return the onset of each person that leaves the least squared error."""
    steps = jnp.arange(round(LAST_ONSET / STAGE) + 1)
    times = jnp.arange(round(DURATION / STAGE) + 1) * STAGE
    table = jax.vmap(lambda pattern: _at(courses, pattern, times))(jnp.arange(len(courses)))
    # By |y|^2 - 2 y c + |c|^2, without an array of visits, stages and regions.
    products = jnp.einsum("vn,vtn->vt", people.values, table[people.pattern])
    errors = jnp.sum(table**2, axis=-1)[people.pattern] - 2 * products
    # Visits beyond the end of the course are compared with its end.
    index = jnp.minimum(steps + people.later[:, None], len(times) - 1)
    of_visits = jnp.take_along_axis(errors, index, axis=1)
    total = jax.ops.segment_sum(of_visits, people.subject, num_segments=len(people.subjects))
    return jnp.argmin(total, axis=1) * STAGE
