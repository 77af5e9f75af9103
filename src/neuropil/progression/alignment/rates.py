"""A personal rate beside the personal shift, and whether the data tell it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from neuropil.progression.alignment.noise import NoiseModel
from neuropil.progression.alignment.scans import Scans
from neuropil.progression.alignment.stages import StageGrid
from neuropil.progression.checks import check_level
from neuropil.progression.dynamics.trajectory import Trajectory

__all__ = ["PersonalRates", "find_personal_rates"]

Floats = npt.NDArray[np.float64]
Truths = npt.NDArray[np.bool_]
Places = npt.NDArray[np.int64]

# Rates from a fifth to five times the common one, a factor of 1.14 apart, between which the
# profile is nearly straight; nobody is believed to run through a disease faster.
_WIDEST, _N_RATES = 5.0, 25
# Between two stages [time]. The least misfit over stages this near is within .1 of the least of
# all, where a deviance of 2.7 decides.
_STEP = 0.25


@dataclass(frozen=True, eq=False)
class PersonalRates:
    """How fast people run along the common course, relative to it.

    Parameters
    ----------
    rates : (n_rates,) array
        Rates that were tried.
    profile : (n_people, n_rates) array
        Twice the log likelihood that a rate loses against the best one, each at its best stage.
    rate : (n_people,) array
        The likeliest; NaN where it is not identifiable.
    low, high : (n_people,) array
        Ends of the likelihood interval; at the ends of what was tried where it has none.
    identifiable : (n_people,) bool array
        Whether the interval ends within the rates that were tried, on both sides.
    level : float
        Probability of the interval.
    """

    rates: Floats
    profile: Floats
    rate: Floats
    low: Floats
    high: Floats
    identifiable: Truths
    level: float

    @property
    def differs(self) -> Truths:
        """Whether the common rate is outside the interval of a person, (n_people,)."""
        return self.identifiable & ((self.low > 1) | (self.high < 1))


def find_personal_rates(
    course: Trajectory,
    scans: Scans,
    noise: NoiseModel,
    grid: StageGrid | None = None,
    level: float = 0.9,
) -> PersonalRates:
    """Profile the likelihood of a rate r in c(t0 + r gap) over the stage t0 of each person.

    A person with one scan has no rate, and neither has one whose scans lie where the course hardly
    changes: his profile does not fall far enough on both sides, and he is said to be not
    identifiable.

    Parameters
    ----------
    course : Trajectory
        The common course, taken as known.
    scans : Scans
        Of all people.
    noise : NoiseModel
        As training people show it.
    grid : StageGrid, optional
        Stages that are tried.
    level : float
        Probability of the interval.

    Returns
    -------
    PersonalRates
        One row a person.

    Raises
    ------
    ConfigError
        When the level is not between 0 and 1; choose another.

    References
    ----------
    Raue et al. 2009, Bioinformatics 25:1923, for identifiability by profile likelihood.
    """
    check_level(level)
    tried = grid or StageGrid(step=_STEP)
    rates = np.geomspace(1 / _WIDEST, _WIDEST, _N_RATES)
    profile = np.stack(
        [
            _profile_person(course, scans, noise, tried, (person, rates))
            for person in range(scans.n_people)
        ]
    )
    return _summarise(rates, profile - profile.min(axis=1, keepdims=True), level)


def _profile_person(
    course: Trajectory,
    scans: Scans,
    noise: NoiseModel,
    grid: StageGrid,
    person_and_rates: tuple[int, Floats],
) -> Floats:
    """Return minus twice the log likelihood of each rate, at its best stage."""
    person, rates = person_and_rates
    rows = np.flatnonzero(scans.owners == person)
    # The rate multiplies a gap of 0: every rate is as likely as another.
    if len(rows) == 1:
        return np.zeros(len(rates))
    values, known = scans.values[rows], scans.known[rows]
    best = np.empty(len(rates))
    for number, rate in enumerate(rates):
        times = rate * scans.gaps[rows, None] + grid.stages
        # Who runs fast reaches the end of the course, which stays as it is from there.
        expected = course.at(np.minimum(times, course.duration))
        best[number] = noise.measure_misfit(values, expected, known).min()
    return best


def _summarise(rates: Floats, profile: Floats, level: float) -> PersonalRates:
    from scipy.stats import chi2

    limit = float(chi2.ppf(level, df=1))
    within = profile <= limit
    first = within.argmax(axis=1)
    last = len(rates) - 1 - within[:, ::-1].argmax(axis=1)
    # The interval of a flat profile is all that was tried, whatever that is.
    identifiable = (first > 0) & (last < len(rates) - 1)
    rate = np.where(identifiable, rates[profile.argmin(axis=1)], np.nan)
    low = _cross(np.log(rates), profile, first, np.maximum(first - 1, 0), limit)
    high = _cross(np.log(rates), profile, last, np.minimum(last + 1, len(rates) - 1), limit)
    return PersonalRates(rates, profile, rate, low, high, identifiable, level)


def _cross(logs: Floats, profile: Floats, inside: Places, outside: Places, limit: float) -> Floats:
    """Return the rate at which the profile of each person reaches the limit.

    Roots of the profile are joined by straight lines: those of a parabola are straight.
    """
    rows = np.arange(len(profile))
    inner, outer = (np.sqrt(profile[rows, each]) for each in (inside, outside))
    rise = outer - inner
    share = np.where(rise > 0, (np.sqrt(limit) - inner) / np.where(rise > 0, rise, 1), 0)
    ends: Floats = np.exp(logs[inside] + share * (logs[outside] - logs[inside]))
    return ends
