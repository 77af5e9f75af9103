"""A later map of a group of animals: from earlier ones, other groups and spread from the seed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from neuropil.contracts import ConfigError, InputError
from neuropil.progression.dynamics.diffusion import diffuse
from neuropil.progression.forecasts.regression import NormalEquations, standardise
from neuropil.progression.group_maps.animals import AnimalGroup
from neuropil.progression.group_maps.scoring import correlate_maps
from neuropil.progression.group_maps.spread import fit_rate

__all__ = ["GroupForecaster", "average_logarithms", "compare_logarithms", "keep_before"]

Array = npt.NDArray[np.float64]

OFFSET = 1e-4
"""What is added before a logarithm is taken: below nearly all areas of the mice that are not 0, so
that no pathology is a tenth of hardly any."""

# What has spread somewhere by less than this is rounding, and its logarithm would be noise.
_LEAST = 1e-12
_UNFITTED = "This %(name)s instance is not fitted yet: call fit(groups) first"


def keep_before(group: AnimalGroup, time: float) -> AnimalGroup:
    """Keep the animals that were looked at before a time.

    Parameters
    ----------
    group : AnimalGroup
        Single animals.
    time : float
        What is later is hidden.

    Raises
    ------
    InputError
        When there is no such animal; choose a later time.
    """
    kept = group.times < time
    if not kept.any():
        raise InputError(
            f"expected animals before {time:g}, found none",
            where=f"group {group.name}",
            repair="Choose a later time.",
        )
    return replace(group, times=group.times[kept], values=group.values[kept])


def average_logarithms(group: AnimalGroup) -> dict[float, Array]:
    """Average log10(pathology + 0.0001) over the animals of each time.

    The logarithm of the mean follows the animal that is most ill; the mean of logarithms is what
    the animals have in common, and foretells better.

    Parameters
    ----------
    group : AnimalGroup
        Single animals.

    Returns
    -------
    dict of float to (n,) array
        By time, increasing.

    Raises
    ------
    InputError
        When a region was measured in no animal of a time, or a value is negative.
    """
    if (group.values < 0).any():
        raise InputError(
            f"expected pathology of 0 or more, found {np.nanmin(group.values):g}",
            where=f"group {group.name}",
            repair="Give it on its own scale, before logarithms.",
        )
    found = {}
    for time in np.unique(group.times).tolist():
        logarithms = np.log10(group.values[group.times == time] + OFFSET)
        empty = int(np.isnan(logarithms).all(axis=0).sum())
        if empty:
            raise InputError(
                f"expected each region in some animal, found {empty} in none at time {time:g}",
                where=f"group {group.name}",
                repair="Leave out regions that were never measured.",
            )
        found[time] = np.nanmean(logarithms, axis=0)
    return found


def compare_logarithms(mean: npt.ArrayLike, forecast: npt.ArrayLike) -> float:
    """Correlate a forecast of logarithms with a mean map over regions that have pathology.

    Parameters
    ----------
    mean : (n,) array
        Mean pathology, on its own scale.
    forecast : (n,) array
        On the scale of logarithms.

    Returns
    -------
    float
        Pearson r.

    Examples
    --------
    >>> round(compare_logarithms([0.1, 1.0, 0.0, 10.0], [-1.0, 0.0, 9.0, 1.0]), 3)
    1.0
    """
    given = np.asarray(mean, dtype=np.float64)
    present = given > 0
    truth = np.where(present, np.log10(np.where(present, given, 1)), np.nan)
    return float(correlate_maps(truth, forecast))


class GroupForecaster(BaseEstimator):  # type: ignore[misc]
    """Foretell the map of a group at a later time than any that was seen.

    Three things are known of each region: the state of the group, the state of the other groups at
    the same time, and the logarithm of what has spread there from the seed by the later time. All
    are standardised; their weights are learnt from earlier steps, pooled over groups. The state is
    what :func:`average_logarithms` returns.

    Parameters
    ----------
    laplacian : (n, n) array or None
        As :func:`build_laplacian` makes it. None does without spread.
    penalty : float
        Of the ridge regression; 1 weighs as much as the mean over all steps.
    others : bool
        Whether other groups are used.

    Attributes
    ----------
    coefficients_ : (k,) array
        Weight of the state, then of other groups and of spread where they are used.
    rates_ : dict of str to float
        Rate of spread of each group; empty without a Laplacian.

    References
    ----------
    Henderson et al. 2019, Nat. Neurosci. 22:1248, for spread from the seed.

    Examples
    --------
    >>> values = [[1, 0.1, 0.01], [1, 0.3, 0.04], [1, 0.5, 0.1]]
    >>> group = AnimalGroup("a", np.array([1, 3, 6]), np.array(values), np.array([1.0, 0, 0]))
    >>> model = GroupForecaster(others=False).fit([keep_before(group, 6)])
    >>> round(model.score(group), 2)
    1.0
    """

    # The penalty is far below the mean square of a standardised column, 1: it only keeps columns
    # that are nearly alike from opposite weights. From 0 to .3 r changes by .001.
    def __init__(
        self,
        laplacian: npt.ArrayLike | None = None,
        penalty: float = 0.03,
        *,
        others: bool = True,
    ) -> None:
        self.laplacian = laplacian
        self.penalty = penalty
        self.others = others

    def fit(self, groups: Sequence[AnimalGroup], y: None = None) -> Self:
        """Learn how a map follows from the one before, from all animals that are given.

        Parameters
        ----------
        groups : sequence of AnimalGroup
            What was seen; :func:`keep_before` hides what is to be foretold. All groups have the
            same times.
        y : None
            Ignored.

        Raises
        ------
        InputError
            When no groups are given, or their times or regions differ, or there is one time only.
        ConfigError
            When the penalty is not above 0, or other groups are asked for and there is none.
        """
        del y
        given = _check_groups(groups)
        if not self.penalty > 0 or (self.others and len(given) < 2):
            raise ConfigError(
                f"expected a penalty above 0 and another group, found {self.penalty!r} and "
                f"{len(given)} group{'s' if len(given) > 1 else ''}",
                where="GroupForecaster",
                repair="Use a positive penalty, and others=False with one group.",
            )
        # Logarithms of single animals are averaged once; mean maps serve the rate alone.
        self._states = {one.name: average_logarithms(one) for one in given}
        self._starts = {one.name: one.start for one in given}
        self.rates_ = {}
        if self.laplacian is not None:
            # Groups differ in how fast pathology spreads, and share how it depends on the state.
            self.rates_ = {one.name: fit_rate(self.laplacian, one.average()).rate for one in given}
        equations = NormalEquations.mean(
            self._sum_step(name, before, after)
            for name, states in self._states.items()
            # Steps of all lengths count alike; the mice have only one before month 6.
            for before, after in pairwise(states)
        )
        self.coefficients_ = equations.solve(self.penalty, np.zeros(len(equations.products)))
        return self

    def _sum_step(self, name: str, before: float, after: float) -> NormalEquations:
        target = self._states[name][after]
        everywhere = np.ones(target.size, bool)
        columns = self._describe(name, before, after)
        return NormalEquations.of(columns, standardise(target, everywhere))

    def _describe(self, name: str, before: float, after: float) -> Array:
        """Return what is known of each region before a later time, (n, k)."""
        known = [self._states[name][before]]
        if self.others:
            # Its state at the same time, and never a later one: both groups are foretold together.
            rest = [states[before] for other, states in self._states.items() if other != name]
            known.append(np.mean(rest, axis=0))
        if self.laplacian is not None:
            # At the time that is foretold: how far spread has come by then no state can tell.
            moment = np.array([self.rates_[name] * after])
            spread = diffuse(self.laplacian, self._starts[name], moment)[0]
            known.append(np.log10(np.maximum(spread, _LEAST)))
        everywhere = np.ones(known[0].size, bool)
        return np.stack([standardise(each, everywhere) for each in known], axis=1)

    def predict(self, time: float) -> dict[str, Array]:
        """Foretell the map of each group that was fitted.

        Parameters
        ----------
        time : float
            A later time than any that was fitted.

        Returns
        -------
        dict of str to (n,) array
            By group: forecast of the logarithm of pathology, in standard deviations over regions.

        Raises
        ------
        NotFittedError
            Before :meth:`fit`.
        InputError
            When the time is not later.
        """
        check_is_fitted(self, msg=_UNFITTED)
        last = max(max(states) for states in self._states.values())
        if not time > last:
            raise InputError(
                f"expected a time after {last:g}, found {time:g}",
                where="GroupForecaster.predict",
                repair="What was fitted is no forecast: choose a later time.",
            )
        return {
            name: self._describe(name, last, time) @ self.coefficients_ for name in self._states
        }

    def score(self, group: AnimalGroup, y: None = None) -> float:
        """Return Pearson r of the forecast with the logarithm of the last mean map of a group.

        Parameters
        ----------
        group : AnimalGroup
            Animals of a later time; earlier ones among them are not used.
        y : None
            Ignored.

        Returns
        -------
        float
            Over regions with pathology, as Henderson et al. compare maps.

        Raises
        ------
        InputError
            When the group was not fitted, or its last time is not later than those that were.
        """
        del y
        maps = group.average()
        forecasts = self.predict(maps.times[-1])
        if group.name not in forecasts:
            raise InputError(
                f"there is no group {group.name!r}",
                where="GroupForecaster.score",
                repair=f"The groups are: {', '.join(forecasts)}.",
            )
        return compare_logarithms(maps.values[-1], forecasts[group.name])

    def __sklearn_tags__(self) -> Tags:
        """Say that groups of animals are taken, and no table of samples."""
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.no_validation = True
        return tags


def _check_groups(groups: Any) -> tuple[AnimalGroup, ...]:  # noqa: ANN401 - anything may come
    given = tuple(groups) if isinstance(groups, Sequence) else (groups,)
    wrong = [type(one).__name__ for one in given if not isinstance(one, AnimalGroup)]
    if wrong or not given:
        raise InputError(
            f"expected a sequence of AnimalGroup, found {wrong[0] if wrong else 'none'}",
            where="groups",
            repair="Take those of split_groups(visits, start).",
        )
    times = {tuple(np.unique(one.times).tolist()) for one in given}
    sizes = {one.start.size for one in given}
    if len(times) > 1 or len(sizes) > 1 or len(next(iter(times))) < 2:
        raise InputError(
            f"expected the same regions and at least two times in all groups, found "
            f"{sorted(sizes)} regions and times {sorted(times)}",
            where="groups",
            repair="Leave out times at which a group was not seen.",
        )
    return given
