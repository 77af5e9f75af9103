"""Which subjects train, choose and test: by subject, by family or by site."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from neuropil.connectome import Cohort
from neuropil.contracts import ConfigError, SeedTree

__all__ = ["Fold", "deal_groups", "group_subjects", "hold_out", "name_group", "split_subjects"]

Rows = npt.NDArray[np.int64]

_FEWEST = 3
# Twins and siblings are alike; participants.tsv calls their family so.
_FAMILY = "family_id"


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


def name_group(cohort: Cohort, given: str | None) -> str | None:
    """Return the column whose values are not divided: the one given, else the family."""
    return _FAMILY if given is None and _FAMILY in cohort.subjects.columns else given


def group_subjects(column: pl.Series | None, n: int) -> tuple[npt.NDArray[np.int64], str]:
    """Give the subjects that share a value of a column one number.

    Parameters
    ----------
    column : pl.Series or None
        (n,) values, such as a family or a site; None where subjects share nothing.
    n : int
        Number of subjects.

    Returns
    -------
    groups : (n,) int array
        A subject without a value is a group of its own.
    note : str
        Says how many these are; empty where there are none.
    """
    if column is None:
        return np.arange(n), ""
    missing = column.is_null().to_numpy()
    # Alone first, so that no group has the number of one of them.
    numbers = np.arange(n)
    numbers[~missing] = n + np.unique(column.drop_nulls().to_numpy(), return_inverse=True)[1]
    note = (
        f"{missing.sum()} of {n} subjects have no {column.name!r}: each is a group of its own."
        if missing.any()
        else ""
    )
    return numbers, note


def split_subjects(
    groups: npt.NDArray[np.generic],
    folds: int,
    seed: SeedTree,
    validation: float = 0.125,
    strata: npt.NDArray[np.generic] | None = None,
) -> list[Fold]:
    """Divide subjects so that those of one group stay together.

    Parameters
    ----------
    groups : (n,) array
        Family, site, or anything else that subjects share; the subject itself where they share
        nothing.
    folds : int
        Each subject is tested in one of them; as many as there are groups test one group each.
    seed : SeedTree
        Source of the order.
    validation : float
        Share of the subjects outside the test that choose settings.
    strata : (n,) array, optional
        Site, or anything else of which each fold is to test the same share. A group that is of
        several counts as of the first of them.

    Returns
    -------
    list of Fold
        Their rows in rising order.

    Raises
    ------
    ConfigError
        When there are fewer groups than folds, or a test leaves less than two groups, one to train
        and one to choose; take other folds.
    """
    names, member = np.unique(groups, return_inverse=True)
    if len(names) < _FEWEST:
        raise ConfigError(
            f"expected at least {_FEWEST} groups of subjects, to train, to choose and to test, "
            f"found {len(names)}",
            where="group",
            repair="Choose a column with more groups, or none.",
        )
    if not 2 <= folds <= len(names):
        raise ConfigError(
            f"expected 2 to {len(names)} folds for {len(names)} groups of subjects, found {folds}",
            where="folds",
            repair="Take fewer folds, or a column with more groups.",
        )
    rng = seed.child("folds").generator()
    kind = None
    if strata is not None:
        kind = np.unique(strata, return_inverse=True)[1][np.unique(member, return_index=True)[1]]
    part = deal_groups(np.bincount(member), folds, rng, kind)[member]
    made = []
    for fold in range(folds):
        test, rest = np.flatnonzero(part == fold), np.flatnonzero(part != fold)
        if len(np.unique(member[rest])) < 2:
            raise ConfigError(
                f"expected at least two groups of subjects beside those of a test, found one "
                f"beside the {len(names) - 1} of fold {fold}",
                where="folds",
                repair="Take more folds, or a column whose groups are smaller.",
            )
        training, held = _hold_out(member, rest, validation, rng)
        made.append(Fold(training, held, test))
    return made


def hold_out(
    groups: npt.NDArray[np.generic], seed: SeedTree, share: float = 0.125
) -> tuple[Rows, Rows]:
    """Divide subjects in those that train and those that choose settings.

    Parameters
    ----------
    groups : (n,) array
        What subjects share, as in :func:`split_subjects`.
    seed : SeedTree
        Source of the order.
    share : float
        Share of the subjects that choose.

    Returns
    -------
    training, validation : int arrays
        Rows in rising order, at least one group in each.

    Raises
    ------
    ConfigError
        When all subjects are of one group.
    """
    names, member = np.unique(groups, return_inverse=True)
    if len(names) < 2:
        raise ConfigError(
            f"expected at least two groups of subjects, found {len(names)}",
            where="group",
            repair="Take a column with more groups, or none.",
        )
    rng = seed.child("validation").generator()
    return _hold_out(member, np.arange(len(member)), share, rng)


def _hold_out(
    member: Rows, rows: Rows, share: float, rng: np.random.Generator
) -> tuple[Rows, Rows]:
    groups, sizes = np.unique(member[rows], return_counts=True)
    order = rng.permutation(len(groups))
    # As many groups as come nearest to the share, one at least and never all.
    count = int(np.abs(np.cumsum(sizes[order]) - share * len(rows)).argmin()) + 1
    held = np.isin(member[rows], groups[order[: min(count, len(groups) - 1)]])
    return rows[~held], rows[held]


def deal_groups(
    sizes: Rows, folds: int, rng: np.random.Generator, strata: Rows | None = None
) -> Rows:
    """Deal groups to folds of about the same number of subjects.

    Parameters
    ----------
    sizes : (g,) int array
        Subjects of each group.
    folds : int
        Number of folds, at most that of the groups.
    rng : numpy.random.Generator
        Source of the order among groups of one size.
    strata : (g,) int array, optional
        Site of each group, from 0.

    Returns
    -------
    (g,) int array
        The fold of each group: the largest go first, each to the fold with the fewest subjects of
        its site, and of all sites where folds have as many of it.
    """
    strata = np.zeros(len(sizes), dtype=int) if strata is None else strata
    order = rng.permutation(len(sizes))
    order = order[np.argsort(-sizes[order], kind="stable")]
    held, part = np.zeros((strata.max() + 1, folds), dtype=int), np.zeros(len(sizes), dtype=int)
    for group in order:
        part[group] = np.lexsort((held.sum(axis=0), held[strata[group]]))[0]
        held[strata[group], part[group]] += sizes[group]
    return part
