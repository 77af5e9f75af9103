"""Cached pieces of work of the claims: plain settings and a seed in, JSON out."""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import polars as pl
from sklearn.metrics import roc_auc_score

from neuropil import datasets
from neuropil.cohorts.data import choose_scale, to_scale
from neuropil.cohorts.hybrid.config import REAL, HybridLatentsConfig
from neuropil.cohorts.hybrid.features.choice import choose_features, prepare_values
from neuropil.cohorts.hybrid.features.projection import project
from neuropil.cohorts.hybrid.fit import HybridVAE
from neuropil.cohorts.hybrid.harmonisation.combat import Combat
from neuropil.cohorts.hybrid.harmonisation.comparison import Comparison, compare_fold
from neuropil.cohorts.hybrid.models.choice import choose_categories
from neuropil.cohorts.hybrid.models.rivals import Given, cluster
from neuropil.cohorts.hybrid.score import (
    encode_labels,
    score_categories,
    score_leakage,
    score_on_coordinates,
)
from neuropil.cohorts.quality import check_quality
from neuropil.cohorts.traits import read_trait
from neuropil.connectome import Cohort
from neuropil.contracts import SeedTree
from neuropil.datasets import plant_protocol_cohort

__all__ = [
    "World",
    "harmonise_fold",
    "leave_site_out",
    "measure_age",
    "measure_contents",
    "recover",
    "survive",
    "time_fit",
]

Array = npt.NDArray[np.floating]

_COMPONENTS = 50


@dataclass(frozen=True)
class World:
    """Which cohort: a planted one, or the real one.

    Parameters
    ----------
    protocols : int
        Protocols that are planted; 0 for the cohort of the settings.
    seed : int
        Of the planted data.
    strength : float
        Of the effect of the protocols.
    confounded : bool
        Whether protocols differ in age and diagnosis.
    small : bool
        Whether a tenth of the subjects on a third of the regions will do, for a fast check.
    """

    protocols: Literal[0, 10, 25] = 10
    seed: int = 0
    strength: float = 1.0
    confounded: bool = True
    small: bool = False

    @property
    def name(self) -> str:
        """Name of the pieces that need it."""
        kind = "real" if not self.protocols else f"planted-{self.protocols}"
        return f"{kind}-{self.seed}-{self.strength:g}-{'c' if self.confounded else 'u'}"

    def load(self, config: HybridLatentsConfig) -> tuple[Cohort, str, str]:
        """Return the cohort without what no model should see, its modality, and its sites."""
        if self.protocols:
            size = {"n_regions": 41, "share": 0.1} if self.small else {}
            planted = plant_protocol_cohort(
                self.seed,
                self.protocols,
                strength=self.strength,
                confounded=self.confounded,
                **size,  # type: ignore[arg-type]
            )
            return planted.cohort, "SC", "protocol"
        cohort: Cohort = datasets.load_or_read(config.cohort or REAL, kind=Cohort)
        modality = cohort.modalities[0]
        cohort = check_quality(cohort, (modality,), max_missing=config.max_missing).cohort
        return cohort, modality, "site"


def recover(
    world: World, models: tuple[str, ...], seeds: int, config: HybridLatentsConfig
) -> dict[str, Any]:
    """Fit models with several seeds to a cohort, each asked for as many categories as sites.

    Returns
    -------
    dict
        Of every model one dictionary a seed, as :func:`score_categories`, with the ``labels`` that
        it gave; of ``sites`` their numbers.
    """
    cohort, modality, column = world.load(config)
    sites = encode_labels(cohort.subjects[column])
    values = _values_of(cohort, modality)
    edges, unit = cohort.edges(modality), cohort.units[modality]
    prepared = prepare_values(edges, unit)
    fitted = choose_features(unit).fit(prepared)
    features = fitted.transform(prepared)
    components = project(values, _COMPONENTS)[0].scores(values)
    k = int(sites.max()) + 1
    given = Given(components, features, fitted.acquisition, k, config.continuous, config.plan)
    found: dict[str, Any] = {"sites": sites.tolist()}
    for name in models:
        found[name] = []
        for seed in range(seeds):
            labels = cluster(name, given, SeedTree(seed))
            found[name].append({**score_categories(sites, np.array(labels)), "labels": labels})
    if world.strength and world.confounded:
        choice = choose_categories(given.told, SeedTree(0))
        found["number"] = [choice.low, choice.n_categories, choice.high]
    return found


