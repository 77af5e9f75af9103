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

# Levenberg-Marquardt: how the damping shrinks after a success and grows after a failure, its least
# value, and what is added to the curvature so that a parameter without effect can be solved for.
# Usual values, which were not tuned; docs/decisions/0004-levenberg-marquardt.md has what the whole
# method was measured to give.
_SHRINK, _GROW, _LEAST_DAMPING, _FLOOR = 3.0, 4.0, 1e-6, 1e-4
# Keeps the correction finite where no step was taken, and is far below the square of any that was.
_TINY = 1e-30

Loss = Callable[[PyTree, PyTree, PRNGKeyArray], Array]
Residuals = Callable[[PyTree, PyTree], Array]


class Optimiser(eqx.Module):
    """One pure update of one member; the training loop vectorises it over members."""

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

    loss: Loss = eqx.field(static=True)
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
    the cost falls, at most ``tries`` times, and shrinks threefold after a success; a step that
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

    References
    ----------
    Marquardt 1963, J. Soc. Ind. Appl. Math. 11:431, scaling by the diagonal of J^T J.
    Broyden 1965, Math. Comput. 19:577, the correction of rank one.
    """

    residuals: Residuals = eqx.field(static=True)
    damping: float = eqx.field(static=True, default=0.1)
    tries: int = eqx.field(static=True, default=6)
    updates: int = eqx.field(static=True, default=0)

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

        now = residuals(start)
        here = _Place(start, now, jax.jacfwd(residuals)(start), state, jnp.asarray(True))
        here = _advance(residuals, here, self.tries)

        def follow(place: _Place, _: None) -> tuple[_Place, None]:
            # One try: where a corrected Jacobian fails a fresh one is due, and more damping would
            # only shorten its step.
            next_one = _advance(residuals, place, 1)
            return next_one._replace(damping=jnp.minimum(next_one.damping, place.damping)), None

        if self.updates:
            here, _ = jax.lax.scan(follow, here, None, self.updates)
        return unravel(here.vector), here.damping, jnp.sum(now**2)


class _Place(NamedTuple):
    """Where Levenberg-Marquardt stands."""

    vector: Array  # (p,)
    residuals: Array  # (n,)
    jacobian: Array  # (n, p)
    damping: Array
    better: Array  # whether the last step lowered the cost


def _advance(residuals: Callable[[Array], Array], place: _Place, tries: int) -> _Place:
    """Take the first trial step that lowers the cost, and correct the Jacobian by it."""
    jacobian, now = place.jacobian, place.residuals
    curvature, slope = jacobian.T @ jacobian, jacobian.T @ now
    # Scaled by the curvature itself (Marquardt 1963), so that parameters of any unit are damped
    # alike.
    scale = jnp.diag(curvature) + _FLOOR
    cost = jnp.sum(now**2)

    def attempt(trial: tuple[Any, ...]) -> tuple[Any, ...]:
        damping, _, _, _, count = trial
        step = -jnp.linalg.solve(curvature + damping * jnp.diag(scale), slope)
        new = residuals(place.vector + step)
        lower = jnp.sum(new**2)
        better = jnp.isfinite(lower) & (lower < cost)
        damping = jnp.where(better, jnp.maximum(damping / _SHRINK, _LEAST_DAMPING), damping * _GROW)
        # Without a better place the member stays where it was, and only its damping is changed.
        return (
            damping,
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
    corrected = jacobian + jnp.outer(missing, scale * step) / (jnp.sum(scale * step**2) + _TINY)
    return _Place(place.vector + step, new, corrected, damping, better)
