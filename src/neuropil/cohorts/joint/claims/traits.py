"""Claims about traits of real subjects, from few coordinates of their structural connectivity."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from neuropil import datasets
from neuropil.cohorts.components import PrincipalComponents
from neuropil.cohorts.joint.claims.bench import Bench, Measure
from neuropil.cohorts.splits import split_subjects
from neuropil.cohorts.traits import CoordinateFold, predict_trait, read_trait
from neuropil.connectome import Cohort
from neuropil.contracts import Claim, DataUnavailableError, Finding, Piece, SeedTree, at_least
from neuropil.measures import find_mean, summarise_null

__all__ = ["TRAIT_CLAIMS", "predict_from_structure"]

_DATA = "hcp136-binary-sc"
# Each seed divides the subjects into other folds, and the rows average over them.
_FOLDS, _SEEDS = 10, 5
# The most that the claims of traits allow.
_COORDINATES = 32
# A p of .001 is small enough, and every shuffle is fitted anew.
_PERMUTATIONS = 1000
_NEEDS = "Needs real data: 136 subjects of the Human Connectome Project with their traits."


def predict_from_structure(
    trait: str, seed: int, permutations: int = _PERMUTATIONS
) -> dict[str, Any]:
    """Predict a trait from principal components of SC, and from all its edges beside them.

    The components are those of the fitted subjects, found without any trait. Each keeps its
    variance, so that the first ones weigh most.
    """
    cohort: Cohort = datasets.load(_DATA, kind=Cohort)
    edges = cohort.edges("SC")
    groups = np.arange(len(cohort))
    folds = split_subjects(groups, _FOLDS, SeedTree(seed))
    parts = [(np.sort(np.concatenate([one.training, one.validation])), one.test) for one in folds]
    known = read_trait(cohort.subjects, trait)
    few, all_edges = (
        predict_trait(
            [_reduce(edges, part, n) for part in parts], known, groups, SeedTree(seed), shuffles
        )
        for n, shuffles in ((_COORDINATES, permutations), (len(cohort), 0))
    )
    return {
        "value": few.value,
        "low": few.low,
        "high": few.high,
        "null": few.null.tolist(),
        "n": few.n,
        "all_edges": all_edges.value,
    }


def _reduce(
    edges: npt.NDArray[np.floating],
    part: tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]],
    n: int,
) -> CoordinateFold:
    axes = PrincipalComponents.fit(edges[part[0]], n)
    fitted, tested = (axes.scores(edges[rows]) * axes.spread for rows in part)
    return CoordinateFold(*part, (fitted, tested))


def _predict(trait: str) -> Measure:
    def find(bench: Bench) -> Finding:
        if bench.data.source.synthetic:
            return Finding.not_run(_NEEDS)
        try:
            datasets.load(_DATA, kind=Cohort)
        except DataUnavailableError:
            return Finding.not_run(_NEEDS)
        pieces = [
            Piece(f"trait-{trait}-{seed}", predict_from_structure, (trait, seed))
            for seed in range(len(bench.seeds(_SEEDS)))
        ]
        found = bench.do_all(f"{trait}, HCP", pieces)
        first = found[0]
        null = summarise_null(
            f"{trait} shuffled between subjects, fitted anew; first division into folds",
            np.array(first["null"]),
            first["value"],
            smaller_is_better=False,
        )
        rival = np.mean([one["all_edges"] for one in found])
        note = (
            f"n = {first['n']}; first division, 95 % over subjects: {first['low']:.3f} to "
            f"{first['high']:.3f}. Ridge regression on all edges: {rival:.3f}."
        )
        values = [one["value"] for one in found]
        return find_mean(values, note, null=null, data=_DATA)

    return find


TRAIT_CLAIMS = (
    Claim(
        "5-sex",
        "area under the ROC curve of sex from at most 32 coordinates of SC, found without traits",
        "1",
        at_least(0.74),
        _predict("sex"),
    ),
    Claim(
        "5-strength",
        "correlation of grip strength with its prediction from at most 32 coordinates of SC, found "
        "without traits",
        "r",
        at_least(0.33),
        _predict("Strength_Unadj"),
    ),
)
"""Claims about traits."""
