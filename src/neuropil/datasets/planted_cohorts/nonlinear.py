"""Two modalities that share six coordinates, of which FC shows non-linear functions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from neuropil.connectome import Cohort
from neuropil.contracts import InputError, Operation, Source
from neuropil.datasets.planted_cohorts.linear import draw_trait
from neuropil.datasets.planted_cohorts.world import PlantedCohort, name_subjects, split_rows

__all__ = ["CohortTemplate", "measure_templates", "nonlinear_features", "plant_nonlinear_cohort"]

Floats = npt.NDArray[np.float64]

_CODE = 602
_JOINT, _INDIVIDUAL = 6, 6
# Axes of the template: the first carry signal, the rest noise with the spectrum of real data.
_SIGNAL_AXES, _AXES = _JOINT + _INDIVIDUAL, 60
# Parts of the variance of the template: joint, individual, coloured noise, white noise.
_SHARES = (0.25, 0.25, 0.40, 0.10)
# Correlations of 1 have no finite Fisher z.
_CLIP = 0.999
# Standard deviation of tanh(2 Z) for a standard normal Z, by numerical integration.
_TANH_SD = 0.79703


@dataclass(frozen=True, eq=False)
class CohortTemplate:
    """Mean and leading axes of a modality of a real cohort.

    Parameters
    ----------
    mean : (n_edges,) array
        Mean over subjects.
    axes : (60, n_edges) array
        Right singular vectors of the centred data, each with a positive largest entry.
    variances : (60,) array
        Variance along each axis.
    total_variance : float
        Variance of all edges together.
    """

    mean: Floats
    axes: Floats
    variances: Floats
    total_variance: float


def measure_templates(cohort: Cohort) -> dict[str, CohortTemplate]:
    """Measure the templates of SC, as it is, and of FC, as Fisher z.

    Parameters
    ----------
    cohort : Cohort
        Modalities ``SC`` and ``FC`` of more than 60 subjects without missing values, such as
        ``hcp100-paired``.

    Returns
    -------
    dict of str to CohortTemplate
        Of ``SC`` and of ``FC``.

    Raises
    ------
    InputError
        When there are too few subjects or edges, or a value is missing.
    """
    functional = np.clip(cohort.edges("FC").astype(np.float64), -_CLIP, _CLIP)
    edges = {"SC": cohort.edges("SC").astype(np.float64), "FC": np.arctanh(functional)}
    for name, values in edges.items():
        if not np.isfinite(values).all() or min(values.shape) <= _AXES:
            raise InputError(
                f"expected more than {_AXES} subjects and edges without missing values, found "
                f"{values.shape[0]} subjects and {values.shape[1]} edges, "
                f"{int(np.isnan(values).sum())} values missing",
                where=repr(name),
                repair="Take a larger cohort, or leave out subjects with missing values.",
            )
    return {name: _measure(values) for name, values in edges.items()}


def _measure(values: Floats) -> CohortTemplate:
    mean = values.mean(axis=0)
    _, spread, axes = np.linalg.svd(values - mean, full_matrices=False)
    # The sign of a singular vector is free; fixed here, every linear algebra library gives one.
    largest = np.abs(axes).argmax(axis=1)
    axes = axes * np.sign(axes[np.arange(len(axes)), largest])[:, None]
    variances = spread**2 / (len(values) - 1)
    return CohortTemplate(mean, axes[:_AXES], variances[:_AXES], float(variances.sum()))


def nonlinear_features(joint: npt.ArrayLike) -> Floats:
    """Compute what FC shows of the six joint coordinates.

    Two saturate, two pairs are seen by their product, one by its square, and one by a sine. Each
    feature has mean 0 and variance 1 where the coordinates are standard normal; that of the square
    does not tell the sign of its coordinate.

    Parameters
    ----------
    joint : (n, 6) array_like
        Joint coordinates j1 to j6.

    Returns
    -------
    ndarray
        (n, 6): tanh(2 j1), tanh(2 j2), j1 j2, j3 j4, j5^2 and sin(1.5 j6), standardised.

    Examples
    --------
    >>> nonlinear_features([[0, 0, 2, 3, 1, 0]]).round(3).tolist()
    [[0.0, 0.0, 0.0, 6.0, 0.0, 0.0]]
    """
    j1, j2, j3, j4, j5, j6 = np.asarray(joint, dtype=np.float64).T
    # The variance of sin(a Z) is (1 - exp(-2 a^2)) / 2.
    sine_sd = np.sqrt((1 - np.exp(-4.5)) / 2)
    saturating = [np.tanh(2 * j1) / _TANH_SD, np.tanh(2 * j2) / _TANH_SD]
    others = [j1 * j2, j3 * j4, (j5**2 - 1) / np.sqrt(2), np.sin(1.5 * j6) / sine_sd]
    return np.stack([*saturating, *others], axis=1)


def plant_nonlinear_cohort(
    templates: Mapping[str, CohortTemplate],
    seed: int = 0,
    *,
    n_subjects: int = 1000,
    coupled: bool = True,
) -> PlantedCohort:
    """Generate SC and FC with mean and spectrum of real ones and a planted non-linear coupling.

    SC shows the six joint coordinates themselves and FC :func:`nonlinear_features` of them, each
    beside six individual coordinates, along random directions in the first 12 axes of the template.
    Noise follows the spectrum of axes 13 to 60, and a tenth of the variance is white.

    Parameters
    ----------
    templates : mapping of str to CohortTemplate
        ``SC`` and ``FC``, of :func:`measure_templates`.
    seed : int
        Seed of all draws.
    n_subjects : int
        Number of subjects.
    coupled : bool
        False gives FC joint coordinates of its own: the null.

    Returns
    -------
    PlantedCohort
        SC may be negative; FC is in correlations. Subjects have a ``trait``. Truth: ``joint``;
        ``individual_SC``, ``joint_map_SC`` and ``individual_map_SC``, and so for FC; ``coupled``.
    """
    rng = np.random.default_rng([_CODE, seed])
    joint = rng.standard_normal((n_subjects, _JOINT))
    # Drawn in any case, so that both worlds of a seed have all other draws in common.
    other = rng.standard_normal((n_subjects, _JOINT))
    truth: dict[str, npt.NDArray[Any]] = {"joint": joint, "coupled": np.array(coupled)}
    edges = {}
    shown = {"SC": joint, "FC": nonlinear_features(joint if coupled else other)}
    for name, features in shown.items():
        edges[name], found = _plant_modality(rng, templates[name], features)
        truth |= {f"{key}_{name}": value for key, value in found.items()}
    edges["FC"] = np.tanh(edges["FC"])
    subjects = pl.DataFrame({"id": name_subjects(n_subjects), "trait": draw_trait(rng, joint)})
    settings = {"seed": seed, "n_subjects": n_subjects, "coupled": coupled}
    cohort = Cohort(
        subjects,
        edges,
        units={"FC": "correlation"},
        source=Source(f"planted-nonlinear (seed {seed})", licence="generated", synthetic=True),
        provenance=(Operation("plant_nonlinear_cohort", settings),),
        notes=(
            "SC is a planted quantity and may be negative.",
            "FC lies between -1 and 1, but its matrices are no correlation matrices.",
        ),
    )
    return PlantedCohort(cohort, truth, split_rows(n_subjects))


def _plant_modality(
    rng: np.random.Generator, template: CohortTemplate, features: Floats
) -> tuple[Floats, dict[str, Floats]]:
    rotation, upper = np.linalg.qr(rng.standard_normal((_SIGNAL_AXES, _SIGNAL_AXES)))
    # With a positive diagonal the decomposition is unique, whichever library computes it.
    basis = template.axes[:_SIGNAL_AXES].T @ (rotation * np.sign(np.diag(upper)))
    shared, private = basis[:, :_JOINT], basis[:, _JOINT:]
    n, n_edges = len(features), template.mean.size
    individual = rng.standard_normal((n, _INDIVIDUAL))
    rest = template.variances[_SIGNAL_AXES:]
    coloured = rng.standard_normal((n, rest.size)) * np.sqrt(rest / rest.sum())
    white = rng.standard_normal((n, n_edges)) / np.sqrt(n_edges)
    of_joint, of_individual, of_coloured, of_white = _SHARES
    drawn = (
        np.sqrt(of_joint / _JOINT) * features @ shared.T
        + np.sqrt(of_individual / _INDIVIDUAL) * individual @ private.T
        + np.sqrt(of_coloured) * coloured @ template.axes[_SIGNAL_AXES:]
        + np.sqrt(of_white) * white
    )
    values = template.mean + np.sqrt(template.total_variance) * drawn
    maps = {"individual": individual, "joint_map": shared, "individual_map": private}
    return values, maps
