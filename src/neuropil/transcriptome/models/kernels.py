"""Similarities of regions from which connectivity is predicted: of genes, of place, of both."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from pydantic import Field

from neuropil.contracts import InputError, Settings
from neuropil.transcriptome.data import Regions, upper_pairs
from neuropil.transcriptome.models.gene_coexpression import component_scores

__all__ = [
    "Kernel",
    "KernelSum",
    "compute_kernel",
    "describe_kernels",
    "gene_kernels",
    "place_kernels",
]

Feature = Literal["genes", "coordinates", "folded", "sphere"]
Shape = Literal["gaussian", "exponential", "matern", "linear"]


class Kernel(Settings):
    """One similarity of two regions, 1 for a region with itself unless it is linear.

    Parameters
    ----------
    feature : {"genes", "coordinates", "folded", "sphere"}
        What is compared: expression, centroids, centroids with the hemispheres folded, or places
        on the spherical surface with the right hemisphere mirrored.
    shape : {"gaussian", "exponential", "matern", "linear"}
        How it falls with distance; ``matern`` is once differentiable. ``linear`` is the Gram
        matrix of the genes with a constant.
    width : float
        Scale of the distance in medians over all pairs of regions; no target is used.
    weight : float
        Factor in a sum.
    n_components : int, optional
        Of ``linear``: principal components; all genes when not given.
    """

    feature: Feature
    shape: Shape = "gaussian"
    width: float = Field(default=1.0, gt=0)
    weight: float = Field(default=1.0, gt=0)
    n_components: int | None = Field(default=None, ge=1)


KernelSum = tuple[Kernel, ...]
"""Kernels that are added."""


def compute_kernel(kernels: Sequence[Kernel], regions: Regions) -> np.ndarray:
    """Compute the sum of some kernels over all pairs of regions.

    Parameters
    ----------
    kernels : sequence of Kernel
        At least one.
    regions : Regions
        Features of n regions.

    Returns
    -------
    (n, n) array
        Positive semidefinite.

    Raises
    ------
    InputError
        When regions have no place on a spherical surface.
    """
    total = np.zeros((regions.n, regions.n))
    for kernel in kernels:
        cache = regions.gene_cache if kernel.feature == "genes" else regions.place_cache
        alone = kernel.model_copy(update={"weight": 1.0})
        if alone not in cache:
            cache[alone] = _compute_one(alone, regions)
        total += kernel.weight * cache[alone]
    return total


def describe_kernels(kernels: Sequence[Kernel]) -> str:
    """Write kernels in a line, such as ``genes gaussian 1 + folded exponential 0.6``."""
    return " + ".join(
        f"{'' if kernel.weight == 1 else f'{kernel.weight:g} '}{kernel.feature} {kernel.shape}"
        f"{'' if kernel.shape == 'linear' else f' {kernel.width:g}'}"
        for kernel in kernels
    )


def place_kernels(regions: Regions) -> list[KernelSum]:
    """Return the sums of coordinate kernels that are tried.

    They hold shapes that did better and shapes that did worse on spatial folds (card.md, "What
    was tried"); which one is taken is decided inside the train regions.

    Parameters
    ----------
    regions : Regions
        With a spherical surface, places on it are compared too.
    """
    shapes: list[tuple[Shape, float]]
    shapes = [("exponential", 0.3), ("exponential", 0.6), ("exponential", 1.2)]
    shapes += [("matern", 0.3), ("matern", 0.6)]
    folded = [Kernel(feature="folded", shape=shape, width=width) for shape, width in shapes]
    if regions.sphere is None:
        return [(each,) for each in folded]
    sphere = [Kernel(feature="sphere", shape=shape, width=width) for shape, width in shapes]
    if regions.cortical.all():
        return [(each,) for each in sphere] + list(zip(folded, sphere, strict=True))
    return [(each,) for each in folded] + list(zip(folded, sphere, strict=True))


def gene_kernels() -> list[KernelSum]:
    """Return the gene kernels that are tried: two shapes, widths of 0.3 to 2 medians."""
    shapes: tuple[Shape, ...] = ("gaussian", "matern")
    widths = (0.3, 0.5, 1.0, 2.0)
    return [
        (Kernel(feature="genes", shape=shape, width=width),) for shape in shapes for width in widths
    ]


def _compute_one(kernel: Kernel, regions: Regions) -> np.ndarray:
    if kernel.shape == "linear":
        return _linear(kernel, regions)
    distance = _distance(kernel.feature, regions)
    with np.errstate(invalid="ignore"):
        scaled = distance / (kernel.width * _median(distance))
        if kernel.shape == "gaussian":
            values = np.exp(-(scaled**2) / 2)
        elif kernel.shape == "exponential":
            values = np.exp(-scaled)
        else:
            values = (1 + np.sqrt(3) * scaled) * np.exp(-np.sqrt(3) * scaled)
    # Regions that are not on the surface are infinitely far from all others.
    return np.where(np.isfinite(distance), values, 0.0)


def _linear(kernel: Kernel, regions: Regions) -> np.ndarray:
    if kernel.feature != "genes":
        raise InputError(
            f"expected the feature genes for a linear kernel, found {kernel.feature}",
            where="kernel",
            repair="Use another shape.",
        )
    if kernel.n_components is None:
        return regions.coexpression + 1.0
    scores, values = component_scores(regions.coexpression, kernel.n_components)
    # Without a constant the two-sided ridge cannot express a region's overall strength.
    return np.asarray(scores @ scores.T + values.mean())


def _distance(feature: Feature, regions: Regions) -> np.ndarray:
    if feature == "genes":
        return regions.gene_distance
    if feature == "coordinates":
        return regions.distance
    if feature == "folded":
        return regions.folded_distance
    if regions.sphere_distance is None:
        raise InputError(
            "expected places on a spherical surface, found none",
            where="kernel of the feature sphere",
            repair="Use the feature folded, or give an atlas with a sphere.",
        )
    return regions.sphere_distance


def _median(distance: np.ndarray) -> float:
    pairs = distance[upper_pairs(len(distance))]
    return float(np.median(pairs[np.isfinite(pairs)]))
