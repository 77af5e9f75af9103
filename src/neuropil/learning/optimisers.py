"""Two ways down: Adam on a loss, Levenberg-Marquardt on its residuals."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, PRNGKeyArray, PyTree

__all__ = ["AdamDescent", "LevenbergMarquardt", "Optimiser"]

_LAST_RATE = 0.02
"""Learning rate at the last step, as a share of the first; a usual value that was not tuned."""

# Levenberg-Marquardt: how the damping shrinks after a success and grows after a failure; usual
# values. Its least value lets a step be that of Gauss and Newton, which is what follows a valley
# (docs/decisions/0018-turning-as-a-gain.md).
_SHRINK, _GROW, _LEAST_DAMPING = 4.0, 4.0, 1e-8
# Share of the mean curvature that each parameter has at least, so that one without effect can be
# solved for.
_LEAST_CURVATURE = 1e-4
# A step without effect at all is a step of zero, and its length divides.
_TINY = 1e-30

Loss = Callable[[PyTree, PyTree, PRNGKeyArray], Array]
Residuals = Callable[[PyTree, PyTree], Array]


class Optimiser(eqx.Module):
    """One pure update of one member; the training loop vectorises it over members.

    What is lowered may be an ``eqx.Module``. Its arrays are then data of the compiled program and
    no part of it, so that another fit, or another process, needs no new compilation.
    """

    @abstractmethod
    def init(self, parameters: PyTree, data: PyTree) -> PyTree:
        """Return the state before the first step."""

    @abstractmethod
    def step(
        self, parameters: PyTree, state: PyTree, data: PyTree, key: PRNGKeyArray
    ) -> tuple[PyTree, PyTree, Array]:
        """Return new parameters, new state, and the loss before the step."""


class AdamDescent(Optimiser):
    """Adam with clipped gradients and a cosine decay of the learning rate.

    Parameters
    ----------
    loss : callable
        ``loss(parameters, data, key) -> scalar``.
    learning_rate : float
        At the first step.
    steps : int
        Steps over which it decays to two per cent.
    clip : float
        Largest global gradient norm; gradients that are not finite count as zero.
    """

    loss: Loss
    learning_rate: float = eqx.field(static=True, default=0.02)
    steps: int = eqx.field(static=True, default=1000)
    clip: float = eqx.field(static=True, default=1.0)

    def _transform(self) -> optax.GradientTransformation:
        schedule = optax.cosine_decay_schedule(self.learning_rate, self.steps, _LAST_RATE)
        return optax.chain(optax.clip_by_global_norm(self.clip), optax.adam(schedule))

    def init(self, parameters: PyTree, data: PyTree) -> PyTree:
        """Return moments of zero, as Adam begins."""
        del data
        return self._transform().init(parameters)

    def step(
        self, parameters: PyTree, state: PyTree, data: PyTree, key: PRNGKeyArray
    ) -> tuple[PyTree, PyTree, Array]:
        """Descend along one stochastic gradient."""
        value, gradient = jax.value_and_grad(self.loss)(parameters, data, key)
        # One trial that diverges must not make a member NaN for good; its part of the step is left
        # out.
        gradient = jax.tree.map(lambda leaf: jnp.where(jnp.isfinite(leaf), leaf, 0), gradient)
        updates, state = self._transform().update(gradient, state, parameters)
        return optax.apply_updates(parameters, updates), state, value


class LevenbergMarquardt(Optimiser):
    """Damped Gauss-Newton on a sum of squares with few parameters.

    The Jacobian comes from forward mode, one tangent a parameter. Damping grows fourfold until
    the cost falls, at most ``tries`` times, and shrinks fourfold after a success; a step that
    never falls is not taken. A Jacobian of p parameters costs p evaluations of the residuals, so
    that ``updates`` further steps follow with one that is only corrected by what the last step
    showed of it; the first of them that does not lower the cost ends them.

    Parameters
    ----------
    residuals : callable
        ``residuals(parameters, data) -> (n_residuals,)``, free of randomness.
    damping : float
        At the first step, relative to the curvature of each parameter.
    tries : int
        Trial steps with a fresh Jacobian.
    updates : int
        Most steps with a corrected one.
    longest : float
        Farthest that a step moves any parameter. Along a valley damping is small, and parameters
        that hardly matter there would be thrown to where nothing is left of the model.

    References
    ----------
    Marquardt 1963, J. Soc. Ind. Appl. Math. 11:431, scaling by the diagonal of J^T J.
    More 1978, Lecture Notes in Mathematics 630:105, the step by QR factors of J.
    Broyden 1965, Math. Comput. 19:577, the correction of rank one.
    """

    residuals: Residuals
    damping: float = eqx.field(static=True, default=0.1)
    tries: int = eqx.field(static=True, default=6)
    updates: int = eqx.field(static=True, default=0)
    longest: float = eqx.field(static=True, default=float("inf"))

    def init(self, parameters: PyTree, data: PyTree) -> PyTree:
        """Return the initial damping."""
        del parameters, data
        return jnp.asarray(self.damping)

    def step(
        self, parameters: PyTree, state: PyTree, data: PyTree, key: PRNGKeyArray
    ) -> tuple[PyTree, PyTree, Array]:
        """Take the first trial step that lowers the cost, and steps with a corrected Jacobian."""
        del key
        start, unravel = ravel_pytree(parameters)

        def residuals(vector: Array) -> Array:
            values: Array = self.residuals(unravel(vector), data)
            return values

        def twice(vector: Array) -> tuple[Array, Array]:
            values = residuals(vector)
            return values, values

        # The Jacobian's own evaluation serves for the residuals too. Beside a second one, two
        # batches of LAPACK solves waited for each other's threads for ever.
        jacobian, now = jax.jacfwd(twice, has_aux=True)(start)
        here = _Place(start, now, jacobian, state, jnp.asarray(True))

        def follow(place: _Place, fresh: Array) -> tuple[_Place, None]:
            after = self._advance(residuals, place, jnp.where(fresh, self.tries, 1))
            # Where a corrected Jacobian fails in its one try a fresh one is due, and more damping
            # would only shorten its step.
            eased = jnp.minimum(after.damping, place.damping)
            return after._replace(damping=jnp.where(fresh, after.damping, eased)), None

        # In one loop, so that the residuals are compiled once.
        here, _ = jax.lax.scan(follow, here, jnp.arange(1 + self.updates) == 0)
        return unravel(here.vector), here.damping, jnp.sum(now**2)

    def _advance(self, residuals: Callable[[Array], Array], place: _Place, tries: Array) -> _Place:
        """Take the first trial step that lowers the cost, and correct the Jacobian by it."""
        jacobian, now = place.jacobian, place.residuals
        cost, (scale, solve) = jnp.sum(now**2), _damped_steps(jacobian)

        def attempt(trial: tuple[Any, ...]) -> tuple[Any, ...]:
            damping, _, _, _, count = trial
            step = solve(damping, now)
            step *= jnp.minimum(1.0, self.longest / (jnp.max(jnp.abs(step)) + _TINY))
            new = residuals(place.vector + step)
            lower = jnp.sum(new**2)
            better = jnp.isfinite(lower) & (lower < cost)
            eased = jnp.maximum(damping / _SHRINK, _LEAST_DAMPING)
            # Without a better place the member stays where it was, and only its damping is changed.
            return (
                jnp.where(better, eased, damping * _GROW),
                jnp.where(better, step, 0.0),
                jnp.where(better, new, now),
                better,
                count + 1,
            )

        def unfinished(trial: tuple[Any, ...]) -> Array:
            return place.better & ~trial[3] & (trial[4] < tries)

        nowhere = jnp.zeros_like(place.vector)
        first = (place.damping, nowhere, now, jnp.asarray(False), jnp.asarray(0))
        damping, step, new, better, _ = jax.lax.while_loop(unfinished, attempt, first)
        # In the metric of the scale; without a step there is nothing to learn.
        missing = jnp.where(better, new - now - jacobian @ step, 0.0)
        corrected = jnp.outer(missing, scale**2 * step) / (jnp.sum((scale * step) ** 2) + _TINY)
        return _Place(place.vector + step, new, jacobian + corrected, damping, better)


class _Place(NamedTuple):
    """Where Levenberg-Marquardt stands."""

    vector: Array  # (p,)
    residuals: Array  # (n,)
    jacobian: Array  # (n, p)
    damping: Array
    better: Array  # whether the last step lowered the cost


def _damped_steps(jacobian: Array) -> tuple[Array, Callable[[Array, Array], Array]]:
    """Return the scale of the parameters and the step for a damping, from factors of the Jacobian.

    In single precision J^T J has no digit left of directions in which the cost changes a thousand
    times less than in others, and a valley is such a direction.
    """
    square = jnp.sum(jacobian**2, axis=0)
    # Scaled by the curvature itself, so that parameters of any unit are damped alike.
    scale = jnp.sqrt(square + _LEAST_CURVATURE * jnp.mean(square) + _TINY)
    q, r = jnp.linalg.qr(jacobian / scale)

    def solve(damping: Array, residuals: Array) -> Array:
        damped = jnp.concatenate([r, jnp.sqrt(damping) * jnp.eye(len(scale))])
        short, triangle = jnp.linalg.qr(damped)
        found = short.T @ jnp.concatenate([q.T @ residuals, jnp.zeros_like(scale)])
        return -jax.scipy.linalg.solve_triangular(triangle, found) / scale

    return scale, solve
