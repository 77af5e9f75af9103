"""Columns of the subjects that are to be foretold, and those that are taken out first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from neuropil.connectome import list_some
from neuropil.contracts import ConfigError, InputError

__all__ = ["Trait", "check_traits", "read_trait"]

Array = npt.NDArray[np.floating]
Rows = npt.NDArray[np.int64]

# Fewer give intervals that span all there is.
_FEWEST, _FEWEST_OF_A_VALUE = 20, 5


@dataclass(frozen=True)
class Trait:
    """A trait of the subjects, and what is to be taken out of it.

    Parameters
    ----------
    name : str
        Its column.
    values : (n,) array
        Numbers, or 0 and 1; NaN where it or a confound is not known.
    labels : tuple of str
        The two values that 0 and 1 stand for; empty for a number.
    confounds : (n, c) array
        Numbers as they are, other columns as one indicator for each value; 0 where missing.
    """

    name: str
    values: Array
    labels: tuple[str, ...]
    confounds: Array

    @property
    def known(self) -> npt.NDArray[np.bool_]:
        """Tell whose trait and confounds are known, shape (n,)."""
        return ~np.isnan(self.values)

    @property
    def quantity(self) -> str:
        """Name the quantity that it is scored by."""
        return "AUC" if self.labels else "r"

    def take(self, rows: Rows) -> Trait:
        """Return the trait of some subjects."""
        return Trait(self.name, self.values[rows], self.labels, self.confounds[rows])


def check_traits(
    subjects: pl.DataFrame, traits: Sequence[str], confounds: Sequence[str], group: str | None
) -> None:
    """Refuse traits and confounds that cannot be used.

    Parameters
    ----------
    subjects : pl.DataFrame
        The subjects.
    traits, confounds : sequence of str
        Columns.
    group : str or None
        Column whose values are never divided between training and test.

    Raises
    ------
    ConfigError
        When there is no such column, a trait is neither a number nor of two values, there are
        confounds of no trait, or a confound is the trait or the group itself.
    InputError
        When too few subjects have a trait.
    """
    if confounds and not traits:
        raise ConfigError(
            f"expected traits to take {', '.join(map(repr, confounds))} out of, found none",
            where="confounds",
            repair="Name the traits, or leave the confounds out.",
        )
    for name in confounds:
        if name == group or name in traits:
            kind = "group" if name == group else "trait"
            raise ConfigError(
                f"expected a confound that is not the {kind} itself, found {name!r}",
                where="confounds",
                repair="Leave it out: no fitted subject shows what a value of it does that only "
                "tested subjects have."
                if kind == "group"
                else "Leave it out of one of both.",
            )
    for name in traits:
        read_trait(subjects, name, confounds)


def read_trait(subjects: pl.DataFrame, name: str, confounds: Sequence[str] = ()) -> Trait:
    """Read a trait, a number or one of two values, and its confounds.

    Parameters
    ----------
    subjects : pl.DataFrame
        The subjects.
    name : str
        Column of the trait. Two values of any type are 0 and 1 in their order.
    confounds : sequence of str
        Columns to take out. Numbers act linearly, each value of another column by itself.

    Returns
    -------
    Trait
        Subjects without the trait or a confound have no value.

    Raises
    ------
    ConfigError
        When there is no such column, or the trait is neither a number nor of two values.
    InputError
        When too few subjects have it.
    """
    for column, where in ((name, "traits"), *((one, "confounds") for one in confounds)):
        if column not in subjects.columns:
            raise ConfigError(
                f"there is no column {column!r}",
                where=where,
                repair=f"The subjects have: {', '.join(subjects.columns)}.",
            )
    values, labels = _as_numbers(subjects[name])
    blocks = [_as_design(subjects[one]) for one in confounds]
    unknown = np.isnan(values)
    for block in blocks:
        unknown |= np.isnan(block).any(axis=1)
    trait = Trait(
        name,
        np.where(unknown, np.nan, values),
        labels,
        np.nan_to_num(np.hstack([np.zeros((len(values), 0)), *blocks])),
    )
    _require_enough(trait)
    return trait


def _as_numbers(column: pl.Series) -> tuple[Array, tuple[str, ...]]:
    kinds = column.drop_nulls().unique().sort()
    if len(kinds) == 2:
        first, second = kinds
        numbers = [np.nan if one is None else float(one == second) for one in column]
        return np.array(numbers), (str(first), str(second))
    if not column.dtype.is_numeric() or len(kinds) < 2:
        found = f"{len(kinds)} ({list_some(map(repr, kinds))})" if len(kinds) else "none"
        raise ConfigError(
            f"expected numbers or two values in {column.name!r}, found {column.dtype} of "
            f"{'different values: ' if len(kinds) > 2 else ''}{found}",
            where="traits",
            repair="Choose another column, or subjects with two of the values.",
        )
    return column.cast(pl.Float64).fill_null(np.nan).to_numpy(), ()


def _as_design(column: pl.Series) -> Array:
    if column.dtype.is_numeric():
        values = column.cast(pl.Float64).fill_null(np.nan).to_numpy()
        spread = np.nanstd(values) if (~np.isnan(values)).any() else 0.0
        return np.asarray(values / (spread or 1.0))[:, None]
    kinds = column.drop_nulls().unique().sort()
    design = np.array([[float(one == kind) for kind in kinds] for one in column])
    design[column.is_null().to_numpy()] = np.nan
    return design.reshape(len(column), len(kinds))


def _require_enough(trait: Trait) -> None:
    values = trait.values[trait.known]
    counts = [int((values == kind).sum()) for kind in (0, 1)] if trait.labels else []
    if len(values) >= _FEWEST and all(count >= _FEWEST_OF_A_VALUE for count in counts):
        return
    of = [f"{count} of {label!r}" for count, label in zip(counts, trait.labels, strict=True)]
    each = f", and {_FEWEST_OF_A_VALUE} of each value" if trait.labels else ""
    raise InputError(
        f"expected at least {_FEWEST} subjects whose trait and confounds are known{each}, found "
        f"{', '.join([str(len(values)), *of])}",
        where=repr(trait.name),
        repair="Choose another trait, fewer confounds, or add subjects.",
    )
