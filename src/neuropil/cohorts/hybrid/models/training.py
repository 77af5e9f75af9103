"""What training a hybrid network lowers, and the ways to let coordinates in by and by."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Literal

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, PRNGKeyArray, PyTree
from pydantic import Field

from neuropil.cohorts.hybrid.models.mixture import TiedMixture
from neuropil.cohorts.hybrid.models.network import (
    HybridNetwork,
    Sizes,
    begin_at_mixture,
    begin_at_random,
    empty_network,
)
from neuropil.cohorts.splits import hold_out
from neuropil.contracts import SeedTree, Settings
from neuropil.learning import AdamDescent, Listener, Optimiser, TrainingPlan, train

__all__ = ["HybridPlan", "fit_network", "train_held_out", "train_network"]

Numbers = npt.NDArray[np.floating]
Categories = Literal["exact", "gumbel"]
Schedule = Literal["none", "loss", "architecture"]

# JointVAE: capacities rise to 5 nat with a weight of 30 (Dupont 2018); that of categories ends at
# log K.
_CAPACITY, _CAPACITY_WEIGHT = 5.0, 30.0
_HOT, _COLD = 1.0, 0.4  # temperature of Gumbel-softmax at the first and the last step
# Gates: continuous coordinates are shut for a fifth of the steps and open at three fifths.
_SHUT, _OPEN = 0.2, 0.6


class HybridPlan(Settings):
    """How the network is made and trained.

    Parameters
    ----------
    start : {"mixture", "random"}
        Whether it begins at the mixture or with random paths.
    categories : {"exact", "gumbel"}
        Whether the loss is the exact sum over categories or of one drawn category.
    schedule : {"none", "loss", "architecture"}
        Whether capacities in the loss rise (JointVAE), gates before the decoder open, or neither.
    epochs : int
        Passes over the training subjects; 0 keeps the start.
    batch : int
        Subjects of a step.
    learning_rate : float
        Of Adam, at the first step.
    hidden : int
        Units of the hidden layers.
    balance : float
        Weight of the entropy of the categories of a step, which keeps them in use.
    patience : int
        Validations, one every ten epochs, without improvement after which training ends.
    """

    start: Literal["mixture", "random"] = "mixture"
    categories: Categories = "exact"
    schedule: Schedule = "none"
    epochs: int = Field(default=200, ge=0)
    batch: int = Field(default=64, ge=2)
    learning_rate: float = Field(default=1e-3, gt=0)
    hidden: int = Field(default=32, ge=1)
    balance: float = Field(default=0.0, ge=0)
    patience: int = Field(default=3, ge=1)


class _Data(eqx.Module):
    training: Array  # (n, d), in units of the network
    validation: Array


class _Parts(eqx.Module):
    """Terms of the loss, each of every subject [nat]."""

    likelihood: Array
    continuous: Array
    category: Array
    probability: Array  # (n, K)


class _Loss(eqx.Module):
    plan: HybridPlan = eqx.field(static=True)
    sizes: Sizes = eqx.field(static=True)

    def __call__(self, vector: Array, data: Any, key: PRNGKeyArray) -> Array:  # noqa: ANN401
        given, progress = data
        network = _unravel(self.sizes)(vector)
        n = given.training.shape[0]
        keys = jax.random.split(key, 3)
        # With replacement: sorting all subjects for a shuffle costs more than the step itself.
        rows = jax.random.randint(keys[0], (min(self.plan.batch, n),), 0, n)
        x = given.training[rows]
        gate = _open_gate(progress) if self.plan.schedule == "architecture" else jnp.asarray(1.0)
        if self.plan.categories == "gumbel":
            heat = _HOT + (_COLD - _HOT) * progress
            parts = _drawn(network, x, (gate, heat), keys[1:])
        else:
            parts = _exact(network, x, gate, keys[1])
        loss = -parts.likelihood.mean() + self._prior(parts, progress)
        shares = parts.probability.mean(axis=0)
        return loss + self.plan.balance * jnp.sum(shares * jnp.log(shares + 1e-9))

    def judge(self, vector: Array, data: _Data) -> Array:
        """Return the exact loss of the validation subjects, all coordinates open."""
        network = _unravel(self.sizes)(vector)
        parts = _exact(network, data.validation, jnp.asarray(1.0), _key(0))
        return (parts.continuous + parts.category - parts.likelihood).mean()

    def _prior(self, parts: _Parts, progress: Array) -> Array:
        continuous, category = parts.continuous.mean(), parts.category.mean()
        if self.plan.schedule != "loss":
            return continuous + category
        allowed = _CAPACITY * progress
        most = jnp.minimum(allowed, jnp.log(parts.probability.shape[1]))
        return _CAPACITY_WEIGHT * (jnp.abs(continuous - allowed) + jnp.abs(category - most))


class _ScheduledDescent(Optimiser):
    """Adam whose loss is told how far training is, from 0 to 1."""

    inner: AdamDescent
    steps: int = eqx.field(static=True)

    def init(self, parameters: PyTree, data: PyTree) -> PyTree:
        """Return a count of 0 and Adam's own state."""
        return jnp.zeros((), jnp.int32), self.inner.init(parameters, data)

    def step(
        self, parameters: PyTree, state: PyTree, data: PyTree, key: PRNGKeyArray
    ) -> tuple[PyTree, PyTree, Array]:
        """Descend, and count."""
        count, own = state
        progress = jnp.minimum(count / max(1, self.steps), 1.0)
        parameters, own, loss = self.inner.step(parameters, own, (data, progress), key)
        return parameters, (count + 1, own), loss


