"""A later map of a group of animals, from earlier groups, other groups and spread from the seed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from neuropil.connectome import Visits
from neuropil.contracts import ConfigError, InputError
from neuropil.progression.dynamics.diffusion import diffuse
from neuropil.progression.dynamics.laplacians import build_laplacian
from neuropil.progression.forecasts.regression import NormalEquations, standardise
from neuropil.progression.group_maps.scoring import correlate_maps
from neuropil.progression.group_maps.spread import GroupMaps, fit_rate

__all__ = ["AnimalMaps", "GroupForecaster", "compare_logs", "read_groups"]

Array = npt.NDArray[np.float64]

# A tenth of a thousandth, the offset of Henderson et al.: below the smallest area that is not 0.
_OFFSET = 1e-4
# States below it are numbers that rounding made; their logarithms would be.
_LEAST = 1e-12


@dataclass(frozen=True, eq=False)
class AnimalMaps:
    """One map of each animal of a group, each animal seen once at one of several times.

    Parameters
    ----------
    name : str
        Name of the group.
    times : (k,) array
        Time of each animal after seeding, above 0.
    values : (k, n) array
        Pathology of each region, 0 or more; NaN where it was not measured.
    start : (n,) array
        1 at the seeds, 0 elsewhere.

    Raises
    ------
    InputError
        When shapes do not fit, a value is negative, or a region was measured in no animal of a
        time.
    """

    name: str
    times: Array
    values: Array
    start: Array

    def __post_init__(self) -> None:
        for field in ("times", "values", "start"):
            object.__setattr__(self, field, np.asarray(getattr(self, field), dtype=np.float64))
        if self.values.shape != (self.times.size, self.start.size) or not self.times.size:
            self._refuse(
                f"one row for each of {self.times.size} animals and one column for each of "
                f"{self.start.size} regions",
                f"{self.values.shape}",
            )
        if (self.values < 0).any():
            self._refuse("pathology of 0 or more", f"{np.nanmin(self.values):g}")
        for time in self.moments:
            empty = int(np.isnan(self.at(time)).all(axis=0).sum())
            if empty:
                self._refuse("each region in some animal of each time", f"{empty} without")

    def _refuse(self, expected: str, found: str) -> None:
        raise InputError(
            f"expected {expected}, found {found}",
            where=f"group {self.name}",
            repair="Give one row for each animal; leave out regions that were never measured.",
        )

    @property
    def moments(self) -> tuple[float, ...]:
        """Times at which there are animals, increasing."""
        return tuple(np.unique(self.times).tolist())

    def at(self, time: float) -> Array:
        """Return the maps of the animals of one time, (m, n)."""
        return self.values[self.times == time]

    def mean(self, time: float) -> Array:
        """Average the pathology over the animals of one time, (n,)."""
        mean: Array = np.nanmean(self.at(time), axis=0)
        return mean

    def state(self, time: float) -> Array:
        """Average log10(pathology + 0.0001) over the animals of one time, (n,).

        The logarithm of the mean follows the one animal that is most ill; the mean of logarithms
        is what the animals have in common, and foretells better.
        """
        state: Array = np.nanmean(np.log10(self.at(time) + _OFFSET), axis=0)
        return state

    def before(self, time: float) -> AnimalMaps:
        """Keep the animals that were seen before a time.

        Raises
        ------
        InputError
            When there is none; choose a later time.
        """
        kept = self.times < time
        return AnimalMaps(self.name, self.times[kept], self.values[kept], self.start)

    def group_maps(self) -> GroupMaps:
        """Return the mean map of each time."""
        return GroupMaps(self.moments, [self.mean(time) for time in self.moments], self.start)


def read_groups(visits: Visits, column: str = "group") -> tuple[AnimalMaps, ...]:
    """Read the animals of each group.

    Parameters
    ----------
    visits : Visits
        Regions have a column ``seed``.
    column : str
        Column of the subjects that names their group.

    Returns
    -------
    tuple of AnimalMaps
        In the order of the names.

    Raises
    ------
    InputError
        When there is no such column, or no seed.
    """
    regions = visits.parcellation.regions
    for name, columns in ((column, visits.subjects.columns), ("seed", regions.columns)):
        if name not in columns:
            raise InputError(
                f"expected a column {name!r}, found {', '.join(columns)}",
                where=visits.source.name,
                repair="Name the groups of the subjects, and the seed among the regions.",
            )
    owner = visits.subjects[column].to_numpy()[visits.subject_rows()]
    start = regions["seed"].to_numpy().astype(np.float64)
    return tuple(
        AnimalMaps(str(name), visits.times[owner == name], visits.values[owner == name], start)
        for name in np.unique(owner)
    )


class GroupForecaster(BaseEstimator):  # type: ignore[misc]
    """Foretell the mean map of a group at a later time than any that was seen.

    Three things are known of each region: the state of the group, the state of the other groups at
    the same time, and the logarithm of what has spread there from the seed by the later time. All
    are standardised; their weights are learnt from earlier steps, pooled over groups.

    Parameters
    ----------
    graph : (n, n) array or None
        Weights, row = source, column = target; region i takes up from the targets of row i. None
        does without spread.
    penalty : float
        Of the ridge regression; 1 weighs as much as one step of one group.
    others : bool
        Whether other groups are used.

    Attributes
    ----------
    coefficients_ : (k,) array
        Weight of the state, then of other groups and of spread where they are used.
    rates_ : dict of str to float
        Rate of spread of each group.

    References
    ----------
    Henderson et al. 2019, Nat. Neurosci. 22:1248, for spread from the seed.
    """

    def __init__(
        self, graph: npt.ArrayLike | None = None, penalty: float = 0.03, *, others: bool = True
    ) -> None:
        self.graph = graph
        self.penalty = penalty
        self.others = others

    def fit(self, groups: Sequence[AnimalMaps], y: None = None) -> Self:
        """Learn how a map follows from the one before, in animals of all times that are given.

        Parameters
        ----------
        groups : sequence of AnimalMaps
            Animals that were seen; leave later ones out with :meth:`AnimalMaps.before`. All groups
            have the same times.
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
        self._groups = {one.name: one for one in given}
        self._laplacian = (
            None if self.graph is None else build_laplacian(self.graph, scale="eigenvalue")
        )
        self.rates_ = {} if self._laplacian is None else self._fit_rates()
        times = given[0].moments
        steps = [
            self._step(one.name, before, after)
            for one in given
            for before, after in pairwise(times)
        ]
        equations = NormalEquations.mean(steps)
        self.coefficients_ = equations.solve(self.penalty, np.zeros(len(equations.products)))
        return self

    def _fit_rates(self) -> dict[str, float]:
        return {
            name: fit_rate(self._laplacian, one.group_maps()).rate
            for name, one in self._groups.items()
        }

    def _step(self, name: str, before: float, after: float) -> NormalEquations:
        target = self._groups[name].state(after)
        everywhere = np.ones(target.size, bool)
        return NormalEquations.of(
            self._describe(name, before, after), standardise(target, everywhere)
        )

    def _describe(self, name: str, before: float, after: float) -> Array:
        """Return what is known of each region before a later time, (n, k)."""
        own = self._groups[name]
        known = [own.state(before)]
        if self.others:
            known.append(
                np.mean(
                    [one.state(before) for one in self._groups.values() if one.name != name], axis=0
                )
            )
        if self._laplacian is not None:
            spread = diffuse(self._laplacian, own.start, [self.rates_[name] * after])[0]
            known.append(np.log10(np.maximum(spread, _LEAST)))
        everywhere = np.ones(own.start.size, bool)
        return np.stack([standardise(each, everywhere) for each in known], axis=1)

    def predict(self, name: str, time: float) -> Array:
        """Foretell the map of a group.

        Parameters
        ----------
        name : str
            A group that was fitted.
        time : float
            A later time than any that was fitted.

        Returns
        -------
        (n,) array
            Forecast of the logarithm of pathology, in standard deviations over regions.

        Raises
        ------
        NotFittedError
            Before :meth:`fit`.
        InputError
            When the group was not fitted, or the time is not later.
        """
        check_is_fitted(
            self, msg="This %(name)s instance is not fitted yet: call fit(groups) first"
        )
        if name not in self._groups:
            raise InputError(
                f"there is no group {name!r}",
                where="GroupForecaster.predict",
                repair=f"The groups are: {', '.join(self._groups)}.",
            )
        last = self._groups[name].moments[-1]
        if not time > last:
            raise InputError(
                f"expected a time after {last:g}, found {time:g}",
                where="GroupForecaster.predict",
                repair="What was fitted is no forecast: choose a later time.",
            )
        forecast: Array = self._describe(name, last, time) @ self.coefficients_
        return forecast

    def score(self, later: AnimalMaps, y: None = None) -> float:
        """Return Pearson r of the forecast with the logarithm of the last mean map of a group.

        Parameters
        ----------
        later : AnimalMaps
            The group at a later time; earlier animals among them are not used.
        y : None
            Ignored.

        Returns
        -------
        float
            Over regions with pathology, as Henderson et al. compare maps.
        """
        del y
        time = later.moments[-1]
        return compare_logs(later.mean(time), self.predict(later.name, time))

    def __sklearn_tags__(self) -> Tags:
        """Say that groups of animals are taken, and no table of samples."""
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.no_validation = True
        return tags


