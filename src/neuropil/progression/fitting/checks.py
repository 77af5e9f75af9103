"""What is refused before a fit."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from neuropil.connectome import Visits
from neuropil.contracts import InputError

__all__ = ["FEWEST", "check_number", "check_times", "check_visits"]

Floats = npt.NDArray[np.float64]

# The round is chosen by validation people, and fewer choose by chance.
FEWEST = 5
"""People of each part of a split."""


def check_visits(visits: object) -> None:
    """Refuse what is no visits.

    Parameters
    ----------
    visits : object
        What was given.

    Raises
    ------
    InputError
        When it is something else; make visits of it.
    """
    if not isinstance(visits, Visits):
        raise InputError(
            f"expected Visits, found {type(visits).__name__}",
            where="ProgressionModel",
            repair="Make them with Visits.from_frame(table).",
        )


def check_number(train: int, validation: int, visits: Visits) -> None:
    """Refuse too few people.

    Parameters
    ----------
    train, validation : int
        How many there are.
    visits : Visits
        Named in the message.

    Raises
    ------
    InputError
        When there are fewer than five of either; add people.
    """
    if train < FEWEST or validation < FEWEST:
        raise InputError(
            f"expected at least {FEWEST} people to fit and {FEWEST} to validate, found {train} "
            f"and {validation}",
            where=visits.source.name,
            repair="Add people.",
        )


def check_times(at: npt.ArrayLike) -> Floats:
    """Return times since the first visit as an array.

    Parameters
    ----------
    at : (k,) array
        What was given.

    Raises
    ------
    InputError
        When it is no list, or one is not finite; give a list.
    """
    times = np.asarray(at, dtype=np.float64)
    if times.ndim != 1 or not np.isfinite(times).all():
        raise InputError(
            f"expected a list of finite times, found shape {times.shape}",
            where="at",
            repair="Give times since the first visit, such as at=[0, 1, 2].",
        )
    return times