def measure_contents(
    world: World, seed: int, traits: tuple[str, ...], config: HybridLatentsConfig
) -> dict[str, Any]:
    """Fit the hybrid model, and score what its coordinates tell beside principal components.

    Returns
    -------
    dict
        ``mse`` over that of as many components as coordinates and categories, ``saved``, the
        largest change of an output by saving; of ``hybrid`` and ``components`` leakage and traits.
    """
    cohort, modality, column = world.load(config)
    sites = encode_labels(cohort.subjects[column])
    k = int(sites.max()) + 1
    model = HybridVAE(k, config.continuous, modality, config.plan, seed).fit(cohort)
    values = _values_of(cohort, modality)
    z = model.transform(cohort)
    several = project(values, config.continuous + k)[0]
    seen = ~np.isnan(values)
    rest = [
        np.where(seen, one, 0.0)
        for one in (
            values - model.model_.decoder.decode(model.predict_proba(cohort), z),
            several.rest(values, several.scores(values)),
        )
    ]
    found: dict[str, Any] = {
        "mse": float((rest[0] ** 2).sum() / (rest[1].astype(float) ** 2).sum()),
        "saved": _compare_saved(model, cohort),
        "n": len(cohort),
    }
    tree = SeedTree(seed)
    both = {"hybrid": z, "components": project(values, z.shape[1])[0].scores(values)}
    for kind, coordinates in both.items():
        found[kind] = {
            "leakage": score_leakage(coordinates, sites, tree, config.permutations // 10)
        }
        for name in traits:
            out = (column,) if name == "age" else ()
            trait = read_trait(cohort.subjects, name, out)
            found[kind][name] = score_on_coordinates(coordinates, trait, tree, config.permutations)
    return found


def measure_age(world: World, seed: int, config: HybridLatentsConfig) -> dict[str, float]:
    """Return R^2 of age, in held-out subjects, from z and from 50 principal components."""
    cohort, modality, column = world.load(config)
    k = cohort.subjects[column].n_unique()
    model = HybridVAE(k, config.continuous, modality, config.plan, seed).fit(cohort)
    values = _values_of(cohort, modality)
    trait = read_trait(cohort.subjects, "age")
    found = {}
    for name, coordinates in {
        "hybrid": model.transform(cohort),
        "components": project(values, _COMPONENTS)[0].scores(values),
    }.items():
        # r and not R^2 is what is scored; of a calibrated prediction it is its root.
        score = score_on_coordinates(coordinates, trait, SeedTree(seed), 19)
        found[name] = float(score["value"]) ** 2
    return found


def harmonise_fold(number: int, seed: int, config: HybridLatentsConfig) -> dict[str, Any]:
    """Harmonise the real cohort in every way in one fold."""
    cohort, modality, column = World(0).load(config)
    given = Comparison(
        cohort,
        modality,
        column,
        ("diagnosis", "sex"),
        (),
        cohort.subjects[column].n_unique(),
        config.continuous,
        config.plan,
    )
    found = compare_fold(given, config.folds, number, SeedTree(seed))
    trait = read_trait(cohort.subjects, "diagnosis")
    return {**found, "measured": trait.values[found["rows"]].tolist()}


def leave_site_out(world: World, place: int, config: HybridLatentsConfig) -> dict[str, Any]:
    """Fit without one site, and ask how new its subjects look beside other unseen ones.

    Returns
    -------
    dict
        ``auc`` of novelty between subjects of the site and held-out subjects of the others, and
        the numbers of both.
    """
    cohort, modality, column = world.load(config)
    sites = encode_labels(cohort.subjects[column])
    inside = np.flatnonzero(sites != place)
    rng = SeedTree(place).child("held out").generator()
    held = rng.choice(inside, len(inside) // 8, replace=False)
    fitted = np.setdiff1d(inside, held)
    plan = config.plan.model_copy(update={"epochs": min(20, config.plan.epochs)})
    model = HybridVAE(int(sites.max()), config.continuous, modality, plan).fit(cohort.take(fitted))
    novel = np.flatnonzero(sites == place)
    scores = np.concatenate([model.novelty(cohort.take(rows)) for rows in (novel, held)])
    truth = np.repeat([1, 0], [len(novel), len(held)])
    return {"auc": float(roc_auc_score(truth, scores)), "n": len(novel), "held": len(held)}


def survive(config: HybridLatentsConfig) -> dict[str, bool]:
    """Fit cohorts that break other programs, and tell whether all output is finite."""
    cohort = plant_protocol_cohort(0, n_regions=21, share=0.03).cohort
    plan = config.plan.model_copy(update={"epochs": min(2, config.plan.epochs)})
    names = cohort.subjects["protocol"].to_list()
    columns: dict[str, list[str | None]] = {
        "one subject": ["lone", *names[1:]],
        "blanks": [None, "", *names[2:]],
        "one site": ["one"] * len(names),
    }
    model = HybridVAE(3, 2, plan=plan).fit(cohort)
    values, z = _values_of(cohort, "SC"), model.transform(cohort)
    fine = bool(np.isfinite(model.harmonise(cohort).edges("SC")).all())
    found = {}
    for kind, column in columns.items():
        sites = encode_labels(pl.Series("site", column))
        ways = [Combat.fit(values, sites, pool=pool).apply(values, sites) for pool in (True, False)]
        leakage = score_leakage(z, sites, SeedTree(0), 2)
        known = leakage is None or bool(np.isfinite(leakage["value"]))
        found[kind] = fine and known and all(bool(np.isfinite(way).all()) for way in ways)
    return found


def time_fit(world: World, config: HybridLatentsConfig) -> dict[str, float]:
    """Fit the hybrid model for all epochs; the cohort is loaded before the clock starts."""
    cohort, modality, column = world.load(config)
    k = cohort.subjects[column].n_unique()
    plan = config.plan.model_copy(update={"patience": 10 * config.plan.epochs})
    start = time.perf_counter()
    HybridVAE(k, config.continuous, modality, plan).fit(cohort)
    seconds = time.perf_counter() - start
    # Kilobytes on Linux and bytes on macOS.
    unit = 1 if sys.platform == "darwin" else 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    return {"seconds": seconds, "peak": peak / 2**30, "n": len(cohort)}


def _values_of(cohort: Cohort, modality: str) -> Array:
    return np.asarray(to_scale(cohort.edges(modality), choose_scale(cohort, modality)))


def _compare_saved(model: HybridVAE, cohort: Cohort) -> float:
    with tempfile.TemporaryDirectory() as folder:
        model.save(Path(folder) / "model")
        again = HybridVAE.load(Path(folder) / "model")
    pairs = [(one.predict_proba(cohort), one.transform(cohort)) for one in (model, again)]
    return float(max(np.abs(a - b).max() for a, b in zip(*pairs, strict=True)))