def compare_logs(mean: npt.ArrayLike, forecast: npt.ArrayLike) -> float:
    """Correlate a forecast of logarithms with a mean map over regions that have pathology.

    Parameters
    ----------
    mean : (n,) array
        Mean pathology, on its own scale.
    forecast : (n,) array
        On the scale of logarithms.
    """
    given = np.asarray(mean, dtype=np.float64)
    present = given > 0
    truth = np.where(present, np.log10(np.where(present, given, 1)), np.nan)
    return float(correlate_maps(truth, forecast))


def _check_groups(groups: Any) -> tuple[AnimalMaps, ...]:  # noqa: ANN401 - anything may come
    given = tuple(groups) if isinstance(groups, Sequence) else (groups,)
    if not given or not all(isinstance(one, AnimalMaps) for one in given):
        wrong = next(
            (type(one).__name__ for one in given if not isinstance(one, AnimalMaps)), "none"
        )
        raise InputError(
            f"expected a sequence of AnimalMaps, found {wrong}",
            where="groups",
            repair="Take those of read_groups(visits).",
        )
    times = {one.moments for one in given}
    sizes = {one.start.size for one in given}
    if len(times) > 1 or len(sizes) > 1 or len(given[0].moments) < 2:
        raise InputError(
            f"expected the same regions and at least two times in all groups, found "
            f"{sorted(sizes)} regions and times {sorted(times)}",
            where="groups",
            repair="Leave out times at which a group was not seen.",
        )
    return given