def fit_network(
    features: Numbers,
    mixture: TiedMixture,
    n_continuous: int,
    plan: HybridPlan,
    seed: SeedTree,
    listener: Listener | None = None,
) -> HybridNetwork:
    """Make a network as the plan says and train it; one subject in eight tells when to stop.

    Parameters
    ----------
    features : (n, d) array
        Of the subjects; the first ones are those of the mixture.
    mixture : TiedMixture
        Its categories, and where the network begins unless the plan says otherwise.
    n_continuous : int
        Coordinates that are asked for; at most as many as there are features for them.
    plan : HybridPlan
        How.
    seed : SeedTree
        Of the network, the division of subjects, batches and draws.
    listener : Listener, optional
        Progress and a checkpoint.
    """
    k, a = mixture.means.shape
    d = features.shape[1]
    sizes = Sizes(d, a, k, min(n_continuous, d - a or d), plan.hidden)
    key = jax.random.key(seed.child("network").integer())
    if plan.start == "mixture":
        network = begin_at_mixture(mixture, features, sizes, key)
    else:
        network = begin_at_random(features, sizes, key)
    return train_held_out(network, features, plan, seed, listener)


def train_held_out(
    network: HybridNetwork,
    features: Numbers,
    plan: HybridPlan,
    seed: SeedTree,
    listener: Listener | None = None,
) -> HybridNetwork:
    """Train a network on all but the subjects that tell when to stop; as :func:`train_network`."""
    training, validation = hold_out(np.arange(len(features)), seed)
    return train_network(network, (features[training], features[validation]), plan, seed, listener)


