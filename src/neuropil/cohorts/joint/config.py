"""Settings of the study ``joint-individual``, and the data it takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from neuropil import datasets
from neuropil.cohorts.joint.models.variational import VariationalPlan
from neuropil.cohorts.quality import MAX_MISSING
from neuropil.connectome import Cohort
from neuropil.contracts import Citation, Loaded, Names, Settings

__all__ = ["CITATIONS", "DEFAULT_MODELS", "FAST", "REAL", "SYNTHETIC", "JointIndividualConfig"]

REAL, SYNTHETIC = "hcp100-paired", "planted-joint-individual"
DEFAULT_MODELS = (
    "mean",
    "component-ridge",
    "partial-least-squares",
    "canonical",
    "ajive",
    "curved",
    "linear-latent",
    "attention",
)


def _require_two(names: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(names)) != 2 or len(names) != 2:
        found = ", ".join(map(repr, names)) or "none"
        raise ValueError(f"expected two different modalities, found {found}")
    return names


class JointIndividualConfig(Settings):
    """Settings of the study.

    Parameters
    ----------
    cohort : str or None
        Dataset name, or a folder or ``.npz`` file of a cohort. None takes the paired real cohort
        where it can be had and the planted one elsewhere.
    modalities : tuple of str
        The two modalities.
    group : str or None
        Column of the subjects whose values, such as a family or a site, are never divided between
        training and test; a subject without a value is a group of its own. None takes the column
        ``family_id`` where there is one.
    site : str or None
        Column of the site or scanner: subjects of each are dealt to all folds alike, and it is
        taken out of coordinates and traits like a confound. To predict for sites that were not
        seen, name the column as ``group`` instead.
    max_missing : float
        Share of missing edges beyond which a modality of a subject is not used.
    drop_outliers : bool
        Whether a modality of a subject that is far from the group is not used; it is named in any
        case.
    models : tuple of str
        Models by name; ``mean`` is always among them.
    folds : int
        Each subject is tested once; of the others one in eight chooses settings.
    n_components : int or None
        Principal components of each modality; None takes those before the largest gap.
    n_joint : int or None
        Joint coordinates; None takes those that stand out from shuffled pairs.
    traits : tuple of str
        Columns of the subjects, numbers or two values, that coordinates are to foretell.
    confounds : tuple of str
        Columns that are taken out of coordinates and traits first, such as age or site.
    plan : VariationalPlan
        How networks are made and trained.
    permutations : int
        Shuffles of the test whether both modalities are of the same people.
    pairing_test : bool
        Whether that test is all that is done.
    """

    cohort: str | None = None
    modalities: Annotated[Names, AfterValidator(_require_two)] = ("SC", "FC")
    group: str | None = None
    site: str | None = None
    max_missing: float = Field(default=MAX_MISSING, ge=0, le=1)
    drop_outliers: bool = False
    models: Names = DEFAULT_MODELS
    folds: int = Field(default=5, ge=2)
    n_components: int | None = Field(default=None, ge=1)
    n_joint: int | None = Field(default=None, ge=0)
    traits: Names = ()
    confounds: Names = ()
    plan: VariationalPlan = VariationalPlan()
    permutations: int = Field(default=5000, ge=19)
    pairing_test: bool = False


FAST: Mapping[str, Any] = {
    "cohort": SYNTHETIC,
    "models": ("mean", "component-ridge", "ajive", "attention"),
    "folds": 2,
    "plan": {"epochs": 10},
    "permutations": 99,
}

CITATIONS = (
    Citation(
        "zhang2026",
        "Zhang Y, Liu M, Zhang Z 2026, CM-JIVNet: Cross-Modal Joint-Individual Variational "
        "Network, arXiv 2601.17073",
        "10.48550/arXiv.2601.17073",
    ),
    Citation(
        "feng2018",
        "Feng Q, Jiang M, Hannig J, Marron JS 2018, Angle-based joint and individual variation "
        "explained, J. Multivar. Anal. 166:241",
        "10.1016/j.jmva.2018.03.008",
    ),
    Citation(
        "mantel1967",
        "Mantel N 1967, The detection of disease clustering and a generalized regression "
        "approach, Cancer Research 27:209",
    ),
)
"""The method, and the statistics it is judged with."""


def load_cohort(config: JointIndividualConfig) -> Loaded[Cohort]:
    """Return the cohort that the settings name, or the planted one, with a note.

    Parameters
    ----------
    config : JointIndividualConfig
        Names a dataset, a folder or a file.

    Raises
    ------
    ConfigError
        When the name is neither a dataset nor something that exists.
    """
    if config.cohort is None:
        return Loaded(*datasets.load_or_substitute(REAL, kind=Cohort))
    return Loaded(datasets.load_or_read(config.cohort, kind=Cohort))
