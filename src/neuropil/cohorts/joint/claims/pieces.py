"""Cached pieces of work of the claims: plain settings and a seed in, JSON out."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.metrics import roc_auc_score

from neuropil import datasets
from neuropil.cohorts.data import Views
from neuropil.cohorts.joint.catalogue import CATALOGUE
from neuropil.cohorts.joint.config import REAL, JointIndividualConfig
from neuropil.cohorts.joint.evaluation import score_fold
from neuropil.cohorts.joint.models.base import PairedModel
from neuropil.cohorts.joint.models.variational import VariationalModel
from neuropil.cohorts.joint.pairing import run_pairing_test
from neuropil.cohorts.joint.results import read_views
from neuropil.cohorts.joint.score import canonical_correlations, explained_variance, score_subjects
from neuropil.cohorts.splits import split_subjects
from neuropil.connectome import Cohort
from neuropil.contracts import SeedTree
from neuropil.datasets import (
    PlantedCohort,
    bayes_fc_given_sc,
    measure_templates,
    plant_linear_cohort,
    plant_nonlinear_cohort,
)

__all__ = [
    "evaluate_real",
    "fit_world",
    "measure_pairing",
    "plant",
    "recover_with_missing",
    "recover_world",
    "time_fit",
]

_NINETY = 1.6449  # standard deviations on either side that hold 90 % of a normal distribution
# The rival is told how many joint coordinates there are, since its own test finds fewer.
_PLANTED_JOINT = {"linear": 5, "uncoupled": None, "nonlinear": 6}

Array = npt.NDArray[np.floating]
Pair = tuple[Array, Array]
MODALITIES = ("SC", "FC")


def plant(kind: str, seed: int) -> PlantedCohort:
    """Return a planted world: ``linear``, ``uncoupled`` or ``nonlinear``."""
    if kind == "nonlinear":
        templates = measure_templates(datasets.load(REAL, kind=Cohort))
        return plant_nonlinear_cohort(templates, seed)
    return plant_linear_cohort(seed, coupled=kind == "linear")


def recover_world(
    kind: str, seed: int, models: tuple[str, ...], config: JointIndividualConfig
) -> dict[str, Any]:
    """Fit models to a planted world and score what they recover of it in test subjects."""
    planted = plant(kind, seed)
    views = read_views(planted.cohort, config)
    test = views.take(planted.rows("test"))
    measured, known = test.edges["FC"], ~planted.rows("test")
    mean = views.edges["FC"][known].mean(axis=0)
    found: dict[str, Any] = {"mean_mse": float(((measured - mean) ** 2).mean())}
    if kind == "linear":
        best = bayes_fc_given_sc(planted)[planted.rows("test")]
        found["bayes_mse"] = float(((best - measured) ** 2).mean())
    for name in models:
        start = time.perf_counter()
        told = {"n_joint": _PLANTED_JOINT[kind]} if name == "ajive" else {}
        model = fit_world(planted, views, name, config.model_copy(update=told), SeedTree(seed))
        seconds = time.perf_counter() - start
        scores = score_subjects(model.predict(test, "FC"), measured, mean)
        found[name] = {
            **_score_latents(model, planted, views),
            **(_score_network(model, planted, test) if isinstance(model, VariationalModel) else {}),
            "mse": float(scores["mse"].mean()),
            "demeaned_r": float(scores["demeaned_r"].mean()),
            "r_squared": float(1 - scores["mse"].sum() / scores["mean_mse"].sum()),
            "seconds": seconds,
        }
    return found


def fit_world(
    planted: PlantedCohort, views: Views, name: str, config: JointIndividualConfig, seed: SeedTree
) -> PairedModel:
    """Fit one model to the training subjects of a planted world."""
    training, validation = (views.take(planted.rows(part)) for part in ("train", "validation"))
    return CATALOGUE[name].make(config).fit(training, validation, seed)


def _score_latents(model: PairedModel, planted: PlantedCohort, views: Views) -> dict[str, Any]:
    fitted, unseen = (planted.rows(part) for part in ("train", "test"))
    latents = [model.encode(views.take(rows)) for rows in (fitted, unseen)]

    def split(values: Array) -> Pair:
        return values[fitted], values[unseen]

    joint: Pair = (latents[0].joint, latents[1].joint)
    truth = split(planted.truth["joint"])
    trait = split(planted.cohort.subjects["trait"].to_numpy()[:, None])
    found: dict[str, Any] = {
        "n_joint": int(joint[1].shape[1]),
        # Coordinates that were not found count as correlations of 0.
        "canonical": float(canonical_correlations(joint[1], truth[1]).sum() / truth[1].shape[1]),
        "trait_joint": _foretell(joint, trait),
        "trait_truth": _foretell(truth, trait),
    }
    for name in MODALITIES:
        own: Pair = (latents[0].individual[name], latents[1].individual[name])
        planted_own = split(planted.truth[f"individual_{name}"])
        found[f"joint_to_individual_{name}"] = explained_variance(joint, planted_own)
        found[f"individual_to_joint_{name}"] = explained_variance(own, truth)
        found[f"individual_to_joint_{name}_curved"] = explained_variance(own, truth, curved=True)
        found[f"trait_{name}"] = _foretell(own, trait)
    return found


def _score_network(model: VariationalModel, planted: PlantedCohort, test: Views) -> dict[str, Any]:
    """Score intervals of edges, and which edges move when joint coordinates are exchanged."""
    found: dict[str, Any] = {}
    for name in MODALITIES:
        for cross in (False, True):
            mean = model.predict(test, name) if cross else model.reconstruct(test, name)
            inside = np.abs(test.edges[name] - mean) <= _NINETY * model.spread(
                test, name, cross=cross
            )
            found[f"coverage_{name}{'_cross' if cross else ''}"] = float(inside.mean())
        support = planted.truth.get(f"joint_support_{name}")
        if support is not None:
            moved = np.sqrt((model.exchange(test, name) ** 2).mean(axis=0))
            joint = np.isin(np.arange(len(moved)), support)
            # Without joint coordinates nothing moves, and no edge stands out.
            found[f"exchange_{name}"] = float(roc_auc_score(joint, moved)) if moved.any() else 0.5
    return found


def recover_with_missing(
    seed: int, share: float, config: JointIndividualConfig
) -> dict[str, float]:
    """Fit the network to a linear world of which some training subjects have no FC."""
    planted = plant("linear", seed)
    views = read_views(planted.cohort, config)
    rng = SeedTree(seed).child("missing").generator()
    training = np.flatnonzero(planted.rows("train"))
    edges = {name: values.copy() for name, values in views.edges.items()}
    edges["FC"][rng.choice(training, int(share * len(training)), replace=False)] = np.nan
    found = {}
    for name, seen in (("complete", views), ("missing", Views(edges))):
        model = fit_world(planted, seen, "attention", config, SeedTree(seed))
        # Test subjects have both.
        found[name] = _score_latents(model, planted, views)["canonical"]
    return found


def time_fit(n_subjects: int, config: JointIndividualConfig) -> dict[str, float]:
    """Fit the network to a linear world for all epochs, and encode its subjects."""
    planted = plant_linear_cohort(0, n_subjects=n_subjects)
    views = read_views(planted.cohort, config)
    # One validation every ten epochs.
    patience = max(config.plan.patience, config.plan.epochs // 10)
    plan = config.plan.model_copy(update={"patience": patience})
    start = time.perf_counter()
    unhurried = config.model_copy(update={"plan": plan})
    model = fit_world(planted, views, "attention", unhurried, SeedTree(0))
    fitted = time.perf_counter()
    model.encode(views)
    compiled = time.perf_counter()
    model.encode(views)
    return {"fit": fitted - start, "encode": time.perf_counter() - compiled}


def _foretell(sources: Pair, targets: Pair) -> float:
    """Return the correlation of a trait in test subjects with its linear prediction."""
    fitted, unseen = (np.column_stack([np.ones(len(each)), each]) for each in sources)
    predicted = unseen @ np.linalg.lstsq(fitted, targets[0], rcond=None)[0]
    if predicted.std() < 1e-12:
        return 0.0
    return float(np.corrcoef(predicted[:, 0], targets[1][:, 0])[0, 1])


def evaluate_real(name: str, seed: int, config: JointIndividualConfig) -> dict[str, Any]:
    """Evaluate one model on five folds of the real cohort, or of the one that is loaded."""
    cohort = _load(config)
    views = read_views(cohort, config)
    folds = split_subjects(np.arange(len(cohort)), config.folds, SeedTree(seed))
    spec = CATALOGUE[name].make(config)
    found: dict[str, list[Any]] = {}
    for number, fold in enumerate(folds):
        scores = score_fold(spec, views, fold, SeedTree(seed).child(number))
        for target in views.modalities:
            for quantity in ("unit_r", "unit_mse", "unit_own_mse", "demeaned_r"):
                found.setdefault(f"{target}_{quantity}", []).extend(scores[target][quantity])
        found.setdefault("n_joint", []).append(scores["n_joint"])
    return found


def measure_pairing(kind: str, seed: int, config: JointIndividualConfig) -> dict[str, Any]:
    """Run the test of the pairing on the real cohort or on a planted world."""
    cohort = _load(config) if kind == "real" else plant(kind, seed).cohort
    found = run_pairing_test(read_views(cohort, config), config.permutations, SeedTree(seed))
    return {"value": found.value, "p": found.p, "n": found.n, "null": found.null.tolist()}


def _load(config: JointIndividualConfig) -> Cohort:
    loaded: Cohort = datasets.load(config.cohort or REAL)
    return loaded