def train_network(
    network: HybridNetwork,
    features: tuple[Numbers, Numbers],
    plan: HybridPlan,
    seed: SeedTree,
    listener: Listener | None = None,
) -> HybridNetwork:
    """Train until validation subjects are explained no better.

    Parameters
    ----------
    network : HybridNetwork
        Where it begins; what is never improved on is kept.
    features : pair of (n, d) and (m, d) arrays
        Of training and of validation subjects.
    plan : HybridPlan
        How.
    seed : SeedTree
        Of batches and draws.
    listener : Listener, optional
        Progress and a checkpoint.
    """
    if not plan.epochs:
        return network
    training, validation = (
        network.standardise(jnp.asarray(each, jnp.float32)) for each in features
    )
    each = max(1, len(features[0]) // plan.batch)
    total = plan.epochs * each
    loss = _Loss(plan, network.sizes)
    # A schedule changes what is lowered on the way: it ends when it ends.
    patience = plan.patience if plan.schedule == "none" else total
    found = train(
        _ScheduledDescent(AdamDescent(loss, plan.learning_rate, total), total),
        ravel_pytree(network)[0][None],
        jax.tree.map(lambda leaf: leaf[None], _Data(training, validation)),
        loss.judge,
        TrainingPlan(total, min(total, 10 * each), patience, tolerance=0.0, label="training"),
        _key(seed.child("training").integer()),
        listener,
    )
    trained = _unravel(network.sizes)(found.parameters[0])
    # Units are no parameters, whatever a gradient says.
    return eqx.tree_at(
        lambda one: (one.centre, one.scale), trained, (network.centre, network.scale)
    )


# One vector for all parameters: Adam is one program for it and not one for each of fifteen arrays,
# which halves the time of compiling. Cached, so that the same sizes are the same program.
@lru_cache
def _unravel(sizes: Sizes) -> Callable[[Array], HybridNetwork]:
    found: Callable[[Array], HybridNetwork] = ravel_pytree(empty_network(sizes))[1]
    return found


def _key(seed: int) -> PRNGKeyArray:
    # Compiles five times as fast as the default generator.
    return jax.random.key(seed, impl="unsafe_rbg")


def _open_gate(progress: Array) -> Array:
    way = jnp.clip((progress - _SHUT) / (_OPEN - _SHUT), 0.0, 1.0)
    return 0.5 * (1 - jnp.cos(jnp.pi * way))


def _exact(network: HybridNetwork, x: Array, gate: Array, key: PRNGKeyArray) -> _Parts:
    """Sum over all categories, each with a draw of z of its own."""
    log_q = jax.nn.log_softmax(network.category_logits(x))
    q = jnp.exp(log_q)

    def one(mean: Array, log_noise: Array) -> tuple[Array, Array]:
        return _explain(network, x, (mean, log_noise, gate), key)

    likelihood, continuous = jax.vmap(one)(network.means, network.noise())
    return _Parts(
        (q.T * likelihood).sum(axis=0),
        (q.T * continuous).sum(axis=0),
        _diverge(network, q, log_q),
        q,
    )


def _drawn(network: HybridNetwork, x: Array, schedule: tuple[Array, Array], keys: Array) -> _Parts:
    """Draw one category a subject by Gumbel-softmax; gradients pass straight through."""
    gate, heat = schedule
    log_q = jax.nn.log_softmax(network.category_logits(x))
    q = jnp.exp(log_q)
    soft = jax.nn.softmax((log_q + jax.random.gumbel(keys[1], q.shape)) / heat)
    hard = jax.nn.one_hot(soft.argmax(axis=1), q.shape[1])
    chosen = soft + jax.lax.stop_gradient(hard - soft)
    given = (chosen @ network.means, chosen @ network.noise(), gate)
    likelihood, continuous = _explain(network, x, given, keys[0])
    return _Parts(likelihood, continuous, _diverge(network, q, log_q), q)


def _explain(
    network: HybridNetwork, x: Array, given: tuple[Array, Array, Array], key: PRNGKeyArray
) -> tuple[Array, Array]:
    """Return log likelihood of subjects and divergence of z from its prior, shape (n,) each."""
    mean, log_noise, gate = given
    centre, log_variance = network.encode(x, mean)
    z = centre + jnp.exp(0.5 * log_variance) * jax.random.normal(key, centre.shape)
    rest = x - network.decode(jnp.broadcast_to(mean, x.shape), gate * z)
    likelihood = -0.5 * (rest**2 / jnp.exp(log_noise) + log_noise + jnp.log(2 * jnp.pi)).sum(axis=1)
    divergence = 0.5 * (centre**2 + jnp.exp(log_variance) - log_variance - 1).sum(axis=1)
    return likelihood, divergence


def _diverge(network: HybridNetwork, q: Array, log_q: Array) -> Array:
    prior = jax.nn.log_softmax(network.log_share)
    return (q * (log_q - prior)).sum(axis=1)
