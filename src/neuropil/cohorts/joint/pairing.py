"""Are the two modalities of a cohort from the same people? A test before any claim of coupling."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from neuropil.cohorts.data import Views, average_edges
from neuropil.contracts import InputError, SeedTree

__all__ = ["PairingTest", "run_pairing_test"]

Array = npt.NDArray[np.floating]

# Three subjects have six orders: no p below a sixth.
_FEWEST = 4
# Cosines that differ by less differ by rounding.
_SAME = 1e-9


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

    Raises
    ------
    InputError
        When fewer than four subjects have both, or all are equally alike: there is nothing to
        correlate.
    """
    pairs = views.take(views.complete())
    n, rng = pairs.n_subjects, seed.child("pairing").generator()
    if n < _FEWEST:
        raise InputError(
            f"expected at least {_FEWEST} subjects with both modalities, found {n}",
            where="pairing",
            repair="Add subjects, or check that the ids of both modalities are spelled alike.",
        )
    first, second = (_liken(pairs.edges[name]) for name in pairs.modalities)
    upper = np.triu_indices(n, 1)
    for name, likeness in zip(pairs.modalities, (first, second), strict=True):
        if np.ptp(likeness[upper]) < _SAME:
            raise InputError(
                f"all subjects are equally alike in {name!r}",
                where="pairing",
                repair="Check that each subject's own file was read.",
            )
    a = _standardise(first[upper])
    mean, spread = second[upper].mean(), second[upper].std() * np.sqrt(len(upper[0]))

    def correlate(order: npt.NDArray[np.int64]) -> float:
        shuffled = second[order[upper[0]], order[upper[1]]]
        return float(a @ (shuffled - mean)) / float(spread)

    # The pairing as given by the same sums, so that a shuffle that restores it is equal to it.
    value = correlate(np.arange(n))
    null = [correlate(rng.permutation(n)) for _ in range(permutations)]
    return PairingTest(value, np.array(null), n)


def _liken(edges: Array) -> Array:
    around = np.nan_to_num(edges - average_edges(edges))
    norm = np.linalg.norm(around, axis=1, keepdims=True)
    unit = around / np.maximum(norm, np.finfo(float).tiny)
    return np.asarray(unit @ unit.T)


def _standardise(values: Array) -> Array:
    centred = values - values.mean()
    return centred / np.linalg.norm(centred)
