"""Are the two modalities of a cohort from the same people? A test before any claim of coupling."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from neuropil.cohorts.data import Views
from neuropil.contracts import SeedTree

__all__ = ["PairingTest", "run_pairing_test"]

Array = npt.NDArray[np.floating]


@dataclass(frozen=True)
class PairingTest:
    """Whether subjects that are alike in one modality are alike in the other.

    Parameters
    ----------
    value : float
        Mantel's r: correlation, over pairs of subjects, of their likeness in both modalities.
    null : (n_permutations,) array
        The same with the subjects of one modality shuffled.
    n : int
        Subjects that have both modalities.
    """

    value: float
    null: Array
    n: int

    @property
    def p(self) -> float:
        """Share of shuffles, and the pairing itself, whose r is at least as large."""
        return float((1 + (self.null >= self.value).sum()) / (1 + len(self.null)))


def run_pairing_test(views: Views, permutations: int, seed: SeedTree) -> PairingTest:
    """Correlate the likeness of subjects in two modalities (Mantel 1967, Cancer Research 27:209).

    Likeness is the cosine between the differences of two subjects' connections from the mean.

    Parameters
    ----------
    views : Views
        Two modalities; subjects without one are left out.
    permutations : int
        Shuffles of the subjects.
    seed : SeedTree
        Their source.
    """
    pairs = views.take(views.complete())
    first, second = (_liken(pairs.edges[name]) for name in pairs.modalities)
    n, rng = pairs.n_subjects, seed.child("pairing").generator()
    upper = np.triu_indices(n, 1)
    a, b = (_standardise(each[upper]) for each in (first, second))
    mean, spread = second[upper].mean(), second[upper].std() * np.sqrt(len(upper[0]))
    null = []
    for _ in range(permutations):
        order = rng.permutation(n)
        shuffled = second[order[upper[0]], order[upper[1]]]
        null.append(float(a @ (shuffled - mean)) / spread)
    return PairingTest(float(a @ b), np.array(null), n)


def _liken(edges: Array) -> Array:
    around = np.nan_to_num(edges - np.nanmean(edges, axis=0))
    norm = np.linalg.norm(around, axis=1, keepdims=True)
    unit = around / np.maximum(norm, np.finfo(float).tiny)
    return np.asarray(unit @ unit.T)


def _standardise(values: Array) -> Array:
    centred = values - values.mean()
    return centred / np.linalg.norm(centred)
