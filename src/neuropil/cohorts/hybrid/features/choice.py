"""Which features suit a modality."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from neuropil.cohorts.data import Scale, to_scale
from neuropil.cohorts.hybrid.features.correlations import CorrelationFeatures
from neuropil.cohorts.hybrid.features.counts import CountFeatures, WeightFeatures
from neuropil.cohorts.hybrid.features.spaces import LogarithmSpace, ScaleSpace, Space

__all__ = ["KINDS", "Features", "choose_features", "choose_space", "prepare_values"]

Array = npt.NDArray[np.floating]
Features = CountFeatures | WeightFeatures | CorrelationFeatures
"""Any fitted features."""

KINDS: dict[str, type[Features]] = {
    kind.kind: kind for kind in (CountFeatures, WeightFeatures, CorrelationFeatures)
}
"""Features by their name."""


def choose_features(unit: str) -> type[Features]:
    """Choose the features by the unit of a modality.

    Examples
    --------
    >>> choose_features("correlation").kind, choose_features("streamlines").kind
    ('correlations', 'counts')
    """
    if unit == "correlation":
        return CorrelationFeatures
    counted = ("streamlines", "synapses", "log1p streamlines", "log1p synapses")
    return CountFeatures if unit in counted else WeightFeatures


def choose_space(features: Features, scale: Scale, unit: str) -> Space:
    """Choose where offsets are taken out: of correlations the matrix logarithm."""
    if isinstance(features, CorrelationFeatures):
        return LogarithmSpace(features.mean)
    return ScaleSpace(scale, unit)


def prepare_values(edges: Array, unit: str) -> Array:
    """Return connections as the features of their unit take them: counts as log(1 + count)."""
    return to_scale(edges, "log1p") if unit in ("streamlines", "synapses") else edges
