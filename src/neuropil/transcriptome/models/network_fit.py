"""Training of pair networks: a few regions and all their pairs at a time, folds side by side."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, NamedTuple, Self

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, PRNGKeyArray, PyTree
from pydantic import Field

from neuropil.contracts import InputError, Settings
from neuropil.learning import Listener, Optimiser, TrainingPlan, train
from neuropil.transcriptome.data import Regions, score_genes
from neuropil.transcriptome.models.base import PairModel, check_pairs, train_block
from neuropil.transcriptome.models.gene_coexpression import gram_features
from neuropil.transcriptome.models.pair_network import (
    Moments,
    PairNetwork,
    RegionInputs,
    count_numbers,
)
from neuropil.transcriptome.splits import inner_splits

__all__ = ["Member", "NetworkModel", "NetworkPlan", "fit_networks"]


# Learning rate at the last step, as a share of the first, and largest norm of a gradient: usual
# values of both, which were not tuned.
_LAST_RATE, _LARGEST_GRADIENT = 0.02, 1.0

# Relative improvement of the inner validation loss that counts. It is far below the noise between
# two validations, so that the patience alone ends a fit; it was not tuned.
_TOLERANCE = 1e-4


class NetworkPlan(Settings):
    """How networks are trained.

    Rate, weight decay and dropout did best, or level with the best, among those that were tried on
    inner validation regions (card.md, "What was tried"); fits are best after 200 to 700 steps.

    Parameters
    ----------
    steps : int
        Most steps.
    chunk : int
        Steps between validations on the inner validation pairs.
    patience : int
        Validations without improvement after which a fit is finished.
    regions : int
        Regions drawn for a step, of which all pairs are used.
    learning_rate : float
        At the first step; it falls along a cosine.
    weight_decay : float
        Of AdamW.
    dropout : float or None
        Share of units set to 0; that of the model when None.
    refit : bool
        Whether a second network is trained, from another start and on all train regions, for as
        many steps as were best inside; predictions are then the mean of both.
    """

    steps: int = Field(default=1000, ge=1)
    chunk: int = Field(default=50, ge=1)
    patience: int = Field(default=6, ge=1)
    regions: int = Field(default=40, ge=4)
    learning_rate: float = Field(default=1e-3, gt=0)
    weight_decay: float = Field(default=1e-4, ge=0)
    dropout: float | None = Field(default=None, ge=0, lt=1)
    refit: bool = True


class Member(NamedTuple):
    """What changes while one network is trained.

    Parameters
    ----------
    network : PairNetwork
        Trained numbers.
    moments : Moments
        Of hidden units, for use outside training.
    taken : () int array
        Steps so far.
    """

    network: PairNetwork
    moments: Moments
    taken: Array


class _Data(NamedTuple):
    """What one fold sees: no connection of a test region is among it."""

    inputs: RegionInputs
    target: Array
    chance: Array
    validate: Array
    stop: Array


class NetworkDescent(Optimiser):
    """AdamW on the pairs of a few regions that are drawn for each step.

    Parameters
    ----------
    plan : NetworkPlan
        Rate, decay and number of regions.
    """

    plan: NetworkPlan = eqx.field(static=True)

    def _transform(self) -> optax.GradientTransformation:
        rate = optax.cosine_decay_schedule(self.plan.learning_rate, self.plan.steps, _LAST_RATE)
        decayed = optax.adamw(rate, weight_decay=self.plan.weight_decay)
        return optax.chain(optax.clip_by_global_norm(_LARGEST_GRADIENT), decayed)

    def init(self, parameters: PyTree, data: PyTree) -> PyTree:
        """Return moments of zero, as Adam begins."""
        del data
        return self._transform().init(parameters.network)

    def step(
        self, parameters: PyTree, state: PyTree, data: PyTree, key: PRNGKeyArray
    ) -> tuple[PyTree, PyTree, Array]:
        """Draw regions and descend along the gradient of their pairs."""
        first, second = jax.random.split(key)
        n = data.chance.shape[0]
        rows = jax.random.choice(
            first, n, (self.plan.regions,), replace=False, p=data.chance / data.chance.sum()
        )
        one, other = jnp.triu_indices(self.plan.regions, 1)
        target = data.target[rows[one], rows[other]]

        def loss(network: PairNetwork) -> tuple[Array, Moments]:
            scores, moments = network.learn(data.inputs.take(rows), parameters.moments, second)
            return jnp.mean((scores - target) ** 2), moments

        (value, moments), gradient = jax.value_and_grad(loss, has_aux=True)(parameters.network)
        updates, state = self._transform().update(gradient, state, parameters.network)
        network = optax.apply_updates(parameters.network, updates)
        return Member(network, moments, parameters.taken + 1), state, value


def _validation_loss(parameters: PyTree, data: PyTree) -> Array:
    rows = data.validate
    scores = parameters.network.score(data.inputs.take(rows), parameters.moments)
    one, other = jnp.triu_indices(rows.shape[0], 1)
    return jnp.mean((scores[one, other] - data.target[rows[one], rows[other]]) ** 2)


def _steps_from_stop(parameters: PyTree, data: PyTree) -> Array:
    """Be least at the step that was best inside the train regions."""
    return jnp.abs(parameters.taken - data.stop).astype(jnp.float32)


class NetworkModel(PairModel):
    """A pair network as an estimator.

    Attributes
    ----------
    members_ : tuple of Member
        The networks whose mean is the prediction: the one that was stopped inside, and with
        ``plan.refit`` the one that was trained on all train regions.
    history_ : (chunks, 2) array
        Training and inner validation loss.
    """

    default_dropout: ClassVar[float]
    plan: NetworkPlan | Mapping[str, Any] | None
    random_state: int

    @abstractmethod
    def build(self, n_genes: int, key: PRNGKeyArray) -> PairNetwork:
        """Return a network before training.

        Parameters
        ----------
        n_genes : int
            Numbers of a region.
        key : PRNG key
            Source of the start.
        """

    @property
    def _settings(self) -> NetworkPlan:
        return NetworkPlan.build(self.plan, where="plan")

    @property
    def _dropout(self) -> float:
        """Share of units that dropout sets to 0."""
        chosen = self._settings.dropout
        return self.default_dropout if chosen is None else chosen

    def inputs_of(self, regions: Regions) -> RegionInputs:
        """Return what the network sees: z-scored genes, or scores of the Gram matrix."""
        if regions.expression is not None:
            genes = score_genes(regions.expression)
        else:
            genes = gram_features(regions.coexpression)
        return RegionInputs(
            jnp.asarray(genes, jnp.float32), jnp.asarray(regions.coordinates, jnp.float32)
        )

    def fit(
        self,
        regions: Regions,
        connectivity: np.ndarray,
        train: np.ndarray,
        listener: Listener | None = None,
    ) -> Self:
        """Train until the inner validation pairs get no better, then on all train regions.

        Parameters
        ----------
        regions, connectivity, train
            As in :meth:`PairModel.fit <neuropil.transcriptome.PairModel.fit>`.
        listener : Listener, optional
            Progress.

        Returns
        -------
        NetworkModel
            Itself.
        """
        fit_networks([self], regions, connectivity, [train], listener)
        return self

    def _fit(self, regions: Regions, connectivity: np.ndarray, train: np.ndarray) -> None:
        fit_networks([self], regions, connectivity, [train])

    def _predict(self, rows: np.ndarray) -> np.ndarray:
        inputs = self.inputs_.take(jnp.asarray(rows))
        scores = [_score(member.network, inputs, member.moments) for member in self.members_]
        return np.mean(scores, axis=0, dtype=float)

    def count_parameters(self) -> int:
        """Count the trained numbers of one network."""
        self._check_fitted()
        return count_numbers(self.members_[0].network)


@eqx.filter_jit
def _score(network: PairNetwork, inputs: RegionInputs, moments: Moments) -> Array:
    return network.score(inputs, moments)


def fit_networks(
    models: Sequence[NetworkModel],
    regions: Regions,
    connectivity: np.ndarray,
    trains: Sequence[np.ndarray],
    listener: Listener | None = None,
) -> None:
    """Fit models of the same settings to several sets of train regions in one program.

    Parameters
    ----------
    models : sequence of NetworkModel
        One for each set; they differ in ``random_state`` alone.
    regions : Regions
        Features of n regions.
    connectivity : (n, n) array
        Read among each model's train regions and nowhere else.
    trains : sequence of (m,) int array
        Train regions of each model.
    listener : Listener, optional
        Progress.

    Raises
    ------
    InputError
        When a step would draw more regions than there are, or an argument has the wrong type or
        shape.
    """
    for model in models:
        model._check_seed()
    trains = [check_pairs(regions, connectivity, train)[1] for train in trains]
    plan, listener = models[0]._settings, listener or Listener()
    inputs = models[0].inputs_of(regions)
    data = _gather(models, regions, connectivity, trains, inputs)
    descent, key = NetworkDescent(plan), jax.random.key(models[0].random_state)
    start = _start(models, inputs, 0)
    inside = TrainingPlan(plan.steps, plan.chunk, plan.patience, _TOLERANCE, "training inside")
    found = train(descent, start, data, _validation_loss, inside, key, listener)
    trained = [found.parameters]
    if plan.refit:
        start, key = _start(models, inputs, 1), jax.random.fold_in(key, 1)
        every = _all_train(data, trains, found.parameters.taken)
        on_all = TrainingPlan(int(jnp.max(every.stop)), plan.chunk, 1, 0.0, "training on all")
        again = train(descent, start, every, _steps_from_stop, on_all, key, listener)
        trained.append(again.parameters)
    for index, model in enumerate(models):
        model.members_ = jax.tree.map(lambda leaf, at=index: leaf[at], tuple(trained))
        model.history_ = found.history[:, :, index]
        model.inputs_ = inputs
        model.regions_ = regions


def _start(models: Sequence[NetworkModel], inputs: RegionInputs, which: int) -> Member:
    n_genes = inputs.genes.shape[1]
    keys = [jax.random.fold_in(jax.random.key(model.random_state), which) for model in models]

    def begin(key: PRNGKeyArray) -> Member:
        network = models[0].build(n_genes, key)
        return Member(network, Moments.start(), jnp.zeros((), jnp.int32))

    return eqx.filter_vmap(begin)(jnp.stack(keys))


def _gather(
    models: Sequence[NetworkModel],
    regions: Regions,
    connectivity: np.ndarray,
    trains: Sequence[np.ndarray],
    inputs: RegionInputs,
) -> _Data:
    n, wanted = regions.n, models[0]._settings.regions
    targets, chances, validations = [], [], []
    for model, rows in zip(models, trains, strict=True):
        target = np.zeros((n, n), dtype=np.float32)
        target[np.ix_(rows, rows)] = train_block(connectivity, rows)
        [(fit, validate)] = inner_splits("random", regions, rows, model.random_state)
        if len(fit) < wanted:
            raise InputError(
                f"expected at least {wanted} regions to train on, found {len(fit)}",
                where="NetworkPlan.regions",
                repair="Draw fewer regions for a step.",
            )
        targets.append(target)
        chances.append(np.isin(np.arange(n), fit).astype(np.float32))
        validations.append(validate)
    shortest = min(len(each) for each in validations)
    m = len(models)
    return _Data(
        jax.tree.map(lambda leaf: jnp.broadcast_to(leaf, (m, *leaf.shape)), inputs),
        jnp.asarray(np.stack(targets)),
        jnp.asarray(np.stack(chances)),
        jnp.asarray(np.stack([each[:shortest] for each in validations])),
        jnp.zeros(m, jnp.int32),
    )


def _all_train(data: _Data, trains: Sequence[np.ndarray], stop: Any) -> _Data:  # noqa: ANN401
    n = data.chance.shape[1]
    chances = [np.isin(np.arange(n), rows).astype(np.float32) for rows in trains]
    return data._replace(chance=jnp.asarray(np.stack(chances)), stop=jnp.maximum(stop, 1))
