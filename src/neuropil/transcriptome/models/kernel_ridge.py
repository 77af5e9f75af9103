"""Two-sided kernel ridge: closed form, on genes, on coordinates, or on both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from neuropil.transcriptome.data import Regions, upper_pairs
from neuropil.transcriptome.models.base import PairModel, train_block
from neuropil.transcriptome.models.kernels import Kernel, KernelSum, compute_kernel
from neuropil.transcriptome.splits import InnerKind, inner_splits

__all__ = ["PENALTIES", "KernelChoice", "KernelRidge"]

PENALTIES = tuple(float(10.0**power) for power in np.arange(-4, 2.25, 0.5))
"""Ridge penalties that are tried: half decades from 1e-4 to 1e2.

Kernels are 1 on the diagonal, so that this reaches from no penalty to hardly any fit. Which one is
taken is decided inside the train regions; the grid itself was not tuned.
"""


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
    random_state : int
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
        random_state: int = 0,
    ) -> None:
        self.candidates = candidates
        self.penalties = penalties
        self.diagonals = diagonals
        self.inner = inner
        self.random_state = random_state

    def _fit(self, regions: Regions, connectivity: np.ndarray, train: np.ndarray) -> None:
        """Choose inside the train regions, then fit to all of them."""
        block = train_block(connectivity, train)
        computed = [compute_kernel(kernels, regions) for kernels in self.candidates]
        self.choice_, chosen = self._choose(regions, block, train, computed)
        kernel = computed[chosen]
        target, self.mean_, top = _centre(block)
        np.fill_diagonal(target, self.choice_.diagonal * top)
        within, penalty = kernel[np.ix_(train, train)], self.choice_.penalty
        dual = _solve(within, penalty, _solve(within, penalty, target).T)
        self.dual_ = (dual + dual.T) / 2
        self.kernel_ = kernel[:, train]

    def _predict(self, rows: np.ndarray) -> np.ndarray:
        """Return predictions for all pairs of some regions."""
        known = self.kernel_[rows]
        predicted = known @ self.dual_ @ known.T
        return np.asarray((predicted + predicted.T) / 2 + self.mean_)

    def count_parameters(self) -> int:
        """Count the dual coefficients of the train pairs."""
        self._check_fitted()
        m = len(self.dual_)
        return m * (m + 1) // 2 + 1

    def _choose(
        self,
        regions: Regions,
        block: np.ndarray,
        train: np.ndarray,
        computed: Sequence[np.ndarray],
    ) -> tuple[KernelChoice, int]:
        splits = inner_splits(self.inner, regions, train, self.random_state)
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
        target, mean, top = _centre(block[np.ix_(fit, fit)])
        within, beside = kernel[np.ix_(fit, fit)], kernel[np.ix_(fit, validate)]
        stand_ins = np.array(self.diagonals)[:, None] * top
        losses = np.empty((len(self.diagonals), len(self.penalties)))
        for column, penalty in enumerate(self.penalties):
            loadings = _solve(within, penalty, beside)
            predicted = (loadings.T @ target @ loadings)[upper] + mean
            # A diagonal is a multiple of the identity: it adds to what is predicted without one.
            added = (loadings.T @ loadings)[upper]
            errors = predicted + stand_ins * added - measured
            losses[:, column] = np.mean(errors**2, axis=1)
        return losses


def _solve(kernel: np.ndarray, penalty: float, right: np.ndarray) -> np.ndarray:
    """Return (kernel + penalty)^-1 right."""
    penalised = kernel + penalty * np.eye(len(kernel))
    factor = cho_factor(penalised, overwrite_a=True, check_finite=False)
    return np.asarray(cho_solve(factor, right, check_finite=False))


def _centre(block: np.ndarray) -> tuple[np.ndarray, float, float]:
    """Subtract the mean of the pairs.

    Returns
    -------
    target : (n, n) array
        With zeros where a region meets itself.
    mean, top : float
        The mean of the pairs, and how far the largest lies above it.
    """
    pairs = block[upper_pairs(len(block))]
    mean = float(pairs.mean())
    target = block - mean
    np.fill_diagonal(target, 0.0)
    return target, mean, float(pairs.max()) - mean
