"""Genes on top of the best coordinate learner: what they add is what the report is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from neuropil.transcriptome.data import Regions
from neuropil.transcriptome.models.base import PairModel
from neuropil.transcriptome.models.kernel_ridge import PENALTIES, KernelChoice, KernelRidge
from neuropil.transcriptome.models.kernels import Kernel, KernelSum, place_kernels
from neuropil.transcriptome.splits import InnerKind

__all__ = ["GenesBesideCoordinates"]

WEIGHTS = (0.1, 0.3, 1.0)
"""Weights of the gene kernel that are tried: equal to the coordinate kernel's, and less.

Equal weights alone did worse than no genes (card.md, "What was tried").
"""
# Whole decades: the search is repeated for every weight, around a kernel that is chosen already.
_COARSE = (1e-3, 1e-2, 1e-1, 1.0, 10.0)


class GenesBesideCoordinates(PairModel):
    """Ridge on the sum of a coordinate kernel and a gene kernel, chosen in two steps.

    First the coordinate kernel is chosen as if there were no genes, then the weight of the gene
    kernel beside it; both inside the train regions.

    Parameters
    ----------
    places : sequence of tuples of Kernel, optional
        Sums of coordinate kernels that are tried first; those of
        :func:`~neuropil.transcriptome.models.kernels.place_kernels` when not given.
    genes : Kernel or mapping, optional
        The gene kernel; Gaussian of width 1 when not given.
    weights : sequence of float
        Its weights that are tried.
    diagonals : sequence of float
        As in :class:`KernelRidge`.
    inner : {"random", "spatial"}
        How train regions are split to choose.
    random_state : int
        Seed of the inner split.
    place : KernelChoice, optional
        Outcome of the first step where it is known: it does not depend on genes, so that a
        thousand null maps share it.

    Attributes
    ----------
    place_ : KernelChoice
        Outcome of the first step.
    ridge_ : KernelRidge
        The fitted sum.
    """

    def __init__(
        self,
        places: Sequence[KernelSum] | None = None,
        genes: Kernel | Mapping[str, Any] | None = None,
        weights: Sequence[float] = WEIGHTS,
        diagonals: Sequence[float] = (0.0,),
        inner: InnerKind = "random",
        random_state: int = 0,
        place: KernelChoice | None = None,
    ) -> None:
        self.places = places
        self.genes = genes
        self.weights = weights
        self.diagonals = diagonals
        self.inner = inner
        self.random_state = random_state
        self.place = place

    def _fit(self, regions: Regions, connectivity: np.ndarray, train: np.ndarray) -> None:
        """Choose the coordinate kernel, then the weight of the genes, then fit."""
        self.place_ = self.place or self._choose_place(regions, connectivity, train)
        gene = Kernel.build({"feature": "genes"} if self.genes is None else self.genes, "genes")
        sums = [
            (*self.place_.kernels, gene.model_copy(update={"weight": weight}))
            for weight in self.weights
        ]
        second = KernelRidge(sums, _COARSE, (self.place_.diagonal,), self.inner, self.random_state)
        self.ridge_ = second.fit(regions, connectivity, train)

    def _choose_place(
        self, regions: Regions, connectivity: np.ndarray, train: np.ndarray
    ) -> KernelChoice:
        places = place_kernels(regions) if self.places is None else self.places
        ridge = KernelRidge(places, PENALTIES, self.diagonals, self.inner, self.random_state)
        return ridge.fit(regions, connectivity, train).choice_

    def _predict(self, rows: np.ndarray) -> np.ndarray:
        """Return predictions for all pairs of some regions."""
        return self.ridge_.predict_matrix(rows)

    def count_parameters(self) -> int:
        """Count the dual coefficients of the train pairs."""
        self._check_fitted()
        return self.ridge_.count_parameters()
