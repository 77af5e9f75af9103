"""Two-sided kernel ridge: closed form, on genes, on coordinates, or on both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from neuropil.transcriptome.data import Regions, upper_pairs
from neuropil.transcriptome.models.base import PairModel, train_block
from neuropil.transcriptome.models.kernels import Kernel, KernelSum, compute_kernel
from neuropil.transcriptome.splits import InnerKind, inner_splits

__all__ = ["PENALTIES", "KernelChoice", "KernelRidge"]

PENALTIES = tuple(float(10.0**power) for power in np.arange(-4, 2.25, 0.5))
"""Ridge penalties that are tried: half decades from 1e-4 to 1e2."""


@dataclass(frozen=True)
class KernelChoice:
    """What was chosen inside the train regions.

    Parameters
    ----------
    kernels : tuple of Kernel
        The sum of kernels.
    penalty : float
        Ridge penalty.
    diagonal : float
        What stands for a region's connection with itself: 0 is the mean of the train pairs, 1
        the largest of them.
    loss : float
        Mean squared error on the inner validation pairs.
    """

    kernels: KernelSum
    penalty: float
    diagonal: float
    loss: float


class KernelRidge(PairModel):
    """Two-sided ridge with kernels, penalty and diagonal chosen inside the train regions.

    Y = K (K + p)^-1 (Y_train - m) (K + p)^-1 K + m, with m the mean of the train pairs.

    Parameters
    ----------
    candidates : sequence of tuples of Kernel
        Sums of kernels that are tried; a gene kernel of width 1 when not given.
    penalties : sequence of float
        Ridge penalties that are tried.
    diagonals : sequence of float
        Stand-ins for a region's connection with itself that are tried, from 0 (the mean of the
        train pairs) to 1 (the largest of them).
    inner : {"random", "spatial"}
        How train regions are split to choose among them.
    run : int
        Seed of the inner split; :attr:`~neuropil.transcriptome.Split.run`.

    Attributes
    ----------
    choice_ : KernelChoice
        What was chosen.

    References
    ----------
    Stock et al. 2018, Neural Computation 30:2245, for two-step kernel ridge regression of pairs.
    """

    def __init__(
        self,
        candidates: Sequence[KernelSum] = ((Kernel(feature="genes"),),),
        penalties: Sequence[float] = PENALTIES,
        diagonals: Sequence[float] = (0.0,),
        inner: InnerKind = "random",
        run: int = 0,
    ) -> None:
        self.candidates = candidates
        self.penalties = penalties
        self.diagonals = diagonals
        self.inner = inner
        self.run = run

    def fit(self, regions: Regions, connectivity: np.ndarray, train: np.ndarray) -> Self:
        """Choose inside the train regions, then fit to all of them."""
        train = np.asarray(train)
        block = train_block(connectivity, train)
        computed = [compute_kernel(kernels, regions) for kernels in self.candidates]
        self.choice_, chosen = self._choose(regions, block, train, computed)
        kernel = computed[chosen]
        target, self.mean_ = _centre(block, self.choice_.diagonal)
        penalised = kernel[np.ix_(train, train)] + self.choice_.penalty * np.eye(len(train))
        factor = cho_factor(penalised, check_finite=False)
        left = cho_solve(factor, target, check_finite=False)
        dual = cho_solve(factor, left.T, check_finite=False)
        self.dual_ = (dual + dual.T) / 2
        self.kernel_ = kernel[:, train]
        self.regions_ = regions
        return self

    def predict_matrix(self, rows: np.ndarray) -> np.ndarray:
        """Return predictions for all pairs of some regions."""
        self._require_fit()
        known = self.kernel_[rows]
        predicted = known @ self.dual_ @ known.T
        return np.asarray((predicted + predicted.T) / 2 + self.mean_)

    def count_parameters(self) -> int:
        """Count the dual coefficients of the train pairs."""
        self._require_fit()
        m = len(self.dual_)
        return m * (m + 1) // 2 + 1

    def _choose(
        self,
        regions: Regions,
        block: np.ndarray,
        train: np.ndarray,
        computed: Sequence[np.ndarray],
    ) -> tuple[KernelChoice, int]:
        splits = inner_splits(self.inner, regions, train, self.run)
        place = {region: index for index, region in enumerate(train)}
        inner = [
            tuple(np.array([place[region] for region in part]) for part in split)
            for split in splits
        ]
        losses = np.zeros((len(computed), len(self.diagonals), len(self.penalties)))
        for index, kernel in enumerate(computed):
            within = kernel[np.ix_(train, train)]
            for fit, validate in inner:
                losses[index] += self._validate(within, block, fit, validate) / len(inner)
        best = np.unravel_index(int(losses.argmin()), losses.shape)
        kernels, diagonal, penalty = (int(index) for index in best)
        choice = KernelChoice(
            tuple(self.candidates[kernels]),
            self.penalties[penalty],
            self.diagonals[diagonal],
            float(losses[best]),
        )
        return choice, kernels

    def _validate(
        self, kernel: np.ndarray, block: np.ndarray, fit: np.ndarray, validate: np.ndarray
    ) -> np.ndarray:
        """Return the mean squared error of each diagonal and penalty, (d, p)."""
        upper = upper_pairs(len(validate))
        measured = block[np.ix_(validate, validate)][upper]
        losses = np.empty((len(self.diagonals), len(self.penalties)))
        values, vectors = _spectrum(kernel[np.ix_(fit, fit)])
        loadings = kernel[np.ix_(validate, fit)] @ vectors
        for row, diagonal in enumerate(self.diagonals):
            target, mean = _centre(block[np.ix_(fit, fit)], diagonal)
            rotated = vectors.T @ target @ vectors
            for column, penalty in enumerate(self.penalties):
                shrunk = loadings / (values + penalty)
                predicted = (shrunk @ rotated @ shrunk.T)[upper] + mean
                losses[row, column] = np.mean((predicted - measured) ** 2)
        return losses


def _spectrum(kernel: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    values, vectors = np.linalg.eigh(kernel)
    return np.maximum(values, 0), vectors


def _centre(block: np.ndarray, diagonal: float) -> tuple[np.ndarray, float]:
    """Subtract the mean of the pairs; a region's connection with itself gets a stand-in."""
    pairs = block[upper_pairs(len(block))]
    mean = float(pairs.mean())
    target = block - mean
    np.fill_diagonal(target, diagonal * (float(pairs.max()) - mean))
    return target, mean
