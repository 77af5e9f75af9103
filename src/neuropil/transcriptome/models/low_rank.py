"""A few hidden maps that are linear in the genes; connected regions have alike values."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, PRNGKeyArray, PyTree

from neuropil.learning import AdamDescent, TrainingPlan
from neuropil.learning import train as run_training
from neuropil.transcriptome.data import Regions
from neuropil.transcriptome.models.base import PairModel, train_block
from neuropil.transcriptome.models.gene_coexpression import gram_features
from neuropil.transcriptome.splits import inner_splits

__all__ = ["LowRankModel"]

# How the descent is watched; none of the three was tuned, and `steps` bounds them all.
_CHUNK = 25  # steps between validations
_PATIENCE = 10  # validations without an improvement before it ends
_TOLERANCE = 1e-4  # relative improvement of the validation loss that counts

# A start so small that all predictions begin near 0, where the gradient of W is linear in W.
_START = 0.1


class _Data(NamedTuple):
    genes: Array
    target: Array
    fit: Array
    validate: Array


class LowRankModel(PairModel):
    """Inner product of a linear map of both regions' expression: y_ij = (W x_i)' (W x_j).

    Parameters
    ----------
    rank : int
        Rows of W.
    penalty : float
        Weight of the mean square of W.
    steps : int
        Most steps of Adam, each on all train pairs.
    learning_rate : float
        At the first step.
    random_state : int
        Seed of the start and of the inner split that stops the training.

    Attributes
    ----------
    weights_ : (rank, g) array
        W.

    References
    ----------
    Ratzan et al. 2025, NeurIPS, for the model.
    """

    def __init__(
        self,
        rank: int = 10,
        penalty: float = 1e-3,
        steps: int = 3000,
        learning_rate: float = 0.003,
        random_state: int = 0,
    ) -> None:
        self.rank = rank
        self.penalty = penalty
        self.steps = steps
        self.learning_rate = learning_rate
        self.random_state = random_state

    def _fit(self, regions: Regions, connectivity: np.ndarray, train: np.ndarray) -> None:
        """Descend until the inner validation pairs get no better."""
        target = np.zeros((regions.n, regions.n), dtype=np.float32)
        target[np.ix_(train, train)] = train_block(connectivity, train)
        [(fit, validate)] = inner_splits("random", regions, train, self.random_state)
        genes = _features(regions)
        data = _Data(*(jnp.asarray(each)[None] for each in (genes, target, fit, validate)))
        key = jax.random.key(self.random_state)
        n_genes = genes.shape[1]
        start = _START * jax.random.normal(key, (1, self.rank, n_genes)) / n_genes**0.5

        def loss(weights: PyTree, data: PyTree, key: PRNGKeyArray) -> Array:
            del key
            return _error(weights, data, data.fit) + self.penalty * jnp.mean(weights**2)

        found = run_training(
            AdamDescent(loss, self.learning_rate, self.steps),
            start,
            data,
            lambda weights, data: _error(weights, data, data.validate),
            TrainingPlan(self.steps, _CHUNK, _PATIENCE, _TOLERANCE, "low rank"),
            key,
        )
        self.weights_ = np.asarray(found.parameters[0], dtype=float)
        self.hidden_ = genes @ self.weights_.T

    def _predict(self, rows: np.ndarray) -> np.ndarray:
        """Return the inner product of each pair."""
        return np.asarray(self.hidden_[rows] @ self.hidden_[rows].T)

    def count_parameters(self) -> int:
        """Count the numbers of W."""
        self._check_fitted()
        return int(self.weights_.size)


def _features(regions: Regions) -> np.ndarray:
    if regions.expression is not None:
        return np.asarray(regions.expression, dtype=np.float32)
    # Scores are centred; without a constant no map could have a mean.
    constant = np.ones(regions.n)
    return np.column_stack([gram_features(regions.coexpression), constant]).astype(np.float32)


def _error(weights: Array, data: _Data, rows: Array) -> Array:
    hidden = data.genes[rows] @ weights.T
    wrong = hidden @ hidden.T - data.target[rows[:, None], rows[None]]
    off = ~jnp.eye(rows.shape[0], dtype=bool)
    return jnp.where(off, wrong**2, 0).sum() / off.sum()
