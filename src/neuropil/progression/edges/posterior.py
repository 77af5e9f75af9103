"""How probable each edge is, how strong, and whether the data had a say in it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from neuropil.contracts import ConfigError, InputError, SeedTree
from neuropil.progression.edges.courses import CourseConstants, count_pairs
from neuropil.progression.edges.linearised import ConstantsDoubt, LinearisedFit, linearise
from neuropil.progression.edges.observations import NoiseLevels, PatternVisits
from neuropil.progression.edges.odds import PriorOdds
from neuropil.progression.edges.sampler import EdgeDraws, SlabPlan, draw_edges

__all__ = ["EdgePlan", "EdgePosterior", "infer_edges"]

Floats = npt.NDArray[np.float64]
Truths = npt.NDArray[np.bool_]

# A factor of 1.6 in the odds. Below it the probability of an even edge moves by less than .12.
_LEAST_CHANGE = 0.5
_SUREST = 1e-6  # Chains of a thousand sweeps can tell no smaller probability from 0.


@dataclass(frozen=True, slots=True)
class EdgePlan:
    """How the posterior over edges is found.

    Parameters
    ----------
    slab : SlabPlan
        Prior of density and weights, and the length of the draws.
    rounds : int
        How often the courses are linearised. From a graph that fits, the second round moved areas
        under the curve by .003, and a third by .0003.
    damping : float
        Share of the way to that mean: the whole of it overshoots where the courses bend.
    """

    slab: SlabPlan = field(default_factory=SlabPlan)
    rounds: int = 2
    damping: float = 0.6

    def __post_init__(self) -> None:
        if self.rounds < 1 or not 0 < self.damping <= 1:
            raise ConfigError(
                f"expected at least one round and a damping above 0 and up to 1, found "
                f"{self.rounds!r} and {self.damping!r}",
                where="EdgePlan",
                repair="Two rounds with a damping of 0.6 were enough on generated cohorts.",
            )


@dataclass(frozen=True, eq=False)
class EdgePosterior:
    """What prior and data together say about each pair of regions.

    Parameters
    ----------
    probability : (n_pairs,) array
        That the pair is an edge, of the upper triangle, row by row.
    weight : (n_pairs,) array
        Mean rate of spread over it, 0 where there is no edge [1/year].
    deviation : (n_pairs,) array
        Standard deviation of that rate [1/year].
    prior : (n_pairs,) array
        Probability before the data, with the slopes and the density that the data chose.
    constants : CourseConstants
        Growth, capacity and initial states with which it was found.
    fit : LinearisedFit
        The last linearisation.
    draws : EdgeDraws
        The last draws.
    """

    probability: Floats
    weight: Floats
    deviation: Floats
    prior: Floats
    constants: CourseConstants
    fit: LinearisedFit
    draws: EdgeDraws

    @property
    def change(self) -> Floats:
        """By how much the data moved the logarithm of the odds of each pair."""
        return _find_logit(self.probability) - _find_logit(self.prior)

    @property
    def identifiable(self) -> Truths:
        """Whether the data moved the odds of a pair by a factor of 1.6 or more.

        Where they did not, the posterior is the prior, and says nothing that was not brought in.
        """
        return np.abs(self.change) >= _LEAST_CHANGE

    @property
    def disagreement(self) -> float:
        """Largest difference of the probability of a pair between halves of the chains."""
        # Chains begin with different graphs: where they disagree, they have not drawn enough.
        half = len(self.draws.probability) // 2
        if not half:
            return float("nan")
        parts = self.draws.probability[:half], self.draws.probability[half:]
        return float(np.abs(parts[0].mean(axis=0) - parts[1].mean(axis=0)).max())


def infer_edges(
    people: PatternVisits,
    odds: PriorOdds,
    start: Floats,
    beliefs: tuple[ConstantsDoubt, NoiseLevels],
    plan: EdgePlan | None = None,
    seed: SeedTree | None = None,
) -> EdgePosterior:
    """Find the posterior over edges of a graph along which a disease spread.

    The courses are linearised by all weights around a graph that fits; edges are drawn from their
    posterior under that likelihood and a spike-and-slab prior; and the courses are linearised anew
    on the way to the mean of the draws.

    Parameters
    ----------
    people : PatternVisits
        What was seen.
    odds : PriorOdds
        Prior odds of each pair.
    start : (n_pairs,) array
        Weights of a graph that fits, such as :func:`fit_penalised` finds [1/year]. Around one that
        does not, the equations of first order ask for a few huge weights.
    beliefs : tuple of ConstantsDoubt and NoiseLevels
        What is known of the constants of the course, and of the noise.
    plan : EdgePlan, optional
        How.
    seed : SeedTree, optional
        Of the draws; root 0 when not given.

    Returns
    -------
    EdgePosterior
        Of all pairs.

    Raises
    ------
    InputError
        When people, odds, start and constants are not about the same regions and patterns, or a
        weight to start from is negative; the message says which.
    """
    plan, tree = plan or EdgePlan(), seed or SeedTree(0)
    doubt, noise = beliefs
    _check_same_regions(people, odds, start, doubt.mean)
    weights, constants = np.asarray(start, dtype=np.float64), doubt.mean
    # As if all weight were that of edges, equally strong.
    scale = weights.sum() / (plan.slab.density * len(weights))
    for number in range(plan.rounds):
        fit = linearise(weights, people, noise, constants, doubt)
        # From changes of the weights to the weights themselves.
        target = fit.pull + fit.gram @ weights
        draw_seed = tree.child(f"round {number}").integer()
        draws = draw_edges((fit.gram, target), odds, plan.slab, scale, draw_seed)
        scale = float(draws.scale.mean())
        constants = fit.move_constants(draws.mean, plan.damping)
        # The slab reaches below 0 a little, and spread against a gradient would blow up.
        weights = np.maximum(weights + plan.damping * (draws.mean - weights), 0)
    return _summarise(draws, odds, fit, constants)


def _check_same_regions(
    people: PatternVisits, odds: PriorOdds, start: Floats, constants: CourseConstants
) -> None:
    n_patterns, n = constants.initial.shape
    found = {
        "regions of the visits": (people.values.shape[1], n),
        "prior odds": (len(odds.offset), count_pairs(n)),
        "weights to start from": (len(start), count_pairs(n)),
        "capacities": (len(constants.capacity), n),
    }
    for name, (number, expected) in found.items():
        if number != expected:
            raise InputError(
                f"expected {expected} {name} for {n} regions with initial states, found {number}",
                where="infer_edges",
                repair="Pairs are those of the upper triangle, row by row.",
            )
    if people.pattern.max() >= n_patterns:
        raise InputError(
            f"expected patterns from 0 to {n_patterns - 1}, found {people.pattern.max()}",
            where="infer_edges",
            repair="Give one initial state for each pattern.",
        )
    if not (np.asarray(start) >= 0).all() or not np.asarray(start).any():
        raise InputError(
            "expected weights of 0 or more with an edge among them to start from, found "
            f"{int((~(np.asarray(start) >= 0)).sum())} others",
            where="infer_edges",
            repair="Start from what fit_penalised returns.",
        )


def _summarise(
    draws: EdgeDraws, odds: PriorOdds, fit: LinearisedFit, constants: CourseConstants
) -> EdgePosterior:
    # Compared with the prior as the data tuned it: what slopes and density do for all pairs alike
    # is no news about any one of them.
    slopes = draws.slopes.mean(axis=(0, 1))
    before = 1 / (1 + np.exp(-odds.at(float(draws.density.mean()), slopes)))
    return EdgePosterior(
        draws.probability.mean(axis=0),
        # The slab reaches a little below 0, where no rate is.
        np.maximum(draws.mean, 0),
        np.sqrt(np.maximum(draws.square - draws.mean**2, 0)),
        before,
        constants,
        fit,
        draws,
    )


def _find_logit(probability: Floats) -> Floats:
    bounded = np.clip(probability, _SUREST, 1 - _SUREST)
    return np.log(bounded / (1 - bounded))
