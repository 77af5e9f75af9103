"""How much of a fit is proven by the data: halves, profiles, and fits from elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import equinox as eqx
import jax
import numpy as np
import numpy.typing as npt

from neuropil.contracts import SeedTree
from neuropil.progression.alignment.scans import Scans
from neuropil.progression.fitting.alternation import CourseFit, FitPlan, fit_course
from neuropil.progression.fitting.course import CourseForm, CourseNumbers
from neuropil.progression.fitting.graphs import PriorGraph

__all__ = [
    "HalvesAgreement",
    "RateProfile",
    "compare_halves",
    "halve_people",
    "profile_rate",
    "restart_fit",
]

Floats = npt.NDArray[np.float64]

# Standard deviation of a restart, before softplus: rates and starts are off by a factor of 1.6.
_JITTER = 0.5


@dataclass(frozen=True, eq=False)
class HalvesAgreement:
    """Whether two disjoint halves of the training people find the same.

    Parameters
    ----------
    graph : float
        Pearson r of the weights of all pairs. With a prior it is nearly fixed by the prior.
    change : float
        Pearson r of log(posterior / prior): what data, and not the prior, agree on; NaN without a
        prior.
    spread, growth : tuple of float
        The rates of both halves [1 / time].
    """

    graph: float
    change: float
    spread: tuple[float, float]
    growth: tuple[float, float]


def halve_people(scans: Scans, seed: SeedTree) -> tuple[Scans, Scans]:
    """Draw two disjoint halves of the people.

    Parameters
    ----------
    scans : Scans
        Of all people.
    seed : SeedTree
        Of the draw.
    """
    order = seed.generator().permutation(scans.n_people)
    # People and not scans are halved: two scans of one person tell the same.
    middle = scans.n_people // 2
    return scans.take_people(order[:middle]), scans.take_people(order[middle:])


def compare_halves(
    form: CourseForm, train: Scans, validation: Scans, plan: FitPlan, seed: SeedTree
) -> HalvesAgreement:
    """Fit two disjoint halves of the training people, and compare what they find.

    Parameters
    ----------
    form : CourseForm
        What is assumed.
    train : Scans
        People who are halved.
    validation : Scans
        People by whom the rounds of both fits are chosen.
    plan : FitPlan
        How long.
    seed : SeedTree
        Of the halves.

    References
    ----------
    Meinshausen and Buehlmann 2010, J. R. Stat. Soc. B 72:417, for stability under halving.
    """
    fits = [fit_course(form, half, validation, plan) for half in halve_people(train, seed)]
    upper = np.triu_indices(len(fits[0].weights), 1)
    pairs = [fit.weights[upper] for fit in fits]
    values = [fit.values_of(form) for fit in fits]
    change = float("nan")
    if isinstance(form.graph, PriorGraph):
        # The numbers of a prior-guided graph are log(posterior / (prior + floor)) themselves.
        change = _correlate(*(np.asarray(fit.numbers.graph) for fit in fits))
    return HalvesAgreement(
        _correlate(*pairs),
        change,
        (values[0].spread, values[1].spread),
        (values[0].growth, values[1].growth),
    )


def _correlate(one: Floats, other: Floats) -> float:
    if np.ptp(one) == 0 or np.ptp(other) == 0:
        return float("nan")
    return float(np.corrcoef(one, other)[0, 1])


@dataclass(frozen=True, eq=False)
class RateProfile:
    """How much worse training people fit at each value of one rate, all else fitted anew.

    Parameters
    ----------
    name : {"spread", "growth"}
        Which rate.
    rates : (m,) array
        Values that were tried [1 / time].
    deviance : (m,) array
        Twice the log likelihood lost against the best, from sums of squares over the variance.
    low, high : float
        Ends of the interval of 95 %; infinite, or 0, where it does not end within what was tried.
    best : float
        The rate of least deviance, which training people choose; the round of a fit is chosen by
        validation people, so that its rate may be another.
    """

    name: str
    rates: Floats
    deviance: Floats
    low: float
    high: float
    best: float

    @property
    def identifiable(self) -> bool:
        """Whether the interval ends on both sides within the rates that were tried."""
        return bool(self.low > 0 and np.isfinite(self.high))


def profile_rate(
    form: CourseForm,
    people: tuple[Scans, Scans],
    plan: FitPlan,
    fit: CourseFit,
    name: Literal["spread", "growth"],
    factors: npt.ArrayLike = (0.25, 0.5, 0.75, 1.0, 1.33, 2.0, 4.0),
) -> RateProfile:
    """Fit everything else at given values of one rate.

    Parameters
    ----------
    form : CourseForm
        What is assumed.
    people : tuple of Scans
        Training and validation people.
    plan : FitPlan
        How long each fit goes on from the fitted numbers.
    fit : CourseFit
        The fit, whose rate is multiplied.
    name : {"spread", "growth"}
        Which rate.
    factors : (m,) array
        By what; increasing.

    Returns
    -------
    RateProfile
        Least of the sums of squares of training people over the rounds of each fit.

    References
    ----------
    Raue et al. 2009, Bioinformatics 25:1923.
    """
    rates = getattr(fit.values_of(form), name) * np.asarray(factors, dtype=np.float64)
    sums = []
    for rate in rates:
        held = eqx.tree_at(
            lambda each: getattr(each, f"known_{name}"),
            form,
            np.asarray(rate),
            is_leaf=lambda each: each is None,
        )
        # Begun where the fit ended: only what the given rate moves has a way to go.
        found = fit_course(held, *people, plan, fit.numbers)
        sums.append(found.history[:, 0].min())
    # Residuals around the fitted course are the noise: twice the log likelihood is their share.
    deviance = (np.array(sums) - min(sums)) / fit.scatter**2
    best = float(rates[deviance.argmin()])
    return _find_ends(RateProfile(name, rates, deviance, 0.0, np.inf, best))


def _find_ends(profile: RateProfile) -> RateProfile:
    """Read the interval off the parabola through the least deviance and its neighbours."""
    from scipy.stats import chi2

    limit = float(chi2.ppf(0.95, df=1))
    logs, deviance = np.log(profile.rates), profile.deviance
    place = int(deviance.argmin())
    if place in {0, len(logs) - 1}:
        # The best rate may lie beyond what was tried.
        ends = (0.0, profile.rates[-1]) if place == 0 else (profile.rates[0], np.inf)
        return replace(profile, low=float(ends[0]), high=float(ends[1]))
    near = slice(place - 1, place + 2)
    # Not straight lines: rates are far apart, and the least lies between two of them.
    bend, slope, _ = np.polyfit(logs[near], deviance[near], 2)
    centre, half = -slope / (2 * bend), np.sqrt(limit / bend)
    low = float(np.exp(centre - half)) if deviance[0] > limit else 0.0
    high = float(np.exp(centre + half)) if deviance[-1] > limit else np.inf
    return replace(profile, low=low, high=high, best=float(np.exp(centre)))


def restart_fit(
    form: CourseForm, people: tuple[Scans, Scans], plan: FitPlan, seed: SeedTree
) -> CourseFit:
    """Fit from other numbers than those where fits begin.

    Parameters
    ----------
    form : CourseForm
        What is assumed.
    people : tuple of Scans
        Training and validation people.
    plan : FitPlan
        How long.
    seed : SeedTree
        Of the numbers.
    """
    rng = seed.generator()

    def shake(number: jax.Array) -> Floats:
        held = np.asarray(number, dtype=np.float64)
        return held + _JITTER * rng.standard_normal(held.shape)

    begun: CourseNumbers = jax.tree.map(shake, form.begin())
    return fit_course(form, *people, plan, begun)
