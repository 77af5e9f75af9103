"""What every model of two modalities does, so that all stand in one table."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt

from neuropil.cohorts.data import Views
from neuropil.contracts import SeedTree

__all__ = ["Latents", "PairedModel", "Specification"]

Array = npt.NDArray[np.floating]


@dataclass(frozen=True)
class Latents:
    """Coordinates of subjects.

    Parameters
    ----------
    joint : (n, k) array
        What the modalities share; k is 0 where a model has none.
    individual : mapping of str to (n, k_m) array
        What belongs to one modality alone; NaN where a subject lacks it.
    """

    joint: Array
    individual: Mapping[str, Array] = field(default_factory=dict)


class PairedModel(Protocol):
    """A fitted model of two modalities, on the scale of its views."""

    @abstractmethod
    def encode(self, views: Views) -> Latents:
        """Return the coordinates of subjects, from what each of them has."""

    @abstractmethod
    def predict(self, views: Views, target: str) -> Array:
        """Predict one modality, shape (n, n_edges), from the other one alone."""

    @abstractmethod
    def reconstruct(self, views: Views, modality: str) -> Array:
        """Reconstruct a modality, shape (n, n_edges), from what each subject has."""


class Specification(Protocol):
    """A model that is yet to be fitted."""

    @abstractmethod
    def fit(self, training: Views, validation: Views, seed: SeedTree) -> PairedModel:
        """Fit it to training subjects; validation subjects choose its settings."""
