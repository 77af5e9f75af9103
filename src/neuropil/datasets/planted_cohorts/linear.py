"""Two modalities with shared and private variation, all of it linear."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from neuropil.connectome import Cohort
from neuropil.contracts import Operation, Source
from neuropil.datasets.planted_cohorts.world import PlantedCohort, name_subjects, split_rows

__all__ = ["bayes_fc_given_sc", "convert_joint_individual", "draw_trait", "plant_linear_cohort"]

Floats = npt.NDArray[np.float64]

_NAME = "planted-joint-individual"
# First number of every seed, so that no two generated worlds share their draws.
_CODE = 601
_JOINT, _INDIVIDUAL = 5, 5
# Parts of the variance. As much noise as signal, and individual variation stronger than joint, so
# that principal components of both modalities together do not find the joint part.
_JOINT_SHARE, _INDIVIDUAL_SHARE, _NOISE_SHARE = 0.15, 0.35, 0.50


def plant_linear_cohort(
    seed: int = 0, *, n_subjects: int = 500, n_regions: int = 68, coupled: bool = True
) -> PlantedCohort:
    """Generate SC and FC that share five latent coordinates and have five each of their own.

    Each modality is ``U W' + V A' + noise``: joint scores U, individual scores V, and loadings W
    and A that are not 0 on two disjoint quarters of the edges. Joint variation makes 15 %,
    individual 35 % and noise 50 % of the variance. The trait of a subject is a direction of U plus
    noise of the same variance.

    Parameters
    ----------
    seed : int
        Seed of all draws.
    n_subjects : int
        Number of subjects.
    n_regions : int
        Number of regions; their pairs are the edges.
    coupled : bool
        False gives FC joint scores of its own, independent of those of SC: the null, in which
        nothing of one modality can be predicted from the other.

    Returns
    -------
    PlantedCohort
        Subjects have a ``trait``. Truth: ``joint``; for each modality ``individual_SC``,
        ``joint_map_SC``, ``individual_map_SC``, ``joint_support_SC`` and ``individual_support_SC``
        (edges), and so for FC; ``coupled``.

    Examples
    --------
    >>> planted = plant_linear_cohort(n_subjects=20, n_regions=10)
    >>> planted.cohort.modalities, planted.truth["joint"].shape, int(planted.rows("test").sum())
    (('SC', 'FC'), (20, 5), 4)
    """
    rng = np.random.default_rng([_CODE, seed])
    n_edges = n_regions * (n_regions - 1) // 2
    joint = rng.standard_normal((n_subjects, _JOINT))
    # Drawn in any case, so that both worlds of a seed have all other draws in common.
    other = rng.standard_normal((n_subjects, _JOINT))
    truth: dict[str, npt.NDArray[Any]] = {"joint": joint, "coupled": np.array(coupled)}
    edges = {}
    for name, scores in (("SC", joint), ("FC", joint if coupled else other)):
        individual = rng.standard_normal((n_subjects, _INDIVIDUAL))
        maps = _draw_maps(rng, n_edges)
        noise = rng.standard_normal((n_subjects, n_edges)) * np.sqrt(_NOISE_SHARE)
        edges[name] = scores @ maps["joint_map"].T + individual @ maps["individual_map"].T + noise
        named = {"individual": individual, **maps}
        truth |= {f"{key}_{name}": value for key, value in named.items()}
    subjects = pl.DataFrame({"id": name_subjects(n_subjects), "trait": draw_trait(rng, joint)})
    settings = {"seed": seed, "n_subjects": n_subjects, "n_regions": n_regions, "coupled": coupled}
    source = Source(f"{_NAME} (seed {seed})", licence="generated", synthetic=True)
    done = (Operation("plant_linear_cohort", settings),)
    cohort = Cohort(subjects, edges, source=source, provenance=done)
    return PlantedCohort(cohort, truth, split_rows(n_subjects))


def _draw_maps(rng: np.random.Generator, n_edges: int) -> Mapping[str, npt.NDArray[Any]]:
    """Draw joint and individual loadings on two disjoint quarters of the edges."""
    order = rng.permutation(n_edges)
    quarter = n_edges // 4
    shared, private = np.sort(order[:quarter]), np.sort(order[quarter : 2 * quarter])
    return {
        "joint_map": _draw_loadings(rng, n_edges, shared, (_JOINT, _JOINT_SHARE)),
        "individual_map": _draw_loadings(rng, n_edges, private, (_INDIVIDUAL, _INDIVIDUAL_SHARE)),
        "joint_support": shared,
        "individual_support": private,
    }


def _draw_loadings(
    rng: np.random.Generator, n_edges: int, support: npt.NDArray[np.int64], of: tuple[int, float]
) -> Floats:
    rank, share = of
    loadings = np.zeros((n_edges, rank))
    loadings[support] = rng.standard_normal((support.size, rank))
    # The mean variance of an edge is then the share: scores have variance 1.
    return loadings * np.sqrt(share * n_edges / np.sum(loadings**2))


def draw_trait(rng: np.random.Generator, joint: Floats) -> Floats:
    """Draw a trait: a random direction of the joint scores, plus noise of the same variance.

    Parameters
    ----------
    rng : numpy.random.Generator
        Where the draws come from.
    joint : (n, k) array
        Joint scores.

    Returns
    -------
    ndarray
        (n,) values.
    """
    direction = rng.standard_normal(joint.shape[1])
    signal: Floats = joint @ (direction / np.linalg.norm(direction))
    return signal + rng.standard_normal(len(joint))


def bayes_fc_given_sc(planted: PlantedCohort) -> Floats:
    """Compute the best prediction of FC from SC in a world of :func:`plant_linear_cohort`.

    Scores and noise are Gaussian, so that the expectation of the scores given SC is
    ``(I + L'L / s)^-1 L' x / s`` with the loadings L of SC, joint ones first, and the variance s of
    the noise; its joint part times the joint loadings of FC is the prediction.

    Parameters
    ----------
    planted : PlantedCohort
        Such a world.

    Returns
    -------
    ndarray
        (n_subjects, n_edges) expected FC; 0 where the modalities are not coupled.
    """
    truth, structure = planted.truth, planted.cohort.edges("SC")
    if not truth["coupled"]:
        return np.zeros(structure.shape)
    loadings = np.hstack([truth["joint_map_SC"], truth["individual_map_SC"]])
    precision = np.eye(loadings.shape[1]) + loadings.T @ loadings / _NOISE_SHARE
    scores = np.linalg.solve(precision, loadings.T @ structure.T / _NOISE_SHARE).T
    rank = truth["joint"].shape[1]
    predicted: Floats = scores[:, :rank] @ truth["joint_map_FC"].T
    return predicted


def convert_joint_individual(files: Mapping[str, Path], source: Source) -> Cohort:
    """Generate the cohort of seed 0; there are no files to read."""
    del files
    return replace(plant_linear_cohort(0).cohort, source=source)
