"""The variational model of two modalities: its loss, its start, and what is fitted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt
from jaxtyping import Array, PRNGKeyArray
from pydantic import Field

from neuropil.cohorts.components import PrincipalComponents, find_axes
from neuropil.cohorts.data import Views
from neuropil.cohorts.joint.models.base import Latents, PairedModel, Specification
from neuropil.cohorts.joint.models.canonical import Canonical, CanonicalModel, complement
from neuropil.cohorts.joint.models.curved import Curved, CurvedModel, QuadraticRidge
from neuropil.cohorts.joint.models.network import (
    Fusion,
    Network,
    Posterior,
    Sizes,
    Start,
)
from neuropil.contracts import SeedTree, Settings
from neuropil.learning import AdamDescent, Listener, TrainingPlan, train

__all__ = ["Variational", "VariationalModel", "VariationalPlan"]

Numbers = npt.NDArray[np.floating]
# A log variance is kept where exp neither vanishes nor overflows in single precision.
_LEAST, _MOST = -10.0, 6.0
_TINY = 1e-6  # share of subjects that is none
_FEWEST_ROWS = 32


class VariationalPlan(Settings):
    """How the network is made and trained.

    Parameters
    ----------
    fusion : {"attention", "concatenation", "product", "mixture"}
        How what the modalities say of the joint coordinates becomes one posterior.
    start : {"closed-form", "random"}
        Whether the network corrects closed-form paths or begins with random ones of the same size.
    epochs : int
        Passes over the training subjects.
    batch : int
        Subjects of a step.
    learning_rate : float
        Of Adam, at the first step.
    dropout : float
        Share of subjects, in each step, of which the network sees one modality alone.
    prior_joint, prior_individual : float
        Weights of the divergence of the coordinates from their prior.
    cross : float
        Weight of predicting a modality from the other one alone.
    agreement : float
        Weight of the divergence of the posterior of both modalities from that of one.
    independence : float
        Weight of the covariances between joint and individual coordinates.
    patience : int
        Validations, one every ten epochs, without improvement after which training ends.
    """

    fusion: Fusion = "attention"
    start: str = Field(default="closed-form", pattern="^(closed-form|random)$")
    epochs: int = Field(default=200, ge=1)
    batch: int = Field(default=64, ge=2)
    learning_rate: float = Field(default=1e-3, gt=0)
    dropout: float = Field(default=0.3, ge=0, le=1)
    prior_joint: float = Field(default=0.01, ge=0)
    prior_individual: float = Field(default=0.01, ge=0)
    cross: float = Field(default=1.0, ge=0)
    # Off: a coordinate that one modality has by its square alone has no sign there, and a term that
    # pulls the posterior of both towards that of one would take it away.
    agreement: float = Field(default=0.0, ge=0)
    independence: float = Field(default=0.1, ge=0)
    patience: int = Field(default=5, ge=1)


class _Data(eqx.Module):
    """White components of subjects, and which are there."""

    scores: tuple[Array, Array]
    there: Array  # (n, 2)


class _Loss(eqx.Module):
    """What training lowers on a batch, and what it is judged by on validation subjects."""

    plan: VariationalPlan = eqx.field(static=True)
    frame: Any

    def __call__(self, parameters: Any, data: Any, key: PRNGKeyArray) -> Array:  # noqa: ANN401
        network, (training, _) = eqx.combine(parameters, self.frame), data
        # Few draws, since each takes half a second to compile.
        order, hide, noise = jax.random.split(key, 3)
        # Distinct subjects: of one that comes twice the covariances would be taken twice.
        n = training.there.shape[0]
        lots = jax.random.uniform(order, (n,)) + (training.there.sum(axis=1) == 0)
        rows = jnp.argsort(lots)[: min(self.plan.batch, n)]
        batch = jax.tree.map(lambda leaf: leaf[rows], training)
        # Of some that have both, one is hidden: the first below half of the share, else the second.
        lot = jax.random.uniform(hide, (len(rows), 1)) / max(self.plan.dropout, _TINY)
        halves = jnp.concatenate([lot < 0.5, (lot >= 0.5) & (lot < 1)], axis=1)
        seen = batch.there * ~(halves & (batch.there.sum(axis=1, keepdims=True) > 1))
        posterior, alone = _encode_ways(network, batch, seen)
        drawn = _draw(posterior, noise)
        total = self._likelihood(network, batch, seen, drawn)
        total += self.plan.cross * _cross_misfit(network, batch, alone)
        if self.plan.agreement:
            total += self.plan.agreement * _disagreement(network, batch, alone)
        return total + self._rest(seen, posterior)

    def judge(self, parameters: Any, data: Any) -> Array:  # noqa: ANN401
        """Return the misfit of validation subjects at the posterior means, own and crossed."""
        network, (_, unseen) = eqx.combine(parameters, self.frame), data
        posterior, alone = _encode_ways(network, unseen, unseen.there)
        fit = self._likelihood(network, unseen, unseen.there, posterior)
        return fit + self.plan.cross * _cross_misfit(network, unseen, alone)

    def _likelihood(self, network: Network, batch: _Data, seen: Array, drawn: Posterior) -> Array:
        decoded = jax.vmap(network.decode)(drawn.joint, drawn.individual)
        return sum(
            (_misfit(batch.scores[m] - decoded[m], network.noise[m], seen[:, m]) for m in (0, 1)),
            start=jnp.zeros(()),
        )

    def _rest(self, seen: Array, posterior: Posterior) -> Array:
        plan = self.plan
        apart = _divergence(posterior.joint, posterior.joint_log_variance)
        known = jnp.max(seen, axis=1)
        total = plan.prior_joint * jnp.sum(apart * known) / _count(known)
        for m in (0, 1):
            apart = _divergence(posterior.individual[m], posterior.individual_log_variance[m])
            total += plan.prior_individual * jnp.sum(apart * seen[:, m]) / _count(seen[:, m])
        return total + plan.independence * _dependence(posterior, seen)


def _encode_ways(
    network: Network, batch: _Data, seen: Array
) -> tuple[Posterior, tuple[Posterior, Posterior]]:
    """Encode subjects by what is seen of them, by the first modality alone, and by the second.

    All in one call, so that the encoder is compiled once and not three times.
    """
    n = len(seen)
    ways = jnp.concatenate([seen, *(jnp.tile(one, (n, 1)) for one in jnp.eye(2))])
    thrice = jax.tree.map(lambda leaf: jnp.tile(leaf, (3, 1)), batch.scores)
    found = jax.vmap(network.encode)(thrice, ways)

    def part(k: int) -> Posterior:
        one: Posterior = jax.tree.map(lambda leaf: leaf[k * n : (k + 1) * n], found)
        return one

    return part(0), (part(1), part(2))


def _draw(posterior: Posterior, key: PRNGKeyArray) -> Posterior:
    means = (posterior.joint, *posterior.individual)
    levels = (posterior.joint_log_variance, *posterior.individual_log_variance)
    ends = np.cumsum([mean.shape[1] for mean in means])
    noise = jax.random.normal(key, (len(means[0]), int(ends[-1])))
    joint, *individual = (
        mean + jnp.exp(0.5 * jnp.clip(level, _LEAST, _MOST)) * one
        for mean, level, one in zip(
            means, levels, jnp.split(noise, ends[:-1].tolist(), axis=1), strict=True
        )
    )
    return eqx.tree_at(lambda p: (p.joint, p.individual), posterior, (joint, tuple(individual)))


def _misfit(error: Array, log_variance: Array, there: Array) -> Array:
    """Return the mean over subjects that are there of minus the log density of their errors."""
    level = jnp.clip(log_variance, _LEAST, _MOST)
    each = 0.5 * jnp.sum(error**2 / jnp.exp(level) + level, axis=1)
    return jnp.sum(each * there) / _count(there)


def _count(there: Array) -> Array:
    return jnp.maximum(jnp.sum(there), 1.0)


def _cross_misfit(network: Network, batch: _Data, alone: tuple[Posterior, Posterior]) -> Array:
    """Return the misfit of each modality as the joint coordinates of the other one foretell it."""
    both = batch.there[:, 0] * batch.there[:, 1]
    total = jnp.zeros(())
    for m in (0, 1):
        decoded = jax.vmap(lambda z, m=m: network.decode_joint(z, m))(alone[1 - m].joint)
        total += _misfit(batch.scores[m] - decoded, network.cross_noise[m], both)
    return total


def _divergence(mean: Array, log_variance: Array) -> Array:
    level = jnp.clip(log_variance, _LEAST, _MOST)
    return 0.5 * jnp.sum(jnp.exp(level) + mean**2 - 1 - level, axis=1)


def _disagreement(network: Network, batch: _Data, alone: tuple[Posterior, Posterior]) -> Array:
    """Return the divergence of the posterior of both modalities from that of each alone."""
    both = batch.there[:, 0] * batch.there[:, 1]
    full = jax.vmap(network.encode)(batch.scores, jnp.ones_like(batch.there))
    total = jnp.zeros(())
    for one in alone:
        ratio = full.joint_log_variance - one.joint_log_variance
        apart = (full.joint - one.joint) ** 2 * jnp.exp(-one.joint_log_variance)
        each = 0.5 * jnp.sum(jnp.exp(ratio) + apart - 1 - ratio, axis=1)
        total += jnp.sum(each * both) / _count(both)
    return total


def _dependence(posterior: Posterior, seen: Array) -> Array:
    """Return the squared covariances between the sets of coordinates."""
    whole = seen[:, 0] * seen[:, 1]
    sets = (posterior.joint, *posterior.individual)
    centred = [
        (each - jnp.sum(each * whole[:, None], axis=0) / _count(whole)) * whole[:, None]
        for each in sets
    ]
    pairs = ((0, 1), (0, 2), (1, 2))
    return sum(
        (jnp.sum((centred[a].T @ centred[b] / _count(whole)) ** 2) for a, b in pairs),
        start=jnp.zeros(()),
    )


@dataclass(frozen=True)
class Variational(Specification):
    """A network that begins at the better of two closed forms.

    Parameters
    ----------
    plan : VariationalPlan
        How it is made and trained.
    n_components, n_joint : int, optional
        Principal components of each modality, and joint coordinates; None takes those before the
        largest gap, and those that the closed form finds.
    """

    plan: VariationalPlan = field(default_factory=VariationalPlan)
    n_components: int | None = None
    n_joint: int | None = None

    def fit(
        self,
        training: Views,
        validation: Views,
        seed: SeedTree,
        listener: Listener | None = None,
    ) -> VariationalModel:
        """Fit it to training subjects; validation subjects choose the start and when to stop."""
        closed = _choose_closed(self, training, validation, seed)
        start = _take_over(closed)
        names = training.modalities
        sizes = Sizes(
            tuple(len(closed.axes[name].spread) for name in names),  # type: ignore[arg-type]
            start.offset.shape[1],
            tuple(len(basis) for basis in start.basis),  # type: ignore[arg-type]
        )
        key = jax.random.key(seed.child("network").integer())
        if self.plan.start == "random":
            start = _scramble(start, key)
        network = Network(start, sizes, self.plan.fusion, key)
        model = VariationalModel(closed.axes, network)
        data = tuple(model.gather(views) for views in (training, validation))
        return replace(model, network=_train(network, data, self.plan, seed, listener))


def _choose_closed(
    given: Variational, training: Views, validation: Views, seed: SeedTree
) -> CanonicalModel | CurvedModel:
    """Fit both closed forms and take the one that predicts across better in validation subjects."""
    axes = find_axes(training, validation, given.n_components)
    straight = Canonical(rank="tested" if given.n_joint is None else given.n_joint).fit_on(
        axes, training, seed
    )
    curved = Curved(n_joint=given.n_joint).fit_on(axes, training, seed)
    pairs = validation.take(validation.complete())
    if not pairs.n_subjects:
        return straight

    def misfit(model: PairedModel) -> float:
        # In units of the variance of each modality, so that both count alike.
        return sum(
            float(np.nanmean((model.predict(pairs, name) - edges) ** 2) / np.nanvar(edges))
            for name, edges in pairs.edges.items()
        )

    return curved if misfit(curved) < misfit(straight) else straight


def _linear(weights: Numbers) -> Array:
    """Return weights of coordinates as weights of their features, products left out."""
    k = len(weights)
    return jnp.asarray(np.concatenate([weights, np.zeros((k * (k + 1) // 2, weights.shape[1]))]))


def _straight_start(model: CanonicalModel) -> Start:
    first, second = (model.weights[name] for name in model.axes)
    rank = len(model.correlations)
    return Start(
        (_linear(first / 2), _linear(second / 2)),
        # What the side that is not there is expected to be.
        (_linear(first * model.correlations), _linear(second * model.correlations)),
        jnp.zeros((3, rank)),
        (_linear(first.T), _linear(second.T)),
        (jnp.zeros(len(first)), jnp.zeros(len(second))),
        (jnp.asarray(complement(first).T), jnp.asarray(complement(second).T)),
    )


def _raw(ridge: QuadraticRidge) -> tuple[Numbers, Numbers]:
    """Return weights and offset of the features themselves."""
    weights = ridge.coefficients / ridge.scale[:, None]
    return weights, ridge.offset - ridge.centre @ weights


def _curved_start(model: CurvedModel) -> Start:
    back, back_offset = _raw(model.back)
    onto, onto_offset = _raw(model.onto)
    rank = model.joint.shape[1]
    first = next(iter(model.axes)) == model.driver

    def order(driver: Any, other: Any) -> Any:  # noqa: ANN401
        pair = (jnp.asarray(driver), jnp.asarray(other))
        return pair if first else pair[::-1]

    along, nothing = _linear(model.joint), np.zeros((len(back), rank))
    still = np.zeros(rank)
    return Start(
        order(along, nothing),
        order(along, back),
        jnp.stack([jnp.zeros(rank), *order(still, back_offset)]),
        order(_linear(model.joint.T), onto),
        order(np.zeros(len(model.joint)), onto_offset),
        order(complement(model.joint).T, complement(model.targets).T),
    )


def _take_over(model: CanonicalModel | CurvedModel) -> Start:
    return _curved_start(model) if isinstance(model, CurvedModel) else _straight_start(model)


def _scramble(start: Start, key: PRNGKeyArray) -> Start:
    """Replace every path by a random linear one of the same size."""
    leaves, shape = jax.tree.flatten(start)
    keys = jax.random.split(key, len(leaves))

    def draw(leaf: Array, key: PRNGKeyArray) -> Array:
        # An offset has no input to scale by.
        return jax.random.normal(key, leaf.shape) / np.sqrt(max(1, leaf.shape[0])) * (leaf.ndim > 1)

    return jax.tree.unflatten(shape, [draw(*pair) for pair in zip(leaves, keys, strict=True)])


def _train(
    network: Network,
    data: tuple[_Data, ...],
    plan: VariationalPlan,
    seed: SeedTree,
    listener: Listener | None,
) -> Network:
    parameters, frame = eqx.partition(network, _choose_trained(network, plan))
    loss = _Loss(plan, frame)
    n = int(data[0].there.max(axis=1).sum())
    each = max(1, n // plan.batch)
    steps = TrainingPlan(
        plan.epochs * each, 10 * each, plan.patience, tolerance=0.0, label="training"
    )
    found = train(
        AdamDescent(loss, plan.learning_rate, plan.epochs * each),
        jax.tree.map(lambda leaf: leaf[None], parameters),
        jax.tree.map(lambda leaf: leaf[None], data),
        loss.judge,
        steps,
        jax.random.key(seed.child("training").integer()),
        listener,
    )
    best = jax.tree.map(lambda leaf: leaf[0], found.parameters)
    combined: Network = eqx.combine(best, frame)
    return combined


def _choose_trained(network: Network, plan: VariationalPlan) -> Any:  # noqa: ANN401
    """Tell of every leaf whether training changes it; what closed forms found stays."""
    trained = jax.tree.map(eqx.is_inexact_array, network)
    if plan.start == "random":
        return trained
    still = jax.tree.map(lambda _: False, network.start)
    return eqx.tree_at(lambda each: each.start, trained, still)


@dataclass(frozen=True)
class VariationalModel(PairedModel):
    """A fitted network.

    Parameters
    ----------
    axes : mapping of str to PrincipalComponents
        Of each modality.
    network : Network
        Fitted.
    """

    axes: Mapping[str, PrincipalComponents]
    network: Network = field(repr=False)

    def encode(self, views: Views) -> Latents:
        """Return the posterior means of subjects."""
        posterior = self._encode(views)
        individual = {
            name: np.where(views.present(name)[:, None], posterior.individual[m], np.nan)
            for m, name in enumerate(views.modalities)
        }
        return Latents(np.asarray(posterior.joint, float), individual)

    def predict(self, views: Views, target: str) -> Numbers:
        """Predict a modality from the joint coordinates of the other one alone."""
        joint = self._encode(views.only(views.other(target))).joint
        apart = tuple(np.zeros((len(joint), k), np.float32) for k in self.network.sizes.individual)
        return self._expand(joint, apart, target)

    def reconstruct(self, views: Views, modality: str) -> Numbers:
        """Reconstruct a modality from all coordinates of each subject."""
        posterior = self._encode(views)
        return self._expand(posterior.joint, posterior.individual, modality)

    def _encode(self, views: Views) -> Posterior:
        return _cut(_encode(self.network, self.gather(views)), views.n_subjects)

    def _expand(self, joint: Any, individual: Any, modality: str) -> Numbers:  # noqa: ANN401
        """Return the edges of a modality that coordinates stand for."""
        n, m = len(joint), tuple(self.axes).index(modality)
        coordinates = jax.tree.map(lambda leaf: _fill_up(np.asarray(leaf)), (joint, individual))
        decoded = _decode(self.network, *coordinates)[m]
        return self.axes[modality].expand(np.asarray(decoded, float)[:n])

    def spread(self, views: Views, target: str, *, cross: bool) -> Numbers:
        """Return the standard deviation of every edge around its prediction, shape (n_edges,).

        Parameters
        ----------
        views : Views
            Names the modalities.
        target : str
            Whose edges.
        cross : bool
            Around the prediction from the other modality, or from all coordinates.
        """
        m, axes = views.modalities.index(target), self.axes[target]
        levels = self.network.cross_noise if cross else self.network.noise
        variance = np.exp(np.clip(np.asarray(levels[m], float), _LEAST, _MOST)) * axes.spread**2
        return np.asarray(np.sqrt(variance @ axes.directions**2 + axes.residual))

    def traverse(self, modality: str | None, index: int, size: float = 2.0) -> dict[str, Numbers]:
        """Move one coordinate from minus to plus some standard deviations, all others at 0.

        Parameters
        ----------
        modality : str or None
            Whose individual coordinate, or None for a joint one.
        index : int
            Which of them.
        size : float
            Standard deviations on either side.

        Returns
        -------
        dict of str to (n_edges,) array
            Change of every edge from the one end to the other, by modality.
        """
        sizes, names = self.network.sizes, tuple(self.axes)
        # Rows: the two ends.
        ends = [np.zeros((2, k), np.float32) for k in (sizes.joint, *sizes.individual)]
        place = 0 if modality is None else 1 + names.index(modality)
        ends[place][:, index] = (-size, size)
        joint, *own = ends
        found = {}
        for name in names:
            low, high = self._expand(joint, tuple(own), name)
            found[name] = high - low
        return found

    def exchange(self, views: Views, modality: str) -> Numbers:
        """Rebuild a modality with the joint coordinates of the next subject, their own kept.

        Parameters
        ----------
        views : Views
            Subjects who have it.
        modality : str
            Its name.

        Returns
        -------
        (n, n_edges) array
            How far every edge moves.
        """
        posterior = self._encode(views)
        here, there = (
            self._expand(joint, posterior.individual, modality)
            for joint in (posterior.joint, np.roll(np.asarray(posterior.joint), 1, axis=0))
        )
        return there - here

    def sample(self, n: int, seed: SeedTree) -> dict[str, Numbers]:
        """Draw connections of n subjects: coordinates from their prior, edges with their noise.

        Parameters
        ----------
        n : int
            How many.
        seed : SeedTree
            Source of the draws.

        Returns
        -------
        dict of str to (n, n_edges) array
            By modality.
        """
        rng, sizes = seed.generator(), self.network.sizes
        joint, *own = (
            rng.standard_normal((n, k)).astype(np.float32) for k in (sizes.joint, *sizes.individual)
        )
        found: dict[str, Numbers] = {}
        for m, (name, axes) in enumerate(self.axes.items()):
            level = np.exp(np.clip(np.asarray(self.network.noise[m], float), _LEAST, _MOST) / 2)
            noise = level * rng.standard_normal((n, len(level)))
            edges = self._expand(joint, tuple(own), name) + (noise * axes.spread) @ axes.directions
            found[name] = edges + np.sqrt(axes.residual) * rng.standard_normal(edges.shape)
        return found

    def gather(self, views: Views) -> _Data:
        """Return the white components of subjects, zero where a modality is not there.

        Filled up by subjects of whom nothing is there, to one of few numbers of rows.
        """
        scores = [self.axes[name].scores(views.edges[name]) for name in views.modalities]
        there = np.stack([views.present(name) for name in views.modalities], axis=1)
        first, second = (_fill_up(np.nan_to_num(each)) for each in scores)
        return _Data((first, second), _fill_up(there))


def _fill_up(rows: Numbers | npt.NDArray[np.bool_]) -> Array:
    """Add rows of zeros up to a power of two: what is compiled is compiled for a number of rows."""
    more = max(_FEWEST_ROWS, 1 << (len(rows) - 1).bit_length()) - len(rows)
    return jnp.asarray(np.pad(rows, ((0, more), (0, 0))), jnp.float32)


def _cut(tree: Posterior, n: int) -> Posterior:
    cut: Posterior = jax.tree.map(lambda leaf: leaf[:n], tree)
    return cut


@eqx.filter_jit
def _encode(network: Network, data: _Data) -> Posterior:
    return jax.vmap(network.encode)(data.scores, data.there)


@eqx.filter_jit
def _decode(network: Network, joint: Array, individual: tuple[Array, Array]) -> tuple[Array, Array]:
    decoded: tuple[Array, Array] = jax.vmap(network.decode)(joint, individual)
    return decoded
