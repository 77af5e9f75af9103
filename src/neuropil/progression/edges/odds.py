"""Prior odds that a pair is an edge, from what sources say of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from neuropil.contracts import InputError

__all__ = ["PriorOdds", "odds_of_probabilities", "odds_of_ranks", "score_ranks"]

Floats = npt.NDArray[np.float64]

# A slope of 1 triples the odds with each standard deviation of rank; as much doubt leaves room for
# a source that says nothing (0) and for one that is twice as sharp.
_SLOPE = (1.0, 1.0)
# An answer of 0 or 1 would be beyond what any data can mend.
_SUREST = 0.01


@dataclass(frozen=True, eq=False)
class PriorOdds:
    """Logarithm of the odds of each pair: a level, an offset, and evidence times slopes.

    The level is set by the density; slopes are learnt together with the edges, so that a source
    which disagrees with the data loses its say.

    Parameters
    ----------
    offset : (n_pairs,) array
        Odds that are taken as they are.
    evidence : (n_pairs, n_sources) array
        Standardised evidence, more where an edge is more likely.
    """

    offset: Floats
    evidence: Floats

    @property
    def slope(self) -> tuple[float, float]:
        """Mean and standard deviation of the prior of each slope."""
        return _SLOPE

    def at(self, density: float, slopes: npt.ArrayLike | None = None) -> Floats:
        """Return the logarithm of the odds, (n_pairs,), of a graph of this density.

        Parameters
        ----------
        density : float
            Mean probability of an edge.
        slopes : (n_sources,) array, optional
            Of the evidence; when not given, their prior means.
        """
        from scipy.optimize import brentq
        from scipy.special import expit

        each = np.full(self.evidence.shape[1], _SLOPE[0]) if slopes is None else np.asarray(slopes)
        bare = self.offset + self.evidence @ each
        # Beyond 60 either way every probability is 0 or 1 to the last digit.
        level = brentq(lambda up: expit(up + bare).mean() - density, -60, 60)
        return bare + level


def score_ranks(values: Floats) -> Floats:
    """Return the normal score of the rank of each value: z of a normal sample in the same order.

    Parameters
    ----------
    values : (n,) array
        Of any distribution.

    Examples
    --------
    >>> score_ranks(np.array([5.0, 1.0, 1000.0])).round(3).tolist()
    [0.0, -0.967, 0.967]
    """
    from scipy.stats import norm, rankdata

    # Half a rank from either end, as the extreme ranks would be infinite.
    scores: Floats = norm.ppf((rankdata(values) - 0.5) / len(values))
    return scores


def odds_of_ranks(prior: Floats) -> PriorOdds:
    """Build odds from the order of a prior alone, with one slope to learn.

    Parameters
    ----------
    prior : (n_pairs,) array
        Larger where an edge is more likely, in any unit.
    """
    # The unit of a prior is an accident of its source; its order is what it says.
    values = _check(prior, "prior")
    return PriorOdds(np.zeros(len(values)), score_ranks(values)[:, None])


def odds_of_probabilities(probabilities: Floats, views: Sequence[Floats]) -> PriorOdds:
    """Build odds from the probabilities of an elicitor, and from the ranks of views.

    Parameters
    ----------
    probabilities : (n_pairs,) array
        Of an edge, in [0, 1]; their odds are taken as they are, up to a common level.
    views : sequence of (n_pairs,) array
        Weight of each pair in each view; each gets a slope of its own.

    Raises
    ------
    InputError
        When a value is not finite, or a probability is outside [0, 1]; names the source.
    """
    stated = _check(probabilities, "probabilities")
    if ((stated < 0) | (stated > 1)).any():
        raise InputError(
            f"expected probabilities from 0 to 1, found {stated.min():g} to {stated.max():g}",
            where="probabilities",
            repair="Divide percentages by 100.",
        )
    # People and models say 0 and 1 of what they are merely sure of.
    bounded = np.clip(stated, _SUREST, 1 - _SUREST)
    ranks = [score_ranks(_check(view, f"view {place}")) for place, view in enumerate(views)]
    evidence = np.stack(ranks, axis=1) if ranks else np.zeros((len(bounded), 0))
    return PriorOdds(np.log(bounded / (1 - bounded)), evidence)


def _check(values: Floats, where: str) -> Floats:
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1 or not np.isfinite(array).all():
        raise InputError(
            f"expected one finite number for each pair, found shape {array.shape}, "
            f"{int((~np.isfinite(array)).sum())} of them not finite",
            where=where,
            repair="Give the upper triangle row by row, with a number for every pair.",
        )
    return array
