"""Splits by region: pairs within train regions train, pairs within test regions test.

Pairs of a train and a test region are used for neither.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float, Int
from sklearn.model_selection import KFold

from neuropil.contracts import InputError
from neuropil.transcriptome.data import FEWEST, Regions

__all__ = [
    "InnerKind",
    "Split",
    "SplitKind",
    "inner_splits",
    "make_splits",
    "random_blocks",
    "spatial_blocks",
]

SplitKind = Literal["random", "spatial", "network", "hemisphere"]
InnerKind = Literal["random", "spatial"]


@dataclass(frozen=True, eq=False)
class Split:
    """One run: regions to train on and regions to test on.

    Parameters
    ----------
    train, test : (m,) int array
        Regions; none is in both.
    seed, fold : int
        Which run it is.
    label : str
        What is held out, such as the networks.
    """

    train: Int[np.ndarray, " m"]
    test: Int[np.ndarray, " t"]
    seed: int
    fold: int
    label: str = ""

    @property
    def run(self) -> int:
        """Number of the run, from which its inner splits are drawn."""
        return 1000 * self.seed + self.fold


def random_blocks(n: int, seed: int, n_folds: int = 4) -> list[np.ndarray]:
    """Shuffle n regions and cut them into blocks, each sorted.

    Parameters
    ----------
    n : int
        Number of regions.
    seed : int
        Seed of NumPy's legacy generator, which the published protocol uses.
    n_folds : int
        Number of blocks; the first n mod n_folds have one region more.

    Returns
    -------
    list of (m,) int array
        Disjoint blocks that cover all regions.
    """
    folds = KFold(n_folds, shuffle=True, random_state=seed)
    return [block for _, block in folds.split(np.arange(n))]


def spatial_blocks(
    distance: Float[np.ndarray, "n n"], seed: int, n_folds: int = 4
) -> list[np.ndarray]:
    """Cut regions into blocks of neighbours.

    A region is drawn among those that remain and takes the nearest remaining ones with it; the
    last block is the rest.

    Parameters
    ----------
    distance : (n, n) array
        Distance of regions [mm].
    seed : int
        Seed of NumPy's legacy generator, which the published protocol uses.
    n_folds : int
        Number of blocks.

    Returns
    -------
    list of (m,) int array
        Disjoint blocks that cover all regions.
    """
    rng = np.random.RandomState(seed)
    left = np.arange(len(distance))
    blocks = []
    for _ in range(n_folds - 1):
        centre = rng.choice(left)
        nearest = np.argsort(distance[centre, left], kind="stable")[: len(distance) // n_folds]
        blocks.append(np.sort(left[nearest]))
        left = np.delete(left, nearest)
    return [*blocks, left]


def make_splits(kind: SplitKind, regions: Regions, seed: int, n_folds: int = 4) -> list[Split]:
    """Cut regions into runs of one seed.

    Parameters
    ----------
    kind : {"random", "spatial", "network", "hemisphere"}
        ``network`` holds out whole networks, dealt to the folds by size in a shuffled order;
        ``hemisphere`` trains on one side and tests on the other.
    regions : Regions
        The regions.
    seed : int
        Which splits.
    n_folds : int
        Number of folds; two for ``hemisphere``.

    Returns
    -------
    list of Split
        One run for each fold.

    Raises
    ------
    InputError
        When a fold has fewer than 8 regions, or regions have no network or side.
    """
    n = regions.n
    if kind == "random":
        blocks = random_blocks(n, seed, n_folds)
        labels = [""] * n_folds
    elif kind == "spatial":
        blocks = spatial_blocks(regions.distance, seed, n_folds)
        labels = [""] * n_folds
    elif kind == "network":
        blocks, labels = _network_blocks(regions.networks, seed, n_folds)
    else:
        blocks = [np.flatnonzero(regions.sides == side) for side in ("L", "R")]
        labels = ["L", "R"]
    smallest = min(len(block) for block in blocks)
    if smallest < FEWEST:
        raise InputError(
            f"expected at least {FEWEST} regions in each fold, found {smallest} of {n}",
            where=f"split {kind}",
            repair="Use fewer folds, another split, or a finer parcellation.",
        )
    return [
        Split(np.setdiff1d(np.concatenate(blocks), block), block, seed, fold, label)
        for fold, (block, label) in enumerate(zip(blocks, labels, strict=True))
    ]


def inner_splits(
    kind: InnerKind, regions: Regions, train: Int[np.ndarray, " m"], run: int
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Cut train regions again, to choose hyperparameters; test regions are not looked at.

    Parameters
    ----------
    kind : {"random", "spatial"}
        ``random`` holds out the first quarter of a permutation once; ``spatial`` holds out each
        of four blocks of neighbours in turn.
    regions : Regions
        The regions.
    train : (m,) int array
        Those that may be used.
    run : int
        :attr:`Split.run`.

    Returns
    -------
    list of (fit, validate)
        Regions to fit and regions to validate on.
    """
    if kind == "random":
        # Not scikit-learn's ShuffleSplit: it draws from NumPy's legacy generator, and the published
        # rows of results rest on these halves.
        order = np.random.default_rng(run).permutation(train)
        quarter = len(train) // 4
        return [(np.sort(order[quarter:]), np.sort(order[:quarter]))]
    blocks = spatial_blocks(regions.distance[np.ix_(train, train)], run)
    return [(np.delete(train, block), train[block]) for block in blocks]


def _network_blocks(
    networks: np.ndarray, seed: int, n_folds: int
) -> tuple[list[np.ndarray], list[str]]:
    """Deal whole networks to the folds, each to the one with fewest regions.

    Scikit-learn's GroupKFold either deals the largest groups first, which is one split for all
    seeds, or shuffles the groups without regard to their sizes.
    """
    names = [name for name in np.unique(networks) if name]
    if len(names) < n_folds:
        raise InputError(
            f"expected at least {n_folds} networks, found {len(names)}",
            where="split network",
            repair="Name the network of each region, or choose another split.",
        )
    np.random.RandomState(seed).shuffle(names)
    folds: list[list[str]] = [[] for _ in range(n_folds)]
    sizes = np.zeros(n_folds, dtype=np.int64)
    for name in names:
        smallest = int(sizes.argmin())
        folds[smallest].append(name)
        sizes[smallest] += int((networks == name).sum())
    blocks = [np.flatnonzero(np.isin(networks, fold)) for fold in folds]
    return blocks, [", ".join(fold) for fold in folds]
