"""The training loop: many members in one compiled program, stopped by validation alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, PRNGKeyArray, PyTree

from neuropil.contracts import Progress, SilentProgress
from neuropil.learning.optimisers import Optimiser
from neuropil.learning.storage import load_tree, save_tree

__all__ = ["Listener", "TrainingPlan", "TrainingResult", "select_best", "train"]

Validation = Callable[[PyTree, PyTree], Array]


@dataclass(frozen=True, slots=True)
class TrainingPlan:
    """How long to train and when to stop.

    Parameters
    ----------
    steps : int
        Most optimiser steps, rounded up to whole chunks.
    chunk : int
        Steps between validations; also between checkpoints.
    patience : int
        Validations without improvement by ``tolerance`` after which a member is finished.
    tolerance : float
        Relative improvement of the validation loss that counts.
    label : str
        Name shown with the progress.
    """

    steps: int
    chunk: int
    patience: int = 5
    tolerance: float = 1e-3
    label: str = "training"


class _Members(NamedTuple):
    """Everything that changes while training; every array has the members in front."""

    parameters: PyTree
    state: PyTree
    best: PyTree
    best_loss: Array
    waited: Array


@dataclass(frozen=True)
class TrainingResult:
    """Parameters of the lowest validation loss, and the way there.

    Parameters
    ----------
    parameters : pytree, each array (n_members, ...)
        Best parameters of each member.
    validation_loss : (n_members,) array
        Their validation loss.
    history : (n_chunks, 2, n_members) array
        Training and validation loss after each chunk.
    """

    parameters: PyTree
    validation_loss: np.ndarray
    history: np.ndarray


def train(
    optimiser: Optimiser,
    parameters: PyTree,
    data: PyTree,
    validate: Validation,
    plan: TrainingPlan,
    key: PRNGKeyArray,
    listener: Listener | None = None,
) -> TrainingResult:
    """Train an ensemble and keep each member's parameters of lowest validation loss.

    Parameters
    ----------
    optimiser : Optimiser
        The update of one member.
    parameters : pytree, each array (n_members, ...)
        Where the members start.
    data : pytree, each array (n_members, ...)
        What each member sees: the same data repeated, or perturbed copies.
    validate : callable
        ``validate(parameters, data) -> scalar`` of one member, on data that training never sees.
    plan : TrainingPlan
        Length and stopping.
    key : PRNG key
        Source of the members' randomness; the same key gives the same result.
    listener : Listener, optional
        Progress and checkpoint.

    Returns
    -------
    TrainingResult
        Best parameters and history.
    """
    listener = listener or Listener()
    judge = partial(_judge, validate, plan.patience, plan.tolerance)
    # Judged once before the first step: a start that is never improved on is kept.
    members = judge(_start(optimiser, parameters, data), data)[0]
    n_chunks = -(-plan.steps // plan.chunk)
    done, history = 0, np.zeros((n_chunks, 2, members.best_loss.shape[0]))
    restored = listener.restore(members, history)
    if restored is not None:
        members, history, done = restored
    with listener.progress.track(plan.label, n_chunks) as advance:
        advance(done)
        while done < n_chunks and not bool(jnp.all(members.waited >= plan.patience)):
            # By the number of the chunk, so that a resumed training draws what it would have drawn.
            step_key = jax.random.fold_in(key, done)
            members, loss = _step_chunk(optimiser, plan.chunk, members, data, step_key)
            members, validation = judge(members, data)
            history[done] = np.stack([loss, validation])
            done += 1
            listener.save(members, history, done)
            advance(1, f"validation loss {float(jnp.min(members.best_loss)):.3g}")
    return TrainingResult(members.best, np.asarray(members.best_loss), history[:done])


@dataclass(frozen=True)
class Listener:
    """Who follows the training, where it is kept, and how many trainings go on at a time.

    Parameters
    ----------
    progress : Progress
        Told after every chunk.
    checkpoint : Path, optional
        File from which an interrupted training goes on; None keeps nothing. It is matched by
        names and shapes only: the caller keeps one file for one plan and seed, as a run folder
        does.
    jobs : int
        Trainings at a time where there are several, each in a process of its own with one thread;
        1 trains in this process.
    """

    progress: Progress = field(default_factory=SilentProgress)
    checkpoint: Path | None = None
    jobs: int = 1

    def silenced(self) -> Listener:
        """Return a listener that shows no progress."""
        return replace(self, progress=SilentProgress())

    def at(self, name: str) -> Listener:
        """Return a listener with a checkpoint of another name in the same folder."""
        if self.checkpoint is None:
            return self
        return replace(self, checkpoint=self.checkpoint.with_name(f"{name}.safetensors"))

    def restore(self, members: _Members, history: np.ndarray) -> tuple[Any, ...] | None:
        """Return members, history and finished chunks of an earlier process, if any."""
        if self.checkpoint is None or not self.checkpoint.is_file():
            return None
        like = (members, history, np.zeros((), np.int64))
        saved, seen, done = load_tree(self.checkpoint, like)
        return saved, seen, int(done)

    def save(self, members: _Members, history: np.ndarray, done: int) -> None:
        """Write members, history and number of finished chunks, where a file was named."""
        if self.checkpoint is not None:
            save_tree(self.checkpoint, (members, history, np.asarray(done, np.int64)))


def select_best(result: TrainingResult, groups: int, keep: int = 1) -> TrainingResult:
    """Keep, in each of ``groups`` equal runs of members, those of lowest validation loss.

    Parameters
    ----------
    result : TrainingResult
        Of ``groups * restarts`` members, restarts of a group next to each other.
    groups : int
        Number of independent fits.
    keep : int
        Members of each that are kept.

    Returns
    -------
    TrainingResult
        Of ``groups * keep`` members, the best of a group first.
    """
    # NaN sorts by no rule of ours; a diverged member must be the last choice.
    losses = np.where(np.isfinite(result.validation_loss), result.validation_loss, np.inf)
    by_group = losses.reshape(groups, -1)
    order = by_group.argsort(axis=1, kind="stable")[:, :keep]
    chosen = (order + np.arange(groups)[:, None] * by_group.shape[1]).ravel()
    return TrainingResult(
        jax.tree.map(lambda leaf: leaf[chosen], result.parameters),
        result.validation_loss[chosen],
        result.history[:, :, chosen],
    )


def _start(optimiser: Optimiser, parameters: PyTree, data: PyTree) -> _Members:
    state = jax.vmap(optimiser.init)(parameters, data)
    n_members = jax.tree.leaves(parameters)[0].shape[0]
    members = _Members(
        parameters,
        state,
        parameters,
        jnp.full(n_members, jnp.inf),
        jnp.zeros(n_members, jnp.int32),
    )
    # With their types settled: numbers whose type may still give way are other arguments than those
    # that come out of a step, and every program would be compiled twice.
    return jax.tree.map(lambda leaf: jnp.asarray(leaf, leaf.dtype), members)


# The optimiser, the validation and the plan's numbers are static: a second training with the same
# ones needs no new compilation.
@eqx.filter_jit
def _step_chunk(
    optimiser: Optimiser, chunk: int, members: _Members, data: PyTree, key: PRNGKeyArray
) -> tuple[_Members, Array]:
    def member(parameters: PyTree, state: PyTree, data: PyTree, key: PRNGKeyArray) -> Any:  # noqa: ANN401
        def one(carry: tuple[PyTree, PyTree], step_key: PRNGKeyArray) -> Any:  # noqa: ANN401
            parameters, state, loss = optimiser.step(*carry, data, step_key)
            return (parameters, state), loss

        (parameters, state), losses = jax.lax.scan(
            one, (parameters, state), jax.random.split(key, chunk)
        )
        return parameters, state, jnp.mean(losses)

    keys = jax.random.split(key, members.best_loss.shape[0])
    parameters, state, loss = jax.vmap(member)(members.parameters, members.state, data, keys)
    return members._replace(parameters=parameters, state=state), loss


@eqx.filter_jit
def _judge(
    validate: Validation, patience: int, tolerance: float, members: _Members, data: PyTree
) -> tuple[_Members, Array]:
    loss = jax.vmap(validate)(members.parameters, data)
    # A finished member stays as it is while others go on, as it would alone.
    running = members.waited < patience
    # Patience asks for a relative gain, or noise in the last digits would keep a training alive.
    better = running & (loss < members.best_loss * (1 - tolerance))
    improved = running & (loss < members.best_loss)

    def keep(new: Array, old: Array) -> Array:
        return jnp.where(improved.reshape(-1, *[1] * (new.ndim - 1)), new, old)

    best = jax.tree.map(keep, members.parameters, members.best)
    waited = jnp.where(better, 0, members.waited + 1)
    best_loss = jnp.where(improved, loss, members.best_loss)
    return members._replace(best=best, best_loss=best_loss, waited=waited), loss
