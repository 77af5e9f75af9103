"""Forecasts of last maps that nothing has seen, beside persistence, with intervals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from neuropil.contracts import ConfigError, SeedTree
from neuropil.progression.dynamics.laplacians import check_weights
from neuropil.progression.forecasts.choice import Evidence, FittedForecast
from neuropil.progression.forecasts.forecaster import ForecastPlan, list_candidates
from neuropil.progression.forecasts.study_maps import StudyMaps, check_studies
from neuropil.progression.group_maps.graph_nulls import draw_graph_nulls

__all__ = [
    "Forecast",
    "ForecastScores",
    "foretell_by_chance",
    "foretell_last_maps",
    "score_forecasts",
]

Array = npt.NDArray[np.float64]
LeaveOut = Literal["study", "laboratory", "all others"]


@dataclass(frozen=True, eq=False)
class Forecast:
    """The last map of a study as it was foretold, and as it was.

    Parameters
    ----------
    name : str
        Study.
    predicted, persistence, truth : (m,) array
        Forecast, map before the last, and last map, of the regions that are compared.
    block : (m,) int array
        Which block each region belongs to; blocks are resampled.
    features : tuple of str
        Features that were chosen.
    coefficients : tuple of float
        Their weights.
    """

    name: str
    predicted: Array = field(repr=False)
    persistence: Array = field(repr=False)
    truth: Array = field(repr=False)
    block: npt.NDArray[np.int64] = field(repr=False)
    features: tuple[str, ...] = ()
    coefficients: tuple[float, ...] = ()

    def correlate(self, weights: npt.ArrayLike | None = None) -> Array:
        """Return Pearson r of forecast and of persistence, shape (2, ...), by weighted regions.

        Parameters
        ----------
        weights : (..., m) array, optional
            How often each region is drawn; once when not given.
        """
        drawn = np.ones(self.truth.size) if weights is None else np.asarray(weights, np.float64)
        return np.stack(
            [_correlate(one, self.truth, drawn) for one in (self.predicted, self.persistence)]
        )

    def resample(self, n: int, rng: np.random.Generator) -> Array:
        """Return what :meth:`correlate` gives for blocks drawn with replacement, shape (2, n)."""
        # As many blocks as there are, each as likely: a block of one region counts like one of 80.
        blocks = int(self.block.max()) + 1
        counts = rng.multinomial(blocks, np.full(blocks, 1 / blocks), size=n)
        return self.correlate(counts[:, self.block])


def _correlate(x: Array, y: Array, weights: Array) -> Array:
    # Weighted sums, so that a thousand resamples are one product of matrices.
    total = weights.sum(axis=-1, keepdims=True)
    one, two = (side - (weights @ side)[..., None] / total for side in (x, y))
    norm = np.sqrt((weights * one**2).sum(axis=-1) * (weights * two**2).sum(axis=-1))
    with np.errstate(invalid="ignore", divide="ignore"):
        r: Array = (weights * one * two).sum(axis=-1) / norm
    return r


def foretell_last_maps(
    studies: Sequence[StudyMaps],
    graph: npt.ArrayLike,
    plan: ForecastPlan | Mapping[str, Any] | None = None,
    *,
    leave_out: LeaveOut = "study",
    sides: npt.ArrayLike | None = None,
) -> list[Forecast]:
    """Foretell the last map of each study by a model that has not seen it.

    Parameters
    ----------
    studies : sequence of StudyMaps
        At least two maps each.
    graph : (n, n) array
        Weights; row i says from where region i takes up.
    plan : ForecastPlan or mapping, optional
        What is chosen between; the choice is made anew for every study, by the others.
    leave_out : {"study", "laboratory", "all others"}
        What is hidden beside the last map: nothing, other studies of its laboratory, or all other
        studies. Choices within leave out the same.
    sides : (n,) array, optional
        Side of each region, for blocks.

    Returns
    -------
    list of Forecast
        In the order of the studies.

    Raises
    ------
    ConfigError
        When ``leave_out`` is none of these; choose one.
    """
    if leave_out not in ("study", "laboratory", "all others"):
        raise ConfigError(
            f"expected study, laboratory or all others, found {leave_out!r}",
            where="leave_out",
            repair="Choose one of them.",
        )
    settings = ForecastPlan.build(plan, where="plan")
    # A choice by studies of the same laboratory would reward what does not carry to a new one.
    folds = "laboratory" if leave_out == "laboratory" else settings.folds
    weights = check_weights(graph, "graph")
    given = check_studies(studies, len(weights))
    # One for all studies: most sums come back when another study is left out.
    evidence = Evidence(weights, settings.sharing)
    candidates = list_candidates(settings)
    return [
        _foretell(
            study,
            FittedForecast.of(evidence, _teach(study, given, leave_out), candidates, folds),
            sides,
        )
        for study in given
    ]


def foretell_by_chance(
    studies: Sequence[StudyMaps],
    graph: npt.ArrayLike,
    plan: ForecastPlan | Mapping[str, Any] | None,
    seed: SeedTree,
    draws: Iterable[int],
    *,
    leave_out: LeaveOut = "study",
) -> Array:
    """Do the same on graphs whose regions were exchanged.

    Parameters
    ----------
    studies, graph, plan, leave_out
        As of :func:`foretell_last_maps`.
    seed : SeedTree
        Root of the draws, one child each: a draw does not depend on those before it.
    draws : iterable of int
        Numbers of the draws.

    Returns
    -------
    (m, k) array
        r of each study in each draw.
    """
    found = []
    for draw in draws:
        [exchanged] = draw_graph_nulls(graph, "labels", 1, seed.child(draw))
        # The whole recipe: a null has to make the same choices that the forecast makes.
        forecasts = foretell_last_maps(studies, exchanged, plan, leave_out=leave_out)
        found.append([float(one.correlate()[0]) for one in forecasts])
    return np.array(found)


def _teach(study: StudyMaps, studies: Sequence[StudyMaps], leave_out: LeaveOut) -> list[StudyMaps]:
    """Return what a forecast of a study may learn from: others whole, and its own earlier maps."""
    others = [
        one
        for one in studies
        if one.name != study.name
        # Its own earlier maps stay in every case: a forecast begins with them.
        and leave_out != "all others"
        and (leave_out == "study" or one.laboratory != study.laboratory)
    ]
    return [*others, study.earlier()]


def _foretell(study: StudyMaps, model: FittedForecast, sides: npt.ArrayLike | None) -> Forecast:
    used = study.used
    return Forecast(
        study.name,
        model.predict(study.earlier())[used],
        study.maps.values[-2, used],
        study.maps.values[-1, used],
        study.find_blocks(sides),
        model.candidate.features,
        tuple(model.coefficients.tolist()),
    )


@dataclass(frozen=True, eq=False)
class ForecastScores:
    """Correlations of forecasts with last maps, beside persistence, and how sure they are.

    Parameters
    ----------
    r, persistence : (k,) array
        Pearson r of each study.
    intervals : (k, 2) array
        95 % interval of ``r`` over blocks.
    gain_intervals : (k, 2) array
        95 % interval of ``r`` - ``persistence`` over the same draws.
    drawn : (k, m) array
        ``r`` in each resample.
    mean_interval, mean_gain_interval : (float, float)
        Of the means over the studies, whose blocks are drawn independently.
    """

    r: Array
    persistence: Array
    intervals: Array
    gain_intervals: Array
    drawn: Array = field(repr=False)
    mean_interval: tuple[float, float]
    mean_gain_interval: tuple[float, float]

    @property
    def mean(self) -> float:
        """Mean r over the studies."""
        return float(self.r.mean())

    @property
    def gain(self) -> Array:
        """By how much each forecast is better than persistence, (k,)."""
        return self.r - self.persistence

    @property
    def n_better(self) -> int:
        """Studies whose forecast is better than persistence."""
        return int((self.gain > 0).sum())


def score_forecasts(
    forecasts: Sequence[Forecast], seed: SeedTree, resamples: int = 1000
) -> ForecastScores:
    """Correlate forecasts with what came, and resample the blocks of each study.

    Parameters
    ----------
    forecasts : sequence of Forecast
        One a study.
    seed : SeedTree
        Root of the resampling.
    resamples : int
        Draws of blocks.

    Returns
    -------
    ForecastScores
        Fits are not repeated in a resample: intervals are of what these forecasts are worth.
    """
    # The value is of the maps as they are; the median of resamples would be another number.
    observed = np.array([one.correlate() for one in forecasts])
    drawn = np.stack(
        [one.resample(resamples, seed.child(one.name).generator()) for one in forecasts]
    )
    # Within a resample: what makes a map easy or hard to foretell is common to both.
    gain = drawn[:, 0] - drawn[:, 1]
    return ForecastScores(
        observed[:, 0],
        observed[:, 1],
        _limits(drawn[:, 0]),
        _limits(gain),
        drawn[:, 0],
        tuple(_limits(drawn[:, 0].mean(axis=0)).tolist()),
        tuple(_limits(gain.mean(axis=0)).tolist()),
    )


def _limits(draws: Array) -> Array:
    # A draw of one block alone has no correlation; it says nothing, and is left out.
    return np.moveaxis(np.nanpercentile(draws, [2.5, 97.5], axis=-1), 0, -1)
