"""Which cells of a map are ambiguous zones or voids: a small network over local features."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from neuropil.contracts import InputError, SeedTree
from neuropil.preservation.axes.features import FEATURES
from neuropil.preservation.axes.shallow import Layers, ShallowPlan, apply_layers, fit_layers

__all__ = ["TISSUE", "VOID", "ZONE", "ZoneNetwork"]

Floats = npt.NDArray[np.float32]

TISSUE, ZONE, VOID = 0, 1, 2
"""Kinds of cells: tissue that can be read, ambiguous zone, void."""

# Twice as many hidden units gave no better map of unseen sections (area .953 against .958), and
# after 14 passes it no longer improved.
_HIDDEN = 24
_PLAN = ShallowPlan(_HIDDEN, passes=14, rate=3e-3, decay=1e-2, batch=500)
_FEWEST = 1000


@dataclass(frozen=True, eq=False)
class ZoneNetwork:
    """A network with one hidden layer that tells tissue, ambiguous zones and voids apart.

    Parameters
    ----------
    mean, spread : (n_features,) float32 arrays
        By which features are brought to mean 0 and spread 1.
    hidden : (n_features + 1, n_hidden) float32 array
        Weights of the hidden units, and in the last row what is added.
    out : (n_hidden + 1, 3) float32 array
        Weights of the three kinds, and in the last row what is added.
    """

    mean: Floats
    spread: Floats
    hidden: Floats
    out: Floats

    @classmethod
    def fit(cls, features: Floats, kinds: npt.NDArray[np.integer[Any]], seed: SeedTree) -> Self:
        """Train the network.

        Parameters
        ----------
        features : (n, n_features) array
            Of cells.
        kinds : (n,) integer array
            :data:`TISSUE`, :data:`ZONE` or :data:`VOID`.
        seed : SeedTree
            Source of randomness.

        Returns
        -------
        ZoneNetwork
            The network.

        Raises
        ------
        InputError
            When there are fewer than a thousand cells or a kind is missing: draw more examples.
        """
        found = set(np.unique(kinds).tolist())
        if len(kinds) < _FEWEST or found != {TISSUE, ZONE, VOID}:
            raise InputError(
                f"expected {_FEWEST} cells or more of three kinds, found {len(kinds)} of "
                f"{len(found)}",
                where="ZoneNetwork.fit",
                repair="Draw more examples of damage.",
            )
        return cls(*fit_layers(features, kinds, _PLAN, seed))

    def predict(self, features: Floats) -> Floats:
        """Predict what each cell is.

        Parameters
        ----------
        features : (ky, kx, n_features) array
            Of the cells of one map.

        Returns
        -------
        (ky, kx, 3) float32 array
            Weight of each kind, with sum 1; the largest tells the kind. They are no calibrated
            probabilities: zones and voids were as frequent as the rest in training.
        """
        last = apply_layers(Layers(**self.weights()), features)
        last = np.exp(last - last.max(axis=-1, keepdims=True))
        return np.asarray(last / last.sum(axis=-1, keepdims=True), np.float32)

    @classmethod
    def outline(cls) -> dict[str, Floats]:
        """Return arrays of zeros in the shape of the weights, for reading a file of them."""
        n = len(FEATURES)
        shapes: dict[str, tuple[int, ...]] = {
            "mean": (n,),
            "spread": (n,),
            "hidden": (n + 1, _HIDDEN),
            "out": (_HIDDEN + 1, 3),
        }
        return {name: np.zeros(shape, np.float32) for name, shape in shapes.items()}

    def weights(self) -> dict[str, Floats]:
        """Return the weights by name, as :meth:`outline` names them."""
        return {name: getattr(self, name) for name in Layers._fields}
