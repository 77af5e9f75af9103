"""Which subjects train, choose and test: by subject, by family or by site."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from neuropil.contracts import ConfigError, SeedTree

__all__ = ["Fold", "split_subjects"]

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Fold:
    """One division of the subjects.

    Parameters
    ----------
    training, validation, test : int arrays
        Rows; no group of subjects is in more than one.
    """

    training: Rows
    validation: Rows
    test: Rows


def split_subjects(
    groups: npt.NDArray[np.generic], folds: int, seed: SeedTree, validation: float = 0.125
) -> list[Fold]:
    """Divide subjects so that those of one group stay together.

    Parameters
    ----------
    groups : (n,) array
        Family, site, or anything else that subjects share; the subject itself where they share
        nothing.
    folds : int
        Each subject is tested in one of them.
    seed : SeedTree
        Source of the order.
    validation : float
        Share of the subjects outside the test that choose settings.

    Returns
    -------
    list of Fold
        Their rows in rising order.

    Raises
    ------
    ConfigError
        When there are fewer groups than folds and one more; take fewer folds.
    """
    names, member = np.unique(groups, return_inverse=True)
    if len(names) < folds + 1 or folds < 2:
        raise ConfigError(
            f"expected 2 to {len(names) - 1} folds for {len(names)} groups of subjects, "
            f"found {folds}",
            where="folds",
            repair="Take fewer folds, or a column with more groups.",
        )
    rng = seed.child("folds").generator()
    part = _deal(np.bincount(member), folds, rng)[member]
    made = []
    for fold in range(folds):
        test, rest = np.flatnonzero(part == fold), np.flatnonzero(part != fold)
        left = np.unique(member[rest])
        sizes = np.bincount(member[rest], minlength=len(names))[left]
        order = rng.permutation(len(left))
        # As many groups as come nearest to the share, one at least and never all.
        reached = np.cumsum(sizes[order])
        count = int(np.abs(reached - validation * len(rest)).argmin()) + 1
        chosen = left[order[: min(count, len(left) - 1)]]
        held = np.isin(member[rest], chosen)
        made.append(Fold(rest[~held], rest[held], test))
    return made


def _deal(sizes: Rows, folds: int, rng: np.random.Generator) -> Rows:
    """Return the fold of each group: the largest first, each to the fold with the fewest."""
    order = rng.permutation(len(sizes))
    order = order[np.argsort(-sizes[order], kind="stable")]
    held, part = np.zeros(folds, dtype=int), np.zeros(len(sizes), dtype=int)
    for group in order:
        part[group] = held.argmin()
        held[part[group]] += sizes[group]
    return part
