"""The datasets that exist: the catalogue by name."""

from __future__ import annotations

from neuropil.contracts import ConfigError, did_you_mean
from neuropil.datasets.catalogue.cohorts import COHORT_DATASETS
from neuropil.datasets.catalogue.fly import FLY_DATASETS
from neuropil.datasets.catalogue.genes import GENE_DATASETS
from neuropil.datasets.catalogue.images import IMAGE_DATASETS
from neuropil.datasets.catalogue.progression import PROGRESSION_DATASETS
from neuropil.datasets.catalogue.skeletons import SKELETON_DATASETS
from neuropil.datasets.catalogue.volumes import VOLUME_DATASETS
from neuropil.datasets.spec import Dataset

__all__ = ["REGISTRY", "info", "names"]

REGISTRY: dict[str, Dataset] = {
    dataset.name: dataset
    for dataset in (
        *FLY_DATASETS,
        *IMAGE_DATASETS,
        *GENE_DATASETS,
        *COHORT_DATASETS,
        *VOLUME_DATASETS,
        *PROGRESSION_DATASETS,
        *SKELETON_DATASETS,
    )
}
"""Every dataset by its name."""


def names(kind: type | None = None) -> list[str]:
    """List the names of all datasets, or of those that hold one noun.

    Parameters
    ----------
    kind : type, optional
        The noun, such as ``Connectome``.

    Returns
    -------
    list of str
        In alphabetical order.

    Examples
    --------
    >>> "synthetic-head-direction" in names()
    True
    """
    return sorted(
        name for name, dataset in REGISTRY.items() if kind is None or dataset.holds == kind.__name__
    )


def info(name: str) -> Dataset:
    """Describe a dataset without reading it.

    Parameters
    ----------
    name : str
        One of :func:`names`.

    Returns
    -------
    Dataset
        Its files, licence and citations.

    Raises
    ------
    ConfigError
        When no dataset has that name; the message lists those that exist.

    Examples
    --------
    >>> info("synthetic-head-direction").synthetic
    True
    """
    if name in REGISTRY:
        return REGISTRY[name]
    hint = did_you_mean(name, names())
    raise ConfigError(
        f"no dataset {name!r}", repair=f"{hint}The datasets are: {', '.join(names())}."
    )
