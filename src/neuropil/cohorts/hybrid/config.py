"""Settings of the study ``hybrid-latents``, and the data it takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from neuropil import datasets
from neuropil.cohorts.hybrid.models.rivals import RIVALS
from neuropil.cohorts.hybrid.models.training import HybridPlan
from neuropil.cohorts.quality import MAX_MISSING
from neuropil.connectome import Cohort
from neuropil.contracts import Citation, Loaded, Names, Settings

__all__ = ["CITATIONS", "FAST", "REAL", "SYNTHETIC", "HybridLatentsConfig", "load_cohort"]

REAL, SYNTHETIC = "abide1-fc", "planted-protocols-small"


class HybridLatentsConfig(Settings):
    """Settings of the study.

    Parameters
    ----------
    cohort : str or None
        Dataset name, or a folder or ``.npz`` file of a cohort. None takes the real cohort of twenty
        sites where it can be had and the planted one of ten protocols elsewhere.
    modality : str or None
        Which modality; None takes the first one.
    categories : int or "auto"
        Number of categories; ``auto`` chooses it by subjects that were not fitted.
    continuous : int
        Continuous coordinates; at most as many as there are features for them.
    site : str or None
        Column that categories are compared with and never fitted to; None takes ``site``,
        ``protocol``, ``scanner`` or ``study``, the first that is there.
    traits : tuple of str
        Columns, numbers or two values, that coordinates and harmonised connections should keep;
        those that are not there are left out.
    covariates : tuple of str
        Columns whose effect is kept where offsets of sites and categories are taken out.
    harmonise_to : str or None
        Site whose connections all others are to look like; None takes the mean of the cohort.
    max_missing : float
        Share of missing edges beyond which a subject is not used.
    drop_outliers : bool
        Whether a subject that is far from the group is not used; it is named in any case.
    models : tuple of str
        Models by name whose categories are compared; ``hybrid`` is always among them.
    plan : HybridPlan
        How the network is made and trained.
    seeds : int
        Fits of every model, each with a seed of its own.
    folds : int
        Folds in which harmonisation is judged.
    permutations : int
        Shuffles of every null.
    """

    cohort: str | None = None
    modality: str | None = None
    categories: Annotated[int, Field(ge=1)] | Literal["auto"] = "auto"
    continuous: int = Field(default=64, ge=1)
    site: str | None = None
    traits: Names = ("age", "sex", "diagnosis")
    covariates: Names = ()
    harmonise_to: str | None = None
    max_missing: float = Field(default=MAX_MISSING, ge=0, le=1)
    drop_outliers: bool = False
    models: Names = tuple(RIVALS)
    plan: HybridPlan = HybridPlan()
    seeds: int = Field(default=10, ge=2)
    folds: int = Field(default=5, ge=2)
    permutations: int = Field(default=200, ge=19)


FAST: Mapping[str, Any] = {
    "cohort": SYNTHETIC,
    "categories": 4,
    "models": ("k-means", "tied", "mixture", "hybrid"),
    "plan": {"epochs": 2},
    "seeds": 2,
    "folds": 2,
    "permutations": 19,
}

CITATIONS = (
    Citation(
        "rudravaram2025",
        "Rudravaram et al. 2025, hybrid continuous and discrete variational autoencoder for "
        "structural connectomes, arXiv 2512.02032",
        "10.48550/arXiv.2512.02032",
    ),
    Citation(
        "dupont2018",
        "Dupont E 2018, Learning disentangled joint continuous and discrete representations, "
        "arXiv 1804.00104",
        "10.48550/arXiv.1804.00104",
    ),
    Citation(
        "johnson2007",
        "Johnson WE, Li C, Rabinovic A 2007, Adjusting batch effects in microarray expression data "
        "using empirical Bayes methods, Biostatistics 8:118",
        "10.1093/biostatistics/kxj037",
    ),
    Citation(
        "fortin2018",
        "Fortin JP et al. 2018, Harmonization of cortical thickness measurements across scanners "
        "and sites, NeuroImage 167:104",
        "10.1016/j.neuroimage.2017.11.024",
    ),
)
"""The method, and what it is compared with."""


def load_cohort(config: HybridLatentsConfig) -> Loaded[Cohort]:
    """Return the cohort that the settings name, or the planted one, with a note.

    Raises
    ------
    ConfigError
        When the name is neither a dataset nor something that exists.
    """
    if config.cohort is None:
        return Loaded(*datasets.load_or_substitute(REAL, kind=Cohort))
    return Loaded(datasets.load_or_read(config.cohort, kind=Cohort))
