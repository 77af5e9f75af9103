"""Networks with one hidden layer, kept as four arrays: how they are fitted, and what they say."""

from __future__ import annotations

import warnings
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from neuropil.contracts import SeedTree

__all__ = ["Layers", "ShallowPlan", "apply_layers", "fit_layers"]

Floats = npt.NDArray[np.float32]


class ShallowPlan(NamedTuple):
    """How a network with one hidden layer is fitted.

    Parameters
    ----------
    hidden : int
        Number of hidden units.
    passes : int
        How often all rows are seen.
    rate : float
        Step of Adam.
    decay : float
        Weight of the squared weights.
    batch : int
        Rows of one step.
    """

    hidden: int
    passes: int
    rate: float
    decay: float
    batch: int


class Layers(NamedTuple):
    """What is kept of a network.

    Parameters
    ----------
    mean, spread : (n_inputs,) float32 arrays
        By which inputs are brought to mean 0 and spread 1.
    hidden : (n_inputs + 1, n_hidden) float32 array
        Weights of the hidden units, and in the last row what is added.
    out : (n_hidden + 1, n_out) float32 array
        Weights of what is said, and in the last row what is added.
    """

    mean: Floats
    spread: Floats
    hidden: Floats
    out: Floats


def fit_layers(rows: Floats, kinds: npt.NDArray[Any], plan: ShallowPlan, seed: SeedTree) -> Layers:
    """Fit a network that tells kinds apart.

    Parameters
    ----------
    rows : (n, n_inputs) array
        Inputs.
    kinds : (n,) array
        What each row is.
    plan : ShallowPlan
        How it is fitted.
    seed : SeedTree
        Source of randomness.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier

    mean, spread = rows.mean(axis=0), rows.std(axis=0) + np.float32(1e-6)
    network = MLPClassifier(
        (plan.hidden,),
        alpha=plan.decay,
        max_iter=plan.passes,
        learning_rate_init=plan.rate,
        batch_size=min(plan.batch, len(kinds)),
        random_state=seed.integer(),
    )
    with warnings.catch_warnings():
        # The number of passes was set beforehand.
        warnings.simplefilter("ignore", ConvergenceWarning)
        network.fit((rows - mean) / spread, kinds)
    hidden, out = (
        np.vstack([weights, added]).astype(np.float32)
        for weights, added in zip(network.coefs_, network.intercepts_, strict=True)
    )
    return Layers(mean.astype(np.float32), spread.astype(np.float32), hidden, out)


def apply_layers(layers: Layers, rows: Floats) -> Floats:
    """Return what a network says, before it is made a probability.

    Parameters
    ----------
    layers : Layers
        The network; ``out`` may be flat where one thing is said.
    rows : (..., n_inputs) array
        Inputs.

    Returns
    -------
    (..., n_out) array
        Without the last axis where ``out`` is flat.
    """
    scaled = (rows - layers.mean) / layers.spread
    first = np.maximum(scaled @ layers.hidden[:-1] + layers.hidden[-1], 0)
    return np.asarray(first @ layers.out[:-1] + layers.out[-1])
