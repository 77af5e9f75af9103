"""Ways to harmonise side by side, each fitted without the subjects that are tested."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
from sklearn.metrics import adjusted_rand_score, roc_auc_score

from neuropil.cohorts.data import average_edges, choose_scale, to_scale
from neuropil.cohorts.hybrid.features.projection import project
from neuropil.cohorts.hybrid.features.spaces import LogarithmSpace
from neuropil.cohorts.hybrid.fit import HybridVAE
from neuropil.cohorts.hybrid.harmonisation.combat import Combat
from neuropil.cohorts.hybrid.harmonisation.found import (
    CategoryLocation,
    choose_shrinkage,
    cluster_components,
)
from neuropil.cohorts.hybrid.models.mixture import fit_tied_mixture
from neuropil.cohorts.hybrid.models.training import HybridPlan
from neuropil.cohorts.hybrid.score import encode_labels
from neuropil.cohorts.splits import split_subjects
from neuropil.cohorts.traits import read_trait
from neuropil.connectome import Cohort
from neuropil.contracts import SeedTree

__all__ = ["METHODS", "Comparison", "compare_fold", "design_covariates", "pool_folds"]

Array = npt.NDArray[np.floating]
Whole = npt.NDArray[np.int64]

METHODS = {
    "raw": "as measured",
    "standardised": "each site standardised",
    "combat": "ComBat",
    "combat-logarithm": "ComBat of logarithms",
    "found": "found categories",
}
"""Ways by name; the last one knows no site, and the one of logarithms is for correlations."""

# Of the mean of the kernel's diagonal (specification of the study).
_PENALTY = 0.3
_COMPONENTS = 20


@dataclass(frozen=True)
class Comparison:
    """What the comparison is made of.

    Parameters
    ----------
    cohort : Cohort
        Subjects who all have the modality.
    modality, site : str
        Which connections, and the column of sites.
    traits, covariates : tuple of str
        What should be foretold as well as before, and what is kept.
    k : int
        Categories.
    n_continuous : int
        Coordinates of the hybrid model.
    plan : HybridPlan
        Of its network.
    """

    cohort: Cohort
    modality: str
    site: str
    traits: tuple[str, ...]
    covariates: tuple[str, ...]
    k: int
    n_continuous: int
    plan: HybridPlan


def design_covariates(subjects: pl.DataFrame, names: tuple[str, ...]) -> Array | None:
    """Return covariates as numbers, missing ones as the mean, shape (n, q); None for none."""
    if not names:
        return None
    columns = []
    for name in names:
        column = subjects[name]
        if column.dtype.is_numeric():
            values = column.cast(pl.Float64).fill_null(np.nan).to_numpy()
            columns.append(values / (np.nanstd(values) or 1.0))
            continue
        kinds = column.drop_nulls().unique().sort()
        # One kind less: all of them together would be the mean.
        columns += [(column == kind).cast(pl.Float64).to_numpy() for kind in kinds[1:]]
    design = np.column_stack(columns)
    return np.where(np.isnan(design), np.nanmean(design, axis=0), design)


def compare_fold(given: Comparison, folds: int, number: int, seed: SeedTree) -> dict[str, Any]:
    """Harmonise in every way in one fold.

    Parameters
    ----------
    given : Comparison
        Cohort and settings.
    folds, number : int
        How many folds, and which.
    seed : SeedTree
        Of the division and the fits.

    Returns
    -------
    dict
        Of every way ``k_means`` and ``tied``: agreement of clusters of all subjects with the sites;
        of every trait what was ``predicted`` of the tested subjects, in their ``rows``; and the
        ``shrinkage`` of the found categories.
    """
    cohort = given.cohort
    fold = split_subjects(np.arange(len(cohort)), folds, seed)[number]
    fitted = np.sort(np.concatenate([fold.training, fold.validation]))
    model = HybridVAE(given.k, given.n_continuous, given.modality, given.plan, seed.root)
    model.fit(cohort.take(fitted))
    scale = choose_scale(cohort, given.modality)
    values = np.asarray(to_scale(cohort.edges(given.modality), scale), float)
    values = np.where(np.isnan(values), average_edges(values[fitted]), values)
    sites = encode_labels(cohort.subjects[given.site])
    kept = design_covariates(cohort.subjects, given.covariates)
    probability = model.predict_proba(cohort)
    part = None if kept is None else kept[fitted]
    space = model.model_.space
    held = space.enter(cohort.edges(given.modality))
    held = np.where(np.isnan(held), average_edges(held[fitted]), held)
    strength = choose_shrinkage(space, held[fitted], probability[fitted], part, seed)
    location = CategoryLocation.fit(held[fitted], probability[fitted], part, strength)
    ways: dict[str, Array] = {
        "raw": values,
        "found": space.show(location.apply(held, probability)),
    }
    for name, pool in (("standardised", False), ("combat", True)):
        fit = Combat.fit(values[fitted], sites[fitted], part, pool=pool)
        ways[name] = fit.apply(values, sites, kept)
    if isinstance(space, LogarithmSpace):
        fit = Combat.fit(held[fitted], sites[fitted], part)
        ways["combat-logarithm"] = space.show(fit.apply(held, sites, kept))
    found: dict[str, Any] = {"rows": fold.test.tolist(), "shrinkage": strength}
    for name, moved in ways.items():
        found[name] = {
            **_find_sites(moved, sites, given.k, seed),
            **_foretell(given, moved, fitted, fold.test),
        }
    return found


def _find_sites(values: Array, sites: Whole, k: int, seed: SeedTree) -> dict[str, float]:
    known = sites >= 0
    by_means = cluster_components(values, k, seed)
    projection, _ = project(values, _COMPONENTS)
    mixture = fit_tied_mixture(projection.scores(values), k, seed.child("tied"), starts=1)
    by_mixture = mixture.predict(projection.scores(values))
    return {
        "k_means": float(adjusted_rand_score(sites[known], by_means[known])),
        "tied": float(adjusted_rand_score(sites[known], by_mixture[known])),
    }


def _foretell(given: Comparison, values: Array, fitted: Whole, tested: Whole) -> dict[str, Any]:
    """Foretell traits from all connections by ridge regression between subjects."""
    centred = values - values[fitted].mean(axis=0)
    inner = centred[fitted] @ centred[fitted].T
    across = centred[tested] @ centred[fitted].T
    penalty = _PENALTY * np.trace(inner) / len(inner)
    found: dict[str, Any] = {}
    for name in given.traits:
        trait = read_trait(given.cohort.subjects, name)
        known = np.flatnonzero(trait.known[fitted])
        y = trait.values[fitted][known]
        gram = inner[np.ix_(known, known)] + penalty * np.eye(len(known))
        weights = np.linalg.solve(gram, y - y.mean())
        found[name] = (across[:, known] @ weights + y.mean()).tolist()
    return found


def pool_folds(given: Comparison, parts: list[dict[str, Any]]) -> pl.DataFrame:
    """Pool the folds: one row a way, with agreement with sites and what is kept of traits.

    Numbers are compared within sites: age and site go together, and what is told of age by telling
    the site is not to be kept.
    """
    rows = []
    sites = encode_labels(given.cohort.subjects[given.site])
    for name in (each for each in METHODS if each in parts[0]):
        row: dict[str, Any] = {"way": name}
        for quantity in ("k_means", "tied"):
            row[quantity] = float(np.mean([part[name][quantity] for part in parts]))
        tested = np.concatenate([part["rows"] for part in parts])
        for each in given.traits:
            trait = read_trait(given.cohort.subjects, each)
            predicted = np.concatenate([part[name][each] for part in parts])
            measured = trait.values[tested]
            if trait.labels:
                known = ~np.isnan(measured)
                row[each] = float(roc_auc_score(measured[known], predicted[known]))
            else:
                row[each] = _correlate_within(measured, predicted, sites[tested])
        rows.append(row)
    return pl.DataFrame(rows)


def _correlate_within(measured: Array, predicted: Array, sites: Whole) -> float:
    """Correlate two numbers of subjects, each beside its mean in their site."""
    known = ~np.isnan(measured)
    member = np.unique(sites[known], return_inverse=True)[1]
    counts = np.bincount(member)
    first, second = (
        one[known] - (np.bincount(member, one[known]) / counts)[member]
        for one in (measured, predicted)
    )
    return float(np.corrcoef(first, second)[0, 1])
