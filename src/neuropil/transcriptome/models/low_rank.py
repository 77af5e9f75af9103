"""A few hidden maps that are linear in the genes; connected regions have alike values."""

from __future__ import annotations

from typing import NamedTuple, Self

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, PRNGKeyArray, PyTree

from neuropil.learning import AdamDescent, TrainingPlan
from neuropil.learning import train as run_training
from neuropil.transcriptome.data import Regions
from neuropil.transcriptome.models.base import PairModel, train_block
from neuropil.transcriptome.models.gene_coexpression import component_scores
from neuropil.transcriptome.splits import inner_splits

__all__ = ["LowRankModel"]


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
    run : int
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
        run: int = 0,
    ) -> None:
        self.rank = rank
        self.penalty = penalty
        self.steps = steps
        self.learning_rate = learning_rate
        self.run = run

    def fit(self, regions: Regions, connectivity: np.ndarray, train: np.ndarray) -> Self:
        """Descend until the inner validation pairs get no better."""
        target = np.zeros((regions.n, regions.n), dtype=np.float32)
        target[np.ix_(train, train)] = train_block(connectivity, train)
        [(fit, validate)] = inner_splits("random", regions, train, self.run)
        genes = _features(regions)
        data = _Data(*(jnp.asarray(each)[None] for each in (genes, target, fit, validate)))
        key = jax.random.key(self.run)
        start = 0.1 * jax.random.normal(key, (1, self.rank, genes.shape[1])) / genes.shape[1] ** 0.5

        def loss(weights: PyTree, data: PyTree, key: PRNGKeyArray) -> Array:
            del key
            return _error(weights, data, data.fit) + self.penalty * jnp.mean(weights**2)

        found = run_training(
            AdamDescent(loss, self.learning_rate, self.steps),
            start,
            data,
            lambda weights, data: _error(weights, data, data.validate),
            TrainingPlan(self.steps, 25, 10, 1e-4, "low rank"),
            key,
        )
        self.weights_ = np.asarray(found.parameters[0], dtype=float)
        self.hidden_ = genes @ self.weights_.T
        self.regions_ = regions
        return self

    def predict_matrix(self, rows: np.ndarray) -> np.ndarray:
        """Return the inner product of each pair."""
        self._require_fit()
        return np.asarray(self.hidden_[rows] @ self.hidden_[rows].T)

    def count_parameters(self) -> int:
        """Count the numbers of W."""
        self._require_fit()
        return int(self.weights_.size)


def _features(regions: Regions) -> np.ndarray:
    if regions.expression is not None:
        return np.asarray(regions.expression, dtype=np.float32)
    scores, values = component_scores(regions.coexpression, regions.n)
    kept = scores[:, values > 1e-8 * values[0]] * np.sqrt(regions.n)
    # Scores are centred; without a constant no map could have a mean.
    return np.column_stack([kept, np.ones(regions.n)]).astype(np.float32)


def _error(weights: Array, data: _Data, rows: Array) -> Array:
    hidden = data.genes[rows] @ weights.T
    wrong = hidden @ hidden.T - data.target[rows[:, None], rows[None]]
    off = ~jnp.eye(rows.shape[0], dtype=bool)
    return jnp.where(off, wrong**2, 0).sum() / off.sum()
